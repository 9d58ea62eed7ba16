"""The DAGs at work on another engine than DuckDB. It takes minutes: only for who asks, GOLDREEL_AIRFLOW_ENGINES=1."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import duckdb
import pytest

from airflow.world import CHAIN, DAG_1, DAG_2, DAG_4, airflow_at_work
from goldreel import pipeline
from goldreel.config import EngineName, Settings
from goldreel.engines import open_published
from goldreel.generator import GeneratorOptions, generate
from goldreel.parity import compare_tables
from goldreel.publish import current_publication

for_who_asks = pytest.mark.skipif(
    not os.environ.get("GOLDREEL_AIRFLOW_ENGINES"), reason="only for who asks: GOLDREEL_AIRFLOW_ENGINES=1"
)


def what_airflow_publishes_differs(engine: EngineName, folder: Path) -> list[str]:
    """Let a delivery arrive, and compare what the DAGs publish with what the command publishes of it on DuckDB."""
    options = GeneratorOptions(users=200, sessions=2_000, titles=30, days=30)
    (day,) = generate(folder / "day", options).folders
    with airflow_at_work(folder / "world", engine=engine) as world:
        world.arrive(day, "day_1")
        for dag in (DAG_1, DAG_2, DAG_4):
            world.console.wait_for(
                f"a run of {dag}",
                lambda: "success" in world.console.runs(dag).values(),  # noqa: B023
                1_200,
            )
        world.console.wait_for_quiet(CHAIN)
        assert world.messages_told() == []
    published = current_publication(world.settings)
    assert published is not None
    return gold_differs(world.settings, [day], date.fromisoformat(published.as_of), folder / "home")


def gold_differs(airflow: Settings, days: Sequence[Path], as_of: date, home: Path, source: str = "") -> list[str]:
    """What the DAGs published, compared cell by cell with what the command makes of the same deliveries on DuckDB.

    Args:
        home: a folder for the command's warehouse.
        source: what reads files of others, as GOLDREEL_SOURCE has it.
    """
    of_command = Settings(home=home, source=source)
    pipeline.run(of_command, days, as_of, pipeline.Silent())
    with duckdb.connect() as cells:
        for side, settings in (("airflow", airflow), ("command", of_command)):
            cells.execute(f"create schema {side}")
            with open_published(settings) as readers:
                for name in readers.tables(readers.default_schema):
                    if name.startswith("gold_"):
                        cells.register("read", readers.read(readers.default_schema, name))
                        cells.execute(f"create table {side}.{name} as from read")
        compared = list(compare_tables(cells, "airflow", "command"))
    assert len(compared) > 10
    return [f"{table.table}: {difference}" for table in compared for difference in table.differences]
