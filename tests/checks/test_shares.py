"""What became of a load's records: broken, held, repaired."""

from __future__ import annotations

import pytest

from checks.history import Checker, History, Row, session, title, user


def of_entity(entity: str, number: int, *, broken: bool) -> Row:
    if entity == "users":
        return user(number, **({"registration_date": "3/2/2024"} if broken else {}))
    if entity == "viewing_sessions":
        return session(number, **({"watch_date": "3/2/2024"} if broken else {}))
    return title(number, **({"duration_minutes": "01:30"} if broken else {}))


@pytest.mark.parametrize("entity", ["users", "viewing_sessions", "content"])
def test_a_tenth_may_be_broken_more_is_suspicious_and_more_than_half_stops(checker: Checker, entity: str) -> None:
    column = {"users": "registration_date", "viewing_sessions": "watch_date", "content": "duration_minutes"}[entity]
    value = "01:30" if entity == "content" else "3/2/2024"
    history = History().known()
    expected = {}
    for count, broken, verdict in [
        *((20, 0, "ok"), (20, 2, "ok"), (20, 3, "suspicious"), (20, 10, "suspicious"), (20, 11, "stopped")),
        *((20, 20, "stopped"), (19, 19, "ok"), (1, 1, "ok")),
    ]:
        records = [of_entity(entity, number, broken=number < broken) for number in range(count)]
        example = f"{column} = {value} (row 1)" if broken else None
        expected[history.load(entity, records)] = (f"{broken} of {count} records", verdict, example)
    found = {each.load_id: each for each in checker.checks(history) if each.check_name == "broken_share"}
    for load, (observed, verdict, example) in expected.items():
        assert found[load].observed.startswith(observed)
        assert (found[load].verdict, found[load].example) == (verdict, example)


def test_what_is_no_record_at_all_counts_as_broken(checker: Checker) -> None:
    history = History()
    load = history.load("users", [user(number) for number in range(8)], rejected=12)
    found = checker.of(history, load, "broken_share")
    assert (found.verdict, found.observed) == ("stopped", "12 of 20 records (60.0%): no records")
    assert found.example == "row 9: it has 2 columns"


def test_the_most_frequent_reason_is_named_with_its_example(checker: Checker) -> None:
    history = History().known()
    records = [user(number, total_watch_time_hours="many") for number in range(4)]
    records += [user(number, registration_date="") for number in range(4, 14)]
    load = history.load("users", records + [user(number) for number in range(14, 20)], rejected=3)
    found = checker.of(history, load, "broken_share")
    assert found.observed == "17 of 23 records (73.9%), 10 of them: signup_date_invalid"
    assert found.example == "registration_date =  (row 5)"


def test_an_empty_file_is_no_reason_to_stop(checker: Checker) -> None:
    history = History()
    for entity in ("users", "viewing_sessions", "content"):
        history.load(entity, [])
    assert checker.not_ok(history) == []
    assert len(checker.checks(history)) == 7 + 9 + 7


def test_sessions_that_wait_are_judged_like_broken_ones(checker: Checker) -> None:
    history = History().known()
    loads = {}
    for held, verdict in ((2, "ok"), (3, "suspicious"), (10, "suspicious"), (11, "stopped")):
        records = [session(100 * held + n, **({"user_id": "U77"} if n < held else {})) for n in range(20)]
        loads[history.load("viewing_sessions", records)] = (held, verdict)
    found = {each.load_id: each for each in checker.checks(history) if each.check_name == "held_share"}
    for load, (held, verdict) in loads.items():
        assert (found[load].verdict, found[load].example) == (verdict, "U77 (row 1)")
        assert found[load].observed == f"{held} of 20 records ({held * 5}.0%): user_unknown"


def test_a_load_that_waits_is_fine_once_what_it_waits_for_has_come(checker: Checker) -> None:
    history = History()
    load = history.load("viewing_sessions", [session(number) for number in range(20)])
    assert checker.of(history, load, "held_share").verdict == "stopped"
    assert checker.of(history.known(), load, "held_share").verdict == "ok"


REPAIRS = [
    ("users", "age", "unknown"),
    ("users", "age", "150"),
    ("users", "age", ""),
    ("users", "country", " "),
    ("users", "subscription_type", None),
    ("viewing_sessions", "completion_percentage", "101"),
    ("viewing_sessions", "completion_percentage", ""),
    ("viewing_sessions", "device_type", "\t"),
    ("viewing_sessions", "quality_level", ""),
    ("content", "title", None),
    ("content", "genre", ""),
    ("content", "release_year", None),
    ("content", "release_year", "20001"),
    ("content", "rating", "5.5"),
    ("content", "rating", "-1"),
    ("content", "rating", "good"),
    ("content", "views_count", "-1"),
    ("content", "production_budget", "1e6"),
]


def test_a_column_repaired_in_more_than_half_of_the_records_is_suspicious(checker: Checker) -> None:
    make = {"users": user, "viewing_sessions": session, "content": title}
    history = History().known()
    expected = {}
    for entity, column, value in REPAIRS:
        for repaired, verdict in ((5, "ok"), (6, "suspicious")):
            load = history.load(
                entity, [make[entity](n, **({column: value} if n < repaired else {})) for n in range(10)]
            )
            example = f"{column} = {'nothing' if value is None else value} (row 1)" if verdict != "ok" else None
            expected[load] = (verdict, f"{column}: {repaired} of 10 values ({repaired}0.0%)", example)
    found = {each.load_id: each for each in checker.checks(history) if each.check_name == "repaired_share"}
    assert {load: (found[load].verdict, found[load].observed, found[load].example) for load in expected} == expected


def test_what_the_export_need_not_have_is_no_value_that_was_not_taken(checker: Checker) -> None:
    history = History().known()
    loads = [history.load("users", [user(n, age="x" if n < 4 else None, country=None) for n in range(10)])]
    loads.append(history.load("users", [user(n, age=None, country=None) for n in range(10)]))
    history.rows["bronze.optional_columns"].append({"load_id": loads[0], "column_name": "age"})
    found = {each.load_id: each for each in checker.checks(history) if each.check_name == "repaired_share"}
    assert found[loads[0]].observed == "country: 10 of 10 values (100.0%)"
    assert found[loads[1]].observed == "age: 10 of 10 values (100.0%), and 1 other column"
    history.rows["bronze.optional_columns"].append({"load_id": loads[0], "column_name": "country"})
    judged = checker.of(history, loads[0], "repaired_share")
    assert (judged.verdict, judged.observed) == ("ok", "age: 4 of 10 values (40.0%)")
    assert checker.of(history, loads[1], "repaired_share").verdict == "suspicious"


def test_every_repaired_value_is_counted_by_load_and_column(checker: Checker) -> None:
    history = History()
    titles = [title(0, rating="7", release_year=""), title(1, rating="5", release_year="2020"), title(2, genre=" ")]
    series = [title(3, "series", rating=None), title(4, "series", duration_minutes="0", production_budget="")]
    history.load("content", titles + series)
    history.load("users", [user(1, age="x"), user(2, age="", country=""), user(3, registration_date="")])
    with checker.warehouse(history) as connection:
        counted = connection.execute(
            "select load_id, column_name, records, empty_values, repaired_values, first_repaired_row from load_columns "
            "where empty_values + repaired_values > 0 order by load_id, column_name"
        ).fetchall()
    assert counted == [
        (1, "genre", 5, 1, 1, 3),
        (1, "production_budget", 5, 1, 1, 5),
        (1, "rating", 5, 1, 2, 1),
        (1, "release_year", 3, 1, 1, 1),
        (2, "age", 3, 1, 2, 1),
        (2, "country", 3, 1, 1, 2),
        (2, "registration_date", 3, 1, 0, None),
    ]


def test_of_several_columns_the_worst_is_named_and_the_others_counted(checker: Checker) -> None:
    history = History()
    load = history.load("content", [title(number, rating="9", release_year=None) for number in range(6)])
    found = checker.of(history, load, "repaired_share")
    assert found.observed == "rating: 6 of 6 values (100.0%), and 1 other column"
    load = history.load("users", [user(n, age="", country="", subscription_type="") for n in range(6)])
    assert checker.of(history, load, "repaired_share").observed.endswith(", and 2 other columns")


def test_a_catalogue_of_series_is_not_reproached_with_years_that_series_do_not_have(checker: Checker) -> None:
    history = History()
    history.load("content", [title(number, "series") for number in range(30)])
    assert checker.not_ok(history) == []
