"""CSV files → batches of records, exactly as delivered.

A file is read in blocks of whole lines, whose records `csv_lines` parses. What is no record is set aside with its text
and a reason.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from goldreel.errors import FileRefused
from goldreel.loading.contract import Entity
from goldreel.loading.csv_header import BYTES_AHEAD, LINES_AHEAD, empty_file, read_header
from goldreel.loading.csv_lines import ParsedLines, count_lines, parse_lines, start_of_line
from goldreel.loading.source import BLOCK_BYTES, Batch, Rejected, Source


def read_csv(source: Source, entity: Entity, on_bytes: Callable[[int], None]) -> Iterator[Batch]:
    """Read a CSV file, plain or gzip.

    Lines end with LF, CRLF or CR; blank lines (empty, or white space only) are no records. A field that starts with a
    double quote is quoted as in RFC 4180; line breaks inside belong to the value. A record in which text follows a
    closing quote is rejected. When a quote is never closed, or closes lines later in the middle of a field, only the
    line that opens it is rejected, and reading goes on with the next line.

    Yields:
        Batches whose `records` have the entity's columns, `_extra` (JSON of unknown columns, or null) and
        `_source_row` (1 = first record after the header).

    Raises:
        FileRefused: no header, a required column missing or repeated, not UTF-8, a damaged gzip file, a line
            longer than can be held.
    """
    reader: RecordReader | None = None
    lines = 0
    rest = b""
    blocks = _with_end(source.blocks(on_bytes))
    for block in blocks:
        is_last = not block
        data, rest = _cut_whole_lines(source, rest + block, is_last)
        _check_utf8(source, data, lines)
        if reader is None:
            ahead = partial(_ahead, blocks, data + rest)
            header, length = read_header(source.location, entity, data, lines, is_last, ahead)
            lines += count_lines(data, length)
            data = data[length:]
            if not header:
                rest = data + rest
                continue
            reader = RecordReader(entity, header)
        batch = reader.read(data, is_last)
        rest = reader.unfinished + rest
        if batch is not None:
            yield batch
        lines += reader.lines
    if reader is None:
        raise empty_file(source.location, entity)


class RecordReader:
    """Reads the records that follow a header.

    Attributes:
        records: how many were read, rejected ones included.
        lines: how many physical lines the last `read` took.
        unfinished: what it left, from the start of a quoted record whose end was not seen yet.
    """

    def __init__(self, entity: Entity, header: list[str], records: int = 0) -> None:
        self._entity = entity
        self._header = header
        self._unknown = frozenset(header) - frozenset(entity.columns)
        self.records = records
        self.lines = 0
        self.unfinished = b""

    def read(self, data: bytes, is_last: bool) -> Batch | None:
        """Read whole lines; None when they hold no record.

        Args:
            data: what the last call left unfinished, and the lines that follow.
            is_last: whether the file ends with them.
        """
        part = parse_lines(data, len(self._header), is_last)
        before = self.records
        self.records += part.records
        self.lines = part.lines
        self.unfinished = part.unfinished
        if not part.records:
            return None
        rejected = [Rejected(before + row, raw, reason) for row, raw, reason in part.rejected]
        return Batch(_as_delivered(part, self._header, self._entity, before), rejected, self._unknown)


def _with_end(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The blocks, and an empty one that marks the end of the file."""
    yield from blocks
    yield b""


def _ahead(blocks: Iterator[bytes], held: bytes) -> bytes:
    """What is held of a file, with so much of what follows as is looked at for a header."""
    while len(held) < BYTES_AHEAD and count_lines(held, len(held)) < LINES_AHEAD and (block := next(blocks, b"")):
        held += block
    return held


def _cut_whole_lines(source: Source, data: bytes, is_last: bool) -> tuple[bytes, bytes]:
    """Split into whole lines and the beginning of a line that goes on in the next block."""
    if is_last:
        return data if not data or data.endswith((b"\n", b"\r")) else data + b"\n", b""
    end = start_of_line(data, len(data) - 1)  # a CR at the end may be the first half of CRLF
    if data.endswith(b"\n"):
        end = len(data)
    if len(data) - end > longest_line():
        raise line_too_long(source.location)
    return data[:end], data[end:]


def longest_line() -> int:
    """Bytes of the longest line that can be read."""
    return 2 * BLOCK_BYTES


def line_too_long(location: str) -> FileRefused:
    return FileRefused(
        f"A line is longer than {longest_line():,} bytes.",
        where=location,
        remedy="check that the file is CSV with one record per line",
    )


def _check_utf8(source: Source, data: bytes, lines_before: int) -> None:
    if data.isascii():
        return
    fault = find_not_utf8(data, lines_before)
    if fault:
        raise source.not_utf8(*fault)


def find_not_utf8(data: bytes, lines_before: int) -> tuple[str, bytes] | None:
    """The place of the first byte that is not UTF-8, and the bytes from there on."""
    try:
        data.decode()
    except UnicodeDecodeError as error:
        line = lines_before + count_lines(data, error.start) + 1
        return f"line {line}, byte {error.start - start_of_line(data, error.start) + 1}", data[error.start :]
    return None


def _as_delivered(part: ParsedLines, header: list[str], entity: Entity, records_before: int) -> pa.Table:
    """The bronze columns of a part: known columns by name, unknown ones as JSON in `_extra`."""
    by_name = dict(zip(header, part.columns, strict=True))
    unknown = {name: column for name, column in by_name.items() if name not in entity.columns}
    columns: dict[str, pa.ChunkedArray | pa.Array] = {name: by_name[name] for name in entity.columns}
    columns["_extra"] = _as_json(unknown) if unknown else pa.nulls(len(part.rows), pa.string())
    # Handing the numbers over as a buffer spares pyarrow's import of pandas, which takes longer than a small load.
    positions = pa.py_buffer(np.ascontiguousarray(part.rows + records_before, np.int64))
    columns["_source_row"] = pa.Array.from_buffers(pa.int64(), len(part.rows), [None, positions])
    return pa.table(columns)


def _as_json(columns: dict[str, pa.ChunkedArray]) -> pa.Array | pa.ChunkedArray:
    """One JSON object of texts per row."""
    needs_escape = r'["\\\x00-\x1f]'
    if any(pc.any(pc.match_substring_regex(column, needs_escape)).as_py() for column in columns.values()):
        rows = zip(*(column.to_pylist() for column in columns.values()), strict=True)
        return pa.array(
            [json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False) for row in rows],
            pa.string(),
        )
    pieces: list[pa.ChunkedArray | str] = []
    for name, column in columns.items():
        opening = ", " if pieces else "{"
        pieces += [f'{opening}{json.dumps(name, ensure_ascii=False)}: "', column, '"']
    return pc.binary_join_element_wise(*pieces, "}", "")
