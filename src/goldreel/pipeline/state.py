"""What steps ask of the warehouse before they go on."""

from __future__ import annotations

from datetime import datetime

from goldreel.build_log import Build
from goldreel.engines import Engine
from goldreel.errors import BuildOvertaken, UsageError
from goldreel.loading.contract import LOADS


def refuse_overtaken(engine: Engine, last: Build | None, build_id: int, *, with_loads: bool) -> Build:
    """With loads: gold, and the account in it, must be of the same bronze as the silver that it is built on."""
    if last is None or last.build_id != build_id:
        by = "another build"
    elif with_loads and (loaded := last_load(engine)) is not None and loaded > last.started_at:
        by = "new data in bronze"
    else:
        return last
    raise BuildOvertaken(
        f"Build {build_id} was overtaken by {by}.",
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


def last_load(engine: Engine) -> datetime | None:
    """When the last load ended, if there was any; the ledger must be there."""
    ended: datetime | None = engine.execute(f"select max(finished_at) from {LOADS}").rows[0][0]
    return ended
