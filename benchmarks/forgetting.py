"""What it costs to forget one user: `python -m benchmarks.forgetting --sessions 2000000`.

The bound: at most a copy of the warehouse's file plus the build and publication of a next day. A copy is measured
twice: of its bytes, and as forgetting has to make it, since bytes keep what was deleted (`COPY FROM DATABASE`). All of
it is CPU seconds of one process that has built before; the user is the one with the most sessions. A warehouse is made
for it, of which nothing is kept, or one that is there already is used up (`--home`).
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import patch

from goldreel import amend, pipeline
from goldreel.config import Settings
from goldreel.engines import open_engine
from goldreel.engines.duckdb import DuckDBEngine
from goldreel.engines.duckdb_rewriting import write_anew
from goldreel.generator import GeneratorOptions, generate

AS_OF = date(2024, 9, 30)
PHASES: tuple[tuple[object, str, str], ...] = (
    (amend.forgetting, "plan_forgetting", "find the records"),
    (amend.forgetting, "_begin", "find the records"),
    (amend.forgetting, "_take_out", "find the records"),
    (pipeline.forgetting, "build_all", "build"),
    (amend.forgetting, "wipe", "take them out"),
    (pipeline.forgetting, "publish_build", "version anew"),
    (amend.forgetting, "_clean_copies", "older versions"),
    (DuckDBEngine, "leave_no_traces", "warehouse anew"),
    (amend.forgetting, "clean_files", "search"),
    (amend.forgetting, "search", "search"),
)
"""What forgetting does, by where it is done."""

Cost = tuple[float, float]  # CPU seconds of this process, and wall time


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=2_000_000)
    parser.add_argument("--users", type=int, default=50_000)
    parser.add_argument("--days", type=int, default=60, help="deliveries; the last one is the next day")
    parser.add_argument("--folder", type=Path, default=None, help="where there is room for it")
    parser.add_argument("--home", type=Path, help="a warehouse that is there, and is used up")
    parser.add_argument("--next-day", type=Path, help="what is delivered to it the next day")
    given = parser.parse_args()
    if (given.home is None) != (given.next_day is None):
        parser.error("--home and --next-day belong together")
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        place = Path(folder)
        if given.home is not None:
            measure(Settings(home=given.home), given.next_day, place)
            return
        options = GeneratorOptions(
            users=given.users, sessions=given.sessions, titles=300, days=given.days, deliveries=given.days, seed=1
        )
        deliveries = generate(place / "deliveries", options).folders
        settings = Settings(home=place / "home")
        pipeline.run(settings, deliveries[:-2], AS_OF, pipeline.Silent())
        pipeline.run(settings, deliveries[-2:-1], AS_OF, pipeline.Silent())
        measure(settings, deliveries[-1], place)


def measure(settings: Settings, next_day: Path, place: Path) -> None:
    """Measure and print."""
    pipeline.build(settings, AS_OF, pipeline.Silent())  # what a process does once is in none of what follows
    day = timed(lambda: pipeline.run(settings, [next_day], AS_OF, pipeline.Silent()))
    with open_engine(settings) as engine:
        assert isinstance(engine, DuckDBEngine)
        warehouse = Path(engine.location)
        busiest = "select user_id, count(*) from silver_viewing_sessions group by user_id order by 2 desc, 1"
        user_id, of_user = engine.execute(busiest).rows[0]
        (all_of_them,) = engine.execute("select count(*) from bronze.viewing_sessions").rows[0]
        anew = timed(lambda: write_anew(engine.connection, place / "anew.duckdb"))
    (place / "anew.duckdb").unlink()
    copied = timed(lambda: shutil.copyfile(warehouse, place / "copied.duckdb"))
    (place / "copied.duckdb").unlink()
    before = sizes(settings)
    with phases() as spent:
        forget = timed(lambda: pipeline.forget(settings, [user_id], "", pipeline.Silent()))
    print(f"{all_of_them:,} sessions, {of_user:,} of the user; ", end="")
    print(f"{before / 1e6:,.0f} MB before, {sizes(settings) / 1e6:,.0f} MB after")
    told(("next day", day), ("copy of bytes", copied), ("copy written anew", anew), ("forget", forget))
    told(*((f"  {what}", cost) for what, cost in spent.items()))
    for what, copy in (("bytes", copied), ("written anew", anew)):
        print(f"forget / (copy + next day), CPU, copy of the warehouse {what}: {forget[0] / (copy[0] + day[0]):.2f}")


def told(*costs: tuple[str, Cost]) -> None:
    for what, (cpu, wall) in costs:
        print(f"{what:<20}{cpu:7.1f} CPU s {wall:7.1f} s")


def timed(do: Callable[[], object]) -> Cost:
    cpu, wall = time.process_time(), time.perf_counter()
    do()
    return time.process_time() - cpu, time.perf_counter() - wall


@contextmanager
def phases() -> Iterator[dict[str, Cost]]:
    """What each phase of forgetting takes, while this lasts; what one does within another is part of that one."""
    spent: dict[str, Cost] = {}
    within: list[str] = []

    def counting(real: Callable[..., Any], phase: str) -> Callable[..., Any]:
        def counted(*given: Any, **named: Any) -> Any:
            if within:
                return real(*given, **named)
            within.append(phase)
            done: list[Any] = []
            try:
                cost = timed(lambda: done.append(real(*given, **named)))
            finally:
                within.pop()
            before = spent.get(phase, (0.0, 0.0))
            spent[phase] = (before[0] + cost[0], before[1] + cost[1])
            return done[0]

        return counted

    with ExitStack() as patched:
        for place, name, phase in PHASES:
            patched.enter_context(patch.object(place, name, counting(getattr(place, name), phase)))
        yield spent


def sizes(settings: Settings) -> int:
    """Bytes of the warehouse and of what is published."""
    return sum(file.stat().st_size for file in settings.home.rglob("*.duckdb") if not file.is_symlink())


if __name__ == "__main__":
    main()
