"""What goldreel asks of a database. One class per engine; nothing outside this room asks which one it is."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Protocol, Self

import pyarrow as pa

ColumnType = Literal["text", "bigint", "timestamp"]

ARROW_TYPES: dict[ColumnType, pa.DataType] = {
    "text": pa.string(),
    "bigint": pa.int64(),
    "timestamp": pa.timestamp("us"),
}


@dataclass(frozen=True)
class Column:
    """A column that goldreel itself creates; timestamps are UTC without a zone."""

    name: str
    type: ColumnType


@dataclass(frozen=True)
class Table:
    """A table that goldreel itself creates (the ones that dbt builds are declared in `dbt/models`)."""

    schema: str
    name: str
    columns: tuple[Column, ...]

    @property
    def arrow_schema(self) -> pa.Schema:
        return pa.schema([(column.name, ARROW_TYPES[column.type]) for column in self.columns])

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True)
class Result:
    """What a statement returned: column names and rows; both empty for a statement without a result."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


class Engine(Protocol):
    """A connection to the warehouse, open from `__enter__` to `__exit__`.

    Raises (from `__enter__`):
        WarehouseInUse: another process holds the warehouse for longer than the settings allow.
        UsageError: the warehouse cannot be opened or written where the settings say.
    """

    name: str
    """The engine's name in settings; also the dbt target and the sqlglot dialect family."""

    location: str
    """Where the warehouse lies, for people."""

    errors: tuple[type[Exception], ...]
    """What its driver raises when a statement fails."""

    default_schema: str
    """Where silver, gold and the star schema live."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

    def create_missing(self, tables: Sequence[Table]) -> None:
        """Create those of the tables, and their schemas, that do not exist yet."""

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing for the statements inside; an error inside rolls back."""

    def append(self, table: Table, rows: pa.RecordBatchReader) -> None:
        """Append rows that have exactly the table's columns; they are drawn as they are written."""

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Result:
        """Run one statement with `?` parameters."""

    def statements(self, script: str) -> list[str]:
        """Split a script into statements, by this engine's own rules.

        Raises:
            GoldreelError: the script cannot be parsed.
        """

    def has_table(self, schema: str, name: str) -> bool:
        """Whether a table or view of that name exists."""

    def tables(self, schema: str) -> list[str]:
        """Names of the tables and views of a schema, in order."""

    def copy_tables(self, tables: Sequence[tuple[str, str]], file: Path) -> None:
        """Copy tables and views, given as (schema, name), into a new DuckDB file.

        The default schema becomes `main` there; other schemas keep their names. A view over others of them stays a
        view; every other view becomes a table.
        """

    def dbt_environment(self) -> dict[str, str]:
        """Environment variables that make dbt's profile (`dbt/profiles.yml`) reach this same warehouse."""
