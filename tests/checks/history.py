"""Histories of loads, written down as rows, and what the checks say of them.

The models are carried out as the exported DuckDB script has them, in memory: a history costs a fraction of a second.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa

from goldreel.engines.base import Table
from goldreel.loading.contract import BRONZE_TABLES

Row = dict[str, Any]
BRONZE = {str(table): table for table in BRONZE_TABLES}
LOADED_AT = datetime(2024, 9, 1, 12, 30)


def user(number: int, **values: Any) -> Row:
    day = f"2023-{number % 12 + 1:02}-{number % 28 + 1:02}"
    row = {"user_id": f"U{number}", "age": "30", "country": "Peru", "subscription_type": "Basic"}
    return row | {"registration_date": day, "total_watch_time_hours": "200"} | values


def session(number: int, **values: Any) -> Row:
    row = {"session_id": f"S{number}", "user_id": f"U{number % 10}", "content_id": "M0", "watch_date": "2024-03-01"}
    row |= {"watch_duration_minutes": "30", "completion_percentage": "50", "device_type": "TV", "quality_level": "HD"}
    return row | values


def title(number: int, content_type: str = "movie", **values: Any) -> Row:
    row = {"content_id": f"M{number}", "title": f"Title {number}", "genre": "Drama", "content_type": content_type}
    row |= {"duration_minutes": "90", "rating": "4.0", "views_count": "7", "production_budget": "1000"}
    own = {"release_year": "2001"} if content_type == "movie" else {"seasons": "1", "total_episodes": "9"}
    return row | own | values


class Check(NamedTuple):
    """A row of load_checks."""

    load_id: int
    entity: str
    check_name: str
    observed: str
    expected: str
    verdict: str
    example: str | None


@dataclass
class History:
    """Loads one after the other."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in BRONZE})

    def load(self, entity: str, records: Sequence[Row], *, rejected: int = 0, name: str = "") -> int:
        """Add a load; returns its number."""
        load_id = len(self.rows["bronze.loads"]) + 1
        file = (
            name
            or {"users": "users.csv", "viewing_sessions": "viewing_sessions.csv", "content": "content.json"}[entity]
        )
        for at, record in enumerate(records, start=1):
            place = {"_load_id": load_id, "_source_file": file, "_source_row": at, "_loaded_at": LOADED_AT}
            self.rows[f"bronze.{entity}"].append(record | place)
        for at in range(len(records) + 1, len(records) + rejected + 1):
            place = {"load_id": load_id, "entity": entity, "source_file": file, "source_row": at}
            self.rows["bronze.rejected_records"].append(place | {"raw": "a,b", "reason": "it has 2 columns"})
        counts = {"records_delivered": len(records) + rejected, "records_loaded": len(records)}
        row = {"load_id": load_id, "entity": entity, "source_file": file, "sha256": str(load_id), "bytes": 1}
        row |= counts | {"records_rejected": rejected, "status": "loaded"}
        self.rows["bronze.loads"].append(row | {"started_at": LOADED_AT, "finished_at": LOADED_AT})
        return load_id

    def known(self) -> History:
        """Add the users and the title that sessions refer to."""
        self.load("users", [user(number) for number in range(10)], name="users_of_all.csv")
        self.load("content", [title(0)], name="content_of_all.json")
        return self

    def table(self, table: Table) -> pa.Table:
        rows = self.rows[str(table)]
        return pa.table(
            {name: [row.get(name) for row in rows] for name in table.arrow_schema.names}, table.arrow_schema
        )


@dataclass(frozen=True)
class Checker:
    """Carries out the models on a history."""

    script: str

    def warehouse(self, history: History) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect()
        connection.execute("create schema bronze")
        for name, table in BRONZE.items():
            connection.register("delivered", history.table(table))
            connection.execute(f"create table {name} as from delivered")
            connection.unregister("delivered")
        connection.execute(self.script)
        return connection

    def checks(self, history: History) -> list[Check]:
        with self.warehouse(history) as connection:
            found = connection.execute(
                f"select {', '.join(Check._fields)} from load_checks order by load_id, check_name"
            )
            return [Check(*row) for row in found.fetchall()]

    def of(self, history: History, load_id: int, check_name: str) -> Check:
        """What one check says of one load."""
        (found,) = [each for each in self.checks(history) if (each.load_id, each.check_name) == (load_id, check_name)]
        return found

    def not_ok(self, history: History) -> list[tuple[int, str, str]]:
        """Which loads are suspicious or stopped, by which check."""
        return [(each.load_id, each.check_name, each.verdict) for each in self.checks(history) if each.verdict != "ok"]


def days(first: int, last: int, month: str = "2024-03") -> Iterable[str]:
    return [f"{month}-{day:02}" for day in range(first, last + 1)]
