"""Files that arrive in any order, DAGs that are paused, processes that are killed: all that arrived is published.

Only for who asks, as one takes minutes (`.ci/run` asks for one): `GOLDREEL_AIRFLOW_SCHEDULES=50 make test-airflow` runs
50, of the seeds from `GOLDREEL_AIRFLOW_SCHEDULES_FIRST`; each goes on with the warehouse that the one before left. What
was seen is written to the file that `GOLDREEL_AIRFLOW_SCHEDULES_LOG` names.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import shutil
import signal
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path

import pytest

from airflow.api import Run
from airflow.world import CHAIN, DAG_3, DAG_4, LOOK, World, differences, holder_of
from goldreel import pipeline
from goldreel.config import Settings
from goldreel.generator import GeneratorOptions, generate

SCHEDULES = int(os.environ.get("GOLDREEL_AIRFLOW_SCHEDULES", "0"))
FIRST = int(os.environ.get("GOLDREEL_AIRFLOW_SCHEDULES_FIRST", "0"))
HAPPENINGS = 14


@dataclass
class Seen:
    """What happened in a schedule, and how long the last of its files took to be published.

    Attributes:
        seconds_behind_another: how much of that passed until the build at work was published, without the file.
    """

    seed: int
    happened: list[str] = field(default_factory=list)
    seconds_to_published: float = 0.0
    seconds_behind_another: float = 0.0
    seconds_of_last_build: float = 0.0
    found_by_looking: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Small files of all kinds, of many days; each has a name of its own."""
    options = GeneratorOptions(
        users=60, sessions=40 * SCHEDULES * HAPPENINGS, titles=12, days=20 * SCHEDULES, deliveries=5 * SCHEDULES, seed=9
    )
    days = generate(tmp_path_factory.mktemp("parts") / "days", options).folders
    return iter([file for day in days for file in sorted(day.iterdir())])


@pytest.fixture(scope="module")
def looked_after(world: World) -> World:
    world.console.unpause(LOOK)
    return world


@pytest.mark.parametrize("seed", range(FIRST, FIRST + SCHEDULES))
def test_all_that_arrived_is_published_whatever_happened(
    seed: int, looked_after: World, parts: Iterator[Path], tmp_path: Path
) -> None:
    world, seen, began = looked_after, Seen(seed), time.time()
    fate = random.Random(seed)
    kinds = ["lay"] * 6 + ["pause", "unpause", "kill task", "kill supervisor", "wait"]
    for happening in fate.choices(kinds, k=HAPPENINGS):
        seen.happened.append(_happen(world, happening, fate, parts))
        time.sleep(fate.uniform(0, 8))
    for dag in CHAIN:
        world.console.unpause(dag)
    seen.happened.append(_happen(world, "lay", fate, parts))
    laid, standing = time.monotonic(), world.published()
    arrived = {hashlib.sha256(file.read_bytes()).hexdigest(): file for file in world.delivered()}

    def are_published() -> bool:
        seen.seconds_to_published = round(time.monotonic() - laid, 1)
        if set(world.published_loads()) == set(arrived):
            return True
        if world.published() != standing and not seen.seconds_behind_another:
            seen.seconds_behind_another = seen.seconds_to_published
        return False

    world.console.wait_for("all that arrived to be published", are_published)
    world.console.wait_for_quiet(CHAIN)
    seen.seconds_of_last_build = round(_last_build(world), 1)
    seen.found_by_looking = world.console.found_by_looking(began)
    _tell(seen)
    published = world.published() or pytest.fail("nothing is published")
    in_order = [arrived[sha] for sha in world.published_loads()]
    assert differences(published.location, _by_command(in_order, published.as_of, tmp_path)) == []


def _happen(world: World, happening: str, fate: random.Random, parts: Iterator[Path]) -> str:
    if happening == "lay":
        file = next(parts)
        stem, _, kind = file.name.partition(".")
        world.lay(file, name := f"{stem}_{file.parent.name}.{kind}")
        return f"lay {name}"
    if happening in ("pause", "unpause"):
        dag = fate.choice(CHAIN)
        getattr(world.console, happening)(dag)
        return f"{happening} {dag}"
    if happening == "wait":
        time.sleep(fate.uniform(0, 20))
        return happening
    return f"{happening}: {_kill(world.settings, its_supervisor=happening.endswith('supervisor'))}"


def _kill(settings: Settings, *, its_supervisor: bool) -> str:
    """Whoever works on the warehouse within a few seconds, or the process that looks after it."""
    give_up = time.monotonic() + 8
    while (holder := holder_of(settings)) is None:
        if time.monotonic() > give_up:
            return "nobody was at work"
        time.sleep(0.1)
    with contextlib.suppress(OSError):
        victim = holder
        if its_supervisor:
            about = Path(f"/proc/{holder}/status").read_text().splitlines()
            victim = next(int(line.split()[1]) for line in about if line.startswith("PPid:"))
        os.kill(victim, signal.SIGKILL)
        return "killed"
    return "it had ended"


def _last_build(world: World) -> float:
    """Seconds from the beginning of silver to the publication, of the build that was published last."""

    def last(dag: str, task: str) -> Run:
        return next(each for each in world.console.newest(dag) if world.console.tasks(dag, each.run)[task] == "success")

    return last(DAG_4, "publish").ended - last(DAG_3, "announce_silver").began


def _by_command(files: list[Path], as_of: str, folder: Path) -> Settings:
    """What `goldreel run` publishes of the same files, in the order in which they were loaded."""
    deliveries = []
    for number, file in enumerate(files):
        deliveries.append(folder / f"{number:04}")
        deliveries[-1].mkdir()
        shutil.copyfile(file, deliveries[-1] / file.name)
    settings = Settings(home=folder / "home")
    assert pipeline.run(settings, deliveries, date.fromisoformat(as_of), pipeline.Silent()).publication is not None
    return settings


def _tell(seen: Seen) -> None:
    if log := os.environ.get("GOLDREEL_AIRFLOW_SCHEDULES_LOG"):
        with Path(log).open("a") as file:
            file.write(f"{json.dumps(asdict(seen))}\n")
