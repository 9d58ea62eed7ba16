"""Records that do not count are written to a file, mended, and take the place of their originals."""

from __future__ import annotations

import csv
from collections.abc import Callable
from typing import Any

import pytest

from amend.world import World, catalogue, session, sessions, user, users
from goldreel.amend import Wanted
from goldreel.errors import GoldreelError, UsageError
from goldreel.loading.ledger import amendments

Lines = list[dict[str, str]]


def exported(world: World, **wanted: Any) -> Lines:
    """What `goldreel quarantine` writes of the last build."""
    with world.export(Wanted(**wanted)).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def mended(lines: Lines, **values: str) -> Lines:
    return [line | values for line in lines]


@pytest.fixture
def dirty(world: World) -> World:
    """Load 1: three users, of whom one has no valid hours, and a line that is none. Load 2: a session without end."""
    world.load(users__csv=users(user("U1"), user("U2", hours="=1+1"), "U3,too few", user("U4")))
    world.load(viewing_sessions__csv=sessions(session("S1", "U1", minutes=-5)))
    world.load(content__json=catalogue("M1"))
    world.build()
    return world


def test_quarantined_and_rejected_records_are_written_as_delivered_with_rule_value_and_origin(dirty: World) -> None:
    lines = exported(dirty)
    assert [(line["entity"], line["rule"], line["value"]) for line in lines] == [
        ("users", "hours_invalid", "'=1+1"),  # a spreadsheet runs no formula
        ("users", "rejected", "2 columns where the header has 6"),
        ("viewing_sessions", "duration_invalid", "-5"),
    ]
    assert [(line["load_id"], line["source_file"], line["source_row"]) for line in lines] == [
        ("1", "users.csv", "2"),
        ("1", "users.csv", "3"),
        ("2", "viewing_sessions.csv", "1"),
    ]
    assert (lines[0]["user_id"], lines[0]["country"], lines[0]["session_id"]) == ("U2", "Peru", "")
    assert lines[1]["raw"] == "U3,too few"
    assert (lines[2]["session_id"], lines[2]["watch_duration_minutes"]) == ("S1", "-5")
    assert [line["source_row"] for line in exported(dirty, rule="rejected")] == ["3"]
    assert [line["entity"] for line in exported(dirty, load_id=2)] == ["viewing_sessions"]
    assert "session_id" not in exported(dirty, entity="users")[0]
    for nothing in ({"rule": "user_id_missing"}, {"load_id": 3}, {"entity": "content"}):
        with pytest.raises(GoldreelError, match="No quarantined or rejected record is such"):
            exported(dirty, **nothing)


def test_valid_repairs_take_the_place_of_their_originals_and_the_account_balances(dirty: World) -> None:
    person, unreadable, play = exported(dirty)
    dirty.repair(
        mended([person], total_watch_time_hours="300")
        + mended([unreadable], user_id="U3", registration_date="2023-05-05", total_watch_time_hours="120")
        + mended([play], watch_duration_minutes="5")
    )
    dirty.build()
    assert dirty.rows("select user_id, total_watch_time_hours from silver_users order by 1") == [
        ("U1", 200), ("U2", 300), ("U3", 120), ("U4", 200),
    ]  # fmt: skip
    assert dirty.rows("select session_id, duration_minutes from silver_viewing_sessions") == [("S1", 5)]
    assert dirty.account() == {
        ("users", "current"): 4, ("users", "repaired"): 2, ("content", "current"): 1,
        ("viewing_sessions", "current"): 1, ("viewing_sessions", "repaired"): 1,
    }  # fmt: skip
    assert dirty.out_of_balance() == []
    assert dirty.rows(
        "select rule, load_id, source_row, record_key, repair_load_id, repair_source_row, repair_outcome "
        "from repaired_records order by 2, 3"
    ) == [
        ("hours_invalid", 1, 2, "U2", 4, 1, "current"),
        ("rejected", 1, 3, "U3", 4, 2, "current"),
        ("duration_invalid", 2, 1, "S1", 5, 3, "current"),
    ]
    assert dirty.rows("select count(*) from records_to_repair") == [(0,)]


def test_a_repair_that_breaks_a_rule_is_quarantined_and_its_original_stays(dirty: World) -> None:
    dirty.repair(mended(exported(dirty, entity="viewing_sessions"), watch_duration_minutes="0"))
    dirty.build()
    assert dirty.rows(
        "select load_id, source_row, mends_load_id, mends_source_file, mends_source_row from quarantine "
        "where entity = 'viewing_sessions' order by 1"
    ) == [(2, 1, None, None, None), (4, 1, 2, "viewing_sessions.csv", 1)]
    assert dirty.out_of_balance() == []


def test_a_later_valid_repair_mends_the_tries_before_it_too(dirty: World) -> None:
    dirty.repair(mended(exported(dirty, entity="viewing_sessions"), watch_duration_minutes="0"))
    dirty.build()
    of_both = exported(dirty, entity="viewing_sessions")
    assert [line["load_id"] for line in of_both] == ["2", "4"]
    with pytest.raises(UsageError, match=r"row 2: load 4, row 1 is a try to mend what row 1 mends"):
        dirty.repair(mended(of_both, watch_duration_minutes="7"))
    dirty.repair(mended(of_both[:1], watch_duration_minutes="7"))
    dirty.build()
    assert dirty.account()["viewing_sessions", "repaired"] == 2
    assert dirty.account()["viewing_sessions", "current"] == 1
    assert dirty.out_of_balance() == []


def test_a_withdrawn_repair_leaves_its_original_where_it_was(dirty: World) -> None:
    (done,) = dirty.repair(mended(exported(dirty, entity="viewing_sessions"), watch_duration_minutes="5"))
    dirty.withdraw(done.load.load_id)
    dirty.build()
    assert dirty.account()["viewing_sessions", "quarantined"] == 1
    assert dirty.account()["viewing_sessions", "withdrawn"] == 1
    (again,) = dirty.repair(mended(exported(dirty, entity="viewing_sessions"), watch_duration_minutes="5"))
    assert again.load.load_id == done.load.load_id + 1


def test_repairs_of_a_load_that_is_withdrawn_count_on_and_that_is_said(dirty: World) -> None:
    (done,) = dirty.repair(mended(exported(dirty, entity="viewing_sessions"), watch_duration_minutes="5"))
    (withdrawn,) = dirty.withdraw(2)
    assert withdrawn.repaired_by == ((done.load.load_id, 1),)
    dirty.build()
    assert dirty.rows("select session_id from silver_viewing_sessions") == [("S1",)]
    assert dirty.out_of_balance() == []


def test_the_repairs_of_a_file_load_once(dirty: World) -> None:
    lines = mended(exported(dirty, entity="viewing_sessions"), watch_duration_minutes="5")
    (done,) = dirty.repair(lines)
    (again,) = dirty.repair(lines)
    assert (again.was_known, again.load.load_id) == (True, done.load.load_id)
    assert [each.kind for each in amendments(dirty.engine)] == ["repaired"]


FAULTY: list[tuple[Callable[[Lines], Lines], str]] = [
    (lambda lines: [], "there is no record in it"),
    (lambda lines: mended(lines, load_id=""), "row 1: load_id and source_row, which say what it mends"),
    (lambda lines: mended(lines, source_row="x"), "row 1: load_id and source_row, which say what it mends"),
    (lambda lines: mended(lines, load_id="0_2"), "row 1: load_id and source_row, which say what it mends"),
    (lambda lines: mended(lines, load_id="9" * 30), "row 1: load_id and source_row, which say what it mends"),
    (lambda lines: lines * 2, "row 2: the record of load 2, row 1 was mended in row 1"),
    (lambda lines: mended(lines, entity="plays"), "row 1: the entity 'plays' is none of"),
    (lambda lines: mended(lines, load_id="9"), "row 1: there is no load 9"),
    (lambda lines: mended(lines, load_id="3"), "row 1: row 1 of load 3 is no quarantined or rejected record of view"),
    (lambda lines: mended(lines, source_row="9"), "row 1: row 9 of load 2 is no quarantined or rejected record"),
    (lambda lines: mended(lines, entity="users"), "records of users need the columns age, country"),
    (lambda lines: [*lines, {"entity": "viewing_sessions", "load_id": "2"}], "row 2: 2 columns where the header has"),
]


def test_what_cannot_be_loaded_is_told_line_by_line_and_changes_nothing(dirty: World) -> None:
    lines = exported(dirty, entity="viewing_sessions")
    for change, told in FAULTY:
        with pytest.raises(UsageError) as refused:
            dirty.repair(change(lines), header=list(lines[0]))
        assert "nothing was changed" in refused.value.what
        assert told in refused.value.what
    assert dirty.rows("select count(*) from bronze.loads") == [(3,)]
    assert dirty.rows("select count(*) from bronze.repairs") == [(0,)]
    assert amendments(dirty.engine) == []


def test_a_record_is_repaired_once(dirty: World) -> None:
    lines = exported(dirty, entity="viewing_sessions")
    dirty.repair(mended(lines, watch_duration_minutes="5"))
    with pytest.raises(UsageError, match=r"row 1: load 4 repairs the record of load 2, row 1; build, to see"):
        dirty.repair(mended(lines, watch_duration_minutes="6"))
    dirty.build()
    with pytest.raises(UsageError, match=r"row 1: the record of load 2, row 1 was repaired already, by load 4, row 1"):
        dirty.repair(mended(lines, watch_duration_minutes="6"))


def test_what_looks_like_a_formula_comes_back_as_it_was(world: World) -> None:
    odd = ["=1+1", "'=1+1", "''-x", "-5", "'-5", "+x", "@x", " =x", "'", "it's"]
    world.load(users__csv=users(*(user(text, hours="x") for text in odd)))
    world.build()
    world.repair(mended(exported(world), total_watch_time_hours="200"))
    world.build()
    assert {name for (name,) in world.rows("select user_id from silver_users")} == {text.strip() for text in odd}
