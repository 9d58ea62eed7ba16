"""The first record of a CSV file: the names of its columns, or why they cannot be read."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from goldreel.errors import FileRefused
from goldreel.foreign import refusal_of_foreign
from goldreel.loading.contract import Entity
from goldreel.loading.csv_lines import WHITE_SPACE, count_lines, may_still_close, read_record, start_of_line

LINES_AHEAD, BYTES_AHEAD = 50, 1_000_000
"""How much of a file is looked at for a header that does not stand on its first line."""

_SEPARATORS = (",", ";", "\t", "|")


def empty_file(location: str, entity: Entity) -> FileRefused:
    return FileRefused(
        "The file is empty: it has no header.",
        where=location,
        remedy=f"deliver it with the header {','.join(entity.columns)}",
    )


def read_header(
    location: str, entity: Entity, data: bytes, lines_before: int, is_last: bool, ahead: Callable[[], bytes]
) -> tuple[list[str], int]:
    """Read the first record that is not blank: the column names, and how many bytes they and blank lines before take.

    No names: the data hold no complete header yet, and the bytes are those of the blank lines.

    Args:
        ahead: the data and what follows, of `LINES_AHEAD` lines at least, unless the file ends before.

    Raises:
        FileRefused: the header cannot be read, a column is missing or stands twice.
    """
    start = _first_text(data)
    if start == len(data):
        return [], start
    names, end, reason = read_record(data, start)
    if end < 0 and may_still_close(data, start, is_last):
        return [], start
    header = [name.strip(WHITE_SPACE) for name in names]
    fault = _unreadable(reason) if reason else _fault(entity, header)
    if not fault:
        return header, end
    following = ahead()
    following = following[_first_text(following) :]
    line = lines_before + count_lines(data, start) + 1
    raise (
        refusal_of_foreign(location, following)
        or _look_further(location, entity, following, line)
        or FileRefused(fault.what, f"{location}, line {line}{fault.found}", fault.remedy)
    )


class _Fault(NamedTuple):
    what: str
    remedy: str
    found: str = ""


def _unreadable(reason: str) -> _Fault:
    return _Fault(f"The header cannot be read: {reason}.", "correct the header and deliver the file again")


def _fault(entity: Entity, header: list[str]) -> _Fault | None:
    """What is wrong with a header, if anything is: it must name every required column, and none twice."""
    repeated = sorted({name for name in header if header.count(name) > 1})
    if repeated:
        named = ", ".join(repr(name) if name else "a column without a name" for name in repeated)
        return _Fault(
            f"The header names a column more than once: {named}.",
            "give every column a name of its own and deliver the file again",
        )
    missing = [name for name in entity.columns if name not in header]
    if not missing:
        return None
    guess = next((mark for mark in _SEPARATORS[1:] if len(header) == 1 and mark in header[0]), None)
    hint = f" (columns must be separated by commas; here they seem separated by {guess!r})" if guess else ""
    return _Fault(
        f"The header lacks {'a required column' if len(missing) == 1 else 'required columns'}: "
        f"{', '.join(missing)}{hint}.",
        f"deliver the file with the columns {', '.join(entity.columns)}; others may be added, any order",
        f": it has {', '.join(header)[:300]}",
    )


def _look_further(location: str, entity: Entity, text: bytes, first_line: int) -> FileRefused | None:
    """The refusal that points at the line that looks like the header, if there is one behind the first."""
    for position, line in enumerate(text[:BYTES_AHEAD].splitlines()[:LINES_AHEAD]):
        for separator in _SEPARATORS:
            names = {name.strip(f'{WHITE_SPACE}"') for name in line.decode(errors="replace").split(separator)}
            if not names.issuperset(entity.columns) or not position:
                continue
            before = "the line before it" if position == 1 else f"the {position} lines before it"
            remedy = f"deliver the file without {before} (`tail -n +{first_line + position} FILE`)"
            hint = ""
            if separator != ",":
                hint = f", with its columns separated by {separator!r}"
                remedy += ", and with commas between its columns"
            return FileRefused(
                f"The file does not begin with its header: that seems to stand on line {first_line + position}{hint}.",
                where=f"{location}, line {first_line + position}",
                remedy=remedy,
            )
    return None


def _first_text(data: bytes) -> int:
    """Where the first line begins that is not blank; the end when all are."""
    text = len(data) - len(data.lstrip(WHITE_SPACE.encode()))
    return text if text == len(data) else start_of_line(data, text)
