"""A container engine, the images, and a compose project of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from containers.files import DOCKERFILE, ROOT, SERVICES
from containers.test_secrets import write_env
from goldreel.generator import GeneratorOptions, generate
from goldreel.orchestration.local import free_port
from needs import CONTAINERS

IMAGE = "goldreel-under-test"


def run(command: Sequence[str | Path], **options: object) -> str:
    """What a command printed; its messages are in the error when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout[-4000:]}{done.stderr[-4000:]}"
    return str(done.stdout)


def works(*command: str) -> bool:
    return bool(shutil.which(command[0])) and subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="session")
def container_engine() -> list[str]:
    """The command that runs compose; skips where there is no engine, or it has not got the base images.

    They are pulled only where the tests must run: who runs all tests did not ask for downloads.
    """
    if not works("docker", "info"):
        CONTAINERS.is_missing("there is no container engine (docker info)")
    bases = [DOCKERFILE.split("ARG BASE=")[1].split()[0], SERVICES["airflow-db"]["image"]]
    for image in bases:
        if os.environ.get(CONTAINERS.required):
            works("docker", "image", "inspect", image) or run(["docker", "pull", image])
        elif not works("docker", "image", "inspect", image):
            CONTAINERS.is_missing(f"the engine has not got the image {image} (docker pull {image})")
    for compose in (["docker", "compose"], ["docker-compose"]):
        if works(*compose, "version"):
            return compose
    return CONTAINERS.is_missing("there is no docker compose")


@pytest.fixture(scope="session")
def images(container_engine: list[str]) -> str:
    """The images, built from this checkout; the name they begin with."""
    for target, suffix in (("goldreel", ""), ("airflow", "-airflow")):
        run(["docker", "build", "--network", "host", "--target", target, "--tag", f"{IMAGE}{suffix}:local", str(ROOT)])
    return IMAGE


def _without_settings() -> dict[str, str]:
    """The environment without what compose would take in the place of `.env`: a server that other tests use, say."""
    return {
        name: value for name, value in os.environ.items() if not name.startswith(("GOLDREEL_", "MSSQL_", "AIRFLOW_"))
    }


@dataclass(frozen=True)
class Project:
    """A compose project in a folder of its own, with ports and volumes of its own."""

    engine: list[str]
    folder: Path
    name: str
    settings: dict[str, str]

    def compose(self, *arguments: str) -> str:
        return run([*self.engine, "--project-name", self.name, *arguments], cwd=self.folder, env=_without_settings())

    def refuses(self, *arguments: str) -> str:
        """What compose says when it does not do what it was told."""
        command = [*self.engine, "--project-name", self.name, *arguments]
        env = _without_settings()
        done = subprocess.run(command, cwd=self.folder, env=env, capture_output=True, text=True, check=False)
        assert done.returncode != 0, done.stdout
        return done.stdout + done.stderr

    def url(self, port: str, path: str) -> str:
        return f"http://127.0.0.1:{self.settings[port]}{path}"

    def containers(self) -> dict[str, dict[str, object]]:
        """What the engine knows of each service's container."""
        found = run(["docker", "ps", "--all", "--quiet", "--filter", f"label=com.docker.compose.project={self.name}"])
        described = json.loads(run(["docker", "inspect", *found.split()])) if found.split() else []
        return {each["Config"]["Labels"]["com.docker.compose.service"]: each for each in described}

    def set(self, **settings: str) -> None:
        self.settings.update(settings)
        text = "".join(f"{name}={value}\n" for name, value in self.settings.items())
        (self.folder / ".env").write_text(text)


@pytest.fixture(scope="module")
def project(container_engine: list[str], images: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A project that nothing was started of yet; all that is left of it is removed."""
    folder = tmp_path_factory.mktemp("compose")
    shutil.copy(ROOT / "docker-compose.yaml", folder)
    name = f"goldreel-test-{os.getpid()}"
    project = Project(container_engine, folder, name, write_env(folder))
    ports = ("DASHBOARD_PORT", "AIRFLOW_PORT", "NOTEBOOK_PORT", "MSSQL_PUBLISHED_PORT")
    project.set(GOLDREEL_IMAGE=images, GOLDREEL_ENGINE="duckdb", COMPOSE_PROFILES="embedded")
    project.set(**{port: str(free_port(0)) for port in ports})
    try:
        yield project
    finally:
        project.compose("down", "--volumes", "--timeout", "20")


def deliver(folder: Path, day: int = 1, users: int = 300, sessions: int = 5_000) -> None:
    """The first delivery of a platform or the one that follows it, where containers may read it."""
    options = GeneratorOptions(users=users, sessions=sessions, titles=40, deliveries=2, seed=1)
    with TemporaryDirectory() as made:
        shutil.copytree(generate(Path(made) / "days", options).folders[day - 1], folder, dirs_exist_ok=True)
    for path in (folder, *folder.iterdir()):
        path.chmod(0o755 if path.is_dir() else 0o644)


@pytest.fixture(scope="module")
def delivery(project: Project) -> Path:
    """A delivery, in the folder that the project takes deliveries from."""
    folder = project.folder / "deliveries"
    project.folder.chmod(0o755)
    deliver(folder)
    project.set(GOLDREEL_DELIVERIES="./deliveries")
    return folder
