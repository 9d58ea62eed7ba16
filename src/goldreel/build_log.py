"""The log of builds, in `ops.build_log`: what was built when, and whether its tests passed.

The log only grows. An entry says how a build stands; of the entries about one build the last one holds. The first is
written before the build touches anything, as `running`: a build that was killed stays so, and what it left in the
warehouse can be told from a build that passed.
"""

from __future__ import annotations

from datetime import date, datetime
from itertools import takewhile
from typing import NamedTuple

from goldreel.engines.base import Column, Engine, Table
from goldreel.loading.ledger import last_amendment, last_load_id, now
from goldreel.processes import is_gone
from goldreel.transform import BuildResult

BUILDS = Table(
    "ops",
    "build_log",
    (
        Column("entry", "bigint"),
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
        Column("seen_load_id", "bigint"),
        Column("process", "text"),
        Column("built_on", "bigint"),
        Column("built_load_id", "bigint"),
        Column("why_in_full", "document"),
        Column("made_of", "document"),
        Column("data_through", "text"),
        Column("seen_amendment", "bigint"),
        Column("last_turn", "bigint"),
    ),
)


class Build(NamedTuple):
    """A row of `ops.build_log`.

    Status is `running` (or its process was killed: nobody wrote how it ended), `passed`, `failed`, or `interrupted`:
    ended by something else than a model or test.

    Attributes:
        entry: numbers the rows in the order in which they were written.
        failures: names of what failed.
        schema_name: where silver and gold were built.
        published_version: as which version it was published last.
        seen_load_id: the last load that was in bronze when it began; it is made of that one and those before it. None
            where an earlier goldreel did not note it: of all that was there.
        process: which process builds it, from beginning to end (see `goldreel.processes`). None when several do.
        built_on: the build whose tables it took, to judge only what came since; None where it was made in full.
        built_load_id: the last load that is in those.
        why_in_full: why it takes nothing from the build before.
        made_of: what its tables rest on besides its loads; the next build stands on them only where that still holds
            (`goldreel.basis`). None unless it passed.
        data_through: the last day in silver when it passed, YYYY-MM-DD.
        seen_amendment: the last amendment of loads (`bronze.amendments`) that was there when it began.
        last_turn: where builds take turns in schemas: the build that was the last one in its schema, of which it takes
            the tables of sessions, to change what changed since. None where it makes them anew.
    """

    entry: int
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
    seen_load_id: int | None = None
    process: str | None = None
    built_on: int | None = None
    built_load_id: int | None = None
    why_in_full: str | None = None
    made_of: str | None = None
    data_through: str | None = None
    seen_amendment: int | None = None
    last_turn: int | None = None

    @property
    def has_tested_silver(self) -> bool:
        """Whether it is built in parts, and all of them but the final one have passed."""
        return self.status == "running" and self.models_built > 0

    @property
    def came_to_nothing(self) -> bool:
        """Whether none of its parts has passed and none has failed; of one that is at work, that is so for now."""
        return self.status == "interrupted" or (self.status == "running" and not self.models_built)

    @property
    def dbt_environment(self) -> dict[str, str]:
        """What dbt must be told of the build: of which loads it is made, and what of them was built before.

        See `dbt/macros/seen_loads.sql`, `dbt/macros/what_is_new.sql` and `dbt/macros/cross_engine/turns.sql`.
        """
        told = {
            "GOLDREEL_SEEN_LOAD_ID": self.seen_load_id,
            "GOLDREEL_BUILT_LOAD_ID": self.built_load_id,
            "GOLDREEL_LAST_TURN": self.last_turn,
        }
        return {name: "" if number is None else str(number) for name, number in told.items()}

    def where_seen(self) -> str:
        """Limits a query of a table with `load_id` to the loads that it is made of."""
        return "" if self.seen_load_id is None else f"where load_id <= {self.seen_load_id}"


def start_build(
    engine: Engine,
    as_of: date,
    process: str | None = None,
    on: Build | None = None,
    why_in_full: str = "",
    last_turn: int | None = None,
) -> Build:
    """Note that a build of all that is in bronze now begins, in the engine's `build_schema`.

    Args:
        process: which one builds it; None: several, part by part.
        on: the build whose tables it takes, to judge only what came since; None: it is made in full, and why.
        last_turn: see `Build`.
    """
    engine.create_missing([BUILDS])
    build_id = int(engine.execute(f"select coalesce(max(build_id), 0) + 1 from {BUILDS}").rows[0][0])
    begun = Build(0, build_id, now(), None, as_of.isoformat(), "running", 0, 0, 0, "", engine.build_schema)
    begun = begun._replace(seen_load_id=last_load_id(engine), seen_amendment=last_amendment(engine), process=process)
    if on is None:
        return _note(engine, begun._replace(why_in_full=why_in_full))
    return _note(engine, begun._replace(built_on=on.build_id, built_load_id=on.seen_load_id, last_turn=last_turn))


def advance_build(engine: Engine, build: Build, result: BuildResult) -> Build:
    """Note that a part of a build is done, all of it passed: the rest can be built on it."""
    return _note(engine, _counted(build, result))


def finish_build(engine: Engine, build: Build, result: BuildResult) -> Build:
    """Note how a build ended, or the last part of it."""
    finished = _counted(build, result)._replace(
        finished_at=now(),
        status="passed" if result.passed else "failed",
        failures=", ".join([node.name for node in result.failed] + _missing(result)),
    )
    return _note(engine, finished)


def _missing(result: BuildResult) -> list[str]:
    return [f"{result.tests_missing} of {result.tests_of_project} tests did not run"] if result.tests_missing else []


def interrupt_build(engine: Engine, build: Build) -> Build:
    """Note that a build ended before it passed or failed, by nothing that is wrong with it: it can be made again."""
    return _note(engine, build._replace(finished_at=now(), status="interrupted"))


def take_up(engine: Engine, build: Build) -> Build:
    """Note that someone begins with the rest of a build, of which a part has passed."""
    return _note(engine, build)


def _counted(build: Build, result: BuildResult) -> Build:
    return build._replace(
        models_built=build.models_built + result.count("model", "passed", "warned"),
        tests_passed=build.tests_passed + result.count("test", "passed", "warned"),
        tests_failed=result.count("test", "failed"),
    )


def last_build(engine: Engine) -> Build | None:
    """The build that began last, if there is one."""
    return _last_entry(engine)


def last_part(engine: Engine, build: Build) -> Build | None:
    """How a build stood when its last part but the final one had passed; none when it was not built in parts."""
    return _last_entry(engine, f"and build_id = {build.build_id} and status = 'running' and models_built > 0")


def times_taken_up(engine: Engine, build: Build) -> int:
    """How often someone began with the rest of a build that is built in parts."""
    states = f"from {BUILDS} where build_id = {build.build_id} and status = 'running' and models_built > 0"
    return max(0, int(engine.execute(f"select count(*) {states}").rows[0][0]) - 1)


def times_in_vain(engine: Engine, build: Build) -> int:
    """How many builds of the same loads, up to this one, came to nothing one after the other."""
    entries = engine.execute(
        f"select build_id, status, models_built from {BUILDS} where seen_load_id = {build.seen_load_id} order by entry"
    ).rows
    stands = {build_id: build._replace(status=status, models_built=models) for build_id, status, models in entries}
    return len(list(takewhile(lambda each: each.came_to_nothing, reversed(stands.values()))))


def _last_entry(engine: Engine, condition: str = "") -> Build | None:
    if not engine.has_table(BUILDS.schema, BUILDS.name):
        return None
    found = engine.execute(
        f"select * from {BUILDS} where build_id = (select max(build_id) from {BUILDS}) {condition} order by entry desc"
    )
    if not found.rows:
        return None
    entry = dict(zip(found.columns, found.rows[0], strict=True))  # an earlier goldreel's log lacks the later columns
    return Build(**{name: entry[name] for name in Build._fields if name in entry})


def was_interrupted(engine: Engine, build: Build) -> bool:
    """Whether a build came to no end, and never will: the process that made it is gone."""
    if build.status != "running" or build.process is None:
        return False
    return engine.nobody_writes() or is_gone(build.process)


def next_version(engine: Engine) -> int:
    """A number that no published version ever had."""
    logged = engine.execute(f"select coalesce(max(published_version), 0) from {BUILDS}").rows[0][0]
    return int(max([logged, *engine.published_versions()])) + 1


def record_publication(engine: Engine, build: Build, version: int) -> None:
    """Note as which version a build was published."""
    _note(engine, build._replace(published_version=version))


def _note(engine: Engine, build: Build) -> Build:
    """Write the next entry, into a log that an earlier goldreel may have made."""
    engine.create_missing([BUILDS])
    last = engine.execute(f"select coalesce(max(entry), 0) from {BUILDS}").rows[0][0]
    noted = build._replace(entry=int(last) + 1)
    engine.append(BUILDS, BUILDS.of_rows([noted._asdict()]))
    return noted
