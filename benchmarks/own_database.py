"""A database of a benchmark's own on the SQL Server that the settings MSSQL_… name."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from goldreel.config import load_settings
from goldreel.engines import open_engine


@contextmanager
def own_database() -> Iterator[None]:
    """Let the settings name a new database, while this lasts; it is dropped in the end.

    Raises:
        GoldreelError: the server cannot be reached, or the login may not drop databases.
    """
    before = os.environ.get("MSSQL_DATABASE")
    os.environ["MSSQL_DATABASE"] = database = f"goldreel_benchmark_{secrets.token_hex(4)}"
    try:
        yield
    finally:
        os.environ["MSSQL_DATABASE"] = "master"
        with open_engine(load_settings("sqlserver"), "script") as engine:
            engine.execute(f"drop database if exists [{database}]")
        if before is None:
            del os.environ["MSSQL_DATABASE"]
        else:
            os.environ["MSSQL_DATABASE"] = before
