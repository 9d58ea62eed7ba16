"""Loads that are taken back: none of their records count, and what they had replaced does again."""

from __future__ import annotations

import getpass
from collections.abc import Callable

import pytest

from amend.world import World, catalogue, session, sessions, user, users
from goldreel.errors import UsageError
from goldreel.loading import with_overtaken
from goldreel.loading.ledger import amendments


def test_what_a_withdrawn_load_had_replaced_is_current_again(world: World) -> None:
    monday = world.load(users__csv=users(user("U1", 200), user("U2", 300)))
    tuesday = world.load(users__csv=users(user("U1", 999), user("U3", 999), user("", 5)))
    world.withdraw(tuesday)
    world.build()
    assert world.rows("select user_id, total_watch_time_hours from silver_users order by 1") == [
        ("U1", 200),
        ("U2", 300),
    ]
    assert set(world.outcomes("users").items()) == {
        ((monday, 1), "current"),
        ((monday, 2), "current"),
        *(((tuesday, row), "withdrawn") for row in (1, 2, 3)),
    }


def test_what_could_not_be_read_is_withdrawn_with_its_load_and_the_account_balances(world: World) -> None:
    load = world.load(users__csv=users(user("U1"), "a,b", user("U2")))
    world.load(users_2__csv=users(user("U2", 400), "c,d"))
    world.withdraw(load)
    world.build()
    assert world.account() == {("users", "withdrawn"): 3, ("users", "current"): 1, ("users", "rejected"): 1}
    assert world.out_of_balance() == []


def test_sessions_wait_again_for_users_and_titles_that_were_taken_back(world: World) -> None:
    people = world.load(users__csv=users(user("U1")))
    titles = world.load(content__json=catalogue("M1"))
    world.load(viewing_sessions__csv=sessions(session("S1", "U1")))
    for load, rule in ((titles, "content_unknown"), (people, "user_unknown")):
        world.withdraw(load)
        world.build()
        assert world.rows("select session_id, rule from held_viewing_sessions") == [("S1", rule)]


def test_the_same_file_delivered_again_is_a_new_load(world: World) -> None:
    file = users(user("U1"))
    first = world.load(users__csv=file)
    assert [each.status for each in world.deliver(users__csv=file)] == ["known"]
    world.withdraw(first)
    (again,) = world.deliver(users__csv=file)
    assert (again.status, again.load and again.load.load_id) == ("loaded", first + 1)
    assert [each.status for each in world.deliver(users__csv=file)] == ["known"]
    world.build()
    assert world.account() == {("users", "withdrawn"): 1, ("users", "current"): 1}


def test_after_a_wrong_tuesday_is_withdrawn_monday_counts_and_nothing_stands_over_it(world: World) -> None:
    monday = users(user("U1", 200))
    world.load(users__csv=monday)
    tuesday = world.load(users_2__csv=users(user("U1", 999)))
    (told,) = with_overtaken(world.engine, world.deliver(users__csv=monday))
    assert told.overtaken_by is not None
    assert told.overtaken_by.load_id == tuesday
    world.withdraw(tuesday)
    (told,) = with_overtaken(world.engine, world.deliver(users__csv=monday))
    assert told.overtaken_by is None


def test_who_withdrew_a_load_when_and_why_is_kept(world: World) -> None:
    load = world.load(users__csv=users(user("U1")))
    world.withdraw(load, reason="  prices of another country ")
    (kept,) = amendments(world.engine)
    assert (kept.kind, kept.load_id, kept.records) == ("withdrawn", load, 1)
    assert (kept.reason, kept.amended_by) == ("prices of another country", getpass.getuser())


@pytest.mark.parametrize(
    ("load_ids", "reason", "told"),
    [
        ([1, 9], "wrong", "There is no load 9; nothing was withdrawn."),
        ([1, 2], "wrong", r"Load 2 \(users_2.csv\) is withdrawn already; nothing was changed."),
        ([1], " ", "A load is withdrawn for a reason."),
    ],
)
def test_what_cannot_be_withdrawn_is_told_in_a_line_and_changes_nothing(
    world: World, load_ids: list[int], reason: str, told: str
) -> None:
    world.load(users_1__csv=users(user("U1")))
    world.withdraw(world.load(users_2__csv=users(user("U2"))))
    before = world.rows("select load_id, status from bronze.loads order by 1"), amendments(world.engine)
    with pytest.raises(UsageError, match=told):
        world.withdraw(*load_ids, reason=reason)
    assert (world.rows("select load_id, status from bronze.loads order by 1"), amendments(world.engine)) == before


def test_a_withdrawn_load_needs_nobody_and_is_no_measure_for_later_ones(world: World) -> None:
    def checks() -> set[tuple[int, str]]:
        world.build()
        return set(world.rows("select load_id, check_name from load_checks where verdict <> 'ok'"))

    for day in range(4):
        lines = [user(f"U{day}-{number}") for number in range(50)]
        world.load(**{f"users_{day}__csv": users(*lines)})
    large = world.load(users_5__csv=users(*(user(f"L{number}", hours="x") for number in range(5000))))
    assert checks() == {(large, "broken_share"), (large, "volume")}
    world.withdraw(large)
    assert checks() == set()
    small = world.load(users_6__csv=users(user("U9-1")))
    assert checks() == {(small, "volume")}
    assert world.rows("select expected from load_checks where load_id = 6 and check_name = 'volume'")[0][0].endswith(
        "50, the median of the last 4 such files"
    )


def test_a_load_withdrawn_while_others_came_is_as_if_it_had_never_been(new_world: Callable[[], World]) -> None:
    files = [
        {"users_1__csv": users(user("U1"), user("U2", 50))},
        {"content_1__json": catalogue("M1", "M2")},
        {"viewing_sessions_1__csv": sessions(session("S1", "U1"), session("S2", "U2"))},
        {"viewing_sessions_2__csv": sessions(session("S1", "U2", 600), session("S3", "U1"))},
        {"viewing_sessions_3__csv": sessions(session("S3", "U1", 45, title="M2"))},
    ]
    world, fresh = new_world(), new_world()
    for file in files:
        world.load(**file)
    world.withdraw(4)
    for file in [*files[:3], *files[4:]]:
        fresh.load(**file)
    world.build()
    fresh.build()
    assert world.numbers() == fresh.numbers()
    assert world.out_of_balance() == []
