"""Text with delimiters, of any dialect → pieces."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from goldreel.errors import FileRefused
from goldreel.loading.csv_lines import Dialect, count_lines, may_still_close, parse_lines, read_record, start_of_line
from goldreel.loading.csv_loader import line_too_long, longest_line
from goldreel.loading.source import Rejected
from goldreel.sources.columns import Fields, names_of_columns
from goldreel.sources.mapping import Piece
from goldreel.sources.preparing import whole_numbers

_STAND_IN = b"\x1f"  # of a delimiter of several characters


def read_delimited(location: str, says: Any, blocks: Iterator[bytes]) -> tuple[Fields, Iterator[Piece]]:
    """The columns of a file, and its records.

    Raises:
        FileRefused: it has no header; a line is longer than can be held.
    """
    mark = says.get("delimiter", ",").encode()
    dialect = Dialect(
        mark if len(mark) == 1 else _STAND_IN, says.get("quote", '"').encode(), says.get("escape", "").encode()
    )
    lines = _Lines(location, blocks, says, mark if len(mark) > 1 else b"")
    if says.get("header", True):
        header = lines.header(dialect)
        names = names_of_columns(header)
    else:
        names = tuple(says["columns"])
    return Fields(names, location), _pieces(lines, len(names), dialect)


def _pieces(lines: _Lines, width: int, dialect: Dialect) -> Iterator[Piece]:
    before = 0
    for data, is_last in lines:
        part = parse_lines(data, width, is_last, dialect)
        lines.put_back(part.unfinished)
        if part.records:
            rejected = [Rejected(before + row, raw, reason) for row, raw, reason in part.rejected]
            columns = {f"c{at}": column for at, column in enumerate(part.columns)}
            yield Piece(pa.table({"row": whole_numbers(part.rows + before), **columns}), rejected)
        before += part.records


def text_lines(location: str, says: Any, blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Whole lines in large pieces, without those that the source has skipped.

    Raises:
        FileRefused: a line is longer than can be held.
    """
    yield from (data for data, _ in _Lines(location, blocks, says, b""))


class _Lines:
    """The lines of a file in large pieces, without those before its header and behind its last record."""

    def __init__(self, location: str, blocks: Iterator[bytes], says: Any, long_mark: bytes) -> None:
        self._location = location
        self._blocks = blocks
        self._footer = says.get("skip_footer", 0)
        self._long_mark = long_mark
        self._rest = b""
        self._is_last = False
        self._skip(says.get("skip_lines", 0))

    def __iter__(self) -> Iterator[tuple[bytes, bool]]:
        while True:
            self._read_on()
            data, self._rest = self._cut()
            if data or self._is_last:
                yield data, self._is_last
            if self._is_last:
                return

    def put_back(self, data: bytes) -> None:
        """Have lines read again, with what follows."""
        self._rest = data + self._rest

    def header(self, dialect: Dialect) -> list[str]:
        """The first record that is not blank."""
        while True:
            data = self._rest
            start = len(data) - len(data.lstrip(dialect.white_space))
            start = start_of_line(data, start) if start < len(data) else start
            ends = start < len(data) and (self._is_last or count_lines(data[start:-1], len(data)) > 0)
            if ends:
                whole = data if data.endswith((b"\n", b"\r")) else data + b"\n"
                whole = self._with_one_mark(whole)
                values, end, reason = read_record(whole, start, dialect)
                if end >= 0 or not may_still_close(whole, start, self._is_last):
                    if reason:
                        raise FileRefused(
                            f"The header cannot be read: {reason}.",
                            f"{self._location}, line {count_lines(data, start) + 1}",
                            "say in the source how the file is written, and which lines come before (`skip_lines`)",
                        )
                    self._rest = data[end if not self._long_mark else self._original_end(data, start) :]
                    return values
            if self._is_last:
                raise FileRefused("The file is empty: it has no header.", self._location, "deliver it whole")
            self._read_on()

    def _original_end(self, data: bytes, start: int) -> int:
        end = data.find(b"\n", start)
        return len(data) if end < 0 else end + 1

    def _with_one_mark(self, data: bytes) -> bytes:
        return data.replace(self._long_mark, _STAND_IN) if self._long_mark else data

    def _read_on(self) -> None:
        block = next(self._blocks, b"")
        self._is_last = not block
        self._rest += block

    def _skip(self, lines: int) -> None:
        while lines:
            end = _end_of_line(self._rest, self._is_last)
            if end:
                self._rest, lines = self._rest[end:], lines - 1
            elif self._is_last:
                return
            else:
                self._read_on()

    def _cut(self) -> tuple[bytes, bytes]:
        """Whole lines, and the beginning of what goes on in the next block."""
        data = self._rest
        if self._is_last:
            if data and not data.endswith((b"\n", b"\r")):
                data += b"\n"
            return self._with_one_mark(data[: self._end_without_footer(data)]), b""
        end = len(data) if data.endswith(b"\n") else start_of_line(data, len(data) - 1) if data else 0
        if len(data) - end > longest_line():
            raise line_too_long(self._location)
        if self._footer:
            end = self._end_without_footer(data[:end])
        return self._with_one_mark(data[:end]), data[end:]

    def _end_without_footer(self, data: bytes) -> int:
        """Where the last lines begin that may be the footer; blank ones around them are none."""
        end = len(data)
        for _ in range(self._footer):
            text = data[:end].rstrip(b" \t\r\n")
            end = start_of_line(data, len(text)) if text else 0
        return end


def _end_of_line(data: bytes, is_last: bool) -> int:
    """Where the first line ends; 0 when that is not known yet."""
    newline, single = data.find(b"\n"), data.find(b"\r")
    if single >= 0 and (newline < 0 or single < newline - 1):
        return single + 1 if single + 1 < len(data) or is_last else 0
    return newline + 1 if newline >= 0 else len(data) if is_last else 0
