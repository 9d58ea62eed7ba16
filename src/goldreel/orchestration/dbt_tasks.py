"""What happens around the dbt of a layer, through the hooks that Cosmos has for it. Runs in Airflow."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

from airflow.sdk.exceptions import AirflowFailException, AirflowRescheduleException, AirflowSkipException
from airflow.sdk.execution_time import task_runner
from airflow.sdk.execution_time.supervisor import InProcessSupervisorComms

from goldreel import pipeline
from goldreel.build_log import Build
from goldreel.config import NO_USAGE_STATISTICS, Settings, dbt_environment, load_settings
from goldreel.dbt_calls import at_pace
from goldreel.engines import Engine
from goldreel.errors import GoldreelError
from goldreel.orchestration.failures import fail, told
from goldreel.orchestration.manifests import Layer, layer_manifest, layer_tests
from goldreel.orchestration.progress import ENDED, LISTENED_FOR, tell_all, telling_once
from goldreel.orchestration.settings import OrchestrationSettings
from goldreel.sources import with_thresholds_of_sources
from goldreel.transform import BuildResult, read_results

log = logging.getLogger(__name__)

_BEHIND_DBT = 10  # steps down from the priority of its process, which ends with the task

HAS_NO_PLACE = {"None": 3.0, "scheduled": 3.0, "queued": 20.0}
"""States of dbt's own task, and for how many seconds those of models wait for it to begin before they make room.

Which is soon where Airflow has given it no slot: it is theirs that it needs.
"""

_MAKES_ROOM_FOR = 20.0  # seconds; Airflow fails a task that comes back before the scheduler has noted that it went

_NO_OTHER_LOGS = ("--log-level", "none", "--log-level-file", "none")  # what dbt says goes into the task's

_held = ExitStack()


def open_for_dbt(layer: Layer) -> Callable[[Any, Any], None]:
    """Before dbt starts: hold the warehouse, in this process; tell dbt what to build where (a Cosmos interceptor)."""

    def intercept(context: Any, operator: Any) -> None:
        begun = _handle_of(context)
        settings = load_settings(begun["engine"])
        # Cosmos gives this task no second try: it waits as long as all the tries of another task do
        patience = settings.lock_timeout + OrchestrationSettings().patience
        settings = settings.model_copy(update={"lock_timeout": patience})
        try:
            with told():
                engine, build = _held.enter_context(pipeline.open_build(settings, begun["build_id"], final=layer.final))
        except AirflowSkipException:
            context["ti"].xcom_push(key="overtaken", value=True)
            raise
        # this process is the task's own, and ends with it; passwords stay out of what Airflow keeps of a task
        _held.enter_context(dbt_environment(NO_USAGE_STATISTICS | engine.dbt_environment() | build.dbt_environment))
        operator.cache_dir = settings.dbt_workspace / "airflow"  # what dbt read for one layer serves the other
        operator.vars = with_thresholds_of_sources(engine, settings).dbt_variables(begun["as_of"])
        operator.select = layer.selection
        # Cosmos names a target behind all other options: what it was drawn with would win
        operator.profile_config = replace(operator.profile_config, target_name=engine.name)
        _held.enter_context(at_pace(LISTENED_FOR))
        operator._make_parse_callable = telling_once(operator)
        if find_spec("airflow.providers.openlineage") is None:
            operator.calculate_openlineage_events_completes = _nobody_takes_lineage
        operator.dbt_cmd_flags = ["--exclude-resource-type", "unit_test", *_NO_OTHER_LOGS]
        operator.callback_args = {
            "engine": engine,
            "settings": settings,
            "build": build._replace(as_of=begun["as_of"]),
            "tests": layer_tests(layer, settings),
            "manifest": layer_manifest(layer, settings),
        }

    return intercept


def _nobody_takes_lineage(*_: Any, **__: Any) -> bool:
    """In place of what Cosmos finds out for OpenLineage's provider, in longer than publishing takes."""
    return False


def close_after_dbt(layer: Layer) -> Callable[..., None]:
    """After dbt ended: note what became of the layer, and let go of the warehouse (a Cosmos callback).

    Raises:
        TaskFailed: a model or test failed; names them, and how many rows.
    """

    def ended(
        project: str, context: Any, engine: Engine, settings: Settings, build: Build, tests: int, manifest: Path
    ) -> None:
        result = read_results(Path(project) / "target" / "run_results.json", tests)
        with _held.pop_all():
            stands = pipeline.end_part(engine, settings, build, result, final=layer.final)
        log.info(
            "Build %s: %s models built, %s tests passed", stands.build_id, stands.models_built, stands.tests_passed
        )
        if not result.passed:
            fail(_failure(stands, result, engine.location))
        tell_all(context["ti"], manifest)

    return ended


def _failure(build: Build, result: BuildResult, location: str) -> GoldreelError:
    found = [
        f"{node.kind} {node.name}: " + (f"broken by {_rows(node.failures)}" if node.failures else node.message)
        for node in result.failed
    ]
    if result.lacks_tests:
        found.append(f"{result.tests_missing} of the {result.tests_of_project} tests that belong to it did not run")
    found = found or ["dbt ended before it was done"]
    remedy = "look at the records (goldreel sql), mend them or the rule, and trigger dag_3_data_transformer_bronze"
    if build.status != "failed":
        remedy = "nothing, for now: it is begun again by itself; if it ends so again and again, the log above says why"
    return GoldreelError(
        f"Build {build.build_id} did not pass; what was published before stays as it was. " + "; ".join(found) + ".",
        where=location,
        remedy=remedy,
    )


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def refuse_to_build_alone(context: Any, operator: Any) -> None:
    """In place of what Cosmos does for a model that was not built: start dbt for it alone, outside the build."""
    if context["ti"].xcom_pull(task_ids=operator.producer_task_id, key="overtaken"):
        raise AirflowSkipException("The build was overtaken by a later one.")
    raise AirflowFailException(
        "dbt ended before it came to this model. The log of dbt_producer_watcher says why; "
        "to build again, trigger dag_3_data_transformer_bronze."
    )


def take_turns(context: Any) -> None:
    """Before the task of a model waits for dbt: it takes nothing that dbt's own task needs.

    It asks again and again, as do dozens beside it: the processor is for dbt first. While dbt's own waits for the
    warehouse, the tasks of models could take all of Airflow's slots, and each would wait for the other.
    `airflow dags test` runs tasks one after the other, in any order: there, dbt's own must have ended.
    """
    if isinstance(task_runner.SUPERVISOR_COMMS, InProcessSupervisorComms):
        if _state_of_dbts_own(context) not in ENDED:
            _come_back(1)
        return
    os.nice(_BEHIND_DBT)
    began = time.monotonic()
    while (state := _state_of_dbts_own(context)) in HAS_NO_PLACE:
        if time.monotonic() - began >= HAS_NO_PLACE[state]:
            _come_back(_MAKES_ROOM_FOR)
        time.sleep(1)


def _state_of_dbts_own(context: Any) -> str:
    ti, producer = context["ti"], context["task"].producer_task_id
    states = ti.get_task_states(dag_id=ti.dag_id, task_ids=[producer], run_ids=[context["run_id"]])
    return str(states.get(context["run_id"], {}).get(producer))


def _come_back(seconds: float) -> NoReturn:
    raise AirflowRescheduleException(datetime.now(UTC) + timedelta(seconds=seconds))  # type: ignore[no-untyped-call]


def _handle_of(context: Any) -> dict[str, Any]:
    task_id = "begin_build" if context["dag"].has_task("begin_build") else "take_up_build"
    handle: dict[str, Any] = context["ti"].xcom_pull(task_ids=task_id)
    return handle
