"""Text in CSV that a spreadsheet shows as it is, and never runs as a formula; and what was meant by it."""

from __future__ import annotations

import re

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)
_GUARDED = re.compile(r"'+ *[=+\-@\t\r\n]")


def safe_text(value: str) -> str:
    """The text, with an apostrophe before it where a spreadsheet would take it for a formula; numbers stay numbers."""
    if value.lstrip(" ").startswith(_STARTS_A_FORMULA) and not _NUMBER.fullmatch(value):
        return "'" + value
    return value


def guarded(value: str) -> str:
    """The same, so that `unguarded` gives back exactly what was there: apostrophes of its own get one more."""
    return "'" + value if _GUARDED.match(value) else safe_text(value)


def unguarded(value: str) -> str:
    """What a text of `guarded` was."""
    return value[1:] if _GUARDED.match(value) else value
