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

from cosmos.operators._watcher.aggregation import get_tests_status_xcom_key, push_test_result_or_aggregate
from cosmos.operators._watcher.base import _DBT_ERROR_EVENTS_TYPES, _log_dbt_msg
from cosmos.operators._watcher.state import DBT_UPSTREAM_FAILURE_SKIP_EVENT_NAMES, get_status_xcom_key

LISTENED_FOR = ("NodeFinished",)
"""Events of dbt that are told, though they are for its debug log."""

_OF_USE = _DBT_ERROR_EVENTS_TYPES | DBT_UPSTREAM_FAILURE_SKIP_EVENT_NAMES

OF_MODEL = re.compile(r"(?P<group>\w+)\.(?P<model>\w+)[._](?P<what>run|test)")
"""The name of a task of a model: in a group, what became of the model, or of its tests."""

ENDED = ("success", "failed", "skipped", "upstream_failed")
"""States of a task that goes on no more."""

Tell = Callable[[str, Any], None]
"""Takes an event of dbt, as JSON, and what else Cosmos knows."""


def telling_once(operator: Any) -> Callable[[], Tell]:
    """In place of the operator's `_make_parse_callable`: what becomes of an event of dbt."""
    make_cosmos_tell: Callable[[], Tell] = operator._make_parse_callable

    def make() -> Tell:
        cosmos_tells = make_cosmos_tell()

        def tell(line: str, known: Any) -> None:
            event = json.loads(line)
            name, node = event["info"]["name"], event["data"].get("node_info") or {}
            if name == "NodeFinished" and node.get("resource_type") == "test":
                push_test_result_or_aggregate(
                    node["unique_id"],
                    node["node_status"],
                    operator.tests_per_model,
                    operator.test_results_per_model,
                    known["context"]["ti"],
                )
            elif name == "NodeFinished" or name in _OF_USE:
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
    nodes = json.loads(manifest.read_text())["nodes"]
    for name, node in nodes.items():
        if node["resource_type"] == "model" and (node["name"], "run") not in ended:
            ti.xcom_push(key=get_status_xcom_key(name), value={"status": "success", "outlet_uris": []})
    for model in {node["attached_node"] for node in nodes.values() if node["resource_type"] == "test"}:
        if (nodes[model]["name"], "test") not in ended:
            ti.xcom_push(key=get_tests_status_xcom_key(model), value="pass")


def _ended_beside(ti: Any) -> set[tuple[str, str]]:
    """Model, and `run` or `test`, of the tasks in the group of dbt's own that have ended."""
    group, _, _ = ti.task_id.rpartition(".")
    states = ti.get_task_states(dag_id=ti.dag_id, task_group_id=group, run_ids=[ti.run_id])
    named = [OF_MODEL.fullmatch(task) for task, state in states.get(ti.run_id, {}).items() if state in ENDED]
    return {(found["model"], found["what"]) for found in named if found}
