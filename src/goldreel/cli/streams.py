"""Standard output and error that cannot show every sign: cron and Latin-1 locales give such."""

from __future__ import annotations

import codecs
import sys
from io import TextIOWrapper

_REPLACED = {"✓": "+", "✗": "x", "·": "-", "…": "...", "–": "-", "—": "-", "×": "x", "→": "->", "≥": ">=", "≤": "<="}


def show_what_can_be_shown() -> None:
    """Replace signs that the encoding of standard output or error does not have, instead of failing on them."""
    codecs.register_error("goldreel.replaced", _replaced)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="goldreel.replaced")


def _replaced(error: UnicodeError) -> tuple[str, int]:
    """Our own signs by letters, all others by escapes."""
    assert isinstance(error, UnicodeEncodeError)
    signs = error.object[error.start : error.end]
    shown = (_REPLACED.get(sign) or sign.encode("ascii", "backslashreplace").decode() for sign in signs)
    return "".join(shown), error.end
