"""A connection to SQL Server: statements, transactions, and what is there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import mssql_python
import pyarrow as pa

from goldreel.engines import tsql
from goldreel.engines.base import Result
from goldreel.engines.shared import Connected
from goldreel.engines.sqlserver_connection import Login, retrying


class Session(Connected[mssql_python.Connection]):
    """What `SQLServerEngine` and its parts talk to the server through."""

    errors: tuple[type[Exception], ...] = (mssql_python.Error,)

    def __init__(self, login: Login) -> None:
        self.login = login
        self.location = login.location

    def connect(self) -> None:
        self._connection = self.login.connect()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self.connection.autocommit = False
        try:
            yield
        except BaseException:
            self._end_transaction(self.connection.rollback)
            raise
        self._end_transaction(self.connection.commit)

    def _end_transaction(self, end: Any) -> None:
        try:
            end()
        finally:
            self.connection.autocommit = True

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Result:
        def run() -> Result:
            with self.connection.cursor() as cursor:
                cursor.execute(sql, *parameters, use_prepare=bool(parameters))
                results = list(_results(cursor))
                return results[0] if results else Result((), [])

        # A statement by itself was undone whole when it was chosen as a deadlock's victim; in a transaction all was.
        return retrying(run) if self.connection.autocommit else run()

    def results(self, statement: str) -> Iterator[Result]:
        with self.connection.cursor() as cursor:
            cursor.execute(statement, use_prepare=False)
            yield from _results(cursor)

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
    """All results that have columns; an error behind the first of them shows only when they are asked for."""
    while True:
        if cursor.description:
            yield Result(tuple(column[0] for column in cursor.description), [tuple(row) for row in cursor.fetchall()])
        if not cursor.nextset():
            return
