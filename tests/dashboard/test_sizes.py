"""However long the history and however many the names: what a page sends stays light."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from playwright.sync_api import Browser, WebSocket, expect

from dashboard.conftest import serving
from goldreel.dashboard.frame import TABLE_BYTES, fitting
from goldreel.dashboard.numbers import largest, thinned

MOST_BYTES = 2_000_000
PATIENCE = 300_000

# 125 years of days, and tables as a platform with 40,000 titles and users of every spelling of a country would have.
HUGE = """
create or replace table gold_daily_activity as
  select * replace ((date '1900-01-01' + to_days(n::int))::date as activity_date, (n % 977) as sessions)
  from (select * from gold_daily_activity limit 1), range(45_656) as days(n);
create or replace table gold_retention_cohorts as
  select (date '1900-01-01' + to_months(c::int))::date as cohort_month, m as months_since, 100::bigint as cohort_users,
    (100 - m % 90)::bigint as retained_users, (100 - m % 90) / 100.0::double as retention_rate
  from range(1_500) as cohorts(c), range(1_500) as months(m) where m < 1_500 - c;
create or replace table gold_content_performance as
  select * replace ('c' || n as content_id, 'A title of some length, number ' || n as title,
    'Genre ' || n % 8_000 as genre, 1_000.0 * n as production_budget, n as total_views)
  from (select * from gold_content_performance limit 1), range(40_000) as titles(n);
create or replace table gold_content_lifecycle as
  select * replace ('c' || n as content_id)
  from (select * from gold_content_lifecycle limit 1), range(40_000) as titles(n);
create or replace table gold_genre_analytics as
  select * replace ('Genre ' || n as genre, n as total_views, n % 300 - 100.0 as view_trend_pct)
  from (select * from gold_genre_analytics limit 1), range(8_000) as genres(n);
create or replace table gold_user_analytics as
  select * replace ('u' || n as user_id, n % 100 as age, 'A country of some length, number ' || n as country,
    'Plan ' || n % 20_000 as subscription_type)
  from (select * from gold_user_analytics limit 1), range(40_000) as users(n);
create or replace table gold_subscription_insights as
  select * replace ('Plan ' || n as subscription_type)
  from (select * from gold_subscription_insights limit 1), range(20_000) as plans(n);
create or replace table gold_device_quality as
  select * replace ('Device ' || n % 900 as device_type, 'Quality ' || n % 70 as quality_level, n as sessions)
  from (select * from gold_device_quality limit 1), range(63_000) as fields(n);
create or replace table quarantine as
  select * replace ('viewing_sessions' as entity, 'duration_invalid' as rule,
    repeat('a long value ', 100) as offending_value, n as source_row)
  from (select * from quarantine limit 1), range(60_000) as records(n);
create or replace table bronze.rejected_records as
  select * replace ('viewing_sessions' as entity, repeat('x', 1_000_000) as raw, n as source_row)
  from (select * from bronze.rejected_records limit 1), range(20) as records(n);
delete from gold_data_quality where entity = 'viewing_sessions' and outcome in ('quarantined', 'rejected');
insert into gold_data_quality values ('viewing_sessions', 'quarantined', 'duration_invalid', 60_000),
  ('viewing_sessions', 'rejected', null, 20);
"""


@pytest.fixture(scope="module")
def huge_address(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The dashboard over a build with a long history and many names."""
    copy = shutil.copytree(home, tmp_path_factory.mktemp("huge") / "home", symlinks=True)
    file = (copy / "published" / "current.duckdb").resolve()
    file.chmod(0o644)
    with duckdb.connect(str(file)) as connection:
        connection.execute(HUGE)
    with serving(copy) as address:
        yield address


@pytest.mark.parametrize(
    "path",
    [
        "",
        "audience",
        "content",
        "retention",
        "retention?since=1900-01",
        "what-changed",
        "data-quality",
        "data-quality?outcome=rejected",
    ],
)
def test_a_page_sends_less_than_two_megabytes(huge_address: str, browser: Browser, path: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    sent = 0

    def count(frame: str | bytes) -> None:
        nonlocal sent
        sent += len(frame)

    def listen(connection: WebSocket) -> None:
        connection.on("framereceived", count)

    page.on("websocket", listen)
    page.goto(f"{huge_address}/{path}")
    page.get_by_test_id("stMetric").first.wait_for()
    page.locator("[data-test-script-state=notRunning]").wait_for()
    expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(page.get_by_test_id("stAlert")).to_have_count(0)
    for opener in page.get_by_test_id("stExpander").all():
        opener.locator("summary").click()
        page.locator("[data-test-script-state=notRunning]").wait_for()
    page.wait_for_timeout(2_000)
    context.close()
    assert 3_000 < sent < MOST_BYTES


def test_a_table_shows_as_many_rows_as_may_be_sent() -> None:
    rows = pd.DataFrame({"name": ["x" * 1_000] * 10_000, "number": range(10_000)})
    shown = fitting(rows)
    assert 0 < len(shown) < 10_000
    assert shown.memory_usage(deep=True).sum() < 2 * TABLE_BYTES
    assert shown["number"].tolist() == list(range(len(shown)))
    assert shown["name"].str.len().max() < 1_000
    small = pd.DataFrame({"name": ["x", None], "day": pd.to_datetime(["2024-01-01", None])})
    pd.testing.assert_frame_equal(fitting(small), small)
    assert fitting(rows.head(0)).empty


def test_a_trend_of_many_days_is_drawn_from_averages_that_end_at_the_last_day() -> None:
    daily = pd.DataFrame({"activity_date": pd.date_range("2000-01-01", periods=1_000), "sessions": range(1_000)})
    whole, days = thinned(daily, "sessions", 1_000)
    assert days == 1
    pd.testing.assert_frame_equal(whole, daily)
    points, days = thinned(daily.sample(frac=1, random_state=1), "sessions", 300)
    assert (days, len(points)) == (4, 250)
    assert points["activity_date"].iloc[-1] == daily["activity_date"].iloc[-1]
    assert points["sessions"].iloc[-1] == (996 + 997 + 998 + 999) / 4
    assert points["sessions"].mean() == daily["sessions"].mean()


def test_the_largest_stay_in_their_order() -> None:
    table = pd.DataFrame({"name": list("abcd"), "users": [1, 5, 3, 5]})
    assert largest(table, "users", 3)["name"].tolist() == ["b", "c", "d"]
    assert largest(table, "users", 4) is table
