"""Builds whose models are built in parts, by others; Airflow's tasks say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from goldreel.build_log import Build, advance_build, finish_build, last_build, last_part
from goldreel.config import Settings
from goldreel.engines import Engine, open_engine
from goldreel.errors import GoldreelError
from goldreel.loading import ledger
from goldreel.pipeline.state import begin, nothing_loaded, prepare_warehouse, refuse_overtaken
from goldreel.transform import BuildResult


def begin_build(settings: Settings, as_of: date, *, only_news: bool = False) -> Build | None:
    """Begin a build whose models are built in parts, by others (see `open_build` and `end_part`).

    Args:
        only_news: begin none when the last build already has all that is in bronze, whether it passed or failed; one
            that came to nothing (its process was killed, say) does not count.

    Returns:
        The build; None when none was begun.

    Raises:
        UsageError: nothing was loaded yet.
    """
    with open_engine(settings) as engine:
        prepare_warehouse(engine)
        loaded = ledger.last_load_id(engine)
        if not loaded:
            raise nothing_loaded(engine)
        last = last_build(engine)
        counts = last is not None and (last.status != "running" or last.models_built > 0)
        if only_news and last is not None and counts and loaded == last.seen_load_id:
            return None
        return begin(engine, settings, as_of)


def take_up_build(settings: Settings, as_of: date | None = None, build_id: int | None = None) -> Build | None:
    """The build begun last, of which all parts but the final one have passed, to build that one.

    Args:
        as_of: the day that the final part counts to; None: the day that the build was begun with.
        build_id: the build that is meant; None: whichever began last.

    Returns:
        The build; None when it is published already.

    Raises:
        BuildOvertaken: another build began since the one that is meant.
        GoldreelError: no build stands ready.
    """
    with open_engine(settings) as engine:
        last = last_build(engine)
        if last is not None and build_id is not None:
            refuse_overtaken(engine, last, build_id)
        if last is not None and last.published_version is not None:
            return None
        ready = last and last_part(engine, last)
        if last is None or ready is None:
            found = f"build {last.build_id} is {last.status}" if last else "nothing was built yet"
            raise GoldreelError(
                f"There is no tested silver layer to build gold from: {found}.",
                where=engine.location,
                remedy="build silver first (trigger dag_3_data_transformer_bronze), or use `goldreel run`",
            )
        return ready._replace(as_of=as_of.isoformat()) if as_of else ready


@contextmanager
def open_build(settings: Settings, build_id: int) -> Iterator[tuple[Engine, Build]]:
    """The warehouse, to build a part of a build that was begun, and how that build stands.

    Raises:
        BuildOvertaken: another build began since.
    """
    with open_engine(settings) as engine:
        last = refuse_overtaken(engine, last_build(engine), build_id)
        build = last_part(engine, last) or last
        engine.build_schema = build.schema_name
        yield engine, build


def end_part(engine: Engine, build: Build, result: BuildResult, *, final: bool) -> Build:
    """Note what became of a part of a build; a build ends with its final part, or with the first one that fails."""
    if result.passed and not final:
        return advance_build(engine, build, result)
    return finish_build(engine, build, result)
