"""What the tasks of the DAGs do: they call what the command line calls. Runs in Airflow."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NoReturn

from airflow.sdk import Asset, AssetWatcher, Metadata, Param, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from goldreel import clock, pipeline
from goldreel.build_log import Build
from goldreel.config import NO_USAGE_STATISTICS, Settings, changed_environment, load_settings
from goldreel.console import console
from goldreel.engines import Engine
from goldreel.errors import BuildOvertaken, GoldreelError, ServerLost, UsageError, WarehouseInUse
from goldreel.loading import DeliveredFile
from goldreel.loading.contract import Entity
from goldreel.orchestration import POOL
from goldreel.orchestration.deliveries import complete_files, delivery_folders
from goldreel.orchestration.manifests import Layer
from goldreel.orchestration.notify import tell_failure
from goldreel.orchestration.settings import MAX_RETRY_DELAY, OrchestrationSettings
from goldreel.orchestration.watcher import DeliveryTrigger
from goldreel.pipeline import RunReport
from goldreel.report import print_run
from goldreel.transform import BuildResult, read_results

log = logging.getLogger(__name__)

SETTINGS = OrchestrationSettings()

BRONZE = {name: Asset(f"goldreel_bronze_{name}") for name in ("users", "viewing_sessions", "content")}
SILVER_BUILT = Asset("goldreel_silver")
PUBLISHED = Asset("goldreel_published")


def arrived(name: str, kinds: list[str]) -> Asset:
    """Whatever has arrived of these kinds of file; each DAG watches for its own, from the moment it is there."""
    trigger = DeliveryTrigger(str(SETTINGS.deliveries.absolute()), kinds, SETTINGS.deliveries_settle)
    return Asset(name, watchers=[AssetWatcher(name=name, trigger=trigger)])


DAG_SETTINGS: dict[str, Any] = {
    "catchup": False,
    "max_active_runs": 1,
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
        with _told():
            report = _load(entity)
        loaded = [outcome for outcome in report.files if outcome.status == "loaded"]
        refused = [
            {"what": outcome.refusal.what, "where": outcome.refusal.where, "remedy": outcome.refusal.remedy}
            for outcome in report.refused
            if outcome.refusal is not None
        ]
        get_current_context()["ti"].xcom_push(key="refused", value=refused)
        if not loaded:
            raise AirflowSkipException(f"No new file of {entity}.")
        yield Metadata(
            BRONZE[entity],
            _passed_on()
            | {
                "files": [outcome.path.name for outcome in loaded],
                "rows": sum(outcome.load.records_loaded for outcome in loaded if outcome.load),
                "rejected": sum(outcome.load.records_rejected for outcome in loaded if outcome.load),
                "refused": len(refused),
            },
        )

    return load


def _load(entity: str) -> RunReport:
    delivery = get_current_context()["params"]["delivery"]
    if delivery:
        folders: Sequence[Path | str] = [delivery]
        complete = None
    else:
        complete = complete_files(SETTINGS.deliveries, SETTINGS.deliveries_settle)
        folders = [
            folder
            for folder in delivery_folders(SETTINGS.deliveries)
            if any(Path(file).parent == folder for file in complete)
        ]
        if not folders:
            raise AirflowSkipException(f"There is no complete file in {SETTINGS.deliveries}.")

    def wanted(kind: Entity, file: DeliveredFile) -> bool:
        return kind.name == entity and (complete is None or str(file) in complete)

    report = pipeline.load(_settings(), folders, pipeline.Silent(), wanted)
    _log_summary(report)
    return report


@task(trigger_rule="none_failed", retries=0)
def report_refused_files(loads: Sequence[str]) -> None:
    """Fails when a file was refused, after all the others were loaded and went on their way."""
    found = get_current_context()["ti"].xcom_pull(task_ids=list(loads), key="refused") or []
    refused = [file for of_load in found for file in of_load or []]
    if not refused:
        raise AirflowSkipException("No file was refused.")
    _fail(
        GoldreelError(
            " ".join(file["what"] for file in refused),
            where="; ".join(file["where"] for file in refused),
            remedy="; ".join(dict.fromkeys(file["remedy"] for file in refused)),
        )
    )


@task(pool=POOL)
def begin_build() -> dict[str, Any]:
    """Begins a build; skipped when it was new data that started the run, and the last build has it already."""
    with _told():
        build = pipeline.begin_build(_settings(), _as_of() or clock.today(), only_news=bool(_events()))
    if build is None:
        raise AirflowSkipException("The last build has all that is in bronze.")
    log.info("Build %s begins, as of %s.", build.build_id, build.as_of)
    return _handle(build)


@task(pool=POOL)
def take_up_build() -> dict[str, Any]:
    """Takes up the build whose silver stands; skipped when it is published already, or another build began."""
    announced = next((event.extra["build_id"] for event in reversed(_events())), None)
    with _told():
        build = pipeline.take_up_build(_settings(), _as_of(), announced)
    if build is None:
        raise AirflowSkipException("The last build is published already.")
    return _handle(build)


@task(outlets=[SILVER_BUILT])
def announce_silver(build: dict[str, Any]) -> Any:
    """Lets dag_4 begin."""
    yield Metadata(SILVER_BUILT, build)


@task(pool=POOL, priority_weight=30, outlets=[PUBLISHED])
def publish(build: dict[str, Any]) -> Any:
    """Hands the build over to readers, and tells the summary of it."""
    settings = load_settings(build["engine"])
    with _told():
        publication = pipeline.publish(settings, build_id=build["build_id"])
    report = pipeline.describe(settings)
    report.publication = publication
    _log_summary(report)
    yield Metadata(PUBLISHED, build | {"version": publication.version, "data_through": publication.data_through})


_held = ExitStack()


def open_for_dbt(layer: Layer) -> Callable[[Any, Any], None]:
    """Before dbt starts: hold the warehouse, in this process; tell dbt what to build where (a Cosmos interceptor)."""

    def intercept(context: Any, operator: Any) -> None:
        begun = _handle_of(context)
        settings = load_settings(begun["engine"])
        # Cosmos gives this task no second try: it waits as long as all the tries of another task do
        settings = settings.model_copy(update={"lock_timeout": settings.lock_timeout + SETTINGS.patience})
        try:
            with _told():
                engine, build = _held.enter_context(pipeline.open_build(settings, begun["build_id"]))
        except AirflowSkipException:
            context["ti"].xcom_push(key="overtaken", value=True)
            raise
        # this process is the task's own, and ends with it; passwords stay out of what Airflow keeps of a task
        _held.enter_context(changed_environment(NO_USAGE_STATISTICS | engine.dbt_environment() | build.dbt_environment))
        operator.cache_dir = settings.dbt_workspace / "airflow"  # what dbt read for one layer serves the other
        operator.vars = settings.dbt_variables(begun["as_of"])
        operator.select = layer.selection
        operator.dbt_cmd_flags = ["--target", engine.name, "--exclude-resource-type", "unit_test"]
        operator.callback_args = {"engine": engine, "build": build._replace(as_of=begun["as_of"])}

    return intercept


def close_after_dbt(layer: Layer) -> Callable[..., None]:
    """After dbt ended: note what became of the layer, and let go of the warehouse (a Cosmos callback).

    Raises:
        AirflowFailException: a model or test failed; names them, and how many rows.
    """

    def ended(project: str, context: Any, engine: Engine, build: Build) -> None:
        result = read_results(Path(project) / "target" / "run_results.json")
        with _held.pop_all():
            stands = pipeline.end_part(engine, build, result, final=layer.final)
        log.info(
            "Build %s: %s models built, %s tests passed", stands.build_id, stands.models_built, stands.tests_passed
        )
        if not result.passed:
            _fail(_failure(stands, result, engine.location))

    return ended


def _failure(build: Build, result: BuildResult, location: str) -> GoldreelError:
    found = [
        f"{node.kind} {node.name}: " + (f"broken by {_rows(node.failures)}" if node.failures else node.message)
        for node in result.failed
    ] or ["dbt ended before it built anything"]
    return GoldreelError(
        f"Build {build.build_id} did not pass; what was published before stays as it was. " + "; ".join(found) + ".",
        where=location,
        remedy="look at the records (goldreel sql), mend them or the rule, and trigger dag_3_data_transformer_bronze",
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


@contextmanager
def _told() -> Iterator[None]:
    """Let Airflow try again only what may be better the next time."""
    try:
        yield
    except BuildOvertaken as error:
        raise AirflowSkipException(str(error)) from error
    except (WarehouseInUse, ServerLost):
        raise
    except GoldreelError as error:
        _fail(error)


def _fail(error: GoldreelError) -> NoReturn:
    raise AirflowFailException(str(error)) from error


def _events() -> list[Any]:
    """The news that started this run, oldest first; none for a run that was triggered by hand."""
    found = get_current_context().get("triggering_asset_events") or {}
    return sorted((event for events in found.values() for event in events), key=lambda event: event.timestamp)


def _passed_on() -> dict[str, Any]:
    """What a run tells the next one: the engine and the day that it was triggered with."""
    return {"engine": _settings().engine, "as_of": _given("as_of")}


def _given(name: str) -> Any:
    """A parameter: of this run, else of the one that it follows."""
    of_run = get_current_context()["params"][name]
    return of_run or next((value for event in reversed(_events()) if (value := event.extra.get(name))), None)


def _settings() -> Settings:
    return load_settings(_given("engine"))


def _as_of() -> date | None:
    given = _given("as_of")
    try:
        return date.fromisoformat(given) if given else None
    except ValueError:
        _fail(UsageError(f"as_of is no day: {given!r}.", "the parameters of this run", "give it as YYYY-MM-DD"))


def _handle(build: Build) -> dict[str, Any]:
    """What the tasks that follow must know of the build, and those of the next DAG."""
    return {"build_id": build.build_id, "engine": _settings().engine, "as_of": build.as_of}


def _handle_of(context: Any) -> dict[str, Any]:
    task_id = "begin_build" if context["dag"].has_task("begin_build") else "take_up_build"
    handle: dict[str, Any] = context["ti"].xcom_pull(task_ids=task_id)
    return handle


def _log_summary(report: RunReport) -> None:
    """The summary that the command line prints, as lines of the task's log."""
    text = io.StringIO()
    print_run(report, console(file=text, width=150))
    for line in text.getvalue().splitlines():
        log.info("%s", line)
