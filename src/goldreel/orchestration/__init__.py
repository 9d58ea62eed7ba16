"""What the DAGs in `dags/` share. Only the modules that say so import Airflow; goldreel itself never needs it."""

from __future__ import annotations

from configparser import ConfigParser
from pathlib import Path

from goldreel.config import NO_USAGE_STATISTICS

POOL = "goldreel_warehouse"
"""The pool of whatever writes to the warehouse. One slot: one writer at a time, as a DuckDB file demands."""

AIRFLOW_CONFIG = Path(__file__).with_name("airflow.cfg")


def _airflow_settings() -> dict[str, str]:
    config = ConfigParser()
    config.read_string(AIRFLOW_CONFIG.read_text(encoding="utf-8"))
    return {
        f"AIRFLOW__{section}__{option}".upper(): value
        for section in config.sections()
        for option, value in config.items(section)
    }


AIRFLOW_SETTINGS = NO_USAGE_STATISTICS | _airflow_settings()
"""What every process of Airflow should have in its environment, wherever it runs."""

SQLITE_PATIENCE = {"timeout": 60}
"""How many seconds Airflow's processes, but for its API server, wait for each other's writes where its database is
SQLite; Python's own 5 are too few for a busy machine ("database is locked").
"""
