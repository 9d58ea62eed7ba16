"""What many small files cost on Spark, in this machine: loaded together, and one by one as large files are.

python -m benchmarks.spark_files [--files N] [--alone N] [--records N]

Both ways within one Spark session, in turn: seconds, CPU seconds (of this process, Java and its workers), and how many
jobs Spark was given. What is loaded first warms Spark up, and is told as well.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from goldreel import pipeline
from goldreel.config import Settings
from goldreel.engines import open_engine
from goldreel.engines.base import Engine
from goldreel.engines.spark import SparkEngine
from goldreel.loading import find_delivery, ledger, load_delivery, together, with_overtaken
from goldreel.loading.contract import USERS

LIMIT = 10.0  # files per second, at least


@dataclass(frozen=True)
class Cost:
    """What a number of files took."""

    files: int
    seconds: float
    cpu_seconds: float
    jobs: int

    def __str__(self) -> str:
        return (
            f"{self.files:5,} files: {self.seconds:6.1f} s, {self.files / self.seconds:6.1f} files/s; CPU "
            f"{self.cpu_seconds:6.1f} s, {1000 * self.cpu_seconds / self.files:6.0f} ms each; {self.jobs:,} jobs"
        )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.spark_files", description=__doc__)
    parser.add_argument("--files", type=int, nargs="+", default=[75, 300], help="loaded together %(default)s")
    parser.add_argument("--alone", type=int, default=15, help="loaded one by one [%(default)s]")
    parser.add_argument("--records", type=int, default=30, help="of each file [%(default)s]")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="goldreel-files-") as work:
        settings = Settings(home=Path(work) / "home", engine="spark", threads=2)
        with open_engine(settings) as engine:
            assert isinstance(engine, SparkEngine)
            ledger.prepare(engine)
            return compare(engine, Path(work), options.files, options.alone, options.records)


def compare(engine: SparkEngine, work: Path, sizes: list[int], alone: int, records: int) -> int:
    small = together.SMALL_FILE
    met = True
    print(f"  first     {cost(engine, write(work / 'first', sizes[0], records))}", flush=True)
    for position, files in enumerate(sizes):
        together.SMALL_FILE = -1
        one_by_one = cost(engine, write(work / f"alone {position}", alone, records))
        print(f"  alone     {one_by_one}", flush=True)
        together.SMALL_FILE = small
        folder = write(work / f"together {position}", files, records)
        at_once = cost(engine, folder)
        print(f"  together  {at_once}", flush=True)
        print(f"  again     {cost(engine, folder)}", flush=True)
        ratio = (one_by_one.cpu_seconds / one_by_one.files) / (at_once.cpu_seconds / at_once.files)
        fast = files / at_once.seconds >= LIMIT
        met = met and fast
        told = f"limit {LIMIT:.0f}; a file costs 1/{ratio:.0f} of the CPU seconds that it costs alone"
        print(f"{'met   ' if fast else 'MISSED'} {files / at_once.seconds:.1f} files/s, {told}", flush=True)
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    print(f"the machine's load: {load} on {os.cpu_count()} cores")
    return 0 if met else 1


def write(folder: Path, files: int, records: int) -> Path:
    """A delivery of users, no two of its files alike."""
    folder.mkdir()
    header = ",".join(USERS.columns)
    for number in range(files):
        lines = (f"U{folder.name}-{number}-{each},30,Peru,Basic,2024-01-01,5" for each in range(records))
        (folder / f"users_{number}.csv").write_text("\n".join([header, *lines, ""]))
    return folder


def cost(engine: SparkEngine, folder: Path) -> Cost:
    jobs, busy, start = _jobs(engine), _cpu_seconds(), time.perf_counter()
    outcomes = with_overtaken(engine, load_delivery(engine, find_delivery(folder, engine.files), pipeline.Silent()))
    return Cost(len(outcomes), time.perf_counter() - start, _cpu_seconds() - busy, _jobs(engine) - jobs)


def _jobs(engine: Engine) -> int:
    assert isinstance(engine, SparkEngine)
    return int(engine.session.sparkContext._jsc.sc().dagScheduler().numTotalJobs())


def _cpu_seconds() -> float:
    """Of this process and all below it, those included that have ended."""
    parents: dict[int, list[int]] = defaultdict(list)
    ticks: dict[int, int] = {}
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                fields = (process / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue  # it has ended
            parents[int(fields[1])].append(int(process.name))
            ticks[int(process.name)] = sum(map(int, fields[11:15]))
    found, waiting = 0, [os.getpid()]
    while waiting:
        process_id = waiting.pop()
        found += ticks.get(process_id, 0)
        waiting += parents[process_id]
    return found / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    sys.exit(main())
