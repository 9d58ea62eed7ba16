"""What a day costs: a first run, then days that bring a little, each beside a run in full and a script by hand."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import duckdb

from benchmarks import kept
from benchmarks.contest import AS_OF, CORES, HERE, PYTHON
from benchmarks.measure import Measurement, apart, measure, medians
from benchmarks.own_database import own_database

PACKAGES = {"duckdb": ("duckdb", "dbt-duckdb"), "sqlserver": ("mssql-python", "dbt-sqlserver"), "spark": ("pyspark",)}
MEMORY_LIMIT = "3GB"
"""The engine's own; with what else a run needs, it has at most four."""

NEW, CORRECTED, USERS_AGAIN = 0.004, 0.00004, 0.02
"""What a day brings: sessions of the day and corrections, as shares of all sessions; users, as a share of all users."""

FIRST, DAY, IN_FULL, BY_HAND, FIRST_BY_HAND = "first", "day", "day_in_full", "day_by_hand", "first_by_hand"
COMPARED = ("seconds", "cpu_seconds", "busy_seconds", "peak_bytes", "written_bytes")


def main() -> int:
    options = parse_options()
    folder = Path(tempfile.mkdtemp(prefix="goldreel-next-day-", dir=options.workspace)).absolute()
    runs = Runs(folder, options.engine)
    try:
        with own_database() if options.engine == "sqlserver" else nullcontext():
            figures = measure_days(runs, options.sessions, options.days, options.full_days, options.by_hand)
    finally:
        shutil.rmtree(folder)
    if options.record:
        kept.record("next_day", figures, ("goldreel", "dbt-core", *PACKAGES[options.engine]))
    return 0


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.next_day", description=__doc__)
    parser.add_argument(
        "--sessions", type=int, default=2_000_000, help="in the first delivery, 44 per user [%(default)s]"
    )
    parser.add_argument("--days", type=int, default=10, help="that follow it [%(default)s]")
    parser.add_argument(
        "--full-days", type=int, default=2, help="of them, those that are run in full as well [%(default)s]"
    )
    parser.add_argument(
        "--by-hand",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="the same deliveries with the hand-written script, which DuckDB runs",
    )
    parser.add_argument(
        "--engine",
        choices=sorted(PACKAGES),
        default="duckdb",
        help="sqlserver: in a database of its own, where MSSQL_... say; spark: Delta Lake, within this machine",
    )
    parser.add_argument("--workspace", type=Path, help="folder to work in [the system's temporary folder]")
    kept.add_option(parser)
    return parser.parse_args()


def measure_days(runs: Runs, sessions: int, days: int, full_days: int, by_hand: bool) -> dict[str, object]:
    """Run the first delivery and the days; prints what each took.

    Raises:
        CommandFailed: a run failed, or the end is not what bronze says, or not what the script came to.
        RuntimeError: a day was not built on the one before.
    """
    users, on_duckdb = max(100, sessions // 44), runs.engine == "duckdb"
    by_hand = by_hand and on_duckdb
    runs.goldreel("generate", "generate", "first", f"--users={users}", f"--sessions={sessions}", "--titles=300")
    print(f"{runs.engine}: {sessions:,} sessions, {users:,} users", flush=True)
    runs.timed(FIRST, "first", "first")
    if by_hand:
        runs.timed_by_hand(FIRST_BY_HAND, "first, by hand", "first")
    steps: list[dict[str, float]] = []
    for number in range(1, days + 1):
        apart(deliver, runs.folder, number)
        if on_duckdb and number <= full_days:
            runs.timed_in_full(f"day {number}, in full", f"day_{number}")
        report = runs.timed(DAY, f"day {number}", f"day_{number}")
        if report["build"]["built_on"] is None:
            raise RuntimeError(f"day {number} was built in full: {report['build']['why_in_full']}")
        steps.append(report["seconds"])
        if by_hand:
            runs.timed_by_hand(BY_HAND, f"day {number}, by hand", f"day_{number}")
    runs.goldreel("verify", "verify")
    print("verify: each cell is that of a build in full")
    if by_hand:
        runs.compare_with_hand()
    if full_days and not on_duckdb:  # a server's database is not copied: once, when all is there
        runs.timed(IN_FULL, "all, in full", f"day_{days}", "--full")
    return told(runs, steps) | {"engine": runs.engine, "sessions": sessions, "days": days}


def told(runs: Runs, steps: list[dict[str, float]]) -> dict[str, object]:
    """What the runs took, and their ratios; prints these."""
    figures = {kind: medians(each) for kind, each in runs.taken.items()}
    ratios = {
        kind: {name: figures[DAY][name] / of[name] for name in COMPARED if of[name]}
        for kind, of in figures.items()
        if kind in (FIRST, IN_FULL, BY_HAND)
    }
    for kind, ratio in ratios.items():
        print(f"a day takes of {kind:<12} " + ", ".join(f"{name} {value:.2f}" for name, value in ratio.items()))
    print("steps of a day: " + ", ".join(f"{step} {median(each[step] for each in steps):.1f} s" for step in steps[0]))
    return {**figures, "day_to": ratios}


def deliver(folder: Path, number: int) -> None:
    """Write a day: its sessions, corrections of earlier ones, and users again, who have watched more since."""
    delivery = folder / f"day_{number}"
    delivery.mkdir()
    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false")  # of a minute and more, in the middle of what is told
        connection.execute("select setseed(?)", [number / 1000])
        connection.execute(
            "create table sessions as from read_csv(?, all_varchar = true)", [f"{folder}/first/viewing_sessions.csv"]
        )
        connection.execute("create table users as from read_csv(?, all_varchar = true)", [f"{folder}/first/users.csv"])
        (count,) = connection.execute("select count(*) from sessions").fetchone() or (0,)
        (many,) = connection.execute("select count(*) from users").fetchone() or (0,)
        (last,) = connection.execute("select max(try_cast(watch_date as date)) from sessions").fetchone() or (None,)
        connection.execute(
            f"""
            copy (
                (select * replace (
                    'day{number}-' || session_id as session_id, ('{last}'::date + {number})::varchar as watch_date
                )
                from sessions order by random() limit {round(count * NEW)})
                union all
                (select * replace ('{10 + number}' as watch_duration_minutes)
                from sessions order by random() limit {round(count * CORRECTED)})
            ) to '{delivery}/viewing_sessions.csv' (header)
            """
        )
        connection.execute(
            f"""
            copy (
                select * replace (
                    (coalesce(try_cast(total_watch_time_hours as double), 0) + {number})::varchar
                        as total_watch_time_hours
                )
                from users order by random() limit {round(many * USERS_AGAIN)}
            ) to '{delivery}/users.csv' (header)
            """
        )


@dataclass
class Runs:
    """Commands that are measured, in a folder of their own where deliveries and warehouses lie.

    Attributes:
        taken: what the runs of each kind took.
    """

    folder: Path
    engine: str
    taken: dict[str, list[Measurement]] = field(default_factory=dict)

    def timed(self, kind: str, name: str, delivery: str, *options: str, home: str = "home") -> dict[str, Any]:
        """Run goldreel on a delivery.

        Returns:
            What it said as JSON.
        """
        taken = self.goldreel(name, "run", delivery, "--as-of", AS_OF, "--json", *options, home=home)
        self._tell(kind, name, taken)
        report: dict[str, Any] = json.loads(self._log(name).read_text(encoding="utf-8"))
        return report

    def timed_in_full(self, name: str, delivery: str) -> None:
        """The same in full, in a copy of the warehouse."""
        copy = shutil.copytree(self.folder / "home", self.folder / "home_in_full", symlinks=True)
        self.timed(IN_FULL, name, delivery, "--full", home=copy.name)
        shutil.rmtree(copy)

    def timed_by_hand(self, kind: str, name: str, delivery: str) -> None:
        """The hand-written script on a delivery."""
        arguments = [delivery, "by_hand", AS_OF, MEMORY_LIMIT, str(CORES)]
        self._tell(kind, name, self._run(name, [PYTHON, str(HERE / "by_hand"), *arguments], "home"))

    def compare_with_hand(self) -> None:
        """Whether both came to the same gold."""
        places = {"goldreel": "home/published/current.duckdb", "by_hand": "by_hand/readers.duckdb"}
        found = [f"{name}={self.folder / place}" for name, place in places.items()]
        self._run("same result", [PYTHON, str(HERE / "same_result.py"), *found], "home")
        print("by hand: the same gold")

    def goldreel(self, name: str, *arguments: str, home: str = "home") -> Measurement:
        """Run one of its commands."""
        return self._run(name, [PYTHON, "-m", "goldreel", *arguments], home)

    def _run(self, name: str, command: list[str], home: str) -> Measurement:
        own = {key: value for key, value in os.environ.items() if not key.startswith(("GOLDREEL_", "DBT_"))}
        own |= {key: value for key, value in os.environ.items() if key.startswith("GOLDREEL_MSSQL_")}
        own |= {"GOLDREEL_HOME": home, "GOLDREEL_MEMORY_LIMIT": MEMORY_LIMIT, "GOLDREEL_THREADS": str(CORES)}
        own |= {"GOLDREEL_ENGINE": self.engine, "GOLDREEL_SPARK_TABLE_FORMAT": "delta"}
        return measure(command, own, self._log(name))

    def _tell(self, kind: str, name: str, taken: Measurement) -> None:
        """Note and print it. What a server or a JVM on this machine did for it is in `busy`."""
        self.taken.setdefault(kind, []).append(taken)
        print(
            f"{name:<18}{taken.seconds:>8.1f} s{taken.cpu_seconds:>8.1f} CPU s{taken.busy_seconds:>8.1f} busy"
            f"{taken.peak_bytes / 1e6:>8,.0f} MB{taken.written_bytes / 1e6:>9,.0f} MB written",
            flush=True,
        )

    def _log(self, name: str) -> Path:
        return self.folder / f"{name.replace(',', '').replace(' ', '_')}.log"


if __name__ == "__main__":
    sys.exit(main())
