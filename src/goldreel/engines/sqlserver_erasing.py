"""SQL Server without traces of rows that were deleted."""

from __future__ import annotations

from goldreel.engines import tsql
from goldreel.engines.erasing import StoredTable
from goldreel.engines.shared import BUILD_SCHEMAS
from goldreel.engines.sqlserver_session import Session

_SCHEMAS = ("bronze", "ops", "staging", *BUILD_SCHEMAS)
_TEXTS = ("nvarchar", "varchar", "nchar", "char", "ntext", "text")


def stored_tables(session: Session) -> list[StoredTable]:
    """The tables of goldreel's schemas; what readers see in `dbo` are views on them."""
    schemas = ", ".join(map(tsql.literal, _SCHEMAS))
    found = session.execute(
        "select c.table_schema, c.table_name, c.column_name, c.data_type from information_schema.columns as c "
        "inner join information_schema.tables as t on c.table_schema = t.table_schema and c.table_name = t.table_name "
        f"where t.table_type = 'BASE TABLE' and c.table_schema in ({schemas}) "
        "order by c.table_schema, c.table_name, c.ordinal_position"
    ).rows
    columns: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for schema, name, column, kind in found:
        columns.setdefault((schema, name), []).append((column, kind))
    return [
        StoredTable(
            schema,
            name,
            tuple(column for column, _ in each),
            tuple(column for column, kind in each if kind.lower() in _TEXTS),
        )
        for (schema, name), each in columns.items()
    ]


def leave_no_traces(session: Session) -> str:
    """Rebuild what only marks rows as deleted, and overwrite what is free in the database's files."""
    try:
        for table in stored_tables(session):
            session.execute(f"alter table {tsql.quoted(table.schema)}.{tsql.quoted(table.name)} rebuild")
        session.execute("declare @name sysname = db_name(); exec sp_clean_db_free_space @dbname = @name")
    except session.errors as error:
        said = str(error).strip().splitlines()[-1][:200]
        return (
            "the server was not asked to overwrite the free space of its files, which an owner of the database can do "
            f"(alter table … rebuild, exec sp_clean_db_free_space): {said}"
        )
    return ""
