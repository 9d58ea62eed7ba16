"""On a SQL Server, builds that judge only what is new: each cell is that of a build in full, and so is each change."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from amend.world import catalogue, session, sessions, user, users
from changes import reference
from changes.reference import Record, State
from changes.test_histories import SHOWN
from goldreel import pipeline
from goldreel.basis import KEPT
from goldreel.build_log import Build
from goldreel.config import Settings
from goldreel.engines import open_engine
from goldreel.orchestration.manifests import GOLD, SILVER
from goldreel.pipeline.turns import TABLES_OF_SESSIONS
from goldreel.verify import verify
from layers import build_layer
from oracle.rules import JUDGES

from .conftest import NONE_STOPPED, Query

AS_OF = date(2024, 9, 30)
COUNTS = replace(GOLD, folders=("partials",), indirect_selection="cautious")
DAYS = {
    "first": {
        "users": users(user("stays", 120), user("lapses", 120), user("wakes", 50)),
        "content": catalogue("M1"),
        "viewing_sessions": sessions(
            *(session(key, of) for key, of in [("kept", "stays"), ("lapsed", "lapses"), ("woken", "wakes")]),
            *(session("held", "comes"), session("waits", "stays", title="M2"), session("wrong", "stays")),
            session("broken", "stays", 0),
        ),
    },
    "second": {
        "users": users(user("lapses", 90), user("wakes", 130), user("comes", 200)),
        "content": catalogue("M1", "M2"),
        "viewing_sessions": sessions(
            session("wrong", "stays", 45), session("today", "stays", day="2024-03-02"), session("kept", "stays")
        ),
    },
    "third": {
        "users": users(user("lapses", 150), user("wakes", 20, "Chile")),
        "viewing_sessions": sessions(
            session("today", "wakes", day="2024-03-02"), session("broken", "lapses", 12, "2024-03-03")
        ),
    },
    "killed": {
        "users": users(user("stays", 10), user("wakes", 400)),
        "viewing_sessions": sessions(session("kept", "lapses", 7), session("late", "comes", day="2024-02-02")),
    },
    "last": {"users": users(user("stays", 300)), "viewing_sessions": sessions(session("woken", "wakes", 9))},
}


@pytest.fixture
def settings(database: str, tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", engine="sqlserver", thresholds=NONE_STOPPED)


@pytest.fixture
def deliver(tmp_path: Path) -> Callable[[str], Path]:
    def write(day: str) -> Path:
        (tmp_path / day).mkdir()
        for entity, content in DAYS[day].items():
            ending = "json" if entity == "content" else "csv"
            (tmp_path / day / f"{entity}_{day}.{ending}").write_text(content, encoding="utf-8")
        return tmp_path / day

    return write


def run(settings: Settings, delivery: Path) -> Build:
    report = pipeline.run(settings, [delivery], AS_OF, pipeline.Silent())
    assert report.result is not None
    assert [(node.name, node.message) for node in report.result.failed] == []
    assert report.build is not None
    return report.build


def run_in_parts(settings: Settings, delivery: Path) -> Build:
    """The same layer by layer, as Airflow's DAGs do; gold is broken off when it has counted, and begun again."""
    pipeline.load(settings, [delivery], pipeline.Silent())
    begun = pipeline.begin_build(settings, AS_OF)
    for layer, is_broken_off in ((SILVER, False), (COUNTS, True), (GOLD, False)):
        with pipeline.open_build(settings, begun.build_id, final=layer.final) as (engine, build):
            result = build_layer(engine, build, layer, settings)
            if not is_broken_off:
                assert [(node.name, node.message) for node in result.failed] == []
                begun = pipeline.end_part(engine, settings, build, result, final=layer.final)
    assert pipeline.publish(settings, build_id=begun.build_id).build_id == begun.build_id
    return begun


def state(settings: Settings) -> State:
    """What all deliveries come to, by the independent reading of the rules."""
    with open_engine(settings, "look") as engine:
        return reference.judge(
            [
                Record(
                    entity,
                    {name: text for name, text in row.items() if not name.startswith("_")},
                    *(row["_load_id"], row["_source_file"], row["_source_row"]),
                )
                for entity in JUDGES
                for row in engine.read("bronze", entity).to_pylist()
            ],
            100,
        )


def different_cells(settings: Settings) -> list[object]:
    report = verify(settings)
    assert len(report.tables) > 30
    return [(table.table, table.differences) for table in report.tables if table.differing]


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
    settings: Settings, query: Query, deliver: Callable[[str], Path]
) -> None:
    before = State()
    columns: dict[str, list[tuple[object, ...]]] = {}
    made: list[tuple[int | None, int | None, str | None]] = []
    for day in ("first", "second", "third", "last"):
        if day == "last":
            kill_when_sessions_are_judged(deliver("killed"), settings, query)
        build = (run_in_parts if day == "third" else run)(settings, deliver(day))
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
