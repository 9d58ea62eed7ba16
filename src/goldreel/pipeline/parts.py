"""Builds whose models are built in parts, by others; Airflow's tasks say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from goldreel.basis import left_by
from goldreel.build_log import (
    Build,
    advance_build,
    finish_build,
    interrupt_build,
    last_build,
    last_part,
    take_up,
)
from goldreel.changes import sweep_changes_of
from goldreel.config import Settings
from goldreel.engines import Engine, open_engine
from goldreel.errors import GoldreelError, NothingDue
from goldreel.loading import ledger
from goldreel.loading.contract import ENTITIES
from goldreel.pipeline.due import Due, what_is_due
from goldreel.pipeline.state import begin, make_anew, nothing_loaded, prepare_warehouse, refuse_overtaken
from goldreel.sources import with_thresholds_of_sources
from goldreel.transform import BuildResult


def begin_build(settings: Settings, as_of: date, *, only_due: bool = False) -> Build:
    """Begin a build whose models are built in parts, by others (see `open_build` and `end_part`).

    Args:
        only_due: begin none that is not due: when the last build has all that is in bronze, whether it passed or
            failed; when its tested silver waits for its gold, which comes first, so that deliveries without pause do
            not keep all of them from being published.

    Raises:
        NothingDue: none is due; says why.
        UsageError: nothing was loaded yet.
    """
    with open_engine(settings) as engine:
        prepare_warehouse(engine)
        if not ledger.last_load_id(engine):
            raise nothing_loaded(engine)
        due = what_is_due(engine)
        if only_due and not due.silver:
            raise NothingDue(f"{due.gold} That comes first." if due.gold else due.idle, where=engine.location)
        return begin(engine, with_thresholds_of_sources(engine, settings), as_of)


def take_up_build(settings: Settings, as_of: date | None = None, *, only_due: bool = False) -> Build:
    """The build begun last, of which all parts but the final one have passed, to build that one.

    Args:
        as_of: the day that the final part counts to; None: the day that the build was begun with.
        only_due: take up none whose gold failed, or came to nothing too often.

    Raises:
        NothingDue: it is published already, or not due; says why.
        GoldreelError: no build stands ready.
    """
    with open_engine(settings) as engine:
        last = last_build(engine)
        if last is not None:
            _refuse_published(engine, last)
        ready = last and last_part(engine, last)
        found = f"build {last.build_id} is {last.status}" if last else "nothing was built yet"
        due = what_is_due(engine) if only_due and last else Due()
        if only_due and not due.gold:
            why = " ".join(filter(None, [f"No tested silver waits for its gold: {found}.", due.silver or due.idle]))
            raise NothingDue(why, where=engine.location)
        if last is None or ready is None:
            raise GoldreelError(
                f"There is no tested silver layer to build gold from: {found}.",
                where=engine.location,
                remedy="build silver first (trigger dag_3_data_transformer_bronze), or use `goldreel run`",
            )
        return take_up(engine, ready._replace(as_of=as_of.isoformat()) if as_of else ready)


def _refuse_published(engine: Engine, build: Build) -> None:
    if build.published_version is not None:
        raise NothingDue(f"Build {build.build_id} is published already.", where=engine.location)


@contextmanager
def open_build(settings: Settings, build_id: int, *, final: bool) -> Iterator[tuple[Engine, Build]]:
    """The warehouse, to build a part of a build that was begun, and how that build stands.

    Raises:
        BuildOvertaken: another build began since.
        NothingDue: it is published, and stays as it is.
    """
    with open_engine(settings) as engine:
        last = refuse_overtaken(engine, last_build(engine), build_id)
        _refuse_published(engine, last)
        yield engine, make_ready(engine, settings, last_part(engine, last) or last, final=final)


def make_ready(engine: Engine, settings: Settings, build: Build, *, final: bool) -> Build:
    """See that a part can be made that was perhaps made before, and failed, or was broken off.

    The changes that it found are taken out. The final part counts again what it had begun to count; an earlier one had
    begun to change what the build stands on, and makes everything in full.
    """
    engine.build_schema = build.schema_name
    sweep_changes_of(engine, build)
    if not final and build.built_on is not None and _has_judged(engine):
        return make_anew(engine, settings, build)
    return build


def _has_judged(engine: Engine) -> bool:
    """Whether a build that judges what is new has begun to: there are records that it sets aside first."""
    there = engine.tables(engine.kept_schema)
    return any(f"before_{entity.name}" in there for entity in ENTITIES)


def end_part(engine: Engine, settings: Settings, build: Build, result: BuildResult, *, final: bool) -> Build:
    """Note what became of a part of a build; a build ends with its final part, or with the first one that fails.

    A part that nothing failed in but the server's passing state, or that ended before it was done, is made again.
    """
    if result.passed and not final:
        return advance_build(engine, build, result)
    if result.passed:
        build = left_by(engine, with_thresholds_of_sources(engine, settings), build)
    if result.passed or result.lacks_tests or any(not engine.is_transient(node.message) for node in result.failed):
        return finish_build(engine, build, result)
    return build if build.has_tested_silver else interrupt_build(engine, build)
