"""What docker-compose.yaml promises, read from the file: no engine is needed."""

from __future__ import annotations

import re
from itertools import combinations

import pytest

from containers.files import COMPOSE, COMPOSE_TEXT, ENV_EXAMPLE, PROGRAMS, SERVICES, VARIABLE, profiles, runs_once

# Who may do more than the others, and why it cannot be helped; docs/guide/anywhere.md tells the same.
ROOT_BECAUSE = {
    "mssql-prepare": "hands ./mssql-data, which the engine makes as root's, to SQL Server's user, and ends",
    "airflow-db": "PostgreSQL's image starts so, hands its data to the user postgres, and becomes it",
}
SQL_SERVER = "mssql_db"  # its image is not known to run with a read-only root file system, or without new privileges

SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|_KEY|CONN$")
every_service = pytest.mark.parametrize("service", SERVICES)


@every_service
def test_a_service_has_no_rights_that_it_does_not_need(service: str) -> None:
    definition = SERVICES[service]
    assert definition["cap_drop"] == ["ALL"]
    assert "privileged" not in definition
    assert definition.get("network_mode", "none") == "none"
    if service == SQL_SERVER:
        assert definition["cap_add"] == ["NET_BIND_SERVICE"]
        return
    assert definition["security_opt"] == ["no-new-privileges:true"]
    assert definition["read_only"] is True
    assert ("cap_add" in definition) == (service in ROOT_BECAUSE)


@pytest.mark.parametrize("service", sorted(SERVICES.keys() - ROOT_BECAUSE.keys()))
def test_a_service_does_not_run_as_root(service: str) -> None:
    assert int(SERVICES[service]["user"].split(":")[0]) > 0


@every_service
def test_a_service_that_stays_has_a_health_check_and_comes_back(service: str) -> None:
    definition = SERVICES[service]
    if runs_once(service):
        assert definition["healthcheck"] == {"disable": True}
    else:
        assert definition["restart"] == "unless-stopped"
        assert definition["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")


@every_service
def test_a_service_waits_for_the_state_of_what_it_needs_and_for_nothing_else(service: str) -> None:
    needed = SERVICES[service].get("depends_on", {})
    for other, how in needed.items():
        ended = how["condition"] == "service_completed_successfully"
        assert how["condition"] == ("service_completed_successfully" if runs_once(other) else "service_healthy"), ended
        assert profiles(service) <= profiles(other), f"{service} would be started without {other}"


def test_nothing_sleeps() -> None:
    assert "sleep" not in COMPOSE_TEXT
    for program in PROGRAMS.iterdir():
        assert "sleep" not in program.read_text(), program


@every_service
def test_ports_are_open_to_this_machine_only(service: str) -> None:
    for port in SERVICES[service].get("ports", []):
        assert port.startswith("${GOLDREEL_BIND_ADDRESS:-127.0.0.1}:"), port


def test_what_has_no_reader_outside_has_no_port() -> None:
    with_ports = {service for service, definition in SERVICES.items() if "ports" in definition}
    assert with_ports == {SQL_SERVER, "airflow-apiserver", "dashboard", "dashboard-embedded", "notebook"}


@pytest.mark.parametrize("profile", ["sqlserver", "embedded"])
def test_no_two_services_of_a_profile_want_the_same_port(profile: str) -> None:
    ports = [
        port
        for service, definition in SERVICES.items()
        if profiles(service) & {profile, "notebook"}
        for port in definition.get("ports", [])
    ]
    assert all(first != second for first, second in combinations(ports, 2))


@pytest.mark.parametrize("profile", ["sqlserver", "embedded"])
def test_a_profile_has_the_whole_of_airflow_and_one_dashboard(profile: str) -> None:
    commands = [" ".join(SERVICES[service].get("command", [])) for service in SERVICES if profile in profiles(service)]
    for command in ("airflow-init", "airflow-serve", "airflow scheduler", "airflow-read-dags", "airflow triggerer"):
        assert commands.count(command) == 1, command
    assert sum(command.startswith("goldreel dashboard") for command in commands) == 1


def test_the_embedded_profile_knows_nothing_of_sql_server() -> None:
    for service, definition in SERVICES.items():
        if profiles(service) == {"embedded"}:
            assert not [name for name in definition.get("environment", {}) if name.startswith("MSSQL")], service


@every_service
def test_no_secret_stands_in_the_file(service: str) -> None:
    for name, value in SERVICES[service].get("environment", {}).items():
        if SECRET.search(name):
            found = VARIABLE.search(value)
            assert found, f"{name} is written out"
            assert found["kind"] != ":-", f"{name} has a default"


def test_every_secret_is_asked_for_with_what_to_do() -> None:
    asked = {match["name"]: match["rest"] for match in VARIABLE.finditer(COMPOSE_TEXT) if match["kind"] == ":?"}
    assert {name for name in ENV_EXAMPLE if SECRET.search(name)} == set(asked)
    for name, message in asked.items():
        assert "secrets.sh" in message
        assert ENV_EXAMPLE[name] == "", f"{name} has a value in .env.example"


def test_every_variable_has_a_default_or_stands_in_the_example() -> None:
    for match in VARIABLE.finditer(COMPOSE_TEXT):
        assert match["kind"] == ":-" or match["name"] in ENV_EXAMPLE, match.group()


@every_service
def test_a_service_runs_programs_that_the_image_has(service: str) -> None:
    definition = SERVICES[service]
    if "build" not in definition:
        return
    known = {program.name for program in PROGRAMS.iterdir()} | {"goldreel", "airflow", "tini"}
    check = definition["healthcheck"].get("test", ["CMD", "goldreel"])
    assert check[1] in known
    if "entrypoint" not in definition:
        assert definition["command"][0] in known


def test_what_must_last_is_in_a_volume() -> None:
    named = {
        volume.split(":")[0]
        for definition in SERVICES.values()
        for volume in definition.get("volumes", [])
        if re.match(r"\w", volume)
    }
    assert named | {"deliveries"} == set(COMPOSE["volumes"])
    assert "./mssql-data:/var/opt/mssql" in SERVICES[SQL_SERVER]["volumes"]


def test_readers_cannot_write_the_warehouse() -> None:
    for service in ("dashboard", "dashboard-embedded", "notebook"):
        assert "warehouse:/var/lib/goldreel:ro" in SERVICES[service]["volumes"]
