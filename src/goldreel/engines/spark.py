"""The warehouse beyond one machine: tables of files that Spark reads and writes.

Builds take turns between two schemas, `build_a` and `build_b`; what readers see in `default` are views on the one that
was published last. Spark has no transactions: a load is a partition of its own that the ledger makes visible, the log
of builds only grows, and a build starts in a schema that was made anew.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
from pyspark.errors import AnalysisException, PySparkException
from pyspark.sql import DataFrame, SparkSession

from goldreel.config import Settings
from goldreel.engines import spark_erasing, spark_session
from goldreel.engines.base import ColumnType, RefusedRow, Result, Since, Statement, Table, missing_columns
from goldreel.engines.erasing import StoredTable, WithoutCopies
from goldreel.engines.shared import BUILD_SCHEMAS, built_in, declared, first_line, kept_versions, next_turn, update_of
from goldreel.engines.spark_files import SparkFiles
from goldreel.engines.spark_rewriting import finish_rewriting, rewrite
from goldreel.engines.spark_types import TYPES, literal, quoted, statements, with_values
from goldreel.errors import GoldreelError, UsageError

_ROWS_AT_ONCE = 500_000  # that pass through this process
_ROWS_IN_ONE_FILE = 50_000
_TASKS_OF_LOADS = 8  # that write loads which pass through this process


class SparkEngine(WithoutCopies):
    """See `goldreel.engines.base.Engine`."""

    name = "spark"
    title = "Spark"
    default_schema = "default"
    kept_schema = "kept"  # apart from staging, which a build in full drops with all that lies in its folder
    has_transactions = False
    text_limits: Mapping[ColumnType, int] = {}
    errors: tuple[type[Exception], ...] = (PySparkException,)

    def __init__(self, settings: Settings, purpose: str) -> None:
        self._settings = settings
        self.adds_what_is_new = self._has_row_deletes
        self.home = settings.home
        self._is_writer = purpose == "write"
        self._timeout = 0.0 if purpose == "look" else settings.lock_timeout
        self._session: SparkSession | None = None
        self.build_schema = ""
        self.location = settings.spark_server or str(settings.spark_home)
        self.files = SparkFiles(lambda: self.session, self._replace_load, self._replace_loads)

    def __enter__(self) -> Self:
        self._session = spark_session.acquire(self._settings, create=self._is_writer, timeout=self._timeout)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._session is not None:
            self._session = None
            spark_session.release()
        if error is not None and not isinstance(error, GoldreelError):
            lost = self.loss(f"{type(error).__name__}: {error}")
            if lost is not None:
                raise lost from error

    @property
    def session(self) -> SparkSession:
        if self._session is None:
            raise RuntimeError("the engine is used outside its `with` statement")
        return self._session

    @property
    def _has_row_deletes(self) -> bool:
        return self._settings.spark_table_format != "parquet"

    def create_missing(self, tables: Sequence[Table]) -> None:
        for table in tables:
            columns = ", ".join(declared(table, quoted, TYPES))
            self.execute(f"create schema if not exists {table.schema}")
            finish_rewriting(self.session, table.schema, table.name)
            self.execute(
                f"create table if not exists {table} ({columns}) using {self._settings.spark_table_format}"
                + (f" partitioned by ({quoted(table.load_column)})" if table.load_column else "")
            )
            missing = missing_columns(table, self.session.table(str(table)).columns)
            if missing:
                added = ", ".join(f"{quoted(column.name)} {TYPES[column.type]}" for column in missing)
                self.execute(f"alter table {table} add columns ({added})")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        yield

    def append(self, table: Table, rows: pa.RecordBatchReader) -> list[RefusedRow]:
        held: list[pa.RecordBatch] = []
        for batch in rows:
            held.append(batch)
            if sum(each.num_rows for each in held) >= _ROWS_AT_ONCE:
                self._in_place(table, pa.Table.from_batches(held)).write.insertInto(str(table))
                held = []
        if held:
            self._in_place(table, pa.Table.from_batches(held)).write.insertInto(str(table))
        return []

    def _in_place(self, table: Table, rows: pa.Table) -> DataFrame:
        """Rows in the order of the table's columns: those that were added later stand behind all others.

        A few rows are written by one task, in one file: all of them are there, or none is.
        """
        frame = self._frame(rows).select(*self.session.table(str(table)).columns)
        return frame.coalesce(1) if rows.num_rows <= _ROWS_IN_ONE_FILE and not table.load_column else frame

    def _frame(self, rows: pa.Table) -> DataFrame:
        return self.session.createDataFrame(rows)

    def _replace_load(self, table: Table, load_id: int, rows: DataFrame) -> int:
        """Write rows (the table's columns without the load column, in order) as one load, in place of what is there."""
        rows.createOrReplaceTempView("goldreel_load")
        try:
            self.execute(
                f"insert overwrite table {table} partition ({quoted(table.load_column)} = {load_id}) "
                "select * from goldreel_load"
            )
        finally:
            self.session.catalog.dropTempView("goldreel_load")
        self.session.catalog.refreshTable(str(table))  # Spark may remember files that stood in this place before
        return int(self.execute(f"select count(*) from {table} where {table.load_column} = {load_id}").rows[0][0])

    def _replace_loads(self, table: Table, rows: Sequence[pa.Table]) -> None:
        """Write rows, each table of them one load, in place of what is there. Loads that have none stay as they are."""
        frame = self._in_place(table, pa.concat_tables(_in_pieces(rows)))
        if self._has_row_deletes:  # such a table has nothing but what was written whole, and that was swept
            frame.write.insertInto(str(table))
            return
        overwriting = "spark.sql.sources.partitionOverwriteMode"
        before = self.session.conf.get(overwriting)
        frame.createOrReplaceTempView("goldreel_loads")
        self.session.conf.set(overwriting, "dynamic")  # only those partitions that the rows are of
        try:
            columns = f"{table} partition ({quoted(table.load_column)})"
            self.execute(f"insert overwrite table {columns} select * from goldreel_loads")
        finally:
            self.session.conf.set(overwriting, str(before))
            self.session.catalog.dropTempView("goldreel_loads")
        self.session.catalog.refreshTable(str(table))

    def keep_loads(self, tables: Sequence[Table], kept: str) -> None:
        loads = {row[0] for row in self.execute(kept).rows}
        for table in tables:
            for load_id in sorted(self._loads_in(table) - loads):
                part = f"{quoted(table.load_column)} = {load_id}"
                if self._has_row_deletes:
                    self.execute(f"delete from {table} where {part}")
                else:
                    self.execute(f"alter table {table} drop if exists partition ({part})")

    def change_rows(self, schema: str, name: str, where: str, values: Mapping[str, str]) -> None:
        if self._has_row_deletes and not _asks_other_tables(where):
            self.execute(update_of(f"{schema}.{name}", where, values))
        else:
            self._rewrite(schema, name, where, values)

    def delete_rows(self, schema: str, name: str, where: str) -> None:
        if self._has_row_deletes and not _asks_other_tables(where):
            self.execute(f"delete from {schema}.{name} where {where}")
        else:
            self._rewrite(schema, name, where, None)

    def _rewrite(self, schema: str, name: str, where: str, values: Mapping[str, str] | None) -> None:
        rewrite(self.session, self._settings.spark_table_format, schema, name, where, values)

    def _loads_in(self, table: Table) -> set[int]:
        if self._has_row_deletes:
            return {row[0] for row in self.execute(f"select distinct {quoted(table.load_column)} from {table}").rows}
        return {int(row[0].partition("=")[2]) for row in self.execute(f"show partitions {table}").rows}

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Result:
        return _result(self.session.sql(with_values(sql, parameters)))

    def results(self, statement: str) -> Iterator[Result]:
        result = self.execute(statement)
        if result.columns:
            yield result

    def statements(self, script: str) -> list[Statement]:
        return statements(script)

    def read(self, schema: str, name: str) -> pa.Table:
        return self.session.table(f"{schema}.{name}").toArrow()

    def batches(self, schema: str, name: str) -> pa.RecordBatchReader:
        return self.read(schema, name).to_reader()

    def has_table(self, schema: str, name: str) -> bool:
        return self.session.catalog.tableExists(f"{schema}.{name}")

    def tables(self, schema: str) -> list[str]:
        if not self.session.catalog.databaseExists(schema):
            return []
        return sorted(row[1] for row in self.execute(f"show tables in {schema}").rows if not row[2])

    def describe(self) -> str:
        return f"Spark {self.session.version}, tables as {self._settings.spark_table_format}"

    def has_writer(self) -> bool:
        return False  # else it could not have been opened

    def set_aside(self, tables: Mapping[str, str]) -> None:
        """Staging goes as a whole, and tables cannot change their schema: they are copied, and stay until all are."""
        if not set(tables) <= set(self.tables("staging")):
            return  # what was kept is whole: staging goes after it
        self.execute(f"drop schema if exists {self.kept_schema} cascade")
        self.execute(f"create schema {self.kept_schema}")
        for name, kept in tables.items():
            made = f"create table {self.kept_schema}.{kept} using {self._settings.spark_table_format}"
            self.execute(f"{made} as select * from staging.{name}")

    def drop_aside(self, names: Sequence[str]) -> None:
        for name in names:
            self.execute(f"drop table if exists {self.kept_schema}.{name}")

    def next_build_schema(self) -> str:
        return next_turn(self._published_schema())

    def prepare_build(self, kept: Collection[str] = ()) -> None:
        self.build_schema = self.next_build_schema()
        for schema in (self.build_schema, "staging"):
            if set(kept).isdisjoint(self.tables(schema)):
                # With its folder goes what a killed build left there, which Spark would refuse to write over.
                self.execute(f"drop schema if exists {schema} cascade")
                self.execute(f"create schema {schema}")
            else:
                self._drop_all_but(kept, schema)
        self.execute(f"create schema if not exists {self.kept_schema}")

    def _drop_all_but(self, kept: Collection[str], schema: str) -> None:
        views = {row[1] for row in self.execute(f"show views in {schema}").rows}
        for name in set(self.tables(schema)) - set(kept):
            self.execute(f"drop {'view' if name in views else 'table'} {schema}.{quoted(name)}")

    def dbt_environment(self) -> dict[str, str]:
        remote = self._settings.spark_remote
        return ({"SPARK_REMOTE": remote} if remote.startswith("sc://") else {}) | {
            "GOLDREEL_SPARK_SCHEMA": self.build_schema,
            "GOLDREEL_KEPT_SCHEMA": self.kept_schema,
            "GOLDREEL_SPARK_TABLE_FORMAT": self._settings.spark_table_format,
            "GOLDREEL_SPARK_PARTITION_BY_DAY": str(self._settings.spark_partition_by_day).lower(),
            "GOLDREEL_THREADS": str(2 * self._settings.threads),  # they wait for Spark most of the time
        }

    def loss(self, message: str) -> GoldreelError | None:
        return spark_session.loss(message, self.location)

    def missing_right(self, schema: str) -> str:
        return ""

    def nobody_writes(self) -> bool:
        return not self._settings.spark_remote.startswith("sc://") and not spark_session.is_submitted()

    def is_transient(self, message: str) -> bool:
        return False

    def stored_tables(self) -> list[StoredTable]:
        return spark_erasing.stored_tables(self.session, self.kept_schema)

    def literal(self, text: str) -> str:
        return literal(text, "document")

    def quoted(self, name: str) -> str:
        return quoted(name)

    def leave_no_traces(self) -> str:
        if self._has_row_deletes:
            spark_erasing.leave_no_traces(self.session, self._settings.spark_table_format, self.kept_schema)
        return ""

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
        schema = built_in(tables)
        before = self._published_schema()
        self.execute(f"drop table if exists {schema}.publication")
        self._frame(about).write.format(self._settings.spark_table_format).saveAsTable(f"{schema}.publication")
        try:
            self._point_readers_to(schema)
        except GoldreelError:
            if before != schema:  # a version exists when readers see it
                self.execute(f"drop table if exists {schema}.publication")
            raise

    def republish(self, version: int) -> None:
        self._point_readers_to(kept_versions(self)[version])

    def _published_schema(self) -> str | None:
        """The schema that readers look at."""
        if not self.has_table(self.default_schema, "publication"):
            return None
        try:
            (version,) = self.execute(f"select version from {self.default_schema}.publication").rows[0]
        except AnalysisException:
            return None  # a view on what someone has dropped
        return kept_versions(self).get(int(version))

    def _point_readers_to(self, schema: str) -> None:
        """Make the views of `default` show the tables of `schema`, one after the other, `publication` last."""
        names = self.tables(schema)
        for name in sorted(names, key=lambda name: (name == "publication", name)):
            columns = ", ".join(quoted(column) for column in self.session.table(f"{schema}.{name}").columns)
            view = f"{self.default_schema}.{name}"
            try:
                self.execute(f"create or replace view {view} as select {columns} from {schema}.{name}")
            except PySparkException as error:
                raise GoldreelError(
                    f"The build could not be published: {first_line(error)}",
                    where=f"{self.location}, {view}",
                    remedy="move away what has that name, and run `goldreel publish`",
                ) from error


def _asks_other_tables(condition: str) -> bool:
    """Which Delta Lake's DELETE and UPDATE cannot."""
    return "(select " in condition


def _in_pieces(rows: Sequence[pa.Table]) -> Iterator[pa.Table]:
    """Tables joined to some that are about as large, each of which one task writes."""
    size = -(-len(rows) // _TASKS_OF_LOADS)
    for start in range(0, len(rows), size):
        yield pa.concat_tables(rows[start : start + size]).combine_chunks()


def _result(frame: DataFrame) -> Result:
    columns = tuple(frame.columns)
    return Result(columns, [tuple(row) for row in frame.collect()] if columns else [])


@contextmanager
def scratch_schemas(settings: Settings) -> Iterator[None]:
    """Let a warehouse be made that is gone afterwards.

    Raises:
        UsageError: there is one already.
    """
    engine = SparkEngine(settings, "write")
    with engine:  # it stays open, so that Spark begins and ends once
        if any(engine.tables(schema) for schema in (*BUILD_SCHEMAS, "bronze", "ops")):
            raise UsageError(
                "There is a warehouse already where one is to be made and removed again.",
                where=engine.location,
                remedy="name a Spark server without one in GOLDREEL_SPARK_REMOTE, or none for a local Spark",
            )
        try:
            yield
        finally:
            for name in engine.tables(engine.default_schema):
                if name in engine.tables(BUILD_SCHEMAS[0]) + engine.tables(BUILD_SCHEMAS[1]):
                    engine.execute(f"drop view if exists {engine.default_schema}.{name}")
            for schema in (*BUILD_SCHEMAS, "staging", engine.kept_schema, "bronze", "ops"):
                engine.execute(f"drop schema if exists {schema} cascade")
