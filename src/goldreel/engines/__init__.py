"""The databases that can hold the warehouse."""

from __future__ import annotations

from goldreel.config import Settings
from goldreel.engines.base import Engine
from goldreel.engines.duckdb import DuckDBEngine
from goldreel.errors import UsageError

__all__ = ["Engine", "open_engine", "open_published"]


def open_engine(settings: Settings, *, wait: bool = True) -> Engine:
    """The engine that the settings name, not yet connected: use it in a `with` statement.

    Args:
        wait: wait for a warehouse in use, for as long as the settings say; otherwise give up at once.
    """
    return DuckDBEngine(
        settings.warehouse_file,
        memory_limit=settings.duckdb_memory_limit,
        threads=settings.threads,
        lock_timeout=settings.lock_timeout if wait else 0.0,
    )


def open_published(settings: Settings) -> Engine:
    """What is published, to read from; see `open_engine`.

    Raises:
        UsageError: nothing was published yet.
    """
    current = settings.published / "current.duckdb"
    if not current.exists():
        raise UsageError("Nothing is published yet.", str(settings.published), "run `goldreel run FOLDER` first")
    return DuckDBEngine(
        current.resolve(),
        memory_limit=settings.duckdb_memory_limit,
        threads=settings.threads,
        lock_timeout=settings.lock_timeout,
        read_only=True,
    )
