"""Files read block by block within this process: what `goldreel.engines.spark_files` does, without Spark."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from goldreel.engines.base import Table
from goldreel.engines.stored_files import Block, BlockReader, StoredFile

BOM = b"\xef\xbb\xbf"


def stored(path: Path) -> StoredFile:
    return StoredFile(str(path), path.name, path.stat().st_size, None)


@dataclass
class Blockwise:
    """See `goldreel.engines.base.ParallelFiles`. What is appended is kept in `tables`.

    Attributes:
        block_bytes: a block ends with the line in which it becomes as long as this.
        line_end: where lines are cut.
    """

    block_bytes: int
    line_end: bytes = b"\n"
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def list_folder(self, folder: str) -> list[StoredFile]:
        return [stored(path) for path in sorted(Path(folder).iterdir())]

    def is_unchanged(self, file: StoredFile, sha256: str) -> bool:
        return self.sha256(file) == sha256

    def contents(self, files: Sequence[StoredFile], limit: int) -> Mapping[StoredFile, bytes]:
        paths = {file: Path(file.location) for file in files}
        return {
            file: path.read_bytes() for file, path in paths.items() if path.exists() and path.stat().st_size <= limit
        }

    def fingerprints(self, files: Sequence[StoredFile], limit: int) -> Mapping[StoredFile, str]:
        return {file: hashlib.sha256(content).hexdigest() for file, content in self.contents(files, limit).items()}

    def append_loads(self, table: Table, rows: Sequence[pa.Table]) -> None:
        self.tables[table.name] = [row for of_load in rows for row in of_load.to_pylist()]

    def first_bytes(self, file: StoredFile, limit: int) -> bytes:
        return Path(file.location).read_bytes()[:limit]

    def sha256(self, file: StoredFile) -> str:
        return hashlib.sha256(Path(file.location).read_bytes()).hexdigest()

    def blocks(self, file: StoredFile) -> list[Block]:
        return [
            Block(
                start,
                len(lines),
                sum(not line.strip(b" \t\r\n") for line in lines),
                max(map(len, lines)),
                any(b'"' in line for line in lines),
                self.line_end == b"\r" or any(b"\r" in line[:-1] for line in lines),
                all(_is_utf8(line) for line in lines),
            )
            for start, lines in self._blocks(file).items()
        ]

    def read_lines(self, file: StoredFile, block: Block, limit: int) -> bytes:
        return b"".join(line + self.line_end for line in self._blocks(file)[block.start][:limit])

    def collect(
        self, file: StoredFile, read: BlockReader, schema: pa.Schema, blocks: Sequence[int] | None = None
    ) -> pa.Table:
        if blocks is None:
            content = self._content(file)
            found = list(read(0, iter([content]))) if content else []
        else:
            found = []
            for start in reversed(blocks):  # tasks end in any order
                lines = [line + self.line_end for line in self._blocks(file)[start]]
                found += read(start, iter(lines))
        return pa.Table.from_batches(found, schema)

    def append(
        self,
        table: Table,
        constants: Mapping[str, Any],
        file: StoredFile,
        read: BlockReader,
        blocks: Sequence[int] | None = None,
    ) -> int:
        schema = pa.schema([each for each in table.arrow_schema if each.name not in constants])
        rows = [{**row, **constants} for row in self.collect(file, read, schema, blocks).to_pylist()]
        self.tables[table.name] = rows
        return len(rows)

    def _content(self, file: StoredFile) -> bytes:
        delivered = Path(file.location).read_bytes()
        return gzip.decompress(delivered) if file.name.endswith(".gz") else delivered

    def _blocks(self, file: StoredFile) -> dict[int, list[bytes]]:
        lines = self._content(file).removeprefix(BOM).split(self.line_end)
        if not lines[-1]:
            lines.pop()
        return dict(self._cut(lines))

    def _cut(self, lines: Sequence[bytes]) -> Iterator[tuple[int, list[bytes]]]:
        start, length = 0, 0
        held: list[bytes] = []
        for line in lines:
            held.append(line)
            length += len(line) + 1
            if length >= self.block_bytes:
                yield start, held
                start, length, held = start + length, 0, []
        if held:
            yield start, held


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
