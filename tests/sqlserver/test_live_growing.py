"""On a SQL Server, builds that judge only what is new: each cell is that of a build in full, and so is each change."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from changes import reference
from changes.days import AS_OF, different_cells, run, run_in_parts, state, write
from changes.reference import State
from changes.test_histories import SHOWN
from checks.stopping import NONE_STOPPED
from goldreel.basis import KEPT
from goldreel.build_log import Build
from goldreel.config import Settings
from goldreel.pipeline.turns import TABLES_OF_SESSIONS

from .conftest import Query


@pytest.fixture
def settings(database: str, tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", engine="sqlserver", thresholds=NONE_STOPPED)


def added_to(build: Build) -> list[tuple[str, str]]:
    tables_of_sessions = [(build.schema_name, name) for name in TABLES_OF_SESSIONS]
    return [("staging", name) for name in KEPT] + tables_of_sessions


def kill_when_sessions_are_judged(delivery: Path, settings: Settings, query: Query) -> None:
    """Kill a run that has taken records out of the judged tables, and put others in."""
    environment = {"GOLDREEL_HOME": str(settings.home), "GOLDREEL_ENGINE": "sqlserver"}
    environment["GOLDREEL_THRESHOLDS"] = json.dumps(NONE_STOPPED)
    command = [sys.executable, "-m", "goldreel", "run", str(delivery), "--as-of", AS_OF.isoformat()]
    process = subprocess.Popen(
        command, env=os.environ | environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    judged = "select count(*) from staging.judged_viewing_sessions where session_id = 'late'"
    while query(judged) == [(0,)]:
        assert process.poll() is None, "it ended before it could be killed"
        time.sleep(0.2)
    process.send_signal(signal.SIGKILL)
    process.wait()


def test_after_every_step_each_cell_and_each_change_is_that_of_a_build_in_full(
    settings: Settings, query: Query, tmp_path: Path
) -> None:
    before = State()
    columns: dict[str, list[tuple[object, ...]]] = {}
    made: list[tuple[int | None, int | None, str | None]] = []
    for day in ("first", "second", "third", "last"):
        if day == "last":
            kill_when_sessions_are_judged(write("killed", tmp_path), settings, query)
        build = (run_in_parts if day == "third" else run)(settings, write(day, tmp_path))
        made.append((build.built_on, build.last_turn, build.why_in_full))
        after = state(settings)
        if day != "first":
            assert different_cells(settings) == []
        found = query(f"select {SHOWN} from changed_records where build_id = {build.build_id}")
        assert sorted(found, key=repr) == reference.changes(before, after, set())
        before = after
        for schema, name in added_to(build):
            declared = query(
                "select column_name, data_type, character_maximum_length, collation_name, is_nullable "
                f"from information_schema.columns where table_schema = '{schema}' and table_name = '{name}' order by 1"
            )
            assert declared == columns.setdefault(name, declared), name
    assert made == [
        (None, None, "it is the first build"),
        (1, None, None),  # the second schema holds nothing yet
        (2, 1, None),
        (None, None, "build 4 did not pass"),
    ]
    causes = {cause for (cause,) in query("select distinct cause from changed_records")}
    assert causes == {"new", "late", "corrected", "released", "user_activated", "user_lapsed"}
