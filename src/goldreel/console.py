"""Writing to a terminal: what a file, a server or a person has named is shown as it is, and never read as markup."""

from __future__ import annotations

import re
from typing import TextIO

from rich.console import Console
from rich.text import Span, Text

from goldreel.names import readable

_PLACE = "\ue000"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def console(*, stderr: bool = False, width: int | None = None, file: TextIO | None = None) -> Console:
    """A console for which text is text; styles come from `marked`."""
    return Console(stderr=stderr, width=width, file=file, highlight=False, markup=False, emoji=False)


def marked(template: str, *values: object) -> Text:
    """A template with markup, in which each `{}` is a value, shown as it is in the style of its place.

    A value may itself come from `marked`. Control characters, which a terminal would obey, are shown as escapes.
    """
    text = Text.from_markup(template.replace("{}", _PLACE), emoji=False)
    places = [position for position, character in enumerate(text.plain) if character == _PLACE]
    written = Text(end=text.end)
    following = iter(values)
    cuts = sorted({cut for place in places for cut in (place, place + 1)})
    for piece in text.divide(cuts) if cuts else [text]:
        written.append_text(_filled(piece, next(following)) if piece.plain == _PLACE else piece)
    assert next(following, None) is None, "a value without a place"
    return written


def visible(value: object) -> str:
    """A value as text; control characters, and bytes of a name that are no text, as escapes."""
    return _CONTROL.sub(lambda found: f"\\x{ord(found.group()):02x}", readable(str(value)))


def _filled(place: Text, value: object) -> Text:
    shown = value if isinstance(value, Text) else Text(visible(value))
    spans = [Span(0, len(shown), span.style) for span in place.spans]
    return Text(shown.plain, spans=[*spans, *shown.spans])
