"""What the tasks of the DAGs do: they call what the command line calls. Runs in Airflow."""

from __future__ import annotations

import io
import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from airflow.sdk import Metadata, Param, get_current_context, task

from goldreel import clock, pipeline
from goldreel.build_log import Build
from goldreel.config import Settings, load_settings
from goldreel.console import console
from goldreel.errors import GoldreelError
from goldreel.orchestration import POOL, run_context
from goldreel.orchestration.assets import BRONZE, LEFT_OVER, PUBLISHED, SILVER_BUILT, WHAT_IS_LEFT
from goldreel.orchestration.deliveries import complete_files
from goldreel.orchestration.failures import fail, skip, told
from goldreel.orchestration.notify import tell_failure
from goldreel.orchestration.object_store import fetching
from goldreel.orchestration.settings import MAX_RETRY_DELAY, OrchestrationSettings
from goldreel.pipeline import RunReport
from goldreel.report import print_run

log = logging.getLogger(__name__)

SETTINGS = OrchestrationSettings()

DAG_SETTINGS: dict[str, Any] = {
    "catchup": False,
    "max_active_runs": 1,
    "max_active_tasks": 8,  # of a layer's many tasks, which wait for dbt and ask after it
    "tags": ["goldreel"],
    "default_args": {
        "owner": "goldreel",
        "weight_rule": "absolute",  # for a slot of the pool: what ends a build, dbt (20, by Cosmos), loads, new builds
        "retries": SETTINGS.retries,
        "retry_delay": timedelta(seconds=SETTINGS.retry_delay),
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(seconds=MAX_RETRY_DELAY),
        "execution_timeout": SETTINGS.timeout,
        "on_failure_callback": tell_failure,
    },
    "params": {
        "delivery": Param(None, type=["null", "string"], description="a folder to load instead of what has arrived"),
        "engine": Param(None, type=["null", "string"], description="duckdb, sqlserver or spark; none: GOLDREEL_ENGINE"),
        "as_of": Param(
            None,
            type=["null", "string"],
            format="date",
            description="day to count to, YYYY-MM-DD; none: today in UTC",
        ),
    },
}


def load_entity(entity: str) -> Any:
    """A task that loads the files of one kind; skipped when none of them is new."""

    @task(task_id=f"load_{entity}", pool=POOL, priority_weight=10, outlets=[BRONZE[entity]])
    def load() -> Any:
        with told():
            report = _load(entity)
        loaded = [outcome for outcome in report.files if outcome.status == "loaded"]
        refused = [
            {"what": outcome.refusal.what, "where": outcome.refusal.where, "remedy": outcome.refusal.remedy}
            for outcome in report.refused
            if outcome.refusal is not None
        ]
        get_current_context()["ti"].xcom_push(key="refused", value=refused)
        if not loaded:
            skip(f"No new file of {entity}.")
        yield Metadata(
            BRONZE[entity],
            run_context.passed_on()
            | {
                "files": [outcome.path.name for outcome in loaded],
                "rows": sum(outcome.load.records_loaded for outcome in loaded if outcome.load),
                "rejected": sum(outcome.load.records_rejected for outcome in loaded if outcome.load),
                "refused": len(refused),
            },
        )

    return load


def _load(entity: str) -> RunReport:
    settings, delivery = run_context.engine_settings(), get_current_context()["params"]["delivery"]
    if delivery:
        report = pipeline.load(settings, [delivery], pipeline.Silent(), lambda kind, file: kind.name == entity)
    else:
        complete = complete_files(SETTINGS.watched, SETTINGS.deliveries_settle, [entity], sources=settings.sources)
        if not complete:
            skip(f"There is no complete file of {entity} in {SETTINGS.deliveries}.")
        with fetching(SETTINGS.watched) as fetch:
            report = pipeline.load_arrived(settings, complete, entity, pipeline.Silent(), fetch)
    _log_summary(report)
    return report


@task(trigger_rule="none_failed", retries=0)
def report_refused_files(loads: Sequence[str]) -> None:
    """Fails when a file was refused, after all the others were loaded and went on their way."""
    found = get_current_context()["ti"].xcom_pull(task_ids=list(loads), key="refused") or []
    refused = [file for of_load in found for file in of_load or []]
    if not refused:
        skip("No file was refused.")
    fail(
        GoldreelError(
            " ".join(file["what"] for file in refused),
            where="; ".join(file["where"] for file in refused),
            remedy="; ".join(dict.fromkeys(file["remedy"] for file in refused)),
        )
    )


@task(pool=POOL, priority_weight=10)
def begin_build() -> dict[str, Any]:
    """Begins a build; skipped when none is due, unless a person started the run."""
    settings = run_context.engine_settings()
    day = run_context.as_of() or clock.today()
    with told():
        build = pipeline.begin_build(settings, day, only_due=not run_context.by_hand())
    log.info("Build %s begins, of loads up to %s, as of %s.", build.build_id, build.seen_load_id, build.as_of)
    return _handle(build, settings)


@task(pool=POOL, priority_weight=15)
def take_up_build() -> dict[str, Any]:
    """Takes up the last build whose silver is tested, whichever was announced; skipped when it is published."""
    settings = run_context.engine_settings()
    with told():
        build = pipeline.take_up_build(settings, run_context.as_of(), only_due=not run_context.by_hand())
    return _handle(build, settings)


@task(outlets=[SILVER_BUILT])
def announce_silver(build: dict[str, Any]) -> Any:
    """Lets dag_4 begin."""
    yield Metadata(SILVER_BUILT, build)


@task(pool=POOL, priority_weight=30, outlets=[PUBLISHED, WHAT_IS_LEFT])
def publish(build: dict[str, Any]) -> Any:
    """Hands the build over to readers, and tells the summary of it, and what came while it was made."""
    settings = load_settings(build["engine"])
    with told():
        publication = pipeline.publish(settings, build_id=build["build_id"])
    report = pipeline.describe(settings)
    report.publication = publication
    _log_summary(report)
    if report.due.silver:
        log.info("%s They are built next.", report.due.silver)
        yield Metadata(LEFT_OVER, run_context.passed_on() | {"why": report.due.silver}, alias=WHAT_IS_LEFT)
    yield Metadata(PUBLISHED, build | {"version": publication.version, "data_through": publication.data_through})


def _handle(build: Build, settings: Settings) -> dict[str, Any]:
    """What the tasks that follow must know of the build, and those of the next DAG."""
    return {"build_id": build.build_id, "engine": settings.engine, "as_of": build.as_of}


def _log_summary(report: RunReport) -> None:
    """The summary that the command line prints, as lines of the task's log."""
    text = io.StringIO()
    print_run(report, console(file=text, width=150))
    for line in text.getvalue().splitlines():
        log.info("%s", line)
