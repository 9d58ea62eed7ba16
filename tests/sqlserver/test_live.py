"""The whole pipeline on a SQL Server: the numbers that the contract says, whatever happens on the way."""

from __future__ import annotations

import json
import os
import random
import re
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import mssql_python
import pyarrow as pa
import pytest
from pydantic import SecretStr

from checks.stopping import NONE_STOPPED
from gold_tables.parts import CHECKOUT
from goldreel import pipeline
from goldreel.config import Settings
from goldreel.engines import open_engine
from goldreel.engines.base import Engine, Result
from goldreel.errors import GoldreelError, UsageError, WarehouseInUse
from goldreel.explanations.published_numbers import NUMBERS, PARTS
from goldreel.export_sql import export
from goldreel.generator import GeneratorOptions, generate
from goldreel.load_checks import ACCEPTANCES
from goldreel.loading.contract import USERS
from goldreel.parity import compare
from goldreel.sql_runner import Script, run_script
from oracle import account_for, close, differences

from .conftest import Query, login, run_on_server

AS_OF = date(2024, 9, 30)
FOLDER = Path(__file__).parents[2] / "sql" / "sqlserver"
TYPES = {
    "nvarchar": pa.string(),
    "bigint": pa.int64(),
    "int": pa.int64(),
    "float": pa.float64(),
    "date": pa.date32(),
    "datetime2": pa.timestamp("us"),
}
READABLE = ("gold_executive_summary", "silver_users", "quarantine", "bronze.users", "ops.build_log")


def run(settings: Settings, *deliveries: Path) -> pipeline.RunReport:
    return pipeline.run(settings, deliveries, AS_OF, pipeline.Silent())


def script(name: str) -> Script:
    return Script(name, (FOLDER / name).read_text(encoding="utf-8"))


def copy_of(engine: Engine, *schemas: str) -> duckdb.DuckDBPyConnection:
    """The tables of some schemas as a DuckDB warehouse, with `dbo` as its default schema."""
    copy = duckdb.connect()
    for schema in schemas:
        home = "main" if schema == "dbo" else schema
        copy.execute(f"create schema if not exists {home}")
        for name in engine.tables(schema):
            types = engine.execute(
                "select column_name, data_type from information_schema.columns where table_schema = ? "
                "and table_name = ? order by ordinal_position",
                [schema, name],
            ).rows
            rows = engine.execute(f'select * from {schema}."{name}"').rows
            columns = {
                column: pa.array([row[position] for row in rows], TYPES[kind])
                for position, (column, kind) in enumerate(types)
            }
            copy.register("copied", pa.table(columns))
            copy.execute(f'create table {home}."{name}" as from copied')
            copy.unregister("copied")
    return copy


def assert_equals_the_contract(settings: Settings, deliveries: list[Path]) -> None:
    with open_engine(settings, "look") as engine:
        assert differences(copy_of(engine, "dbo", "bronze"), account_for(deliveries, AS_OF)) == []


@pytest.fixture(scope="module")
def deliveries(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three dirty days, but for what the server cannot hold: ids longer than a key may be, and U+0000."""
    options = GeneratorOptions(users=300, sessions=5_000, titles=60, days=90, dirt=0.05, deliveries=3, seed=7)
    folders = list(generate(tmp_path_factory.mktemp("deliveries"), options).folders)
    for file in (file for folder in folders for file in folder.glob("*.csv")):
        lines = file.read_bytes().split(b"\n")
        file.write_bytes(b"\n".join(line for line in lines if len(line) < 1_000 and b"\0" not in line))
    return folders


@pytest.fixture(scope="module")
def settings(database: str, deliveries: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A warehouse on the server that one run has filled."""
    settings = Settings(home=tmp_path_factory.mktemp("home"), engine="sqlserver", thresholds=NONE_STOPPED)
    report = run(settings, *deliveries)
    assert report.result is not None
    assert [(node.name, node.message) for node in report.result.failed] == []
    return settings


def test_a_run_equals_the_contract_cell_by_cell(settings: Settings, deliveries: list[Path]) -> None:
    assert_equals_the_contract(settings, deliveries)


def test_the_same_deliveries_again_change_nothing(settings: Settings, deliveries: list[Path]) -> None:
    report = run(settings, *deliveries)
    assert {outcome.status for outcome in report.files} == {"known"}
    assert_equals_the_contract(settings, deliveries)


def test_text_compares_exactly_whatever_the_collation_of_the_database(settings: Settings, query: Query) -> None:
    other = query(
        "select table_schema + '.' + table_name + '.' + column_name from information_schema.columns "
        "where data_type = 'nvarchar' and table_schema in ('bronze', 'dbo', 'staging', 'build_a', 'build_b') "
        "and collation_name not like '%bin2' and table_name not like 'sys%'"
    )
    assert other == []


def test_a_failed_test_leaves_what_readers_see(settings: Settings, query: Query) -> None:
    before = query("select version, build_id from publication")
    query(
        "insert into bronze.users (user_id, _load_id, _source_file, _source_row, _loaded_at) "
        "values (N'U-smuggled', 1, N'nowhere', 99999999, '2024-01-01')"
    )
    report = run(settings)
    query("delete from bronze.users where user_id = N'U-smuggled'")
    assert report.exit_code == 1
    assert report.publication is None
    assert query("select version, build_id from publication") == before
    with pytest.raises(GoldreelError, match="Only a build that passed"):
        pipeline.publish(settings)


def test_an_earlier_version_can_come_back(settings: Settings, query: Query) -> None:
    first = run(settings).publication
    second = run(settings).publication
    assert first is not None
    assert second is not None
    assert second.version == first.version + 1
    assert pipeline.publish(settings, version=first.version).build_id == first.build_id
    assert query("select version from publication") == [(first.version,)]
    with pytest.raises(UsageError, match="is not kept"):
        pipeline.publish(settings, version=first.version - 1)
    third = run(settings).publication
    assert third is not None
    assert third.version == second.version + 1


def test_a_value_that_does_not_fit_is_a_rejected_record_with_its_reason(
    settings: Settings, query: Query, tmp_path: Path
) -> None:
    total = "select sum(records) from gold_data_quality where entity = 'users'"
    before = query(total)[0][0]
    lines = [f"{'k' * 451},30,Peru,Basic,2024-01-01,150", f"U1,30,{'p' * 4_001},Basic,2024-01-01,150"]
    (tmp_path / "users_long.csv").write_text("\n".join([",".join(USERS.columns), *lines]))
    run(settings, tmp_path)
    assert query(
        "select source_row, reason from bronze.rejected_records where source_file = N'users_long.csv' order by 1"
    ) == [
        (1, "user_id has 451 characters where the warehouse holds 450"),
        (2, "country has 4,001 characters where the warehouse holds 4,000"),
    ]
    assert query(total)[0][0] == before + 2


def test_readers_see_whole_publications_only(settings: Settings, query: Query) -> None:
    counts = (
        "select (select count(*) from silver_viewing_sessions), "
        "(select total_viewing_sessions from gold_executive_summary), "
        "(select coalesce(sum(total_sessions), 0) from gold_user_analytics)"
    )
    stop = threading.Event()
    seen: set[tuple[Any, ...]] = set()
    broken: list[Exception] = []

    def read() -> None:
        while not stop.is_set():
            try:
                seen.add(query(counts)[0])
            except Exception as error:
                broken.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(2):
        assert run(settings).publication is not None
    stop.set()
    reader.join()
    assert broken == []
    assert len(seen) == 1
    assert len(set(seen.pop())) == 1


def test_one_process_writes_at_a_time_and_readers_need_not_wait(settings: Settings) -> None:
    impatient = settings.model_copy(update={"lock_timeout": 0.0})
    with open_engine(settings):
        with pytest.raises(WarehouseInUse, match="another goldreel process"), open_engine(impatient):
            pass
        with open_engine(impatient, "look") as engine:
            assert engine.execute("select count(*) from gold_executive_summary").rows == [(1,)]


def test_the_plain_scripts_give_what_dbt_gives(settings: Settings) -> None:
    assert run(settings).publication is not None
    with open_engine(settings, "script") as engine:
        by_dbt = copy_of(engine, "dbo")
        only_by_builds = CHECKOUT.readers_tables() & {"change_totals", "changed_records", "compared_builds"}
        only_by_builds |= {NUMBERS.name, PARTS.name, ACCEPTANCES.name}
        names = sorted(set(engine.tables("dbo")) - {"publication"} - only_by_builds)
        for _ in range(2):  # a script replaces what it made before
            for name, text in export("sqlserver", AS_OF.isoformat()).items():
                assert list(run_script(engine, Script(name, text), transaction=False)) == []
        views = engine.execute("select table_name from information_schema.views where table_schema = 'dbo'").rows
        assert {name for (name,) in views} == {"publication", "records_to_repair", *only_by_builds}
        by_script = copy_of(engine, "dbo")
    for name in names:
        of_thresholds = " exclude (expected, verdict)" if name == "load_checks" else ""  # scripts have the defaults
        rows = f'select *{of_thresholds} from "{name}" order by all'
        left, right = by_dbt.execute(rows).fetchall(), by_script.execute(rows).fetchall()
        assert len(left) == len(right), name
        for one, other in zip(left, right, strict=True):
            assert all(same(*cells) for cells in zip(one, other, strict=True)), (name, one, other)
    assert run(settings).publication is not None  # the pipeline takes over again


def same(one: Any, other: Any) -> bool:
    return close(one, other) if isinstance(one, float) and isinstance(other, float) else bool(one == other)


def test_verify_tells_whether_the_warehouse_is_sound(settings: Settings) -> None:
    with open_engine(settings, "script") as engine:
        *_, checks = run_script(engine, script("verify.sql"))
        assert len(checks.rows) == 8
        assert {row[-1] for row in checks.rows} == {"ok"}
        engine.execute("update bronze.loads set records_loaded = records_loaded + 1 where load_id = 1")
        try:
            with pytest.raises(GoldreelError, match="At least one check failed"):
                list(run_script(engine, script("verify.sql")))
        finally:
            engine.execute("update bronze.loads set records_loaded = records_loaded - 1 where load_id = 1")


def test_a_script_stops_at_its_first_error_and_keeps_nothing(settings: Settings, query: Query) -> None:
    text = (
        "create table dbo.kept (n int);\ngo\ninsert into dbo.kept values (1);\ngo 3\nselect count(*) from dbo.kept;\n"
        "go\n\nselect * from dbo.no_such_table;\ngo\nselect 1;"
    )
    results: list[Result] = []
    with open_engine(settings, "script") as engine, pytest.raises(GoldreelError) as failure:
        results.extend(run_script(engine, Script("four.sql", text)))
    assert [result.rows for result in results] == [[(3,)]]
    assert failure.value.where == "four.sql, line 8"
    assert failure.value.what.startswith("Statement 4 of 5 failed")
    assert query("select object_id(N'dbo.kept')") == [(None,)]


def test_a_wrong_password_and_a_missing_database_are_one_clear_line(live_server: str) -> None:
    with pytest.raises(UsageError) as wrong:
        login(password=SecretStr("certainly-Not-1")).connect("master")
    assert re.fullmatch(r"The login of '.*' was refused\.", wrong.value.what)
    with pytest.raises(UsageError, match="does not exist"):
        login(database="goldreel_no_such_database").connect()


@pytest.fixture
def people(settings: Settings, query: Query) -> Iterator[dict[str, dict[str, Any]]]:
    """A login per role, with a user in the database."""
    with open_engine(settings, "script") as engine:
        list(run_script(engine, script("roles.sql"), transaction=False))
    people = {}
    for role in ("builder", "analyst", "dashboard"):
        name, password = f"goldreel_{role}_{secrets.token_hex(4)}", f"Aa1-{secrets.token_hex(8)}"
        query(f"create login [{name}] with password = '{password}'")
        query(f"create user [{name}] for login [{name}]")
        query(f"alter role goldreel_{role} add member [{name}]")
        people[role] = {"user": name, "password": SecretStr(password)}
    yield people
    for who in people.values():
        query(f"drop user [{who['user']}]")
        query(f"drop login [{who['user']}]")


def test_each_role_may_do_what_it_needs_and_no_more(
    settings: Settings,
    query: Query,
    people: dict[str, dict[str, Any]],
    live_server: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def may_read(role: str, table: str) -> bool:
        try:
            query(f"select count(*) from {table}", **people[role])
        except mssql_python.Error as error:
            if "permission" not in str(error).lower():
                raise
            return False
        return True

    assert run(settings).publication is not None  # the grants must outlive a publication
    assert {table for table in READABLE if may_read("analyst", table)} == set(READABLE[:3])
    assert {table for table in READABLE if may_read("dashboard", table)} == set(READABLE[:1])
    with monkeypatch.context() as patch:  # what may not be seen is not told to be absent
        patch.setenv("MSSQL_USER", people["analyst"]["user"])
        patch.setenv("MSSQL_PASSWORD", people["analyst"]["password"].get_secret_value())
        seen = pipeline.status(settings)
        assert seen.publication is not None
        assert [each.partition(" for ")[0].rpartition(" ")[2] for each in seen.hidden] == ["bronze", "ops"]
    if "Babelfish" not in live_server:
        monkeypatch.setenv("MSSQL_USER", people["builder"]["user"])
        monkeypatch.setenv("MSSQL_PASSWORD", people["builder"]["password"].get_secret_value())
        assert run(settings).publication is not None


def test_engines_agree_and_the_database_made_to_see_it_is_gone(
    database: str, deliveries: list[Path], tmp_path: Path
) -> None:
    report = compare(Settings(home=tmp_path), ["duckdb", "sqlserver"], deliveries, AS_OF)
    assert [(table.table, table.differences) for table in report.tables if table.differing] == []
    assert {table.table for table in report.tables} == CHECKOUT.readers_tables()
    assert run_on_server("select name from sys.databases where name like '%goldreel_parity'") == []


def test_killed_at_any_moment_and_run_again_it_is_as_if_nothing_had_happened(
    settings: Settings, deliveries: list[Path], tmp_path: Path
) -> None:
    database = f"goldreel_test_{secrets.token_hex(4)}"
    generate(tmp_path / "big", GeneratorOptions(users=1_000, sessions=100_000, titles=100))
    folders = [*deliveries, tmp_path / "big"]
    command = [sys.executable, "-m", "goldreel", "run", *map(str, folders), "--as-of", AS_OF.isoformat()]
    changes = {"MSSQL_DATABASE": database, "GOLDREEL_ENGINE": "sqlserver", "GOLDREEL_HOME": str(tmp_path / "home")}
    changes["GOLDREEL_THRESHOLDS"] = json.dumps(NONE_STOPPED)
    moments = random.Random(4)
    try:
        for seconds in (1.5, *(moments.uniform(2, 15) for _ in range(4))):
            process = subprocess.Popen(
                command, env=os.environ | changes, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            time.sleep(seconds)
            process.send_signal(signal.SIGKILL)
            process.wait()
        finished = subprocess.run(command, env=os.environ | changes, capture_output=True, text=True, check=False)
        assert finished.returncode == 0, finished.stdout + finished.stderr
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("MSSQL_DATABASE", database)
            assert_equals_the_contract(settings, folders)
    finally:
        run_on_server(f"drop database if exists [{database}]")
