"""Whether contestants came to the same gold: python -m benchmarks.same_result NAME=WHERE NAME=WHERE...

WHERE is a DuckDB file, or a folder of Parquet files, or of folders of them. All cells of all gold tables are
compared with the first's; of a contestant named in PARTIAL, those of the tables and columns that it makes.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path

import duckdb

KEYS = {
    "gold_executive_summary": ("metric_category",),
    "gold_data_quality": ("entity", "outcome", "rule"),
    "gold_country_insights": ("country",),
    "gold_genre_analytics": ("genre",),
    "gold_user_segmentation": ("user_segment",),
    "gold_content_performance": ("content_id",),
    "gold_user_analytics": ("user_id",),
    "gold_daily_activity": ("activity_date",),
    "gold_retention_cohorts": ("cohort_month", "months_since"),
    "gold_subscription_insights": ("subscription_type",),
    "gold_device_quality": ("device_type", "quality_level"),
    "gold_content_lifecycle": ("content_id",),
}
PARTIAL = {"pandas": tuple(KEYS)[:7]}
HEADLINES = ("active_users_100h_plus", "total_content_catalog", "total_viewing_sessions", "total_watch_hours")

Key = tuple[object, ...]
Row = dict[str, object]


def read(where: Path, table: str) -> dict[Key, Row]:
    """A gold table as rows by their keys."""
    is_database = where.is_file()
    files = f"{table}/*.parquet" if (where / table).is_dir() else f"{table}.parquet"
    source = table if is_database else f"'{where / files}'"
    with duckdb.connect(str(where) if is_database else ":memory:", read_only=is_database) as connection:
        result = connection.execute(f"select * from {source}")
        columns = [column[0] for column in result.description or ()]
        rows = [dict(zip(columns, values, strict=True)) for values in result.fetchall()]
    return {tuple(row[name] for name in KEYS[table]): row for row in rows}


def differences(table: str, wanted: dict[Key, Row], found: dict[Key, Row], partial: bool) -> Iterator[str]:
    if wanted.keys() != found.keys():
        yield f"{table}: {len(wanted.keys() - found.keys())} rows missing, {len(found.keys() - wanted.keys())} too many"
        return
    for key, row in wanted.items():
        for name, value in row.items():
            if name not in found[key] and partial:
                continue
            if not same(value, found[key].get(name, "no such column")):
                yield f"{table} {key}, {name}: {value!r} and {found[key].get(name)!r}"


def same(wanted: object, found: object) -> bool:
    """Equal, but for the order in which floating-point numbers were summed, and for how a type is named."""
    if isinstance(found, datetime):
        found = found.date()
    if isinstance(wanted, int | float) and isinstance(found, int | float):
        return math.isclose(wanted, found, rel_tol=1e-9)
    return wanted == found


def main(arguments: list[str]) -> int:
    names, places = zip(*(argument.split("=", 1) for argument in arguments), strict=True)
    found: list[str] = []
    for table in KEYS:
        wanted = read(Path(places[0]), table)
        if table == "gold_executive_summary":
            (summary,) = wanted.values()
            print(", ".join(f"{name} {summary[name]:,}" for name in HEADLINES))
        for name, place in zip(names[1:], places[1:], strict=True):
            if table not in PARTIAL.get(name, KEYS):
                continue
            different = differences(table, wanted, read(Path(place), table), name in PARTIAL)
            found += (f"{names[0]} and {name}: {each}" for each in islice(different, 5))
    print(*found or ["same result"], sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
