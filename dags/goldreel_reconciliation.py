"""From time to time: whatever is due and no news told of is started; published data that are too old are told."""

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG

from goldreel.orchestration.reconciliation import look_around
from goldreel.orchestration.tasks import SETTINGS

with DAG(
    "goldreel_reconciliation",
    schedule=timedelta(seconds=SETTINGS.reconcile_every),
    start_date=datetime(2024, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    tags=["goldreel"],
    default_args={"owner": "goldreel", "weight_rule": "absolute", "execution_timeout": SETTINGS.timeout},
    description=__doc__,
):
    look_around()
