"""Writes the files of a delivery: CSV in blocks and JSON at once, plain or compressed, clean or dirty.

A clean delivery has one file of each kind. A dirty one has two: the second has a byte order mark, CRLF line
ends, its columns in another order, and columns that nobody asked for.
"""

import gzip
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from io import BufferedIOBase
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from goldreel.generator.arrays import take
from goldreel.generator.catalogue import Snapshot
from goldreel.generator.dirt import Dirt

BOM = "\ufeff"
FIRST_FILE = 0.6
"""Share of the records that go to the first file of a dirty delivery."""

EXTRA_COLUMNS = {"app_version": ("4.1", "4.2", ""), "campaign name": ("spring", "", "friends")}
EXTRA_KEYS: dict[str, Any] = {"studio": 'North, by "Night"', "languages": ["es", "en"]}
UNKNOWN_SECTION = [{"content_id": "T001", "title": "Coming Soon"}, "teaser"]


@dataclass(frozen=True)
class CsvWriter:
    """The CSV file, or with dirt the two files, of one kind in one delivery."""

    paths: list[Path]
    files: list[BufferedIOBase]
    dirt: Dirt | None

    def write(self, records: pa.Table) -> int:
        """Append records; return how many there are after faults came in."""
        if self.dirt is None:
            self.files[0].write(_csv(records))
            return len(records)
        cut = round(len(records) * FIRST_FILE)
        first, second = records.slice(0, cut), _rearranged(records.slice(cut))
        return _write_dirty(self.files[0], first, "\n", self.dirt) + _write_dirty(
            self.files[1], second, "\r\n", self.dirt
        )

    def write_line(self, line: str) -> None:
        """Append a line to the first file as it is."""
        self.files[0].write(f"{line}\n".encode())


@contextmanager
def csv_writer(
    folder: Path, name: str, columns: Sequence[str], compress: bool, dirt: Dirt | None
) -> Iterator[CsvWriter]:
    """Open `name`.csv in the folder, and `name`_2.csv if there is dirt, with their headers."""
    headers = {f"{name}.csv": ",".join(columns) + "\n"}
    if dirt:
        headers[f"{name}_2.csv"] = BOM + ",".join(_second_order(columns)) + "\r\n"
    paths = [_path(folder, file, compress) for file in headers]
    with ExitStack() as stack:
        files = [stack.enter_context(_output(path)) for path in paths]
        for file, header in zip(files, headers.values(), strict=True):
            file.write(header.encode())
        yield CsvWriter(paths, files, dirt)


def write_content(folder: Path, snapshot: Snapshot, compress: bool, dirt: dict[str, Dirt]) -> tuple[list[Path], int]:
    """Write content.json, and content_2.json if the sections have dirt; return files and elements."""
    documents = _dirty_documents(snapshot, dirt) if dirt else {"content.json": snapshot}
    for name, document in documents.items():
        text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
        if name == "content_2.json":
            text = BOM + text.replace("\n", "\r\n")
        with _output(_path(folder, name, compress)) as file:
            file.write(text.encode())
    elements = sum(len(section) for document in documents.values() for section in document.values())
    return [_path(folder, name, compress) for name in documents], elements


def _csv(records: pa.Table) -> bytes:
    text = pa.BufferOutputStream()
    options = pacsv.WriteOptions(include_header=False, quoting_style="none", batch_size=65_536)
    pacsv.write_csv(records, text, options)
    written: bytes = text.getvalue().to_pybytes()
    return written


def _write_dirty(file: BufferedIOBase, records: pa.Table, line_end: str, dirt: Dirt) -> int:
    lines = _csv(records).decode().split("\n")[:-1]
    gained = dirt.soil_lines(lines, records.column_names, line_end)
    file.write("".join(f"{line}{line_end}" for line in lines).encode())
    return len(records) + gained


def _second_order(columns: Sequence[str]) -> list[str]:
    """The columns of the second file."""
    front, back = EXTRA_COLUMNS
    return [front, *reversed(columns), back]


def _rearranged(records: pa.Table) -> pa.Table:
    """The same records with the columns of the second file."""
    columns = _second_order(records.column_names)
    for name, texts in EXTRA_COLUMNS.items():
        records = records.append_column(name, take(texts, np.arange(len(records)) % len(texts)))
    return records.select(columns)


def _dirty_documents(snapshot: Snapshot, dirt: dict[str, Dirt]) -> dict[str, Snapshot]:
    """Split the titles over two documents, the second with more keys, reordered, and one section too many."""
    first: Snapshot = {}
    second: Snapshot = {"trailers": UNKNOWN_SECTION}
    for section, records in snapshot.items():
        cut = round(len(records) * FIRST_FILE)
        dressed = [dict(reversed(record.items())) | EXTRA_KEYS for record in records[cut:]]
        first[section] = dirt[section].soil_elements(records[:cut])
        second[section] = dirt[section].soil_elements(dressed)
    return {"content.json": first, "content_2.json": second}


def _path(folder: Path, name: str, compress: bool) -> Path:
    return folder / (f"{name}.gz" if compress else name)


@contextmanager
def _output(path: Path) -> Iterator[BufferedIOBase]:
    """Open a file for writing, compressed if its name says so; the bytes depend on what is written alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        if path.suffix == ".gz":
            with gzip.GzipFile(filename="", mode="wb", compresslevel=3, fileobj=file, mtime=0) as compressed:
                yield compressed
        else:
            yield file
