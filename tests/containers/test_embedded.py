"""The embedded profile, built and run for real: from nothing to a dashboard with figures and a DAG run, and back."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from browsing import open_browser
from containers.at_work import (
    console,
    publication,
    restart,
    runs,
    staying,
    unpause,
    wait_until_healthy,
    wait_until_published,
)
from containers.conftest import Project, deliver

STAYING = staying("embedded")
FIGURES = "select * from gold_executive_summary"


def figures(project: Project) -> list[dict[str, str]]:
    """What readers of the project see."""
    told = project.compose("run", "--rm", "-T", "goldreel", "sql", "--published", "-q", FIGURES, "--format", "csv")
    return list(csv.DictReader(io.StringIO(told)))


@pytest.fixture(scope="module")
def running(project: Project, delivery: Path) -> Project:
    """The profile, up and healthy."""
    project.compose("up", "--detach", "--no-build")
    wait_until_healthy(project, STAYING)
    return project


def test_a_missing_secret_stops_before_anything_starts(project: Project) -> None:
    password = project.settings["AIRFLOW_ADMIN_PASSWORD"]
    project.set(AIRFLOW_ADMIN_PASSWORD="")
    said = project.refuses("up", "--detach", "--no-build")
    project.set(AIRFLOW_ADMIN_PASSWORD=password)
    assert "AIRFLOW_ADMIN_PASSWORD" in said
    assert "secrets.sh" in said
    assert not project.containers()


def test_a_weak_password_of_sql_server_stops_before_the_server(project: Project) -> None:
    password = project.settings["MSSQL_PASSWORD"]
    project.set(MSSQL_PASSWORD="weakling")
    said = project.refuses("--profile", "sqlserver", "run", "--rm", "-T", "mssql-prepare")
    project.set(MSSQL_PASSWORD=password)
    assert "MSSQL_PASSWORD must have characters of three" in said
    assert "weakling" not in said
    project.compose("--profile", "sqlserver", "run", "--rm", "-T", "mssql-prepare")
    assert (project.folder / "mssql-data").stat().st_uid == 10001


def test_a_weak_password_of_airflow_stops_before_the_rest_of_it(project: Project) -> None:
    password = project.settings["AIRFLOW_ADMIN_PASSWORD"]
    project.set(AIRFLOW_ADMIN_PASSWORD="admin")
    said = project.refuses("run", "--rm", "-T", "--no-deps", "airflow-init")
    project.set(AIRFLOW_ADMIN_PASSWORD=password)
    assert "AIRFLOW_ADMIN_PASSWORD is one that anybody guesses" in said


def test_readers_get_the_figures_that_the_delivery_gives(running: Project, delivery: Path, tmp_path: Path) -> None:
    goldreel = [sys.executable, "-m", "goldreel"]
    here = os.environ | {"GOLDREEL_HOME": str(tmp_path), "GOLDREEL_ENGINE": "duckdb"}
    subprocess.run([*goldreel, "run", str(delivery)], env=here, cwd=tmp_path, check=True, capture_output=True)
    query = [*goldreel, "sql", "--published", "-q", FIGURES, "--format", "csv"]
    expected = subprocess.run(query, env=here, cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    ((found,), (wanted,)) = figures(running), list(csv.DictReader(io.StringIO(expected)))
    shares = {each.pop("effective_catalog_size") for each in (found, wanted)}  # a sum that depends on its order
    assert found == wanted
    assert max(map(float, shares)) == pytest.approx(min(map(float, shares)), rel=1e-9)
    assert int(figures(running)[0]["total_viewing_sessions"]) > 1_000


def test_the_dashboard_shows_the_figures(running: Project, chromium: str) -> None:
    active_users = int(figures(running)[0]["active_users_100h_plus"])
    with open_browser(chromium) as browser:
        page = browser.new_page()
        page.goto(running.url("DASHBOARD_PORT", "/"))
        page.get_by_text(f"{active_users:,}", exact=True).first.wait_for(timeout=120_000)


@pytest.mark.parametrize("service", STAYING)
def test_a_container_can_do_no_more_than_it_must(running: Project, service: str) -> None:
    container: Any = running.containers()[service]
    host = container["HostConfig"]
    assert host["ReadonlyRootfs"]
    assert host["CapDrop"] == ["ALL"]
    assert all(binding["HostIp"] == "127.0.0.1" for each in host["PortBindings"].values() for binding in each)
    if service == "airflow-db":
        status = running.compose("exec", "-T", service, "sh", "-c", "cat /var/lib/postgresql/data/postmaster.pid")
        owner = running.compose("exec", "-T", service, "stat", "-c", "%U", f"/proc/{status.split()[0]}")
        assert owner.strip() == "postgres"
        return
    assert running.compose("exec", "-T", service, "id", "-u").strip() == "10001"
    capabilities = running.compose("exec", "-T", service, "grep", "CapEff", "/proc/1/status")
    assert int(capabilities.split()[1], 16) == 0
    assert "Read-only file system" in running.refuses("exec", "-T", service, "touch", "/opt/goldreel/mine")


def test_all_of_airflow_is_healthy(running: Project) -> None:
    with urllib.request.urlopen(running.url("AIRFLOW_PORT", "/api/v2/monitor/health"), timeout=60) as answer:
        parts = json.load(answer)
    assert {part: parts[part]["status"] for part in ("metadatabase", "scheduler", "triggerer", "dag_processor")} == {
        "metadatabase": "healthy",
        "scheduler": "healthy",
        "triggerer": "healthy",
        "dag_processor": "healthy",
    }


def test_airflow_lets_in_who_knows_the_password_only(running: Project) -> None:
    with pytest.raises(urllib.error.HTTPError, match="401"):
        console(running, "admin")
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(running.url("AIRFLOW_PORT", "/api/v2/dags"), timeout=60)
    assert console(running).dags() is not None


def test_a_delivery_goes_through_the_four_dags_and_is_published(running: Project, delivery: Path) -> None:
    before = publication(running)["version"]
    unpause(running)
    deliver(delivery / "second", day=2)
    wait_until_published(running)
    assert publication(running)["version"] > before


def test_dbt_by_hand_builds_where_readers_do_not_look(running: Project) -> None:
    before = figures(running)
    assert "Completed successfully" in running.compose("run", "--rm", "-T", "dbt", "build", "--select", "silver_users")
    assert "Completed successfully" in running.compose("run", "--rm", "-T", "dbt", "test", "--select", "silver_users")
    assert figures(running) == before


def test_a_restart_loses_nothing(running: Project) -> None:
    figures_before = figures(running)
    runs_before = runs(running)
    restart(running, STAYING)
    assert figures(running) == figures_before
    runs_after = runs(running)
    assert all(found.items() <= runs_after[dag].items() for dag, found in runs_before.items())
