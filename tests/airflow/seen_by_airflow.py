"""A script that writes down what a process of Airflow's sees of the DAGs: the folder of DAGs, and a file for JSON."""

from __future__ import annotations

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

SEEN_BY_AIRFLOW = _GATE + _WATCH + _DRAWN + _PARSE
