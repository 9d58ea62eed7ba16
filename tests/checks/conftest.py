from __future__ import annotations

import pytest

from checks.history import Checker
from goldreel.export_sql import export


@pytest.fixture(scope="session")
def checker() -> Checker:
    return Checker(export("duckdb", "2024-09-30")["bronze_to_silver.sql"])
