"""What steps ask of the warehouse before they go on."""

from __future__ import annotations

from goldreel.build_log import Build
from goldreel.engines import Engine
from goldreel.errors import BuildOvertaken, UsageError
from goldreel.loading.contract import LOADS


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
