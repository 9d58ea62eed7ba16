"""The look from time to time: what is due that no news told. Runs in Airflow.

News can be lost: a DAG that is paused gets none, and Airflow drops some that come while a run waits. What is due is in
the warehouse all the same.
"""

from __future__ import annotations

import logging
from typing import Any

from airflow.sdk import Metadata, get_current_context, task

from goldreel import pipeline
from goldreel.config import load_settings
from goldreel.freshness import freshness
from goldreel.orchestration.assets import DUE, WHAT_IS_DUE
from goldreel.orchestration.deliveries import complete_files
from goldreel.orchestration.failures import told
from goldreel.orchestration.notify import tell_failure_once
from goldreel.orchestration.settings import OrchestrationSettings

log = logging.getLogger(__name__)

DAGS = {
    "csv": "dag_1_csv_loader",
    "json": "dag_2_json_content_loader",
    "silver": "dag_3_data_transformer_bronze",
    "gold": "dag_4_silver_to_gold",
}
"""Which makes what may be due."""

_LOADED = {"csv": ["users", "viewing_sessions"], "json": ["content"]}

NEWS_TAKE = 30.0
"""Seconds that news of a complete file may take to begin a run, before it counts as lost."""


@task(outlets=[WHAT_IS_DUE], priority_weight=40, retries=0, on_failure_callback=None)
def look_for_what_is_due() -> Any:
    """Sees which runs should be under way and are not, and has them begin; holds no slot of the pool."""
    of_dags = OrchestrationSettings()
    settle = of_dags.deliveries_settle + NEWS_TAKE
    with told():
        settings = load_settings()
        lying = {
            part: complete_files(of_dags.watched, settle, each, sources=settings.sources)
            for part, each in _LOADED.items()
        }
        outlook = pipeline.look_out(settings, lying["csv"] | lying["json"])
    log.info("%s", outlook.due.silver or outlook.due.gold or outlook.due.idle)
    due = {
        "csv": _not_loaded([file for file in outlook.files if file in lying["csv"]]),
        "json": _not_loaded([file for file in outlook.files if file in lying["json"]]),
        "silver": "" if _has_runs("gold", "running") else outlook.due.silver,  # which tells what it leaves over
        "gold": outlook.due.gold,  # a run of dag_3 that stands still, as it was paused, tells nothing
    }
    for part, why in due.items():
        if why and not _has_runs(part, "queued", "running"):
            log.warning(
                "%s No run of %s is under way, so no news told it, or it is paused: one is asked for.", why, DAGS[part]
            )
            yield Metadata(DUE[part], {"why": why}, alias=WHAT_IS_DUE)


def _not_loaded(files: list[str]) -> str:
    if not files:
        return ""
    more = f" and {len(files) - 3} more" if len(files) > 3 else ""
    return f"Not loaded yet: {', '.join(files[:3])}{more}."


def _has_runs(part: str, *states: str) -> bool:
    """Whether there are any but the one that asks."""
    context = get_current_context()
    is_one = context["dag"].dag_id == DAGS[part]
    return bool(context["ti"].get_dr_count(DAGS[part], states=list(states)) > is_one)


def look_after_failure_of(dbt: Any) -> None:
    """Look at once when dbt's own task failed: what was killed is due again, and one that failed a test is not."""
    dbt >> look_for_what_is_due.override(task_id="look_after_a_failure", trigger_rule="one_failed")()


@task(retries=0, on_failure_callback=tell_failure_once)
def published_data_are_fresh() -> None:
    """Fails while what readers get is older than GOLDREEL_MAX_AGE allows."""
    with told():
        age = freshness(load_settings())
        log.info("%s", age.told)
        age.refuse_stale()


def look_around() -> None:
    """The tasks of a look."""
    look_for_what_is_due()
    if load_settings().max_age:
        published_data_are_fresh()
