"""The production warehouse: SQL Server 2019 or newer.

Builds take turns between two schemas, `build_a` and `build_b`. What readers see in `dbo` are views on the one that was
published last: a publication points all of them to the other schema in one transaction, and takes no time however
large the tables are.

Records are bulk-copied on a connection of their own, outside any transaction; a load is visible when its ledger row is.
"""

from __future__ import annotations

import random
import re
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from types import TracebackType
from typing import Any, Self

import mssql_python
import pyarrow as pa

from goldreel.config import Settings
from goldreel.engines import tsql
from goldreel.engines.base import ColumnType, RefusedRow, Result, Statement, Table
from goldreel.engines.sqlserver_connection import Login, retrying
from goldreel.engines.sqlserver_errors import is_transient, refusal_of
from goldreel.errors import GoldreelError, UsageError, WarehouseInUse, WarehouseMissing

COLLATION = "Latin1_General_100_BIN2"  # compares exactly: case, accents, everything
BUILD_SCHEMAS = ("build_a", "build_b")

# The key of a clustered index may take 900 bytes, a text column 8,000; a UTF-16 code unit takes two.
_KEY_UNITS, _TEXT_UNITS = 450, 4_000
_TYPES: dict[ColumnType, str] = {
    "text": f"nvarchar({_TEXT_UNITS}) collate {COLLATION}",
    "key": f"nvarchar({_KEY_UNITS}) collate {COLLATION}",
    "document": f"nvarchar(max) collate {COLLATION}",
    "bigint": "bigint",
    "timestamp": "datetime2(6)",
}
_ROWS_AT_ONCE = 250_000
_ROWS_PER_STATEMENT = 500  # the server allows 1,000
_LOCK_MILLISECONDS = 300
_PUBLISH_SECONDS = 60.0
_LOCKED = re.compile(r"Lock request time out|lock timeout", re.IGNORECASE)  # 1222
_WORTH_A_BULK_COPY = 1_000  # it opens a connection of its own
# A server may be unable to hold a value that the column has room for (Babelfish: U+0000).
_CANNOT_HOLD = re.compile(r"would be truncated|invalid UTF-?16|code point 0|invalid byte sequence", re.IGNORECASE)


class SQLServerEngine:
    """See `goldreel.engines.base.Engine`."""

    name = "sqlserver"
    default_schema = "dbo"
    files = None
    has_transactions = True
    text_limits: Mapping[ColumnType, int] = {"text": _TEXT_UNITS, "key": _KEY_UNITS}
    errors: tuple[type[Exception], ...] = (mssql_python.Error,)

    def __init__(self, settings: Settings, purpose: str) -> None:
        self._login = Login.of(settings)
        self._is_writer = purpose == "write"
        self._threads = settings.threads
        self._lock_timeout = settings.lock_timeout
        self._connection: mssql_python.Connection | None = None
        self._bulk_copies = True
        self.build_schema = ""
        self.location = self._login.location

    def __enter__(self) -> Self:
        try:
            self._connection = self._login.connect()
        except WarehouseMissing:
            if not self._is_writer:
                raise
            self._login.create_database()
            self._connection = self._login.connect()
        try:
            if self._is_writer:
                self._become_the_writer()
        except BaseException:
            self._connection.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @property
    def connection(self) -> mssql_python.Connection:
        if self._connection is None:
            raise RuntimeError("the engine is used outside its `with` statement")
        return self._connection

    def create_missing(self, tables: Sequence[Table]) -> None:
        for table in tables:
            self._create_schema(table.schema)
            if self.has_table(table.schema, table.name):
                continue
            columns = [
                f"{tsql.quoted(column.name)} {_TYPES[column.type]}{' not null' * (column.name in table.ordered_by)}"
                for column in table.columns
            ]
            if table.ordered_by:
                columns.append(f"primary key clustered ({', '.join(map(tsql.quoted, table.ordered_by))})")
            with self._permission("CREATE TABLE", f"ALTER on schema {table.schema}"):
                self.execute(f"create table {_quoted(table)} ({', '.join(columns)})")

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

    def append(self, table: Table, rows: pa.RecordBatchReader) -> list[RefusedRow]:
        refused: list[RefusedRow] = []
        for batch in _in_pieces(rows):
            refused += self._send(table, batch)
        return refused

    def _send(self, table: Table, batch: pa.RecordBatch) -> list[RefusedRow]:
        """Send rows; where the server cannot hold one, find it by halves."""
        try:
            is_large = batch.num_rows >= _WORTH_A_BULK_COPY
            if not (is_large and self._bulk_copies and self._bulk_copy(table, batch)):
                self._insert(table, batch)
            return []
        except (RuntimeError, mssql_python.Error) as error:
            if not _CANNOT_HOLD.search(str(error)):
                raise GoldreelError(
                    f"The records could not be sent: {error}",
                    where=f"{self.location}, {table}",
                    remedy="run the command again; what was sent of this file is swept",
                ) from error
            if batch.num_rows == 1:
                return [RefusedRow(batch.to_pylist()[0], f"the warehouse cannot hold it: {error}")]
        half = batch.num_rows // 2
        return self._send(table, batch.slice(0, half)) + self._send(table, batch.slice(half))

    def _bulk_copy(self, table: Table, batch: pa.RecordBatch) -> bool:
        """Bulk-copy all rows or none; False when this server does not let the driver do it."""
        names = [column.name for column in table.columns]
        with self.connection.cursor() as cursor:
            try:
                copied = cursor.bulkcopy_arrow(
                    _quoted(table), batch, batch.num_rows, timeout=0, column_mappings=names, keep_nulls=True
                )
            except RuntimeError as error:
                if "Failed to resolve column mappings" not in str(error):
                    raise
                # The server does not describe its tables as the driver asks it to (Babelfish); nothing was sent.
                self._bulk_copies = False
                return False
        if copied["rows_copied"] != batch.num_rows:
            raise RuntimeError(f"of {batch.num_rows:,} rows the server took {copied['rows_copied']:,}")
        return True

    def _insert(self, table: Table, batch: pa.RecordBatch) -> None:
        """Insert all rows or none, written out as literals: parameters of this driver lose what is behind a U+0000."""
        columns = ", ".join(tsql.quoted(column.name) for column in table.columns)
        rows = [f"({', '.join(map(tsql.literal, row.values()))})" for row in batch.to_pylist()]
        if any("nchar(0)" in row for row in rows) and self.execute("select N'' + nchar(0)").rows == [(None,)]:
            raise RuntimeError("code point 0 is not supported by this server")
        with self.transaction() if self.connection.autocommit else nullcontext():
            for start in range(0, len(rows), _ROWS_PER_STATEMENT):
                values = ",\n".join(rows[start : start + _ROWS_PER_STATEMENT])
                self.execute(f"insert into {_quoted(table)} ({columns}) values {values}")

    def keep_loads(self, tables: Sequence[Table], loads: Table) -> None:
        for table in tables:
            self.execute(f"delete from {table} where {table.load_column} not in (select load_id from {loads})")

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

    def statements(self, script: str) -> list[Statement]:
        return tsql.batches(script)

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

    def has_table(self, schema: str, name: str) -> bool:
        return name in self.tables(schema)

    def tables(self, schema: str) -> list[str]:
        found = self.execute(
            "select table_name from information_schema.tables where table_schema = ? order by table_name", [schema]
        )
        return [name for (name,) in found.rows]

    def describe(self) -> str:
        (row,) = self.execute(
            "select cast(serverproperty('ProductVersion') as nvarchar(128)), cast(serverproperty('Edition') as "
            "nvarchar(128)), suser_name(), (select collation_name from sys.databases where name = db_name()), "
            "(select is_read_committed_snapshot_on from sys.databases where name = db_name())"
        ).rows
        version, edition, user, collation, snapshot = row
        waits = "" if snapshot else "; readers wait for writers: ALTER DATABASE … SET READ_COMMITTED_SNAPSHOT ON"
        return f"version {version} ({edition}), as {user}, collation {collation}{waits}"

    def prepare_build(self) -> None:
        self.build_schema = next(schema for schema in BUILD_SCHEMAS if schema != self._published_schema())
        for schema in (self.build_schema, "staging"):
            self._create_schema(schema)
            for kind in ("view", "table"):
                names = [f"{tsql.quoted(schema)}.{tsql.quoted(name)}" for name in self._objects(schema, kind)]
                if names:
                    self.execute(f"drop {kind} {', '.join(names)}")

    def dbt_environment(self) -> dict[str, str]:
        settings = self._login.settings
        host, port = self._login.address
        return {
            "MSSQL_SERVER": host,
            "MSSQL_PORT": str(port),
            "MSSQL_DATABASE": settings.database,
            "MSSQL_USER": settings.user,
            "DBT_ENV_SECRET_MSSQL_PASSWORD": settings.password.get_secret_value(),  # dbt keeps these out of its logs
            "GOLDREEL_MSSQL_AUTHENTICATION": self._login.authentication,
            "GOLDREEL_MSSQL_TRUST_SERVER_CERTIFICATE": str(self._login.trust_certificate).lower(),
            "GOLDREEL_MSSQL_SCHEMA": self.build_schema,
            "GOLDREEL_THREADS": str(self._threads),
        }

    def is_transient(self, message: str) -> bool:
        return is_transient(message)

    def published_versions(self) -> list[int]:
        return sorted(self._versions())

    def publish(self, version: int, tables: Sequence[tuple[str, str]], about: pa.Table) -> None:
        schema = next(schema for schema, _ in tables if schema in BUILD_SCHEMAS)
        self._write_about(schema, about)
        self._point_readers_to(schema)

    def republish(self, version: int) -> None:
        self._point_readers_to(self._versions()[version])

    def _become_the_writer(self) -> None:
        """Take the lock that lets one process load, build or publish at a time; it goes with the connection."""
        take = (
            "set nocount on; declare @answer int; exec @answer = sp_getapplock @Resource = ?, "
            "@LockMode = 'Exclusive', @LockOwner = 'Session', @LockTimeout = ?; select @answer"
        )
        lock = f"goldreel writes to {self._login.settings.database}"
        (answer,) = self.execute(take, [lock, 0]).rows[0]
        if answer < 0 and self._lock_timeout:
            seconds = f"{self._lock_timeout:g} s"
            print(f"The warehouse is in use by another goldreel process; waiting up to {seconds} …", file=sys.stderr)
            (answer,) = self.execute(take, [lock, int(self._lock_timeout * 1000)]).rows[0]
        if answer < 0:
            raise WarehouseInUse(
                f"The warehouse is in use by another goldreel process; gave up after {self._lock_timeout:g} s.",
                where=self.location,
                remedy="wait for that process to end, or set GOLDREEL_LOCK_TIMEOUT to wait longer",
            )

    def _create_schema(self, name: str) -> None:
        if self.execute("select count(*) from sys.schemas where name = ?", [name]).rows[0][0]:
            return
        with self._permission("CREATE SCHEMA"):
            self.execute(f"create schema {tsql.quoted(name)}")

    @contextmanager
    def _permission(self, *needed: str) -> Iterator[None]:
        """Turn a refusal by the server into an error that names the permissions that are missing."""
        try:
            yield
        except self.errors as error:
            if not refusal_of(error):
                raise
            raise UsageError(
                f"The login may not do this: {refusal_of(error)}",
                where=f"{self.location}, user {self._login.who}",
                remedy=f"grant {' and '.join(needed)} in the database, or let an administrator run "
                "sql/sqlserver/roles.sql and add the login to the role goldreel_builder",
            ) from None

    def _objects(self, schema: str, kind: str) -> list[str]:
        type_name = {"view": "VIEW", "table": "BASE TABLE"}[kind]
        found = self.execute(
            "select table_name from information_schema.tables where table_schema = ? and table_type = ?",
            [schema, type_name],
        )
        return [name for (name,) in found.rows]

    def _versions(self) -> dict[int, str]:
        """The versions that can be pointed to, and their schemas."""
        found = {}
        for schema in BUILD_SCHEMAS:
            if self.has_table(schema, "publication"):
                (version,) = self.execute(f"select version from {tsql.quoted(schema)}.publication").rows[0]
                found[int(version)] = schema
        return found

    def _published_schema(self) -> str | None:
        """The schema that readers look at."""
        found = self.execute(
            "select view_definition from information_schema.views "
            "where table_schema = 'dbo' and table_name = 'publication'"
        ).rows
        match = re.search("|".join(BUILD_SCHEMAS), found[0][0]) if found else None
        return match.group() if match else None

    def _write_about(self, schema: str, about: pa.Table) -> None:
        types = {pa.int64(): "bigint", pa.timestamp("us"): "datetime2(6)", pa.string(): _TYPES["text"]}
        columns = ", ".join(f"{tsql.quoted(field.name)} {types[field.type]}" for field in about.schema)
        (row,) = about.to_pylist()
        with self.transaction():
            if self.has_table(schema, "publication"):
                self.execute(f"drop table {tsql.quoted(schema)}.publication")
            self.execute(f"create table {tsql.quoted(schema)}.publication ({columns})")
            marks = ", ".join("?" * len(row))
            self.execute(f"insert into {tsql.quoted(schema)}.publication values ({marks})", list(row.values()))

    def _point_readers_to(self, schema: str) -> None:
        """Make the views of `dbo` show the tables of `schema`, all at once.

        A reader may hold one view and wait for another. We wait for no lock for long, so that we, and never a reader,
        give way, and try again.

        Raises:
            GoldreelError: readers held a view for longer than the settings allow.
        """
        statements = [statement for name in self.tables(schema) for statement in self._showing(schema, name)]
        deadline = time.monotonic() + max(self._lock_timeout, _PUBLISH_SECONDS)
        self.execute(f"set lock_timeout {_LOCK_MILLISECONDS}")
        try:
            while True:
                try:
                    with self.transaction():
                        for statement in statements:
                            self.execute(statement)
                    return
                except self.errors as error:
                    if not (_LOCKED.search(str(error)) or is_transient(str(error))):
                        raise
                    if time.monotonic() > deadline:
                        raise GoldreelError(
                            "The build could not be published: readers hold its tables.",
                            where=self.location,
                            remedy="end the long queries on dbo, and run `goldreel publish`",
                        ) from error
                time.sleep(random.uniform(0.1, 0.5))
        finally:
            self.execute("set lock_timeout -1")

    def _showing(self, schema: str, name: str) -> list[str]:
        """Statements that make `dbo.<name>` a view on the table or view of that name in `schema`."""
        columns = self.execute(
            "select column_name from information_schema.columns where table_schema = ? and table_name = ? "
            "order by ordinal_position",
            [schema, name],
        ).rows
        listed = ", ".join(tsql.quoted(column) for (column,) in columns)
        view = f"dbo.{tsql.quoted(name)}"
        return [
            *tsql.drops("dbo", name),  # it may be a table, made by the plain scripts
            f"create view {view} as select {listed} from {tsql.quoted(schema)}.{tsql.quoted(name)}",
            tsql.grants_to_readers(name),
        ]


def _quoted(table: Table) -> str:
    return f"{tsql.quoted(table.schema)}.{tsql.quoted(table.name)}"


def _results(cursor: Any) -> Iterator[Result]:
    """All results that have columns; an error behind the first of them shows only when they are asked for."""
    while True:
        if cursor.description:
            yield Result(tuple(column[0] for column in cursor.description), [tuple(row) for row in cursor.fetchall()])
        if not cursor.nextset():
            return


def _in_pieces(rows: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    """The rows in batches of at most `_ROWS_AT_ONCE`, none empty."""
    for batch in rows:
        for start in range(0, batch.num_rows, _ROWS_AT_ONCE):
            yield batch.slice(start, _ROWS_AT_ONCE)
