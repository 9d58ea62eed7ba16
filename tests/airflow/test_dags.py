"""The DAGs as Airflow draws them; parsed in a process of their own, as Airflow does it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from airflow.seen_by_airflow import SEEN_BY_AIRFLOW
from goldreel.orchestration import POOL
from goldreel.orchestration.local import environment


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
            SEEN_BY_AIRFLOW,
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
