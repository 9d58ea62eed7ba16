"""What it costs to forget one user: `python -m benchmarks.forgetting --sessions 2000000`.

The bound: at most a copy of the warehouse's files plus the build and publication of a next day. All are measured in CPU
seconds, in one process, on a warehouse made for it; what they are is printed, and nothing is kept.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from goldreel import pipeline
from goldreel.config import Settings
from goldreel.engines import open_engine
from goldreel.generator import GeneratorOptions, generate

AS_OF = date(2024, 9, 30)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=2_000_000)
    parser.add_argument("--users", type=int, default=50_000)
    parser.add_argument("--days", type=int, default=60, help="deliveries; the last one is the next day")
    parser.add_argument("--folder", type=Path, default=None, help="where there is room for it")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        place = Path(folder)
        options = GeneratorOptions(
            users=given.users, sessions=given.sessions, titles=300, days=given.days, deliveries=given.days, seed=1
        )
        deliveries = generate(place / "deliveries", options).folders
        settings = Settings(home=place / "home")
        pipeline.run(settings, deliveries[:-2], AS_OF, pipeline.Silent())
        measured = {
            "a day before": timed(lambda: pipeline.run(settings, deliveries[-2:-1], AS_OF, pipeline.Silent())),
            "next day": timed(lambda: pipeline.run(settings, deliveries[-1:], AS_OF, pipeline.Silent())),
            "copy": timed(lambda: shutil.copytree(settings.home, place / "copy", symlinks=True)),
        }
        with open_engine(settings) as engine:
            busiest = "select user_id from silver_viewing_sessions group by user_id order by count(*) desc, user_id"
            user_id = engine.execute(busiest).rows[0][0]
        before = sizes(settings)
        measured["forget"] = timed(lambda: pipeline.forget(settings, [user_id], "", pipeline.Silent()))
        print(f"{given.sessions:,} sessions, {before / 1e6:,.0f} MB before, {sizes(settings) / 1e6:,.0f} MB after")
        for what, (cpu, wall) in measured.items():
            print(f"{what:>14}: {cpu:7.1f} CPU s {wall:7.1f} s")
        bound = measured["copy"][0] + measured["next day"][0]
        print(f"forget / (copy + next day), CPU: {measured['forget'][0] / bound:.2f}")


def timed(do: Callable[[], object]) -> tuple[float, float]:
    """CPU seconds of this process, and wall time."""
    cpu, wall = time.process_time(), time.perf_counter()
    do()
    return time.process_time() - cpu, time.perf_counter() - wall


def sizes(settings: Settings) -> int:
    """Bytes of the warehouse and of what is published."""
    return sum(file.stat().st_size for file in settings.home.rglob("*.duckdb") if not file.is_symlink())


if __name__ == "__main__":
    main()
