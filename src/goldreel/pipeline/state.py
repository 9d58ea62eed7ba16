"""What steps ask of the warehouse before they go on."""

from __future__ import annotations

from datetime import date

from goldreel.basis import KEPT, Basis, choose_basis
from goldreel.build_log import BUILDS, Build, start_build
from goldreel.changes import prepare_comparison
from goldreel.config import Settings
from goldreel.engines import Engine
from goldreel.errors import BuildOvertaken, UsageError
from goldreel.loading import ledger
from goldreel.loading.contract import LOADS
from goldreel.pipeline.turns import TABLES_OF_SESSIONS, last_turn


def prepare_warehouse(engine: Engine) -> None:
    """Create what loads and builds need, where it is missing."""
    ledger.prepare(engine)
    engine.create_missing([BUILDS])


def begin(engine: Engine, settings: Settings, as_of: date, process: str | None = None, why_in_full: str = "") -> Build:
    """Make room for a build, set aside what it will be compared with, and note that it begins.

    Args:
        process: see `start_build`.
        why_in_full: why everything is to be made anew, whatever there is to stand on.
    """
    basis = Basis(None, why_in_full) if why_in_full else choose_basis(engine, settings)
    prepare_comparison(engine, settings.keep_changes, basis.build)
    if basis.build is None:
        engine.prepare_build()
        return start_build(engine, as_of, process, None, basis.why_in_full)
    turn = last_turn(engine, engine.next_build_schema(), basis.build)
    engine.prepare_build(KEPT if turn is None else (*KEPT, *TABLES_OF_SESSIONS))
    return start_build(engine, as_of, process, basis.build, last_turn=turn)


def make_anew(engine: Engine, settings: Settings, build: Build) -> Build:
    """Make room once more for a build that was disturbed: what it had begun to change is taken back.

    Returns:
        It, to be made in full if it was not.
    """
    prepare_comparison(engine, settings.keep_changes)
    engine.prepare_build()
    if build.built_on is None:
        return build
    why = f"build {build.build_id} was disturbed"
    return build._replace(built_on=None, built_load_id=None, last_turn=None, why_in_full=why)


def refuse_overtaken(engine: Engine, last: Build | None, build_id: int) -> Build:
    if last is not None and last.build_id == build_id:
        return last
    raise BuildOvertaken(
        f"Build {build_id} was overtaken by another build.",
        where=engine.location,
        remedy="nothing: the build that follows holds what is new",
    )


def nothing_loaded(engine: Engine) -> UsageError:
    return UsageError(
        "There is nothing to build from: nothing has been loaded yet.",
        where=engine.location,
        remedy="give a delivery: goldreel run FOLDER (`goldreel generate FOLDER` makes one to try)",
    )


def has_ledger(engine: Engine) -> bool:
    return engine.has_table(LOADS.schema, LOADS.name)
