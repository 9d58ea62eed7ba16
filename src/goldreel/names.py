"""Names that files have: their order, and how those are shown that are no text."""

from __future__ import annotations

import re

_DIGITS = re.compile("[0-9]+")
_SURROGATE = re.compile("[\ud800-\udfff]")


def natural_order(name: str) -> tuple[str, str]:
    """A key to sort names by, as people count: `users_9.csv` comes before `users_10.csv`, `users.csv` before both."""
    return _DIGITS.sub(_by_length, name), name


def _by_length(digits: re.Match[str]) -> str:
    significant = digits.group().lstrip("0")
    return f"{len(significant):04}{significant}"  # of two numbers, the longer one is greater


def readable(text: str) -> str:
    """The text with what is no character written as an escape, so that it can be stored and printed anywhere.

    A name on this machine may hold any bytes; those that are no UTF-8, of a name in Latin-1 say, are lone surrogates in
    Python. They become `\\xfa`.
    """
    return _SURROGATE.sub(_escape, text)


def _escape(surrogate: re.Match[str]) -> str:
    code = ord(surrogate.group())
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else f"\\u{code:04x}"
