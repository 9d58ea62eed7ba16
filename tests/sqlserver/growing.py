"""Warehouses on a SQL Server that grow build by build; `test_live_growing.py` sees that dbt does the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from changes.elsewhere import GrowingElsewhere


@dataclass
class GrowingOnServer(GrowingElsewhere):
    """On a SQL Server."""

    readers = "dbo"
    dialect = "sqlserver"

    def show(self, schema: str) -> None:
        self.engine.execute("drop view if exists dbo.publication")
        self.engine.execute(f"create view dbo.publication as select build_id from {schema}.compared_builds")

    def state_made(self, state: str, judged: str) -> str:
        return f"if object_id(N'{state}') is null select top 0 * into {state} from {judged}"

    def taken_out(self, place: str, condition: str, keys: Sequence[str], found: str) -> str:
        return f"delete from {place} where {condition}"

    def view(self, place: str, sql: str) -> str:
        return f"create view {place} as {sql}"

    def filled(self, place: str, sql: str, adds: bool, is_kept: bool) -> Iterator[str]:
        query = f"{place}__dbt_tmp"  # as dbt's, where a build that begins finds what one that was killed has left
        yield f"drop view if exists {query}"
        yield f"create view {query} as {sql}"
        if is_kept:
            yield f"if object_id(N'{place}') is null select top 0 * into {place} from {query}"
        yield f"insert into {place} select * from {query}" if adds else f"select * into {place} from {query}"
        yield f"drop view {query}"
