"""Measures goldreel side by side with a hand-written script, pandas and bare dbt."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

from benchmarks import kept
from benchmarks.contest import CORES, DBT_BUILD, FIRST, HAND, HERE, MEMORY_LIMIT, PANDAS, WARM, Contest, Size
from benchmarks.measure import CommandFailed, medians

MACHINE_MEMORY = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
PACKAGES = ("goldreel", "duckdb", "dbt-core", "dbt-duckdb", "pandas", "pyarrow")
COMPARED = ((FIRST, HAND), (FIRST, PANDAS), (WARM, DBT_BUILD))


@dataclass(frozen=True)
class Ratio:
    """How much goldreel takes of what another takes: medians over the rounds."""

    goldreel: str
    other: str
    time: float
    cpu: float
    memory: float


@dataclass(frozen=True)
class Target:
    """What goldreel must keep to."""

    text: str
    value: float
    limit: float
    unit: str


def main() -> int:
    options = parse_options()
    started = datetime.now(UTC)
    facts = machine()
    print("\n".join(f"{name:<9} {value}" for name, value in facts.items()))
    results = []
    for size in sizes(options):
        title = f"{size.name}: {size.sessions:,} sessions, {size.users:,} users, {size.titles:,} titles"
        print(f"\n{title}\n{'=' * len(title)}", flush=True)
        with workspace(options.workspace, options.keep) as folder:
            contest = Contest(size, folder, int(options.pandas_limit * 1e9))
            try:
                contest.hold()
            except CommandFailed as error:
                print(f"\nFAILED: {error}", file=sys.stderr)
                return 1
        ratios, targets = compare(contest), judge(contest)
        print(told(contest, ratios, targets), flush=True)
        results.append(as_data(contest, ratios, targets))
        if options.record:
            kept.record(size.name, quoted(contest, ratios), PACKAGES)
    folder = HERE / "results"
    folder.mkdir(exist_ok=True)
    file = folder / f"{started:%Y-%m-%dT%H%M%SZ}.json"
    file.write_text(json.dumps({"started_at": started.isoformat(), **facts, "sizes": results}, indent=2) + "\n")
    print(f"\nThe same as JSON: {file}")
    return 0


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    add = parser.add_argument
    limit = round(0.6 * MACHINE_MEMORY / 1e9, 1)
    add("--size", choices=("demo", "big", "all"), default="all", help="what to measure [%(default)s]")
    add("--rounds", type=int, help="how often [3 times at demo size, once at the big one]")
    add("--sessions", type=int, default=20_000_000, help="sessions of the big size, 100 per user [%(default)s]")
    add("--workspace", type=Path, help="folder to work in [the system's temporary folder]")
    add("--keep", action="store_true", help="do not delete the deliveries and warehouses afterwards")
    add(
        "--pandas-limit",
        type=float,
        default=limit,
        metavar="GB",
        help="memory at which pandas is stopped [%(default)s]",
    )
    kept.add_option(parser)
    return parser.parse_args()


def sizes(options: argparse.Namespace) -> list[Size]:
    demo = Size("demo", 5_000, 222_785, 300, options.rounds or 3)
    big = Size("big", max(100, options.sessions // 100), options.sessions, 2_000, options.rounds or 1)
    return [size for size in (demo, big) if options.size in (size.name, "all")]


def machine() -> dict[str, str]:
    load = ", ".join(f"{average:.1f}" for average in os.getloadavg())
    return {
        "machine": f"{CORES} cores, {MACHINE_MEMORY / 1e9:.0f} GB, {platform.system()} {platform.machine()}",
        "load": f"{load} before the start (1, 5, 15 minutes)",
        "versions": ", ".join(
            [f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in PACKAGES)]
        ),
        "DuckDB": f"memory_limit {MEMORY_LIMIT}, threads {CORES}, preserve_insertion_order false, for all that use it",
    }


@contextmanager
def workspace(parent: Path | None, keep: bool) -> Iterator[Path]:
    """A new folder, deleted afterwards."""
    if parent is not None:
        parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="goldreel-benchmark-", dir=parent)).absolute()
    try:
        yield folder
    finally:
        if keep:
            print(f"kept: {folder}")
        else:
            shutil.rmtree(folder)


def compare(contest: Contest) -> list[Ratio]:
    return [ratio(contest, *pair) for pair in COMPARED if pair[1] in contest.measured]


def ratio(contest: Contest, goldreel: str, other: str) -> Ratio:
    rounds = list(zip(contest.measured[goldreel], contest.measured[other], strict=True))
    return Ratio(
        goldreel,
        other,
        time=median(ours.seconds / theirs.seconds for ours, theirs in rounds),
        cpu=median(ours.cpu_seconds / theirs.cpu_seconds for ours, theirs in rounds),
        memory=median(ours.peak_bytes / theirs.peak_bytes for ours, theirs in rounds),
    )


def judge(contest: Contest) -> list[Target]:
    seconds = {name: median(each.seconds for each in found) for name, found in contest.measured.items()}
    if contest.size.name == "demo":
        text, limit = "warm run at most 1.3 × bare dbt build + 2 s", 1.3 * seconds[DBT_BUILD] + 2
        return [Target(text, round(seconds[WARM], 2), round(limit, 2), "s")]
    peak = max(each.peak_bytes for name in (FIRST, WARM) for each in contest.measured[name])
    return [
        Target(
            "first run at most 1.5 × the hand-written script",
            round(seconds[FIRST], 2),
            round(1.5 * seconds[HAND], 2),
            "s",
        ),
        Target("peak memory below 6 GB", round(peak / 1e9, 2), 6, "GB"),
    ]


def told(contest: Contest, ratios: list[Ratio], targets: list[Target]) -> str:
    """The result for people."""
    lines = [f"{'':<21}{'wall s':>8}  {'(min - max)':<17}{'CPU s':>8}{'peak MB':>9}{'others':>8}"]
    for name, found in contest.measured.items():
        wall = [each.seconds for each in found]
        cpu, others = median(each.cpu_seconds for each in found), median(each.others for each in found)
        peak = median(each.peak_bytes for each in found) / 1e6
        spread = f"({min(wall):.1f} - {max(wall):.1f})"
        lines.append(f"{name:<21}{median(wall):>8.1f}  {spread:<17}{cpu:>8.1f}{peak:>9,.0f}{others:>8.1f}")
    lines += ["others: cores that other processes kept busy meanwhile; near 0 on a quiet machine", ""]
    for name, rounds in contest.steps.items():
        steps = ", ".join(f"{step} {median(each[step] for each in rounds):.1f} s" for step in rounds[0])
        lines.append(f"{name}: {steps}")
    lines.append("")
    for each in ratios:
        lines.append(
            f"{each.goldreel} takes {each.time:.2f} × the time, {each.cpu:.2f} × the CPU and "
            f"{each.memory:.2f} × the memory of: {each.other}"
        )
    lines += contest.notes
    lines += ["", *contest.checked.splitlines()]
    for target in targets:
        met = "met   " if target.value <= target.limit else "MISSED"
        lines.append(f"{met} {target.text}: {target.value:.1f} {target.unit}, limit {target.limit:.1f} {target.unit}")
    return "\n".join(lines)


def as_data(contest: Contest, ratios: list[Ratio], targets: list[Target]) -> dict[str, object]:
    """The result for scripts."""
    return {
        **asdict(contest.size),
        "measured": {name: [asdict(each) for each in found] for name, found in contest.measured.items()},
        "steps": contest.steps,
        "ratios": [asdict(ratio) for ratio in ratios],
        "targets": [asdict(target) | {"met": target.value <= target.limit} for target in targets],
        "checked": contest.checked,
        "notes": contest.notes,
    }


def quoted(contest: Contest, ratios: list[Ratio]) -> dict[str, object]:
    """The result for documents: medians, and goldreel's ratios to the others."""
    names = {FIRST: "first", WARM: "warm", HAND: "by_hand", PANDAS: "pandas", DBT_BUILD: "dbt_build"}
    measured = {names[name]: medians(found) for name, found in contest.measured.items()}
    to = {names[each.other]: {"time": each.time, "cpu": each.cpu, "memory": each.memory} for each in ratios}
    return {"sessions": contest.size.sessions, "rounds": contest.size.rounds, **measured, "ratio_to": to}


if __name__ == "__main__":
    sys.exit(main())
