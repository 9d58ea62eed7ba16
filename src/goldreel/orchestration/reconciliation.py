"""The look from time to time: what is due that no news told. Runs in Airflow.

News can be lost: a DAG that is paused gets none, and Airflow drops some that come while a run waits. What is due is in
the warehouse all the same.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import get_current_context, task

from goldreel import pipeline
from goldreel.config import load_settings
from goldreel.freshness import freshness
from goldreel.orchestration.deliveries import complete_files
from goldreel.orchestration.failures import told
from goldreel.orchestration.notify import tell_failure_once
from goldreel.orchestration.settings import OrchestrationSettings

log = logging.getLogger(__name__)

DAG_1, DAG_2 = "dag_1_csv_loader", "dag_2_json_content_loader"
DAG_3, DAG_4 = "dag_3_data_transformer_bronze", "dag_4_silver_to_gold"

_LOADERS = {DAG_1: ["users", "viewing_sessions"], DAG_2: ["content"]}

NEWS_TAKE = 30.0
"""Seconds that news of a complete file may take to begin a run, before it counts as lost."""


@task(priority_weight=40, retries=0, on_failure_callback=None)
def look_for_what_is_due() -> list[dict[str, Any]]:
    """Sees which runs should be under way and are not. Reads what is there, and holds no slot of the pool."""
    of_dags = OrchestrationSettings()
    settle = of_dags.deliveries_settle + NEWS_TAKE
    with told():
        settings = load_settings()
        lying = {
            dag: complete_files(of_dags.watched, settle, each, sources=settings.sources)
            for dag, each in _LOADERS.items()
        }
        outlook = pipeline.look_out(settings, lying[DAG_1] | lying[DAG_2])
    log.info("%s", outlook.due.silver or outlook.due.gold or outlook.due.idle)
    due = {
        DAG_1: _not_loaded([file for file in outlook.files if file in lying[DAG_1]]),
        DAG_2: _not_loaded([file for file in outlook.files if file in lying[DAG_2]]),
        DAG_3: "" if _has_runs(DAG_4, "running") else outlook.due.silver,  # which tells what it leaves over
        DAG_4: outlook.due.gold,  # a run of dag_3 that stands still, as it was paused, tells nothing
    }
    lost = {dag: why for dag, why in due.items() if why and not _has_runs(dag, "queued", "running")}
    for dag, why in lost.items():
        log.warning("%s No run of %s is under way, so no news told it: one is started.", why, dag)
    moment = datetime.now(UTC).isoformat(timespec="seconds")
    return [{"trigger_dag_id": dag, "trigger_run_id": f"found__{moment}", "note": lost[dag]} for dag in lost]


def _not_loaded(files: list[str]) -> str:
    if not files:
        return ""
    more = f" and {len(files) - 3} more" if len(files) > 3 else ""
    return f"Not loaded yet: {', '.join(files[:3])}{more}."


def _has_runs(dag: str, *states: str) -> bool:
    return bool(get_current_context()["ti"].get_dr_count(dag, states=list(states)))


@task(retries=0, on_failure_callback=tell_failure_once)
def published_data_are_fresh() -> None:
    """Fails while what readers get is older than GOLDREEL_MAX_AGE allows."""
    with told():
        age = freshness(load_settings())
        log.info("%s", age.told)
        age.refuse_stale()


def look_around() -> None:
    """The tasks of a look: each run that is due is started, with the reason as its note; skipped when there is none."""
    starter = TriggerDagRunOperator.partial(task_id="start", logical_date=None, retries=0)
    starter.expand_kwargs(look_for_what_is_due())
    if load_settings().max_age:
        published_data_are_fresh()
