"""Periods, totals and the account of records."""

from __future__ import annotations

import pandas as pd
import pytest

from goldreel.dashboard.numbers import (
    Figure,
    account,
    age_bands,
    compare_periods,
    genres_of,
    totals_by,
    with_genre,
)
from goldreel.dashboard.views.content import select_titles
from goldreel.dashboard.views.data_quality import select_records
from goldreel.dashboard.views.retention import retention_by_month


@pytest.fixture
def daily() -> pd.DataFrame:
    """Ten days, in no order; on day n there are n sessions."""
    days = list(range(1, 11))
    frame = pd.DataFrame({"activity_date": pd.date_range("2024-03-01", periods=10), "sessions": days})
    frame = frame.assign(
        watch_hours=[10.0 * day for day in days],
        dau=days,
        wau=[100 + day for day in days],
        mau=[200 + day for day in days],
        stickiness=[day / 100 for day in days],
        new_users=[0] * 9 + [3],
    )
    return frame.sample(frac=1, random_state=1)


def test_a_period_is_added_up_averaged_or_taken_at_its_end(daily: pd.DataFrame) -> None:
    figures = compare_periods(daily, 3)
    assert figures["sessions"] == Figure(8 + 9 + 10, 5 + 6 + 7)
    assert figures["watch_hours"] == Figure(270, 180)
    assert figures["dau"] == Figure(9, 6)
    assert figures["wau"] == Figure(110, 107)
    assert figures["mau"] == Figure(210, 207)
    assert figures["stickiness"] == Figure(0.10, 0.07)


def test_the_change_is_a_share_of_the_period_before(daily: pd.DataFrame) -> None:
    figures = compare_periods(daily, 3)
    assert figures["watch_hours"].change == 0.5
    assert figures["new_users"] == Figure(3, 0)
    assert figures["new_users"].change is None


def test_a_period_that_the_data_does_not_cover_has_no_number(daily: pd.DataFrame) -> None:
    assert compare_periods(daily, 6)["sessions"] == Figure(5 + 6 + 7 + 8 + 9 + 10, None)
    assert compare_periods(daily, 11)["sessions"] == Figure(None, None)
    assert compare_periods(daily.iloc[:0], 7)["mau"].change is None


@pytest.fixture
def audience() -> pd.DataFrame:
    rows = [
        ("Peru", "Basic", 25.0, 2, 300.0, 10, 500.0),
        ("Peru", "Premium", 31.0, 1, 600.0, 5, 100.0),
        ("Chile", "Basic", float("nan"), 1, 100.0, 0, 0.0),
    ]
    return pd.DataFrame(rows, columns=["country", "plan", "age", "users", "hours", "sessions", "minutes"])


def test_averages_over_users_count_every_user_once(audience: pd.DataFrame) -> None:
    peru, chile = totals_by(audience, ["country"]).to_dict("records")
    assert peru == {
        "country": "Peru",
        "total_users": 3,
        "user_share": 75,
        "avg_watch_hours_per_user": 300,
        "total_sessions": 15,
        "avg_session_duration": 40,
    }
    assert chile["avg_watch_hours_per_user"] == 100
    assert pd.isna(chile["avg_session_duration"])


def test_ages_fall_into_bands_of_ten_years() -> None:
    ages = pd.DataFrame({"age": [0, 9, 10, 39, 120, None]})
    assert age_bands(ages).tolist() == ["0–9", "0–9", "10–19", "30–39", "120+", "Unknown"]


def test_the_account_steps_down_from_all_records_to_those_that_count() -> None:
    quality = pd.DataFrame(
        [
            ("users", "current", None, 70),
            ("users", "quarantined", "hours_invalid", 5),
            ("users", "quarantined", "user_id_missing", 2),
            ("users", "inactive_user", None, 13),
            ("content", "current", None, 999),
        ],
        columns=["entity", "outcome", "rule", "records"],
    )
    assert account(quality, "users").values.tolist() == [
        ["delivered", 90, 0, 90],
        ["rejected", 0, 90, 90],
        ["quarantined", 7, 83, 90],
        ["superseded", 0, 83, 83],
        ["held", 0, 83, 83],
        ["inactive_user", 13, 70, 83],
        ["current", 70, 0, 70],
    ]


@pytest.fixture
def content() -> pd.DataFrame:
    rows = [
        ("C1", "The Data (1)", "Drama, Action", "movie", "Good"),
        ("C2", "data again", "Dramatic", "series", None),
        ("C3", "Other", "Action", "movie", "Average"),
    ]
    return pd.DataFrame(rows, columns=["content_id", "title", "genre", "content_type", "rating_category"])


def test_a_genre_is_one_of_a_titles_genres_and_not_a_part_of_its_name(content: pd.DataFrame) -> None:
    assert genres_of(content) == ["Action", "Drama", "Dramatic"]
    assert content[with_genre(content, ["Drama"])]["content_id"].tolist() == ["C1"]
    assert content[with_genre(content, ["Drama", "Dramatic"])]["content_id"].tolist() == ["C1", "C2"]


@pytest.mark.parametrize(
    ("wanted", "kinds", "genres", "categories", "found"),
    [
        ("", [], [], [], ["C1", "C2", "C3"]),
        (" DATA ", [], [], [], ["C1", "C2"]),
        ("(1)", [], [], [], ["C1"]),
        ("", ["movie"], [], [], ["C1", "C3"]),
        ("", ["movie"], ["Action"], ["Average"], ["C3"]),
        ("", [], [], ["Good", "Average"], ["C1", "C3"]),
        ("no such", [], [], [], []),
    ],
)
def test_a_title_has_to_pass_every_filter(
    content: pd.DataFrame, wanted: str, kinds: list[str], genres: list[str], categories: list[str], found: list[str]
) -> None:
    assert select_titles(content, wanted, kinds, genres, categories)["content_id"].tolist() == found


def test_retention_over_cohorts_weighs_each_by_its_users() -> None:
    cohorts = pd.DataFrame(
        [(0, 90, 90), (1, 90, 9), (0, 10, 10), (1, 10, 10), (2, 90, 45)],
        columns=["months_since", "cohort_users", "retained_users"],
    )
    assert retention_by_month(cohorts)["retention_rate"].tolist() == [1.0, 0.19, 0.5]


def test_the_records_of_a_rule_come_in_the_order_of_their_files() -> None:
    rows = pd.DataFrame(
        [("users", "a", 2, 1), ("users", "b", 1, 9), ("users", "a", 1, 7), ("content", "a", 1, 1)],
        columns=["entity", "rule", "load_id", "source_row"],
    )
    assert select_records(rows, "users", "a")["source_row"].tolist() == [7, 1]
    assert select_records(rows, "users", None)["source_row"].tolist() == [7, 9, 1]
