"""The part that each cause has in a number's change, against a brute force that applies changes record by record."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import combinations, permutations
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa
import pytest

from goldreel.errors import GoldreelError
from goldreel.explanations.change_sets import moves_between
from goldreel.why import parts as parts_module
from goldreel.why.kpis import CAUSES, KPIS
from goldreel.why.parts import Moves, State, UserMove, explain, state_before
from why.reader import reader

Row = dict[str, Any]
SEEDS = 60
NAMES = ("country", "subscription_type", "title", "genre", "content_type", "device_type")
ENTITIES = ("users", "content", "viewing_sessions")


class History(NamedTuple):
    """Users, titles and sessions by key, before and after, and the cause of what differs, by (entity, key)."""

    before: list[dict[str, Row]]
    after: list[dict[str, Row]]
    why: dict[tuple[int, str], str]


def is_valid(row: Row) -> bool:
    return row["outcome"] in ("current", "inactive_user")


def numbers(users: Iterable[Row], titles: Iterable[Row], sessions: Iterable[Row]) -> dict[str, float | None]:
    """The numbers of a state, counted record by record."""
    active = [user["hours"] for user in users if user["outcome"] == "current"]
    silver = [session for session in sessions if session["outcome"] == "current"]
    minutes: dict[str, float] = defaultdict(float)
    for session in filter(is_valid, sessions):
        minutes[session["title"]] += session["minutes"]
    whole = sum(minutes.values())
    return {
        "active_users_100h_plus": len(active),
        "total_users": sum(map(is_valid, users)),
        "total_content_catalog": sum(title["outcome"] == "current" for title in titles),
        "total_viewing_sessions": len(silver),
        "total_watch_hours": sum(session["minutes"] for session in silver) / 60,
        "avg_user_engagement_hours": sum(active) / len(active) if active else None,
        "content_with_views": len({session["title"] for session in silver}),
        "effective_catalog_size": 1 / sum((each / whole) ** 2 for each in minutes.values()) if whole else None,
    }


def random_history(seed: int) -> History:
    rng = random.Random(seed)
    causes = rng.sample(list(CAUSES), rng.randint(1, 5))

    def user() -> Row:
        return {"outcome": rng.choice(["current", "inactive_user"]), "hours": round(rng.uniform(0, 500), 2)}

    def title() -> Row:
        return {"outcome": "current"}

    def session() -> Row:
        outcome = rng.choice(["current", "current", "inactive_user", "held"])
        return {"outcome": outcome, "title": f"C{rng.randint(1, 6)}", "minutes": round(rng.uniform(0.1, 200), 1)}

    before: list[dict[str, Row]] = []
    after: list[dict[str, Row]] = []
    why: dict[tuple[int, str], str] = {}
    for entity, (make, most) in enumerate([(user, 8), (title, 5), (session, 40)]):
        kept, then = {}, {}
        for number in range(rng.randint(0, most)):
            key = f"{entity}-{number}"
            old = rng.choice([None, make(), make()])
            new = rng.choice([old, old, None, make()])
            if old is not None:
                kept[key] = old
            if new is not None:
                then[key] = new
            if old != new:
                why[entity, key] = rng.choice(causes)
        before.append(kept)
        after.append(then)
    return History(before, after, why)


def applied(history: History, causes: Iterable[str]) -> dict[str, float | None]:
    """The numbers of the state before with the changes of some causes applied, record by record."""
    state = []
    for entity, (old, new) in enumerate(zip(history.before, history.after, strict=True)):
        rows = dict(old)
        for (of, key), cause in history.why.items():
            if of == entity and cause in causes:
                rows.pop(key, None)
                if key in new:
                    rows[key] = new[key]
        state.append(list(rows.values()))
    return numbers(*state)


def brute_force(history: History, kpi: str) -> dict[str, float]:
    """The mean gain of each cause over every order in which the causes may come."""
    causes = sorted(set(history.why.values()))
    known = {
        frozenset(some): applied(history, some)[kpi] or 0.0
        for size in range(len(causes) + 1)
        for some in combinations(causes, size)
    }
    gained = dict.fromkeys(causes, 0.0)
    orders = list(permutations(causes))
    for order in orders:
        for position, cause in enumerate(order):
            gained[cause] += known[frozenset(order[: position + 1])] - known[frozenset(order[:position])]
    return {cause: gain / len(orders) for cause, gain in gained.items()}


def table_of(history: History) -> duckdb.DuckDBPyConnection:
    """A database whose `changed_records` holds the history as build 2 after build 1."""
    database = duckdb.connect()
    database.execute(
        "create table changed_records (build_id bigint, entity text, record_key text, cause text, load_id bigint, "
        "source_file text, source_row bigint, before_outcome text, after_outcome text, before_user_id text, "
        "after_user_id text, before_content_id text, after_content_id text, before_watch_date date, "
        "after_watch_date date, before_duration_minutes double, after_duration_minutes double, "
        "before_total_watch_time_hours double, after_total_watch_time_hours double, "
        + ", ".join(f"{side}_{name} text" for side in ("before", "after") for name in NAMES)
        + ")"
    )
    rows = []
    for (entity, key), cause in history.why.items():
        row: dict[str, Any] = {"build_id": 2, "entity": ENTITIES[entity], "record_key": key, "cause": cause}
        row |= {"load_id": len(key) % 3, "source_file": f"file{len(key) % 3}.csv"}
        for side, state in (("before", history.before), ("after", history.after)):
            found = state[entity].get(key, {})
            row[f"{side}_outcome"] = found.get("outcome")
            row[f"{side}_content_id"] = found.get("title")
            row[f"{side}_duration_minutes"] = found.get("minutes")
            row[f"{side}_total_watch_time_hours"] = found.get("hours")
        rows.append(row)
    if rows:
        changes = pa.Table.from_pylist(rows)  # noqa: F841 - the statement reads it
        database.execute("insert into changed_records by name select * from changes")
    return database


def is_same(found: float | None, expected: float | None) -> bool:
    """Whether two numbers are the same but for rounding, or both null."""
    if found is None or expected is None:
        return found is expected
    return found == pytest.approx(expected, rel=1e-9)


def state_of(rows: list[dict[str, Row]]) -> State:
    """What the numbers rest on, counted record by record."""
    users, titles, sessions = (list(each.values()) for each in rows)
    views = Counter(session["title"] for session in sessions if session["outcome"] == "current")
    minutes: dict[str, float] = defaultdict(float)
    for session in filter(is_valid, sessions):
        minutes[session["title"]] += session["minutes"]
    counted = numbers(users, titles, sessions)
    active = [user["hours"] for user in users if user["outcome"] == "current"]
    sums = {kpi.name: counted[kpi.name] or 0 for kpi in KPIS if kpi.how == "sum"}
    return State(sums, len(active), sum(active), views, minutes)


def moves_of(history: History) -> Moves:
    return moves_between(reader(table_of(history)), "changed_records", 1, 2)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_every_part_of_every_number_is_what_brute_force_finds(seed: int) -> None:
    history = random_history(seed)
    explained = explain(state_of(history.before), moves_of(history))
    before, after = numbers(*map(dict.values, history.before)), numbers(*map(dict.values, history.after))
    for each in explained:
        assert is_same(each.before, before[each.kpi.name])
        assert is_same(each.after, after[each.kpi.name])
        assert sum(part.part for part in each.parts) == pytest.approx(each.change, rel=1e-9, abs=1e-9)
        expected = brute_force(history, each.kpi.name)
        assert {part.cause for part in each.parts} <= set(expected)
        assert {cause: each.part(cause) for cause in expected} == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_every_cause_occurs_in_those_histories() -> None:
    assert {cause for seed in range(SEEDS) for cause in random_history(seed).why.values()} == set(CAUSES)


@pytest.mark.parametrize("seed", range(0, SEEDS, 10))
def test_the_state_before_is_found_from_the_state_after(seed: int) -> None:
    history = random_history(seed)
    explained = explain(state_before(state_of(history.after), moves_of(history)), moves_of(history))
    before = numbers(*map(dict.values, history.before))
    for each in explained:
        assert is_same(each.before, before[each.kpi.name])


@pytest.mark.parametrize("seed", range(0, SEEDS, 10))
def test_the_parts_of_loads_sum_to_the_part_of_their_cause(seed: int) -> None:
    history = random_history(seed)
    for each in explain(state_of(history.before), moves_of(history)):
        for part in each.parts:
            if each.kpi.how == "sum":
                assert sum(load.part for load in part.loads) == pytest.approx(part.part, rel=1e-9)
                assert sum(load.records for load in part.loads) == part.records > 0
            else:
                assert part.loads == ()


def test_before_the_first_build_sums_are_0_and_averages_null() -> None:
    explained = {each.kpi.name: each.before for each in explain(State(), Moves())}
    assert explained.pop("avg_user_engagement_hours") is None
    assert explained.pop("effective_catalog_size") is None
    assert set(explained.values()) == {0}


def test_parts_that_do_not_sum_to_the_change_are_an_error_that_names_the_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(parts_module, "shapley_values", lambda totals: totals[1:] * 0 + 1)
    moves = Moves(users=[UserMove("new", 1, 100.0, 1)])
    with pytest.raises(GoldreelError, match="avg_user_engagement_hours"):
        explain(State(), moves)


def test_a_record_that_changed_twice_counts_once_by_its_first_cause() -> None:
    database = table_of(
        History([{}, {}, {}], [{}, {}, {"s1": {"outcome": "held", "title": "C1", "minutes": 60}}], {(2, "s1"): "late"})
    )
    database.execute(
        "insert into changed_records by name select * replace (3 as build_id, 'released' as cause, "
        "'held' as before_outcome, 'current' as after_outcome, 60 as before_duration_minutes, "
        "'C1' as before_content_id) from changed_records"
    )
    moves = moves_between(reader(database), "changed_records", 1, 3)
    explained = {each.kpi.name: each for each in explain(State(), moves)}
    assert [(part.cause, part.part) for part in explained["total_watch_hours"].parts] == [("late", 1.0)]


def test_a_record_that_came_back_to_what_it_was_is_no_change() -> None:
    there = {"outcome": "current", "title": "C1", "minutes": 60}
    database = table_of(History([{}, {}, {"s1": there}], [{}, {}, {}], {(2, "s1"): "withdrawn"}))
    database.execute(
        "insert into changed_records by name select * replace (3 as build_id, 'new' as cause, "
        "null as before_outcome, 'current' as after_outcome, 60 as after_duration_minutes, "
        "'C1' as after_content_id, null as before_content_id, null as before_duration_minutes) from changed_records"
    )
    explained = explain(
        State({"total_viewing_sessions": 1, "total_watch_hours": 1.0}, views={"C1": 1}, minutes={"C1": 60.0}),
        moves_between(reader(database), "changed_records", 1, 3),
    )
    assert all(part.part == 0 for each in explained for part in each.parts)
    assert not any(part.loads for each in explained for part in each.parts)
