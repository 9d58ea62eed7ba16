"""Runs by_hand.sql: python -m benchmarks.by_hand DELIVERY OUTPUT AS_OF MEMORY_LIMIT THREADS."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb


def main(delivery: str, output: str, as_of: str, memory_limit: str, threads: str) -> None:
    """Build OUTPUT/warehouse.duckdb and OUTPUT/readers.duckdb from the delivery, with goldreel's DuckDB settings."""
    Path(output).mkdir(parents=True)
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory_limit,
        "threads": threads,
        "preserve_insertion_order": "false",
    }
    with duckdb.connect(f"{output}/warehouse.duckdb", config=settings) as connection:
        connection.execute(f"attach '{output}/readers.duckdb' as readers")
        connection.execute("set variable delivery = ?", [delivery])
        connection.execute("set variable as_of = ?", [as_of])
        connection.execute(Path(__file__).with_name("by_hand.sql").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main(*sys.argv[1:])
