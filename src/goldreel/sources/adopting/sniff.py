"""How a file is written, told by looking at it."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from goldreel.errors import FileRefused
from goldreel.sources.columns import names_of_columns
from goldreel.sources.inputs import Input
from goldreel.sources.written import TODO

LOOKED_AT = 4 << 20
_WHOLE_DOCUMENT = 64 << 20
_DELIMITERS = (",", ";", "\t", "|", "::")
_SQLITE = b"SQLite format 3\x00"


@dataclass
class Sniffed:
    """What is known of how a file is written.

    Attributes:
        says: the `format` of the source; a text that begins with TODO is a guess for a person to look at.
        reads: the same with every guess taken, to look further.
        parts: of a SQLite database the tables; of others one, without a name.
        why_not: why nothing is made of the file.
        remarks: what was seen of how it is written, where that is not plain.
    """

    says: dict[str, Any] = field(default_factory=dict)
    reads: dict[str, Any] = field(default_factory=dict)
    parts: tuple[str, ...] = ("",)
    why_not: str = ""
    remarks: list[str] = field(default_factory=list)


def sniff(file: Input) -> Sniffed:
    """Look at a file."""
    try:
        head = file.head(_WHOLE_DOCUMENT)
    except FileRefused as refusal:
        return Sniffed(why_not=refusal.what)
    if not head.strip():
        return Sniffed(why_not="it is empty")
    if head.startswith(_SQLITE):
        return _sqlite(file)
    if head.startswith(b"PAR1"):
        return _certain({"type": "parquet"})
    encoding, guessed = _encoding(head)
    if not encoding:
        return Sniffed(why_not="it is no text, no Parquet file and no SQLite database")
    text = head.decode(encoding, errors="ignore").removeprefix("\ufeff")
    says = _json(text, len(head) < _WHOLE_DOCUMENT) if text.lstrip()[:1] in ("{", "[") else {}
    remarks: list[str] = []
    says = says or _delimited(text[:LOOKED_AT], remarks)
    if not says:
        return Sniffed(why_not="no delimiter divides its lines into columns")
    reads = dict(says)
    if encoding != "utf-8":
        reads["encoding"] = says["encoding"] = encoding
    if encoding.startswith("utf-16-"):
        remarks.append(guessed)
    elif guessed:
        says["encoding"] = f"{TODO} {encoding}? {guessed}"
    return Sniffed(says, reads, remarks=remarks)


def _certain(says: dict[str, Any]) -> Sniffed:
    return Sniffed(says, dict(says))


def _encoding(head: bytes) -> tuple[str, str]:
    """The encoding, and by what it was guessed; nothing is guessed of UTF-8 and UTF-16."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16", ""
    for cut in range(4):
        try:
            head[: len(head) - cut].decode("utf-8")
        except UnicodeDecodeError:
            continue
        return ("utf-8", "") if b"\0" not in head[:4096] else _without_a_mark(head)
    if b"\0" in head[:4096]:
        return _without_a_mark(head)
    at = next(at for at, byte in enumerate(head) if byte > 127)
    shown = " ".join(head[max(0, at - 15) : at + 15].decode("windows-1252", errors="replace").split())
    return "windows-1252", f"It is not UTF-8; so it reads: {shown}"


def _without_a_mark(head: bytes) -> tuple[str, str]:
    """UTF-16 that does not say so: of most characters one byte is zero, always the same."""
    head = head[: min(len(head), 1 << 16) // 2 * 2]
    for encoding, zeros, others in (("utf-16-le", head[1::2], head[::2]), ("utf-16-be", head[::2], head[1::2])):
        share = zeros.count(0)
        if share > 0.9 * len(zeros) and not others.count(0) and all(byte > 8 for byte in others[:1000]):
            which = "second" if encoding == "utf-16-le" else "first"
            return (
                encoding,
                f"it has no byte order mark; {share:,} of {len(zeros):,} {which} bytes of a character are 0",
            )
    return "", ""


def _json(text: str, is_whole: bool) -> dict[str, Any]:
    first, _, rest = text.lstrip().partition("\n")
    try:
        record = json.loads(first)
        if isinstance(record, dict) and (rest.lstrip()[:1] == "{" or (not rest.strip() and not _longest_list(record))):
            return {"type": "json_lines"}
    except ValueError:
        pass
    if not is_whole:
        return {"type": "json", "path": f"{TODO} where the list of records is; the file is too large to look at whole"}
    try:
        document = json.loads(text)
    except ValueError:
        return {}
    path = _longest_list(document)
    if path is None:
        return {}
    return {"type": "json", "path": path} if path else {"type": "json"}


def _longest_list(document: Any, path: str = "") -> str | None:
    """Where the longest list of objects is."""
    found: list[tuple[int, str]] = []

    def look(value: Any, place: str) -> None:
        if isinstance(value, list) and any(isinstance(each, dict) for each in value):
            found.append((len(value), place))
        elif isinstance(value, dict):
            for name, each in value.items():
                step = f'"{name}"' if set(name) & set('.[]"') else name
                look(each, f"{place}.{step}" if place else step)

    look(document, path)
    return max(found)[1] if found else None


def _sqlite(file: Input) -> Sniffed:
    with file.as_file(lambda count: None, "") as path:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        try:
            tables = connection.execute(
                "select name from sqlite_master where type in ('table', 'view') and name not like 'sqlite_%'"
            ).fetchall()
            filled = [name for (name,) in tables if connection.execute(f'select 1 from "{name}" limit 1').fetchall()]
        except sqlite3.Error as error:
            return Sniffed(why_not=f"the database cannot be read: {error}")
        finally:
            connection.close()
    if not filled:
        return Sniffed(why_not="no table of the database holds a row")
    return Sniffed({"type": "sqlite"}, {"type": "sqlite"}, tuple(filled))


def _delimited(text: str, remarks: list[str]) -> dict[str, Any]:
    lines = [line for line in io.StringIO(text, newline=None).read().split("\n") if line.strip()]
    if not lines:
        return {}
    best: tuple[float, str, str, list[list[str]]] | None = None
    for delimiter in _DELIMITERS:
        for quote in ('"', "'") if len(delimiter) == 1 else ("",):
            rows = _rows(lines[:2_000], delimiter, quote)
            widths = Counter(len(row) for row in rows)
            width, often = widths.most_common(1)[0]
            if width < 2:
                continue
            score = often / len(rows) + min(width, 20) / 100 + (0.001 if quote == '"' else 0)
            if best is None or score > best[0] + 1e-9:
                best = score, delimiter, quote, rows
    if best is None:
        return {"type": "csv"} if len(lines) > 1 and len(lines[0]) < 100 else {}
    _, delimiter, quote, rows = best
    if quote == "'" and not re.search(
        rf"(^|{re.escape(delimiter)})'[^']*'({re.escape(delimiter)}|$)", text, re.MULTILINE
    ):
        quote = ""  # only it does less harm than the other: nothing is in quotes
    width = Counter(len(row) for row in rows).most_common(1)[0][0]
    says: dict[str, Any] = {"type": "csv"}
    if delimiter != ",":
        says["delimiter"] = delimiter
    if quote != '"':
        says["quote"] = quote
    if '\\"' in text:
        says["escape"] = "\\"
    before = next(at for at, row in enumerate(rows) if len(row) == width)
    if before:
        says["skip_lines"] = _physical(text, before)
    behind = next(at for at, row in enumerate(reversed(rows)) if len(row) == width)
    if behind and len(text) < LOOKED_AT and len(rows) < 2_000:
        says["skip_footer"] = behind
    header = rows[before]
    if before and _lacks_the_last(rows[before - 1], rows[before:]):
        # the delimiter at the end of each record makes a column that the header does not have
        remarks.append(f"records end with a delimiter: the header has {width - 1} names, they have {width} values")
        says["header"] = False
        says["columns"] = [*names_of_columns(rows[before - 1]), f"column_{width}"]
        if len({*says["columns"]}) == width:
            return says
    if not _is_header(header, rows[before + 1 : before + 50]):
        says["header"] = False
        says["columns"] = [f"column_{at}" for at in range(1, width + 1)]
    return says


def _lacks_the_last(header: list[str], rows: list[list[str]]) -> bool:
    """Whether a line names the columns of records but for the last one, in which there is never anything."""
    full = [row for row in rows if len(row) == len(header) + 1]
    return bool(full) and not any(map(_is_value, header)) and all(header) and not any(row[-1].strip() for row in full)


def _rows(lines: list[str], delimiter: str, quote: str) -> list[list[str]]:
    if len(delimiter) > 1:
        return [line.split(delimiter) for line in lines]
    try:
        return [row for row in csv.reader(lines, delimiter=delimiter, quotechar=quote) if row]
    except csv.Error:
        return [line.split(delimiter) for line in lines]


def _physical(text: str, records: int) -> int:
    """How many lines of the file come before a record; blank ones are lines too."""
    seen = 0
    for at, line in enumerate(io.StringIO(text, newline=None).read().split("\n")):
        if line.strip():
            if seen == records:
                return at
            seen += 1
    return records


def _is_header(first: list[str], rows: list[list[str]]) -> bool:
    """Whether a line names columns: no numbers and days in it, where there are some below."""
    if any(_is_value(cell) for cell in first):
        return False
    return not rows or any(_is_value(cell) for row in rows for cell in row) or len(set(first)) == len(first)


def _is_value(cell: str) -> bool:
    cell = cell.strip()
    return bool(cell) and cell[0] in "+-0123456789" and any(mark.isdigit() for mark in cell)
