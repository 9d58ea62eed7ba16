"""Random histories: between any two builds, the parts of every number are what brute force finds.

The brute force applies the changes of a set of causes record by record to the state before, and counts; it shares
nothing with what it tests. What changed between the builds is taken from `changed_records` as the models find it.
"""

from __future__ import annotations

import os
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations, permutations

import pytest

from changes import reference
from changes.reference import Judged
from changes.test_histories import History
from changes.warehouse import Warehouse, own_steps
from goldreel.explanations.change_sets import moves_between
from goldreel.why.kpis import KPIS
from goldreel.why.parts import State, explain, state_before
from why.reader import reader

HISTORIES = int(os.environ.get("GOLDREEL_TEST_HISTORIES", "4"))

Key = tuple[str, str]
Snapshot = dict[Key, Judged]
Numbers = dict[str, float | None]


def snapshot(state: reference.State) -> Snapshot:
    return {(entity, key): judged for entity, winners in state.winners.items() for key, judged in winners.items()}


def of(records: Snapshot, entity: str, *outcomes: str) -> list[Judged]:
    return [each for (kind, _), each in records.items() if kind == entity and each.outcome in outcomes]


def minutes_by_title(records: Snapshot, *outcomes: str) -> dict[str, float]:
    found: dict[str, float] = defaultdict(float)
    for session in of(records, "viewing_sessions", *outcomes):
        found[session.values["content_id"]] += session.values["duration_minutes"]
    return found


def numbers(records: Snapshot) -> Numbers:
    """The numbers of the executive summary, counted record by record."""
    hours = [user.values["total_watch_time_hours"] for user in of(records, "users", "current")]
    seen = minutes_by_title(records, "current")
    counted = minutes_by_title(records, "current", "inactive_user")
    whole = sum(counted.values())
    return {
        "active_users_100h_plus": len(hours),
        "total_users": len(of(records, "users", "current", "inactive_user")),
        "total_content_catalog": len(of(records, "content", "current")),
        "total_viewing_sessions": len(of(records, "viewing_sessions", "current")),
        "total_watch_hours": sum(seen.values()) / 60,
        "avg_user_engagement_hours": sum(hours) / len(hours) if hours else None,
        "content_with_views": len(seen),
        "effective_catalog_size": whole**2 / sum(each**2 for each in counted.values()) if counted else None,
    }


def rests_on(records: Snapshot) -> State:
    """The same, as the arithmetic takes it up."""
    hours = [user.values["total_watch_time_hours"] for user in of(records, "users", "current")]
    views: dict[str, int] = defaultdict(int)
    for session in of(records, "viewing_sessions", "current"):
        views[session.values["content_id"]] += 1
    found = numbers(records)
    sums = {kpi.name: found[kpi.name] or 0 for kpi in KPIS if kpi.how == "sum"}
    return State(sums, len(hours), sum(hours), views, minutes_by_title(records, "current", "inactive_user"))


def applied(before: Snapshot, after: Snapshot, why: dict[Key, str], causes: Iterable[str]) -> Snapshot:
    """The state before with the changes of some causes applied."""
    records = dict(before)
    for key, cause in why.items():
        if cause in causes:
            records.pop(key, None)
            if key in after:
                records[key] = after[key]
    return records


def brute_force(before: Snapshot, after: Snapshot, why: dict[Key, str]) -> dict[str, dict[str, float]]:
    """Of every number, the mean gain of each cause over every order in which the causes may come."""
    causes = sorted(set(why.values()))
    known = {
        frozenset(some): numbers(applied(before, after, why, some))
        for size in range(len(causes) + 1)
        for some in combinations(causes, size)
    }
    orders = list(permutations(causes))
    gains: dict[str, dict[str, float]] = {kpi.name: dict.fromkeys(causes, 0.0) for kpi in KPIS}
    for order in orders:
        for position, cause in enumerate(order):
            now, then = known[frozenset(order[: position + 1])], known[frozenset(order[:position])]
            for kpi in KPIS:
                gains[kpi.name][cause] += ((now[kpi.name] or 0.0) - (then[kpi.name] or 0.0)) / len(orders)
    return gains


def live(history: History, warehouse: Warehouse) -> Iterator[tuple[int, Snapshot]]:
    """Deliver, withdraw, change the setting and build; yields each build and what it knows."""
    chance, hours = history.chance, 100.0
    for _ in range(chance.randint(3, 6)):
        for _ in range(chance.choice([0, 1, 2, 3])):
            warehouse.load(*history.delivery())
        if chance.random() < 0.2 and (load_id := history.withdraw()) is not None:
            warehouse.withdraw(load_id)
        if chance.random() < 0.2:
            hours = chance.choice([100.0, 120.0, 60.0])
        yield warehouse.build(hours), snapshot(reference.judge(history.records, hours))


def first_causes(warehouse: Warehouse, after_build: int, to_build: int) -> dict[Key, str]:
    """The cause of the first change of every record that changed after one build and up to another."""
    found = warehouse.rows(
        "select entity, record_key, cause from changed_records "
        f"where build_id > {after_build} and build_id <= {to_build} order by build_id desc"
    )
    return {(entity, key): cause for entity, key, cause in found}


def is_same(found: float | None, expected: float | None) -> bool:
    if found is None or expected is None:
        return found is expected
    return found == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_between_any_two_builds_the_parts_are_what_brute_force_finds() -> None:
    built = own_steps()
    for seed in range(HISTORIES):
        warehouse = Warehouse("duckdb", built)
        builds: dict[int, Snapshot] = {0: {}}
        builds |= live(History(random.Random(seed)), warehouse)
        engine, last = reader(warehouse.con), max(builds)
        for first, final in combinations(builds, 2):
            moves = moves_between(engine, "dbo.changed_records", first, final)
            later = moves_between(engine, "dbo.changed_records", final, last)
            after = state_before(rests_on(builds[last]), later)
            expected = brute_force(builds[first], builds[final], first_causes(warehouse, first, final))
            was, now = numbers(builds[first]), numbers(builds[final])
            for each in explain(state_before(after, moves), moves):
                said = f"history {seed}, {each.kpi.name} from {first} to {final}"
                assert is_same(each.before or 0, was[each.kpi.name] or 0), said
                assert is_same(each.after, now[each.kpi.name]), said
                parts = expected[each.kpi.name]
                assert all(is_same(each.part(cause), part) for cause, part in parts.items()), said
                assert {part.cause for part in each.parts} <= set(parts), said
