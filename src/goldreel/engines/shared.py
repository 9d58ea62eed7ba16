"""What engines have in common: one connection, tables written out as text, builds that take turns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Generic, Protocol, TypeVar

from goldreel.engines.base import ColumnType, Result, Statement, Table


class Closable(Protocol):
    def close(self) -> None: ...


ConnectionT = TypeVar("ConnectionT", bound=Closable)


class Connected(ABC, Generic[ConnectionT]):
    """An engine that holds one connection from `__enter__`, which sets `_connection`, to `__exit__`."""

    _connection: ConnectionT | None = None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @property
    def connection(self) -> ConnectionT:
        if self._connection is None:
            raise RuntimeError("the engine is used outside its `with` statement")
        return self._connection

    @abstractmethod
    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Result: ...

    @abstractmethod
    def tables(self, schema: str) -> list[str]: ...

    def has_table(self, schema: str, name: str) -> bool:
        return name in self.tables(schema)

    def drop_aside(self, names: Sequence[str]) -> None:
        for name in names:
            self.execute(f"drop table if exists staging.{name}")

    def keep_loads(self, tables: Sequence[Table], kept: str) -> None:
        for table in tables:
            self.execute(f"delete from {table} where {table.load_column} not in ({kept})")

    def change_rows(self, schema: str, name: str, where: str, values: Mapping[str, str]) -> None:
        self.execute(update_of(f"{schema}.{name}", where, values))

    def delete_rows(self, schema: str, name: str, where: str) -> None:
        self.execute(f"delete from {schema}.{name} where {where}")


Quote = Callable[[str], str]
"""How an engine writes a name."""


def in_double_quotes(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def in_single_quotes(text: str) -> str:
    """A text as SQL writes it, where nothing but the quote has a meaning in it."""
    return "'" + text.replace("'", "''") + "'"


def full_name(table: Table, quote: Quote) -> str:
    return f"{quote(table.schema)}.{quote(table.name)}"


def names_of(table: Table, quote: Quote) -> str:
    """The columns of a table, as an INSERT lists them."""
    return ", ".join(quote(column.name) for column in table.columns)


def declared(table: Table, quote: Quote, types: Mapping[ColumnType, str], of_key: str = "") -> list[str]:
    """The columns of a table, as a CREATE TABLE declares them.

    Args:
        of_key: what an engine with indexes adds to the columns that it orders the rows by.
    """
    return [
        f"{quote(column.name)} {types[column.type]}{of_key if column.name in table.ordered_by else ''}"
        for column in table.columns
    ]


def update_of(table: str, where: str, values: Mapping[str, str]) -> str:
    """The statement that sets columns to what expressions say, in the rows for which a condition holds."""
    return f"update {table} set {', '.join(f'{name} = {value}' for name, value in values.items())} where {where}"


def statement_in(script: str, start: int, end: int, times: int = 1) -> Statement | None:
    """A part of a script without the white space around it; None when it is nothing else."""
    text = script[start:end]
    if not text.strip():
        return None
    first = start + len(text) - len(text.lstrip())
    return Statement(text.strip(), script.count("\n", 0, first) + 1, times)


BUILD_SCHEMAS = ("build_a", "build_b")
"""Where builds take turns; readers see the one that was published last."""


class Catalogue(Protocol):
    def has_table(self, schema: str, name: str) -> bool: ...

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Result: ...


def kept_versions(engine: Catalogue) -> dict[int, str]:
    """The versions that readers can be pointed to, and their schemas."""
    return {
        int(engine.execute(f"select version from {schema}.publication").rows[0][0]): schema
        for schema in BUILD_SCHEMAS
        if engine.has_table(schema, "publication")
    }


def next_turn(published: str | None) -> str:
    """The schema that readers do not look at."""
    return next(schema for schema in BUILD_SCHEMAS if schema != published)


def built_in(tables: Sequence[tuple[str, str]]) -> str:
    """The schema that holds a build, of the (schema, name) of all that is to be published."""
    return next(schema for schema, _ in tables if schema in BUILD_SCHEMAS)


def first_line(said: object) -> str:
    """What a database says, an error or its text, without its stack."""
    text = str(said).strip()
    return text.splitlines()[0] if text else type(said).__name__
