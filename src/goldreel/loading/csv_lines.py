"""Whole lines of CSV → columns of text.

Lines end with LF, CRLF or CR. Those that are plain (the right number of columns, quotes only around whole values) are
parsed by Arrow, many at a time; the others one by one. Both ways give the same values, so speed never changes a result.
"""

from __future__ import annotations

import bisect
import re
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv

from goldreel.loading.source import BLOCK_BYTES, UTF8_BOM

_NEWLINE, _CARRIAGE_RETURN = b"\n\r"
WHITE_SPACE = " \t\r\n"
_END_OF_LINE = re.compile(rb"\r\n?|\n")

# Why a record is rejected.
_TEXT_FOLLOWS = "text follows a closing quote"
_CLOSES_LATER = "a quote is opened and closes on a later line, in the middle of a value"
_NEVER_CLOSES = "a quote is opened and never closed"
_BACKSLASH = "; a backslash stands before a quote, where CSV doubles the quote"


@dataclass(frozen=True)
class Dialect:
    """How a file divides its lines into values. Each mark is one byte.

    Attributes:
        quote: what stands around a value that may hold anything; doubled, it stands for itself. Empty: nothing does.
        escape: what, inside quotes, makes a quote or itself a part of the value. Empty: nothing does.
    """

    delimiter: bytes = b","
    quote: bytes = b'"'
    escape: bytes = b""

    @property
    def white_space(self) -> bytes:
        """What a line that is no record may hold."""
        return bytes(mark for mark in WHITE_SPACE.encode() if mark != self.delimiter[0])


STANDARD = Dialect()


@dataclass(frozen=True)
class ParsedLines:
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


def parse_lines(data: bytes, width: int, is_last: bool, dialect: Dialect = STANDARD) -> ParsedLines:
    """Parse whole lines into `width` columns of text."""
    starts, odd = _find_odd_lines(data, width, dialect)
    line_count = len(starts) - 1
    if not len(odd):
        rows = np.arange(1, line_count + 1)
        return ParsedLines(_parse_plain(data, width, dialect), rows, [], line_count, line_count)

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
        if not text.strip(dialect.white_space):
            is_record[line] = False
            continue
        values, end, reason = read_record(data, start, dialect)
        if end < 0 and may_still_close(data, start, is_last):
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
    columns = _parse_plain(_join_lines(data, starts, plain_lines), width, dialect)
    rows = row_of_line[plain_lines]
    if accepted:
        by_column = zip(*(values for _, values in accepted), strict=True)
        columns = [
            pa.chunked_array([*column.chunks, pa.array(texts, pa.string())])
            for column, texts in zip(columns, by_column, strict=True)
        ]
        rows = np.concatenate([rows, row_of_line[[first for first, _ in accepted]]])
    return ParsedLines(
        columns,
        rows,
        [(int(row_of_line[first]), raw, reason) for first, raw, reason in rejected],
        int(row_of_line[line_count - 1]) if line_count else 0,
        line_count,
        data[starts[line_count] :],
    )


def count_lines(data: bytes, end: int) -> int:
    """How many lines end before a position."""
    returns = data.count(b"\r", 0, end)
    return data.count(b"\n", 0, end) + (returns - data.count(b"\r\n", 0, end) if returns else 0)


def start_of_line(data: bytes, position: int) -> int:
    """Where the line begins in which a position lies."""
    return max(data.rfind(b"\n", 0, position), data.rfind(b"\r", 0, position)) + 1


def _find_odd_lines(data: bytes, width: int, dialect: Dialect) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Where lines start (and where the last one ends), and which lines Arrow may not parse on its own.

    Odd is a line that has another number of delimiters than `width` columns need, a quote that does not stand at the
    edge of a value, or an escape.
    """
    characters = np.frombuffer(data, np.uint8)
    is_end = characters == _NEWLINE
    if b"\r" in data:
        is_end[:-1] |= (characters[:-1] == _CARRIAGE_RETURN) & ~is_end[1:]
        is_end[-1] = True
    separators = np.flatnonzero((characters == dialect.delimiter[0]) | is_end)
    ends_in_separators = np.flatnonzero(is_end[separators])
    ends = separators[ends_in_separators]
    starts = np.concatenate([[0], ends + 1])
    odd = np.diff(ends_in_separators, prepend=-1) != width
    if dialect.quote and dialect.quote in data:
        odd[_lines_with_odd_quotes(characters, separators, ends, dialect)] = True
    if width == 1:  # a blank line has as many delimiters as a record
        odd |= np.isin(characters[starts[:-1]], np.frombuffer(dialect.white_space, np.uint8))
    if dialect.escape and dialect.escape in data:
        odd[np.searchsorted(ends, np.flatnonzero(characters == dialect.escape[0]))] = True
    return starts, np.flatnonzero(odd)


def _lines_with_odd_quotes(
    characters: npt.NDArray[np.uint8],
    separators: npt.NDArray[np.int64],
    ends: npt.NDArray[np.int64],
    dialect: Dialect,
) -> npt.NDArray[np.int64]:
    """Lines with quotes other than a pair around a whole value that holds neither quote nor delimiter."""
    delimiter = dialect.delimiter[0]
    quotes = np.flatnonzero(characters == dialect.quote[0])
    line_of_quote = np.searchsorted(ends, quotes)
    lines, first, count = np.unique(line_of_quote, return_index=True, return_counts=True)
    in_pairs = np.repeat(count % 2 == 0, count)
    opens = quotes[in_pairs & ((np.arange(len(quotes)) - np.repeat(first, count)) % 2 == 0)]
    closes = quotes[in_pairs & ((np.arange(len(quotes)) - np.repeat(first, count)) % 2 == 1)]
    before = np.where(opens == 0, _NEWLINE, characters[opens - 1])
    behind = characters[closes + 1]
    around_a_value = (
        ((before == delimiter) | (before == _NEWLINE) | (before == _CARRIAGE_RETURN))
        & ((behind == delimiter) | (behind == _NEWLINE) | (behind == _CARRIAGE_RETURN))
        & (np.searchsorted(separators, opens) == np.searchsorted(separators, closes))
    )
    return np.concatenate([lines[count % 2 == 1], np.searchsorted(ends, opens[~around_a_value])])


def may_still_close(data: bytes, start: int, is_last: bool) -> bool:
    """Whether a quote that is open at the end of the data may be closed by what follows."""
    return not is_last and len(data) - start <= 2 * BLOCK_BYTES


def read_record(data: bytes, start: int, dialect: Dialect = STANDARD) -> tuple[list[str], int, str]:
    """Read one record of whole lines, as RFC 4180 has it. What other writers mean by a quote is not guessed.

    Returns:
        The values, where the next record starts, and why this one is rejected ("" when it is not). The next record
        starts at -1 when a quote is still open at the end of the data; behind the line where text follows a closing
        quote; behind the first line when that quote was opened on a line before.
    """
    values = []
    position = start
    while True:
        value = None
        if dialect.quote and data[position : position + 1] == dialect.quote:
            value, position = _quoted(data, position + 1, dialect)
            if value is None:
                return [], -1, _named(_NEVER_CLOSES, data[start : _next_line(data, start)])
        end = _end_of_field(data, position, dialect.delimiter)
        if value is not None and end > position:
            spans_lines = b"\n" in value or b"\r" in value
            next_record = _next_line(data, start if spans_lines else end)
            return [], next_record, _named(_CLOSES_LATER if spans_lines else _TEXT_FOLLOWS, data[start:next_record])
        values.append((data[position:end] if value is None else value).decode())
        if data[end : end + 1] != dialect.delimiter:
            return values, _next_line(data, end), ""
        position = end + 1


def _quoted(data: bytes, position: int, dialect: Dialect) -> tuple[bytes | None, int]:
    """The value that begins behind an opening quote, and where what follows its closing quote begins."""
    pieces = []
    while True:
        quote = data.find(dialect.quote, position)
        escape = data.find(dialect.escape, position, quote) if dialect.escape and quote >= 0 else -1
        if quote < 0:
            return None, position
        if escape >= 0 and dialect.escape != dialect.quote:
            follows = data[escape + 1 : escape + 2]
            is_escape = follows in (dialect.quote, dialect.escape)
            pieces.append(data[position:escape] + (follows if is_escape else dialect.escape))
            position = escape + 1 + is_escape
            continue
        pieces.append(data[position:quote])
        position = quote + 1
        if data[position : position + 1] != dialect.quote:
            return b"".join(pieces), position
        pieces.append(dialect.quote)
        position += 1


def _end_of_field(data: bytes, position: int, delimiter: bytes) -> int:
    match = _ends_of_fields(delimiter).search(data, position)
    return match.start() if match else len(data)


@cache
def _ends_of_fields(delimiter: bytes) -> re.Pattern[bytes]:
    return re.compile(b"[" + re.escape(delimiter) + rb"\r\n]")


def _next_line(data: bytes, position: int) -> int:
    match = _END_OF_LINE.search(data, position)
    return match.end() if match else len(data)


def _named(reason: str, text: bytes) -> str:
    """The reason, and what may be behind it: another writer's way to write a quote inside a value."""
    return reason + _BACKSLASH if b'\\"' in text else reason


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


def _parse_plain(data: bytes, width: int, dialect: Dialect) -> list[pa.ChunkedArray]:
    """Parse lines that are not odd; empty values are empty texts."""
    if not data:
        return [pa.chunked_array([], pa.string())] * width
    names = [str(position) for position in range(width)]
    if data.startswith(UTF8_BOM):
        data = b"\n" + data  # Arrow would take it for a byte order mark; it passes over blank lines
    parsed = pyarrow.csv.read_csv(
        pa.BufferReader(data),
        read_options=pyarrow.csv.ReadOptions(column_names=names, block_size=len(data)),
        parse_options=pyarrow.csv.ParseOptions(
            delimiter=dialect.delimiter.decode(),
            quote_char=dialect.quote.decode() if dialect.quote and dialect.quote in data else False,
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            strings_can_be_null=False,
            quoted_strings_can_be_null=False,
            check_utf8=False,
        ),
    )
    return list(parsed.columns)
