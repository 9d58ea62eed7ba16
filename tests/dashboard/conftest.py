"""A published warehouse, the dashboard over it, and a browser to look at it with."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from playwright.sync_api import Browser

from browsing import open_browser
from goldreel import pipeline
from goldreel.config import Settings
from goldreel.generator import GeneratorOptions, generate

Query = Callable[[str], list[tuple[Any, ...]]]
Serve = Callable[[Path], AbstractContextManager[str]]


def goldreel(home: Path, *arguments: str | Path) -> None:
    """Run the command on a home; it must succeed."""
    command = [sys.executable, "-m", "goldreel", *map(str, arguments)]
    environment = os.environ | {"GOLDREEL_HOME": str(home)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=home.parent)
    assert done.returncode == 0, done.stdout + done.stderr


def published(home: Path, *deliveries: Path) -> Path:
    """Run the pipeline on a home, as of one day, and publish."""
    report = pipeline.run(Settings(home=home), deliveries, date(2024, 9, 30), pipeline.Silent())
    assert report.exit_code == 0, report.alarms
    return home


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one published build: two deliveries with every kind of fault."""
    folder = tmp_path_factory.mktemp("dashboard")
    options = GeneratorOptions(users=200, sessions=4_000, titles=60, dirt=0.05, deliveries=2)
    made = generate(folder / "delivery", options)
    return published(folder / "home", *made.folders)


@pytest.fixture(scope="session")
def query(home: Path) -> Iterator[Query]:
    """Rows of a query on what is published."""
    with duckdb.connect(str((home / "published" / "current.duckdb").resolve()), read_only=True) as connection:
        yield lambda sql: connection.execute(sql).fetchall()


@pytest.fixture
def home_copy(home: Path, tmp_path: Path) -> Path:
    """The same home, for a test that changes it."""
    return shutil.copytree(home, tmp_path / "home", symlinks=True)


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """Chromium, without a screen and without business of its own on the network."""
    with open_browser(chromium) as opened:
        yield opened


@contextmanager
def serving(home: Path, *options: str, **environment: str) -> Iterator[str]:
    """The dashboard over a home, by `goldreel dashboard`; yields its address on this machine."""
    port = free_port()
    command = [sys.executable, "-m", "goldreel", "dashboard", "--port", str(port), *options]
    process = subprocess.Popen(
        command,
        env=os.environ | {"GOLDREEL_HOME": str(home)} | environment,
        stdout=subprocess.DEVNULL,
        cwd=home.parent,
    )
    try:
        wait_until_healthy(process, f"http://localhost:{port}")
        yield f"http://localhost:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)


def free_port() -> int:
    """A port that nobody listens at now, and that another test, beside this one, does not get."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return int(probe.getsockname()[1])


def wait_until_healthy(process: subprocess.Popen[bytes], address: str) -> None:
    """Wait for the dashboard to answer at its address."""
    for _ in range(600):
        assert process.poll() is None, f"the dashboard ended with {process.returncode}"
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health") as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
    raise AssertionError("the dashboard does not answer")


@pytest.fixture(scope="session")
def address(home: Path) -> Iterator[str]:
    """The dashboard over the published build."""
    with serving(home) as found:
        yield found
