"""The embedded warehouse: one DuckDB file, one writing process."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from stat import S_ISDIR
from types import TracebackType
from typing import Any, Self

import duckdb
import pyarrow as pa

from goldreel.engines.base import ColumnType, Engine, RefusedRow, Result, Since, Statement, Table, missing_columns
from goldreel.engines.copied_ahead import CopiedAhead
from goldreel.engines.duckdb_copies import OLDEST_STORAGE_VERSION, ReadersCopy, of_version
from goldreel.engines.duckdb_faults import a_folder_stands_there, cannot_be_opened, fault_of
from goldreel.engines.duckdb_rewriting import stored_tables, take_the_place, write_anew
from goldreel.engines.erasing import StoredTable
from goldreel.engines.published_files import PublishedFiles
from goldreel.engines.shared import (
    Connected,
    declared,
    first_line,
    full_name,
    in_double_quotes,
    in_single_quotes,
    names_of,
    statement_in,
)
from goldreel.errors import GoldreelError, RightMissing, UsageError, WarehouseInUse, WarehouseMissing
from goldreel.limits import part_of_memory
from goldreel.os_faults import reason_of

_TYPES: dict[ColumnType, str] = {
    "text": "varchar",
    "key": "varchar",
    "document": "varchar",
    "bigint": "bigint",
    "number": "double",
    "timestamp": "timestamp",
}
_STORED = {"_source_record": " using compression zstd"}
"""Columns whose way of being stored DuckDB need not look for: finding it takes longer than writing them."""

OLDEST_READER = "0.10.3"
"""The oldest DuckDB that is known to read them (tests/readers)."""

_RETRY_SECONDS = 0.2
_ROWS_AT_ONCE = 100_000
_HELD = re.compile(
    r'Could not set lock on file "[^"]*": (Conflicting lock is held in (?P<who>.+?\(PID \d+\))|Conflicting lock'
    r"|Resource temporarily unavailable)"
)


class DuckDBEngine(Connected[duckdb.DuckDBPyConnection]):
    """See `goldreel.engines.base.Engine`.

    The connection stays open from the first statement to the last, dbt's share included (dbt connects within
    this process), so that no other process can come between load, build and publish.
    """

    name = "duckdb"
    title = "DuckDB"
    adds_what_is_new = True
    kept_schema = "staging"
    default_schema = build_schema = "main"
    files = None
    has_transactions = True
    text_limits: Mapping[ColumnType, int] = {}
    errors: tuple[type[Exception], ...] = (duckdb.Error,)

    def __init__(
        self,
        file: Path,
        *,
        memory_limit: str,
        threads: int,
        lock_timeout: float,
        published: PublishedFiles | None = None,
        create: bool = True,
        read_only: bool = False,
        location: str = "",
    ) -> None:
        self.location = location or str(file)
        self.home = file.parent
        self._create = create
        self._read_only = read_only
        self._file = file
        self._published = published
        self._memory_limit = memory_limit
        self._threads = threads
        self._lock_timeout = lock_timeout
        self._ahead: CopiedAhead | None = None

    def __enter__(self) -> Self:
        try:
            if self._create:
                self._file.parent.mkdir(parents=True, exist_ok=True)
            state = self._file.stat() if self._file.exists() else None
        except OSError as error:
            kind, doing = (UsageError, "written") if self._create else (RightMissing, "looked at")
            raise kind(
                f"The warehouse cannot be {doing}: {reason_of(error)}.",
                where=str(error.filename or self._file.absolute()),
                remedy="set GOLDREEL_HOME to a folder that you may write to",
            ) from None
        if state is None and not self._create:
            raise WarehouseMissing(
                "There is no warehouse yet.", str(self._file), "`goldreel run FOLDER` makes one from a delivery"
            )
        if state is not None and S_ISDIR(state.st_mode):
            raise a_folder_stands_there(self._file)
        self._connection = self._open()
        return self

    def _open(self) -> duckdb.DuckDBPyConnection:
        connection = self._connect()
        try:
            for name, value in self._session_settings().items():
                connection.execute(f"set {name} = '{value}'")
        except duckdb.Error as error:
            raise cannot_be_opened(error, self._file, published=self._is_published) from error
        return connection

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._ahead is not None:
            self._ahead.give_up()
        try:
            super().__exit__(kind, error, traceback)
        finally:
            fault = (
                fault_of(error, self._file, published=self._is_published) if isinstance(error, duckdb.Error) else None
            )
            if fault is not None:
                raise fault from error

    @property
    def _is_published(self) -> bool:
        return self._published is None

    def create_missing(self, tables: Sequence[Table]) -> None:
        for table in tables:
            kinds = zip(table.columns, declared(table, in_double_quotes, _TYPES), strict=True)
            columns = ", ".join(f"{kind}{_STORED.get(column.name, '')}" for column, kind in kinds)
            self.connection.execute(f'create schema if not exists "{table.schema}"')
            full = full_name(table, in_double_quotes)
            self.connection.execute(f"create table if not exists {full} ({columns})")
            present = self.connection.execute(f"describe {full}").fetchall()
            for column in missing_columns(table, [name for name, *_ in present]):
                kind = _TYPES[column.type]
                self.connection.execute(f"alter table {full} add column {in_double_quotes(column.name)} {kind}")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self.connection.begin()
        try:
            yield
        except BaseException:
            self.connection.rollback()
            raise
        self.connection.commit()

    def append(self, table: Table, rows: pa.RecordBatchReader) -> list[RefusedRow]:
        names = names_of(table, in_double_quotes)
        self.connection.register("appended_rows", rows)
        try:
            self.connection.execute(
                f"insert into {full_name(table, in_double_quotes)} ({names}) select {names} from appended_rows"
            )
        finally:
            self.connection.unregister("appended_rows")
        return []

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Result:
        cursor = self.connection.execute(sql, list(parameters))
        columns = tuple(column[0] for column in cursor.description or ())
        return Result(columns, cursor.fetchall() if columns else [])

    def results(self, statement: str) -> Iterator[Result]:
        (parsed,) = self.connection.extract_statements(statement)
        result = self.execute(statement)
        is_query = parsed.expected_result_type == [duckdb.ExpectedResultType.QUERY_RESULT]
        if result.columns and (is_query or result.columns != ("Count",)):  # others tell how many rows they changed
            yield result

    def statements(self, script: str) -> list[Statement]:
        try:
            texts = [statement.query.strip() for statement in self.connection.extract_statements(script)]
        except duckdb.Error as error:
            raise GoldreelError(f"The SQL cannot be parsed: {error}", remedy="correct it; nothing was run") from error
        statements: list[Statement | None] = []
        position = 0
        for text in texts:
            start = max(script.find(text, position), position)
            position = start + len(text)
            statements.append(statement_in(script, start, position))
        return list(filter(None, statements))

    def read(self, schema: str, name: str) -> pa.Table:
        return self.connection.sql(f'from "{schema}"."{name}"').to_arrow_table()

    def batches(self, schema: str, name: str) -> pa.RecordBatchReader:
        return self.connection.cursor().sql(f'from "{schema}"."{name}"').to_arrow_reader(_ROWS_AT_ONCE)

    def tables(self, schema: str) -> list[str]:
        found = self.connection.execute(
            "select table_name from information_schema.tables "
            "where table_catalog = current_database() and table_schema = ? order by table_name",
            [schema],
        )
        return [name for (name,) in found.fetchall()]

    def describe(self) -> str:
        if self._read_only:
            raise UsageError(
                "The warehouse may be read here, but not written.",
                where=str(self._file.absolute()),
                remedy="let the user who runs goldreel write it; to read what is published, no right to it is needed",
            )
        return f"{self._file.stat().st_size / 1e6:,.0f} MB, not in use"

    def has_writer(self) -> bool:
        return False  # else it could not have been opened

    def set_aside(self, tables: Mapping[str, str]) -> None:
        there = self.tables("staging")
        with self.transaction():
            for name, kept in tables.items():
                if name in there:
                    self.execute(f"drop table if exists staging.{kept}")
                    self.execute(f"alter table staging.{name} rename to {kept}")

    def next_build_schema(self) -> str:
        return self.build_schema

    def prepare_build(self, kept: Collection[str] = ()) -> None:
        """Readers open files of their own: a build may take place in `main`."""

    def loss(self, message: str) -> GoldreelError | None:
        return fault_of(message, self._file, published=self._is_published)

    def missing_right(self, schema: str) -> str:
        return ""

    def nobody_writes(self) -> bool:
        return True  # who writes keeps all others out

    def is_transient(self, message: str) -> bool:
        return False

    def prepare_publication(self) -> None:
        self._ahead = self._readers.copy_ahead()

    def published_versions(self) -> list[int]:
        return self._readers.versions()

    def publish(
        self,
        version: int,
        tables: Sequence[tuple[str, str]],
        about: pa.Table,
        rows: Mapping[tuple[str, str], str],
        since: Since | None = None,
    ) -> None:
        copy = ReadersCopy(self.connection, tables, about, rows)
        try:
            with self._readers.new_version(version, self._ahead) as draft:
                if since is None or not self._is_brought_up_to_date(copy, since, draft):
                    copy.write(draft)
        except duckdb.Error as error:
            fault = fault_of(error, self._file)
            raise fault or error from error

    def republish(self, version: int) -> None:
        self._readers.make_current(version)

    def check_may_forget(self) -> None:
        """Who may write the file may."""

    def stored_tables(self) -> list[StoredTable]:
        return stored_tables(self.connection)

    def counts(self, table: StoredTable, conditions: Sequence[str], values: Sequence[str]) -> list[int]:
        """One after the other: most are told by the least and the greatest text of a row group, or by dictionaries."""
        return [self.execute(f"select count(*) from {table} where {each}", values).rows[0][0] for each in conditions]

    def literal(self, text: str) -> str:
        return in_single_quotes(text)

    def quoted(self, name: str) -> str:
        return in_double_quotes(name)

    def copies(self) -> Iterator[tuple[int, AbstractContextManager[Engine]]]:
        for version in self._readers.versions():
            yield version, self._apart(self._readers.file(version), read_only=True)

    def database_files(self) -> list[Path]:
        versions = [self._readers.file(version) for version in self._readers.versions()]
        return [self._file, *versions, self._readers.current]

    def clean_copy(self, version: int, clean: Callable[[Engine], None], since: Since | None = None) -> None:
        def write(copy: Path, draft: Path) -> None:
            with self._apart(copy) as opened:
                clean(opened)
                if since is None or not self._is_brought_up_to_date(of_version(opened.connection), since, draft):
                    write_anew(opened.connection, draft, OLDEST_STORAGE_VERSION)

        self._readers.replace(version, write)

    def _is_brought_up_to_date(self, copy: ReadersCopy, since: Since, draft: Path) -> bool:
        """Whether the draft was made of an earlier version; tells why not where that one is damaged, say."""
        try:
            return self._readers.copy(since.version, draft, self._ahead) and copy.bring_up_to_date(since, draft)
        except duckdb.Error as error:
            what = f"Version {since.version} could not be brought up to date, all is written anew"
            print(f"{what}: {first_line(error)}", file=sys.stderr)
            return False

    @contextmanager
    def _apart(self, file: Path, *, read_only: bool = False) -> Iterator[DuckDBEngine]:
        """Another file of this process; as long as it is open, they share the memory."""
        here, there = (part_of_memory(self._memory_limit, part) for part in (0.25, 0.75))
        self.connection.execute(f"set memory_limit = '{here}'")
        try:
            with DuckDBEngine(
                file,
                memory_limit=there,
                threads=self._threads,
                lock_timeout=self._lock_timeout,
                create=False,
                read_only=read_only,
            ) as opened:
                yield opened
        finally:
            self.connection.execute(f"set memory_limit = '{self._memory_limit}'")

    def leave_no_traces(self) -> str:
        draft = self._file.with_name(f".{self._file.name}.anew")
        write_anew(self.connection, draft)
        self._connection = take_the_place(self.connection, draft, self._file, self._open)
        return ""

    @property
    def _readers(self) -> PublishedFiles:
        if self._published is None:
            raise RuntimeError("what is published cannot publish")
        return self._published

    def dbt_environment(self) -> dict[str, str]:
        return {
            "GOLDREEL_DUCKDB_FILE": str(self._file.absolute()),
            "GOLDREEL_THREADS": str(self._threads),
            "GOLDREEL_MEMORY_LIMIT": self._memory_limit,
        }

    def _session_settings(self) -> dict[str, object]:
        return {
            "memory_limit": self._memory_limit,
            "threads": self._threads,
            "preserve_insertion_order": "false",  # the order of rows carries no meaning; keeping it costs memory
        }

    def _connect(self) -> duckdb.DuckDBPyConnection:
        """Open the file, waiting while another process holds it."""
        deadline = time.monotonic() + self._lock_timeout
        told = False
        while True:
            try:
                return duckdb.connect(str(self._file.absolute()), read_only=self._read_only)
            except duckdb.Error as error:
                held = _HELD.search(str(error))
                fault = None if held else fault_of(error, self._file, published=self._is_published)
                if isinstance(fault, RightMissing) and not (self._create or self._read_only):
                    self._read_only = True  # who may only read it can look
                    continue
                if held is None:
                    raise fault or cannot_be_opened(error, self._file, published=self._is_published) from error
                who = held["who"] or "another process"
                if time.monotonic() >= deadline:
                    raise WarehouseInUse(
                        f"The warehouse is in use by {who}; gave up after {self._lock_timeout:g} s.",
                        where=str(self._file),
                        remedy="wait for that process to end, or set GOLDREEL_LOCK_TIMEOUT to wait longer; "
                        "to read while a build runs, open the published version",
                    ) from None
                if not told:
                    print(
                        f"The warehouse is in use by {who}; waiting up to {self._lock_timeout:g} s …",
                        file=sys.stderr,
                    )
                    told = True
                time.sleep(_RETRY_SECONDS)
