"""The databases that can hold the warehouse."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from goldreel.config import Settings
from goldreel.engines.base import Engine
from goldreel.engines.duckdb import DuckDBEngine
from goldreel.engines.published_files import PublishedFiles
from goldreel.errors import GoldreelError, NothingPublished, RightMissing, UsageError
from goldreel.os_faults import reason_of

__all__ = ["Engine", "Purpose", "open_engine", "open_published", "scratch_warehouse"]

Purpose = Literal["write", "script", "look"]


def open_engine(settings: Settings, purpose: Purpose = "write") -> Engine:
    """The engine that the settings name, not yet connected: use it in a `with` statement.

    Args:
        purpose: `write`: to load, build or publish, alone, waiting for others for as long as the settings say;
            `script`: to run someone's SQL; `look`: to see what is there, without creating it or waiting for it.
    """
    try:
        if settings.engine == "sqlserver":
            from goldreel.engines.sqlserver import SQLServerEngine

            return SQLServerEngine(settings, purpose)
        if settings.engine == "spark":
            from goldreel.engines.spark import SparkEngine

            return SparkEngine(settings, purpose)
    except ImportError as error:
        raise UsageError(
            f"What the engine {settings.engine} needs is not installed: {error}.",
            where=sys.executable,
            remedy=f"install goldreel with its extra: pip install 'goldreel[{settings.engine}]'",
        ) from None
    return DuckDBEngine(
        settings.warehouse_file,
        memory_limit=settings.duckdb_memory_limit,
        threads=settings.threads,
        lock_timeout=0.0 if purpose == "look" else settings.lock_timeout,
        published=PublishedFiles(settings.published, settings.keep_versions),
        create=purpose != "look",
    )


@contextmanager
def scratch_warehouse(settings: Settings) -> Iterator[Settings]:
    """A warehouse of its own that is gone afterwards; the one that others work with is not touched.

    Args:
        settings: with a home that nothing else uses. On SQL Server it is a database beside the one of the settings; a
            Spark server has one warehouse, and there must be nothing of goldreel's in it yet.

    Yields:
        The settings that name it.

    Raises:
        UsageError: it cannot be made.
    """
    if settings.engine == "sqlserver":
        from goldreel.engines.sqlserver_connection import scratch_database

        with scratch_database(settings):
            yield settings
    elif settings.engine == "spark":
        from goldreel.engines.spark import scratch_schemas

        with scratch_schemas(settings):
            yield settings
    else:
        yield settings


def open_published(settings: Settings) -> Engine:
    """What is published, to read from; see `open_engine`.

    Raises:
        NothingPublished: readers have nothing to read yet.
    """
    if settings.engine != "duckdb":
        return open_engine(settings, "look")
    current = PublishedFiles(settings.published, settings.keep_versions).current
    try:
        is_there = current.exists()
    except OSError as error:
        raise RightMissing(
            f"What is published cannot be looked at: {reason_of(error)}.",
            where=str(settings.published),
            remedy="let the user who reads it open the folders on the way there",
        ) from None
    if not is_there and current.is_symlink():
        raise GoldreelError(
            f"The version that readers should open is gone: {current.readlink()}.",
            where=str(current),
            remedy="`goldreel publish --version N` shows another one that is kept, `goldreel run` publishes anew",
        )
    if not is_there:
        raise NothingPublished("Nothing is published yet.", str(settings.published), "run `goldreel run FOLDER` first")
    return DuckDBEngine(
        current.resolve(),
        memory_limit=settings.duckdb_memory_limit,
        threads=settings.threads,
        lock_timeout=settings.lock_timeout,
        read_only=True,
        location=str(current),
    )
