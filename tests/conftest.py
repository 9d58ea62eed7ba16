"""Marks tests by what they need; see `needs.py`. What tests of several folders need stands here."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Iterator

import pytest
from dbt_common.clients.jinja import MacroFuzzEnvironment
from xdist.remote import Producer
from xdist.scheduler import Scheduling

import parsed_once
from browsing import find_chromium
from dealing import Dealer, place_of
from goldreel import parsing
from needs import BROWSER, NEEDS, SPARK
from scratch import write_to_memory


def pytest_configure() -> None:
    """Python looks for garbage seldom: what dbt, Airflow and pandas hold is much to look through, and stays anyway."""
    gc.set_threshold(50_000)
    write_to_memory()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        used = getattr(item, "fixturenames", ())
        for need in NEEDS:
            if need.fixture in used:
                item.add_marker(need.name)
    items.sort(key=lambda item: place_of(item.path))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling:
    """Deals groups of files (`dealing.py`) in the place of single files."""
    return Dealer(config, log)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where Chromium is; skips where there is none."""
    return find_chromium() or BROWSER.is_missing("there is no Chromium (Debian: apt install chromium)")


@pytest.fixture(scope="session")
def java() -> str:
    """Where Java is; skips where there is none."""
    found = os.environ.get("JAVA_HOME") or shutil.which("java")
    return found or SPARK.is_missing("there is no Java (Debian: apt install openjdk-17-jre-headless)")


@pytest.fixture(scope="session", autouse=True)
def _parsed_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parsing, "parse_project", parsed_once.parse_project)
        patch.setattr(MacroFuzzEnvironment, "compile", parsed_once.compile_template)
        yield


@pytest.fixture
def really_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    """dbt reads the project anew, or from its own cache, as outside of tests."""
    monkeypatch.setattr(parsing, "parse_project", parsed_once.really_parse)
