"""A connection to SQL Server: statements, transactions, and what is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any

import mssql_python
import pyarrow as pa

from goldreel.engines import tsql
from goldreel.engines.base import Result
from goldreel.engines.shared import Connected
from goldreel.engines.sqlserver_connection import Login, retrying
from goldreel.engines.sqlserver_errors import is_lost, lost, without_drivers
from goldreel.errors import ServerLost

_OF_EVERY_RENAMING = "Caution: Changing any part of an object name"  # says sp_rename, whatever is renamed


class Session(Connected[mssql_python.Connection]):
    """What `SQLServerEngine` and its parts talk to the server through."""

    errors: tuple[type[Exception], ...] = (mssql_python.Error,)

    def __init__(self, login: Login) -> None:
        self.login = login
        self.location = login.location
        self._is_lost = False

    def connect(self) -> None:
        self._connection = self.login.connect()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._give_up()
        self._is_lost = False
        if isinstance(error, mssql_python.Error) and is_lost(str(error)):
            raise lost(str(error), self.location) from error

    @property
    def connection(self) -> mssql_python.Connection:
        if self._is_lost:
            raise lost("the server did not answer", self.location)
        return super().connection

    def _give_up(self) -> None:
        """Close the connection, which may be lost."""
        if self._connection is not None:
            with suppress(mssql_python.Error):
                self._connection.close()
            self._connection, self._is_lost = None, True

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._telling_of_loss():
            self.connection.autocommit = False
        try:
            yield
        except BaseException:
            # What fails here hides nothing: with its connection, a transaction is undone too.
            try:
                self._end_transaction(self.connection.rollback)
            except (mssql_python.Error, ServerLost):
                self._give_up()
            raise
        with self._telling_of_loss():
            self._end_transaction(self.connection.commit)

    def _end_transaction(self, end: Callable[[], None]) -> None:
        end()
        self.connection.autocommit = True

    @contextmanager
    def _telling_of_loss(self) -> Iterator[None]:
        """Turn the driver's many words for a lost connection into one error."""
        try:
            yield
        except mssql_python.Error as error:
            if not is_lost(str(error)):
                raise
            raise lost(str(error), self.location) from error

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Result:
        def run() -> Result:
            with self.connection.cursor() as cursor:
                cursor.execute(sql, *parameters, use_prepare=bool(parameters))
                results = [result for result in _results(cursor) if result.columns]
                return results[0] if results else Result((), [])

        # A statement by itself was undone whole when it was chosen as a deadlock's victim; in a transaction all was.
        with self._telling_of_loss():
            return retrying(run) if self.connection.autocommit else run()

    def results(self, statement: str) -> Iterator[Result]:
        with self._telling_of_loss(), self.connection.cursor() as cursor:
            cursor.execute(statement, use_prepare=False)
            yield from _results(cursor)

    def batches(self, schema: str, name: str) -> pa.RecordBatchReader:
        return self.read(schema, name).to_reader()

    def read(self, schema: str, name: str) -> pa.Table:
        found = self.execute(
            "select column_name, data_type from information_schema.columns where table_schema = ? and table_name = ? "
            "order by ordinal_position",
            [schema, name],
        ).rows
        columns = ", ".join(tsql.quoted(column) for column, _ in found)
        rows = self.execute(f"select {columns} from {tsql.quoted(schema)}.{tsql.quoted(name)}").rows
        values = zip(*rows, strict=True) if rows else ([] for _ in found)
        return pa.table(
            {column: pa.array(each, tsql.arrow_type(kind)) for (column, kind), each in zip(found, values, strict=True)}
        )

    def tables(self, schema: str) -> list[str]:
        found = self.execute(
            "select table_name from information_schema.tables where table_schema = ? order by table_name", [schema]
        )
        return [name for (name,) in found.rows]

    def objects(self, schema: str, kind: str) -> list[str]:
        type_name = {"view": "VIEW", "table": "BASE TABLE"}[kind]
        found = self.execute(
            "select table_name from information_schema.tables where table_schema = ? and table_type = ?",
            [schema, type_name],
        )
        return [name for (name,) in found.rows]


def _results(cursor: Any) -> Iterator[Result]:
    """All results that have columns or messages; an error behind the first shows only when the next is asked for."""
    while True:
        columns = tuple(column[0] for column in cursor.description or ())
        rows = [tuple(row) for row in cursor.fetchall()] if columns else []
        messages = (without_drivers(text) for _, text in cursor.messages)
        printed = tuple(text for text in messages if not text.startswith(_OF_EVERY_RENAMING))
        if columns or printed:
            yield Result(columns, rows, printed)
        if not cursor.nextset():
            return
