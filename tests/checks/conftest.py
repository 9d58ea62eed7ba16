from __future__ import annotations

import pytest

from checks.history import Checker
from exported import duckdb_scripts


@pytest.fixture(scope="session")
def checker() -> Checker:
    return Checker(duckdb_scripts()["bronze_to_silver.sql"])
