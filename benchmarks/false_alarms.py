"""Whether clean loads are ever taken for wrong ones: `python -m benchmarks.false_alarms`.

Looks with `load_checks` at the demo, at the reference delivery where there is one, and at generated histories without
dirt, of 2 to 14 deliveries, from fifty users to thousands. After each delivery, as a build would: what waits for
another delivery is judged as it stands on that day. Any check that is not `ok` is an alarm, and fails.

Files are loaded as `goldreel load` does; the models are carried out as the exported DuckDB script has them, without
dbt and without the gold that no check reads, so that a history costs seconds.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import duckdb

from benchmarks import kept
from goldreel import pipeline
from goldreel.config import Settings
from goldreel.export_sql import export
from goldreel.generator import GeneratorOptions, generate

REFERENCE = Path(os.environ.get("GOLDREEL_REFERENCE", Path(__file__).parents[2] / "shared" / "data" / "reference"))
DEMO = GeneratorOptions()
PACKAGES = ("goldreel", "duckdb")


@dataclass(frozen=True)
class Alarm:
    """A check that was not `ok`, after so many deliveries."""

    history: str
    deliveries: int
    file: str
    check: str
    verdict: str
    told: str


@dataclass(frozen=True)
class Looked:
    """What was looked at, and what was found."""

    checks: int
    alarms: tuple[Alarm, ...]


def histories(count: int, seed: int = 1) -> Iterator[GeneratorOptions]:
    """Clean histories of many kinds: quiet and busy services, few long deliveries and many short ones.

    In all of them some users and titles come a delivery late. Where one of them is a tenth of a delivery's sessions
    the alarm is right: a history has 40 titles, 50 users and, in the mean, 200 sessions in a delivery at least.
    """
    chance = random.Random(seed)
    for number in range(count):
        deliveries = chance.randint(2, 14)
        users = round(50 * 60 ** chance.random())
        yield GeneratorOptions(
            users=users,
            sessions=round(max(users * chance.uniform(1, 20), 200 * deliveries)),
            titles=round(40 * 10 ** chance.random()),
            days=deliveries * chance.choice((1, 1, 1, 7, 30)),
            deliveries=deliveries,
            seed=1000 * seed + number,
            start=date(2021, 1, 1) + timedelta(days=chance.randint(0, 365)),
            gzip=chance.random() < 0.2,
        )


def look_at(name: str, deliveries: Sequence[Path], script: str, home: Path) -> Looked:
    """Load the deliveries one after the other, and look at all loads after each."""
    settings = Settings(home=home, threads=1)
    found: dict[tuple[str, str, str], Alarm] = {}
    checks = 0
    for number, folder in enumerate(deliveries, start=1):
        refused = pipeline.load(settings, [folder], pipeline.Silent()).refused
        assert not refused, refused
        with duckdb.connect(str(settings.warehouse_file), config={"threads": 1}) as warehouse:
            warehouse.execute(script)
            rows = warehouse.execute(
                "select source_file, check_name, verdict, concat_ws('; ', observed, expected, example) "
                "from load_checks order by load_id, check_name"
            ).fetchall()
        checks = len(rows)
        for file, check, verdict, told in rows:
            if verdict != "ok":
                found.setdefault((file, check, told), Alarm(name, number, file, check, verdict, told))
    return Looked(checks, tuple(found.values()))


def look_at_generated(options: GeneratorOptions, script: str) -> Looked:
    with tempfile.TemporaryDirectory(prefix="goldreel-false-alarms-") as work:
        folders = generate(Path(work) / "delivered", options).folders
        return look_at(str(options), folders, script, Path(work) / "home")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.false_alarms", description=__doc__)
    parser.add_argument("--histories", type=int, default=100, help="how many are generated [%(default)s]")
    parser.add_argument("--seed", type=int, default=1, help="another one makes others [%(default)s]")
    parser.add_argument("--processes", type=int, default=1, help="at work at the same time [%(default)s]")
    kept.add_option(parser)
    options = parser.parse_args()

    started = time.process_time()
    script = export("duckdb", "2024-12-31")["bronze_to_silver.sql"]
    looked = []
    with tempfile.TemporaryDirectory(prefix="goldreel-false-alarms-") as work:
        generate(Path(work) / "demo", DEMO)
        for name, folder in (("demo", Path(work) / "demo"), ("reference", REFERENCE)):
            if folder.is_dir():
                looked.append(look_at(name, [folder], script, Path(work) / f"home of {name}"))
                print(f"{name}: {told(looked[-1])}", flush=True)
            else:
                print(f"{name}: left out, there is no {folder}")
    of_all = list(histories(options.histories, options.seed))
    with ProcessPoolExecutor(options.processes) as pool:
        for number, each in enumerate(pool.map(partial(look_at_generated, script=script), of_all), start=1):
            looked.append(each)
            if each.alarms or number % 10 == 0:
                print(f"history {number} of {len(of_all)}: {told(each)}", flush=True)
    alarms = [alarm for each in looked for alarm in each.alarms]
    by_check = Counter(alarm.check for alarm in alarms)
    print(f"\n{sum(each.checks for each in looked):,} verdicts, {len(alarms)} alarms {dict(by_check)}")
    if options.record:
        kept.record("false_alarms", figures(looked, len(of_all), time.process_time() - started), PACKAGES)
    return 1 if alarms else 0


def told(looked: Looked) -> str:
    lines = [f"{looked.checks:,} verdicts, " + (f"{len(looked.alarms)} alarms" if looked.alarms else "no alarm")]
    lines += [
        f"  {alarm.verdict} after delivery {alarm.deliveries}: {alarm.file} {alarm.check}: {alarm.told}"
        for alarm in looked.alarms
    ]
    return "\n".join([*lines, *{f"  {alarm.history}" for alarm in looked.alarms}])


def figures(looked: Sequence[Looked], generated: int, cpu_seconds: float) -> dict[str, object]:
    return {
        "histories": generated,
        "others": len(looked) - generated,
        "verdicts": sum(each.checks for each in looked),
        "alarms": sum(len(each.alarms) for each in looked),
        "cpu_seconds": cpu_seconds,
    }


if __name__ == "__main__":
    sys.exit(main())
