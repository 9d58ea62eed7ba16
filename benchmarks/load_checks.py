"""What the checks of loads cost of a build: `python -m benchmarks.load_checks`.

In CPU seconds, within one run: a delivery is loaded and built (the whole `goldreel build`, with dbt and its tests),
then the two models of the checks are made once more, alone, as often as said. At two sizes, so that what grows with the
sessions can be told from what does not, and a size that was not measured be worked out; `--sessions 22000000` measures.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median

import duckdb

from benchmarks import kept
from goldreel import pipeline
from goldreel.config import Settings
from goldreel.export_sql import compiled
from goldreel.generator import GeneratorOptions, generate

CHECKS = ("load_columns", "load_checks")
AS_OF = date(2024, 12, 31)
LIMIT = 0.03
GOAL = 22_000_000
PACKAGES = ("goldreel", "duckdb", "dbt-core", "dbt-duckdb")


@dataclass(frozen=True)
class Cost:
    """CPU seconds."""

    sessions: int
    build: float
    checks: float

    @property
    def share(self) -> float:
        return self.checks / self.build


def cost(sessions: int, rounds: int, parent: Path | None) -> Cost:
    """Build a delivery of so many sessions, and make the checks' models of it anew."""
    with tempfile.TemporaryDirectory(prefix="goldreel-load-checks-", dir=parent) as work:
        settings = Settings(home=Path(work) / "home")
        options = GeneratorOptions(users=max(100, sessions // 100), sessions=sessions, titles=2_000)
        folders = generate(Path(work) / "delivered", options).folders
        pipeline.load(settings, folders, pipeline.Silent())
        started = time.process_time()
        report = pipeline.build(settings, AS_OF, pipeline.Silent())
        build = time.process_time() - started
        assert report.build is not None
        assert report.build.status == "passed", report.build.failures
        models = {model.name: model.sql for model in compiled("duckdb", AS_OF.isoformat())}
        config = {"threads": settings.threads, "memory_limit": settings.duckdb_memory_limit}
        spent = []
        with duckdb.connect(str(settings.warehouse_file), config=config) as warehouse:
            for _ in range(rounds):
                started = time.process_time()
                for name in CHECKS:
                    warehouse.execute(f"create or replace temp table made_{name} as {models[name]}")
                spent.append(time.process_time() - started)
    return Cost(sessions, build, median(spent))


def at(sessions: int, small: Cost, large: Cost) -> Cost:
    """What a size that was not measured takes, if what grows goes on growing as between the two that were."""

    def line(first: float, second: float) -> float:
        return first + (second - first) * (sessions - small.sessions) / (large.sessions - small.sessions)

    return Cost(sessions, line(small.build, large.build), line(small.checks, large.checks))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load_checks", description=__doc__)
    parser.add_argument("--sessions", type=int, default=2_000_000, help="of the larger size [%(default)s]")
    parser.add_argument("--rounds", type=int, default=3, help="how often the checks are made [%(default)s]")
    parser.add_argument("--workspace", type=Path, help="folder to work in [the system's temporary folder]")
    kept.add_option(parser)
    options = parser.parse_args()
    cost(1_000, 1, options.workspace)  # what the first build of a process takes besides is no part of any size
    costs = []
    for sessions in (options.sessions // 8, options.sessions):
        costs.append(cost(sessions, options.rounds, options.workspace))
        print(told("measured", costs[-1]), flush=True)
    goal = costs[-1]
    if options.sessions < GOAL:
        goal = at(GOAL, *costs)
        print(told("worked out", goal))
        if goal.build <= costs[-1].build or goal.checks <= 0:
            print("The two sizes are too near each other to work anything out: more --sessions, on a quieter machine.")
            return 1
    print(f"{'met   ' if goal.share <= LIMIT else 'MISSED'} the checks take at most {LIMIT:.0%} of a build")
    if options.record:
        figures: dict[str, object] = {
            "sessions": options.sessions, "build_cpu_seconds": costs[-1].build, "checks_cpu_seconds": costs[-1].checks,
            "share": costs[-1].share, "share_with_an_eighth": costs[0].share, "share_at_22_million": goal.share,
        }  # fmt: skip
        kept.record("load_checks", figures, PACKAGES)
    return 0 if goal.share <= LIMIT else 1


def told(how: str, found: Cost) -> str:
    return (
        f"{how:<10} {found.sessions:>12,} sessions: build {found.build:7.1f} CPU s, "
        f"checks {found.checks:6.2f} CPU s, {found.share:.2%}"
    )


if __name__ == "__main__":
    sys.exit(main())
