"""Content catalogues (JSON) → batches of flat records, one per title, exactly as delivered.

The file is never held whole: elements are decoded one at a time out of a moving window of text.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pyarrow as pa

from goldreel.errors import FileRefused
from goldreel.foreign import LONGEST_MARK, refusal_of_foreign
from goldreel.loading.contract import CONTENT_SECTIONS, Entity
from goldreel.loading.source import BLOCK_BYTES, Batch, Rejected, Source

_BATCH_RECORDS = 10_000
_WHITE_SPACE = re.compile(r"[ \t\r\n]*")
_MAY_GO_ON = re.compile(r"[0-9.eE+-]*")  # what may be the rest of a number that the end of a block cut in two
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")

_REMEDY = 'deliver {"movies": [...], "series": [...]} with one object per title'
_SORTED = "'{movies: map(select(.seasons == null)), series: map(select(.seasons))}' FILE"
_REMEDY_FOR_LIST = f"{_REMEDY}; `jq {_SORTED}` makes that of a list of titles"
_REMEDY_FOR_LINES = f"{_REMEDY}; `jq --slurp {_SORTED}` makes that of titles line by line"


class _Number(str):
    """A JSON number as it is written in the file."""


def read_json(source: Source, entity: Entity, on_bytes: Callable[[int], None]) -> Iterator[Batch]:
    """Read a content catalogue, plain or gzip: an object of sections, each a list of titles.

    Values become text: texts as they are, numbers as they are written, lists and objects as JSON (a list of genres is
    joined with `, `). What strict JSON forbids and others write all the same is taken as what it is: `NaN` and
    `Infinity` as texts, control characters (a line break, say) inside a text as a part of it. A section that is null
    is an empty one.

    Yields:
        Batches whose `records` have the entity's columns, `_extra` and `_source_row` (the position in the file,
        counted over all sections, from 1).

    Raises:
        FileRefused: not UTF-8, not JSON, no object of sections, `movies` or `series` not a list, a damaged
            gzip file, an element larger than can be held.
    """
    records: list[dict[str, str | int | None]] = []
    rejected: list[Rejected] = []
    unknown: set[str] = set()
    for row, (section, element, raw) in enumerate(_elements(source, on_bytes), start=1):
        reason = _why_rejected(section, element)
        if reason:
            rejected.append(Rejected(row, raw, reason))
        else:
            record, extra = _flatten(section, element)
            unknown |= extra.keys() - {"genre"}  # a genre is there only because joining it would lose something
            records.append(record | {"_extra": _as_json(extra) if extra else None, "_source_row": row})
        if len(records) + len(rejected) == _BATCH_RECORDS:
            yield Batch(_as_table(records, entity), rejected, frozenset(unknown))
            records, rejected, unknown = [], [], set()
    yield Batch(_as_table(records, entity), rejected, frozenset(unknown))


def _why_rejected(section: str, element: Any) -> str:
    """Why an element is no title; "" when it is one."""
    if section not in CONTENT_SECTIONS:
        return f"the section {section!r} is not known (expected: {', '.join(CONTENT_SECTIONS)})"
    if not isinstance(element, dict):
        return "the element is not an object"
    try:
        _as_json(element).encode()
    except UnicodeEncodeError:
        return "a text holds half of a surrogate pair, which is no character"
    except RecursionError:
        return "values are nested too deeply"
    return ""


def _flatten(section: str, element: dict[str, Any]) -> tuple[dict[str, str | int | None], dict[str, Any]]:
    """One flat bronze record of a movie or a series, and what of the element it does not hold."""
    delivered = dict(element)
    record: dict[str, str | int | None] = {"content_type": "movie" if section == "movies" else "series"}

    def take(name: str) -> Any:
        return delivered.pop(name, None)

    for name in ("content_id", "title", "release_year", "rating", "production_budget"):
        record[name] = _as_text(take(name))
    genre = take("genre")
    record["genre"] = _join_genres(genre)
    if section == "movies":
        record["duration_minutes"] = _as_text(take("duration_minutes"))
        record["views_count"] = _as_text(take("views_count"))
    else:
        episodes, minutes = take("episodes_per_season"), take("avg_episode_duration")
        record["seasons"] = _as_text(take("seasons"))
        record["views_count"] = _as_text(take("total_views"))
        record["episodes_per_season"] = _as_text(episodes)
        record["avg_episode_duration"] = _as_text(minutes)
        record |= _series_length(episodes, minutes)
    if isinstance(genre, list) and any("," in (_as_text(part) or "") for part in genre):
        delivered["genre"] = genre  # joined, it can no longer be told apart
    return record, delivered


def _series_length(episodes: Any, minutes: Any) -> dict[str, str | int | None]:
    """`total_episodes` and `duration_minutes` of a series; null where a part of them is not a number."""
    per_season = [_as_number(value) for value in episodes] if isinstance(episodes, list) else [None]
    numbers = [value for value in per_season if value is not None]
    if len(numbers) < len(per_season):
        return {"total_episodes": None, "duration_minutes": None}
    total = sum(numbers, Decimal(0))
    if total == total.to_integral_value():
        total = total.to_integral_value()
    minutes_each = _as_number(minutes)
    return {
        "total_episodes": f"{total:f}",
        "duration_minutes": None if minutes_each is None else f"{total * minutes_each:f}",
    }


def _as_number(value: Any) -> Decimal | None:
    """A number by the rule of the contract (digits, an optional sign and fraction), or None."""
    text = value.strip(" \t\r\n") if isinstance(value, str) else ""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def _join_genres(genre: Any) -> str | None:
    if not isinstance(genre, list):
        return _as_text(genre)
    parts = [text for value in genre if (text := _as_text(value)) is not None]
    return ", ".join(parts) if parts else None


def _as_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return None if value is None else str(value)
    return _as_json(value)


def _as_json(value: Any) -> str:
    """A decoded value as JSON again, numbers exactly as they were written."""
    if isinstance(value, _Number):
        return str(value)
    if isinstance(value, dict):
        pairs = (f"{json.dumps(name, ensure_ascii=False)}: {_as_json(each)}" for name, each in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_as_json(each) for each in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def _as_table(records: list[dict[str, str | int | None]], entity: Entity) -> pa.Table:
    names = [*entity.columns, "_extra"]
    columns: dict[str, pa.Array] = {
        name: pa.array([record.get(name) for record in records], pa.string()) for name in names
    }
    columns["_source_row"] = pa.array([record["_source_row"] for record in records], pa.int64())
    return pa.table(columns)


def _elements(source: Source, on_bytes: Callable[[int], None]) -> Iterator[tuple[str, Any, str]]:
    """(section, element, its text) in the order of the file; an unknown section that is no list is one element."""
    window = JsonWindow(source, on_bytes)
    if window.peek() != "{":
        raise window.other_shape("its top level is not an object")
    window.skip()
    sections: set[str] = set()
    has_list = False
    while window.peek() != "}":
        section, _ = window.read_value()
        if not isinstance(section, str) or isinstance(section, _Number):
            raise window.invalid("a section needs a name in double quotes")
        sections.add(section)
        window.expect(":")
        if window.peek() == "[":
            has_list = True
            window.skip()
            while window.peek() != "]":
                yield (section, *window.read_value())
                window.end_of_item("]")
            window.skip()
        else:
            value, raw = window.read_value()
            if value is None:
                has_list = has_list or section in CONTENT_SECTIONS
            elif section in CONTENT_SECTIONS:
                raise window.other_shape(f"the section {section!r} is not a list")
            else:
                yield section, value, raw
        window.end_of_item("}")
    window.skip()
    is_catalogue = not sections.isdisjoint(CONTENT_SECTIONS)
    if window.peek():
        raise window.text_behind(is_catalogue)
    if "content_id" in sections and not is_catalogue:
        raise window.other_shape("its top level is one title")
    if not has_list:
        raise window.other_shape("no section holds a list")


class JsonWindow:
    """A moving window over the text of a JSON file."""

    def __init__(self, source: Source, on_bytes: Callable[[int], None]) -> None:
        self._source = source
        self._blocks = source.blocks(on_bytes)
        self._utf8 = codecs.getincrementaldecoder("utf-8")()
        self._bytes_read = 0
        self._text = ""
        self._position = 0
        self._lines_before = 0
        self._characters_before = 0  # of the line in which the text begins
        self._begun = False
        self._at_end = False
        self._decoder = json.JSONDecoder(parse_float=_Number, parse_int=_Number, parse_constant=str, strict=False)

    def peek(self) -> str:
        """The next character that is not white space; "" at the end of the file."""
        while True:
            match = _WHITE_SPACE.match(self._text, self._position)
            self._position = match.end() if match else self._position
            if self._position < len(self._text) or self._at_end:
                return self._text[self._position : self._position + 1]
            self._read_on()

    def skip(self) -> None:
        self._position += 1
        self._begun = True

    def expect(self, character: str) -> None:
        if self.peek() != character:
            raise self.invalid(f"{character!r} is missing")
        self.skip()

    def end_of_item(self, closing: str) -> None:
        """Pass the comma behind an item, unless the closing bracket follows."""
        if self.peek() == closing:
            return
        self.expect(",")
        if self.peek() == closing:
            raise self.invalid(f"a value is missing before {closing!r}")

    def read_value(self) -> tuple[Any, str]:
        """Decode the value that starts here; returns it and its text."""
        self.peek()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._position)
                if self._at_end or not _MAY_GO_ON.fullmatch(self._text, end):
                    raw = self._text[self._position : end]
                    self._position = end
                    return value, raw
            except json.JSONDecodeError as error:
                if self._at_end:
                    raise self.invalid(error.msg[:1].lower() + error.msg[1:], error.pos) from None
            except RecursionError:
                raise self.invalid("values are nested too deeply") from None
            if len(self._text) - self._position > 2 * BLOCK_BYTES:
                raise self.invalid(f"a value is not complete after {2 * BLOCK_BYTES:,} characters")
            self._read_on()

    def pass_over(self) -> None:
        """Read the rest of the file, whatever it is."""
        while not self._at_end:
            self._position = len(self._text)
            self._read_on()

    def _read_on(self) -> None:
        """Drop what was read and add the next block."""
        block = next(self._blocks, b"")
        pending = len(self._utf8.getstate()[0])
        try:
            text = self._utf8.decode(block, final=not block)
        except UnicodeDecodeError as error:
            place = f"byte {self._bytes_read - pending + error.start + 1}"
            raise self._source.not_utf8(place, error.object[error.start :]) from None
        self._bytes_read += len(block)
        self._lines_before, self._characters_before = self._place(self._position)
        self._text = self._text[self._position :] + text
        self._position = 0
        self._at_end = not block

    def _place(self, position: int) -> tuple[int, int]:
        """Lines before a position of the text, and characters before it in its own line."""
        lines = self._text.count("\n", 0, position)
        if lines:
            return self._lines_before + lines, position - self._text.rfind("\n", 0, position) - 1
        return self._lines_before, self._characters_before + position

    def invalid(self, why: str, position: int | None = None) -> FileRefused:
        at = self._position if position is None else position
        remedy = "correct it there, and deliver the file again"
        if at >= len(self._text) and self._at_end:
            why, remedy = "the file is empty", _REMEDY
            if self._begun:
                why, remedy = "the file ends too early", "deliver the complete file again"
        return self._not_json(why, at, remedy)

    def text_behind(self, is_catalogue: bool) -> FileRefused:
        """What stands behind the document: a document more, as in a file of JSON lines, or anything else."""
        why = "text follows after the end of the document"
        if self.peek() != "{":
            return self.invalid(why)
        if is_catalogue:
            return self._not_json(f"{why}: one more", self._position, "deliver each document in a file of its own")
        return self._not_json(f"{why}: it holds one object per line (JSON lines)", self._position, _REMEDY_FOR_LINES)

    def _not_json(self, why: str, position: int, remedy: str) -> FileRefused:
        line, character = self._place(position)
        where = f"{self._source.location}, line {line + 1}, column {character + 1}"
        return FileRefused(f"The file is not valid JSON: {why}.", where, remedy)

    def other_shape(self, why: str) -> FileRefused:
        first = "" if self._begun else self.peek()
        if not (self._begun or first):
            return self.invalid(why)
        remedy = _REMEDY_FOR_LIST if first == "[" else _REMEDY
        foreign = refusal_of_foreign(self._source.location, self._text[self._position :][:LONGEST_MARK].encode())
        return foreign or FileRefused(f"The file is JSON of another shape: {why}.", self._source.location, remedy)
