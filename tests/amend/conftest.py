from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from amend.world import World
from exported import duckdb_scripts


@pytest.fixture(scope="session")
def scripts() -> list[str]:
    """What builds silver and gold, as the exported scripts have it: a build takes a fraction of a second."""
    exported = duckdb_scripts()
    return [exported["bronze_to_silver.sql"], exported["silver_to_gold.sql"]]


@pytest.fixture
def new_world(scripts: list[str], tmp_path: Path) -> Iterator[Callable[[], World]]:
    """Makes warehouses without a delivery."""
    made: list[World] = []

    def make() -> World:
        made.append(World(tmp_path / f"world_{len(made)}", scripts))
        return made[-1]

    yield make
    for world in made:
        world.close()


@pytest.fixture
def world(new_world: Callable[[], World]) -> World:
    return new_world()
