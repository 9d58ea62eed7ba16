"""Spark's tables without traces of rows that were deleted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pyspark.errors import PySparkException
from pyspark.sql import SparkSession
from pyspark.sql.types import StringType

from goldreel.engines.erasing import StoredTable, made_by_models
from goldreel.engines.shared import BUILD_SCHEMAS

_CHECK = "spark.databricks.delta.retentionDurationCheck.enabled"


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
    try:
        with _any_age(session):
            for table in stored_tables(session, kept):
                session.sql(f"reorg table {table} apply (purge)")
                session.sql(f"vacuum {table} retain 0 hours")
    except PySparkException as error:
        said = str(error).strip().splitlines()[0][:200]
        return f"files that tables had before could not be deleted (reorg … apply (purge), vacuum …): {said}"
    return ""


@contextmanager
def _any_age(session: SparkSession) -> Iterator[None]:
    before = session.conf.get(_CHECK, None)
    session.conf.set(_CHECK, "false")
    try:
        yield
    finally:
        if before is None:
            session.conf.unset(_CHECK)
        else:
            session.conf.set(_CHECK, before)
