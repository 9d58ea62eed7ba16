"""What goldreel asks of a database. One class per engine; nothing outside this room asks which one it is."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Protocol, Self

import pyarrow as pa

from goldreel.engines.erasing import Erasing
from goldreel.engines.stored_files import ParallelFiles
from goldreel.errors import GoldreelError

ColumnType = Literal["text", "key", "document", "bigint", "number", "timestamp"]
"""What goldreel's own columns hold: `key` is text that identifies something, `document` is text of any length."""

ARROW_TYPES: dict[ColumnType, pa.DataType] = {
    "text": pa.string(),
    "key": pa.string(),
    "document": pa.string(),
    "bigint": pa.int64(),
    "number": pa.float64(),
    "timestamp": pa.timestamp("us"),
}


@dataclass(frozen=True)
class Column:
    """A column that goldreel itself creates; timestamps are UTC without a zone."""

    name: str
    type: ColumnType


@dataclass(frozen=True)
class Table:
    """A table that goldreel itself creates (the ones that dbt builds are declared in `dbt/models`).

    Attributes:
        ordered_by: whole-number columns by which an engine with indexes keeps the rows in order.
        load_column: the column that says which load a row belongs to, where loads are removed whole.
    """

    schema: str
    name: str
    columns: tuple[Column, ...]
    ordered_by: tuple[str, ...] = ()
    load_column: str = ""

    @property
    def arrow_schema(self) -> pa.Schema:
        return pa.schema([(column.name, ARROW_TYPES[column.type]) for column in self.columns])

    def of_rows(self, rows: Sequence[Mapping[str, object]]) -> pa.RecordBatchReader:
        """A few rows, by the names of the columns, as they are appended; what a row does not say is null."""
        return pa.Table.from_pylist(list(rows), schema=self.arrow_schema).to_reader()

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"


def missing_columns(table: Table, present: Sequence[str]) -> list[Column]:
    """Those that a table, made by an earlier goldreel, has not yet."""
    return [column for column in table.columns if column.name not in present]


@dataclass(frozen=True)
class Result:
    """What a statement returned: column names and rows; both empty for a statement without a result.

    Attributes:
        messages: what the statement printed.
    """

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    messages: tuple[str, ...] = ()


@dataclass(frozen=True)
class RefusedRow:
    """A row that the database cannot hold, by column, and why."""

    values: dict[str, Any]
    reason: str


@dataclass(frozen=True)
class Statement:
    """A part of a script that is sent to the database as one.

    Attributes:
        line: the line of the script where it begins, from 1.
        times: how often it is to be run.
    """

    text: str
    line: int
    times: int = 1


@dataclass(frozen=True)
class Since:
    """What a build differs in from a version that readers have.

    Attributes:
        build_id: the build that this version holds.
        rows: of tables that are the same in most rows: a column, and the query that gives the values that it has in the
            others. Other tables may differ in all of their rows.
        at_hand: of some of these tables, another one that has all rows with these values, and few more.
    """

    version: int
    build_id: int
    rows: Mapping[tuple[str, str], tuple[str, str]]
    at_hand: Mapping[tuple[str, str], tuple[str, str]] = field(default_factory=dict)


class Engine(Erasing, Protocol):
    """A connection to the warehouse, open from `__enter__` to `__exit__`.

    A build happens where readers do not look (`build_schema`), and is handed over by `publish`.

    Raises (from `__enter__`):
        WarehouseInUse: another process holds the warehouse for longer than the settings allow.
        UsageError: the warehouse cannot be opened or written where the settings say.

    Raises (from all):
        ServerLost: the connection to the server broke.
    """

    name: str
    """The engine's name in settings; also the dbt target and the sqlglot dialect family."""

    title: str
    """What people call the engine."""

    location: str
    """Where the warehouse lies, for people."""

    home: Path
    """The folder of this machine that holds what a run writes beside the warehouse."""

    errors: tuple[type[Exception], ...]
    """What its driver raises when a statement fails."""

    default_schema: str
    """Where readers find silver, gold and the star schema."""

    build_schema: str
    """Where a build makes them; known after `prepare_build`."""

    has_transactions: bool
    """Whether `transaction` can take back what was done."""

    adds_what_is_new: bool
    """Whether a build can take rows out of the tables that the build before left, and add others."""

    kept_schema: str
    """Where lies what is set aside; the models find it there as the source `kept`."""

    text_limits: Mapping[ColumnType, int]
    """The longest text that a column can hold, in UTF-16 code units; types that are not named hold any text."""

    @property
    def files(self) -> ParallelFiles | None:
        """How it reads delivered files by itself; None where this process reads them and sends the records."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

    def create_missing(self, tables: Sequence[Table]) -> None:
        """Create those of the tables, their schemas and their columns that do not exist yet."""

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing for the statements inside; an error inside rolls back.

        What `append` wrote may stay even so: an engine may send it past the transaction. So may all, where an engine
        has no transactions (`has_transactions`).
        """

    def append(self, table: Table, rows: pa.RecordBatchReader) -> list[RefusedRow]:
        """Append rows that have exactly the table's columns; they are drawn as they are written.

        Returns:
            The rows that the database cannot hold; all others were written.
        """

    def keep_loads(self, tables: Sequence[Table], kept: str) -> None:
        """Delete the rows of tables whose load (or whatever the load column names) is none that a query finds."""

    def change_rows(self, schema: str, name: str, where: str, values: Mapping[str, str]) -> None:
        """Set columns of those rows of a table for which a condition holds, each to what an expression says."""

    def delete_rows(self, schema: str, name: str, where: str) -> None:
        """Delete the rows of a table for which a condition holds."""

    def missing_right(self, schema: str) -> str:
        """The right that this login lacks to see all that is in a schema; empty where nothing can be hidden from it."""

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Result:
        """Run one statement with `?` parameters."""

    def results(self, statement: str) -> Iterator[Result]:
        """Run a statement of a script; yields each result that has columns or messages, in order."""

    def statements(self, script: str) -> list[Statement]:
        """Split a script into what is sent as one, by this engine's own rules.

        Raises:
            GoldreelError: the script cannot be parsed.
        """

    def read(self, schema: str, name: str) -> pa.Table:
        """All rows of a table or view."""

    def batches(self, schema: str, name: str) -> pa.RecordBatchReader:
        """The same, drawn as they are asked for where the engine can."""

    def has_table(self, schema: str, name: str) -> bool:
        """Whether a table or view of that name exists."""

    def tables(self, schema: str) -> list[str]:
        """Names of the tables and views of a schema, in order."""

    def describe(self) -> str:
        """What `goldreel doctor` tells about the warehouse.

        Raises:
            GoldreelError: something is missing that a run needs, a permission say.
        """

    def has_writer(self) -> bool:
        """Whether another process, at this moment, loads, builds or publishes. Asked by who only looks."""

    def set_aside(self, tables: Mapping[str, str]) -> None:
        """Keep tables of `staging` from the build that comes, in `kept_schema`.

        Args:
            tables: their names, and under which they are kept, each in place of what was kept so before. One that is
                missing was kept already, when this was cut off.
        """

    def drop_aside(self, names: Sequence[str]) -> None:
        """Drop what is kept in `kept_schema` under these names, where it is there."""

    def next_build_schema(self) -> str:
        """Where the coming build is made."""

    def prepare_build(self, kept: Collection[str] = ()) -> None:
        """Make room for a build, named in `build_schema`; `kept`: tables there and in `staging` that it adds to."""

    def dbt_environment(self) -> dict[str, str]:
        """Environment variables that make dbt's profile (`dbt/profiles.yml`) reach `build_schema` of this warehouse."""

    def loss(self, message: str) -> GoldreelError | None:
        """What to tell when a failure with this message is nobody's SQL: the server is gone, a disk is full or damaged.

        None when it tells of no such thing.
        """

    def nobody_writes(self) -> bool:
        """Whether it is certain that no other process loads, builds or publishes while this connection is open."""

    def is_transient(self, message: str) -> bool:
        """Whether a failure with this message may be gone when the same is tried again, by no one's doing."""

    def prepare_publication(self) -> None:
        """Begin with what an engine can of a publication that takes over most of the version before; others go on."""

    def published_versions(self) -> list[int]:
        """The numbers of the published versions that are kept, the lowest first."""

    def publish(
        self,
        version: int,
        tables: Sequence[tuple[str, str]],
        about: pa.Table,
        rows: Mapping[tuple[str, str], str],
        since: Since | None = None,
    ) -> None:
        """Hand tables and views over to readers, all in one step, under a version number not used before.

        Args:
            tables: (schema, name); those of the schema where they were built appear in the readers' default schema.
            rows: the `where` that limits a table, where the engine copies it.
            since: how to make it from a version that readers have, where an engine copies at all.
            about: one row about the publication, which readers find as the table `publication`.

        Raises:
            UsageError: readers' place cannot be written; what was published before stays.
        """

    def republish(self, version: int) -> None:
        """Make a version that is still kept the one that readers get."""
