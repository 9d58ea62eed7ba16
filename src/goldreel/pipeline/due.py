"""What the warehouse asks for: which part of a build is due, told by its state alone.

Whoever is to do something asks here, whatever it was that woke him: news can be lost, come late or come twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from goldreel.build_log import Build, last_build, last_part, times_in_vain, times_taken_up
from goldreel.config import Settings
from goldreel.engines import Engine, open_engine
from goldreel.errors import WarehouseInUse, WarehouseMissing
from goldreel.load_checks import stopped_loads, ways_out
from goldreel.loading import ledger
from goldreel.loading.arrivals import Arrivals, new_files
from goldreel.pipeline.state import has_ledger

TRIES = 3
"""How often, by itself, the same is begun that comes to nothing each time: its process is killed, say."""


@dataclass(frozen=True)
class Due:
    """What is due, each with the reason in one sentence, empty when it is not.

    Attributes:
        silver: a build is to begin.
        gold: the rest of the last build is to be made, and published.
        idle: why neither is.
    """

    silver: str = ""
    gold: str = ""
    idle: str = ""


def what_is_due(engine: Engine) -> Due:
    """The ledger must be there. To ask for the silver layer of a build that is at work just now is no use."""
    loaded, amended = ledger.last_load_id(engine), ledger.last_amendment(engine)
    if not loaded:
        return Due(idle="Nothing is loaded yet.")
    last = last_build(engine)
    if last is None:
        return Due(silver=f"{_loads(1, loaded)} in bronze, and nothing was built yet.")
    if last.status == "passed" and (stopped := stopped_loads(engine, last)):
        why = f"Build {last.build_id} is not published, as load {stopped[0]} is stopped: {ways_out(stopped[0])}."
        return _of_news(last, loaded, amended, why)
    if _is_half_done(engine, last):
        if times_taken_up(engine, last) >= TRIES:
            given_up = f"The gold of build {last.build_id} was begun {TRIES} times and came to nothing each time"
            return _of_news(last, loaded, amended, f"{given_up}; trigger dag_4_silver_to_gold, or look at its logs.")
        return Due(gold=f"The silver of build {last.build_id} is tested, and its gold is not published.")
    if last.came_to_nothing:
        if last.seen_load_id == loaded and times_in_vain(engine, last) >= TRIES:
            given_up = f"{TRIES} builds of what is in bronze came to nothing, the last one is build {last.build_id}"
            return Due(idle=f"{given_up}; trigger dag_3_data_transformer_bronze, or look at its logs.")
        return Due(silver=f"Build {last.build_id} came to nothing.")
    return _of_news(last, loaded, amended, f"Build {last.build_id} has all that is in bronze.")


def _is_half_done(engine: Engine, last: Build) -> bool:
    """Whether it is built in parts, and its gold is not published, nor has failed."""
    if last.status == "passed":  # and whoever was to publish it may have been killed
        return last.published_version is None and last_part(engine, last) is not None
    return last.has_tested_silver


def _of_news(last: Build, loaded: int, amended: int, otherwise: str) -> Due:
    if last.seen_load_id is None or loaded > last.seen_load_id:
        came = _loads((last.seen_load_id or 0) + 1, loaded)
        return Due(silver=f"{came} in bronze since build {last.build_id} began.")
    if amended > (last.seen_amendment or 0):
        return Due(silver=f"Loads were withdrawn, repaired or forgotten since build {last.build_id} began.")
    return Due(idle=otherwise)


def _loads(first: int, last: int) -> str:
    return f"Load {last} is" if first == last else f"Loads {first} to {last} are"


@dataclass(frozen=True)
class Outlook:
    """What whoever looks from time to time finds.

    Attributes:
        files: those in the watched folder that were not dealt with yet.
        due: what is due of builds.
    """

    files: list[str] = field(default_factory=list)
    due: Due = field(default_factory=Due)


def look_out(settings: Settings, found: Arrivals) -> Outlook:
    """See what is due, changing nothing and waiting for no one. While someone is at work on the warehouse: nothing.

    Args:
        found: the complete files in the watched folder.
    """
    try:
        with open_engine(settings, "look") as engine:
            if engine.has_writer():
                return Outlook(due=Due(idle="The warehouse is in use."))
            due = what_is_due(engine) if has_ledger(engine) else Due(idle="Nothing is loaded yet.")
            return Outlook(new_files(engine, found), due)
    except WarehouseMissing:
        return Outlook(list(found), Due(idle="Nothing is loaded yet."))
    except WarehouseInUse as error:
        return Outlook(due=Due(idle=error.what))
