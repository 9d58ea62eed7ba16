"""`.env` is read literally, and means the same to everything that reads it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from goldreel.config import OTHER_NAMES, load_settings, load_sqlserver_settings
from goldreel.env_file import read_env_file
from goldreel.errors import UsageError
from goldreel.orchestration.settings import OrchestrationSettings
from unprivileged import unprivileged

HOSTILE = "Aa1 #x${HOME}$$\\n\"q'`%={}[/x]"


@pytest.fixture
def env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The `.env` of a folder where no setting comes from the environment."""
    monkeypatch.chdir(tmp_path)
    for name in ("SERVER", "DATABASE", "USER", "PASSWORD", "PORT"):
        monkeypatch.delenv(f"MSSQL_{name}", raising=False)
    return tmp_path / ".env"


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("NAME=plain", "plain"),
        ("NAME=a #b", "a #b"),
        ("NAME=#b", "#b"),
        ("NAME=a${HOME}$HOME$$", "a${HOME}$HOME$$"),
        ("NAME='a #b${HOME}'", "a #b${HOME}"),
        ('NAME="a #b${HOME}\\n"', "a #b${HOME}\\n"),
        ("NAME=it's", "it's"),
        ("NAME='a'b", "'a'b"),
        ("NAME='", "'"),
        ("NAME=''", ""),
        ("NAME='  a '", "  a "),
        ("NAME =  a\\b=c \t", "a\\b=c"),
        ("export NAME=a", "a"),
        ("\ufeffNAME=a", "a"),
        ("NAME=first\n# NAME=none\n\nwhat is this\nNAME=last", "last"),
    ],
)
def test_what_stands_behind_the_name_is_the_value(env_file: Path, line: str, value: str) -> None:
    env_file.write_text(line + "\n", encoding="utf-8")
    assert read_env_file(env_file) == {"NAME": value}


@pytest.mark.parametrize("quote", ["", "'", '"'])
def test_a_password_arrives_as_it_was_written(env_file: Path, quote: str) -> None:
    env_file.write_text(
        f"MSSQL_SERVER=db\nMSSQL_DATABASE=films\nMSSQL_USER=sa\nMSSQL_PASSWORD={quote}{HOSTILE}{quote}\n",
        encoding="utf-8",
    )
    assert load_sqlserver_settings().password.get_secret_value() == HOSTILE


def test_the_environment_has_the_last_word(env_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env_file.write_text("goldreel_lock_timeout=7\nGOLDREEL_THREADS=3\n")
    monkeypatch.setenv("GOLDREEL_THREADS", "5")
    settings = load_settings()
    assert (settings.lock_timeout, settings.threads) == (7.0, 5)


def test_a_value_that_is_json_is_read_as_such_and_a_broken_one_is_named(env_file: Path) -> None:
    env_file.write_text("""GOLDREEL_AIRFLOW_NOTIFIER_ARGUMENTS={"text": "{message} #1"}\n""")
    assert OrchestrationSettings().airflow_notifier_arguments == {"text": "{message} #1"}
    env_file.write_text("GOLDREEL_AIRFLOW_NOTIFIER_ARGUMENTS={\n")
    with pytest.raises(ValueError, match="airflow_notifier_arguments"):
        OrchestrationSettings()


@pytest.mark.parametrize(
    ("content", "says", "remedy"),
    [
        (b"A=1\nMSSQL_USER=\xff\n", "line 2 is not UTF-8", "iconv -f LATIN1"),
        ("GOLDREEL_THREADS=2\r\n".encode("utf-16"), "it is UTF-16", "iconv -f UTF-16"),
        ("GOLDREEL_THREADS=2\r\n".encode("utf-16-le"), "it is UTF-16", "iconv -f UTF-16"),
    ],
)
def test_a_file_in_another_encoding_is_refused_by_name(env_file: Path, content: bytes, says: str, remedy: str) -> None:
    env_file.write_bytes(content)
    with pytest.raises(UsageError, match=says) as refused:
        load_settings()
    assert refused.value.where == str(env_file)
    assert remedy in refused.value.remedy


def test_a_file_that_may_not_be_read_is_refused_by_name(env_file: Path) -> None:
    env_file.write_text("GOLDREEL_THREADS=2\n")
    env_file.chmod(0)
    done = subprocess.run(
        unprivileged(sys.executable, "-m", "goldreel", "status"), capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "The settings cannot be read: permission denied" in done.stderr
    assert f"where: {env_file}" in done.stderr


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("GOLDREEL_THREAD=2", "GOLDREEL_THREAD is no setting; did you mean GOLDREEL_THREADS?"),
        ("export GOLDREEL_MEMORY=2GB", "GOLDREEL_MEMORY is no setting; did you mean GOLDREEL_MEMORY_LIMIT?"),
        ("GOLDREEL_XYZ=2", "GOLDREEL_XYZ is no setting"),
        ("GOLDREEL_THREADS: 2", "The line sets nothing"),
        ("MSSQL_PASSWORD", "The line sets nothing"),
    ],
)
def test_a_mistyped_name_is_refused_and_never_passed_over(env_file: Path, line: str, says: str) -> None:
    env_file.write_text(f"# mine\nOTHER=x\n{line}\n")
    with pytest.raises(UsageError, match=re.escape(says)) as refused:
        load_settings()
    assert ".env" in refused.value.where


def test_names_that_stand_in_the_example_and_names_of_others_are_none_of_ours(
    env_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    example = (Path(__file__).parents[1] / ".env.example").read_text()
    env_file.write_text(f"{example}\nGOLDREELX=1\nCOMPOSE_FILE=x\nGOLDREEL_IMAGE=mine\n")
    for name in ("GOLDREEL_DASHBOARD_SERVICE_HOST", "GOLDREEL_PORT_8501_TCP_ADDR", "GOLDREEL_REQUIRE_SPARK"):
        monkeypatch.setenv(name, "as Kubernetes and the tests set them")
    load_settings()


def test_every_setting_of_the_dags_is_known_by_name() -> None:
    assert {name.upper() for name in OrchestrationSettings.model_fields} <= OTHER_NAMES


def test_a_mistyped_name_in_the_environment_is_refused(env_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOLDREEL_KEEP_VERSION", "5")
    with pytest.raises(UsageError, match="did you mean GOLDREEL_KEEP_VERSIONS") as refused:
        load_settings()
    assert refused.value.where == "the environment"


@pytest.mark.parametrize(("engine", "chosen"), [(None, "duckdb"), ("sqlserver", "sqlserver")])
def test_make_run_works_beside_an_env_file_for_containers(engine: str | None, chosen: str) -> None:
    """`deploy/docker/secrets.sh` names a server there that only containers know."""
    environment = {name: value for name, value in os.environ.items() if name != "GOLDREEL_ENGINE"}
    environment |= {"GOLDREEL_ENGINE": engine} if engine else {}
    make = ["make", "--dry-run", "--no-print-directory", "run", "dashboard"]
    root = Path(__file__).parents[1]
    done = subprocess.run(make, cwd=root, env=environment, capture_output=True, text=True, check=True)
    assert f"goldreel run demo --engine {chosen}" in done.stdout
    assert f"goldreel dashboard --engine {chosen}" in done.stdout


def test_a_folder_of_that_name_is_somebody_elses(env_file: Path) -> None:
    env_file.mkdir()
    assert load_settings().engine == "duckdb"
