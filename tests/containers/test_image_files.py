"""What the Dockerfile and .dockerignore promise, read from the files: no engine is needed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from containers.files import COMPOSE_TEXT, DOCKERFILE, PROGRAMS, ROOT, instructions
from goldreel.config import NO_USAGE_STATISTICS
from goldreel.orchestration import AIRFLOW_CONFIG, AIRFLOW_SETTINGS

TARGETS = ["goldreel", "airflow", "notebook", "spark", "(last)"]
every_target = pytest.mark.parametrize("target", TARGETS)


@every_target
def test_an_image_runs_as_a_fixed_user_who_is_not_root(target: str) -> None:
    users = [line for line in instructions(target) if line.startswith("USER")]
    assert users[-1] == "USER 10001:10001"


@every_target
def test_an_image_tells_how_healthy_it_is_and_what_it_is(target: str) -> None:
    found = instructions(target)
    assert any(line.startswith("HEALTHCHECK") for line in found)
    for label in ("title", "description", "licenses", "version", "revision"):
        assert any(f"org.opencontainers.image.{label}=" in line for line in found), label


@every_target
def test_an_image_holds_nothing_that_is_for_building(target: str) -> None:
    found = " ".join(instructions(target))
    assert not re.search(r"\b(gcc|build-essential|git|curl|pip install|uv)\b", found)
    assert all("rm -rf /var/lib/apt/lists/*" in line for line in instructions(target) if "apt-get install" in line)


@every_target
def test_an_image_sends_no_usage_statistics(target: str) -> None:
    settings = " ".join(instructions(target))
    assert "DO_NOT_TRACK=1" in settings
    assert "DBT_SEND_ANONYMOUS_USAGE_STATS=false" in settings
    assert all(f"{name}={value}" in settings for name, value in NO_USAGE_STATISTICS.items())


def test_airflow_runs_in_its_image_with_what_it_runs_with_everywhere() -> None:
    assert AIRFLOW_SETTINGS["AIRFLOW__USAGE_DATA_COLLECTION__ENABLED"] == "false"
    assert AIRFLOW_SETTINGS["AIRFLOW__COSMOS__ENABLE_TELEMETRY"] == "false"
    found = " ".join(instructions("airflow"))
    (place,) = re.findall(r"AIRFLOW_CONFIG=(\S+)", found)
    assert f"COPY --from=wheel /src/{AIRFLOW_CONFIG.relative_to(ROOT)} {place}" in found
    elsewhere = DOCKERFILE + COMPOSE_TEXT + (ROOT / "deploy" / "kubernetes" / "base" / "airflow.env").read_text()
    assert [name for name in AIRFLOW_SETTINGS if name.startswith("AIRFLOW_") and name in elsewhere] == []


def test_dependencies_are_the_locked_ones() -> None:
    install = (ROOT / "deploy" / "docker" / "install").read_text()
    (sync,) = re.findall(r"uv sync [^\n]*", install)
    assert "--locked" in sync
    assert "--no-dev" in sync
    assert all("--no-deps" in line for line in re.findall(r"uv pip install [^\n]*", install))
    assert not re.search(r"uv (sync|pip)", DOCKERFILE), "what is installed is installed by deploy/docker/install"


def test_an_image_is_installed_with_the_extras_it_is_for(tmp_path: Path) -> None:
    """By the script that installs, with programs in the place of uv and trim that say how they are called."""
    shutil.copy(ROOT / "deploy" / "docker" / "install", tmp_path)
    for program in ("uv", "trim"):
        (tmp_path / program).write_text(f'#!/bin/sh\necho {program} "$@"\n')
        (tmp_path / program).chmod(0o755)
    environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}", "UV_PROJECT_ENVIRONMENT": "/venv"}
    called = []
    for words in re.findall(r"^RUN \./install (.+)", DOCKERFILE, re.MULTILINE):
        done = subprocess.run(
            ["./install", *words.split()], cwd=tmp_path, env=environment, check=True, capture_output=True, text=True
        )
        called.append(done.stdout.splitlines())
    plain = "uv sync --locked --no-dev --no-install-project"
    assert called == [
        each
        for extras in ("sqlserver dashboard", "sqlserver airflow", "sqlserver dashboard notebook", "spark")
        for each in (
            [f"{plain} {' '.join(f'--extra {extra}' for extra in extras.split())}", "trim"],
            ["uv pip install --python /venv --no-deps /wheel/*.whl"],
        )
    ]


def test_every_image_stands_on_the_one_base() -> None:
    assert "ARG BASE=python:3.12-slim-bookworm" in DOCKERFILE
    stages = set(re.findall(r"AS (\S+)", DOCKERFILE))
    assert set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) <= stages | {"${BASE}"}


def test_only_what_an_image_is_made_of_goes_to_the_builder() -> None:
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert lines[0] == "*"
    sent = {line[1:] for line in lines if line.startswith("!")}
    copied = {
        source for line in re.findall(r"^COPY (?!--from)(.+)", DOCKERFILE, re.MULTILINE) for source in line.split()[:-1]
    }
    assert sent == copied
    assert not {".git", ".env", "warehouse", "mssql-data", "demo", ".venv"} & sent
    assert "**/.env*" in lines


@pytest.mark.parametrize("program", sorted(PROGRAMS.iterdir()), ids=lambda path: path.name)
def test_a_program_of_the_image_can_be_run(program: Path) -> None:
    assert program.stat().st_mode & 0o111 == 0o111
    first, second, *_ = program.read_text().splitlines()
    assert first in ("#!/bin/sh", "#!/usr/bin/env python3")
    assert len(second) > 3, "a program says what it is for"
    if first == "#!/bin/sh":
        assert "set -eu" in program.read_text()
        subprocess.run(["sh", "-n", str(program)], check=True)


def test_an_executor_of_spark_is_started_with_what_spark_says(tmp_path: Path) -> None:
    java = tmp_path / "java"
    java.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    java.chmod(0o755)
    options = {f"SPARK_JAVA_OPT_{number}": f"-Doption.{number}=a b" for number in range(12)}
    told = {
        "SPARK_EXECUTOR_MEMORY": "14g",
        "SPARK_DRIVER_URL": "spark://CoarseGrainedScheduler@10.0.0.1:7078",
        "SPARK_EXECUTOR_ID": "3",
        "SPARK_EXECUTOR_CORES": "4",
        "SPARK_APPLICATION_ID": "spark-1",
        "SPARK_EXECUTOR_POD_IP": "10.0.0.2",
        "SPARK_RESOURCE_PROFILE_ID": "0",
        "SPARK_EXECUTOR_POD_NAME": "goldreel-exec-3",
        "SPARK_CONF_DIR": "/opt/spark/conf",
    }
    environment = os.environ | options | told | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    entry = [sys.executable, str(PROGRAMS / "spark-entry")]
    said = subprocess.run([*entry, "executor"], env=environment, check=True, capture_output=True, text=True).stdout
    words = said.splitlines()
    assert words[:12] == [f"-Doption.{number}=a b" for number in range(12)]
    assert words[12:15] == ["-Xms14g", "-Xmx14g", "-cp"]
    assert re.fullmatch(r"/opt/spark/conf:/\S+/pyspark/jars/\*", words[15])
    assert words[16] == "org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBackend"
    named = dict(zip(words[17::2], words[18::2], strict=True))
    assert set(named.values()) == set(told.values()) - {"14g", "/opt/spark/conf"}
    assert subprocess.run([*entry, "echo", "as it stands"], check=True, capture_output=True).stdout == b"as it stands\n"
