"""Random histories on Spark: deliver, withdraw, repair, forget; gold is what a fresh warehouse makes of the rest."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from amend.histories import differences
from amend.world import World, empty
from goldreel.engines.base import Engine

pytest.importorskip("pyspark")

HISTORIES = int(os.environ.get("GOLDREEL_TEST_SPARK_HISTORIES", "1"))
FIRST = int(os.environ.get("GOLDREEL_TEST_FIRST_HISTORY", "0"))
SCRIPTS = Path(__file__).parents[2] / "sql" / "spark"
SLOW = ("load_checks", "load_columns")  # to plan, and no number rests on them


@pytest.fixture
def new_world(engine: Engine, tmp_path: Path) -> Callable[[], World]:
    """Makes a warehouse without a delivery, in the place of the one before."""
    scripts = [(SCRIPTS / name).read_text(encoding="utf-8") for name in ("bronze_to_silver.sql", "silver_to_gold.sql")]
    statements = [each.text for script in scripts for each in engine.statements(script)]
    quick = [each for each in statements if not any(f" default.{name} as" in each for name in SLOW)]
    made: list[World] = []

    def make() -> World:
        empty(engine, "default", "staging", "bronze", "ops")
        made.append(World(tmp_path / f"world_{len(made)}", engine, quick, replaces=False))
        return made[-1]

    return make


def test_after_any_history_gold_is_what_a_fresh_warehouse_makes_of_the_deliveries_that_remain(
    new_world: Callable[[], World], engine: Engine
) -> None:
    for seed in range(FIRST, FIRST + HISTORIES):
        assert differences(seed, new_world) == []
    empty(engine, "default", "staging", "bronze", "ops")
