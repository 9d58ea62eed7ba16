"""Copies of what goldreel keeps for good, where the readers of a build find them."""

from __future__ import annotations

from dataclasses import replace

from goldreel.engines import Engine
from goldreel.engines.base import Table


def copy_for_readers(engine: Engine, table: Table, schema: str) -> None:
    """Copy a table to where a build is.

    The build may be published already, and what shows the copy to readers be in use: it is filled anew, never dropped.
    """
    copy = replace(table, schema=schema)
    engine.create_missing([copy])
    engine.delete_rows(copy.schema, copy.name, "1 = 1")
    rows = engine.read(table.schema, table.name).select(table.arrow_schema.names)  # each engine has its own order
    engine.append(copy, rows.cast(table.arrow_schema).to_reader())
