"""The profile sqlserver, run for real: a server, the DAGs on it, and a dashboard that shows what they published.

The server is the image that GOLDREEL_TEST_TDS_IMAGE names, else SQL Server's own, where the engine has it or can pull
it. A stand-in speaks TDS at 1433, takes sa's password from MSSQL_SA_PASSWORD, keeps its data under /var/opt/mssql as
the user 10001, and has what the health check calls, /opt/mssql-tools18/bin/sqlcmd.
"""

from __future__ import annotations

import os
import urllib.request
from datetime import date
from pathlib import Path

import pytest

from airflow.other_engines import gold_differs
from containers.at_work import publication, restart, staying, unpause, wait_until_healthy, wait_until_published
from containers.conftest import Project, deliver, run, works
from containers.files import SERVICES
from goldreel.config import Settings
from needs import CONTAINERS
from sources.exports import EXPORTS

SOURCE = "netflix-viewing-history"
STAYING = staying("sqlserver")
BUILDS_TAKE = 1_500  # seconds, on a machine that does other things too


@pytest.fixture(scope="module")
def server_image(container_engine: list[str]) -> str:
    """What serves TDS; skips where there is nothing."""
    given = os.environ.get("GOLDREEL_TEST_TDS_IMAGE")
    if given:
        run(["docker", "image", "inspect", given])
        return given
    real = str(SERVICES["mssql_db"]["image"]).partition(":-")[2].removesuffix("}")
    if works("docker", "image", "inspect", real):
        return real
    if not os.environ.get(CONTAINERS.required) or not works("docker", "pull", real):
        pytest.skip(f"there is no image {real}, and GOLDREEL_TEST_TDS_IMAGE names no other that speaks TDS")
    return real


@pytest.fixture(scope="module")
def deliveries(project: Project) -> list[Path]:
    """Two in the folder that the project takes deliveries from; one is of others, and read by a source."""
    folder = project.folder / "deliveries"
    project.folder.chmod(0o755)
    days = [folder / "day_1", folder / "others"]
    days[1].mkdir(mode=0o755, parents=True)
    folder.chmod(0o755)
    deliver(days[0], users=200, sessions=2_000)
    EXPORTS[SOURCE][1](days[1])
    project.set(GOLDREEL_DELIVERIES="./deliveries", GOLDREEL_SOURCE=SOURCE)
    return days


@pytest.fixture(scope="module")
def running(project: Project, server_image: str, deliveries: list[Path]) -> Project:
    """The profile, up and healthy."""
    project.set(MSSQL_IMAGE=server_image, GOLDREEL_ENGINE="sqlserver", COMPOSE_PROFILES="sqlserver")
    project.compose("up", "--detach", "--no-build")
    wait_until_healthy(project, STAYING)
    return project


@pytest.fixture(scope="module")
def published(running: Project) -> Project:
    """The DAGs have published what was delivered."""
    unpause(running)
    wait_until_published(running, BUILDS_TAKE)
    return running


def test_before_anything_is_published_the_dashboard_answers(running: Project) -> None:
    with urllib.request.urlopen(running.url("DASHBOARD_PORT", "/_stcore/health"), timeout=60) as answer:
        assert answer.status == 200


def test_what_arrives_is_published_on_the_server_as_the_command_does_it_on_duckdb(
    published: Project, deliveries: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = publication(published)
    given = published.settings
    monkeypatch.setenv("MSSQL_SERVER", "127.0.0.1")
    monkeypatch.setenv("MSSQL_PORT", given["MSSQL_PUBLISHED_PORT"])
    for name in ("MSSQL_DATABASE", "MSSQL_USER", "MSSQL_PASSWORD"):
        monkeypatch.setenv(name, given[name].strip("'"))
    of_dags = Settings(engine="sqlserver", home=tmp_path / "dags", mssql_trust_server_certificate=True)
    assert gold_differs(of_dags, deliveries, date.fromisoformat(told["as_of"]), tmp_path / "home", SOURCE) == []


def test_all_of_it_is_healthy_when_it_has_worked(published: Project) -> None:
    wait_until_healthy(published, STAYING)
    restarts = {service: container["RestartCount"] for service, container in published.containers().items()}
    assert set(restarts.values()) == {0}, restarts


def test_a_restart_of_the_server_and_the_rest_keeps_what_is_published(published: Project) -> None:
    before = publication(published)
    restart(published, STAYING)
    assert publication(published) == before
