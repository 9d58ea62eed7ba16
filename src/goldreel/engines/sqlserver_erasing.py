"""SQL Server without traces of rows that were deleted."""

from __future__ import annotations

from goldreel.engines import tsql
from goldreel.engines.erasing import StoredTable, made_by_models
from goldreel.engines.shared import BUILD_SCHEMAS
from goldreel.engines.sqlserver_session import Session
from goldreel.errors import RightMissing

ROLE = "goldreel_eraser"
"""Who may forget people (`sql/sqlserver/roles.sql`), beside the owners of the database."""

_SCHEMAS = ("bronze", "ops", "staging", *BUILD_SCHEMAS)
_TEXTS = ("nvarchar", "varchar", "nchar", "char", "ntext", "text")


def check_may_forget(session: Session) -> None:
    """See that the login has the role for it.

    Raises:
        RightMissing: it has not.
    """
    # Administrators of the server, and whoever owns the database, are dbo in it.
    asked = f"is_rolemember('{ROLE}') = 1 or is_rolemember('db_owner') = 1 or user_name() = 'dbo'"
    ((may,),) = session.execute(f"select case when {asked} then 1 else 0 end").rows
    if not may:
        raise RightMissing(
            f"This login may not forget people: it is not in the role {ROLE}; nothing was changed.",
            where=f"{session.location}, user {session.login.who}",
            remedy=f"let an administrator run sql/sqlserver/roles.sql, and `alter role {ROLE} add member "
            f"{tsql.quoted(session.login.who)}`",
        )


def stored_tables(session: Session) -> list[StoredTable]:
    """The tables of goldreel's schemas, and those that the plain scripts make in `dbo`, whose others are not ours."""
    schemas = ", ".join(map(tsql.literal, (*_SCHEMAS, "dbo")))
    found = session.execute(
        "select c.table_schema, c.table_name, c.column_name, c.data_type from information_schema.columns as c "
        "inner join information_schema.tables as t on c.table_schema = t.table_schema and c.table_name = t.table_name "
        f"where t.table_type = 'BASE TABLE' and c.table_schema in ({schemas}) "
        "order by c.table_schema, c.table_name, c.ordinal_position"
    ).rows
    columns: dict[tuple[str, str], list[tuple[str, str]]] = {}
    ours = made_by_models()
    for schema, name, column, kind in found:
        if schema == "dbo" and name not in ours:
            continue
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
