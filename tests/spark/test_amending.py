"""Deliveries that turn out to be wrong, on Spark: withdrawn, repaired, forgotten, in random histories."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from amend.histories import differences
from amend.world import World, empty, worlds
from gold_tables.parts import CHECKOUT
from goldreel.engines.base import Engine

pytest.importorskip("pyspark")

HISTORIES = int(os.environ.get("GOLDREEL_TEST_SPARK_AMENDED_HISTORIES", "0"))
FIRST = int(os.environ.get("GOLDREEL_TEST_FIRST_HISTORY", "0"))
SCRIPTS = CHECKOUT.root / "sql" / "spark"


class WorldOnSpark(World):
    """Its scripts make tables that are not there yet, as builds do on Spark."""

    def build(self) -> None:
        empty(self.engine, self.engine.default_schema, "staging")
        super().build()


@pytest.fixture
def emptied(engine: Engine) -> Iterator[Engine]:
    """Spark, and nothing that is made here stays."""
    build_schema = engine.build_schema
    yield engine
    engine.build_schema = build_schema
    empty(engine, engine.default_schema, "staging", "ops", "bronze")


@pytest.mark.skipif(not HISTORIES, reason="GOLDREEL_TEST_SPARK_AMENDED_HISTORIES is not set: each takes minutes")
def test_after_any_history_gold_is_what_a_fresh_warehouse_makes_of_the_deliveries_that_remain(
    emptied: Engine, tmp_path: Path
) -> None:
    new_world = worlds(emptied, tmp_path, SCRIPTS, WorldOnSpark)
    for seed in range(FIRST, FIRST + HISTORIES):
        assert differences(seed, new_world) == []
