"""What the columns of a file hold: how much of it is empty, examples, and which ways of writing fit all values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import duckdb
import pyarrow as pa

from goldreel.sources import shapes
from goldreel.sources.columns import Fields
from goldreel.sources.expressions import sandbox
from goldreel.sources.mapping import Piece
from goldreel.sources.paths import as_json_path
from goldreel.sources.shapes import literal

MOST_RECORDS = 100_000
_MOST_PATHS = 60
_EXAMPLES = 3
_VALID = "case when json_valid(record) then record end"

DATES = (
    *("iso", "DD/MM/YYYY", "MM/DD/YYYY", "DD/MM/YY", "MM/DD/YY", "DD.MM.YYYY", "DD.MM.YY", "DD-MM-YYYY", "MM-DD-YYYY"),
    *(
        "YYYY/MM/DD",
        "YYYYMMDD",
        "MON D, YYYY",
        "MONTH D, YYYY",
        "D MON YYYY",
        "D MONTH YYYY",
        "DD-MON-YYYY",
        "DD-MON-YY",
    ),
    *("DD/MM/YYYY HH:mm", "MM/DD/YYYY HH:mm", "DD/MM/YYYY HH:mm:ss", "MM/DD/YYYY HH:mm:ss", "DD.MM.YYYY HH:mm"),
    *(
        "DD.MM.YYYY HH:mm:ss",
        "YYYY/MM/DD HH:mm:ss",
        "YYYY-MM-DD HH:mm",
        "MM/DD/YYYY hh:mm:ss AM",
        "MM/DD/YYYY hh:mm AM",
    ),
    *("DD/MM/YY HH:mm", "MM/DD/YY HH:mm", "epoch_s", "epoch_ms"),
)
# Of these, a value may fit both, and mean two different days.
DAY_OR_MONTH_FIRST = {
    way: way.replace("DD", "?").replace("MM", "DD", 1).replace("?", "MM") for way in DATES if way[:2] == "DD"
}
DAY_OR_MONTH_FIRST = {way: other for way, other in DAY_OR_MONTH_FIRST.items() if other in DATES}
_PAIRS = tuple(DAY_OR_MONTH_FIRST.items())
LENGTHS = ("h:m:s", "m:s", "h:m", "text", "iso")


@dataclass(frozen=True)
class Column:
    """What a column holds.

    Attributes:
        name: as the source asks for it.
        records: that were looked at.
        filled: of those, with a value.
        distinct: different values.
        examples: of its values, the most frequent first.
        both: how many fit a way with the day first and also the one with the month first.
        dates, lengths: how many values each way of writing fits, of those that fit any.
        numbers: how many values are plain numbers; `commas`: numbers with a comma before the fraction.
        lists: how many are JSON lists.
        smallest, largest: of the plain numbers.
    """

    name: str
    records: int
    filled: int
    distinct: int
    examples: tuple[str, ...]
    dates: dict[str, int]
    both: dict[str, int]
    lengths: dict[str, int]
    numbers: int
    commas: int
    lists: int
    smallest: float | None
    largest: float | None

    @property
    def kind(self) -> str:
        """What the values are, for people."""
        if not self.filled:
            return "empty"
        if self.numbers == self.filled:
            return "numbers"
        if any(count == self.filled for count in self.dates.values()):
            return "dates"
        if any(count == self.filled for count in self.lengths.values()):
            return "lengths of time"
        return "lists" if self.lists == self.filled else "text"


def profile(fields: Fields, pieces: Iterator[Piece]) -> tuple[list[Column], int]:
    """What the columns of the first records hold, and how many lines among those are no record."""
    tables: list[pa.Table] = []
    rejected = records = 0
    for piece in pieces:
        tables.append(piece.records.slice(0, MOST_RECORDS - records))
        rejected += len(piece.rejected)
        records += len(tables[-1])
        if records >= MOST_RECORDS:
            break
    if not tables:
        return [], rejected
    whole = pa.concat_tables(tables)
    with sandbox() as connection:
        connection.register("piece", whole)
        if fields.names is None:
            names = _paths(whole)
            texts = {name: f"json_extract_string({_VALID}, {literal(as_json_path(name))})" for name in names}
        else:
            texts = {name: f"c{at}" for at, name in enumerate(fields.names)}
        return [_profile(connection, name, text) for name, text in texts.items()], rejected


def _paths(records: pa.Table) -> list[str]:
    """Paths to the values of JSON records; into objects, not into lists."""
    import json

    found: dict[str, None] = {}

    def look(value: Any, place: str, depth: int) -> None:
        if isinstance(value, dict) and value and depth < 4:
            for name, each in value.items():
                step = f'"{name}"' if set(name) & set('.[]"') else name
                look(each, f"{place}.{step}" if place else step, depth + 1)
        elif place:
            found.setdefault(place)

    for text in records.column("record").slice(0, 2_000).to_pylist():
        try:
            look(json.loads(text), "", 0)
        except ValueError:
            continue
    return list(islice(found, _MOST_PATHS))


def _profile(connection: duckdb.DuckDBPyConnection, name: str, text: str) -> Column:
    connection.execute(
        f"create or replace temp table held as select nullif(trim({text}, E' \\t\\r\\n'), '') as v from piece"
    )
    number = "regexp_full_match(v, '[+-]?[0-9]+(\\.[0-9]+)?')"
    measures = [
        "count(*)",
        "count(v)",
        "count(distinct v)",
        f"count(*) filter ({number})",
        f"count({shapes.number('v', ',', '.')})",
        f"min(try_cast(v as double)) filter ({number})",
        f"max(try_cast(v as double)) filter ({number})",
        "count(*) filter (left(v, 1) = '[' and json_valid(v))",
        *(f"count({shapes.date('v', [way], '', 'UTC' if way.startswith('epoch') else '')})" for way in DATES),
        *(f"count(case when {_as_date(way)} is not null then {_as_date(other)} end)" for way, other in _PAIRS),
        *(f"count({shapes.duration('v', [way], 'minutes')})" for way in LENGTHS),
    ]
    row = connection.execute(f"select {', '.join(measures)} from held").fetchall()[0]
    often = connection.execute(
        f"select v from held where v is not null group by v order by count(*) desc, v limit {_EXAMPLES}"
    ).fetchall()
    records, filled, distinct, numbers, commas, smallest, largest, lists = row[:8]
    dates = {way: count for way, count in zip(DATES, row[8:], strict=False) if count}
    if not (smallest is not None and smallest > 5e8 and (largest or 0) < 4.2e9):
        dates.pop("epoch_s", None)
    if not (smallest is not None and smallest > 5e11 and (largest or 0) < 4.2e12):
        dates.pop("epoch_ms", None)
    rest = row[8 + len(DATES) :]
    both = dict(zip(DAY_OR_MONTH_FIRST, rest, strict=False))
    lengths = {way: count for way, count in zip(LENGTHS, rest[len(both) :], strict=True) if count}
    often_first = tuple(value for (value,) in often)
    return Column(
        name,
        records,
        filled,
        distinct,
        often_first,
        dates,
        both,
        lengths,
        numbers,
        commas,
        lists,
        smallest,
        largest,
    )


def _as_date(way: str) -> str:
    return shapes.date("v", [way], "", "")
