"""Spark's tables without traces of rows that were deleted."""

from __future__ import annotations

from pyspark.sql import SparkSession
from pyspark.sql.types import StringType

from goldreel.engines.erasing import StoredTable, made_by_models
from goldreel.engines.shared import BUILD_SCHEMAS
from goldreel.engines.spark_rewriting import finish_rewriting, make_anew, unfinished


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


def leave_no_traces(session: SparkSession, table_format: str, kept: str) -> None:
    """Write every table of a format with a history anew, and drop it as it was.

    VACUUM would not do: Delta Lake's log, which it leaves alone, has the least and the greatest text of each column.
    """
    for table in stored_tables(session, kept):
        if name := unfinished(table.name):
            finish_rewriting(session, table.schema, name)
    for table in stored_tables(session, kept):
        make_anew(session, table_format, table.schema, table.name)
