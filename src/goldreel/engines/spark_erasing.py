"""Spark's tables without traces of rows that were deleted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from pyspark.errors import PySparkException
from pyspark.sql import SparkSession
from pyspark.sql.types import StringType

from goldreel.engines.erasing import StoredTable, made_by_models
from goldreel.engines.shared import BUILD_SCHEMAS

_AGE_CHECKED = "spark.databricks.delta.retentionDurationCheck.enabled"
_LISTING_TASKS = "spark.sql.sources.parallelPartitionDiscovery.parallelism"


def stored_tables(session: SparkSession, kept: str) -> list[StoredTable]:
    """The tables of goldreel's schemas, and those of the plain scripts in `default`, whose others are not ours."""
    found = []
    for schema in ("bronze", "ops", "staging", kept, *BUILD_SCHEMAS, "default"):
        if not session.catalog.databaseExists(schema):
            continue
        for table in session.catalog.listTables(schema):
            is_ours = schema != "default" or table.name in made_by_models()
            if is_ours and not table.isTemporary and table.tableType != "VIEW":
                fields = session.table(f"{schema}.{table.name}").schema.fields
                texts = tuple(field.name for field in fields if isinstance(field.dataType, StringType))
                found.append(StoredTable(schema, table.name, tuple(field.name for field in fields), texts))
    return sorted(found, key=str)


def leave_no_traces(session: SparkSession, kept: str) -> str:
    """Delete the files that tables had before: Delta Lake keeps them for queries of the past.

    Rows that are only marked as deleted (by deletion vectors) are taken out of their files first.
    """
    # VACUUM lists each table's files in so many tasks, by default in 10,000 of them
    tasks = session.conf.get("spark.sql.shuffle.partitions") or "200"
    try:
        with _set(session, {_AGE_CHECKED: "false", _LISTING_TASKS: tasks}):
            for table in stored_tables(session, kept):
                session.sql(f"reorg table {table} apply (purge)")
                session.sql(f"vacuum {table} retain 0 hours")
    except PySparkException as error:
        said = str(error).strip().splitlines()[0][:200]
        return f"files that tables had before could not be deleted (reorg … apply (purge), vacuum …): {said}"
    return ""


@contextmanager
def _set(session: SparkSession, values: Mapping[str, str]) -> Iterator[None]:
    before = {name: session.conf.get(name, None) for name in values}
    for name, value in values.items():
        session.conf.set(name, value)
    try:
        yield
    finally:
        for name, was in before.items():
            if was is None:
                session.conf.unset(name)
            else:
                session.conf.set(name, was)
