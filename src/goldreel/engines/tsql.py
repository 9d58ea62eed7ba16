"""T-SQL as text: names, types and values as they are written, and splitting a script into batches."""

from __future__ import annotations

import re
from datetime import date, datetime

import pyarrow as pa

from goldreel.engines.base import ColumnType, Statement
from goldreel.engines.shared import statement_in
from goldreel.errors import GoldreelError

# What may hide a GO: strings, quoted names, comments. An unfinished one reaches to the end of the script.
_OPAQUE = re.compile(
    r"""
      '(?:[^']|'')*(?:'|\Z)
    | "(?:[^"]|"")*(?:"|\Z)
    | \[(?:[^\]]|\]\])*(?:\]|\Z)
    | --[^\n]*
    | (?P<comment>/\*)
    """,
    re.VERBOSE,
)
_GO = re.compile(r"^[ \t]*GO(?:[ \t]+(?P<times>\d+))?[ \t]*;?[ \t]*$", re.IGNORECASE | re.MULTILINE)
_COMMENT_EDGE = re.compile(r"/\*|\*/")


COLLATION = "Latin1_General_100_BIN2"  # compares exactly: case, accents, everything

# The key of a clustered index may take 900 bytes, a text column 8,000; a UTF-16 code unit takes two.
TEXT_LIMITS: dict[ColumnType, int] = {"text": 4_000, "key": 450}
TYPES: dict[ColumnType, str] = {
    "text": f"nvarchar({TEXT_LIMITS['text']}) collate {COLLATION}",
    "key": f"nvarchar({TEXT_LIMITS['key']}) collate {COLLATION}",
    "document": f"nvarchar(max) collate {COLLATION}",
    "bigint": "bigint",
    "number": "float",
    "timestamp": "datetime2(6)",
}


def quoted(name: str) -> str:
    """A name in brackets, whatever it contains."""
    return "[" + name.replace("]", "]]") + "]"


_ARROW_TYPES = {
    **dict.fromkeys(("tinyint", "smallint", "int", "bigint"), pa.int64()),
    **dict.fromkeys(("float", "real"), pa.float64()),
    **dict.fromkeys(("char", "varchar", "nchar", "nvarchar"), pa.string()),
    "date": pa.date32(),
    "datetime2": pa.timestamp("us"),
}


def arrow_type(name: str) -> pa.DataType | None:
    """What holds the values of a column, by its type in information_schema; None: whatever the values ask for."""
    return _ARROW_TYPES.get(name.lower())


def literal(value: str | float | date | None) -> str:
    """A value as it is written in a statement; texts are Unicode."""
    if value is None:
        return "null"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return f"{value:.17e}"  # with an exponent it is a float, and none of its digits is lost
    if isinstance(value, datetime):
        return f"'{value.isoformat(timespec='microseconds')}'"
    if isinstance(value, date):
        return f"'{value.isoformat()}'"
    parts = (part.replace("'", "''") for part in value.split("\0"))
    return "N'" + "' + nchar(0) + N'".join(parts) + "'"


def drops(schema: str, *names: str) -> list[str]:
    """Statements that make names free, whether a view or a table has each: views first, as they may read the tables."""
    there = (
        "exists (select 1 from information_schema.tables "
        f"where table_schema = {literal(schema)} and table_name = {{}} and table_type = '{{}}')"
    )
    return [
        f"if {there.format(literal(name), kind)} drop {word} {quoted(schema)}.{quoted(name)};"
        for kind, word in (("VIEW", "view"), ("BASE TABLE", "table"))
        for name in names
    ]


_OF_DASHBOARDS = (
    "publication",
    "data_quality_rules",
    "load_checks",
    "load_columns",
    "load_acceptances",
    "changed_records",
    "change_totals",
    "published_numbers",
    "published_parts",
)


def grants_to_readers(name: str) -> str:
    """Statements that let the roles of `sql/sqlserver/roles.sql`, where they exist, read a table of `dbo`.

    Analysts read silver, gold and what stands beside them; dashboards read gold, what the account's rules mean, what
    is to be said of loads, and what explains a number.
    """
    roles = ["goldreel_analyst"]
    if name.startswith("gold_") or name in _OF_DASHBOARDS:
        roles.append("goldreel_dashboard")
    return "\n".join(
        f"if database_principal_id('{role}') is not null grant select on dbo.{quoted(name)} to {role};"
        for role in roles
    )


def batches(script: str) -> list[Statement]:
    """Split a script at its GO lines, as sqlcmd does; a GO inside a string, a quoted name or a comment is none.

    Batches without anything but white space are left out.

    Raises:
        GoldreelError: a GO is followed by something that is no number of times.
    """
    script = script.replace("\r\n", "\n")
    visible = _blank_out(script)
    found: list[Statement | None] = []
    start = 0
    for go in _GO.finditer(visible):
        times = go["times"]
        if times is not None and int(times) < 1:
            line = script.count("\n", 0, go.start()) + 1
            raise GoldreelError(
                f"GO {times} would run the batch no time.", f"line {line}", "write GO, or GO with a number from 1"
            )
        found.append(statement_in(script, start, go.start(), int(times or 1)))
        start = go.end()
    found.append(statement_in(script, start, len(script)))
    return list(filter(None, found))


def _blank_out(script: str) -> str:
    """The script, of the same length, with blanks for comments, and marks for strings and quoted names."""
    pieces = []
    position = 0
    while match := _OPAQUE.search(script, position):
        end = _end_of_comment(script, match.start()) if match["comment"] else match.end()
        is_comment = script.startswith(("--", "/*"), match.start())
        blank = re.sub(r"[^\n]", " " if is_comment else "~", script[match.start() : end])
        pieces += [script[position : match.start()], blank]
        position = end
    return "".join([*pieces, script[position:]])


def _end_of_comment(script: str, start: int) -> int:
    """Where a comment ends; T-SQL nests them."""
    depth = 0
    for edge in _COMMENT_EDGE.finditer(script, start):
        depth += 1 if edge.group() == "/*" else -1
        if depth == 0:
            return edge.end()
    return len(script)
