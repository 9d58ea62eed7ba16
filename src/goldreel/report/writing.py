"""How all of them write: plain tables, and JSON."""

from __future__ import annotations

import codecs
import json
import math
import re
import sys
from typing import IO, Any

from rich.table import Table

from goldreel.errors import GoldreelError
from goldreel.names import readable


def to_json(value: object) -> str:
    """Strict JSON, on whatever stream it is printed.

    What is no finite number (a query can return such) becomes null, what is no text (a name may hold such bytes) an
    escape in its text.
    """
    try:
        text = _dumped(value)
    except ValueError:
        text = _dumped(_only_finite(value))
    text = _SURROGATE.sub(lambda found: readable(found.group()).replace("\\", "\\\\"), text)
    return text if _shows_all(sys.stdout) else _NOT_ASCII.sub(lambda found: json.dumps(found.group())[1:-1], text)


_SURROGATE = re.compile("[\ud800-\udfff]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


def _dumped(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=str, allow_nan=False)


def require_encodable(text: str, stream: IO[str]) -> None:
    """Make sure that a stream can hold data as they are.

    Raises:
        GoldreelError: it cannot.
    """
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError as error:
        raise GoldreelError(
            f"The output cannot hold the character {error.object[error.start]!a}: its encoding is {encoding}.",
            where="standard output",
            remedy="set PYTHONIOENCODING=utf-8, or use --format json",
        ) from None


def _shows_all(stream: IO[str]) -> bool:
    """Whether a stream has every character."""
    return codecs.lookup(getattr(stream, "encoding", None) or "utf-8").name.startswith("utf")


def _only_finite(value: object) -> object:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: _only_finite(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_only_finite(part) for part in value]
    return value


def plain_table(*justify: Any) -> Table:
    table = Table(box=None, show_header=False, pad_edge=True)
    for side in justify:
        table.add_column(justify=side or "left", overflow="fold")
    return table
