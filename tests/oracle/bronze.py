"""Files as delivered."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import zlib
from collections.abc import Iterator, Sequence
from decimal import Decimal, localcontext
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from oracle.rules import number, trimmed
from oracle.tables import BOTH, COLUMNS, FILES, KNOWN_KEYS, SPACES, Row, Warehouse


class Refused(Exception):
    """The file cannot be understood as a whole."""


def load(deliveries: Sequence[Path], warehouse: Warehouse) -> None:
    """Fill the bronze tables; a file version already loaded is skipped, a refused one only named."""
    tables = warehouse.tables
    known: set[tuple[str, str]] = set()
    for delivery in deliveries:
        for entity, path in files_of(delivery):
            delivered = path.read_bytes()
            sha256 = hashlib.sha256(delivered).hexdigest()
            if (entity, sha256) in known:
                continue
            try:
                text = text_of(path.name, delivered)
                records = read_json(text) if entity == "content" else read_csv(text, COLUMNS[entity])
            except Refused:
                warehouse.refused.append(path.name)
                continue
            known.add((entity, sha256))
            load_id = len(known)
            for position, record in enumerate(records, start=1):
                if record is None:
                    place = {"load_id": load_id, "source_file": path.name, "source_row": position}
                    tables["bronze.rejected_records"].append({"entity": entity, **place})
                else:
                    place = {"_load_id": load_id, "_source_file": path.name, "_source_row": position}
                    tables[f"bronze.{entity}"].append({**record, **place})
            rejected = records.count(None)
            row = {"load_id": load_id, "entity": entity, "source_file": path.name, "sha256": sha256}
            counts = {"records_loaded": len(records) - rejected, "records_rejected": rejected}
            tables["bronze.loads"].append({**row, "bytes": len(delivered), "records_delivered": len(records), **counts})


def files_of(delivery: Path) -> Iterator[tuple[str, Path]]:
    """The files of a delivery with their kinds, in load order."""
    for entity, pattern in FILES.items():
        for path in sorted(delivery.iterdir(), key=lambda path: by_numbers(path.name)):
            if fnmatchcase(path.name, pattern) or fnmatchcase(path.name, pattern + ".gz"):
                yield entity, path


def by_numbers(name: str) -> tuple[str, str]:
    """Sorts names as people count: with every number written out to 300 digits."""
    return re.sub("[0-9]+", lambda digits: digits.group().zfill(300), name), name


def text_of(name: str, delivered: bytes) -> str:
    """The text of a file; Refused unless it is whole, and UTF-8 with or without BOM."""
    try:
        return (gzip.decompress(delivered) if name.endswith(".gz") else delivered).decode("utf-8-sig")
    except (EOFError, gzip.BadGzipFile, zlib.error, UnicodeDecodeError) as error:
        raise Refused(str(error)) from error


# One CSV field: quoted or not, the text that follows (an unquoted field is only that), and what ends
# it. `*+` never gives back a `""`, so a quoted field that does not close matches nothing.
FIELD = re.compile(r'(?:"((?:[^"]|"")*+)"|(?!"))([^,\r\n]*?)(,|\r\n?|\n|\Z)')
LINE_END = re.compile(r"\r\n?|\n|\Z")
BLANK_LINE = re.compile(r"[ \t]*(?:\r\n?|\n|\Z)")


def csv_records(text: str) -> Iterator[list[str] | None]:
    """The fields of each record; None for lines from which no record can be read."""
    at = 0
    while at < len(text):
        if blank := BLANK_LINE.match(text, at):
            at = blank.end()
        else:
            fields, at = csv_record(text, at)
            yield fields


def csv_record(text: str, at: int) -> tuple[list[str] | None, int]:
    """The record that begins at `at`, None when it cannot be read, and where the next one begins."""
    start, fields = at, []
    while field := FIELD.match(text, at):
        quoted, rest, end = field.groups()
        if quoted is not None and rest:  # text behind a closing quote: nobody knows what it means
            spans_lines = "\n" in quoted or "\r" in quoted
            return None, next_line(text, start if spans_lines else field.start(3))
        fields.append(rest if quoted is None else quoted.replace('""', '"'))
        at = field.end()
        if end != ",":
            return fields, at
    return None, next_line(text, start)


def next_line(text: str, at: int) -> int:
    match = LINE_END.search(text, at)
    return match.end() if match else len(text)


def read_csv(text: str, required: Sequence[str]) -> list[Row | None]:
    """The records after the header, values as delivered; None for each one rejected."""
    records = csv_records(text)
    header = [name.strip(SPACES) for name in next(records, None) or []]
    if len(set(header)) < len(header) or not set(required) <= set(header):
        raise Refused("no header, a column twice, or a required column missing")
    unknown = [name for name in header if name not in required]
    rows: list[Row | None] = []
    for fields in records:
        if fields is None or len(fields) != len(header):
            rows.append(None)
        else:
            values = dict(zip(header, fields, strict=True))
            extra = json.dumps({name: values[name] for name in unknown}) if unknown else None
            rows.append({name: values[name] for name in required} | {"_extra": extra})
    return rows


class Number(str):
    """A JSON number, as written in the file."""


class Object(dict[str, Any]):
    """A JSON object (of a repeated key the last value) that still knows all its pairs in file order."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.pairs = pairs


def read_json(text: str) -> list[Row | None]:
    """One flat row per title over all sections in file order; None for each element rejected."""
    try:
        document = json.loads(
            text,
            object_pairs_hook=Object,
            parse_int=Number,
            parse_float=Number,
            parse_constant=str,  # NaN and Infinity are texts
            strict=False,  # control characters inside a text are a part of it
        )
    except ValueError as error:
        raise Refused(str(error)) from error
    if not isinstance(document, Object):
        raise Refused("not an object")
    pairs = [(name, [] if value is None and name in KNOWN_KEYS else value) for name, value in document.pairs]
    if not any(isinstance(value, list) for _, value in pairs):
        raise Refused("no section is a list")
    rows: list[Row | None] = []
    for section, elements in pairs:
        if elements is None:
            continue
        if section not in KNOWN_KEYS:
            rows += [None] * (len(elements) if isinstance(elements, list) else 1)
        elif not isinstance(elements, list):
            raise Refused(f"{section} is not a list")
        else:
            rows += [flat(section, item) if isinstance(item, Object) else None for item in elements]
    return rows


def flat(section: str, item: Object) -> Row:
    """A movie or a series as a row of bronze.content."""
    text = {key: as_text(value) for key, value in item.items()}
    genre = text.get("genre")
    if isinstance(item.get("genre"), list):
        parts = [as_text(part) for part in item["genre"] if part is not None]
        genre = ", ".join(parts) if parts else None
    if section == "movies":
        computed = {"content_type": "movie", "views_count": text.get("views_count"), "seasons": None}
        computed |= {"total_episodes": None, "duration_minutes": text.get("duration_minutes")}
    else:
        episodes, minutes = series_length(item)
        computed = {"content_type": "series", "views_count": text.get("total_views")}
        computed |= {"seasons": text.get("seasons"), "total_episodes": episodes, "duration_minutes": minutes}
    extra = {key: text[key] for key in text if key not in KNOWN_KEYS[section]}
    plain = {key: text.get(key) for key in BOTH}
    return {**plain, "genre": genre, **computed, "_extra": json.dumps(extra) if extra else None}


def series_length(item: Object) -> tuple[str | None, str | None]:
    """A series' total episodes, and its minutes: average episode x total; each null if not computable."""
    seasons = item.get("episodes_per_season")
    if not isinstance(seasons, list):
        return None, None
    counts = [trimmed(as_text(count)) for count in seasons]
    average = trimmed(as_text(item.get("avg_episode_duration")))
    if any(number(count) is None for count in counts):
        return None, None
    with localcontext() as exact:
        exact.prec = 2000
        total = sum((Decimal(count) for count in counts if count), Decimal(0))
        minutes = Decimal(average) * total if average and number(average) is not None else None
        return f"{total.normalize():f}", f"{minutes.normalize():f}" if minutes is not None else None


def as_text(value: Any) -> Any:
    """A JSON value as bronze holds it: texts as they are, null as null, all else as JSON text."""
    if value is None or (isinstance(value, str) and not isinstance(value, Number)):
        return value
    return json_text(value)


def json_text(value: Any) -> str:
    """Like json.dumps, but a number stays as it was written."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, list):
        return "[" + ", ".join(json_text(part) for part in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json_text(key)}: {json_text(part)}" for key, part in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)
