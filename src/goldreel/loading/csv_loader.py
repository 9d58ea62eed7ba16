"""CSV files → batches of records, exactly as delivered.

A file is read in blocks of whole lines. Lines that are plain (the right number of columns, quotes only around whole
values) are parsed by Arrow, many at a time; the others one by one, and what is no record is set aside with its text
and a reason. Both ways give the same values, so speed never changes a result.
"""

from __future__ import annotations

import bisect
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from goldreel.errors import FileRefused
from goldreel.loading.contract import Entity, check_header
from goldreel.loading.source import BLOCK_BYTES, UTF8_BOM, Batch, Rejected, Source

_COMMA, _NEWLINE, _CARRIAGE_RETURN, _QUOTE = b',\n\r"'
_WHITE_SPACE = " \t\r\n"
_END_OF_FIELD = re.compile(rb"[,\n]")


def read_csv(source: Source, entity: Entity, on_bytes: Callable[[int], None]) -> Iterator[Batch]:
    """Read a CSV file, plain or gzip.

    Lines end with LF or CRLF; blank lines (empty, or white space only) are no records. A field that starts with a
    double quote is quoted as in RFC 4180; line breaks inside belong to the value. When a quote is never closed, or
    closes lines later in the middle of a field, only the line that opens it is rejected, and reading goes on
    with the next line.

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
    for block in _with_end(source.blocks(on_bytes)):
        is_last = not block
        data, rest = _cut_whole_lines(source, rest + block, is_last)
        _check_utf8(source, data, lines)
        if reader is None:
            header, length = read_header(source.location, entity, data, lines, is_last)
            lines += data.count(b"\n", 0, length)
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


def empty_file(location: str, entity: Entity) -> FileRefused:
    return FileRefused(
        "The file is empty: it has no header.",
        where=location,
        remedy=f"deliver it with the header {','.join(entity.columns)}",
    )


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
        part = _parse(data, len(self._header), is_last)
        before = self.records
        self.records += part.records
        self.lines = part.lines
        self.unfinished = part.unfinished
        if not part.records:
            return None
        rejected = [Rejected(before + row, raw, reason) for row, raw, reason in part.rejected]
        return Batch(_as_delivered(part, self._header, self._entity, before), rejected, self._unknown)


@dataclass(frozen=True)
class _Part:
    """Parsed lines.

    Attributes:
        columns: one array of text per column of the file, plain records first.
        rows: the position of each of those records among the records of this part, from 1.
        rejected: (position, raw text, reason) of what was no record.
        records: records in this part, rejected ones included.
        lines: physical lines in this part.
        unfinished: from the start of a quoted record whose end was not seen yet.
    """

    columns: list[pa.ChunkedArray]
    rows: npt.NDArray[np.int64]
    rejected: list[tuple[int, str, str]]
    records: int
    lines: int
    unfinished: bytes = b""


def _with_end(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The blocks, and an empty one that marks the end of the file."""
    yield from blocks
    yield b""


def _cut_whole_lines(source: Source, data: bytes, is_last: bool) -> tuple[bytes, bytes]:
    """Split into whole lines and the beginning of a line that goes on in the next block."""
    if is_last:
        if not data or data.endswith(b"\n"):
            return data, b""
        return data + (b"\r\n" if data.endswith(b"\r") else b"\n"), b""  # a CR that no LF follows is data
    end = data.rfind(b"\n") + 1
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
        line_start = data.rfind(b"\n", 0, error.start) + 1
        line = lines_before + data.count(b"\n", 0, error.start) + 1
        return f"line {line}, byte {error.start - line_start + 1}", data[error.start :]
    return None


def read_header(location: str, entity: Entity, data: bytes, lines_before: int, is_last: bool) -> tuple[list[str], int]:
    """Read the first record that is not blank: the column names, and how many bytes they and blank lines before take.

    No names: the data hold no complete header yet, and the bytes are those of the blank lines.
    """
    start = len(data) - len(data.lstrip(_WHITE_SPACE.encode()))
    start = data.rfind(b"\n", 0, start) + 1
    if start == len(data):
        return [], start
    line = lines_before + data.count(b"\n", 0, start) + 1
    where = f"{location}, line {line}"
    names, end, reason = _read_record(data, start)
    if end < 0 and _may_still_close(data, start, is_last):
        return [], start
    if reason:
        raise FileRefused(
            f"The header cannot be read: {reason}.", where=where, remedy="correct the header and deliver the file again"
        )
    header = [name.strip(_WHITE_SPACE) for name in names]
    check_header(entity, header, where)
    return header, end


def _parse(data: bytes, width: int, is_last: bool) -> _Part:
    """Parse whole lines into `width` columns of text."""
    starts, odd = _find_odd_lines(data, width)
    line_count = len(starts) - 1
    if not len(odd):
        rows = np.arange(1, line_count + 1)
        return _Part(_parse_plain(data, width), rows, [], line_count, line_count)

    is_plain = np.ones(line_count, dtype=bool)
    is_record = np.ones(line_count, dtype=bool)
    accepted: list[tuple[int, list[str]]] = []
    rejected: list[tuple[int, str, str]] = []
    offsets = starts.tolist()
    next_line = 0
    for line in odd.tolist():
        if line < next_line:
            continue  # inside a quoted value that began on an earlier line
        start, end_of_line = offsets[line], offsets[line + 1]
        text = data[start:end_of_line]
        next_line = line + 1
        is_plain[line] = False
        if not text.strip(_WHITE_SPACE.encode()):
            is_record[line] = False
            continue
        values, end, reason = _read_record(data, start)
        if end < 0 and _may_still_close(data, start, is_last):
            line_count = line
            break
        if end > end_of_line:  # a quoted value holds line breaks
            next_line = bisect.bisect_left(offsets, end)
            is_plain[line:next_line] = False
            is_record[line + 1 : next_line] = False
            text = data[start:end]
        if not reason and len(values) != width:
            reason = f"{len(values)} columns where the header has {width}"
        if reason:
            rejected.append((line, text.decode().rstrip("\r\n"), reason))
        else:
            accepted.append((line, values))

    row_of_line = np.cumsum(is_record)
    plain_lines = np.flatnonzero(is_plain[:line_count])
    columns = _parse_plain(_join_lines(data, starts, plain_lines), width)
    rows = row_of_line[plain_lines]
    if accepted:
        by_column = zip(*(values for _, values in accepted), strict=True)
        columns = [
            pa.chunked_array([*column.chunks, pa.array(texts, pa.string())])
            for column, texts in zip(columns, by_column, strict=True)
        ]
        rows = np.concatenate([rows, row_of_line[[first for first, _ in accepted]]])
    return _Part(
        columns,
        rows,
        [(int(row_of_line[first]), raw, reason) for first, raw, reason in rejected],
        int(row_of_line[line_count - 1]) if line_count else 0,
        line_count,
        data[starts[line_count] :],
    )


def _find_odd_lines(data: bytes, width: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Where lines start (and where the last one ends), and which lines Arrow may not parse on its own.

    Odd is a line that has another number of commas than `width` columns need, a quote that does not stand at the edge
    of a value, or a carriage return that does not belong to the line end.
    """
    characters = np.frombuffer(data, np.uint8)
    separators = np.flatnonzero((characters == _COMMA) | (characters == _NEWLINE))
    ends_in_separators = np.flatnonzero(characters[separators] == _NEWLINE)
    newlines = separators[ends_in_separators]
    starts = np.concatenate([[0], newlines + 1])
    odd = np.diff(ends_in_separators, prepend=-1) != width
    if b'"' in data:
        odd[_lines_with_odd_quotes(characters, separators, newlines)] = True
    if b"\r" in data:
        returns = np.flatnonzero(characters == _CARRIAGE_RETURN)
        odd[np.searchsorted(newlines, returns[characters[returns + 1] != _NEWLINE])] = True
    return starts, np.flatnonzero(odd)


def _lines_with_odd_quotes(
    characters: npt.NDArray[np.uint8], separators: npt.NDArray[np.int64], newlines: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Lines with quotes other than a pair around a whole value that holds neither quote nor comma."""
    quotes = np.flatnonzero(characters == _QUOTE)
    line_of_quote = np.searchsorted(newlines, quotes)
    lines, first, count = np.unique(line_of_quote, return_index=True, return_counts=True)
    in_pairs = np.repeat(count % 2 == 0, count)
    opens = quotes[in_pairs & ((np.arange(len(quotes)) - np.repeat(first, count)) % 2 == 0)]
    closes = quotes[in_pairs & ((np.arange(len(quotes)) - np.repeat(first, count)) % 2 == 1)]
    before = np.where(opens == 0, _NEWLINE, characters[opens - 1])
    behind = characters[closes + 1]
    around_a_value = (
        ((before == _COMMA) | (before == _NEWLINE))
        & ((behind == _COMMA) | (behind == _NEWLINE) | (behind == _CARRIAGE_RETURN))
        & (np.searchsorted(separators, opens) == np.searchsorted(separators, closes))
    )
    return np.concatenate([lines[count % 2 == 1], np.searchsorted(newlines, opens[~around_a_value])])


def _may_still_close(data: bytes, start: int, is_last: bool) -> bool:
    """Whether a quote that is open at the end of the data may be closed by what follows."""
    return not is_last and len(data) - start <= 2 * BLOCK_BYTES


def _read_record(data: bytes, start: int) -> tuple[list[str], int, str]:
    """Read one record of whole lines, as RFC 4180 has it; text behind a closing quote is added to its value.

    Returns:
        The values, where the next record starts, and why this one is rejected ("" when it is not). The next record
        starts at -1 when a quote is still open at the end of the data, on the next line when quotes make no sense.
    """
    values = []
    position = start
    while True:
        value = b""
        if data[position] == _QUOTE:
            pieces, position = [], position + 1
            while True:
                quote = data.find(b'"', position)
                if quote < 0:
                    return [], -1, "a quote is opened and never closed"
                pieces.append(data[position:quote])
                position = quote + 1
                if data[position] != _QUOTE:
                    break
                pieces.append(b'"')
                position += 1
            value = b"".join(pieces)
        match = _END_OF_FIELD.search(data, position)
        end = match.start() if match else len(data)
        is_last = data[end] == _NEWLINE
        tail = data[position:end].removesuffix(b"\r") if is_last else data[position:end]
        if tail and b"\n" in value:
            return (
                [],
                data.index(b"\n", start) + 1,
                "a quote is opened and closes on a later line, in the middle of a value",
            )
        values.append((value + tail).decode())
        position = end + 1
        if is_last:
            return values, position, ""


def _join_lines(data: bytes, starts: npt.NDArray[np.int64], lines: npt.NDArray[np.int64]) -> bytes:
    """The text of the given lines, copied run by run."""
    if not len(lines):
        return b""
    breaks = np.flatnonzero(np.diff(lines) != 1)
    firsts = lines[np.concatenate([[0], breaks + 1])]
    lasts = lines[np.concatenate([breaks, [len(lines) - 1]])]
    return b"".join(
        data[start:end] for start, end in zip(starts[firsts].tolist(), starts[lasts + 1].tolist(), strict=True)
    )


def _parse_plain(data: bytes, width: int) -> list[pa.ChunkedArray]:
    """Parse lines that are not odd; empty values are empty texts."""
    if not data:
        return [pa.chunked_array([], pa.string())] * width
    names = [str(position) for position in range(width)]
    if data.startswith(UTF8_BOM):
        data = b"\n" + data  # Arrow would take it for a byte order mark; it passes over blank lines
    parsed = pyarrow.csv.read_csv(
        pa.BufferReader(data),
        read_options=pyarrow.csv.ReadOptions(column_names=names, block_size=len(data)),
        parse_options=pyarrow.csv.ParseOptions(quote_char='"' if b'"' in data else False),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            strings_can_be_null=False,
            quoted_strings_can_be_null=False,
            check_utf8=False,
        ),
    )
    return list(parsed.columns)


def _as_delivered(part: _Part, header: list[str], entity: Entity, records_before: int) -> pa.Table:
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
