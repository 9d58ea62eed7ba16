"""On a SQL Server, random histories: after every step each cell is that of a build in full, which DuckDB makes."""

from __future__ import annotations

import os
import random
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

from amend.world import empty
from changes.test_growing import live
from changes.test_histories import History
from goldreel.config import Settings
from goldreel.engines import open_engine
from goldreel.loading.forgotten import SALT_FILE
from goldreel.pipeline.state import prepare_warehouse

from .growing import GrowingOnServer, InFull

HISTORIES = int(os.environ.get("GOLDREEL_TEST_LIVE_HISTORIES", "1"))
FIRST = int(os.environ.get("GOLDREEL_TEST_FIRST_HISTORY", "0"))


def begun(folder: Path, engine_name: str, opened: ExitStack) -> Settings:
    settings = Settings.model_validate({"home": folder / engine_name, "engine": engine_name})
    settings.home.mkdir(parents=True)
    (settings.home / SALT_FILE).write_text("5a17" * 16)  # both have the same pseudonyms
    return settings


def test_after_every_step_of_a_history_each_cell_is_that_of_a_build_in_full(database: str, tmp_path: Path) -> None:
    seen: Counter[str] = Counter()
    for seed in range(FIRST, FIRST + HISTORIES):
        with ExitStack() as opened:
            settings = begun(tmp_path / str(seed), "sqlserver", opened)
            engine = opened.enter_context(open_engine(settings))
            empty(engine, "dbo", "staging", "build_a", "build_b", "ops", "bronze")
            prepare_warehouse(engine)
            grown = GrowingOnServer(engine, settings, chance=random.Random(seed + 1000))
            settings = begun(tmp_path / str(seed), "duckdb", opened)
            embedded = opened.enter_context(open_engine(settings))
            prepare_warehouse(embedded)
            wrong = list(live(History(random.Random(seed)), grown, InFull(embedded, settings), seen))
            assert wrong == [], f"history {seed}"
            seen["brought up to date"] += sum(build.last_turn is not None for build in grown.built)
    assert seen["new"] >= HISTORIES
    if HISTORIES >= 10:
        assert min(seen["brought up to date"], seen["running"], seen["failed"]) > 0
