"""Random histories: what a build says has changed is what two full states, compared by another route, differ in."""

from __future__ import annotations

import math
import os
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from changes import reference
from changes.reference import Record, State
from changes.warehouse import Step, Warehouse, own_steps, steps
from oracle import SESSIONS, USERS
from portability.compiled import DIALECTS, compiled_project, traced_project

HISTORIES = int(os.environ.get("GOLDREEL_TEST_HISTORIES", "5"))  # of each engine
CAUSES = {
    *("withdrawn", "repaired", "new", "late", "corrected", "released", "user_activated", "user_lapsed", "definition"),
}


@pytest.fixture(scope="module")
def built() -> dict[str, list[Step]]:
    traced = traced_project()
    others = {dialect: steps(project, traced[dialect]) for dialect, project in compiled_project().items()}
    return others | {"duckdb": own_steps()}


@dataclass
class History:
    """Deliveries at random, of few users, titles and sessions, so that they meet."""

    chance: random.Random
    records: list[Record] = field(default_factory=list)
    withdrawn: set[int] = field(default_factory=set)
    loads: int = 0

    def delivery(self) -> tuple[int, list[Record]]:
        self.loads += 1
        entity = self.chance.choice(["users", "users", "viewing_sessions", "viewing_sessions", "content"])
        new = [
            Record(entity, getattr(self, entity)(), self.loads, f"{entity}_{self.loads}", row)
            for row in range(1, self.chance.randint(2, 7))
        ]
        if self.chance.random() < 0.2:  # some of what was delivered before, again as it was
            again = [each for each in self.records if each.entity == entity][-3:]
            new += [Record(entity, each.text, self.loads, new[0].file, 20 + at) for at, each in enumerate(again)]
        broken = [each for each in self.records if each.entity == entity and reference.is_broken(each)]
        if broken and self.chance.random() < 0.4:  # of what breaks a rule, one is repaired, or tried to be
            original = self.chance.choice(broken)
            text, place = getattr(self, entity)(), (original.load_id, original.row)
            new.append(Record(entity, text, self.loads, new[0].file, 30, place))
        self.records += new
        return self.loads, new

    def withdraw(self) -> int | None:
        there = sorted({each.load_id for each in self.records})
        if not there:
            return None
        load_id = self.chance.choice(there)
        self.withdrawn.add(load_id)
        self.records = [each for each in self.records if each.load_id != load_id]
        return load_id

    def users(self) -> dict[str, str | None]:
        pick = self.chance.choice
        return {
            "user_id": pick(["U1", "U2", "U3", "u1", " U2 ", "U4", ""]),
            "age": pick(["30", "31", "x"]),
            "country": pick(["Peru", "peru", ""]),
            "subscription_type": "Basic",
            "registration_date": pick(["2024-01-01"] * 9 + ["soon"]),
            "total_watch_time_hours": pick(["50", "99.5", "100", "120", "151.0", "-1"]),
        }

    def viewing_sessions(self) -> dict[str, str | None]:
        pick = self.chance.choice
        return {
            "session_id": pick([f"S{number}" for number in range(12)] + [""]),
            "user_id": pick(["U1", "U2", "U3", "u1", "U4", "U5", ""]),
            "content_id": pick(["T1", "T2", "T3", "T1", "T2"]),
            "watch_date": pick(["2024-06-01", "2024-06-02", "2024-06-03", "2024-06-05", "2024-06-09", "never"]),
            "watch_duration_minutes": pick(["10", "10.0", "25.5", "1440", "0"]),
            "completion_percentage": pick(["50", "", "101"]),
            "device_type": pick(["TV", ""]),
            "quality_level": "HD",
        }

    def content(self) -> dict[str, str | None]:
        pick = self.chance.choice
        return {
            "content_id": pick(["T1", "T2", "T3", ""]),
            "title": pick(["One", "Two", None]),
            "genre": pick(["Drama", "Drama, Comedy"]),
            "content_type": "movie",
            "duration_minutes": pick(["90", "90.0", "0", "60"]),
            "release_year": pick(["2001", None]),
            "rating": pick(["4.5", "9"]),
            "views_count": pick(["7", "8"]),
            **dict.fromkeys(["production_budget", "seasons", "total_episodes"]),
        }


SHOWN = (
    "entity, record_key, cause, load_id, source_file, source_row, before_outcome, after_outcome, "
    + ", ".join(f"before_{name}, after_{name}" for name in reference.WEIGHTS)
)  # fmt: skip


def live(history: History, warehouse: Warehouse, seen: Counter[str]) -> Iterator[str]:
    """Deliver, withdraw, change the setting, build, fail and be killed; yields what is wrong."""
    chance = history.chance
    before, hours = State(), 100.0
    kept: dict[int, list[tuple[object, ...]]] = {}
    for _ in range(chance.randint(4, 9)):
        for _ in range(chance.choice([0, 1, 1, 2, 3])):
            warehouse.load(*history.delivery())
        if chance.random() < 0.15 and (load_id := history.withdraw()) is not None:
            warehouse.withdraw(load_id)
        if chance.random() < 0.15:
            hours = chance.choice([100.0, 120.0, 60.0])
        ended = chance.choice(["passed", "passed", "passed", "failed", "running"])
        cut_off = chance.randint(0, 13) if ended == "running" else None
        build_id = warehouse.build(hours, ended, cut_off)
        if ended != "passed":
            continue
        after = reference.judge(history.records, hours)
        wanted = reference.changes(before, after, history.withdrawn)
        kept[build_id] = wanted
        seen.update(str(row[2]) for row in wanted)
        before = after
        for build, rows in kept.items():
            found = warehouse.rows(f"select {SHOWN} from changed_records where build_id = {build}")
            if sorted(found, key=repr) != rows:
                yield f"build {build} at {build_id}: {set(found) ^ set(rows)}"
        parts = dict(
            warehouse.rows(f"select kpi, sum(part) from change_totals where build_id = {build_id} group by kpi")
        )
        for kpi, part in reference.totals(wanted).items():
            if not math.isclose(part, parts.get(kpi, 0.0), abs_tol=1e-9):
                yield f"build {build_id}, {kpi}: {part} and {parts.get(kpi)}"


@pytest.mark.parametrize("engine", ["duckdb", *DIALECTS])
def test_the_changes_of_every_build_are_the_differences_of_two_full_states(
    built: dict[str, list[Step]], engine: str
) -> None:
    seen: Counter[str] = Counter()
    for seed in range(HISTORIES):
        warehouse = Warehouse(engine, built[engine])
        assert list(live(History(random.Random(seed)), warehouse, seen)) == [], f"history {seed}"
    if HISTORIES >= 100:
        assert set(seen) == CAUSES


def user(key: str, hours: str, load_id: int) -> Record:
    text = dict(zip(USERS, [key, "30", "Peru", "Basic", "2024-01-01", hours], strict=True))
    return Record("users", text, load_id, f"users_{load_id}.csv", 1)


def session(key: str, user_id: str, day: str, load_id: int, minutes: str = "60", row: int = 1) -> Record:
    text = dict(zip(SESSIONS, [key, user_id, "T1", day, minutes, "50", "TV", "HD"], strict=True))
    return Record("viewing_sessions", text, load_id, f"sessions_{load_id}.csv", row)


def title(load_id: int) -> Record:
    text = {"content_id": "T1", "title": "One", "content_type": "movie", "duration_minutes": "90"}
    return Record("content", text, load_id, "content.json", 1)


@pytest.mark.parametrize("engine", ["duckdb", *DIALECTS])
def test_every_cause_has_its_case(built: dict[str, list[Step]], engine: str) -> None:
    warehouse = Warehouse(engine, built[engine])

    def found(build_id: int) -> dict[str, tuple[object, ...]]:
        columns = "record_key, cause, load_id, source_file, before_outcome, after_outcome"
        return {
            key: tuple(rest)
            for key, *rest in warehouse.rows(f"select {columns} from changed_records where build_id = {build_id}")
        }

    warehouse.load(1, [user("stays", "120", 1)])
    warehouse.load(2, [user("lapses", "120", 2)])
    warehouse.load(3, [user("wakes", "50", 3)])
    warehouse.load(4, [title(4)])
    first = [("kept", "stays"), ("lapsed", "lapses"), ("woken", "wakes"), ("held", "comes"), ("wrong", "stays")]
    warehouse.load(5, [session(key, of, "2024-06-05", 5, row=row) for row, (key, of) in enumerate(first, 1)])
    assert {cause for cause, *_ in found(warehouse.build(100)).values()} == {"new"}

    warehouse.load(6, [user("lapses", "90", 6)])
    warehouse.load(7, [user("wakes", "130", 7)])
    warehouse.load(8, [user("comes", "200", 8)])
    warehouse.load(9, [session("kept", "stays", "2024-06-05", 9), session("wrong", "stays", "2024-06-05", 9, "30", 2)])
    warehouse.load(
        10, [session("today", "stays", "2024-06-06", 10), session("missed", "stays", "2024-06-05", 10, row=2)]
    )
    assert found(warehouse.build(100)) == {
        "lapses": ("corrected", 6, "users_6.csv", "current", "inactive_user"),
        "wakes": ("corrected", 7, "users_7.csv", "inactive_user", "current"),
        "comes": ("new", 8, "users_8.csv", None, "current"),
        "lapsed": ("user_lapsed", 6, "users_6.csv", "current", "inactive_user"),
        "woken": ("user_activated", 7, "users_7.csv", "inactive_user", "current"),
        "held": ("released", 8, "users_8.csv", "held", "current"),
        "wrong": ("corrected", 9, "sessions_9.csv", "current", "current"),
        "today": ("new", 10, "sessions_10.csv", None, "current"),
        "missed": ("late", 10, "sessions_10.csv", None, "current"),
    }

    assert found(warehouse.build(125)) == {
        "stays": ("definition", None, "users_1.csv", "current", "inactive_user"),
        "kept": ("definition", None, "sessions_9.csv", "current", "inactive_user"),
        "wrong": ("definition", None, "sessions_9.csv", "current", "inactive_user"),
        "today": ("definition", None, "sessions_10.csv", "current", "inactive_user"),
        "missed": ("definition", None, "sessions_10.csv", "current", "inactive_user"),
    }

    warehouse.withdraw(9)
    warehouse.withdraw(7)
    assert found(warehouse.build(125)) == {
        "wrong": ("withdrawn", 9, "sessions_9.csv", "inactive_user", "inactive_user"),
        "wakes": ("withdrawn", 7, "users_7.csv", "current", "inactive_user"),
        "woken": ("withdrawn", 7, "users_7.csv", "current", "inactive_user"),
    }
    assert found(warehouse.build(125)) == {}


def test_a_change_of_a_setting_and_back_leaves_no_change_between_the_builds_around_it(
    built: dict[str, list[Step]],
) -> None:
    warehouse = Warehouse("duckdb", built["duckdb"])
    warehouse.load(1, [user("one", "110", 1)])
    for hours, changes in ((100, 1), (120, 1), (100, 1), (100, 0)):
        build_id = warehouse.build(hours)
        assert len(warehouse.rows(f"select * from changed_records where build_id = {build_id}")) == changes
    warehouse.build(120, "failed")
    assert warehouse.rows(f"select * from changed_records where build_id = {warehouse.build(100)}") == []
