"""Why published numbers are what they are: asks what is published, and hands it to the arithmetic of `why`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from goldreel.build_log import Build
from goldreel.engines import Engine
from goldreel.engines.base import Result
from goldreel.errors import ChangesNotKept, UsageError
from goldreel.explanations import published_numbers
from goldreel.explanations.change_sets import dimension_parts, dimensions_of, moves_between, records_of_cause
from goldreel.why.kpis import CAUSES, KPIS, Kpi
from goldreel.why.parts import Explained, Moves, State, explain, state_before


@dataclass(frozen=True)
class Explanation:
    """How numbers came from one build to another.

    Attributes:
        from_build: None: from before the first build, where everything is empty.
        by: of every number that is a sum, the parts by value of the dimension that was asked for, the largest first.
    """

    from_build: int | None
    to_build: int
    numbers: tuple[Explained, ...]
    by: dict[str, dict[str, float]] = field(default_factory=dict)


def kpi_named(name: str) -> Kpi:
    """The number of a name.

    Raises:
        UsageError: there is none; names those that there are.
    """
    for kpi in KPIS:
        if kpi.name == name:
            return kpi
    raise UsageError(
        f"There is no number {name!r} to explain.",
        where="goldreel why",
        remedy=f"choose one of: {', '.join(kpi.name for kpi in KPIS)}",
    )


def explain_builds(
    engine: Engine,
    kpis: Sequence[Kpi] = KPIS,
    from_build: int | None = None,
    to_build: int | None = None,
    by: str | None = None,
) -> Explanation:
    """Explain how published numbers came from one build to another.

    Args:
        engine: opened on what is published.
        from_build: None: the build that was published before `to_build`, if there is one; 0: from before the first.
        to_build: None: the build that is published.
        by: also the parts by a dimension, of the numbers that have it.

    Raises:
        ChangesNotKept: the changes between the builds are not kept any more.
        UsageError: a build or dimension that is not there.
    """
    schema = engine.default_schema
    first, last, current = _chosen_builds(engine, schema, from_build, to_build)
    numbers = _explain(engine, schema, kpis, first, last, current)
    parts = {
        kpi.name: dimension_parts(engine, schema, kpi.name, by, first, last)
        for kpi in kpis
        if by and by in dimensions_of(kpi.name)
    }
    if by and not parts:
        raise UsageError(
            f"{kpis[0].name} cannot be told apart by {by}." if len(kpis) == 1 else f"There is no dimension {by}.",
            where="--by",
            remedy=f"choose one of: {', '.join(dimensions_of(kpis[0].name)) or 'none, it is no sum over records'}",
        )
    return Explanation(first or None, last, tuple(numbers), parts)


def records_behind(
    engine: Engine, kpi: Kpi, cause: str, from_build: int | None = None, to_build: int | None = None
) -> Result:
    """The records whose changes of one cause moved a number, with file and row. Builds as in `explain_builds`."""
    if cause not in CAUSES:
        raise UsageError(f"There is no cause {cause!r}.", "--records", f"choose one of: {', '.join(CAUSES)}")
    schema = engine.default_schema
    first, last, _ = _chosen_builds(engine, schema, from_build, to_build)
    return records_of_cause(engine, schema, kpi, cause, first, last)


def record_numbers(engine: Engine, build: Build, version: int, published_at: datetime) -> list[Explained]:
    """Keep the numbers of a build that is about to be published, and why they changed since the version before.

    Returns:
        The numbers and their parts; none where the changes since then are not kept record by record.
    """
    schema = build.schema_name
    if not engine.has_table(schema, "changed_records"):
        return []  # not made by all models: nothing is known of what changed
    published_numbers.prepare(engine)
    before = published_numbers.last_published(engine)
    from_build = before.build_id if before else 0
    try:
        _check_kept(engine, schema, from_build)
        explained = _explain(engine, schema, KPIS, from_build, build.build_id, build.build_id)
        known = explained
    except ChangesNotKept:
        explained, known, before = [], explain(state_of(engine, schema), Moves()), None
    published_numbers.keep_numbers(engine, build, version, published_at, known, before)
    published_numbers.show_numbers(engine, schema)
    return explained


def _explain(
    engine: Engine, schema: str, kpis: Sequence[Kpi], from_build: int, to_build: int, current: int
) -> list[Explained]:
    changes = f"{schema}.changed_records"
    after = state_of(engine, schema)
    if to_build != current:
        after = state_before(after, moves_between(engine, changes, to_build, current))
    moves = moves_between(engine, changes, from_build, to_build)
    before = state_before(after, moves)
    if not from_build:
        if any(round(value, 6) for value in before.sums.values()):
            raise _not_kept(0)
        before = State()  # exactly, whatever rounding left
    return explain(before, moves, kpis)


def _chosen_builds(engine: Engine, schema: str, from_build: int | None, to_build: int | None) -> tuple[int, int, int]:
    """The builds that are meant, the earlier one first, and the one that is published."""
    current = engine.execute(f"select build_id from {schema}.publication").rows[0][0]
    published = published_numbers.published_builds(engine)
    changed = {row[0] for row in engine.execute(f"select distinct build_id from {schema}.change_totals").rows}
    last = current if to_build is None else to_build
    first = max((build for build in published if build < last), default=0) if from_build is None else from_build
    for build in (first, last):
        if build not in {0, current, *published, *changed}:
            raise UsageError(
                f"There is no build {build} in what is published, or it changed nothing.",
                where="goldreel why",
                remedy="`goldreel why total_watch_hours --history` lists the published builds",
            )
    if first >= last:
        raise UsageError(
            f"Build {first} is not earlier than build {last}.", "goldreel why", "give the earlier one as --from"
        )
    _check_kept(engine, schema, first)
    return first, last, current


def _check_kept(engine: Engine, schema: str, from_build: int) -> None:
    """Every build after one that changed anything must have its changes still."""
    changed, kept = (
        {row[0] for row in engine.execute(f"select distinct build_id from {schema}.{table}").rows}
        for table in ("change_totals", "changed_records")
    )
    gone = [build for build in changed - kept if build > from_build]
    if gone:
        raise _not_kept(max(gone))


def _not_kept(build: int) -> ChangesNotKept:
    return ChangesNotKept(
        f"The changes of build {build} are not kept record by record."
        if build
        else "The changes of the first builds are not kept: an earlier version of goldreel made them.",
        where="goldreel why",
        remedy="compare later builds, or see `goldreel why KPI --history` (GOLDREEL_KEEP_CHANGES: how many are kept)",
    )


def state_of(engine: Engine, schema: str) -> State:
    """What the numbers of the build in a schema rest on."""
    summary = engine.execute(
        "select active_users_100h_plus, total_users, total_content_catalog, total_viewing_sessions, total_watch_hours "
        f"from {schema}.gold_executive_summary"
    )
    active, hours = engine.execute(
        f"select count(*), coalesce(sum(total_watch_time_hours), 0) from {schema}.silver_users"
    ).rows[0]
    views = engine.execute(f"select content_id, total_views from {schema}.gold_content_performance").rows
    watched = engine.execute(f"select content_id, 60 * watch_hours from {schema}.gold_content_lifecycle").rows
    return State(
        dict(zip(summary.columns, summary.rows[0], strict=True)), int(active), float(hours), dict(views), dict(watched)
    )
