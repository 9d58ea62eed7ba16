"""Tables written anew: without rows, or with other values, where their format cannot change them by such a condition.

The new table is written beside the old one, and takes its place. It stands whole in the metastore before the old one
goes, so whoever finds it alone puts it in its place: what was cut off is either done or as it was.
"""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import SparkSession

from goldreel.engines.spark_types import quoted

_NEW = "__amended"


def rewrite(
    session: SparkSession, table_format: str, schema: str, name: str, where: str, values: Mapping[str, str] | None
) -> None:
    """Set columns of the rows for which a condition holds; without `values`: leave these rows out."""
    finish_rewriting(session, schema, name)
    table = f"{schema}.{name}"
    if not session.sql(f"select 1 from {table} where {where} limit 1").collect():
        return
    if values is None:
        make_anew(session, table_format, schema, name, f"select * from {table} where not coalesce({where}, false)")
        return
    told = (
        f"case when {where} then {values[column]} else {quoted(column)} end as {quoted(column)}"
        if column in values
        else quoted(column)
        for column in session.table(table).columns
    )
    make_anew(session, table_format, schema, name, f"select {', '.join(told)} from {table}")


def make_anew(session: SparkSession, table_format: str, schema: str, name: str, rows: str = "") -> None:
    """Write a table anew, as a query of itself gives it, or as it is; nothing is left of its files and its history."""
    old, new = f"{schema}.{name}", f"{schema}.{name}{_NEW}"
    partitions = [quoted(each.name) for each in session.catalog.listColumns(old) if each.isPartition]
    by = f"partitioned by ({', '.join(partitions)}) " if partitions else ""
    session.sql(f"create table {new} using {table_format} {by}as {rows or f'select * from {old}'}")
    session.sql(f"drop table {old}")
    finish_rewriting(session, schema, name)


def unfinished(name: str) -> str:
    """The table that was to be written anew, if this is the one that is to take its place; else nothing."""
    return name.removesuffix(_NEW) if name.endswith(_NEW) else ""


def finish_rewriting(session: SparkSession, schema: str, name: str) -> None:
    """Bring to its end what was cut off."""
    old, new = f"{schema}.{name}", f"{schema}.{name}{_NEW}"
    if not session.catalog.tableExists(new):
        return
    if session.catalog.tableExists(old):
        session.sql(f"drop table {new}")
    else:
        session.sql(f"alter table {new} rename to {old}")
