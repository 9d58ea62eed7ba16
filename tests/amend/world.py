"""A warehouse into which files are delivered, and of which some turn out to be wrong.

Loading and amending are the real thing; builds carry out the exported scripts.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from goldreel import amend
from goldreel.build_log import BUILDS, finish_build, start_build
from goldreel.engines import Engine
from goldreel.engines.shared import BUILD_SCHEMAS
from goldreel.loading import FileOutcome, find_delivery, ledger, load_delivery
from goldreel.transform import BuildResult, NodeResult
from loading.delivering import Listening

Cells = dict[str, list[tuple[Any, ...]]]

PASSED = BuildResult((NodeResult("all", "model", "passed", "", 0, 0.0),))

_USERS = "user_id,age,country,subscription_type,registration_date,total_watch_time_hours"
_SESSIONS = (
    "session_id,user_id,content_id,watch_date,watch_duration_minutes,completion_percentage,device_type,quality_level"
)


def users(*lines: str) -> str:
    return "\n".join([_USERS, *lines, ""])


def user(user_id: str, hours: object = 200, country: str = "Peru", signup: str = "2023-01-01") -> str:
    return f"{quoted(user_id)},30,{country},Basic,{signup},{hours}"


def sessions(*lines: str) -> str:
    return "\n".join([_SESSIONS, *lines, ""])


def session(session_id: str, user_id: str, minutes: object = 30, day: str = "2024-03-01", title: str = "M1") -> str:
    return f"{quoted(session_id)},{quoted(user_id)},{title},{day},{minutes},50,TV,HD"


def catalogue(*titles: str, minutes: object = 90) -> str:
    return json.dumps(
        {"movies": [{"content_id": title, "title": title, "duration_minutes": minutes} for title in titles]}
    )


def quoted(text: str) -> str:
    """A value as CSV has it."""
    return '"' + text.replace('"', '""') + '"' if set(text) & set(',"\n\r') else text


class World:
    """One warehouse: an engine that is open, and the statements that build silver and gold in its default schema."""

    def __init__(self, folder: Path, engine: Engine, statements: Sequence[str]) -> None:
        self._folder = folder
        self._statements = statements
        self._deliveries = self._files = 0
        self.engine = engine
        self.engine.build_schema = engine.default_schema
        ledger.prepare(self.engine)
        self.engine.create_missing([BUILDS])

    def deliver(self, **files: str) -> list[FileOutcome]:
        """Load files, named `users_1__csv` for users_1.csv."""
        self._deliveries += 1
        folder = self._folder / f"delivery_{self._deliveries}"
        folder.mkdir(parents=True)
        for name, content in files.items():
            (folder / name.replace("__", ".")).write_text(content, encoding="utf-8")
        return load_delivery(self.engine, find_delivery(folder, self.engine.files), Listening())

    def load(self, **files: str) -> int:
        """The same of one file; returns the number of its load."""
        (outcome,) = self.deliver(**files)
        assert outcome.load is not None, outcome.refusal
        return outcome.load.load_id

    def withdraw(self, *load_ids: int, reason: str = "it was wrong") -> list[amend.Withdrawn]:
        return amend.withdraw(self.engine, load_ids, reason)

    def forget(self, *user_ids: str) -> None:
        amend.forget(self.engine, user_ids, "", self._build_if_due, lambda: None)

    def _build_if_due(self) -> bool:
        self.build()
        return True

    def export(self, wanted: amend.Wanted) -> Path:
        self._files += 1
        file = self._folder / f"export_{self._files}.csv"
        return amend.export_quarantine(self.engine, file, wanted).file

    def wrong_lines(self, wanted: amend.Wanted) -> list[dict[str, str]]:
        """What `goldreel quarantine` writes of the last build, nothing where all is well."""
        (count,) = self.rows(
            f"select count(*) from {self.engine.default_schema}.records_to_repair "
            "where load_id in (select load_id from bronze.loads where status = 'loaded')"
        )
        if count == (0,):
            return []
        with self.export(wanted).open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))

    def as_delivered(self, load_id: int, entity: str) -> dict[str, str]:
        """The records of a load as a file of their entity: by name, its content."""
        found = self.engine.execute(f"select * from bronze.{entity} where _load_id = {load_id} order by _source_row")
        records = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
        if entity == "content":
            movies = [{name: value for name, value in each.items() if value and name[0] != "_"} for each in records]
            return {f"content_{load_id}r__json": json.dumps({"movies": movies, "series": []})}
        names = (_USERS if entity == "users" else _SESSIONS).split(",")
        lines = [",".join(quoted(record[name] or "") for name in names) for record in records]
        return {f"{entity}_{load_id}r__csv": "\n".join([",".join(names), *lines, ""])}

    def repair(self, lines: Sequence[Mapping[str, str]], header: Sequence[str] = ()) -> list[amend.Repaired]:
        """Load repairs from a file with these lines. The same lines make the same file."""
        file = self._folder / "repairs.csv"
        names = list(header) or list(lines[0])
        with file.open("w", encoding="utf-8", newline="") as opened:
            writer = csv.writer(opened)
            writer.writerow(names)
            writer.writerows(list(line.values()) for line in lines)
        return amend.repair(self.engine, file)

    def build(self) -> None:
        """Build, and note that all went well."""
        begun = start_build(self.engine, date(2024, 9, 30))
        for statement in self._statements:
            self.engine.execute(statement)
        finish_build(self.engine, begun, PASSED)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.engine.execute(sql).rows

    def account(self) -> dict[tuple[str, str], int]:
        """Records by entity and outcome."""
        account = f"{self.engine.default_schema}.gold_data_quality"
        found = self.rows(f"select entity, outcome, sum(records) from {account} group by entity, outcome")
        return {(entity, outcome): int(records) for entity, outcome, records in found}

    def outcomes(self, entity: str) -> dict[tuple[int, int], str]:
        """What became of each record, by load and position."""
        found = self.rows(f"select load_id, source_row, outcome from staging.judged_{entity}")
        return {(load_id, row): outcome for load_id, row, outcome in found}

    def numbers(self) -> Cells:
        """Every cell of silver, gold and the star but the account, without where a record came from."""
        schema = self.engine.default_schema
        tables = [
            name
            for name in self.engine.tables(schema)
            if name.startswith(("silver_", "gold_", "dim_", "fact_", "bridge_")) and name != "gold_data_quality"
        ]
        return {name: sorted(_rounded(row) for row in self.rows(f"select * from {schema}.{name}")) for name in tables}

    def out_of_balance(self) -> list[Any]:
        """Kinds of record of which the outcomes do not sum to what was delivered."""
        delivered = dict(self.rows("select entity, sum(records_delivered) from bronze.loads group by entity"))
        accounted: Counter[str] = Counter()
        for (entity, _), records in self.account().items():
            accounted[entity] += records
        kinds = sorted({*delivered, *accounted})
        found = [(entity, int(delivered.get(entity, 0)), accounted[entity]) for entity in kinds]
        return [each for each in found if each[1] != each[2]]


def worlds(engine: Engine, folder: Path, scripts: Path, kind: type[World] = World) -> Callable[[], World]:
    """Makes warehouses without a delivery in a database, each in the place of the one before.

    Args:
        scripts: the folder of those that build silver and gold there.
    """
    texts = [(scripts / name).read_text(encoding="utf-8") for name in ("bronze_to_silver.sql", "silver_to_gold.sql")]
    statements = [each.text for text in texts for each in engine.statements(text)]
    made: list[World] = []

    def make() -> World:
        empty(engine, engine.default_schema, "staging", *BUILD_SCHEMAS, "ops", "bronze")
        made.append(kind(folder / f"world_{len(made)}", engine, statements))
        return made[-1]

    return make


def empty(engine: Engine, *schemas: str) -> None:
    """Drop all tables and views of schemas."""
    stored = {(table.schema, table.name) for table in engine.stored_tables()}
    for schema in schemas:
        names = engine.tables(schema)
        for kind, is_table in (("view", False), ("table", True)):
            for name in names:
                if ((schema, name) in stored) is is_table:
                    engine.execute(f"drop {kind} {schema}.{name}")


def _rounded(row: tuple[Any, ...]) -> tuple[str, ...]:
    """Sums of floating-point numbers depend on their order."""
    return tuple(f"{value:.9g}" if isinstance(value, float) else repr(value) for value in row)
