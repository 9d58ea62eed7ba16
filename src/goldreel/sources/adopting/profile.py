"""What the columns of a file hold: how much of it is empty, examples, and which ways of writing fit all values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import islice
from typing import Any

import duckdb
import pyarrow as pa

from goldreel.sources import shapes
from goldreel.sources.columns import Fields
from goldreel.sources.expressions import sandbox
from goldreel.sources.mapping import Piece
from goldreel.sources.paths import as_json_path, steps
from goldreel.sources.shapes import literal

MOST_RECORDS = 100_000
_MOST_PATHS = 60
_EXAMPLES = 3
_VALUES_AT_ONCE = 1_000_000
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
    *("DD/MM/YYYY hh:mm:ss AM", "DD/MM/YYYY hh:mm AM", "DD-MM-YYYY HH:mm", "MM-DD-YYYY HH:mm"),
    *("DD-MM-YYYY HH:mm:ss", "MM-DD-YYYY HH:mm:ss", "DD/MM/YY HH:mm", "MM/DD/YY HH:mm", "epoch_s", "epoch_ms"),
)
# Of these, a value may fit both, and mean two different days.
DAY_OR_MONTH_FIRST = {
    way: way.replace("DD", "?").replace("MM", "DD", 1).replace("?", "MM") for way in DATES if way[:2] == "DD"
}
DAY_OR_MONTH_FIRST = {way: other for way, other in DAY_OR_MONTH_FIRST.items() if other in DATES}
_PAIRS = tuple(DAY_OR_MONTH_FIRST.items())
LENGTHS = ("h:m:s", "m:s", "h:m", "text", "iso")
# What stands before the fraction of a number, and what divides its thousands; the plainest first.
NUMBERS = ((".", ""), (",", ""), (",", "."), (".", ","), (",", " "), (".", " "), (".", "'"), (",", "'"))
MARKS = ("|", ";", "/", ",")
_SEASONS = "(?i)[0-9]+ seasons?"


@dataclass(frozen=True)
class Column:
    """What a column holds.

    Attributes:
        name: as the source asks for it; `path`: the steps to it, one where records have columns.
        records: that were looked at.
        filled: of those, with a value.
        distinct: different values.
        examples: of its values, the most frequent first.
        both: how many fit a way with the day first and also the one with the month first.
        dates, lengths: how many values each way of writing fits, of those that fit any.
        numbers: how many values each way of writing a number fits, of those that fit any.
        either: by `.` and `,`: how many values are other numbers where that divides thousands.
        lists: how many are JSON lists; `objects`: of those, of objects.
        seasons: how many are numbers of seasons.
        marks: how many values have what may divide the parts of a list.
        smallest, largest: of the numbers, where one way fits all.
        alternatives: several columns of which every record has one at most, as one; ambiguous: not so.
    """

    name: str
    path: tuple[str, ...]
    records: int
    filled: int
    distinct: int
    examples: tuple[str, ...]
    dates: dict[str, int]
    both: dict[str, int]
    lengths: dict[str, int]
    numbers: dict[tuple[str, str], int]
    either: dict[str, int]
    lists: int
    objects: int
    seasons: int
    marks: dict[str, int]
    smallest: float | None = None
    largest: float | None = None
    alternatives: tuple[str, ...] = ()
    ambiguous: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of the file that it is."""
        return self.alternatives or (self.name,)

    @property
    def is_plain_number(self) -> bool:
        return bool(self.filled) and self.numbers.get(NUMBERS[0]) == self.filled

    @property
    def share_of_numbers(self) -> float:
        """How many of the values are numbers, by the way that fits the most."""
        return max(self.numbers.values(), default=0) / self.filled if self.filled else 0

    @property
    def kind(self) -> str:
        """What the values are, for people."""
        if not self.filled:
            return "empty"
        if self.is_plain_number:
            return "numbers"
        if any(count == self.filled for count in self.dates.values()):
            return "dates"
        if any(count == self.filled for count in self.lengths.values()):
            return "lengths of time"
        return "lists" if self.lists == self.filled else "text"


@dataclass
class Profile:
    """The first records of a file, and what their columns hold.

    Attributes:
        rejected: lines among those that are no record.
    """

    columns: list[Column] = field(default_factory=list)
    rejected: int = 0
    _records: pa.Table = None
    _texts: dict[str, str] = field(default_factory=dict)

    def merged(self, names: Sequence[str], ambiguous: Sequence[str] = ()) -> Column:
        """Several columns as one: the first that has a value."""
        with self._opened() as connection:
            texts = ", ".join(f"nullif({self._texts[name]}, '')" for name in names)
            first = next(column for column in self.columns if column.name == names[0])
            (found,) = _profiled(connection, [(first.name, first.path, f"coalesce({texts})")])
            return replace(found, alternatives=tuple(names), ambiguous=tuple(ambiguous))

    def together(self, names: Sequence[str]) -> int:
        """How many records have values in more than one of these columns."""
        given = " + ".join(f"case when coalesce({self._texts[name]}, '') <> '' then 1 else 0 end" for name in names)
        return self._count(f"select count(*) from piece where {given} > 1")

    def repeats(self, names: Sequence[str]) -> tuple[int, int]:
        """How many records have the same values in some columns as others; how many are whole repeats of others."""
        some = ", ".join(self._texts[name] for name in names)
        every = "record" if "record" in self._records.column_names else ", ".join(self._texts.values())
        counted = f"select count(*) - count(distinct to_json([{{}}])) from piece where coalesce({some}) is not null"
        return self._count(counted.format(some)), self._count(counted.format(every))

    def _count(self, query: str) -> int:
        with self._opened() as connection:
            return int(connection.execute(query).fetchall()[0][0])

    @contextmanager
    def _opened(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with sandbox() as connection:
            connection.register("piece", self._records)
            yield connection


def profile(fields: Fields, pieces: Iterator[Piece]) -> Profile:
    """What the columns of the first records hold."""
    tables: list[pa.Table] = []
    rejected = records = 0
    for piece in pieces:
        tables.append(piece.records.slice(0, MOST_RECORDS - records))
        rejected += len(piece.rejected)
        records += len(tables[-1])
        if records >= MOST_RECORDS:
            break
    if not records:
        return Profile(rejected=rejected)
    whole = pa.concat_tables(tables)
    if fields.names is None:
        names = _paths(whole)
        texts = {name: f"json_extract_string({_VALID}, {literal(as_json_path(name))})" for name in names}
        paths = {name: tuple(str(step) for step in steps(name)) for name in names}
    else:
        texts = {name: f"c{at}" for at, name in enumerate(fields.names)}
        paths = {name: (name,) for name in fields.names}
    found = Profile([], rejected, whole, texts)
    with found._opened() as connection:
        found.columns = _profiled(connection, [(name, paths[name], text) for name, text in texts.items()])
    return found


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


@cache
def _measures() -> dict[str, str]:
    """What is counted of the values `v` of a column, as SQL."""
    plain = "regexp_full_match(v, '[+-]?[0-9]+(\\.[0-9]+)?')"
    is_list = "left(v, 1) = '[' and json_valid(v)"
    measures = {
        "records": "count(*)",
        "filled": "count(v)",
        "distinct": "count(distinct v)",
        "smallest": f"min(try_cast(v as double)) filter ({plain})",
        "largest": f"max(try_cast(v as double)) filter ({plain})",
        "lists": f"count(*) filter ({is_list})",
        "objects": f"count(*) filter (case when {is_list} then json_type(v, '$[0]') = 'OBJECT' end)",
        "seasons": f"count(*) filter (regexp_full_match(v, {literal(_SEASONS)}))",
    }
    for mark in MARKS:
        measures[f"mark {mark}"] = f"count(*) filter (contains(v, {literal(mark)}))"
    for mark in (".", ","):
        measures[f"either {mark}"] = (
            f"count(*) filter (regexp_full_match(v, '[+-]?[1-9][0-9]{{0,2}}[{mark}][0-9]{{3}}'))"
        )
    for at, (decimal, thousands) in enumerate(NUMBERS):
        # 0.125 has no thousands
        zeros = literal(f"^[+-]?0+[{thousands}]")
        whole = f"not regexp_matches(v, {zeros})" if thousands else "true"
        measures[f"number {at}"] = f"count(case when {whole} then {shapes.number('v', decimal, thousands)} end)"
    for way in DATES:
        measures[f"date {way}"] = f"count({shapes.date('v', [way], '', 'UTC' if way.startswith('epoch') else '')})"
    for way, other in _PAIRS:
        measures[f"both {way}"] = f"count(case when {_as_date(way)} is not null then {_as_date(other)} end)"
    for way in LENGTHS:
        measures[f"length {way}"] = f"count({shapes.duration('v', [way], 'minutes')})"
    return measures


def _profiled(
    connection: duckdb.DuckDBPyConnection, wanted: Sequence[tuple[str, tuple[str, ...], str]]
) -> list[Column]:
    """What columns hold, given by name, path, and their text in SQL. Several at once: to plan it takes long."""
    records = connection.execute("select count(*) from piece").fetchall()[0][0]
    at_once = max(1, _VALUES_AT_ONCE // max(1, records))
    columns: list[Column] = []
    for first in range(0, len(wanted), at_once):
        part = wanted[first : first + at_once]
        values = " union all ".join(
            f"select {at} as place, nullif(trim({text}, E' \\t\\r\\n'), '') as v from piece"
            for at, (_, _, text) in enumerate(part)
        )
        connection.execute(f"create or replace temp table held as {values}")
        measures = _measures()
        rows = connection.execute(
            f"select {', '.join(measures.values())} from held group by place order by place"
        ).fetchall()
        for at, ((name, path, _), row) in enumerate(zip(part, rows, strict=True)):
            columns.append(_column(connection, name, path, at, dict(zip(measures, row, strict=True))))
    return columns


def _column(
    connection: duckdb.DuckDBPyConnection, name: str, path: tuple[str, ...], at: int, found: dict[str, Any]
) -> Column:
    often = connection.execute(
        f"select v from held where place = {at} and v is not null "
        f"group by v order by count(*) desc, v limit {_EXAMPLES}"
    ).fetchall()
    smallest, largest = found["smallest"], found["largest"]
    dates = {way: found[f"date {way}"] for way in DATES if found[f"date {way}"]}
    if not (smallest is not None and smallest > 5e8 and (largest or 0) < 4.2e9):
        dates.pop("epoch_s", None)
    if not (smallest is not None and smallest > 5e11 and (largest or 0) < 4.2e12):
        dates.pop("epoch_ms", None)
    numbers = {way: found[f"number {at}"] for at, way in enumerate(NUMBERS) if found[f"number {at}"]}
    fitting = next((way for way, count in numbers.items() if count == found["filled"]), NUMBERS[0])
    if fitting != NUMBERS[0]:
        value = f"try_cast({shapes.number('v', *fitting)} as double)"
        span = f"select min({value}), max({value}) from held where place = {at}"
        smallest, largest = connection.execute(span).fetchall()[0]
    return Column(
        name=name,
        path=path,
        records=found["records"],
        filled=found["filled"],
        distinct=found["distinct"],
        examples=tuple(value for (value,) in often),
        dates=dates,
        both={way: found[f"both {way}"] for way in DAY_OR_MONTH_FIRST},
        lengths={way: found[f"length {way}"] for way in LENGTHS if found[f"length {way}"]},
        numbers=numbers,
        either={mark: found[f"either {mark}"] for mark in (".", ",")},
        lists=found["lists"],
        objects=found["objects"],
        seasons=found["seasons"],
        marks={mark: found[f"mark {mark}"] for mark in MARKS if found[f"mark {mark}"]},
        smallest=smallest,
        largest=largest,
    )


def _as_date(way: str) -> str:
    return shapes.date("v", [way], "", "")
