"""Airflow to test against; skips where it is not installed."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator

import pytest

from airflow.world import World, airflow_at_work
from needs import AIRFLOW


@pytest.fixture(scope="session")
def installed() -> None:
    """Airflow and Cosmos, to draw the DAGs with."""
    if importlib.util.find_spec("cosmos") is None:
        AIRFLOW.is_missing("Airflow is not installed (the extra `airflow`)")


@pytest.fixture(scope="session")
def scheduler(installed: None) -> None:
    """That a whole Airflow can be started here; it takes minutes."""


@pytest.fixture(scope="module")
def world(scheduler: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with airflow_at_work(tmp_path_factory.mktemp("world")) as world:
        yield world
