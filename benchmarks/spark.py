"""Measures `goldreel run --engine spark`, in this machine, side by side with a hand-written PySpark job.

python -m benchmarks.spark [--sessions N] [--rounds N]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from statistics import median

from benchmarks import kept
from benchmarks.contest import AS_OF, CORES, HERE, MEMORY_LIMIT, PYTHON
from benchmarks.measure import CommandFailed, Measurement, measure, medians

GOLDREEL = "goldreel run, first"
HAND = "hand-written PySpark job"
LIMIT = 3.0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.spark", description=__doc__)
    parser.add_argument("--sessions", type=int, default=20_000_000, help="100 per user [%(default)s]")
    parser.add_argument("--rounds", type=int, default=1, help="[%(default)s]")
    parser.add_argument("--workspace", type=Path, help="folder to work in [the system's temporary folder]")
    kept.add_option(parser)
    options = parser.parse_args()
    print(f"{CORES} cores, {MEMORY_LIMIT} for Spark, pyspark {version('pyspark')}; {options.sessions:,} sessions")
    with tempfile.TemporaryDirectory(prefix="goldreel-benchmark-", dir=options.workspace) as folder:
        try:
            return compare(Path(folder), options.sessions, options.rounds, options.record)
        except CommandFailed as error:
            print(f"\nFAILED: {error}", file=sys.stderr)
            return 1


def compare(folder: Path, sessions: int, rounds: int, record: bool) -> int:
    def run(name: str, command: list[str]) -> Measurement:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("GOLDREEL_", "DBT_"))}
        environment |= {"GOLDREEL_HOME": "home", "GOLDREEL_ENGINE": "spark", "GOLDREEL_MEMORY_LIMIT": MEMORY_LIMIT}
        environment |= {"GOLDREEL_THREADS": str(CORES)}
        return measure(command, environment, folder / f"{name}.log")

    counts = [f"--users={max(100, sessions // 100)}", f"--sessions={sessions}", "--titles=2000"]
    run("generate", [PYTHON, "-m", "goldreel", "generate", "delivery", *counts])
    commands = {
        GOLDREEL: [PYTHON, "-m", "goldreel", "run", "delivery", "--as-of", AS_OF, "--json"],
        HAND: [PYTHON, str(HERE / "by_pyspark"), f"{folder}/delivery", f"{folder}/by_hand", AS_OF, "4g", str(CORES)],
    }
    found: dict[str, list[Measurement]] = {name: [] for name in commands}
    for _ in range(rounds):
        for output in ("home", "by_hand"):
            shutil.rmtree(folder / output, ignore_errors=True)
        for name, command in commands.items():
            found[name].append(run(name, command))
            print(f"  {name}: {found[name][-1].seconds:.1f} s", flush=True)
    steps = json.loads((folder / f"{GOLDREEL}.log").read_text(encoding="utf-8"))["seconds"]
    print("  of that: " + ", ".join(f"{step} {seconds:.1f} s" for step, seconds in steps.items()))
    places = [f"goldreel={folder}/home/spark/tables/build_a.db", f"{HAND}={folder}/by_hand"]
    run("same result", [PYTHON, str(HERE / "same_result.py"), *places])
    print((folder / "same result.log").read_text(encoding="utf-8").strip())
    ratio = median(ours.seconds / theirs.seconds for ours, theirs in zip(found[GOLDREEL], found[HAND], strict=True))
    met = "met   " if ratio <= LIMIT else "MISSED"
    print(f"{met} goldreel takes {ratio:.2f} × the time of the {HAND}, limit {LIMIT:.1f} ×")
    if record:
        names = {GOLDREEL: "goldreel", HAND: "by_hand"}
        measured = {names[name]: medians(runs) for name, runs in found.items()}
        figures = {"sessions": sessions, "rounds": rounds, **measured, "steps": steps, "ratio": ratio}
        kept.record("spark", figures, ("goldreel", "pyspark", "dbt-core"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
