"""What sessions say together: lost days, players that nobody stopped."""

from __future__ import annotations

import random

import pytest

from checks.history import Checker, History, days, session, title


def sessions_on(counts: dict[str, int], first: int = 0) -> list[dict[str, str]]:
    watched = [day for day, count in counts.items() for _ in range(count)]
    return [session(first + number, watch_date=day) for number, day in enumerate(watched)]


def history_length(history: History) -> int:
    return len(history.rows["bronze.viewing_sessions"])


@pytest.mark.parametrize("count", [1, 3, 50])
def test_a_day_without_sessions_between_days_with_some_is_suspicious(checker: Checker, count: int) -> None:
    history = History().known()
    load = history.load("viewing_sessions", sessions_on({day: count for day in days(1, 9) if not day.endswith("05")}))
    found = checker.of(history, load, "days_missing")
    assert (found.verdict, found.observed, found.example) == ("suspicious", "1 day", "2024-03-05")


def test_an_outage_of_several_days_is_suspicious_too(checker: Checker) -> None:
    history = History().known()
    load = history.load("viewing_sessions", sessions_on(dict.fromkeys([*days(1, 9), *days(12, 20)], 30)))
    found = checker.of(history, load, "days_missing")
    assert (found.verdict, found.observed, found.example) == ("suspicious", "2 days", "2024-03-10")


def test_a_lost_day_shows_between_uneven_days(checker: Checker) -> None:
    history = History().known()
    counts = {day: 15 + 7 * (number % 6) for number, day in enumerate(days(1, 28))}
    del counts["2024-03-14"]
    load = history.load("viewing_sessions", sessions_on(counts))
    assert checker.of(history, load, "days_missing").example == "2024-03-14"


def test_days_at_the_ends_and_scattered_days_are_not_missing(checker: Checker) -> None:
    history = History().known()
    history.load("viewing_sessions", sessions_on(dict.fromkeys(days(3, 9), 20)), name="a")
    history.load("viewing_sessions", sessions_on({"2023-01-05": 4, "2023-06-01": 4, "2023-12-31": 4}), name="b")
    assert checker.not_ok(history) == []


def test_corrections_of_days_that_had_arrived_leave_no_gap(checker: Checker) -> None:
    history = History().known()
    history.load("viewing_sessions", sessions_on(dict.fromkeys(days(1, 20), 20)))
    corrections = {"2024-03-02": 1, "2024-03-05": 2, "2024-03-07": 1}
    history.load("viewing_sessions", sessions_on(corrections | {"2024-03-21": 20}, first=20))
    assert checker.not_ok(history) == []


def test_a_day_lost_between_deliveries_shows_when_a_correction_spans_it(checker: Checker) -> None:
    history = History().known()
    history.load("viewing_sessions", sessions_on(dict.fromkeys(days(1, 20), 20)))
    load = history.load("viewing_sessions", sessions_on({"2024-03-20": 1, "2024-03-22": 20}, first=399))
    found = checker.of(history, load, "days_missing")
    assert (found.verdict, found.example) == ("suspicious", "2024-03-21")


def test_a_small_service_has_days_without_sessions_by_chance(checker: Checker) -> None:
    chance = random.Random(5)
    for _ in range(10):
        history = History().known()
        counts = {
            day: sum(chance.random() < 0.05 for _ in range(60)) for day in [*days(1, 31), *days(1, 30, "2024-04")]
        }
        history.load("viewing_sessions", sessions_on(counts))
        assert checker.not_ok(history) == []


def test_so_does_one_with_hardly_a_session_a_day_of_which_no_day_has_two(checker: Checker) -> None:
    history = History().known()
    for month in ("2024-03", "2024-04", "2024-05"):
        watched = [f"{month}-{day:02}" for day in (1, 2, 4, 5, 8)]
        history.load("viewing_sessions", sessions_on(dict.fromkeys(watched, 1), first=history_length(history)))
    assert checker.not_ok(history) == []


def test_a_few_late_sessions_of_days_long_past_leave_no_gap_between_them(checker: Checker) -> None:
    history = History().known()
    late = {"2024-03-01": 1, "2024-03-03": 1}
    counts = {day: 3 + 7 * (number % 4) for number, day in enumerate(days(1, 30, "2024-04"))}
    history.load("viewing_sessions", sessions_on(late | counts))
    assert checker.not_ok(history) == []


def test_many_even_days_are_no_chance_though_each_has_but_two_or_three_sessions(checker: Checker) -> None:
    history = History().known()
    counts = {day: 2 + number % 2 for number, day in enumerate(days(1, 31)) if not day.endswith("17")}
    load = history.load("viewing_sessions", sessions_on(counts))
    assert checker.of(history, load, "days_missing").example == "2024-03-17"


def test_sessions_of_broken_dates_are_no_days(checker: Checker) -> None:
    history = History().known()
    records = [*sessions_on(dict.fromkeys(days(1, 3), 20)), session(99, watch_date="9999-12-31")]
    history.load("viewing_sessions", records)
    assert checker.not_ok(history) == []


def test_a_play_of_many_times_the_title_is_suspicious(checker: Checker) -> None:
    history = History().known()
    expected: dict[int, tuple[str, str | None]] = {}
    for at, (minutes, length, verdict) in enumerate(
        [
            *((1440, 90, "suspicious"), (300, 99, "suspicious")),
            *((299, 20, "ok"), (300, 100, "ok"), (1440, 600, "ok")),
        ],
        start=1,
    ):
        history.load("content", [title(at, duration_minutes=str(length))])
        plays = [session(100 * at + number) for number in range(20)]
        plays.append(session(100 * at + 20, content_id=f"M{at}", watch_duration_minutes=str(minutes)))
        example = f"S{100 * at + 20}: {minutes} minutes of M{at}, which lasts {length} (row 21)"
        expected[history.load("viewing_sessions", plays)] = (verdict, example if verdict != "ok" else None)
    found = {each.load_id: each for each in checker.checks(history) if each.check_name == "zombie_plays"}
    assert {load: (found[load].verdict, found[load].example) for load in expected} == expected
    assert {found[load].observed for load in expected} == {"1 of 21 sessions (4.8%)", "0 of 21 sessions (0.0%)"}


def test_a_few_in_thousands_are_told_but_no_alarm(checker: Checker) -> None:
    history = History().known()
    plays = [session(number) for number in range(2_000)]
    load = history.load("viewing_sessions", [*plays, session(2_000, watch_duration_minutes="1440")])
    found = checker.of(history, load, "zombie_plays")
    assert (found.verdict, found.observed) == ("ok", "1 of 2001 sessions (0.0%)")
