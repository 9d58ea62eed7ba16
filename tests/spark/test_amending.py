"""Deliveries that turn out to be wrong, on Spark: withdrawn, repaired, forgotten, in random histories."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from amend.histories import differences
from amend.world import World, empty
from gold_tables.parts import CHECKOUT
from goldreel.engines.base import Engine
from goldreel.engines.shared import BUILD_SCHEMAS

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
def cleared(engine: Engine) -> Iterator[Engine]:
    """Spark, of which nothing is kept that is made here."""
    build_schema = engine.build_schema
    yield engine
    engine.build_schema = build_schema
    _clear(engine)


def _clear(engine: Engine) -> None:
    empty(engine, engine.default_schema, "staging", *BUILD_SCHEMAS, "ops", "bronze")


@pytest.mark.skipif(not HISTORIES, reason="GOLDREEL_TEST_SPARK_AMENDED_HISTORIES is not set: each takes minutes")
def test_after_any_history_gold_is_what_a_fresh_warehouse_makes_of_the_deliveries_that_remain(
    cleared: Engine, tmp_path: Path
) -> None:
    scripts = [(SCRIPTS / name).read_text(encoding="utf-8") for name in ("bronze_to_silver.sql", "silver_to_gold.sql")]
    statements = [each.text for script in scripts for each in cleared.statements(script)]
    made: list[World] = []

    def new_world() -> World:
        _clear(cleared)
        made.append(WorldOnSpark(tmp_path / f"world_{len(made)}", cleared, statements))
        return made[-1]

    for seed in range(FIRST, FIRST + HISTORIES):
        assert differences(seed, new_world) == []
