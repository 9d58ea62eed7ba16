"""The DAGs as Airflow draws them; parsed in a process of their own, as Airflow does it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from goldreel.orchestration import POOL
from goldreel.orchestration.local import environment

_PARSE = """
import json, sys
from airflow.dag_processing.dagbag import DagBag
bag = DagBag(dag_folder=sys.argv[1])
dags = {
    dag.dag_id: {
        "schedule": str(getattr(dag.timetable, "asset_condition", "")),
        "every": getattr(dag.schedule, "total_seconds", lambda: None)(),
        "catchup": dag.catchup,
        "max_active_runs": dag.max_active_runs,
        "params": list(dag.params),
        "tasks": {
            task.task_id: {
                "pool": task.pool,
                "weight": task.priority_weight,
                "retries": task.retries,
                "backoff": bool(task.retry_exponential_backoff),
                "timeout": task.execution_timeout and task.execution_timeout.total_seconds(),
                "upstream": sorted(task.upstream_task_ids),
                "tells": bool(task.on_failure_callback),
                "outlets": [outlet.name for outlet in task.outlets],
            }
            for task in dag.tasks
        },
    }
    for dag in bag.dags.values()
}
warnings = [text for texts in bag.captured_warnings.values() for text in texts]
with open(sys.argv[2], "w") as file:
    found = {"errors": bag.import_errors, "warnings": warnings, "dags": dags, "drawn": drawn(bag)}
    found |= {"gate": gate(), "watch": watch()}
    json.dump(found, file)
"""

# What a process draws that Airflow begins for one task, and in which facts that task is another one there.
_DRAWN = """
def facts(task):
    of_place = {"dag", "task_group", "upstream_task_ids", "downstream_task_ids"}
    told = {name: repr(value) for name, value in vars(task).items() if name[0] != "_" and name not in of_place}
    return {name: value for name, value in told.items() if " at 0x" not in value}

def drawn(bag):
    from airflow.sdk.definitions._internal.dag_parsing_context import _airflow_parsing_context_manager
    found = {}
    for dag in ("dag_3_data_transformer_bronze", "dag_4_silver_to_gold"):
        for task in bag.dags[dag].tasks:
            with _airflow_parsing_context_manager(dag_id=dag, task_id=task.task_id):
                one = DagBag(dag_folder=f"{sys.argv[1]}/{dag}.py").dags[dag]
            here, there = facts(one.get_task(task.task_id)), facts(task)
            differs = [name for name in here.keys() | there.keys() if here.get(name) != there.get(name)]
            found[f"{dag}/{task.task_id}"] = {"tasks": len(one.tasks), "differs": differs, "facts": len(there)}
    return found
"""

# What the triggers are made with, and what one says of a source that is none, however often it looks.
_WATCH = """
def watch():
    import asyncio
    from goldreel.orchestration import watcher
    from goldreel.orchestration.assets import arrived

    said, looks = [], []
    async def sleep(seconds):
        looks.append(seconds)
        if len(looks) == 3:
            raise KeyboardInterrupt
    async def run(trigger):
        async for event in trigger.run():
            said.append(event.payload)
    watcher.log = SimpleNamespace(warning=lambda text, *values: said.append(text % values))
    watcher.asyncio = SimpleNamespace(to_thread=asyncio.to_thread, sleep=sleep)
    try:
        asyncio.run(run(watcher.DeliveryTrigger("nowhere", ["users"], 1.0, ["plays-cvs"])))
    except KeyboardInterrupt:
        pass
    found = {"plain": watcher.DeliveryTrigger("folder", ["users"], 1.0).serialize()[1], "said": said}
    for sources in ("", "plays-csv, tautulli-history"):
        os.environ["GOLDREEL_SOURCE"] = sources
        found[sources] = arrived("a", ["content"]).watchers[0].trigger.serialize()[1]
    return found
"""

# In the same process, whose start is most of what this costs: what Cosmos is told around the dbt of a layer.
_GATE = """
import os
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

def goes_on(take_turns, state):
    from airflow.sdk.exceptions import AirflowRescheduleException
    from airflow.sdk.execution_time import task_runner
    from goldreel.orchestration import dbt_tasks
    task_runner.SUPERVISOR_COMMS = None  # as in a task of a scheduler's
    dbt_tasks.HAS_NO_PLACE = dict.fromkeys(dbt_tasks.HAS_NO_PLACE, 0)  # without the wait
    ti = SimpleNamespace(dag_id="d", get_task_states=lambda dag_id, task_ids, run_ids: {"r": {"producer": state}})
    try:
        take_turns({"ti": ti, "task": SimpleNamespace(producer_task_id="producer"), "run_id": "r"})
    except AirflowRescheduleException:
        return False
    return True

def told_of_dbts_events(operator):
    # of a model that is built and tested, one whose last test fails, and one that is left out, in order
    heard = []
    ti = SimpleNamespace(xcom_push=lambda key, value: heard.append([key, value]))
    tell = operator._make_parse_callable()

    def happens(event, node, status, kind):
        node = {"unique_id": node, "node_status": status, "resource_type": kind, "node_path": "warehouse/dim_date.sql"}
        event = {"info": {"name": event, "msg": "", "level": "info"}, "data": {"node_info": node}}
        tell(json.dumps(event), {"context": {"ti": ti}, "project_dir": os.environ["GOLDREEL_HOME"]})

    def model_and_tests(model, of_last):
        for event in ("NodeStart", "NodeCompiling", "NodeExecuting"):
            happens(event, model, "executing", "model")
        for event in ("LogModelResult", "NodeFinished"):
            happens(event, model, "success", "model")
        tests = operator.tests_per_model[model]
        assert len(tests) > 1, model
        for test in tests:
            heard.append([test, None])
            ends = of_last if test == tests[-1] else "pass"
            for event, status in (("NodeStart", "started"), ("LogTestResult", ends), ("NodeFinished", ends)):
                happens(event, test, status, "test")

    tell(json.dumps({"info": {"name": "MainReportVersion", "msg": "", "level": "info"}, "data": {}}), {})
    model_and_tests("model.goldreel.dim_date", "warn")
    model_and_tests("model.goldreel.dim_genre", "fail")
    assert operator.tests_per_model.get("model.goldreel.user_days", []) == []
    happens("NodeFinished", "model.goldreel.user_days", "success", "model")
    first, *_ = operator.tests_per_model["model.goldreel.dim_content"]
    happens("SkippingDetails", "model.goldreel.dim_content", "skipped", "model")
    happens("NodeFinished", "model.goldreel.dim_content", "skipped", "model")
    happens("SkippingDetails", first, "skipped", "test")
    happens("NodeFinished", first, "skipped", "test")
    return heard

def gate():
    from goldreel import pipeline
    from goldreel.build_log import Build
    from goldreel.orchestration import dbt_tasks
    from goldreel.orchestration.manifests import GOLD

    build = Build(1, 1, None, None, "2024-01-01", "running", 1, 1, 0, "", "main", seen_load_id=7)
    engine = SimpleNamespace(name="spark", location="there", dbt_environment=lambda: {"GOLDREEL_DUCKDB_FILE": "file"})
    engine.has_table = lambda schema, name: False
    handle = {"engine": "duckdb", "build_id": 1, "as_of": "2024-01-01"}
    ti = SimpleNamespace(xcom_pull=lambda task_ids: handle, dag_id="d", task_id="gold.producer", run_id="r")
    states = {"gold.user_days_run": "success", "gold.dim_date_run": "failed", "gold.dim_genre_run": "running"}
    ti.get_task_states = lambda dag_id, task_group_id, run_ids: {"r": states} if task_group_id == "gold" else {}
    context = {"dag": SimpleNamespace(has_task=lambda name: True), "ti": ti}
    pipeline.open_build = lambda settings, build_id, final: nullcontext((engine, build))
    ended = []
    pipeline.end_part = lambda engine, settings, build, result, final: ended.append(result) or build
    operator = bag.dags["dag_4_silver_to_gold"].get_task("gold.dbt_producer_watcher")
    dbt_tasks.open_for_dbt(GOLD)(context, operator)
    words = [*operator.dbt_cmd_flags, *operator._generate_dbt_flags("project", Path("profiles.yml"))]
    targets = [value for word, value in zip(words, words[1:]) if word == "--target"]
    seen = {name: value for name, value in os.environ.items() if name.startswith(("DBT_", "GOLDREEL_SEEN"))}
    project = Path(os.environ["GOLDREEL_HOME"]) / "project"
    (project / "target").mkdir(parents=True)
    lineage = [operator.calculate_openlineage_events_completes({}, project), "openlineage.client" in sys.modules]
    passed = {"status": "pass", "message": "", "failures": 0, "execution_time": 1}
    heard = {}
    ti.xcom_push = lambda key, value: heard.update({key: value})
    count = operator.callback_args["tests"] - 2
    ran = [passed | {"unique_id": f"test.goldreel.test_{number}"} for number in range(count)]
    (project / "target" / "run_results.json").write_text(json.dumps({"results": ran}))
    told = ""
    try:
        dbt_tasks.close_after_dbt(GOLD)(str(project), context, **operator.callback_args)
    except Exception as error:
        told = str(error)
    unheard = dict(heard)
    ran = [passed | {"unique_id": f"test.goldreel.test_{number}"} for number in range(count + 2)]
    (project / "target" / "run_results.json").write_text(json.dumps({"results": ran}))
    dbt_tasks.close_after_dbt(GOLD)(str(project), context, **operator.callback_args)
    after = os.environ.get("DBT_RESOURCE_TYPES")
    states = (None, "scheduled", "queued", "running", "failed")
    turns = {str(state): goes_on(dbt_tasks.take_turns, state) for state in states}
    missing = ended[0].tests_missing
    happened = told_of_dbts_events(operator)
    found = {"happened": happened, "seen": seen, "turns": turns}
    found |= {"lineage": lineage, "targets": targets, "missing": missing}
    found |= {"told": told, "after": after}
    return found | {"unheard": unheard, "heard": heard}
"""


@pytest.fixture(scope="module")
def parsed(installed: None, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    home = tmp_path_factory.mktemp("parsed")
    settings = environment(home / "airflow", str(home / "deliveries"), 8080) | {
        "GOLDREEL_HOME": str(home / "warehouse")
    }
    settings["AIRFLOW__CORE__UNIT_TEST_MODE"] = "false"
    subprocess.run(
        [
            sys.executable,
            "-c",
            _GATE + _WATCH + _DRAWN + _PARSE,
            settings["AIRFLOW__CORE__DAGS_FOLDER"],
            str(home / "parsed.json"),
        ],
        env=os.environ | settings | {"DBT_RESOURCE_TYPES": "model", "DBT_EMPTY": "1"},
        check=True,
        capture_output=True,
    )
    found: dict[str, Any] = json.loads((home / "parsed.json").read_text())
    return found


@pytest.fixture(scope="module")
def dags(parsed: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = parsed["dags"]
    return found


def _models(*folders: str) -> set[str]:
    models = Path(__file__).parents[2] / "dbt" / "models"
    return {file.stem for folder in folders for file in (models / folder).glob("*.sql")}


def _shown(dag: dict[str, Any], layer: str) -> set[str]:
    """The models that have a task."""
    names = {name.removeprefix(f"{layer}.") for name in dag["tasks"] if name.startswith(f"{layer}.")}
    return {name.removesuffix("_run") for name in names if name.endswith("_run")}


def test_all_import_without_errors_or_warnings(parsed: dict[str, Any]) -> None:
    assert parsed["errors"] == {}
    assert parsed["warnings"] == []
    assert sorted(parsed["dags"]) == [
        "dag_1_csv_loader",
        "dag_2_json_content_loader",
        "dag_3_data_transformer_bronze",
        "dag_4_silver_to_gold",
        "goldreel_reconciliation",
    ]


def test_no_dbt_variable_of_the_users_reaches_the_dbt_of_a_layer_and_missing_tests_fail_it(
    parsed: dict[str, Any],
) -> None:
    gate = parsed["gate"]
    ours = {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DBT_VERSION_CHECK": "false", "GOLDREEL_SEEN_LOAD_ID": "7"}
    assert gate["seen"] == ours
    assert gate["after"] == "model"
    assert gate["missing"] == 2
    assert "2 of the" in gate["told"]
    assert "did not run" in gate["told"]


def test_the_triggers_know_the_sources_that_are_set_and_one_that_is_none_is_told_once(parsed: dict[str, Any]) -> None:
    watch = parsed["watch"]
    assert watch["plain"].keys() == watch[""].keys() == {"folder", "kinds", "settle"}
    assert watch["plays-csv, tautulli-history"]["sources"] == ["plays-csv", "tautulli-history"]
    (said,) = watch["said"]
    assert "The source cannot be read: no such file or directory.; where: plays-cvs, of GOLDREEL_SOURCE=" in said
    assert "did you mean plays-csv?" in said


def test_dbt_builds_on_the_engine_that_the_build_was_begun_with(parsed: dict[str, Any]) -> None:
    assert parsed["gate"]["targets"] == ["spark"]


def test_dbts_own_task_looks_for_no_lineage_that_nobody_takes(parsed: dict[str, Any]) -> None:
    assert parsed["gate"]["lineage"] == [False, False]


def test_a_models_task_makes_room_for_dbts_own_that_has_no_place(parsed: dict[str, Any]) -> None:
    assert parsed["gate"]["turns"] == {
        "None": False, "scheduled": False, "queued": False, "running": True, "failed": True,
    }  # fmt: skip


def test_dbts_own_task_tells_how_a_model_and_its_tests_ended_and_nothing_twice(parsed: dict[str, Any]) -> None:
    happened = parsed["gate"]["happened"]
    told = [(key, value["status"] if isinstance(value, dict) else value) for key, value in happened if value]
    assert told == [
        ("model__goldreel__dim_date_dbt_event", "success"),
        ("model__goldreel__dim_date_status", "success"),
        ("model__goldreel__dim_genre_status", "built, but not as its tests demand"),
        ("model__goldreel__user_days_dbt_event", "success"),
        ("model__goldreel__user_days_status", "success"),
        ("model__goldreel__dim_content_status", "failed"),
        ("model__goldreel__dim_content_dbt_event", "skipped"),
        ("model__goldreel__dim_content_status", "failed"),
    ]
    last_test = {model: max(n for n, (key, _) in enumerate(happened) if model in key and key.startswith("test."))
                 for model in ("dim_date", "dim_genre")}  # fmt: skip
    of_date, of_genre = (
        next(n for n, (key, _) in enumerate(happened) if f"{model}_status" in key) for model in last_test
    )
    assert last_test["dim_date"] < of_date < last_test["dim_genre"] < of_genre


def test_all_tasks_of_models_are_told_when_all_went_well_and_only_then(
    parsed: dict[str, Any], dags: dict[str, Any]
) -> None:
    assert parsed["gate"]["unheard"] == {}
    models = _shown(dags["dag_4_silver_to_gold"], "gold") - {"user_days", "dim_date"}
    assert "dim_genre" in models
    told = {f"model__goldreel__{name}_status": {"status": "success", "outlet_uris": []} for name in models}
    assert parsed["gate"]["heard"] == told


def test_a_process_for_one_task_of_a_model_draws_that_model_and_the_task_is_the_same(
    parsed: dict[str, Any], dags: dict[str, Any]
) -> None:
    of_models = 0
    for name, found in parsed["drawn"].items():
        is_of_model = name.endswith("_run")
        of_models += is_of_model
        assert found["differs"] == []
        assert found["facts"] > 30
        all_tasks = len(dags[name.partition("/")[0]]["tasks"])
        assert found["tasks"] <= 7 if is_of_model else found["tasks"] == all_tasks, name
    assert 30 < of_models < len(parsed["drawn"])


def test_each_follows_the_assets_of_the_one_before(dags: dict[str, Any]) -> None:
    emitted = {
        name: {outlet for task in dag["tasks"].values() for outlet in task["outlets"]} for name, dag in dags.items()
    }
    assert emitted["dag_1_csv_loader"] == {"goldreel_bronze_users", "goldreel_bronze_viewing_sessions"}
    assert emitted["dag_2_json_content_loader"] == {"goldreel_bronze_content"}
    for name in emitted["dag_1_csv_loader"] | emitted["dag_2_json_content_loader"]:
        assert name in dags["dag_3_data_transformer_bronze"]["schedule"]
    assert emitted["dag_3_data_transformer_bronze"] == {"goldreel_silver", "goldreel_what_is_due"}
    assert "goldreel_silver" in dags["dag_4_silver_to_gold"]["schedule"]
    assert emitted["dag_4_silver_to_gold"] == {"goldreel_published", "goldreel_what_is_left", "goldreel_what_is_due"}
    assert emitted["goldreel_reconciliation"] == {"goldreel_what_is_due"}
    for part, name in {
        "csv": "dag_1_csv_loader",
        "json": "dag_2_json_content_loader",
        "silver": "dag_3_data_transformer_bronze",
        "gold": "dag_4_silver_to_gold",
    }.items():
        assert f"goldreel_due_{part}" in dags[name]["schedule"]


def test_what_came_while_a_build_was_made_begins_the_next_one(dags: dict[str, Any]) -> None:
    assert "goldreel_bronze_left_over" in dags["dag_3_data_transformer_bronze"]["schedule"]


def test_the_look_from_time_to_time_waits_for_no_one(dags: dict[str, Any]) -> None:
    look = dags["goldreel_reconciliation"]
    assert (look["every"], look["catchup"], look["max_active_runs"]) == (15.0, False, 1)
    assert {task["pool"] for task in look["tasks"].values()} == {"default_pool"}


def test_what_ends_a_build_comes_before_what_begins_one(dags: dict[str, Any]) -> None:
    weights = {name: task["weight"] for dag in dags.values() for name, task in dag["tasks"].items()}
    assert weights["publish"] > weights["gold.dbt_producer_watcher"] > weights["take_up_build"] > weights["begin_build"]
    assert weights["begin_build"] == weights["load_users"]  # neither can keep the other waiting for ever


def test_every_model_has_a_task_in_the_dag_of_its_layer(dags: dict[str, Any]) -> None:
    assert _shown(dags["dag_3_data_transformer_bronze"], "silver") == _models("staging", "touched", "silver")
    gold = _models("partials", "gold", "warehouse", "quality", "changes")
    assert _shown(dags["dag_4_silver_to_gold"], "gold") == gold


def test_whatever_writes_waits_for_the_one_slot_of_the_pool(dags: dict[str, Any]) -> None:
    writers = {
        f"{name}/{task}" for name, dag in dags.items() for task, facts in dag["tasks"].items() if facts["pool"] == POOL
    }
    assert writers == {
        "dag_1_csv_loader/load_users",
        "dag_1_csv_loader/load_viewing_sessions",
        "dag_2_json_content_loader/load_content",
        "dag_3_data_transformer_bronze/begin_build",
        "dag_3_data_transformer_bronze/silver.dbt_producer_watcher",
        "dag_4_silver_to_gold/take_up_build",
        "dag_4_silver_to_gold/gold.dbt_producer_watcher",
        "dag_4_silver_to_gold/publish",
    }


def test_what_follows_a_layer_waits_for_dbt_and_not_for_the_tasks_that_report(dags: dict[str, Any]) -> None:
    """dbt's own task fails unless all models were built and all tests passed: tests/airflow/test_chain.py."""
    for dag, layer, follows in (
        ("dag_3_data_transformer_bronze", "silver", "announce_silver"),
        ("dag_4_silver_to_gold", "gold", "publish"),
    ):
        tasks = dags[dag]["tasks"]
        assert f"{layer}.dbt_producer_watcher" in tasks[follows]["upstream"]
        assert [name for name in tasks[follows]["upstream"] if name.endswith("_run")] == []


def test_every_task_ends_in_time_and_only_those_that_may_be_repeated_are(dags: dict[str, Any]) -> None:
    for name, dag in dags.items():
        assert (dag["catchup"], dag["max_active_runs"]) == (False, 1)
        assert dag["params"] == ([] if name == "goldreel_reconciliation" else ["delivery", "engine", "as_of"])
        for name, task in dag["tasks"].items():
            assert task["timeout"], name
            if task["retries"]:
                assert task["backoff"], name
            if task["pool"] == POOL:
                assert task["tells"], name
