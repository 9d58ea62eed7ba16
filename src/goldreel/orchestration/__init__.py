"""What the DAGs in `dags/` share. Only the modules that say so import Airflow; goldreel itself never needs it."""

from __future__ import annotations

from goldreel.config import NO_USAGE_STATISTICS

POOL = "goldreel_warehouse"
"""The pool of whatever writes to the warehouse. One slot: one writer at a time, as a DuckDB file demands."""

AIRFLOW_SETTINGS = NO_USAGE_STATISTICS | {
    "AIRFLOW__CORE__LOAD_EXAMPLES": "false",
    "AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT": "120",  # the first time, dbt reads the models
    "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "false",
    "AIRFLOW__COSMOS__ENABLE_TELEMETRY": "false",
    "AIRFLOW__COSMOS__ENABLE_WATCHER_RELIABLE_RETRY": "false",  # a layer is built again as a whole, or not at all
}
"""What every process of Airflow should have in its environment, wherever it runs."""
