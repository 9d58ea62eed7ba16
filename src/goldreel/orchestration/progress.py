"""What dbt's own task tells the tasks of models, which wait for it. Runs in Airflow.

Each thing that it tells is a call to Airflow's server, which dbt's threads wait for. Of what Cosmos would tell (each
step of each model and test, and most of them several times) it tells what somebody waits for, once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cosmos.operators._watcher.aggregation import accumulate_test_result, get_aggregated_test_status
from cosmos.operators._watcher.base import _DBT_ERROR_EVENTS_TYPES, _log_dbt_msg
from cosmos.operators._watcher.state import (
    DBT_UPSTREAM_FAILURE_SKIP_EVENT_NAMES,
    DbtTestStatus,
    get_status_xcom_key,
    is_dbt_node_status_success,
)

LISTENED_FOR = ("NodeFinished",)
"""Events of dbt that are told, though they are for its debug log."""

_OF_USE = _DBT_ERROR_EVENTS_TYPES | DBT_UPSTREAM_FAILURE_SKIP_EVENT_NAMES

OF_MODEL = re.compile(r"(?P<group>\w+)\.(?P<model>\w+)_run")
"""The name of a task of a model, in a group: what became of the model and its tests."""

ENDED = ("success", "failed", "skipped", "upstream_failed")
"""States of a task that goes on no more."""

Tell = Callable[[str, Any], None]
"""Takes an event of dbt, as JSON, and what else Cosmos knows."""


def telling_once(operator: Any) -> Callable[[], Tell]:
    """In place of the operator's `_make_parse_callable`: what becomes of an event of dbt.

    What became of a model is told when its tests have ended, too.
    """
    make_cosmos_tell: Callable[[], Tell] = operator._make_parse_callable
    tests, results = operator.tests_per_model, operator.test_results_per_model

    def make() -> Tell:
        cosmos_tells = make_cosmos_tell()
        built: dict[str, str] = {}  # models whose tests are to come, with what dbt told of them

        def tell(line: str, known: Any) -> None:
            event = json.loads(line)
            name, node = event["info"]["name"], event["data"].get("node_info") or {}
            ended, is_test = name == "NodeFinished", node.get("resource_type") == "test"
            if ended and is_test:
                for model in accumulate_test_result(node["unique_id"], node["node_status"], tests, results):
                    outcome = get_aggregated_test_status(model, tests, results)
                    held_back = built.pop(model, "") if outcome else ""  # one of dbt's threads gets it
                    if held_back and outcome == DbtTestStatus.PASS:
                        cosmos_tells(held_back, known)
                    elif held_back:
                        known["context"]["ti"].xcom_push(**_status(model, "built, but not as its tests demand"))
            elif ended and tests.get(node["unique_id"]) and is_dbt_node_status_success(node["node_status"]):
                built[node["unique_id"]] = line
            elif ended or (name in _OF_USE and not is_test):
                cosmos_tells(line, known)
            else:
                _log_dbt_msg(event)

        return tell

    return make


def tell_all(ti: Any, manifest: Path) -> None:
    """Tell the tasks of models that have not ended yet once more that all went well.

    What Cosmos tells while dbt's threads work was seen to be lost, and a task that is not told waits, with all that
    come after it, until its time is up.
    """
    ended = _ended_beside(ti)
    for name, node in json.loads(manifest.read_text())["nodes"].items():
        if node["resource_type"] == "model" and node["name"] not in ended:
            ti.xcom_push(**_status(name, "success"))


def _status(model: str, status: str) -> dict[str, Any]:
    """Of a model, as its task looks for it."""
    return {"key": get_status_xcom_key(model), "value": {"status": status, "outlet_uris": []}}


def _ended_beside(ti: Any) -> set[str]:
    """The models whose tasks, in the group of dbt's own, have ended."""
    group, _, _ = ti.task_id.rpartition(".")
    states = ti.get_task_states(dag_id=ti.dag_id, task_group_id=group, run_ids=[ti.run_id])
    named = [OF_MODEL.fullmatch(task) for task, state in states.get(ti.run_id, {}).items() if state in ENDED]
    return {found["model"] for found in named if found}
