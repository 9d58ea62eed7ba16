"""A profile of docker-compose.yaml at work: until it is healthy, its Airflow, and the way of what arrives."""

from __future__ import annotations

import json
import time
from collections.abc import Collection
from typing import Any

from airflow.api import AirflowApi
from containers.conftest import Project
from containers.files import SERVICES, profiles, runs_once

DAGS = ["dag_1_csv_loader", "dag_2_json_content_loader", "dag_3_data_transformer_bronze", "dag_4_silver_to_gold"]
PATIENCE = 600  # seconds, on a machine that does other things too
QUIET = 5  # looks, two seconds apart: Airflow makes the run that follows another one a moment later


def staying(profile: str) -> list[str]:
    """The services of a profile that go on running."""
    return [service for service in SERVICES if profile in profiles(service) and not runs_once(service)]


def console(project: Project, password: str = "") -> AirflowApi:
    """The API of the project's Airflow."""
    return AirflowApi(project.url("AIRFLOW_PORT", ""), password or project.settings["AIRFLOW_ADMIN_PASSWORD"])


def health(container: dict[str, Any] | None) -> str:
    return str(container["State"].get("Health", {}).get("Status")) if container else "not there"


def wait_until_healthy(project: Project, services: Collection[str]) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        found = {service: health(project.containers().get(service)) for service in services}
        if set(found.values()) == {"healthy"}:
            return
        assert time.monotonic() < deadline, (found, project.compose("logs", "--tail", "30"))
        time.sleep(2)


def restart(project: Project, services: Collection[str]) -> None:
    """Take all containers away, and start them anew on the volumes that stay."""
    project.compose("down", "--timeout", "30")
    assert not project.containers()
    project.compose("up", "--detach", "--no-build")
    wait_until_healthy(project, services)


def runs(project: Project) -> dict[str, dict[str, str]]:
    """What became of each DAG's runs."""
    airflow = console(project)
    return {dag: airflow.runs(dag) for dag in DAGS}


def unpause(project: Project) -> None:
    """Let all DAGs work, as soon as Airflow has read them."""
    airflow = console(project)
    deadline = time.monotonic() + PATIENCE
    while not set(DAGS) <= set(airflow.dags()):
        assert time.monotonic() < deadline, project.compose("logs", "--tail", "60")
        time.sleep(2)
    for dag in reversed(DAGS):
        airflow.unpause(dag)


def wait_until_published(project: Project, patience: float = PATIENCE) -> None:
    """Until the last DAG has ended well, and nothing is under way, nor begins within seconds after that."""
    deadline = time.monotonic() + patience
    quiet = 0
    while True:
        try:
            states = {dag: set(found.values()) for dag, found in runs(project).items()}
        except TimeoutError:  # a machine that is too busy to answer; it is asked again
            assert time.monotonic() < deadline, project.compose("logs", "--tail", "60")
            continue
        found = set().union(*states.values())
        assert "failed" not in found, (states, console(project).failures(), project.compose("logs", "--tail", "60"))
        is_quiet = "success" in states[DAGS[-1]] and not {"running", "queued"} & found
        quiet = quiet + 1 if is_quiet else 0
        if quiet == QUIET:
            return
        if time.monotonic() > deadline:
            raise AssertionError((states, project.compose("logs", "--tail", "60")))
        time.sleep(2)


def publication(project: Project) -> dict[str, Any]:
    """What `goldreel status` says of what is published."""
    told = json.loads(project.compose("run", "--rm", "-T", "goldreel", "status", "--json"))
    found: dict[str, Any] = told["published"]
    return found
