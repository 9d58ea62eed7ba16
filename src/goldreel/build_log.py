"""The log of builds, in `ops.builds`: what was built when, and whether its tests passed.

The row is written before a build touches anything, as `running`: a build that was killed stays so, and what it left in
the warehouse can be told from a build that passed.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

import pyarrow as pa

from goldreel.engines.base import Column, Engine, Table
from goldreel.loading.ledger import now
from goldreel.transform import BuildResult

BUILDS = Table(
    "ops",
    "builds",
    (
        Column("build_id", "bigint"),
        Column("started_at", "timestamp"),
        Column("finished_at", "timestamp"),
        Column("as_of", "text"),
        Column("status", "text"),
        Column("models_built", "bigint"),
        Column("tests_passed", "bigint"),
        Column("tests_failed", "bigint"),
        Column("failures", "document"),
        Column("schema_name", "text"),
        Column("published_version", "bigint"),
    ),
)


class Build(NamedTuple):
    """A row of `ops.builds`. Status is `running`, `passed` or `failed`.

    Attributes:
        failures: names of what failed.
        schema_name: where silver and gold were built.
        published_version: as which version it was published last.
    """

    build_id: int
    started_at: datetime
    finished_at: datetime | None
    as_of: str
    status: str
    models_built: int
    tests_passed: int
    tests_failed: int
    failures: str
    schema_name: str
    published_version: int | None = None


def start_build(engine: Engine, as_of: date) -> Build:
    """Note that a build begins, in the engine's `build_schema`."""
    engine.create_missing([BUILDS])
    build_id = int(engine.execute(f"select coalesce(max(build_id), 0) + 1 from {BUILDS}").rows[0][0])
    build = Build(build_id, now(), None, as_of.isoformat(), "running", 0, 0, 0, "", engine.build_schema)
    engine.append(BUILDS, pa.Table.from_pylist([build._asdict()], schema=BUILDS.arrow_schema).to_reader())
    return build


def finish_build(engine: Engine, build: Build, result: BuildResult) -> Build:
    """Note how a build ended."""
    finished = build._replace(
        finished_at=now(),
        status="passed" if result.passed else "failed",
        models_built=result.count("model", "passed", "warned"),
        tests_passed=result.count("test", "passed", "warned"),
        tests_failed=result.count("test", "failed"),
        failures=", ".join(node.name for node in result.failed),
    )
    engine.execute(
        f"update {BUILDS} set finished_at = ?, status = ?, models_built = ?, tests_passed = ?, tests_failed = ?, "
        "failures = ? where build_id = ?",
        [*finished[2:3], *finished[4:9], build.build_id],
    )
    return finished


def last_build(engine: Engine) -> Build | None:
    """The build that began last, if there is one."""
    if not engine.has_table(BUILDS.schema, BUILDS.name):
        return None
    found = engine.execute(
        f"select {', '.join(Build._fields)} from {BUILDS} where build_id = (select max(build_id) from {BUILDS})"
    )
    return Build(*found.rows[0]) if found.rows else None


def next_version(engine: Engine) -> int:
    """A number that no published version ever had."""
    logged = engine.execute(f"select coalesce(max(published_version), 0) from {BUILDS}").rows[0][0]
    return int(max([logged, *engine.published_versions()])) + 1


def record_publication(engine: Engine, build: Build, version: int) -> None:
    """Note as which version a build was published."""
    engine.execute(f"update {BUILDS} set published_version = ? where build_id = ?", [version, build.build_id])
