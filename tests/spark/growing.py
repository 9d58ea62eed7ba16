"""Warehouses with Delta Lake's tables that grow build by build; `test_delta.py` sees that dbt does the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from changes.elsewhere import GrowingElsewhere
from changes.growing import LOADED_AT
from changes.reference import Record
from goldreel.loading.contract import ENTITIES, LOADS


@dataclass
class GrowingOnDelta(GrowingElsewhere):
    """On Spark with tables that know MERGE."""

    readers = "default"
    dialect = "spark"

    def load(self, load_id: int, records: Iterable[Record]) -> None:
        records = list(records)
        (table,) = [entity.table for entity in ENTITIES if entity.name == records[0].entity]
        place = [{"_load_id": load_id, "_source_file": each.file, "_source_row": each.row} for each in records]
        rows = [{**each.text, **at, "_loaded_at": LOADED_AT} for each, at in zip(records, place, strict=True)]
        self.engine.append(table, table.of_rows(rows))
        counts = {"records_delivered": len(records), "records_loaded": len(records), "records_rejected": 0}
        about = {"load_id": load_id, "entity": records[0].entity, "source_file": records[0].file, "status": "loaded"}
        self.engine.append(LOADS, LOADS.of_rows([{**about, "sha256": str(load_id), **counts}]))

    def show(self, schema: str) -> None:
        self.engine.execute(f"drop table if exists {schema}.publication")
        self.engine.execute(f"create table {schema}.publication using delta as select {len(self.built)} as version")
        self.engine.execute(f"create or replace view default.publication as select * from {schema}.publication")

    def state_made(self, state: str, judged: str) -> str:
        return f"create table if not exists {state} using delta as select * from {judged} where 1 = 0"

    def taken_out(self, place: str, condition: str, keys: Sequence[str], found: str) -> str:
        same = " and ".join(f"standing.{key} = gone.{key}" for key in keys)
        gone = f"select distinct {', '.join(keys)} from {found}"
        return f"merge into {place} as standing using ({gone}) as gone on {same} when matched then delete"

    def view(self, place: str, sql: str) -> str:
        return f"create or replace view {place} as {sql}"

    def filled(self, place: str, sql: str, adds: bool, is_kept: bool) -> Iterator[str]:
        if is_kept:
            yield f"create table if not exists {place} using delta as select * from ({sql}) where 1 = 0"
        yield f"insert into {place} {sql}" if adds else f"create or replace table {place} using delta as {sql}"
