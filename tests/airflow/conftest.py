"""Airflow to test against; skips where it is not installed."""

from __future__ import annotations

import importlib.util
import os

REQUIRED = "GOLDREEL_REQUIRE_AIRFLOW"  # set where the tests must not be skipped

if importlib.util.find_spec("cosmos") is None:
    assert REQUIRED not in os.environ, "Airflow is missing, and these tests must run here"
    collect_ignore_glob = ["test_dags.py", "test_chain.py"]
