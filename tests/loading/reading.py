"""Reads one file the way the loader does, in blocks of any size, and tells what came out of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from goldreel.loading import csv_loader, json_loader, source
from goldreel.loading.contract import CONTENT, Entity
from goldreel.loading.source import Batch, SourceFile

ONE_BLOCK = source.BLOCK_BYTES
TINY_BLOCKS = 37
BLOCK_SIZES = (ONE_BLOCK, TINY_BLOCKS)

# A kind of file as small as can be, so that a whole file fits into a few tiny blocks.
PAIRS = Entity("pairs", "csv", "pairs*.csv", ("a", "b"))

Row = dict[str, str | None]
Reader = Callable[[SourceFile, Entity, Callable[[int], None]], Iterator[Batch]]


@dataclass(frozen=True)
class Reading:
    """What a file held.

    Attributes:
        records: columns and `_extra` of each record, by its position in the file.
        rejected: raw text and reason of what was no record, by its position in the file.
        unknown: names of the columns that the contract does not know.
        bytes_read: delivered bytes that the reader reported.
    """

    records: dict[int, Row]
    rejected: dict[int, tuple[str, str]]
    unknown: set[str]
    bytes_read: int

    @property
    def pairs(self) -> dict[int, tuple[str | None, str | None]]:
        """The records of a file of pairs."""
        return {row: (record["a"], record["b"]) for row, record in self.records.items()}


@contextmanager
def blocks_of(size: int) -> Iterator[None]:
    """Let files be read in blocks of so many bytes."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (source, csv_loader, json_loader):
            patch.setattr(module, "BLOCK_BYTES", size)
        yield


def read(path: Path, entity: Entity = PAIRS) -> Reading:
    """Read a file to its end.

    Raises:
        FileRefused: the file cannot be understood as a whole.
    """
    reader: Reader = csv_loader.read_csv if entity.file_format == "csv" else json_loader.read_json
    reading = Reading({}, {}, set(), 0)
    told: list[int] = []
    for batch in reader(SourceFile.open(path), entity, told.append):
        for record in batch.records.to_pylist():
            row = record.pop("_source_row")
            assert row not in reading.records, f"two records have the position {row}"
            reading.records[row] = record
        for row, raw, reason in batch.rejected:
            assert row not in reading.rejected, f"two rejected records have the position {row}"
            reading.rejected[row] = (raw, reason)
        reading.unknown.update(batch.unknown_columns)
    assert not reading.records.keys() & reading.rejected.keys()
    return Reading(reading.records, reading.rejected, reading.unknown, sum(told))


@dataclass(frozen=True)
class Files:
    """Writes files into a folder of one test, and reads them."""

    folder: Path

    def csv(self, content: str | bytes, name: str = "pairs.csv") -> Reading:
        return read(self.write(name, content))

    def json(self, content: str | bytes, name: str = "content.json") -> Reading:
        return read(self.write(name, content), CONTENT)

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path


def filled(row: Row) -> dict[str, Any]:
    """A record without what is null."""
    return {name: value for name, value in row.items() if value is not None}
