"""Changes of rows in tables whose format knows none, or not by such a condition: the table is written anew.

Plain files are written beside the table, and take its place. The new table stands whole in the metastore before the old
one goes, so whoever finds it alone puts it in its place: what was cut off is either done or as it was.
"""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import SparkSession

from goldreel.engines.spark_types import quoted

_NEW = "__amended"


def rewrite(
    session: SparkSession, schema: str, name: str, where: str, values: Mapping[str, str] | None, *, in_place: bool
) -> None:
    """Set columns of the rows for which a condition holds; without `values`: leave these rows out.

    Args:
        in_place: the format lets a table be written over from itself, in one step.
    """
    finish_rewriting(session, schema, name)
    old, new = f"{schema}.{name}", f"{schema}.{name}{_NEW}"
    if not session.sql(f"select 1 from {old} where {where} limit 1").collect():
        return
    columns = session.catalog.listColumns(old)
    if values is None:
        rows = f"select * from {old} where not coalesce({where}, false)"
    else:
        told = (
            f"case when {where} then {values[each.name]} else {quoted(each.name)} end as {quoted(each.name)}"
            if each.name in values
            else quoted(each.name)
            for each in columns
        )
        rows = f"select {', '.join(told)} from {old}"
    if in_place:
        session.sql(f"insert overwrite table {old} {rows}")
        return
    partitions = [quoted(each.name) for each in columns if each.isPartition]
    by = f"partitioned by ({', '.join(partitions)}) " if partitions else ""
    session.sql(f"create table {new} using parquet {by}as {rows}")
    session.sql(f"drop table {old}")
    finish_rewriting(session, schema, name)


def finish_rewriting(session: SparkSession, schema: str, name: str) -> None:
    """Bring to its end what was cut off."""
    old, new = f"{schema}.{name}", f"{schema}.{name}{_NEW}"
    if not session.catalog.tableExists(new):
        return
    if session.catalog.tableExists(old):
        session.sql(f"drop table {new}")
    else:
        session.sql(f"alter table {new} rename to {old}")
