"""The exported scripts for DuckDB, made once in each process of the tests: dbt takes seconds to write them."""

from __future__ import annotations

from functools import cache

from goldreel.export_sql import export

AS_OF = "2024-09-30"


@cache
def duckdb_scripts() -> dict[str, str]:
    """By file name, as of `AS_OF`."""
    return export("duckdb", AS_OF)
