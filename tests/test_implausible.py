"""What cannot be true (sentinel dates, absurd numbers) is set aside, and moves nothing else."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from goldreel import pipeline, report
from goldreel.config import Settings, declared_thresholds, load_settings
from goldreel.engines import open_engine
from goldreel.errors import UsageError
from goldreel.loading.contract import USERS, VIEWING_SESSIONS

AS_OF = date(2024, 9, 30)
ABSURD = "1" + "0" * 300
TOMORROW = datetime.now(UTC).date() + timedelta(days=1)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, pipeline.RunReport]:
    folder = tmp_path_factory.mktemp("implausible")
    delivery = folder / "delivery"
    delivery.mkdir()
    users = [
        "U1,30,Peru,Basic,2023-01-01,200",
        "U2,30,Peru,Basic,0001-01-01,200",
        "U3,30,Peru,Basic,9999-12-31,200",
        f"U4,30,Peru,Basic,2023-01-01,{ABSURD}",
        "U5,30,Peru,Basic,2023-01-01,10000000000000000000000",
    ]
    sessions = [
        "S1,U1,M1,2024-03-01,30,50,TV,HD",
        "S2,U1,M1,9999-12-31,30,50,TV,HD",
        "S3,U1,M1,0001-01-01,30,50,TV,HD",
        f"S4,U1,M1,{TOMORROW + timedelta(days=30)},30,50,TV,HD",
        f"S5,U1,M1,2024-03-01,{ABSURD},50,TV,HD",
        f"S6,U1,M1,2024-03-01,30,{ABSURD},TV,HD",
    ]
    movie = {"content_id": "M1", "genre": ["Drama"], "duration_minutes": 90, "rating": 4.0, "production_budget": 1e6}
    titles = [movie, movie | {"content_id": "M2", "production_budget": int(ABSURD), "release_year": int(ABSURD)}]
    titles.append(movie | {"content_id": "M3", "duration_minutes": int(ABSURD)})
    (delivery / "users.csv").write_text("\n".join([",".join(USERS.columns), *users, ""]))
    (delivery / "viewing_sessions.csv").write_text("\n".join([",".join(VIEWING_SESSIONS.columns), *sessions, ""]))
    (delivery / "content.json").write_text(json.dumps({"movies": titles, "series": []}))
    settings = Settings(home=folder / "home")
    return settings, pipeline.run(settings, [delivery], AS_OF, pipeline.Silent())


def rows(warehouse: tuple[Settings, pipeline.RunReport], sql: str) -> list[tuple[Any, ...]]:
    with open_engine(warehouse[0], "look") as engine:
        return engine.execute(sql).rows


def test_each_is_quarantined_with_the_rule_that_it_breaks(warehouse: tuple[Settings, pipeline.RunReport]) -> None:
    assert rows(warehouse, "select record_key, rule from quarantine order by entity, record_key") == [
        ("M3", "content_duration_invalid"),
        ("U2", "signup_date_implausible"),
        ("U3", "signup_date_implausible"),
        ("U4", "hours_invalid"),
        ("U5", "hours_invalid"),
        ("S2", "watch_date_implausible"),
        ("S3", "watch_date_implausible"),
        ("S4", "watch_date_implausible"),
        ("S5", "duration_invalid"),
    ]
    assert rows(warehouse, "select count(*) from data_quality_rules where rule like '%implausible'") == [(2,)]


def test_calendars_windows_and_the_last_day_stay_where_they_were(
    warehouse: tuple[Settings, pipeline.RunReport],
) -> None:
    assert warehouse[1].kpis["data_through"] == date(2024, 3, 1)
    assert rows(warehouse, "select count(*) from gold_daily_activity") == [(1,)]
    assert rows(warehouse, "select max(views_last_30_days) from gold_genre_analytics") == [(2,)]
    assert rows(warehouse, "select min(cohort_month), max(cohort_month) from gold_retention_cohorts") == [
        (date(2024, 3, 1), date(2024, 3, 1))
    ]


def test_every_number_is_finite_and_the_json_is_strict(warehouse: tuple[Settings, pipeline.RunReport]) -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    told = json.loads(report.run_as_json(warehouse[1]), parse_constant=refuse)
    assert told["kpis"]["avg_user_engagement_hours"] == 200
    assert rows(warehouse, "select production_budget, release_year from silver_content where content_id = 'M2'") == [
        (None, 2020)
    ]
    assert rows(warehouse, "select count(*) from silver_viewing_sessions where completion_percentage is null") == [(1,)]


def test_what_a_query_returns_that_is_no_number_is_null_in_json() -> None:
    assert json.loads(report.to_json([{"a": float("inf"), "b": (float("nan"), 1.5), "c": "inf"}])) == [
        {"a": None, "b": [None, 1.5], "c": "inf"}
    ]


def test_the_earliest_date_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings().dbt_variables("2024-01-01") == {"as_of": "2024-01-01"}
    monkeypatch.setenv("GOLDREEL_EARLIEST_DATE", "0999-02-01")
    assert Settings().dbt_variables("2024-01-01")["earliest_date"] == "0999-02-01"
    monkeypatch.setenv("GOLDREEL_EARLIEST_DATE", "1900-02-30")
    with pytest.raises(UsageError, match="GOLDREEL_EARLIEST_DATE cannot be used"):
        load_settings()


def test_thresholds_are_settings_by_the_names_that_the_project_declares(monkeypatch: pytest.MonkeyPatch) -> None:
    assert declared_thresholds()["active_user_hours"] == 100
    monkeypatch.setenv("GOLDREEL_THRESHOLDS", '{"active_user_hours": 50, "good_rating": 3}')
    assert Settings().dbt_variables("2024-01-01") == {"as_of": "2024-01-01", "active_user_hours": 50, "good_rating": 3}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ('{"active_hours": 50}', "no threshold 'active_hours'.*active_user_hours"),
        ('{"as_of": 1}', "no threshold 'as_of'"),
        ('{"active_user_hours": "1 or 1=1"}', "must be a whole number; its default is 100"),
        ('{"trend_window_days": 1.5}', "must be a whole number"),
        ('{"good_rating": true}', "must be a number"),
        ('{"good_rating": -1}', "must be 0 or more"),
        ('{"good_rating": NaN}', "must be 0 or more"),
        ("[]", "GOLDREEL_THRESHOLDS cannot be used"),
    ],
)
def test_what_is_no_threshold_is_refused_before_anything_is_done(
    given: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOLDREEL_THRESHOLDS", given)
    with pytest.raises((UsageError, ValidationError), match=says):
        load_settings()
