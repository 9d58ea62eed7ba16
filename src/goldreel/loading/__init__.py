"""Files → bronze: every delivered record, as delivered, with where it came from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Protocol

import pyarrow as pa

from goldreel.engines.base import ColumnType, Engine, Table
from goldreel.errors import FileRefused
from goldreel.loading import ledger
from goldreel.loading.contract import REJECTED_RECORDS, Delivery, Entity, find_delivery
from goldreel.loading.csv_loader import read_csv
from goldreel.loading.fitting import as_rejected, within_limits
from goldreel.loading.json_loader import read_json
from goldreel.loading.ledger import Load
from goldreel.loading.source import Batch, Rejected, SourceFile

__all__ = ["Delivery", "FileOutcome", "Progress", "find_delivery", "load_delivery"]

_READERS = {"csv": read_csv, "json": read_json}
_REJECTED_AT_ONCE = 50_000


class Progress(Protocol):
    """Is told how a load goes on."""

    def file_started(self, path: Path, size: int) -> None: ...

    def bytes_read(self, count: int) -> None: ...

    def file_ended(self) -> None: ...


@dataclass(frozen=True)
class FileOutcome:
    """What became of one delivered file.

    Attributes:
        status: `loaded`; `known` when this file version was loaded before, so nothing was done; `refused`.
        load: the ledger row; none when the file was refused.
        unknown_columns: names that the contract does not know; their values are kept in `_extra`.
        refusal: why the file was refused.
    """

    path: Path
    entity: str
    status: Literal["loaded", "known", "refused"]
    load: Load | None = None
    unknown_columns: tuple[str, ...] = ()
    refusal: FileRefused | None = None


def load_delivery(engine: Engine, delivery: Delivery, progress: Progress) -> list[FileOutcome]:
    """Load every file of a delivery that is not in bronze yet. A refused file does not stop the others.

    The ledger must have been prepared (`ledger.prepare`).
    """
    outcomes = []
    for entity, path in delivery.files:
        try:
            outcome = _load_file(engine, entity, path, progress)
        except FileRefused as refusal:
            ledger.record_refusal(engine, entity, path, refusal)
            outcome = FileOutcome(path, entity.name, "refused", refusal=refusal)
        outcomes.append(outcome)
    return outcomes


def _load_file(engine: Engine, entity: Entity, path: Path, progress: Progress) -> FileOutcome:
    source = SourceFile.open(path)
    known = ledger.find_load(engine, entity, source)
    if known:
        return FileOutcome(path, entity.name, "known", known)
    progress.file_started(path, source.size)
    started_at = ledger.now()
    stream = _Stream(_READERS[entity.file_format](source, entity, progress.bytes_read))
    try:
        with engine.transaction():
            load_id = ledger.next_load_id(engine)
            while not stream.ended:
                stream.write(engine, entity, load_id, path, started_at)
            load = Load(
                load_id,
                entity.name,
                path.name,
                source.sha256,
                source.size,
                stream.loaded + stream.rejected,
                stream.loaded,
                stream.rejected,
                "loaded",
                started_at,
                ledger.now(),
            )
            ledger.record_load(engine, load)
    except Exception:
        ledger.sweep(engine)  # not every engine takes back what it was sent
        raise
    finally:
        progress.file_ended()
    return FileOutcome(path, entity.name, "loaded", load, tuple(sorted(stream.unknown_columns)))


class _Stream:
    """The batches of a file on their way into bronze, in memory that does not grow with the file."""

    def __init__(self, batches: Iterator[Batch]) -> None:
        self._batches = batches
        self._rejected: list[Rejected] = []
        self._error: BaseException | None = None
        self.ended = False
        self.loaded = 0
        self.rejected = 0
        self.unknown_columns: set[str] = set()

    def write(self, engine: Engine, entity: Entity, load_id: int, path: Path, loaded_at: datetime) -> None:
        """Append records until the file ends or many were rejected, and then those."""
        schema = entity.table.arrow_schema
        origin = {"_load_id": load_id, "_source_file": path.name, "_loaded_at": loaded_at}
        tables = self._records(entity.table, engine.text_limits)
        batches = (batch for records in tables for batch in _with_origin(records, origin, schema).to_batches())
        try:
            refused = engine.append(entity.table, pa.RecordBatchReader.from_batches(schema, batches))
        except Exception:
            # What goes wrong while the engine draws from the file comes back as the engine's own error.
            if self._error is not None:
                raise self._error from None
            raise
        self.loaded -= len(refused)
        self.rejected += len(refused)
        self._rejected += [as_rejected(row.values, row.reason) for row in refused]
        origin = {"load_id": load_id, "entity": entity.name, "source_file": path.name}
        _keep_rejected([origin | record._asdict() for record in self._rejected], engine)
        self._rejected = []

    def _records(self, table: Table, limits: Mapping[ColumnType, int]) -> Iterator[pa.Table]:
        try:
            while len(self._rejected) < _REJECTED_AT_ONCE:
                batch = next(self._batches, None)
                if batch is None:
                    self.ended = True
                    return
                batch = within_limits(batch, table, limits)
                self.loaded += len(batch.records)
                self.rejected += len(batch.rejected)
                self.unknown_columns |= batch.unknown_columns
                self._rejected += batch.rejected
                yield batch.records
        except BaseException as error:
            self._error = error
            raise


def _keep_rejected(rows: list[dict[str, Any]], engine: Engine) -> None:
    """Write rejected records; the raw text of one that the database cannot hold is written with escapes, as JSON."""
    if rows:
        refused = engine.append(
            REJECTED_RECORDS, pa.Table.from_pylist(rows, schema=REJECTED_RECORDS.arrow_schema).to_reader()
        )
        _keep_rejected([row.values | {"raw": json.dumps(row.values["raw"])} for row in refused], engine)


def _with_origin(records: pa.Table, origin: dict[str, object], schema: pa.Schema) -> pa.Table:
    for name, value in origin.items():
        constant = pa.repeat(pa.scalar(value, schema.field(name).type), len(records))
        records = records.append_column(name, constant)
    return records.select(schema.names)
