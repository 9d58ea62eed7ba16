"""On a SQL Server, random histories: after every step each cell is that of a build in full, which DuckDB makes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from amend.world import empty
from changes.elsewhere import HISTORIES, begun, live_histories
from goldreel.engines import open_engine
from goldreel.pipeline.state import prepare_warehouse

from .growing import GrowingOnServer


def warehouses(folder: Path) -> Iterator[GrowingOnServer]:
    """An empty one after the other."""
    settings = begun(folder / "sqlserver", engine="sqlserver")
    while True:
        with open_engine(settings) as engine:
            empty(engine, "dbo", "staging", "build_a", "build_b", "ops", "bronze")
            prepare_warehouse(engine)
            yield GrowingOnServer(engine, settings)


def test_after_every_step_of_a_history_each_cell_is_that_of_a_build_in_full(database: str, tmp_path: Path) -> None:
    seen = live_histories(warehouses(tmp_path), tmp_path)
    assert seen["new"] >= HISTORIES
    if HISTORIES >= 10:
        assert min(seen["brought up to date"], seen["running"], seen["failed"]) > 0
