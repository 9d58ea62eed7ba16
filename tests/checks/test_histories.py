"""What a load looks like beside the loads before it."""

from __future__ import annotations

from typing import Any

import pytest

from checks.history import Checker, History, Row, session, title, user

MAKE = {"users": user, "viewing_sessions": session, "content": title}
EMPTIED = [
    ("users", "age"),
    ("users", "country"),
    ("users", "registration_date"),
    ("viewing_sessions", "device_type"),
    ("viewing_sessions", "completion_percentage"),
    ("viewing_sessions", "watch_date"),
    ("content", "genre"),
    ("content", "release_year"),
    ("content", "views_count"),
]


def records(entity: str, count: int, **values: Any) -> list[Row]:
    return [MAKE[entity](number, **values) for number in range(count)]


def test_a_column_that_was_filled_and_arrives_empty_is_suspicious(checker: Checker) -> None:
    history = History().known()
    halves, emptied = [], {}
    for entity, _ in EMPTIED:
        history.load(entity, records(entity, 60))
    for entity, column in EMPTIED:
        halves.append(history.load(entity, records(entity, 10) + records(entity, 10, **{column: ""})))
        load = history.load(entity, records(entity, 19, **{column: " "}) + records(entity, 1))
        emptied[load] = f"{column}: empty in 19 of 20 records (95.0%)"
    found = {each.load_id: each for each in checker.checks(history) if each.check_name == "column_emptied"}
    assert {found[load].verdict for load in halves} == {"ok"}
    assert {load: found[load].observed for load in emptied} == emptied
    assert {found[load].verdict for load in emptied} == {"suspicious"}
    assert all(": filled in " in (found[load].example or "") for load in emptied)


@pytest.mark.parametrize("entity", MAKE)
def test_a_column_that_never_held_much_may_be_empty(checker: Checker, entity: str) -> None:
    column = {"users": "age", "viewing_sessions": "device_type", "content": "genre"}[entity]
    history = History()
    history.load(entity, records(entity, 9) + records(entity, 11, **{column: ""}))
    load = history.load(entity, records(entity, 20, **{column: ""}))
    assert checker.of(history, load, "column_emptied").verdict == "ok"


def test_seasons_are_asked_of_series_and_years_of_movies(checker: Checker) -> None:
    history = History()
    history.load("content", [title(number, "series") for number in range(20)])
    load = history.load("content", [title(number, "movie") for number in range(20, 40)])
    assert checker.of(history, load, "column_emptied").verdict == "ok"


@pytest.mark.parametrize("entity", MAKE)
def test_a_file_of_less_than_a_fifth_or_more_than_five_times_of_such_files_is_suspicious(
    checker: Checker, entity: str
) -> None:
    history = History()
    expected = {}
    for series, (count, verdict) in enumerate(
        [(19, "suspicious"), (20, "ok"), (500, "ok"), (501, "suspicious"), (0, "suspicious")]
    ):
        name = "abcde"[series]
        for day, usual in enumerate((100, 600, 100, 90)):
            history.load(entity, records(entity, usual), name=f"{entity}_{name}_2024-01-0{day}.csv.gz")
        load = history.load(entity, records(entity, count), name=f"{entity}_{name}_2024-01-15.csv")
        expected[load] = (verdict, f"{count} records")
    found = {each.load_id: each for each in checker.checks(history) if each.check_name == "volume"}
    assert {load: (found[load].verdict, found[load].observed) for load in expected} == expected
    assert {found[load].expected for load in expected} == {
        "from 20% to 5 times of 100, the median of the last 4 such files"
    }


def test_the_median_is_of_the_last_eight_and_of_files_of_that_name_only(checker: Checker) -> None:
    history = History()
    for number in range(10):
        history.load("users", records("users", 1_000 if number < 2 else 100), name=f"users_{number}.csv")
        history.load("users", records("users", 2), name=f"users_eu_{number}.csv")
        history.load("viewing_sessions", records("viewing_sessions", 3), name=f"users_{number}.csv")
    load = history.load("users", records("users", 40), name="users_10.csv")
    found = checker.of(history, load, "volume")
    assert (found.verdict, found.expected) == ("ok", "from 20% to 5 times of 100, the median of the last 8 such files")


def test_a_first_full_load_makes_no_rule_for_the_changes_after_it(checker: Checker) -> None:
    history = History()
    for count in (1_000, 30, 25, 28, 31):
        history.load("users", records("users", count))
    assert checker.not_ok(history) == []


def test_registration_dates_with_day_and_month_changed_are_stopped_and_named(checker: Checker) -> None:
    right = [(month, day) for month in range(1, 11) for day in (5, 8, 15, 28)]
    wrong = [(day, month) if day <= 12 else (month, day) for month, day in right]
    history = History()
    history.load("users", [user(n, registration_date=f"2023-{m:02}-{d:02}") for n, (m, d) in enumerate(right)])
    load = history.load("users", [user(n, registration_date=f"2023-{m:02}-{d:02}") for n, (m, d) in enumerate(wrong)])
    found = checker.of(history, load, "identity_changed")
    assert found.verdict == "stopped"
    assert found.observed == "18 of 40 known users (45.0%): day and month changed places in 18"
    assert found.example == "U0: registration_date was 2023-01-05, is 2023-05-01 (row 1)"


@pytest.mark.parametrize("entity", ["users", "content"])
def test_more_than_a_twentieth_of_changed_identities_is_suspicious_and_more_than_three_tenths_stop(
    checker: Checker, entity: str
) -> None:
    history = History()
    who = {"users": "known users", "content": "known titles"}[entity]
    expected = {}
    for place, (changed, verdict) in enumerate(
        [(0, "ok"), (2, "ok"), (3, "suspicious"), (12, "suspicious"), (13, "stopped")]
    ):
        group = range(100 * place, 100 * place + 40)
        history.load(entity, [MAKE[entity](number) for number in group])
        again = [MAKE[entity](number) for number in (*group[changed:], 99 + 100 * place)]
        other = [
            user(number, registration_date="2020-12-31") if entity == "users" else title(number, "series")
            for number in group[:changed]
        ]
        load = history.load(entity, again + other)
        expected[load] = (verdict, f"{changed} of 40 {who} ({changed * 2.5:.1f}%)")
    found = {each.load_id: each for each in checker.checks(history) if each.check_name == "identity_changed"}
    assert {load: (found[load].verdict, found[load].observed) for load in expected} == expected


def test_a_corrected_file_is_not_held_against_itself(checker: Checker) -> None:
    history = History()
    history.load("users", records("users", 40))
    wrong = history.load("users", records("users", 40, registration_date="2020-12-31"))
    right = history.load("users", records("users", 40))
    assert checker.of(history, wrong, "identity_changed").verdict == "stopped"
    found = checker.of(history, right, "identity_changed")
    assert found.verdict == "suspicious"
    assert found.observed == "40 of 40 known users (100.0%), 40 of them back to what an earlier load said"
    same = history.load("users", records("users", 40))
    assert checker.of(history, same, "identity_changed").verdict == "ok"


def test_what_is_no_valid_record_says_nothing_of_who_someone_is(checker: Checker) -> None:
    history = History()
    history.load("users", records("users", 40))
    history.load("users", records("users", 40, registration_date="2020-12-31", total_watch_time_hours="x"))
    load = history.load("users", records("users", 40))
    assert checker.of(history, load, "identity_changed").verdict == "ok"


def test_a_verdict_does_not_change_when_later_loads_come(checker: Checker) -> None:
    history = History().known()
    for number in range(4):
        history.load("users", records("users", 40), name=f"users_{number}.csv")
    history.load("users", records("users", 40, registration_date="2020-12-31", age=""), name="users_5.csv")
    history.load("viewing_sessions", [session(n, watch_date=f"2024-03-{1 + 2 * (n % 2):02}") for n in range(40)])
    before = checker.checks(history)
    history.load("users", records("users", 4_000, age="200"), name="users_6.csv")
    history.load("viewing_sessions", [session(n, watch_date="2024-03-02") for n in range(100, 140)])
    history.load("content", [title(n, "series") for n in range(40)])
    after = [each for each in checker.checks(history) if each.load_id <= before[-1].load_id]
    assert after == before
