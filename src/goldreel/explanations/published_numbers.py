"""What every number was in every published version, and the parts of its changes: kept for good, in `ops`.

Written just before a version is handed over, and copied to where the build is, so that readers of that version find it
there. What was written for a version that then could not be published is swept before the next one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from goldreel.build_log import BUILDS, Build
from goldreel.engines import Engine
from goldreel.engines.base import Column, Table
from goldreel.for_readers import copy_for_readers
from goldreel.why.kpis import CAUSES, Kpi
from goldreel.why.parts import Explained, Part

NUMBERS = Table(
    "ops",
    "published_numbers",
    (
        Column("version", "bigint"),
        Column("build_id", "bigint"),
        Column("published_at", "timestamp"),
        Column("kpi", "text"),
        Column("value", "number"),
    ),
    load_column="version",
)
PARTS = Table(
    "ops",
    "published_parts",
    (
        Column("version", "bigint"),
        Column("kpi", "text"),
        Column("cause", "text"),
        Column("part", "number"),
        Column("records", "bigint"),
    ),
    load_column="version",
)


@dataclass(frozen=True)
class PublishedNumber:
    """What a number was in a published version, and the parts of its change since the version before."""

    version: int
    build_id: int
    published_at: datetime
    value: float | None
    parts: tuple[Part, ...]


def keep_numbers(
    engine: Engine,
    build: Build,
    version: int,
    at: datetime,
    explained: Sequence[Explained],
    before: Published | None,
) -> None:
    """Keep the numbers of a version that is about to be published, and the parts of their changes.

    Args:
        at: when it is published.
        before: the version that the changes begin from; None: there is none, or the changes since are not known.
    """
    rows = [_number(Published(version, build.build_id, at), each.kpi, each.after) for each in explained]
    if before and not engine.execute(f"select 1 from {NUMBERS} where version = {before.version}").rows:
        # published by a goldreel that did not keep numbers yet
        rows += [_number(before, each.kpi, each.before) for each in explained]
    parts = [
        {"version": version, "kpi": each.kpi.name, "cause": part.cause, "part": part.part, "records": part.records}
        for each in explained
        for part in each.parts
    ]
    for table, found in ((NUMBERS, rows), (PARTS, parts)):
        if found:
            engine.append(table, table.of_rows(found))


def show_numbers(engine: Engine, schema: str) -> None:
    """Copy what is kept to where a build is, for its readers."""
    for table in (NUMBERS, PARTS):
        copy_for_readers(engine, table, schema)


def prepare(engine: Engine) -> None:
    """Create the tables where they are missing, and sweep what was kept of versions that were not published."""
    engine.create_missing([NUMBERS, PARTS])
    engine.keep_loads([NUMBERS, PARTS], f"select published_version from {BUILDS} where published_version is not null")


class Published(NamedTuple):
    """A version, its build, and when it was published."""

    version: int
    build_id: int
    at: datetime


def last_published(engine: Engine) -> Published | None:
    """The version that was published last, if there is one; `at` is when its build ended."""
    found = engine.execute(
        f"select published_version, build_id, max(finished_at) from {BUILDS} where published_version = "
        f"(select max(published_version) from {BUILDS}) group by published_version, build_id"
    ).rows
    return Published(*found[0]) if found else None


def _number(published: Published, kpi: Kpi, value: float | None) -> dict[str, Any]:
    return {
        "version": published.version,
        "build_id": published.build_id,
        "published_at": published.at,
        "kpi": kpi.name,
        "value": value,
    }


def history(engine: Engine, kpi: Kpi) -> list[PublishedNumber]:
    """What a number was in every version that was ever published, the first one first.

    Args:
        engine: opened on what is published.
    """
    schema = engine.default_schema
    order = list(CAUSES)
    parts: dict[int, list[Part]] = {}
    for version, cause, part, records in engine.execute(
        f"select version, cause, part, records from {schema}.{PARTS.name} where kpi = ?", [kpi.name]
    ).rows:
        parts.setdefault(version, []).append(Part(cause, part, records))
    found = engine.execute(
        f"select version, build_id, published_at, value from {schema}.{NUMBERS.name} where kpi = ? order by version",
        [kpi.name],
    )
    return [
        PublishedNumber(
            version, build, at, value, tuple(sorted(parts.get(version, []), key=lambda part: order.index(part.cause)))
        )
        for version, build, at, value in found.rows
    ]


def published_builds(engine: Engine) -> set[int]:
    """The builds that were ever published, as far as their numbers are kept.

    Args:
        engine: opened on what is published.
    """
    found = engine.execute(f"select distinct build_id from {engine.default_schema}.{NUMBERS.name}")
    return {build for (build,) in found.rows}
