"""Files that this process reads: their records pass through it in batches, into any engine."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pyarrow as pa

from goldreel.engines.base import ColumnType, Engine
from goldreel.loading.contract import REJECTED_RECORDS, Entity
from goldreel.loading.csv_loader import read_csv
from goldreel.loading.fitting import as_rejected, within_limits
from goldreel.loading.forgotten import Forgotten, who_is_forgotten
from goldreel.loading.json_loader import read_json
from goldreel.loading.source import Batch, Carried, Origin, Rejected, SourceFile

READERS = {"csv": read_csv, "json": read_json}
_REJECTED_AT_ONCE = 50_000


def carry(
    engine: Engine, entity: Entity, source: SourceFile, on_bytes: Callable[[int], None], origin: Origin
) -> Carried:
    """Write the records of a file to bronze. See `carry_batches`."""
    return carry_batches(engine, entity, READERS[entity.file_format](source, entity, on_bytes), origin)


def carry_batches(engine: Engine, entity: Entity, batches: Iterator[Batch], origin: Origin) -> Carried:
    """Write records to bronze, in memory that does not grow with their number.

    Raises:
        FileRefused: the file cannot be understood as a whole; what was written belongs to no load.
    """
    stream = _Stream(batches, who_is_forgotten(engine))
    while not stream.ended:
        stream.write(engine, entity, origin)
    return stream.carried


class _Stream:
    """The batches of a file on their way into bronze."""

    def __init__(self, batches: Iterator[Batch], forgotten: Forgotten) -> None:
        self._batches = batches
        self._forgotten = forgotten
        self._rejected: list[Rejected] = []
        self._error: BaseException | None = None
        self.ended = False
        self.carried = Carried()

    def write(self, engine: Engine, entity: Entity, origin: Origin) -> None:
        """Append records until the file ends or many were rejected, and then those."""
        schema = entity.table.arrow_schema
        constants = origin.of_record()
        tables = self._records(entity, engine.text_limits)
        batches = (batch for records in tables for batch in with_constants(records, constants, schema).to_batches())
        try:
            refused = engine.append(entity.table, pa.RecordBatchReader.from_batches(schema, batches))
        except Exception:
            # What goes wrong while the engine draws from the file comes back as the engine's own error.
            if self._error is not None:
                raise self._error from None
            raise
        self.carried += Carried(-len(refused), len(refused))
        self._rejected += [as_rejected(row.values, row.reason) for row in refused]
        constants = origin.of_rejected(entity)
        _keep_rejected([constants | record._asdict() for record in self._rejected], engine)
        self._rejected = []

    def _records(self, entity: Entity, limits: Mapping[ColumnType, int]) -> Iterator[pa.Table]:
        try:
            while len(self._rejected) < _REJECTED_AT_ONCE:
                batch = next(self._batches, None)
                if batch is None:
                    self.ended = True
                    return
                batch, kept_out, kept_out_rejected = self._forgotten.without(batch, entity)
                batch = within_limits(batch, entity.table, limits)
                self.carried += Carried.of(batch, kept_out, kept_out_rejected)
                self._rejected += batch.rejected
                yield batch.records
        except BaseException as error:
            self._error = error
            raise


def _keep_rejected(rows: list[dict[str, Any]], engine: Engine) -> None:
    """Write rejected records; the raw text of one that the database cannot hold is written with escapes, as JSON."""
    if rows:
        refused = engine.append(REJECTED_RECORDS, REJECTED_RECORDS.of_rows(rows))
        _keep_rejected([row.values | {"raw": json.dumps(row.values["raw"])} for row in refused], engine)


def with_constants(records: pa.Table, constants: Mapping[str, object], schema: pa.Schema) -> pa.Table:
    """Records with the columns that all of a load have in common, as a bronze table has them."""
    for name, value in constants.items():
        if name in records.column_names:
            continue
        constant = pa.repeat(pa.scalar(value, schema.field(name).type), len(records))
        records = records.append_column(name, constant)
    return records.select(schema.names)
