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
from goldreel.scratch import scratch_folder
from goldreel.sources import shapes
from goldreel.sources.columns import Asked, ColumnMaker, Fields, Made, watched
from goldreel.sources.declaration import FileRule, Section, Source
from goldreel.sources.expressions import sandbox
from goldreel.sources.preparing import Remembered, completed, extraction, plain_columns, tight_columns, with_absent
from goldreel.sources.presence import Presence
from goldreel.sources.query import Known, Query, quoted, type_of

_COMPACT_AT, _KEYS_AT_ONCE = 1_000_000, 500_000
_ROWS_PER_THREAD = 30_000  # a piece is as many parts as threads can work on at once


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

    Raises:
        FileRefused: the file does not have what the source reads of it, told at its beginning where the file has
            columns, and at its end where that depends on the records.
    """

    def __init__(self, source: Source, rule: FileRule, section: Section, fields: Fields, file_name: str) -> None:
        self._source, self._rule, self._section, self._fields = source, rule, section, fields
        self._asked = Asked(fields, file_name, rule.optional)
        # What is known of each key may be more than memory holds.
        self._spilled = scratch_folder("keys") if section.one_per else None
        self._connection = sandbox(ordered=True, spill_to=self._spilled.name if self._spilled else "")
        self._names = [column.name for column in section.entity.table.columns]
        self.left_out = 0
        self.seen = 0
        try:
            maker = ColumnMaker(source, rule, self._asked, self._connection)
            self._made = [maker.make(column) for column in section.columns if column.says]
            self._remembered = Remembered(self._connection, self._made)
            wanted = maker.condition(section)
            self._extraction = extraction(self._asked) if fields.names is None else ""
            try:
                self._query = Query(section, self._asked, self._made, wanted, self._connection)
            except duckdb.Error as error:
                raise self._cannot_bind(error) from None
            self._presence = Presence(fields.found, self._watched(file_name), self._connection)
            self._of_nothing()  # finds what the query cannot do before any record is read
        except BaseException:
            self.close()
            raise

    def _watched(self, file_name: str) -> dict[str, str]:
        """Paths of this section and the others: a file is refused for all that it gives, or for nothing."""
        found = dict(self._asked.watched)
        for other in self._rule.sections:
            if other is not self._section:
                asked = Asked(self._fields, file_name, self._rule.optional)
                found |= watched(self._source, self._rule, other, asked, self._connection)
        return found

    def close(self) -> None:
        self._connection.close()
        if self._spilled:
            self._spilled.cleanup()

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
        self._presence.refuse_missing()

    def _of_piece(self, piece: Piece) -> pa.Table:
        records = piece.records
        if self._extraction:
            asked = self._ask(records, self._extraction)
            records = completed(asked, records, {"record": "record"})
            self._presence.look(records)
        else:
            records = with_absent(self._asked, records)
        records, ready = self._remembered.add_to(records)
        plain = plain_columns(records, self._query.columns_of_record())
        known = Known(ready, plain, tight_columns(records, self._query.columns_to_trim(ready)))
        try:
            made = self._run(records, known, tolerant=False)
        except duckdb.Error:
            made = self._run(records, known, tolerant=True)
        self.seen += len(records)
        self.left_out += len(records) - len(made)
        return made

    def _of_nothing(self) -> pa.Table:
        """What is made of a piece without a record."""
        names = [*self._asked.asked.values(), *self._asked.absent.values(), "record", "broken"]
        if self._fields.names is not None:
            names = [*self._asked.absent.values(), *(f"c{at}" for at in range(len(self._fields.names)))]
        columns = {name: pa.nulls(0, pa.string()) for name in names}
        return self._run(pa.table({"row": pa.nulls(0, pa.int64()), **columns}), Known(), tolerant=False)

    def _run(self, records: pa.Table, known: Known, *, tolerant: bool) -> pa.Table:
        made = self._ask(records, self._query.text(known, tolerant=tolerant))
        return completed(made, records, self._query.at_hand(known))

    def _ask(self, records: pa.Table, query: str) -> pa.Table:
        parts = records.to_batches(max_chunksize=_ROWS_PER_THREAD)
        self._connection.register("piece", pa.Table.from_batches(parts, records.schema))
        try:
            made: pa.Table = self._connection.sql(query).to_arrow_table()
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
                    type_of(self._connection, self._asked, made.raw)
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
        """One record per key, of all that the file has of it; what is held grows with the keys alone."""
        most = _COMPACT_AT
        for piece in pieces:
            records, rejected = _sorted_out(self._of_piece(piece))
            if piece.rejected or rejected:
                yield Batch(self._as_table(records.slice(0, 0)), [*piece.rejected, *rejected])
            if self._keep(records) > most:  # twice what was left: each key is not compacted time and again
                most = max(_COMPACT_AT, 2 * self._compact())
        self._presence.refuse_missing()
        self._compact()
        names = ", ".join(quoted(made.name) for made in self._made)
        reader = self._connection.sql(
            f"select first_row as row, source_record, {names} from kept order by first_row"
        ).to_arrow_reader(50_000)
        assert reader is not None
        for batch in reader:
            yield Batch(self._as_table(pa.Table.from_batches([batch])), [])

    def _keep(self, records: pa.Table) -> int:
        self._connection.register("piece", records)
        columns = ", ".join(quoted(made.name) for made in self._made)
        one = f"select row as first_row, row as last_row, 1::bigint as records, source_record, {columns} from piece"
        self._connection.execute(f"create table if not exists kept as {self._together(one)} limit 0")
        self._connection.execute(f"insert into kept {self._together(one)}")
        self._connection.unregister("piece")
        return int(self._connection.execute("select count(*) from kept").fetchall()[0][0])

    def _compact(self) -> int:
        """Make one record per key of those that are kept, a part of the keys at a time: groups must fit in memory."""
        if not self._connection.execute("select 1 from duckdb_tables() where table_name = 'kept'").fetchall():
            self._keep(self._of_nothing())
        (rows,) = self._connection.execute("select count(*) from kept").fetchall()[0]
        parts = 1 + rows // _KEYS_AT_ONCE
        self._connection.execute(f"create table compacted as {self._together('select * from kept')} limit 0")
        for part in range(parts):
            of_part = f"select * from kept where hash({quoted(self._section.one_per)}) % {parts} = {part}"
            self._connection.execute(f"insert into compacted {self._together(of_part)}")
        self._connection.execute("drop table kept")
        self._connection.execute("alter table compacted rename to kept")
        return int(self._connection.execute("select count(*) from kept").fetchall()[0][0])

    def _together(self, rows: str) -> str:
        key = quoted(self._section.one_per)
        taken = ", ".join(f"{_take(made, key)} as {quoted(made.name)}" for made in self._made)
        return (
            "select min(first_row) as first_row, max(last_row) as last_row, sum(records)::bigint as records, "
            f"arg_max(source_record, last_row) as source_record, {taken} from ({rows}) as rows_of_key group by {key}"
        )


def _take(made: Made, key: str) -> str:
    name = quoted(made.name)
    if name == key:
        return name
    if made.take in ("first", "last"):
        given = f"case when {shapes.filled(name)} then {name} end"
        return f"arg_min({given}, first_row)" if made.take == "first" else f"arg_max({given}, last_row)"
    if made.take == "count":
        return "sum(records)::bigint::varchar"
    if made.take == "sum" or made.is_number:
        total = f"{made.take}(try_cast({name} as decimal(38, 12)))"
        return shapes.as_text_of_number(total)
    return f"{made.take}({name})"


def _sorted_out(made: pa.Table) -> tuple[pa.Table, list[Rejected]]:
    """The records, and those that are none, with the reason."""
    reasons = made.column("reason")
    if reasons.null_count == len(made):
        return made, []
    is_record = pc.is_null(reasons)
    others = made.filter(pc.invert(is_record)).select(["row", "source_record", "reason"]).to_pylist()
    rejected = sorted(Rejected(each["row"], each["source_record"] or "", each["reason"]) for each in others)
    return made.filter(is_record), rejected
