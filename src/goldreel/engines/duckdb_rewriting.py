"""Database files without what was deleted from them: free blocks keep the bytes of rows that are long gone."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import duckdb

from goldreel.engines.erasing import StoredTable
from goldreel.engines.shared import in_single_quotes

_NEW = "written_anew"


def stored_tables(connection: duckdb.DuckDBPyConnection) -> list[StoredTable]:
    """All tables of a database."""
    found = connection.execute(
        "select schema_name, table_name, list(column_name order by column_index), "
        "list(data_type order by column_index) from duckdb_columns() join duckdb_tables() "
        "using (database_name, schema_name, table_name) where database_name = current_database() "
        "group by all order by all"
    ).fetchall()
    return [
        StoredTable(
            schema,
            name,
            tuple(columns),
            tuple(column for column, kind in zip(columns, types, strict=True) if kind == "VARCHAR"),
        )
        for schema, name, columns, types in found
    ]


def write_anew(connection: duckdb.DuckDBPyConnection, draft: Path, storage_version: str = "") -> None:
    """Copy all that is in a database into a new file, and see that it is on the disk."""
    for leftover in (draft, draft.with_name(f"{draft.name}.wal")):
        leftover.unlink(missing_ok=True)
    (here,) = connection.execute("select current_database()").fetchone() or ("",)
    options = f" (storage_version '{storage_version}')" if storage_version else ""
    connection.execute(f"attach {in_single_quotes(str(draft))} as {_NEW}{options}")
    try:
        connection.execute(f'copy from database "{here}" to {_NEW}')
        connection.execute(f"checkpoint {_NEW}")
    finally:
        connection.execute(f"detach {_NEW}")
    _sync(draft)


def take_the_place(
    connection: duckdb.DuckDBPyConnection, draft: Path, file: Path, open_again: Callable[[], duckdb.DuckDBPyConnection]
) -> duckdb.DuckDBPyConnection:
    """Let a new file take the place of the one that is open; nobody else can write to either in between.

    Whoever is killed leaves the old file or the new one, whole.
    """
    connection.execute("checkpoint")  # no log is left that belongs to the old file, and would be read with the new one
    with duckdb.connect(str(draft)):  # holds the new file's lock until the old one is closed
        draft.replace(file)
        _sync(file.parent)
        connection.close()
    return open_again()


def _sync(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
