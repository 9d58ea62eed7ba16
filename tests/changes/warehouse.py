"""The models as dbt compiles them, carried out statement by statement: a build takes milliseconds, not seconds.

What `goldreel.changes` and dbt do around the models (set aside, sweep, append) is done here in a few lines; that they
do the same is tested with real builds in `test_builds.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
from sqlglot import exp

from changes.reference import Record
from goldreel.export_sql import compiled
from portability import emulation
from portability.compiled import Compiled, Traced

ACTIVE_HOURS = "100.125"  # stands for the setting in what is carried out
INCREMENTAL = ("kept_changes", "kept_change_totals")
NEEDED = ("stg_", "judged_", "compared_", "changed_", "kept_", "change_")


@dataclass(frozen=True)
class Step:
    """How a model is built: its name, relation and query."""

    name: str
    relation: str
    sql: str


def steps(project: Compiled, traced: Traced) -> list[Step]:
    """What is to be built, in order, in the words of DuckDB."""
    return [
        Step(
            model.name,
            exp.to_table(model.relation, dialect=project.dialect).sql("duckdb", identify=True),
            _of_any_threshold(emulation.to_duckdb(traced.statements[model.name], project.dialect)),
        )
        for model in project.models
        if model.name.startswith(NEEDED)
    ]


def _of_any_threshold(sql: str) -> str:
    """With a text that stands for the hours from which on a user is active."""
    assert ACTIVE_HOURS not in sql
    return re.sub(r"(total_watch_time_hours\"? >= )100\b", rf"\g<1>{ACTIVE_HOURS}", sql)


def own_steps() -> list[Step]:
    """The same, as dbt compiles the models for DuckDB itself."""
    return [
        Step(
            model.name,
            f"{model.schema.replace('main', 'dbo')}.{model.name}",
            _of_any_threshold(model.sql.replace("main.", "dbo.")),
        )
        for model in compiled("duckdb")
        if model.name.startswith(NEEDED)
    ]


class Warehouse:
    """A warehouse in memory."""

    def __init__(self, engine: str, built: list[Step]) -> None:
        self._steps = built
        self.con: duckdb.DuckDBPyConnection = emulation.connect("spark" if engine == "spark" else "tsql")
        self._builds: list[tuple[int, str]] = []

    def load(self, load_id: int, records: Iterable[Record]) -> None:
        for record in records:
            names = [*record.text, "_load_id", "_source_file", "_source_row"]
            values = [*record.text.values(), record.load_id, record.file, record.row]
            marks = ", ".join("?" * len(values))
            self.con.execute(f"insert into bronze.{record.entity} ({', '.join(names)}) values ({marks})", values)
            entity, file = record.entity, record.file
            if record.mends is not None:
                mends = [load_id, record.row, entity, *record.mends]
                self.con.execute("insert into bronze.repairs values (?, ?, ?, ?, ?)", mends)
        self.con.execute(
            "insert into bronze.loads (load_id, entity, source_file, status) values (?, ?, ?, 'loaded')",
            [load_id, entity, file],
        )

    def withdraw(self, load_id: int) -> None:
        self.con.execute(f"update bronze.loads set status = 'withdrawn' where load_id = {load_id}")

    def build(self, active_hours: float, status: str = "passed", cut_off_after: int | None = None) -> int:
        """Build as far as told, and note how it ended (`running`: it was killed)."""
        if self._builds and self._builds[-1][1] == "passed":
            for entity in ("users", "viewing_sessions", "content"):
                self.con.execute(f"create or replace table staging.before_{entity} as from staging.judged_{entity}")
        passed = ", ".join(["0", *(str(build) for build, how in self._builds if how == "passed")])
        build_id = len(self._builds) + 1
        moment = datetime(2024, 1, 1)
        note = "insert into ops.build_log (entry, build_id, status, finished_at) values (?, ?, ?, ?)"
        self.con.execute(note, [2 * build_id, build_id, "running", None])
        for step in self._steps[:cut_off_after]:
            sql = step.sql.replace(ACTIVE_HOURS, str(active_hours))
            if step.name == "compared_builds":
                for entity in ("users", "viewing_sessions", "content"):
                    state = f"staging.before_{entity}"
                    self.con.execute(f"create table if not exists {state} as from staging.judged_{entity} limit 0")
            if step.name in INCREMENTAL:
                self.con.execute(f"create table if not exists {step.relation} as from ({sql}) limit 0")
                self.con.execute(f"delete from {step.relation} where build_id not in ({passed})")
                self.con.execute(f"insert into {step.relation} {sql}")
            else:
                self.con.execute(f"create or replace table {step.relation} as {sql}")
        self._builds.append((build_id, status))
        if status != "running":
            self.con.execute(note, [2 * build_id + 1, build_id, status, moment])
        return build_id

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.con.execute(sql).fetchall()
