"""A source against goldreel's own format: `python -m benchmarks.sources`.

The same plays as `viewing_sessions.csv`, and as a file of ten columns that a source maps, as CSV, JSON lines and
Parquet: an id out of two columns, a title that becomes an id, a date with its time, a length of time, a number with a
decimal comma that is multiplied, a map, the first of two columns that is filled. Each is loaded in turn by a
`goldreel load` of its own into a new warehouse, as often as said. Told are medians, and the rates as shares of the own
format's: by CPU seconds, and by the clock, which the bound is about, and which means something on a quiet machine only.

Then how much memory it takes to load files of several sizes, with a limit that all of them pass: it must level out.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median

import duckdb

from benchmarks import kept
from benchmarks.contest import PYTHON
from benchmarks.measure import Measurement, apart, measure

OWN, FORMS = "own format", ("csv", "json_lines", "parquet")
LIMIT = 0.5
LEVELS_OUT, GROWS_WITH = 1.1, ("csv", "json_lines")
PACKAGES = ("goldreel", "duckdb", "pyarrow")

PLAYS = """
create view plays as select
    'S' || lpad(i::varchar, 10, '0') as id, 'U' || (hash(i) % 50000)::varchar as who,
    'Title ' || (hash(i * 7) % 2000)::varchar as what,
    timestamp '2024-01-01' + to_seconds((hash(i * 3) % 31000000)::bigint) as moment,
    (30 + hash(i * 5) % 7000)::bigint as seconds, round((hash(i * 11) % 1000) / 1000.0, 3) as share,
    ['tv', 'phone', 'tablet', 'web'][1 + (hash(i * 13) % 4)::int] as device,
    ['HD', '4K', 'SD', ''][1 + (hash(i * 17) % 4)::int] as quality,
    ['fr', 'de', 'es'][1 + (hash(i * 19) % 3)::int] as region,
    'bitrate ' || (hash(i * 23) % 9)::varchar as fallback
from range({records}) as numbers(i)
"""
AS_OURS = """
select id as session_id, who as user_id, what as content_id, strftime(moment, '%Y-%m-%d') as watch_date,
    round(seconds / 60.0, 1) as watch_duration_minutes, round(share * 100, 1) as completion_percentage,
    device as device_type, quality as quality_level
from plays
"""
AS_OTHERS = """
select id, region, who, what, strftime(moment, '%d/%m/%Y %H:%M:%S') as started,
    strftime(timestamp '2024-01-01' + to_seconds(seconds), '%H:%M:%S') as watched,
    replace(share::varchar, '.', ',') as progress, device, quality, fallback
from plays
"""
COPIES = {
    "csv": ("plays.csv", "(header, delimiter ';')", "{type: csv, delimiter: ';'}"),
    "json_lines": ("plays.jsonl", "(format json)", "{type: json_lines}"),
    "parquet": ("plays.parquet", "(format parquet)", "{type: parquet}"),
}
SOURCE = """
files:
  - match: "plays*"
    format: {form}
    records:
      viewing_sessions:
        columns:
          session_id: {{hash: [id, region]}}
          user_id: who
          content_id: {{from: what, as_id: true}}
          watch_date: {{from: started, date: "DD/MM/YYYY HH:mm:ss"}}
          watch_duration_minutes: {{from: watched, duration: "h:m:s"}}
          completion_percentage: {{from: progress, number: {{decimal: ","}}, times: 100}}
          device_type: {{from: device, map: {{tv: TV, phone: Mobile, tablet: Tablet}}, otherwise: Browser}}
          quality_level: {{from: [quality, fallback], default: Unknown}}
"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sources", description=__doc__)
    parser.add_argument("--records", type=int, default=1_000_000, help="plays [%(default)s]")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is loaded [%(default)s]")
    parser.add_argument("--forms", nargs="+", choices=FORMS, default=FORMS, help="of the foreign file [all]")
    parser.add_argument(
        "--memory",
        nargs="*",
        type=int,
        default=[1_000_000, 4_000_000, 8_000_000],
        metavar="PLAYS",
        help="[%(default)s]",
    )
    parser.add_argument("--limit", default="250MB", help="GOLDREEL_MEMORY_LIMIT of these [%(default)s]")
    parser.add_argument("--workspace", type=Path, help="folder to work in [the system's temporary folder]")
    kept.add_option(parser)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="goldreel-sources-", dir=options.workspace)).absolute()
    try:
        found = rounds(folder / "rates", options.records, options.forms, options.rounds)
        figures = told(found, options.records)
        peaks = {form: peaks_of(folder / form, form, options.memory, options.limit) for form in GROWS_WITH}
    finally:
        shutil.rmtree(folder)
    if options.memory:
        figures["peak_bytes"] = {form: told_of_memory(form, of_size) for form, of_size in peaks.items()}
    if options.record:
        kept.record("sources", figures, PACKAGES)
    return 0


def rounds(folder: Path, records: int, forms: list[str], how_many: int) -> dict[str, list[Measurement]]:
    """Load each delivery in turn."""
    apart(deliver, folder, records, [OWN, *forms])
    found: dict[str, list[Measurement]] = {name: [] for name in (OWN, *forms)}
    for _ in range(how_many):
        for name, measured in found.items():
            measured.append(load(folder, name))
    shutil.rmtree(folder)
    return found


def peaks_of(folder: Path, form: str, sizes: list[int], limit: str) -> dict[int, int]:
    """The most memory that loading files of several sizes took, in bytes."""
    found = {}
    for records in sizes:
        apart(deliver, folder, records, [form])
        found[records] = load(folder, form, GOLDREEL_MEMORY_LIMIT=limit).peak_bytes
        shutil.rmtree(folder)
    return found


def deliver(folder: Path, records: int, names: list[str]) -> None:
    """Write deliveries."""
    for name in names:
        (folder / name).mkdir(parents=True)
    with duckdb.connect() as connection:
        connection.execute(PLAYS.format(records=records))
        for form in names:
            if form == OWN:
                connection.execute(f"copy ({AS_OURS}) to '{folder / OWN / 'viewing_sessions.csv'}' (header)")
                continue
            file, options, written = COPIES[form]
            connection.execute(f"copy ({AS_OTHERS}) to '{folder / form / file}' {options}")
            (folder / form / "plays.source.yml").write_text(SOURCE.format(form=written), encoding="utf-8")


def load(folder: Path, name: str, **settings: str) -> Measurement:
    """Load a delivery into a new warehouse.

    Raises:
        CommandFailed: it could not be loaded.
    """
    home = folder / "home"
    environment = os.environ | {"GOLDREEL_HOME": str(home), "GOLDREEL_ENGINE": "duckdb"} | settings
    command = [PYTHON, "-m", "goldreel", "load", str(folder / name)]
    try:
        return measure(command, environment, folder / "log")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def told(found: dict[str, list[Measurement]], records: int) -> dict[str, object]:
    """Print what was measured, and return it."""
    print(
        f"{records:,} plays\n{'':<12}{'CPU s':>8}{'wall s':>8}{'peak MB':>9}{'others':>8}   rate, of the own format's"
    )
    figures: dict[str, object] = {"records": records}
    least = []
    for name, measured in found.items():
        cpu = median(own.cpu_seconds / each.cpu_seconds for own, each in zip(found[OWN], measured, strict=True))
        wall = median(own.seconds / each.seconds for own, each in zip(found[OWN], measured, strict=True))
        values = {
            field: median(getattr(each, field) for each in measured)
            for field in ("cpu_seconds", "seconds", "peak_bytes", "others")
        }
        print(
            f"{name:<12}{values['cpu_seconds']:>8.1f}{values['seconds']:>8.1f}{values['peak_bytes'] / 1e6:>9,.0f}"
            f"{values['others']:>8.1f}   {wall:.2f} by the clock, {cpu:.2f} by CPU"
        )
        figures[name.replace(" ", "_")] = values | {"rate_by_cpu": cpu, "rate_by_wall": wall}
        if name != OWN:
            least.append(wall)
    met = min(least) >= LIMIT
    print(f"{'met   ' if met else 'MISSED'} by the clock a source loads at {LIMIT:.0%} of the own rate or more")
    return figures


def told_of_memory(form: str, peaks: dict[int, int]) -> dict[str, int]:
    """Print how memory went with the size of the file, and return it."""
    *_, before, last = [0, *peaks.values()]
    met = len(peaks) < 2 or last <= LEVELS_OUT * before
    sizes = ", ".join(f"{records:,} plays: {peak / 1e6:,.0f} MB" for records, peak in peaks.items())
    print(f"{'met   ' if met else 'MISSED'} memory levels out ({form}: {sizes})")
    return {f"of_{records}": peak for records, peak in peaks.items()}


if __name__ == "__main__":
    sys.exit(main())
