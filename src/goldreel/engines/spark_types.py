"""Spark SQL as text: names, literals, types, and splitting a script into statements."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

import pyarrow as pa

from goldreel.engines.base import ColumnType, Statement
from goldreel.engines.shared import statement_in

TYPES: dict[ColumnType, str] = {
    "text": "string",
    "key": "string",
    "document": "string",
    "bigint": "bigint",
    "number": "double",
    "timestamp": "timestamp_ntz",
}
_ARROW_TYPES = {
    pa.string(): "string",
    pa.int64(): "bigint",
    pa.float64(): "double",
    pa.binary(): "binary",
    pa.timestamp("us"): "timestamp_ntz",
}

# What may hide a semicolon: strings, quoted names, comments. An unfinished one reaches to the end of the script.
_PIECE = re.compile(
    r"""
      (?P<text> '(?:[^'\\]|\\.)*(?:'|\Z) | "(?:[^"\\]|\\.)*(?:"|\Z) | `[^`]*(?:`|\Z) )
    | (?P<comment> --[^\n]* | /\*.*?(?:\*/|\Z) )
    | (?P<end> ; )
    """,
    re.VERBOSE | re.DOTALL,
)


def quoted(name: str) -> str:
    """A name in backticks, whatever it contains."""
    return "`" + name.replace("`", "``") + "`"


def literal(value: str | float | datetime | None, kind: ColumnType) -> str:
    """A value as it is written in a statement."""
    if value is None:
        return f"cast(null as {TYPES[kind]})"
    if isinstance(value, int | float):
        return f"cast({value!r} as {TYPES[kind]})"
    if isinstance(value, datetime):
        return f"timestamp_ntz'{value.isoformat(sep=' ', timespec='microseconds')}'"
    escaped = "".join(f"\\u{ord(c):04x}" if ord(c) < 32 or c in "\\'" else c for c in value)
    return f"'{escaped}'"


def with_values(sql: str, parameters: Sequence[str | int]) -> str:
    """A statement with its `?` replaced by values: Spark's own parameters do not pass through Delta Lake's parser."""
    parts = iter(sql.split("?"))
    values = (literal(value, "bigint" if isinstance(value, int) else "text") for value in parameters)
    return next(parts) + "".join(value + part for value, part in zip(values, parts, strict=True)) if parameters else sql


def spark_schema(schema: pa.Schema) -> str:
    """Columns and types as Spark writes them."""
    return ", ".join(f"{quoted(field.name)} {_ARROW_TYPES[field.type]}" for field in schema)


def statements(script: str) -> list[Statement]:
    """Split a script at its semicolons; those inside strings, quoted names and comments end nothing."""
    found: list[Statement] = []
    start = 0
    has_code = False
    position = 0
    for piece in [*_PIECE.finditer(script), None]:
        between = script[position : piece.start() if piece else len(script)]
        has_code = has_code or bool(between.strip()) or bool(piece and piece["text"])
        if piece is None or piece["end"]:
            end = piece.start() if piece else len(script)
            if has_code and (statement := statement_in(script, start, end)):
                found.append(statement)
            start, has_code = (piece.end() if piece else end), False
        position = piece.end() if piece else len(script)
    return found
