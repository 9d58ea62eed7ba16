"""What some tests need and not every machine has, and how they come to be left out.

A test needs what the fixtures stand for that it uses, directly or through others. They mark it, and nothing else does
(`conftest.py`), so that no test can lack its mark. `make test` runs what has none of these marks; each mark has a
word of its own, `make test-spark` say.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import NoReturn

import pytest


@dataclass(frozen=True)
class Need:
    """Something that a machine may lack.

    Attributes:
        name: the mark, and the word behind `make test-`.
        fixture: what a test uses that needs it.
        required: the environment variable that says: fail where it is missing, do not skip.
    """

    name: str
    fixture: str
    required: str

    def is_missing(self, what: str) -> NoReturn:
        """Skip the test, or fail where it must run."""
        missing(what, self.required)


SPARK = Need("spark", "java", "GOLDREEL_REQUIRE_SPARK")
AIRFLOW = Need("airflow", "scheduler", "GOLDREEL_REQUIRE_AIRFLOW")
BROWSER = Need("browser", "chromium", "GOLDREEL_REQUIRE_BROWSER")
SQLSERVER = Need("sqlserver", "live_server", "GOLDREEL_REQUIRE_SQLSERVER")
CONTAINERS = Need("containers", "container_engine", "GOLDREEL_REQUIRE_CONTAINERS")
READERS = Need("readers", "older_duckdb", "GOLDREEL_REQUIRE_READERS")
KUBERNETES = Need("kubernetes", "control_plane", "GOLDREEL_REQUIRE_KUBERNETES")
NEEDS = (SPARK, AIRFLOW, BROWSER, READERS, SQLSERVER, KUBERNETES, CONTAINERS)


def missing(what: str, required: str) -> NoReturn:
    """Skip the test, or fail where the variable `required` says that it must run."""
    if os.environ.get(required):
        pytest.fail(f"{what}, and these tests must run here ({required})")
    pytest.skip(what)
