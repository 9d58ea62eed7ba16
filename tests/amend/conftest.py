from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import duckdb
import pytest

from amend.home import HEADER, Home
from amend.world import World, catalogue, session, sessions, user
from exported import duckdb_scripts
from goldreel.config import Settings
from goldreel.engines import open_engine
from goldreel.pipeline.state import prepare_warehouse

NewWorld = Callable[[], World]


@pytest.fixture(scope="session")
def statements() -> list[str]:
    """What builds silver and gold, as the exported scripts have it: a build takes a fraction of a second."""
    exported, connection = duckdb_scripts(), duckdb.connect()
    scripts = (exported["bronze_to_silver.sql"], exported["silver_to_gold.sql"])
    return [each.query.strip() for script in scripts for each in connection.extract_statements(script)]


@pytest.fixture
def new_world(statements: list[str], tmp_path: Path) -> Iterator[NewWorld]:
    """Makes warehouses without a delivery."""
    with ExitStack() as opened:
        made: list[World] = []

        def make() -> World:
            folder = tmp_path / f"world_{len(made)}"
            engine = opened.enter_context(open_engine(Settings(home=folder / "home", threads=1)))
            made.append(World(folder, engine, statements))
            return made[-1]

        yield make


@pytest.fixture
def world(new_world: NewWorld) -> World:
    return new_world()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Home]:
    settings = Settings(home=tmp_path / "home", threads=1)
    with open_engine(settings) as engine:
        prepare_warehouse(engine)
        grown = Home(engine, settings)
        grown.deliver(
            users__csv="\n".join([HEADER, f"{user('A')},", f"{user('B')},", ""]),
            viewing_sessions__csv=sessions(session("1", "A"), session("2", "B"), "3,A,M1", session("", "A")),
            content__json=catalogue("M1"),
        )
        grown.build(100)
        grown.publish()
        yield grown
