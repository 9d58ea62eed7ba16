"""What a source says of a column of ours → SQL over the columns of a file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import duckdb
import pyarrow as pa

from goldreel.errors import UsageError
from goldreel.sources import shapes
from goldreel.sources.declaration import UNITS, ColumnRule, FileRule, Section, Source, texts
from goldreel.sources.expressions import NoExpression, safe, sandbox
from goldreel.sources.paths import steps
from goldreel.sources.presence import leads, missing, names_beside
from goldreel.sources.shapes import CannotBeSaid, filled, literal, trimmed


@dataclass(frozen=True)
class Fields:
    """What can be asked of the records of a file.

    Attributes:
        names: the columns of the file; None: the records are JSON, and are asked by paths.
        found: where they were read.
        kinds: the names that every record has, where the file itself says so (Parquet, SQLite), and the types of those
            that are not plain.
        texts: of those, the ones that are at hand beside the record, and their values as text in SQL.
    """

    names: tuple[str, ...] | None
    found: str
    kinds: Mapping[str, pa.DataType | None] | None = None
    texts: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Asked:
    """What a section asks of the records: the name in the query of each column of the file.

    Attributes:
        optional: columns that the file need not have.
        absent: those that it has not, and their names in the query, where they are null.
        watched: paths of which only the records can tell whether they are there, and where the source asks for them.
    """

    fields: Fields
    file_name: str
    optional: tuple[str, ...] = ()
    asked: dict[str, str] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)
    watched: dict[str, str] = field(default_factory=dict)
    place: str = ""

    def __call__(self, name: str) -> str:
        if name in self.asked or name in self.absent:
            return self.asked.get(name) or self.absent[name]
        is_there, is_optional = self._is_there(name), name in self.optional
        if is_there is False and is_optional:
            self.absent[name] = f"n{len(self.absent)}"
            return self.absent[name]
        if is_there is False:
            names, kinds = self.fields.names, self.fields.kinds
            beside = ("", names) if names is not None else names_beside(kinds or {}, steps(name))
            raise missing(name, self.fields.found, self.place, beside)
        if is_there is None and not is_optional:
            self.watched[name] = self.place
        at = len(self.asked) if self.fields.names is None else self.fields.names.index(name)
        self.asked[name] = f"{'j' if self.fields.names is None else 'c'}{at}"
        return self.asked[name]

    def _is_there(self, name: str) -> bool | None:
        """Whether the file has it; None: that depends on its records."""
        if self.fields.names is not None:
            return name in self.fields.names
        if self.fields.kinds is None:
            return None
        first, *rest = steps(name)
        return leads(self.fields.kinds[str(first)], rest) if first in self.fields.kinds else False

    def text(self, name: str) -> str:
        """What is asked by `$row` or `$file` too."""
        if name == "$row":
            return "cast(row as varchar)"
        return literal(self.file_name) if name == "$file" else self(name)


@dataclass
class Made:
    """How a column of ours is made: a `raw` text, then its `value`, which is null where the text does not fit.

    Attributes:
        why: when a text does not fit, and what is told then.
        take: of one record for many, which value counts.
        column: the column of the file that the raw text is, where it is one.
    """

    name: str
    raw: str
    value: str
    why: str = ""
    is_expression: bool = False
    take: str = "last"
    is_number: bool = False
    keeps_misfits: bool = False
    column: str = ""

    def of(self, text: str) -> str:
        """The value of a text that is not trimmed."""
        return self.value.replace("{raw}", trimmed(text))

    @property
    def is_as_given(self) -> bool:
        """Whether the value is the raw text, with all the white space that it has."""
        return self.value == "{raw}" and not self.why


@cache
def _time_zones() -> frozenset[str]:
    with sandbox() as connection:
        return frozenset(name for (name,) in connection.execute("select name from pg_timezone_names()").fetchall())


class ColumnMaker:
    """Makes SQL of what a source says of the columns of an entity."""

    def __init__(self, source: Source, rule: FileRule, asked: Asked, connection: duckdb.DuckDBPyConnection) -> None:
        self._source, self._rule, self._asked, self._connection = source, rule, asked, connection

    def make(self, column: ColumnRule) -> Made:
        says, place = column.says, self._source.place(column.line)
        self._asked.place = place
        for zone in filter(None, (says.get("zone"), says.get("days_in"))):
            shapes.refuse_zone(str(zone), _time_zones(), place)
        try:
            raw = self._raw(says)
            shaped = self._shaped(column.name, says)
        except NoExpression as error:
            raise UsageError(
                f"The expression of {column.name} cannot be used: {error}.",
                place,
                "write an expression over one record",
            ) from None
        except CannotBeSaid as error:
            raise UsageError(f"{column.name} cannot be read: {error}.", place, "correct it there") from None
        made = Made(column.name, raw, shaped[0], shaped[1], "sql" in says, str(says.get("take", "last")))
        made.is_number = "duration" in says or "number" in says or "times" in says
        made.keeps_misfits = says.get("unfit") == "empty"
        if made.take == "count":
            made.raw = made.value = "'1'"
        elif raw in self._asked.asked.values():
            made.column = raw
        return made

    def _raw(self, says: Any) -> str:
        if "constant" in says:
            return literal(written(says["constant"]))
        if "sql" in says:
            return safe(self._connection, says["sql"], self._asked)
        if "hash" in says:
            parts = [self._asked.text(name) for name in texts(says["hash"])]
            # With their lengths, other values never make the same text: a, bc and ab, c are two.
            whole = ", ".join(f"strlen({part}), ':', {part}" for part in parts)
            given = " or ".join(filled(part) for part in parts)
            return f"(case when {given} then md5(concat({whole})) end)"
        if "from" not in says:
            return "'1'"
        parts = [self._given(self._asked.text(name)) for name in texts(says["from"])]
        if len(parts) == 1:
            return parts[0]
        return f"coalesce({', '.join(f'case when {filled(part)} then {part} end' for part in parts)})"

    def _given(self, text: str) -> str:
        """A value of the file; null where it means that there is none."""
        if not self._rule.empty:
            return text
        empty = ", ".join(literal(each) for each in self._rule.empty)
        return f"(case when {trimmed(text)} not in ({empty}) then {text} end)"

    def _shaped(self, name: str, says: Any) -> tuple[str, str]:
        """What becomes of a raw text, called `raw` and trimmed; and what it is not, when that is nothing."""
        value, why = "{raw}", ""
        if "map" in says:
            cases = " ".join(
                f"when {literal(key)} then {'null' if target is None else literal(written(target))}"
                for key, target in says["map"].items()
            )
            if "otherwise" in says:
                other = says["otherwise"]
                rest = "{raw}" if other == "=" else "null" if other is None else literal(written(other))
                value = f"(case when {{raw}} is not null then case {{raw}} {cases} else {rest} end end)"
            else:
                keys = ", ".join(literal(key) for key in says["map"])
                value = f"(case {{raw}} {cases} end)"
                why = f"{{raw}} not in ({keys})|is not in the map of the source"
        number = says.get("number", {})
        separators = number.get("decimal", "."), number.get("thousands", "")
        unfit = ""
        if "date" in says:
            ways = texts(says["date"])
            value = shapes.date(value, ways, str(says.get("zone", "")), str(says.get("days_in", "")))
            unfit = f"is no date written {' or '.join(ways)}"
        elif "duration" in says:
            ways = texts(says["duration"])
            value = shapes.duration(value, ways, UNITS[name], *separators)
            unfit = f"is no length of time written as {' or '.join(ways)}"
        elif "number" in says:
            value = shapes.number(value, *separators)
            unfit = "is no number written as the source says"
        elif "list" in says:
            value = shapes.joined_list(value, says["list"])
            if says["list"] == "json":
                unfit = "is no JSON list"
        elif "before" in says:
            value = shapes.before(value, texts(says["before"]))
        if "times" in says:
            value = shapes.times(value, written(says["times"]), is_number="number" in says or "duration" in says)
            unfit = unfit or "is no number"
        if says.get("as_id") is True:
            value = f"md5({value})"
        if unfit and why:
            value, why = value, f"({why.partition('|')[0]}) or {{value}} is null|is not in the map, or {unfit}"
        elif unfit:
            why = f"{{value}} is null|{unfit}"
        return value, why

    def condition(self, section: Section) -> str:
        if not section.where:
            return ""
        place = self._source.place(section.line)
        self._asked.place = place
        try:
            return safe(self._connection, section.where, self._asked)
        except NoExpression as error:
            raise UsageError(f"`where` cannot be used: {error}.", place, "write a condition on one record") from None


def watched(
    source: Source, rule: FileRule, section: Section, asked: Asked, connection: duckdb.DuckDBPyConnection
) -> dict[str, str]:
    """What only the records can tell of what a section asks for. See `Asked`."""
    maker = ColumnMaker(source, rule, asked, connection)
    for column in section.columns:
        if column.says:
            maker.make(column)
    maker.condition(section)
    return asked.watched


def names_of_columns(header: Sequence[str]) -> tuple[str, ...]:
    """The names by which columns can be asked: those without one, or with another's, by their place."""
    trimmed = [name.strip() for name in header]
    return tuple(name if name and trimmed.count(name) == 1 else f"#{at}" for at, name in enumerate(trimmed, start=1))


def written(value: Any) -> str:
    return json.dumps(value) if isinstance(value, bool) else str(value)
