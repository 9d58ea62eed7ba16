"""Days of deliveries in which all that one can touch is touched, and runs of them on the engine that settings name."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from pathlib import Path

from amend.world import catalogue, session, sessions, user, users
from changes import reference
from changes.reference import Record, State
from goldreel import pipeline
from goldreel.build_log import Build
from goldreel.config import Settings
from goldreel.engines import open_engine
from goldreel.orchestration.manifests import GOLD, SILVER
from goldreel.verify import verify
from layers import build_layer
from oracle.rules import JUDGES

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


def write(day: str, within: Path) -> Path:
    """The files of a day, in a folder of its own."""
    folder = within / day
    folder.mkdir()
    for entity, content in DAYS[day].items():
        ending = "json" if entity == "content" else "csv"
        (folder / f"{entity}_{day}.{ending}").write_text(content, encoding="utf-8")
    return folder


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


def state(settings: Settings, up_to_load: float = math.inf) -> State:
    """What deliveries come to, all of them or the first ones, by the independent reading of the rules."""
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
                if row["_load_id"] <= up_to_load
            ],
            100,
        )


def different_cells(settings: Settings) -> list[object]:
    report = verify(settings)
    assert len(report.tables) > 30
    return [(table.table, table.differences) for table in report.tables if table.differing]
