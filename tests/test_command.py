"""The command as people and scripts meet it: messages, exit codes, JSON."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from commands import typed
from goldreel.cli import cli
from goldreel.export_sql import stale_scripts
from goldreel.generator import GeneratorOptions, generate
from unprivileged import unprivileged

USERS = "user_id,age,country,subscription_type,registration_date,total_watch_time_hours\n"


def goldreel(*arguments: str | Path, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    folder = home.parent if home.parent.is_dir() else home.parent.parent
    return typed(*arguments, folder=folder, GOLDREEL_HOME=str(home), HOME=str(home.parent), **environment)


def process(*arguments: str | Path, home: Path) -> subprocess.CompletedProcess[str]:
    """The same in a process of its own, with all that only such a one shows: what libraries print at its end, say."""
    return subprocess.run(
        [sys.executable, "-m", "goldreel", *map(str, arguments)],
        env=os.environ | {"GOLDREEL_HOME": str(home), "HOME": str(home.parent)},
        capture_output=True,
        text=True,
        check=False,
        cwd=home.parent,
    )


@pytest.fixture(scope="module")
def delivery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("command") / "delivery"
    generate(folder, GeneratorOptions(users=100, sessions=1_000, titles=30, dirt=0.02))
    return folder


@pytest.fixture(scope="module")
def home(delivery: Path) -> Path:
    """A home with one published run."""
    home = delivery.parent / "home"
    done = process("run", delivery, "--as-of", "2024-09-30", home=home)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Every record accounted for" in done.stdout
    assert "Published version 1" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr
    assert done.stderr == ""
    return home


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "nowhere"], "no such file or directory"),
        (["run", "a_file"], "not a directory"),
        (["run", "empty"], "holds no file that goldreel loads"),
        (["run", "other"], "holds no file that goldreel loads"),
        (["run"], "nothing has been loaded yet"),
        (["run", "good", "--as-of", "31.12.2024"], "not a day written YYYY-MM-DD"),
        (["run", "good", "--engine", "oracle"], "GOLDREEL_ENGINE"),
        (["run", "--fast"], "--fast"),
        (["frobnicate"], "frobnicate"),
        (["sql"], "either a script file or a query"),
        (["sql", "missing.sql"], "cannot be read"),
        (["sql", "select 1"], "a query is given behind -q"),
        (["sql", "-q", "select $(x)", "--var", "y=1"], "have no value: x"),
        (["generate", "new", "--dirt", "2"], "dirt"),
        (["publish", "--version", "12"], "Version 12 is not kept"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_message_and_nothing_is_done(
    tmp_path: Path, arguments: list[str], says: str
) -> None:
    (tmp_path / "a_file").write_text("x")
    (tmp_path / "empty").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes.txt").write_text("x")
    (tmp_path / "good").mkdir()
    (tmp_path / "good" / "users.csv").write_text(USERS)
    done = goldreel(*arguments, home=tmp_path / "home")
    assert done.returncode == 2, done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "home" / "published").exists()


@pytest.mark.parametrize(
    ("setting", "value"),
    [("GOLDREEL_ENGINE", "oracle"), ("GOLDREEL_LOCK_TIMEOUT", "-1"), ("GOLDREEL_MEMORY_LIMIT", "much")],
)
def test_a_setting_that_cannot_be_used_is_named(tmp_path: Path, setting: str, value: str) -> None:
    done = goldreel("status", home=tmp_path / "home", **{setting: value})
    assert done.returncode == 2
    assert setting in done.stderr
    assert value in done.stderr
    assert "what to do:" in done.stderr


@pytest.mark.parametrize("address", ["sc://127.0.0.1:1", "sc://nowhere.invalid/;token=secret"])
def test_a_spark_server_that_is_not_there_is_said_at_once_and_without_its_token(tmp_path: Path, address: str) -> None:
    pytest.importorskip("pyspark")
    done = goldreel("status", "--engine", "spark", home=tmp_path / "home", GOLDREEL_SPARK_REMOTE=address)
    assert done.returncode == 2
    assert "The Spark server cannot be reached" in done.stderr
    assert "check the address" in done.stderr
    assert "secret" not in done.stderr
    doctor = goldreel("doctor", "--engine", "spark", home=tmp_path / "home", GOLDREEL_SPARK_REMOTE=address)
    assert address.partition("/;")[0] in doctor.stdout
    assert "secret" not in doctor.stdout + doctor.stderr
    wrong = goldreel("status", "--engine", "spark", home=tmp_path / "home", GOLDREEL_SPARK_REMOTE="http;token=secret")
    assert "GOLDREEL_SPARK_REMOTE" in wrong.stderr
    assert "secret" not in wrong.stderr


def test_settings_are_read_from_a_file_too(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("GOLDREEL_KEEP_VERSIONS=0\n")
    assert "GOLDREEL_KEEP_VERSIONS" in goldreel("status", home=tmp_path / "home").stderr


def test_a_home_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "good").mkdir()
    (tmp_path / "good" / "users.csv").write_text(USERS)
    (tmp_path / "file").write_text("x")
    done = goldreel("run", "good", home=tmp_path / "file" / "home")
    assert done.returncode == 2
    assert "cannot be written" in done.stderr
    assert "GOLDREEL_HOME" in done.stderr


def test_a_warehouse_that_is_no_database_is_said_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "good").mkdir()
    (tmp_path / "good" / "users.csv").write_text(USERS)
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "warehouse.duckdb").write_text("my notes, not a database" * 1000)
    done = goldreel("run", "good", home=tmp_path / "home")
    assert done.returncode != 0
    assert "what to do:" in done.stderr
    assert "Traceback" not in done.stderr
    assert (tmp_path / "home" / "warehouse.duckdb").read_text().startswith("my notes")


HOLD = """
import duckdb, sys, time
connection = duckdb.connect(sys.argv[1])
connection.execute("create or replace table main.held (x int)")
print("held", flush=True)
time.sleep(float(sys.argv[2]))
"""


def _hold(file: Path, seconds: float) -> subprocess.Popen[str]:
    file.parent.mkdir(exist_ok=True)
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(file), str(seconds)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    holder.stdout.readline()
    return holder


def test_a_warehouse_in_use_names_who_uses_it_and_gives_up_in_time(tmp_path: Path, delivery: Path) -> None:
    holder = _hold(tmp_path / "home" / "warehouse.duckdb", 60)
    started = time.monotonic()
    done = goldreel("load", delivery, home=tmp_path / "home", GOLDREEL_LOCK_TIMEOUT="1")
    waited = time.monotonic() - started
    looked = goldreel("status", home=tmp_path / "home")
    holder.kill()
    holder.wait()
    assert done.returncode == 1
    assert f"PID {holder.pid}" in done.stderr
    assert "gave up after 1 s" in done.stderr
    assert waited < 30
    assert looked.returncode == 0
    assert f"PID {holder.pid}" in looked.stdout


def test_a_warehouse_in_use_is_waited_for(tmp_path: Path, delivery: Path) -> None:
    holder = _hold(tmp_path / "home" / "warehouse.duckdb", 4)
    done = goldreel("load", delivery, home=tmp_path / "home", GOLDREEL_LOCK_TIMEOUT="60")
    holder.wait()
    assert done.returncode == 0
    assert "waiting up to 60 s" in done.stderr


def test_a_refused_file_is_explained_and_the_others_are_loaded(tmp_path: Path) -> None:
    folder = tmp_path / "delivery"
    folder.mkdir()
    (folder / "users.csv").write_text(USERS + "U1,30,Peru,Basic,2024-01-01,120\n")
    (folder / "users_latin1.csv").write_bytes((USERS + "U2,30,Per\u00fa,Basic,2024-01-01,120\n").encode("latin-1"))
    done = goldreel("load", folder, "--json", home=tmp_path / "home")
    assert done.returncode == 1
    told = json.loads(done.stdout)
    assert [file["status"] for file in told["files"]] == ["loaded", "refused"]
    assert "not UTF-8" in told["files"][1]["refusal"]["what"]
    assert "line 2" in told["files"][1]["refusal"]["where"]
    assert "iconv" in told["files"][1]["refusal"]["remedy"]


def test_scripts_get_the_same_facts_as_json(home: Path) -> None:
    told = json.loads(process("run", "--as-of", "2024-09-30", "--json", home=home).stdout)
    assert told["exit_code"] == 0
    assert told["kpis"]["metric_category"] == "Platform Overview"
    assert told["build"]["status"] == "passed"
    assert told["published"]["version"] >= 2
    assert {row["layer"] for row in told["rows"]} == {"bronze", "silver", "gold"}
    status = json.loads(goldreel("status", "--json", home=home).stdout)
    assert [load["load_id"] for load in status["loads"]] == sorted(
        (load["load_id"] for load in status["loads"]), reverse=True
    )
    assert status["published"]["version"] == told["published"]["version"]
    checks = json.loads(goldreel("doctor", "--json", home=home).stdout)
    assert all(check["ok"] for check in checks)


def test_status_of_nothing_says_how_to_begin(tmp_path: Path) -> None:
    done = goldreel("status", home=tmp_path / "home")
    assert done.returncode == 0
    assert "goldreel run FOLDER" in done.stdout
    assert not (tmp_path / "home").exists()


def test_nothing_is_written_outside_the_home(home: Path) -> None:
    assert {path.name for path in home.parent.iterdir()} <= {"delivery", "home"}


def test_a_script_stops_at_its_first_error_and_changes_nothing(home: Path, tmp_path: Path) -> None:
    script = tmp_path / "script.sql"
    script.write_text("create table mine (x int);\ninsert into mine values (1);\n\nselect no_such_column from mine;\n")
    done = goldreel("sql", script, home=home)
    assert done.returncode == 1
    assert "Statement 3 of 3" in done.stderr
    assert f"{script}, line 4" in done.stderr
    assert goldreel("sql", "-q", "select * from mine", home=home).returncode == 1


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("csv", 'x,y\n1,"a,b"\n2,\n'),
        ("json", '[\n  {\n    "x": 1,\n    "y": "a,b"\n  },\n  {\n    "x": 2,\n    "y": null\n  }\n]\n'),
        ("table", "x  y   \n1  a,b \n2  null\n2 rows\n"),
    ],
)
def test_results_are_printed_as_asked(home: Path, form: str, expected: str) -> None:
    query = "select * from (values (1, '$(text)'), (2, null)) as t (x, y)"
    done = goldreel("sql", "-q", query, "--var", "text=a,b", "--format", form, "--published", home=home)
    assert done.returncode == 0, done.stderr
    assert done.stdout == expected


def test_debug_shows_where_an_error_came_from(tmp_path: Path) -> None:
    assert "Traceback" in goldreel("run", "nowhere", "--debug", home=tmp_path / "home").stderr


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_every_command_explains_itself(name: str) -> None:
    text = cli.commands[name].get_help(cli.make_context("goldreel", [], resilient_parsing=True))
    assert re.search(r"\n\n  [A-Z][^\n]+(\n  [^\n]+)*\.\n", text), text


def test_no_usage_statistics_leave_the_machine(home: Path) -> None:
    log = (home / "dbt" / "logs" / "dbt.log").read_text()
    assert "send_anonymous_usage_stats': 'False'" in log or "Sending event" not in log
    assert not (home.parent / ".dbt").exists()


def test_the_committed_scripts_are_what_the_models_say() -> None:
    stale = stale_scripts(Path(__file__).parents[1] / "sql")
    assert stale == [], "run `goldreel export-sql`"


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("closed", "The system does not permit it: permission denied."),
        ("a_file", "Something else stands in that place: not a directory."),
        ("a_folder", "Something else stands in that place: is a directory."),
    ],
)
def test_scripts_that_cannot_be_written_are_no_bug(tmp_path: Path, place: str, says: str) -> None:
    (tmp_path / "closed").mkdir(mode=0o555)
    (tmp_path / "a_file").write_text("x")
    (tmp_path / "a_folder" / "duckdb" / "bronze_to_silver.sql").mkdir(parents=True)
    done = subprocess.run(
        unprivileged(sys.executable, "-m", "goldreel", "export-sql", "--output", tmp_path / place),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert f"error: {says}" in done.stderr
    assert f"where: {tmp_path / place}" in done.stderr
    assert "bug" not in done.stderr


def test_init_makes_an_empty_warehouse_and_leaves_a_full_one_alone(tmp_path: Path, home: Path) -> None:
    assert goldreel("init", home=tmp_path / "new").returncode == 0
    loads = ["sql", "-q", "select count(*) as loads from bronze.loads", "--format", "csv"]
    assert goldreel(*loads, home=tmp_path / "new").stdout.split() == ["loads", "0"]
    before = goldreel(*loads, home=home).stdout
    assert goldreel("init", home=home).returncode == 0
    assert goldreel(*loads, home=home).stdout == before != "loads\n0\n"
