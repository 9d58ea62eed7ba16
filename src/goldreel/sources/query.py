"""What a source makes of the records of a file, as SQL over a piece of it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import NamedTuple

import duckdb

from goldreel.sources import shapes
from goldreel.sources.columns import Asked, Fields, Made, written
from goldreel.sources.declaration import Section
from goldreel.sources.shapes import literal, trimmed

_REASON_SHOWS = 100  # characters of a value


class Known(NamedTuple):
    """What is known of a piece before it is asked.

    Attributes:
        made: places of columns of ours whose values are there already, as `m0`, `m1` …
        plain: columns of the file whose values stand in JSON as they are, but for the quotes around them.
        tight: columns of the file whose values have no white space around them.
    """

    made: frozenset[int] = frozenset()
    plain: frozenset[str] = frozenset()
    tight: frozenset[str] = frozenset()

    def trimmed(self, text: str) -> str:
        """A text without the white space around it, and null where nothing is left."""
        return f"nullif({text}, '')" if text in self.tight else trimmed(text)


class Query:
    """Makes the query of a section.

    Args:
        made: how the columns of ours are made.
        wanted: the condition on records; empty: all are.
    """

    def __init__(
        self,
        section: Section,
        asked: Asked,
        made: list[Made],
        wanted: str,
        connection: duckdb.DuckDBPyConnection,
    ) -> None:
        self._section, self._asked, self._made, self._wanted = section, asked, made, wanted
        self._fields: Fields = asked.fields
        self._connection = connection
        self._texts = {at: self._as_text(each.raw) for at, each in enumerate(made) if each.is_expression}

    def text(self, known: Known, *, tolerant: bool) -> str:
        """What is made of a piece: the columns of ours, `row`, `source_record` and `reason`.

        Args:
            tolerant: where an expression fails, say so of the record.
        """
        raws, texts, values, reasons = [], [], [], []
        unfit: dict[str, str] = {}  # by the value that is null then
        for at, made in enumerate(self._made):
            raw = made.raw
            if made.is_expression:
                told = f"struct_pack(v := {self._texts[at]})"
                raws.append(f"{f'try({told})' if tolerant else told} as e{at}")
                if tolerant:
                    reasons.append(f"when e{at} is null then {literal(f'{made.name}: the expression fails')}")
                raw = f"e{at}.v"
            if at in known.made:
                values.append(f"m{at} as v{at}")
                text = known.trimmed(raw)
            elif made.is_as_given:
                values.append(f"{raw} as v{at}")
                continue
            else:
                texts.append(f"{known.trimmed(raw)} as t{at}")
                text = f"t{at}"
                values.append(f"{made.value.replace('{raw}', text)} as v{at}")
            if made.why and not made.keeps_misfits:
                unfit[f"v{at}"] = _misfit(made, text, f"v{at}")
        if unfit:  # looked at where a value is null: few are
            nulls = " or ".join(f"{value} is null" for value in unfit)
            reasons = [*reasons, f"when {nulls} then case {' '.join(unfit.values())} {self._impossible()} end"]
        reasons += [self._impossible()] if self._impossible() else []
        if self._fields.names is None:
            reasons = ["when broken is not null then broken", *reasons]
        reason = f"case {' '.join(reasons)} end" if reasons else "cast(null as varchar)"
        wanted = "true"
        if self._wanted:
            told = f"struct_pack(v := ({self._wanted})::boolean)"
            raws.append(f"{f'try({told})' if tolerant else told} as wanted")
            wanted = "coalesce(wanted.v, wanted is null)" if tolerant else "coalesce(wanted.v, false)"
            if tolerant:
                reason = f"case when wanted is null then 'the condition of `where` fails' else {reason} end"
            if self._fields.names is None:  # what is no record cannot say whether it is wanted
                wanted = f"broken is not null or {wanted}"
        at_hand = self.at_hand(known)
        outputs = {made.name: self._output(at, made) for at, made in enumerate(self._made)}
        outputs["source_record"] = self._source_record(known.plain)
        columns = ["row", *(f"{value} as {quoted(name)}" for name, value in outputs.items() if name not in at_hand)]
        return (
            f"with evaluated as ({_more(raws, 'piece')}), trimmed as ({_more(texts, 'evaluated')}), "
            f"shaped as ({_more(values, 'trimmed')}), "
            f"judged as (select *, {reason} as reason, {wanted} as is_wanted from shaped) "
            f"select {', '.join(columns)}, reason from judged where is_wanted"
        )

    def at_hand(self, known: Known) -> dict[str, str]:
        """What needs no query, by the column of the piece that it is."""
        found = {
            made.name: f"m{at}" if at in known.made else made.column
            for at, made in enumerate(self._made)
            if (at in known.made or (made.column and made.is_as_given)) and not self._default(made)
        }
        return found | ({"source_record": "record"} if self._values_of_record() is None else {})

    def _source_record(self, plain: Collection[str]) -> str:
        named = self._values_of_record()
        return "record" if named is None else _as_json(named, plain)

    def columns_to_trim(self, made: Collection[int]) -> Collection[str]:
        """The columns of a piece that columns of ours are made of as they are; without those that are made already."""
        of = (each.column for at, each in enumerate(self._made) if at not in made and not each.is_as_given)
        return frozenset(filter(None, of))

    def columns_of_record(self) -> Collection[str]:
        """The columns of a piece that the record as delivered is written from; none where its text is at hand."""
        return (self._values_of_record() or {}).values()

    def _values_of_record(self) -> Mapping[str, str] | None:
        if self._section.one_per:  # of many records: what they are asked for
            return self._asked.asked
        if self._fields.names is None:
            return None
        return {name: f"c{at}" for at, name in enumerate(self._fields.names)}

    def _output(self, at: int, made: Made) -> str:
        default = self._default(made)
        return f"case when {shapes.filled(f'v{at}')} then v{at} else {default} end" if default else f"v{at}"

    def _default(self, made: Made) -> str:
        rule = next(column for column in self._section.columns if column.name == made.name)
        return literal(written(rule.says["default"])) if "default" in rule.says else ""

    def _impossible(self) -> str:
        """What no rule looks at further on: a title is a movie or a series."""
        return " ".join(
            f"when {self._output(at, made)} is null or {self._output(at, made)} not in ('movie', 'series') "
            f"then 'content_type: a title is a movie or a series'"
            for at, made in enumerate(self._made)
            if made.name == "content_type"
        )

    def _as_text(self, expression: str) -> str:
        """An expression's value as the rules read it, by its type."""
        kind = type_of(self._connection, self._asked, expression)
        if kind in ("DOUBLE", "FLOAT") or kind.startswith("DECIMAL"):
            return shapes.as_text_of_number(f"({expression})")
        if kind == "DATE":
            return f"strftime({expression}, '%Y-%m-%d')"
        if kind.startswith("TIMESTAMP"):
            return f"strftime(({expression})::timestamp, '%Y-%m-%d %H:%M:%S')"
        if kind.endswith("[]"):
            return f"array_to_string({expression}, ', ')"
        if kind.startswith(("STRUCT", "MAP")):
            return f"to_json({expression})::varchar"
        return f"({expression})::varchar"


def type_of(connection: duckdb.DuckDBPyConnection, asked: Asked, expression: str) -> str:
    """The type of an expression.

    Raises:
        duckdb.Error: it cannot be evaluated.
    """
    names = [*asked.asked.values(), *asked.absent.values()]
    columns = ", ".join(f"''::varchar as {name}" for name in names) or "1 as nothing"
    found = connection.execute(
        f"describe select {expression} as it from (select 1::bigint as row, {columns})"
    ).fetchall()
    return str(found[0][1]) if found else "VARCHAR"


def _more(columns: list[str], of: str) -> str:
    return f"select {', '.join(['*', *columns])} from {of}"


def _misfit(made: Made, text: str, value: str) -> str:
    condition, _, told = made.why.partition("|")
    condition = condition.replace("{raw}", text).replace("{value}", value)
    shown = f"concat({literal(made.name)}, ': ''', left({text}, {_REASON_SHOWS}), ''' ', {literal(told)})"
    return f"when {value} is null and {text} is not null and ({condition}) then {shown}"


def _as_json(named: Mapping[str, str], plain: Collection[str]) -> str:
    """A record as JSON, which `to_json` of all its values would give too, but takes longer for."""
    if not plain:
        pairs = [f"{literal(name)}: {column}" for name, column in named.items()]
        return f"to_json({{{', '.join(pairs)}}})::varchar" if pairs else "'{}'"
    parts, before = [], "{"
    for name, column in named.items():
        before += f"{json.dumps(name, ensure_ascii=False)}:"
        if column in plain:
            parts += [literal(before + '"'), column]
            before = '",'
        else:
            parts += [literal(before), f"coalesce(to_json({column})::varchar, 'null')"]
            before = ","
    return f"concat({', '.join(parts)}, {literal(before.removesuffix(',') + '}')})"


def quoted(name: str) -> str:
    """A name as SQL has it."""
    return '"' + name.replace('"', '""') + '"'
