"""What a day costs: a first run, then days that bring a little, each against a run in full of the same."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median

import duckdb

from benchmarks import kept
from benchmarks.contest import AS_OF, CORES, PYTHON
from benchmarks.measure import Measurement, apart, measure, medians

PACKAGES = ("goldreel", "duckdb", "dbt-core", "dbt-duckdb")
MEMORY_LIMIT = "3GB"
"""DuckDB's own; with what else a run needs, it has at most four."""

NEW, CORRECTED, USERS_AGAIN = 0.004, 0.00004, 0.02
"""What a day brings: sessions of the day and corrections, as shares of all sessions; users, as a share of all users."""


def main() -> int:
    options = parse_options()
    folder = Path(tempfile.mkdtemp(prefix="goldreel-next-day-", dir=options.workspace)).absolute()
    try:
        figures = measure_days(folder, options.sessions, options.days, options.full_days)
    finally:
        shutil.rmtree(folder)
    if options.record:
        kept.record("next_day", figures, PACKAGES)
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
    parser.add_argument("--workspace", type=Path, help="folder to work in [the system's temporary folder]")
    kept.add_option(parser)
    return parser.parse_args()


def measure_days(folder: Path, sessions: int, days: int, full_days: int) -> dict[str, object]:
    """Run the first delivery and the days; prints what each took.

    Raises:
        CommandFailed: a run failed, or a day was not built on the one before, or the end is not what bronze says.
    """
    users = max(100, sessions // 44)
    options = [f"--users={users}", f"--sessions={sessions}", "--titles=300"]
    run(folder, "generate", ["generate", "first", *options])
    print(f"{sessions:,} sessions, {users:,} users", flush=True)
    first, _ = timed(folder, "first", "first", "home")
    in_turn: list[Measurement] = []
    in_full: list[Measurement] = []
    steps: list[dict[str, float]] = []
    for number in range(1, days + 1):
        apart(deliver, folder, number)
        if number <= full_days:
            shutil.copytree(folder / "home", folder / "home_in_full", symlinks=True)
            taken, _ = timed(folder, f"day {number}, in full", f"day_{number}", "home_in_full", "--full")
            in_full.append(taken)
            shutil.rmtree(folder / "home_in_full")
        taken, report = timed(folder, f"day {number}", f"day_{number}", "home")
        if report["build"]["built_on"] is None:
            raise RuntimeError(f"day {number} was built in full: {report['build']['why_in_full']}")
        in_turn.append(taken)
        steps.append(report["seconds"])
    run(folder, "verify", ["verify"])
    print("verify: each cell is that of a build in full")
    sizes = {name: (folder / "home" / name).stat().st_size for name in ("warehouse.duckdb", "published/current.duckdb")}
    whole, day = medians([first]), medians(in_turn)
    ratios = {name: day[name] / whole[name] for name in ("seconds", "cpu_seconds", "peak_bytes", "written_bytes")}
    print("a day takes of the first run: " + ", ".join(f"{name} {value:.2f}" for name, value in ratios.items()))
    print("steps of a day: " + ", ".join(f"{step} {median(each[step] for each in steps):.1f} s" for step in steps[0]))
    return {
        "sessions": sessions,
        "days": days,
        "first": whole,
        "day": day,
        "day_in_full": medians(in_full) if in_full else None,
        "ratio_to_first": ratios,
        "file_bytes": sizes,
    }


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


def timed(folder: Path, name: str, delivery: str, home: str, *options: str) -> tuple[Measurement, dict[str, object]]:
    taken = run(folder, name, ["run", delivery, "--as-of", AS_OF, "--json", *options], home)
    print(
        f"{name:<16}{taken.seconds:>8.1f} s{taken.cpu_seconds:>8.1f} CPU s{taken.peak_bytes / 1e6:>8,.0f} MB"
        f"{taken.written_bytes / 1e6:>9,.0f} MB written, others {taken.others:.1f}",
        flush=True,
    )
    return taken, json.loads(log(folder, name).read_text(encoding="utf-8"))


def run(folder: Path, name: str, arguments: list[str], home: str = "home") -> Measurement:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("GOLDREEL_", "DBT_"))}
    environment |= {"GOLDREEL_HOME": home, "GOLDREEL_MEMORY_LIMIT": MEMORY_LIMIT, "GOLDREEL_THREADS": str(CORES)}
    return measure([PYTHON, "-m", "goldreel", *arguments], environment, log(folder, name))


def log(folder: Path, name: str) -> Path:
    return folder / f"{name.replace(',', '').replace(' ', '_')}.log"


if __name__ == "__main__":
    sys.exit(main())
