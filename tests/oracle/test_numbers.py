"""The oracle's gold, on cases small enough to work out by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from oracle import (
    Warehouse,
    account_for,
)
from oracle.cases import AS_OF, content, deliver, movie, one, pick, sessions, users

REFERENCE = Path(__file__).resolve().parents[3] / "shared" / "data" / "reference"


def test_gold_by_user(small: Warehouse) -> None:
    first, _, third = small.tables["gold_user_analytics"]
    assert (first["total_sessions"], first["total_minutes_watched"], first["avg_session_duration"]) == (
        5,
        150,
        30,
    )
    assert (first["unique_content_watched"], first["avg_completion_rate"], first["days_since_signup"]) == (
        1,
        40,
        31,
    )
    assert first["last_watch_date"] == date(2024, 8, 31)
    assert (third["total_sessions"], third["total_minutes_watched"], third["unique_content_watched"]) == (
        0,
        0,
        0,
    )
    assert (third["avg_session_duration"], third["last_watch_date"], third["days_since_signup"]) == (
        None,
        None,
        0,
    )
    segments = pick(
        small.tables["gold_user_segmentation"], "user_segment", "avg_sessions_per_user", "segment_percentage"
    )
    assert segments == [("Power User", 5, 33.33), ("Heavy User", 1, 33.33), ("Light User", 0, 33.33)]


def test_gold_by_title_country_and_genre(small: Warehouse) -> None:
    of_title = ("content_id", "total_views", "views_per_million_budget", "rating_category", "avg_watch_time")
    assert pick(small.tables["gold_content_performance"], *of_title) == [
        ("M1", 5, 1.67, "Excellent", 30),
        ("M2", 0, None, None, None),
        ("S1", 1, None, "Below Average", 60),
    ]
    of_country = (
        "country",
        "total_users",
        "avg_watch_hours_per_user",
        "avg_user_age",
        "total_sessions",
        "avg_session_duration",
    )
    assert pick(small.tables["gold_country_insights"], *of_country) == [
        ("Peru", 2, 400, 20, 6, 35),
        ("Chile", 1, 100, 40, 0, None),
    ]
    drama, action = small.tables["gold_genre_analytics"]
    assert drama == {
        "genre": "Drama",
        "total_content_items": 3,
        "total_views": 6,
        "unique_viewers": 2,
        "avg_production_budget": 1_500_000,
        "total_investment": 3_000_000,
        "avg_genre_rating": 2.25,
        "avg_content_duration": 80,
        "avg_watch_time": 35,
        "views_last_30_days": 3,
        "views_previous_30_days": 2,
        "view_trend_pct": 50,
    }
    assert (action["genre"], action["view_trend_pct"]) == ("Action", 0)


def test_summary(small: Warehouse) -> None:
    assert one(small.tables["gold_executive_summary"]) == {
        "metric_category": "Platform Overview",
        "active_users_100h_plus": 3,
        "total_content_catalog": 3,
        "total_viewing_sessions": 6,
        "avg_user_engagement_hours": 300,
        "content_with_views": 2,
        "total_watch_hours": 3.5,
        "data_through": date(2024, 8, 31),
        "effective_catalog_size": pytest.approx(1 / ((150 / 210) ** 2 + (60 / 210) ** 2)),
        "total_users": 3,
    }


def test_the_questions_of_every_streaming_service(tmp_path: Path) -> None:
    """Users below 100 hours count too; a session of a user or title that is not known does not."""
    delivery = deliver(
        tmp_path / "d",
        users_csv=users("U1,20,Peru,Basic,2024-01-01,500", "U2,20,Peru,Basic,2024-01-01,5"),
        viewing_sessions_csv=sessions(
            "S1,U1,M1,2024-01-31,60,95,TV,HD",
            "S2,U2,M1,2024-01-31,30,50,TV,HD",
            "S3,U2,M1,2024-02-06,30,75,TV,4K",
            "S4,U2,M2,2024-02-07,60,,Phone,HD",
            "S5,U9,M1,2023-12-01,60,95,TV,HD",
            "S6,U1,M9,2024-04-01,60,95,TV,HD",
        ),
        content_json=content([movie("M1"), movie("M2"), movie("M3")]),
    )
    tables = account_for([delivery], AS_OF).tables
    activity = pick(tables["gold_daily_activity"], "sessions", "watch_hours", "dau", "wau", "mau", "new_users")
    assert activity == [(2, 1.5, 2, 2, 2, 2), *[(0, 0, 0, 2, 2, 0)] * 5, (1, 0.5, 1, 2, 2, 0), (1, 1, 1, 1, 2, 0)]
    assert [len(row) for row in tables["gold_retention_cohorts"]] == [5, 5]
    assert pick(tables["gold_retention_cohorts"], "cohort_month", "months_since", "retained_users") == [
        (date(2024, 1, 1), 0, 2),
        (date(2024, 1, 1), 1, 1),
    ]
    plan = ("total_users", "active_users", "active_share", "avg_watch_hours_per_user", "total_sessions")
    assert pick(tables["gold_subscription_insights"], *plan) == [(2, 1, 0.5, 252.5, 4)]
    assert pick(tables["gold_device_quality"], "device_type", "quality_level", "sessions", "unique_users") == [
        ("TV", "HD", 2, 2),
        ("TV", "4K", 1, 1),
        ("Phone", "HD", 1, 1),
    ]
    life = ("starters", "watchers", "completers", "views_first_7_days", "half_life_days", "exclusive_viewers")
    assert pick(tables["gold_content_lifecycle"], *life, "watch_share") == [
        (2, 2, 1, 3, 0, 2, pytest.approx(2 / 3)),
        (1, 0, 0, 1, 0, 0, pytest.approx(1 / 3)),
        (0, 0, 0, 0, None, 0, 0),
    ]
    assert one(tables["gold_executive_summary"])["total_users"] == 2


def test_nothing_delivered(tmp_path: Path) -> None:
    tables = account_for([deliver(tmp_path / "d")], AS_OF).tables
    assert {name for name, rows in tables.items() if rows} == {"gold_executive_summary"}
    summary = one(tables["gold_executive_summary"])
    assert (summary["total_watch_hours"], summary["avg_user_engagement_hours"], summary["data_through"]) == (
        0,
        None,
        None,
    )


@pytest.mark.skipif(not REFERENCE.is_dir(), reason=f"the reference delivery is not at {REFERENCE}")
def test_the_published_results_of_the_reference_delivery() -> None:
    warehouse = account_for([REFERENCE], AS_OF)
    rows = {name: len(table) for name, table in warehouse.tables.items()}
    assert rows["silver_users"] == 4_271
    assert rows["silver_content"] == 300
    assert rows["silver_viewing_sessions"] == 191_807
    assert rows["gold_genre_analytics"] == 11
    assert warehouse.refused == []
