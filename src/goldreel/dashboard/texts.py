"""Text that others wrote, as text: nothing in it is Markdown, HTML, LaTeX, an emoji or a link.

Streamlit reads captions and messages as Markdown with much besides. Backslashes do not help: it finds links, emoji and
arrows in what is left after them. Only code is left alone, so whatever could mean something becomes code.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

LONGEST = 300
"""Characters of one value that are shown in running text."""

_WORD = r"[^\W_]+(?:[_'’./,-][^\W_]+)*"  # nothing in it but letters, digits and marks between two of them
_HARMLESS = re.compile(rf"""[("“‘]*(?:{_WORD}%?|[–—·…])[.,;:!?)"”’]*""")
_ADDRESS = re.compile(r"www\..*|.*//.*", re.IGNORECASE)
_BEGINS_A_LIST = re.compile(r"\d+[.)]")  # at the beginning of a paragraph only
_OUR_CODE = re.compile(r"(?<!\S)(\(?)`([^`]+)`([.,;:)]*)(?!\S)")


def as_text(value: object) -> str:
    """A value as Markdown that shows it as it was delivered; what cannot be seen, such as a line break, as its escape.

    Every delivered text that goes where Markdown is read goes through here. See `inserted` and `as_prose`.
    """
    shown = _visible(str(value))
    if len(shown) > LONGEST:
        shown = shown[:LONGEST] + "…"
    if not shown:
        return "(empty)"
    words = shown.split(" ")
    return shown if all(map(_is_harmless, words)) and not _BEGINS_A_LIST.fullmatch(words[0]) else _code(shown)


def as_prose(text: str) -> str:
    """A sentence that may hold delivered values, as Markdown: words that could mean something, and what stands between
    backticks, become code."""
    prose, end = "", 0
    for code in _OUR_CODE.finditer(text):
        before, inside, after = code.groups()
        prose += _word_by_word(text[end : code.start()]) + before + _code(_visible(inside)) + after
        end = code.end()
    return prose + _word_by_word(text[end:])


def inserted(template: str, **values: object) -> str:
    """Our own Markdown with values in its `{places}`, each of them as text; of a list as many as `enumerated` shows."""
    return template.format(**{name: _listed(value) for name, value in values.items()})


def enumerated(parts: Iterable[object], most: int = 20) -> str:
    """The parts divided by commas; of a long list the first, and how many more there are."""
    every = list(map(str, parts))
    more = [f"and {len(every) - most:,} more"] if len(every) > most else []
    return ", ".join(every[:most] + more)


def cut(value: str, longest: int) -> str:
    """The beginning of a text, with a sign that there is more."""
    return value if len(value) <= longest else value[:longest] + "…"


def _listed(value: object) -> str:
    return enumerated(map(as_text, value)) if isinstance(value, list) else as_text(value)


def _word_by_word(text: str) -> str:
    first, *others = text.split(" ")
    inert = [word if not word or _is_harmless(word) else as_text(word) for word in others]
    return " ".join([as_text(first) if first else "", *inert])


def _is_harmless(word: str) -> bool:
    return bool(_HARMLESS.fullmatch(word)) and not _ADDRESS.fullmatch(word)


def _visible(text: str) -> str:
    return "".join(
        char.encode("unicode_escape").decode() if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp", "Cs") else char
        for char in text
    )


def _code(text: str) -> str:
    text = text.replace(":material/", ":material\u2060/")  # even in code Streamlit rewrites it, undivided
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    space = " " if text[:1] in ("`", " ") or text[-1:] in ("`", " ") else ""
    return f"{fence}{space}{text}{space}{fence}"
