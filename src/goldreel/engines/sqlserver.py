"""The production warehouse: SQL Server 2019 or newer.

Builds take turns between two schemas, `build_a` and `build_b`. What readers see in `dbo` are views on the one that was
published last: a publication points all of them to the other schema in one transaction, and takes no time however
large the tables are.

Records are bulk-copied on a connection of their own, outside any transaction; a load is visible when its ledger row is.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Self

import pyarrow as pa

from goldreel.config import Settings
from goldreel.engines import sqlserver_erasing, tsql
from goldreel.engines.base import ColumnType, RefusedRow, Since, Statement, Table, missing_columns
from goldreel.engines.erasing import StoredTable, WithoutCopies
from goldreel.engines.shared import built_in, declared, full_name, kept_versions, next_turn
from goldreel.engines.sqlserver_connection import Login, told_at_once
from goldreel.engines.sqlserver_errors import is_lost, is_transient, lost, no_room, refusal_of
from goldreel.engines.sqlserver_readers import Readers
from goldreel.engines.sqlserver_records import RecordSender
from goldreel.engines.sqlserver_session import Session
from goldreel.errors import GoldreelError, UsageError, WarehouseInUse, WarehouseMissing

KEPT = "before_"  # tables of staging that outlast a build: what the next one is compared with


class SQLServerEngine(Session, WithoutCopies):
    """See `goldreel.engines.base.Engine`."""

    name = "sqlserver"
    title = "SQL Server"
    adds_what_is_new = True
    kept_schema = "staging"
    default_schema = "dbo"
    files = None
    has_transactions = True
    text_limits: Mapping[ColumnType, int] = tsql.TEXT_LIMITS

    def __init__(self, settings: Settings, purpose: str) -> None:
        super().__init__(Login.of(settings))
        self.home = settings.home
        self._is_writer = purpose == "write"
        self._threads = settings.threads
        self._lock_timeout = settings.lock_timeout
        self._records = RecordSender(self)
        self._readers = Readers(self, settings.lock_timeout)
        self._while_open = ExitStack()
        self.build_schema = ""

    def __enter__(self) -> Self:
        try:
            self.connect()
        except WarehouseMissing:
            if not self._is_writer:
                raise
            self.login.create_database()
            self.connect()
        try:
            if self._is_writer:
                self._become_the_writer()
                self._while_open.enter_context(told_at_once(self.login))
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._while_open.close()
        super().__exit__(kind, error, traceback)

    def create_missing(self, tables: Sequence[Table]) -> None:
        for table in tables:
            self._create_schema(table.schema)
            if self.has_table(table.schema, table.name):
                self._add_missing_columns(table)
                continue
            columns = declared(table, tsql.quoted, tsql.TYPES, of_key=" not null")
            if table.ordered_by:
                columns.append(f"primary key clustered ({', '.join(map(tsql.quoted, table.ordered_by))})")
            with self._permission("CREATE TABLE", f"ALTER on schema {table.schema}"):
                self.execute(f"create table {full_name(table, tsql.quoted)} ({', '.join(columns)})")

    def _add_missing_columns(self, table: Table) -> None:
        present = self.execute(
            "select column_name from information_schema.columns where table_schema = ? and table_name = ?",
            [table.schema, table.name],
        ).rows
        for column in missing_columns(table, [name for (name,) in present]):
            with self._permission(f"ALTER on schema {table.schema}"):
                added = f"{tsql.quoted(column.name)} {tsql.TYPES[column.type]} null"
                self.execute(f"alter table {full_name(table, tsql.quoted)} add {added}")

    def append(self, table: Table, rows: pa.RecordBatchReader) -> list[RefusedRow]:
        return self._records.append(table, rows)

    def statements(self, script: str) -> list[Statement]:
        return tsql.batches(script)

    def describe(self) -> str:
        (row,) = self.execute(
            "select cast(serverproperty('ProductVersion') as nvarchar(128)), cast(serverproperty('Edition') as "
            "nvarchar(128)), suser_name(), (select collation_name from sys.databases where name = db_name()), "
            "(select is_read_committed_snapshot_on from sys.databases where name = db_name())"
        ).rows
        version, edition, user, collation, snapshot = row
        waits = "" if snapshot else "; readers wait for writers: ALTER DATABASE … SET READ_COMMITTED_SNAPSHOT ON"
        return f"version {version} ({edition}), as {user}, collation {collation}{waits}"

    def set_aside(self, tables: Mapping[str, str]) -> None:
        there = self.objects("staging", "table")
        self._drop_views_of_staging()
        for name, kept in tables.items():
            if name in there:
                with self.transaction():
                    self._drop("staging", "table", [kept] if kept in there else [])
                    self.execute(f"exec sp_rename N'staging.{name}', N'{kept}', N'OBJECT'")

    def drop_aside(self, names: Sequence[str]) -> None:
        self._drop_views_of_staging()
        super().drop_aside(names)

    def _drop_views_of_staging(self) -> None:
        """A build makes them anew. Some servers drop no table that a view reads."""
        self._drop("staging", "view", self.objects("staging", "view"))

    def next_build_schema(self) -> str:
        return next_turn(self._readers.published_schema())

    def prepare_build(self, kept: Collection[str] = ()) -> None:
        self.build_schema = self.next_build_schema()
        schemas = (self.build_schema, "staging")
        for schema in schemas:
            self._create_schema(schema)
        # what dbt was making when it was cut off may read the tables of a build
        self._drop("ops", "view", [name for name in self.objects("ops", "view") if "__dbt_tmp" in name])
        for kind in ("view", "table"):  # of both schemas: some servers drop no table that a view reads
            for schema in schemas:
                there = self.objects(schema, kind)
                self._drop(schema, kind, [name for name in there if not (name in kept or name.startswith(KEPT))])

    def _drop(self, schema: str, kind: str, names: Sequence[str]) -> None:
        if names:
            listed = ", ".join(f"{tsql.quoted(schema)}.{tsql.quoted(name)}" for name in names)
            self.execute(f"drop {kind} {listed}")

    def dbt_environment(self) -> dict[str, str]:
        settings = self.login.settings
        host, port = self.login.address
        return {
            "MSSQL_SERVER": host,
            "MSSQL_PORT": str(port),
            "MSSQL_DATABASE": settings.database,
            "MSSQL_USER": settings.user,
            "DBT_ENV_SECRET_MSSQL_PASSWORD": settings.password.get_secret_value(),  # dbt keeps these out of its logs
            "GOLDREEL_MSSQL_AUTHENTICATION": self.login.authentication,
            "GOLDREEL_MSSQL_TRUST_SERVER_CERTIFICATE": str(self.login.trust_certificate).lower(),
            "GOLDREEL_MSSQL_SCHEMA": self.build_schema,
            "GOLDREEL_THREADS": str(self._threads),
        }

    def loss(self, message: str) -> GoldreelError | None:
        return no_room(message, self.location) or (lost(message, self.location) if is_lost(message) else None)

    def missing_right(self, schema: str) -> str:
        # What a login may not read does not stand in the catalogue that it sees.
        ((may,),) = self.execute(
            "select case when has_perms_by_name(db_name(), 'DATABASE', 'SELECT') = 1 "
            "or has_perms_by_name(?, 'SCHEMA', 'SELECT') = 1 then 1 else 0 end",
            [tsql.quoted(schema)],
        ).rows
        return "" if may else f"SELECT on schema {schema} for {self.login.who}"

    def nobody_writes(self) -> bool:
        return not self.has_writer()

    def is_transient(self, message: str) -> bool:
        return is_transient(message)

    def check_may_forget(self) -> None:
        sqlserver_erasing.check_may_forget(self)

    def stored_tables(self) -> list[StoredTable]:
        return sqlserver_erasing.stored_tables(self)

    def literal(self, text: str) -> str:
        return tsql.literal(text)

    def quoted(self, name: str) -> str:
        return tsql.quoted(name)

    def leave_no_traces(self) -> str:
        return sqlserver_erasing.leave_no_traces(self)

    def published_versions(self) -> list[int]:
        return sorted(kept_versions(self))

    def publish(
        self,
        version: int,
        tables: Sequence[tuple[str, str]],
        about: pa.Table,
        rows: Mapping[tuple[str, str], str],
        since: Since | None = None,
    ) -> None:
        self._readers.publish(built_in(tables), about)

    def republish(self, version: int) -> None:
        self._readers.show(kept_versions(self)[version])

    def _become_the_writer(self) -> None:
        """Take the lock that lets one process load, build or publish at a time; it goes with the connection."""
        if self._takes_the_lock(0):
            return
        if self._lock_timeout:
            seconds = f"{self._lock_timeout:g} s"
            print(f"The warehouse is in use by another goldreel process; waiting up to {seconds} …", file=sys.stderr)
        if not self._lock_timeout or not self._takes_the_lock(self._lock_timeout):
            raise WarehouseInUse(
                f"The warehouse is in use by another goldreel process; gave up after {self._lock_timeout:g} s.",
                where=self.location,
                remedy="wait for that process to end, or set GOLDREEL_LOCK_TIMEOUT to wait longer",
            )

    def has_writer(self) -> bool:
        if not self._takes_the_lock(0):
            return True
        self.execute("exec sp_releaseapplock @Resource = ?, @LockOwner = 'Session'", [self._lock])
        return False

    @property
    def _lock(self) -> str:
        return f"goldreel writes to {self.login.settings.database}"

    def _takes_the_lock(self, seconds: float) -> bool:
        take = (
            "set nocount on; declare @answer int; exec @answer = sp_getapplock @Resource = ?, "
            "@LockMode = 'Exclusive', @LockOwner = 'Session', @LockTimeout = ?; select @answer"
        )
        (answer,) = self.execute(take, [self._lock, int(seconds * 1000)]).rows[0]
        return bool(answer >= 0)

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
                where=f"{self.location}, user {self.login.who}",
                remedy=f"grant {' and '.join(needed)} in the database, or let an administrator run "
                "sql/sqlserver/roles.sql and add the login to the role goldreel_builder",
            ) from None
