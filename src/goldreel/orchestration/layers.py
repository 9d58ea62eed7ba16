"""A layer of dbt's models as tasks: one dbt for all of them, and a task for each model with its tests."""

from __future__ import annotations

from typing import Any

from airflow.sdk import get_parsing_context
from cosmos import DbtTaskGroup, ExecutionConfig, ProfileConfig, ProjectConfig, RenderConfig
from cosmos.constants import ExecutionMode, InvocationMode, LoadMode, TestBehavior

from goldreel.config import dbt_project, load_settings
from goldreel.orchestration import POOL
from goldreel.orchestration.dbt_tasks import close_after_dbt, open_for_dbt, refuse_to_build_alone, take_turns
from goldreel.orchestration.manifests import Layer, layer_manifest
from goldreel.orchestration.notify import tell_failure
from goldreel.orchestration.progress import OF_MODEL
from goldreel.orchestration.tasks import SETTINGS


def dbt_of(tasks: DbtTaskGroup) -> Any:
    """The task of a layer that runs dbt: when it succeeds, all models are built and all tests have passed.

    What follows the layer follows this task; to wait for those that report as well would take twice as long.
    """
    return tasks.get_child_by_label("dbt_producer_watcher")


def _wanted_here(layer: Layer) -> list[str]:
    """In a process that Airflow has begun for one task of a model: that model. Else all would be drawn thirty times."""
    task = OF_MODEL.fullmatch(get_parsing_context().task_id or "")
    return [task["model"]] if task and task["group"] == layer.name else []


def build_layer(layer: Layer) -> DbtTaskGroup:
    """The tasks of a layer, for a DAG with a task `begin_build` or `take_up_build` before them.

    `dbt_producer_watcher` runs dbt and tells of failures; the others report, each for a model, how it and its tests
    ended.
    """
    project = dbt_project()
    return DbtTaskGroup(
        group_id=layer.name,
        project_config=ProjectConfig(
            dbt_project_path=project,
            manifest_path=layer_manifest(layer, load_settings()),
            project_name="goldreel",
            install_dbt_deps=False,
        ),
        profile_config=ProfileConfig(
            profile_name="goldreel", target_name="duckdb", profiles_yml_filepath=project / "profiles.yml"
        ),
        execution_config=ExecutionConfig(
            execution_mode=ExecutionMode.WATCHER,
            invocation_mode=InvocationMode.DBT_RUNNER,  # in the task's process, which holds the warehouse
            setup_operator_args={
                "pool": POOL,
                "indirect_selection": layer.indirect_selection,
                "interceptors": [open_for_dbt(layer)],
                "callback": close_after_dbt(layer),
                "on_failure_callback": tell_failure,
                "pre_execute": None,
            },
        ),
        render_config=RenderConfig(
            load_method=LoadMode.DBT_MANIFEST,
            test_behavior=TestBehavior.NONE,  # a model's task ends with its tests: a second would be a process more
            emit_datasets=False,
            select=_wanted_here(layer),
        ),
        operator_args={
            "interceptors": [refuse_to_build_alone],
            "pre_execute": take_turns,
            # Its model is seconds away. To defer would start each of these tasks twice, and Airflow fails one whose
            # trigger fires before it has noted that the task waits.
            "deferrable": False,
            "poke_interval": 5,  # whoever asks keeps Airflow's server from dbt, which tells it of each model and test
            "retries": 0,
            "execution_timeout": SETTINGS.timeout,
            "on_failure_callback": None,
        },
    )
