"""Two periods side by side, over gold small enough to work out by hand."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from goldreel.errors import UsageError
from goldreel.explanations.periods import DIMENSIONS, PERIOD_KPIS, Period, explain_periods
from why.reader import reader

# day of January, user, title, minutes, completion, device: two days (3 and 4) after two days (1 and 2)
SESSIONS = [
    (1, "ann", "film", 60, 50, "TV"),
    (2, "bob", "film", 60, None, "TV"),
    (3, "ann", "film", 30, 100, "TV"),
    (4, "ann", "show", 90, 80, "Phone"),
    (4, "bob", "film", 120, None, "TV"),
]
OLDER = [(date(2023, 12, 31), "ann", "film", 999, 1, "TV")]


@pytest.fixture
def gold() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("""
        create table silver_viewing_sessions (watch_date date, user_id text, content_id text, duration_minutes double,
            completion_percentage double, device_type text);
        create table silver_users (user_id text, country text, subscription_type text);
        insert into silver_users values ('ann', 'Peru', 'Basic'), ('bob', 'Chile', 'Basic');
        create table silver_content (content_id text, title text, content_type text);
        insert into silver_content values ('film', 'A Film', 'movie'), ('show', 'A Show', 'series');
        create table bridge_content_genre (content_id text, genre text);
        insert into bridge_content_genre values ('film', 'Drama'), ('film', 'Crime'), ('show', 'Drama');
        create view gold_executive_summary as select max(watch_date) as data_through from silver_viewing_sessions;
    """)
    rows = [(date(2024, 1, day), *rest) for day, *rest in SESSIONS]
    connection.executemany("insert into silver_viewing_sessions values (?, ?, ?, ?, ?, ?)", [*rows, *OLDER])
    return connection


def test_watch_hours_and_what_drove_them(gold: duckdb.DuckDBPyConnection) -> None:
    found = explain_periods(reader(gold), "watch_hours", 2)
    assert (found.before, found.after) == (
        Period(date(2024, 1, 1), date(2024, 1, 2)),
        Period(date(2024, 1, 3), date(2024, 1, 4)),
    )
    assert (found.value_before, found.value_after) == (2.0, 4.0)
    # 2 viewers x 1 session x 1 hour became 2 x 1.5 x 4/3
    assert [factor.after for factor in found.factors] == pytest.approx([2, 1.5, 4 / 3])
    assert [factor.part for factor in found.factors] == pytest.approx([0, 7 / 6, 5 / 6])
    assert [(moved.value, moved.part) for moved in found.moved] == [("Chile", 1.0), ("Peru", 1.0)]


def test_a_session_of_several_genres_counts_in_equal_parts_for_each(gold: duckdb.DuckDBPyConnection) -> None:
    found = explain_periods(reader(gold), "total_viewing_sessions", 2, "genre")
    assert {moved.value: moved.part for moved in found.moved} == {"Drama": 1.0, "Crime": 0.0}


def test_an_average_is_split_into_mix_and_rate(gold: duckdb.DuckDBPyConnection) -> None:
    found = explain_periods(reader(gold), "avg_session_minutes", 2, "device_type")
    assert (found.value_before, found.value_after) == (60.0, 80.0)
    phone, television = found.split
    assert phone.value == "Phone"
    assert phone[1:] == pytest.approx((30.0, 0.0))
    assert television[1:] == pytest.approx((-1 / 3 * 67.5, 5 / 6 * 15))


def test_what_is_unknown_weighs_nothing_in_an_average(gold: duckdb.DuckDBPyConnection) -> None:
    found = explain_periods(reader(gold), "avg_completion_rate", 2)
    assert (found.value_before, found.value_after) == (50.0, 90.0)


@pytest.mark.parametrize("by", DIMENSIONS)
@pytest.mark.parametrize("kpi", PERIOD_KPIS)
@pytest.mark.parametrize("days", [1, 2, 5])
def test_the_parts_of_every_dimension_sum_to_the_change(
    gold: duckdb.DuckDBPyConnection, kpi: str, by: str, days: int
) -> None:
    found = explain_periods(reader(gold), kpi, days, by)
    assert sum(moved.part for moved in found.moved) == pytest.approx(found.change, abs=1e-9)
    if found.factors:
        assert sum(factor.part for factor in found.factors) == pytest.approx(found.change, abs=1e-9)


def test_what_has_no_periods_is_told_with_what_has(gold: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(UsageError, match="watch_hours"):
        explain_periods(reader(gold), "total_users", 7)
    with pytest.raises(UsageError, match="country"):
        explain_periods(reader(gold), "watch_hours", 7, "file")


def test_before_the_first_session_there_are_no_periods(gold: duckdb.DuckDBPyConnection) -> None:
    gold.execute("delete from silver_viewing_sessions")
    with pytest.raises(UsageError, match="no session yet"):
        explain_periods(reader(gold), "watch_hours", 7)
