"""Runs the hand-written scripts: python benchmarks/by_hand DELIVERY OUTPUT AS_OF MEMORY_LIMIT THREADS.

The first delivery makes OUTPUT/warehouse.duckdb and OUTPUT/readers.duckdb; another one is a day that adds to them.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

HERE = Path(__file__).parent
ANEW = ("gold", "audience", "summary", "star", "readers")
FIRST = ("bronze", "rules", "first", *ANEW)
DAY = ("day", *ANEW)


def main(delivery: str, output: str, as_of: str, memory_limit: str, threads: str) -> None:
    """Take one delivery, with goldreel's DuckDB settings."""
    folder = Path(output)
    scripts = DAY if folder.exists() else FIRST
    folder.mkdir(parents=True, exist_ok=True)
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory_limit,
        "threads": threads,
        "preserve_insertion_order": "false",
    }
    with duckdb.connect(str(folder / "warehouse.duckdb"), config=settings) as connection:
        connection.execute(f"attach '{folder}/readers.duckdb' as readers")
        connection.execute("set variable delivery = ?", [delivery])
        connection.execute("set variable as_of = ?", [as_of])
        for script in scripts:
            connection.execute((HERE / f"{script}.sql").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main(*sys.argv[1:])
