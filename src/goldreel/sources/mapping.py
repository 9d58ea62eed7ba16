"""The records of a file → records of one entity, piece by piece, in DuckDB within this process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from goldreel.errors import GoldreelError, UsageError
from goldreel.loading.source import Batch, Rejected
from goldreel.sources import shapes
from goldreel.sources.columns import WHITE_SPACE, Asked, ColumnMaker, Fields, Made, written
from goldreel.sources.declaration import FileRule, Section, Source
from goldreel.sources.expressions import sandbox
from goldreel.sources.paths import as_json_path
from goldreel.sources.shapes import literal

_COMPACT_AT = 1_000_000
_ROWS_PER_THREAD = 30_000  # a piece is as many parts as threads can work on at once
_REASON_SHOWS = 100  # characters of a value


@dataclass(frozen=True)
class Piece:
    """A part of a file of others.

    Attributes:
        records: `row`, its position in the file, and its values: `c0`, `c1` … where the file has columns, else
            `record`, a JSON text.
        rejected: what was no record.
    """

    records: pa.Table
    rejected: list[Rejected]


class Mapper:
    """Makes records of one entity out of the records of one file.

    Attributes:
        left_out: records that the source's `where` does not want.
        seen: records that came, rejected ones not among them.
    """

    def __init__(self, source: Source, rule: FileRule, section: Section, fields: Fields, file_name: str) -> None:
        self._source, self._rule, self._section, self._fields = source, rule, section, fields
        self._asked = Asked(fields, file_name)
        self._connection = sandbox()
        self._names = [column.name for column in section.entity.table.columns]
        self.left_out = 0
        self.seen = 0
        try:
            maker = ColumnMaker(source, rule, self._asked, self._connection)
            self._made = [maker.make(column) for column in section.columns if column.says]
            self._wanted = maker.condition(section)
            try:
                self._queries = {tolerant: self._query(tolerant) for tolerant in (False, True)}
            except duckdb.Error as error:
                raise self._cannot_bind(error) from None
            self._try_out()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        self._connection.close()

    # --- the query ----------------------------------------------------------------------------

    def _query(self, tolerant: bool) -> str:
        """What is made of a piece: the columns of ours, `row`, `record` and `reason`.

        Args:
            tolerant: where an expression fails, say so of the record.
        """
        given = self._given_columns()
        raws, values, reasons = [], [], []
        unfit: dict[str, str] = {}  # by the value that is null then
        for at, made in enumerate(self._made):
            if made.is_expression:
                told = f"struct_pack(v := {self._as_text(made.raw)})"
                raws.append(f"{f'try({told})' if tolerant else told} as e{at}")
                if tolerant:
                    reasons.append(f"when e{at} is null then {literal(f'{made.name}: the expression fails')}")
                raw = f"e{at}.v"
            else:
                raw = made.raw
            if made.value == "{raw}" and not made.why:
                values.append(f"{raw} as v{at}")
                continue
            # Few values have white space around them, and trimming is dear: where it can be seen that a value does not
            # fit without, it is done then.
            trimmed = f"nullif(trim({raw}, {WHITE_SPACE}), '')"
            value = made.value.replace("{raw}", trimmed)
            if made.is_strict:
                value = f"coalesce({made.value.replace('{raw}', raw)}, case when {raw} <> '' then {value} end)"
            values.append(f"{value} as v{at}")
            if made.why and not made.keeps_misfits:
                condition, _, told = made.why.partition("|")
                condition = condition.replace("{raw}", trimmed).replace("{value}", f"v{at}")
                shown = (
                    f"concat({literal(made.name)}, ': ''', left({trimmed}, {_REASON_SHOWS}), ''' ', {literal(told)})"
                )
                unfit[f"v{at}"] = f"when v{at} is null and {trimmed} is not null and ({condition}) then {shown}"
        if unfit:  # looked at where a value is null: few are, and trimming them all is dear
            nulls = " or ".join(f"{value} is null" for value in unfit)
            reasons = [*reasons, f"when {nulls} then case {' '.join(unfit.values())} {self._impossible()} end"]
        if self._fields.names is None:
            broken = "when not json_valid(delivered) then 'the record is not valid JSON'"
            reasons = [broken, "when json_type(record) <> 'OBJECT' then 'the record is no JSON object'", *reasons]
        reasons += [self._impossible()] if self._impossible() else []
        reason = f"case {' '.join(reasons)} end" if reasons else "cast(null as varchar)"
        wanted = "true"
        if self._wanted:
            told = f"struct_pack(v := ({self._wanted})::boolean)"
            raws.append(f"{f'try({told})' if tolerant else told} as wanted")
            wanted = "coalesce(wanted.v, wanted is null)" if tolerant else "coalesce(wanted.v, false)"
            if tolerant:
                reason = f"case when wanted is null then 'the condition of `where` fails' else {reason} end"
        outputs = ", ".join(
            f"{self._with_default(at, made)} as {_quoted(made.name)}" for at, made in enumerate(self._made)
        )
        step = f"select *, {', '.join(raws)} from given" if raws else "select * from given"
        values_of = f"select *, {', '.join(values)} from evaluated" if values else "select * from evaluated"
        return (
            f"with given as ({given}), evaluated as ({step}), shaped as ({values_of}), "
            f"judged as (select *, {reason} as reason, {wanted} as is_wanted from shaped) "
            f"select row, {self._source_record()} as source_record, reason, {outputs} from judged where is_wanted"
        )

    def _given_columns(self) -> str:
        if self._fields.names is not None:
            return "select * from piece"
        paths = "".join(
            f", json_extract_string(record, {literal(as_json_path(name))}) as {asked}"
            for name, asked in self._asked.asked.items()
        )
        valid = "select row, record as delivered, case when json_valid(record) then record end as record from piece"
        return f"select row, delivered, record{paths} from ({valid}) as valid"

    def _source_record(self) -> str:
        if self._section.one_per:  # of many records: what they are asked for
            pairs = [f"{literal(name)}: {asked}" for name, asked in self._asked.asked.items()]
            return f"to_json({{{', '.join(pairs)}}})::varchar" if pairs else "'{}'"
        if self._fields.names is None:
            return "delivered"
        pairs = [f"{literal(name)}: c{at}" for at, name in enumerate(self._fields.names)]
        return f"to_json({{{', '.join(pairs)}}})::varchar"

    def _with_default(self, at: int, made: Made) -> str:
        rule = next(column for column in self._section.columns if column.name == made.name)
        if "default" not in rule.says:
            return f"v{at}"
        default = literal(written(rule.says["default"]))
        return f"case when trim(v{at}, {WHITE_SPACE}) <> '' then v{at} else {default} end"

    def _impossible(self) -> str:
        """What no rule looks at further on: a title is a movie or a series."""
        return " ".join(
            f"when {self._with_default(at, made)} is null or {self._with_default(at, made)} not in ('movie', 'series') "
            f"then 'content_type: a title is a movie or a series'"
            for at, made in enumerate(self._made)
            if made.name == "content_type"
        )

    def _as_text(self, expression: str) -> str:
        """An expression's value as the rules read it, by its type."""
        kind = self._type_of(expression)
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

    def _type_of(self, expression: str) -> str:
        names = self._asked.asked.values()
        columns = ", ".join(f"''::varchar as {name}" for name in names) or "1 as nothing"
        found = self._connection.execute(
            f"describe select {expression} as it from (select 1::bigint as row, {columns})"
        ).fetchall()
        return str(found[0][1]) if found else "VARCHAR"

    def _try_out(self) -> None:
        """Find what the query cannot do before any record is read."""
        names = [f"c{at}" for at in range(len(self._fields.names))] if self._fields.names is not None else ["record"]
        columns = {name: pa.array([], pa.string()) for name in names}
        self._run(pa.table({"row": pa.array([], pa.int64()), **columns}), tolerant=False)

    # --- records ------------------------------------------------------------------------------

    def batches(self, pieces: Iterator[Piece]) -> Iterator[Batch]:
        """The records of the entity, in batches."""
        if self._section.one_per:
            yield from self._taken_together(pieces)
            return
        for piece in pieces:
            made = self._of_piece(piece)
            records, rejected = _sorted_out(made)
            yield Batch(self._as_table(records), [*piece.rejected, *rejected])

    def _of_piece(self, piece: Piece) -> pa.Table:
        try:
            made = self._run(piece.records, tolerant=False)
        except duckdb.Error:
            made = self._run(piece.records, tolerant=True)
        self.seen += len(piece.records)
        self.left_out += len(piece.records) - len(made)
        return made

    def _run(self, records: pa.Table, tolerant: bool) -> pa.Table:
        parts = records.to_batches(max_chunksize=_ROWS_PER_THREAD)
        self._connection.register("piece", pa.Table.from_batches(parts, records.schema))
        try:
            made: pa.Table = self._connection.sql(self._queries[tolerant]).to_arrow_table()
            return made
        except duckdb.OutOfMemoryException as error:
            raise GoldreelError(
                "The expressions of the source need more memory than there is.",
                self._source.location,
                f"make them smaller ({str(error).splitlines()[0]})",
            ) from None
        except (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException) as error:
            raise self._cannot_bind(error) from None
        finally:
            self._connection.unregister("piece")

    def _cannot_bind(self, error: duckdb.Error) -> UsageError:
        """The error of an expression, and where it stands."""
        said = str(error).splitlines()[0]
        for made in self._made:
            if made.is_expression:
                try:
                    self._type_of(made.raw)
                except duckdb.Error as of_column:
                    line = next(column.line for column in self._section.columns if column.name == made.name)
                    return UsageError(
                        f"The expression of {made.name} cannot be evaluated: {str(of_column).splitlines()[0]}",
                        self._source.place(line),
                        'columns of the file are text: cast them, as in `"ms"::bigint`',
                    )
        return UsageError(
            f"The source cannot be evaluated: {said}",
            self._source.place(self._section.line),
            'columns of the file are text: cast them, as in `"ms"::bigint`',
        )

    def _as_table(self, records: pa.Table) -> pa.Table:
        columns: dict[str, Any] = {}
        for name in self._section.entity.columns:
            known = name in records.column_names
            columns[name] = records.column(name) if known else pa.nulls(len(records), pa.string())
        columns["_extra"] = pa.nulls(len(records), pa.string())
        columns["_source_row"] = records.column("row")
        columns["_source_record"] = records.column("source_record")
        return pa.table(columns)

    # --- one record for many ------------------------------------------------------------------

    def _taken_together(self, pieces: Iterator[Piece]) -> Iterator[Batch]:
        """One record per key, of all that the file has of it; memory grows with the keys alone."""
        held = 0
        for piece in pieces:
            records, rejected = _sorted_out(self._of_piece(piece))
            if piece.rejected or rejected:
                yield Batch(self._as_table(records.slice(0, 0)), [*piece.rejected, *rejected])
            held += self._keep(records)
            if held > _COMPACT_AT:
                held = self._compact()
        self._compact()
        names = ", ".join(_quoted(made.name) for made in self._made)
        reader = self._connection.sql(
            f"select first_row as row, source_record, {names} from kept order by first_row"
        ).to_arrow_reader(50_000)
        assert reader is not None
        for batch in reader:
            yield Batch(self._as_table(pa.Table.from_batches([batch])), [])

    def _keep(self, records: pa.Table) -> int:
        self._connection.register("piece", records)
        columns = ", ".join(_quoted(made.name) for made in self._made)
        one = f"select row as first_row, row as last_row, 1::bigint as records, source_record, {columns} from piece"
        self._connection.execute(f"create table if not exists kept as {self._together(one)} limit 0")
        self._connection.execute(f"insert into kept {self._together(one)}")
        self._connection.unregister("piece")
        return int(self._connection.execute("select count(*) from kept").fetchall()[0][0])

    def _compact(self) -> int:
        if not self._connection.execute("select 1 from duckdb_tables() where table_name = 'kept'").fetchall():
            self._keep(self._run(_nothing(self._fields), tolerant=False))
        self._connection.execute(f"create or replace table kept as {self._together('select * from kept')}")
        return int(self._connection.execute("select count(*) from kept").fetchall()[0][0])

    def _together(self, rows: str) -> str:
        key = _quoted(self._section.one_per)
        taken = ", ".join(f"{_take(made, key)} as {_quoted(made.name)}" for made in self._made)
        return (
            "select min(first_row) as first_row, max(last_row) as last_row, sum(records)::bigint as records, "
            f"arg_max(source_record, last_row) as source_record, {taken} from ({rows}) as rows_of_key group by {key}"
        )


def _take(made: Made, key: str) -> str:
    name = _quoted(made.name)
    if name == key:
        return name
    if made.take in ("first", "last"):
        given = f"case when trim({name}, {WHITE_SPACE}) <> '' then {name} end"
        return f"arg_min({given}, first_row)" if made.take == "first" else f"arg_max({given}, last_row)"
    if made.take == "count":
        return "sum(records)::bigint::varchar"
    if made.take == "sum" or made.is_number:
        total = f"{made.take}(try_cast({name} as decimal(38, 12)))"
        return shapes.as_text_of_number(total)
    return f"{made.take}({name})"


def _nothing(fields: Fields) -> pa.Table:
    names = [f"c{at}" for at in range(len(fields.names))] if fields.names is not None else ["record"]
    return pa.table({"row": pa.array([], pa.int64()), **{name: pa.array([], pa.string()) for name in names}})


def _sorted_out(made: pa.Table) -> tuple[pa.Table, list[Rejected]]:
    """The records, and those that are none, with the reason."""
    reasons = made.column("reason")
    if reasons.null_count == len(made):
        return made, []
    is_record = pc.is_null(reasons)
    others = made.filter(pc.invert(is_record)).select(["row", "source_record", "reason"]).to_pylist()
    rejected = sorted(Rejected(each["row"], each["source_record"] or "", each["reason"]) for each in others)
    return made.filter(is_record), rejected


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
