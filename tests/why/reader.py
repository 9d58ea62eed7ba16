"""As much of an engine as reading takes, over a DuckDB connection."""

from __future__ import annotations

from typing import cast

import duckdb

from goldreel.engines import Engine
from goldreel.engines.base import Result


class _Reader:
    default_schema = "main"

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection

    def execute(self, sql: str) -> Result:
        found = self.connection.execute(sql)
        return Result(tuple(name for name, *_ in found.description), found.fetchall())


def reader(connection: duckdb.DuckDBPyConnection) -> Engine:
    """An engine that only reads."""
    return cast(Engine, _Reader(connection))
