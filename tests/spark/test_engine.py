"""Spark itself: what only a real one can get wrong."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from goldreel.engines.base import Column, Table
from goldreel.errors import GoldreelError, WarehouseInUse
from goldreel.loading import ledger
from goldreel.loading.contract import LOADS, REJECTED_RECORDS
from goldreel.sql_runner import Script, run_script
from spark.delivering import csv, deliver, load, rows

pytest.importorskip("pyspark")

from goldreel.engines.spark import SparkEngine

# --- What a killed job leaves -----------------------------------------------------------------


def folder_of(home: Path, table: str) -> Path:
    schema, _, name = table.partition(".")
    return home / "spark" / "tables" / f"{schema}.db" / name


def test_rows_of_a_load_that_was_cut_off_before_its_ledger_row_are_swept(engine: SparkEngine, tmp_path: Path) -> None:
    load(engine, deliver(tmp_path / "one", users__csv=csv("U1,1,Peru,Basic,2024-01-01,5")))
    engine.execute(
        "insert overwrite table bronze.users partition (_load_id = 2) "
        "(user_id, country, _source_file, _source_row, _loaded_at) "
        "values ('U9', 'Peru', 'users.csv', 1, timestamp_ntz'2024-01-01')"
    )
    assert len(rows(engine, "select * from bronze.users")) == 2
    ledger.prepare(engine)
    assert rows(engine, "select _load_id from bronze.users") == [(1,)]
    load(engine, deliver(tmp_path / "two", users__csv=csv("U2,2,Chile,Basic,2024-01-01,5")))
    assert rows(engine, "select _load_id, user_id from bronze.users order by 1") == [(1, "U1"), (2, "U2")]


def test_files_that_a_killed_job_left_never_count(engine: SparkEngine, home: Path, tmp_path: Path) -> None:
    """They may lie where they belong, unknown to the metastore, or where tasks put them before their job ends."""
    load(engine, deliver(tmp_path / "one", users__csv=csv("U1,1,Peru,Basic,2024-01-01,5")))
    users, loads = folder_of(home, "bronze.users"), folder_of(home, str(LOADS))
    (rows_of_users,) = (users / "_load_id=1").glob("*.parquet")
    (rows_of_loads,) = loads.glob("*.parquet")
    finished_task = Path("_temporary/0/task_202408310000000000000000000_0007_m_000000")
    for left, content in {
        users / "_load_id=2": rows_of_users,
        users / finished_task / "_load_id=2": rows_of_users,
        loads / finished_task: rows_of_loads,
    }.items():
        left.mkdir(parents=True)
        (left / "part-left.parquet").write_bytes(content.read_bytes())
    ledger.prepare(engine)
    load(engine, deliver(tmp_path / "two", users__csv=csv("U2,2,Chile,Basic,2024-01-01,5")))
    assert rows(engine, "select _load_id, user_id from bronze.users order by 1") == [(1, "U1"), (2, "U2")]
    assert rows(engine, f"select load_id from {LOADS} order by 1") == [(1,), (2,)]


def test_files_that_a_killed_build_left_do_not_stop_the_next_one(engine: SparkEngine, home: Path) -> None:
    engine.prepare_build()
    for schema in (engine.build_schema, "staging"):
        left = folder_of(home, f"{schema}.silver_users")
        left.mkdir(parents=True)
        (left / "part-left.parquet").write_bytes(b"half a file")
    engine.prepare_build()
    for schema in (engine.build_schema, "staging"):
        engine.execute(f"create table {schema}.silver_users using parquet as select 'U1' as user_id")
        assert rows(engine, f"select * from {schema}.silver_users") == [("U1",)]


# --- The session ------------------------------------------------------------------------------


def test_moments_and_days_do_not_depend_on_where_spark_runs(engine: SparkEngine) -> None:
    """Here it runs half a day from UTC (see conftest.py)."""
    assert rows(engine, "select current_timezone()") == [("UTC",)]
    script = (Path(__file__).parents[2] / "sql" / "spark" / "silver_to_gold.sql").read_text(encoding="utf-8")
    (today,) = re.findall(r"datediff\((.+), users\.signup_date\)", script)
    for zone in ("Pacific/Kiritimati", "Etc/GMT+12", "UTC"):
        engine.execute(f"set time zone '{zone}'")
        assert rows(engine, f"select {today}") == [(datetime.now(UTC).date(),)]
    table = Table("ops", "moments", (Column("at", "timestamp"), Column("what", "text")))
    engine.execute("drop table if exists ops.moments")
    engine.create_missing([table])
    moment = ledger.now().replace(year=1582, month=10, day=10)
    engine.append(table, pa.Table.from_pylist([{"at": moment, "what": "old"}], table.arrow_schema).to_reader())
    assert rows(engine, "select * from ops.moments") == [(moment, "old")]
    engine.execute("drop table ops.moments")


def test_days_before_the_gregorian_calendar_come_back_as_they_were_written(engine: SparkEngine) -> None:
    engine.execute("drop table if exists ops.days")
    engine.execute("create table ops.days using parquet as select date'0001-01-01' as day union all "
                   "select date'1582-10-10' union all select date'9999-12-31'")  # fmt: skip
    found = [str(day) for (day,) in rows(engine, "select day from ops.days order by day")]
    assert found == ["0001-01-01", "1582-10-10", "9999-12-31"]
    engine.execute("drop table ops.days")


def test_a_cast_that_fails_is_an_error_and_not_a_null(engine: SparkEngine) -> None:
    with pytest.raises(engine.errors, match="CAST_INVALID_INPUT"):
        rows(engine, "select cast('1_000' as bigint)")


def test_text_compares_exactly(engine: SparkEngine) -> None:
    assert rows(engine, "select count(distinct id) from values ('U1'), ('u1'), ('U1 '), ('Ü1') as t(id)") == [(4,)]


def test_rows_of_every_type_come_back_as_they_went(engine: SparkEngine) -> None:
    raw = "tab\t, quote ' \" `, back\\slash, line\r\nbreak, nul\0, emoji 🎬"
    row = {"load_id": 0, "entity": "users", "source_file": "f", "source_row": 2**60, "raw": raw, "reason": None}
    table = Table("ops", "kept", REJECTED_RECORDS.columns)
    engine.execute("drop table if exists ops.kept")
    engine.create_missing([table])
    engine.append(table, pa.Table.from_pylist([row], table.arrow_schema).to_reader())
    assert rows(engine, "select * from ops.kept") == [tuple(row.values())]
    assert engine.execute("select count(*) from ops.kept where raw = ?", [raw]).rows == [(1,)]
    engine.execute("drop table ops.kept")


def test_a_script_stops_at_its_first_error_and_says_that_what_came_before_stays(engine: SparkEngine) -> None:
    text = "create table ops.one using parquet as select 1 as a; select a from ops.one;\nselect x; drop table ops.one"
    results = run_script(engine, Script("s.sql", text))
    assert next(results).rows == [(1,)]
    with pytest.raises(GoldreelError) as raised:
        next(results)
    assert raised.value.where == "s.sql, line 2"
    assert "what ran before it was kept" in raised.value.remedy
    assert rows(engine, "select a from ops.one") == [(1,)]
    engine.execute("drop table ops.one")


def test_one_process_at_a_time(engine: SparkEngine, home: Path) -> None:
    other = [sys.executable, "-m", "goldreel", "status", "--engine", "spark"]
    environment = os.environ | {"GOLDREEL_HOME": str(home)}
    found = subprocess.run(other, env=environment, capture_output=True, text=True, check=True)
    assert f"in use by another goldreel process (PID {os.getpid()})" in " ".join(found.stdout.split())
    command = [sys.executable, "-m", "goldreel", "build", "--engine", "spark"]
    environment["GOLDREEL_LOCK_TIMEOUT"] = "0"
    found = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert found.returncode == WarehouseInUse.exit_code
    assert "wait for that process to end" in found.stderr
