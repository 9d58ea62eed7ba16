"""Checks whether this machine can run goldreel, and says what to do where it cannot."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import NamedTuple

from goldreel.config import Settings, dbt_project
from goldreel.engines import open_engine, requirements
from goldreel.errors import GoldreelError, WarehouseMissing
from goldreel.publish import current_publication
from goldreel.sources import configured

_LOW_DISK_BYTES = 2_000_000_000


class Check(NamedTuple):
    """One thing looked at; `detail` says what was found, or what to do."""

    name: str
    ok: bool
    detail: str


def examine(settings: Settings) -> list[Check]:
    """Look at everything that a run needs. Changes nothing."""
    checks: list[tuple[str, Callable[[Settings], str]]] = [
        ("Python", _python),
        ("packages", _packages),
        *requirements.programs(settings).items(),
        ("dbt project", _dbt_project),
        ("GOLDREEL_SOURCE", _sources),
        ("GOLDREEL_HOME", _home),
        ("free disk", _disk),
        ("warehouse", _warehouse),
        ("published", _published),
        ("resources", _resources),
    ]
    results = []
    for name, check in checks:
        try:
            results.append(Check(name, True, check(settings)))
        except GoldreelError as error:
            results.append(Check(name, False, str(error)))
        except Exception as error:  # the other checks are still worth looking at
            results.append(Check(name, False, f"failed unexpectedly: {type(error).__name__}: {error}"))
    return results


def _python(settings: Settings) -> str:
    return f"{sys.version.split()[0]} at {sys.executable}"


def _packages(settings: Settings) -> str:
    names = ["goldreel", "duckdb", "dbt-core", "dbt-duckdb", "pyarrow", *requirements.PACKAGES[settings.engine]]
    try:
        return ", ".join(f"{name} {version(name)}" for name in names)
    except PackageNotFoundError as error:
        raise GoldreelError(
            f"The package {error.name} is missing.",
            sys.executable,
            f"install goldreel with its extra: pip install 'goldreel[{settings.engine}]'",
        ) from None


def _dbt_project(settings: Settings) -> str:
    return str(dbt_project())


def _sources(settings: Settings) -> str:
    found = configured(settings)
    return ", ".join(source.name for source in found) or "none: sources are those in a delivery, and --source"


def _home(settings: Settings) -> str:
    home = settings.home.absolute()
    existing = next(path for path in (home, *home.parents) if path.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        raise GoldreelError(
            "The folder cannot be written.",
            str(existing),
            "set GOLDREEL_HOME to a folder that you may write to",
        )
    return f"{home} ({'there' if home.exists() else 'will be created'})"


def _disk(settings: Settings) -> str:
    home = settings.home.absolute()
    free = shutil.disk_usage(next(path for path in (home, *home.parents) if path.exists())).free
    if free < _LOW_DISK_BYTES:
        raise GoldreelError(
            f"Only {free / 1e9:.1f} GB are free.", str(home), "free some room, or set GOLDREEL_HOME elsewhere"
        )
    return f"{free / 1e9:.0f} GB"


def _warehouse(settings: Settings) -> str:
    try:
        with open_engine(settings, "look") as engine:
            return f"{engine.location}, {engine.describe()}"
    except WarehouseMissing:
        return "none yet; the first run creates it"


def _published(settings: Settings) -> str:
    publication = current_publication(settings)
    return f"version {publication.version}" if publication else "nothing yet"


def _resources(settings: Settings) -> str:
    return f"{settings.threads} threads, {settings.duckdb_memory_limit} of memory for DuckDB or a local Spark"
