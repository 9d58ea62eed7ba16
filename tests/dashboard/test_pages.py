"""The pages' logic, without a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard.conftest import Query
from goldreel.dashboard import data, numbers
from goldreel.dashboard.server import APP
from goldreel.data_dictionary import read_dictionary


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """No test sees what another one read."""
    yield
    st.cache_data.clear()
    st.cache_resource.clear()


@pytest.fixture
def at_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOLDREEL_HOME", str(home))


def _show(view: str) -> None:
    import importlib

    from goldreel.dashboard import data

    importlib.import_module(f"goldreel.dashboard.views.{view}").show(data.current_publication())


def page(view: str, **choices: str | int) -> AppTest:
    """A page as it is after the first run, with choices made in its widgets (by key) before."""
    test = AppTest.from_function(_show, kwargs={"view": view}, default_timeout=120)
    for key, value in choices.items():
        test.session_state[key] = value
    test.run()
    assert not test.exception
    return test


def tiles(test: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in test.metric}


@pytest.mark.usefixtures("at_home")
@pytest.mark.parametrize("view", ["overview", "audience", "content", "retention", "what_changed", "data_quality"])
def test_every_number_tells_its_meaning_and_its_source(view: str) -> None:
    known = read_dictionary()
    for metric in page(view).metric:
        source = metric.help.rpartition("Source: `")[2].rstrip("`")
        table, _, column = source.rpartition(".")
        assert known[table].columns[column].description in metric.help, metric.label


def test_who_accepted_a_stopped_load_and_why_is_told(home_copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOLDREEL_HOME", str(home_copy))
    file = (home_copy / "published" / "current.duckdb").resolve()
    file.chmod(0o644)
    with duckdb.connect(str(file)) as published:
        published.execute(
            "update load_checks set verdict = 'stopped' where load_id in (1, 2) and check_name = 'volume'"
        )
        published.execute(
            "insert into load_acceptances values (1, 'half a *year*', 'ana', timestamp '2024-09-02 10:00')"
        )
    shown = [each.value for each in page("data_quality").markdown]
    assert "**Stopped, and accepted: volume**" in shown
    assert "**Stopped: volume**" in shown
    (accepted,) = [text for text in shown if "Accepted by" in text]
    assert accepted.endswith("For example: none\n\nAccepted by ana, 2024-09-02: half a `*year*`")


@pytest.mark.usefixtures("at_home")
def test_a_period_is_compared_with_the_one_before(query: Query) -> None:
    test = page("overview")
    test.segmented_control(key="days").set_value(7).run()
    last, before = (
        query(
            "select sum(sessions) from gold_daily_activity where activity_date > "
            f"(select max(activity_date) from gold_daily_activity) - {days} and activity_date <= "
            f"(select max(activity_date) from gold_daily_activity) - {days - 7}"
        )[0][0]
        for days in (7, 14)
    )
    shown = next(metric for metric in test.metric if metric.label == "Sessions")
    assert shown.value == f"{last:,.0f}"
    assert shown.delta == f"{last / before - 1:+.1%}"


@pytest.mark.usefixtures("at_home")
def test_without_a_filter_the_audience_is_that_of_the_country_table(query: Query) -> None:
    audience = numbers.totals_by(data.read_audience(data.current_publication()), ["country"])
    columns = ["country", "total_users", "avg_watch_hours_per_user", "total_sessions", "avg_session_duration"]
    expected = pd.DataFrame(
        query(f"select {', '.join(columns)} from gold_country_insights order by country"), columns=columns
    )
    found = audience.sort_values("country", ignore_index=True)[columns]
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)


@pytest.mark.usefixtures("at_home")
def test_filters_that_leave_nothing_say_so() -> None:
    test = page("content", search="no title is called so")
    assert [info.value for info in test.info] == ["No title is in all that was chosen. Clear a filter."]


@pytest.mark.usefixtures("at_home")
@pytest.mark.parametrize("entity", ["users", "viewing_sessions", "content"])
@pytest.mark.parametrize("outcome", ["quarantined", "held", "rejected"])
def test_as_many_records_are_listed_as_the_account_counts(entity: str, outcome: str, query: Query) -> None:
    test = page("data_quality", entity=entity, outcome=outcome)
    ((count,),) = query(
        f"select coalesce(sum(records), 0) from gold_data_quality where entity = '{entity}' and outcome = '{outcome}'"
    )
    if count == 0:
        assert [info.value for info in test.info if "No record" in info.value]
    else:
        assert len(test.dataframe[2].value) == count


@pytest.mark.usefixtures("at_home")
def test_what_bad_data_costs_is_told_the_dearest_first(query: Query) -> None:
    test = page("data_quality")
    shown = test.dataframe[1].value
    ((hours, sessions),) = query("select sum(watch_hours), sum(sessions) from cost_of_bad_data")
    assert shown["watch_hours"].is_monotonic_decreasing
    assert shown["sessions"].sum() == sessions > 0
    (told,) = [each.value for each in test.caption if "are missing from every total" in each.value]
    assert f"{hours:,.1f} hours of {sessions:,} sessions" in told


@pytest.mark.usefixtures("at_home")
def test_cohorts_are_those_of_gold(query: Query) -> None:
    ((users,),) = query("select sum(cohort_users) from gold_retention_cohorts where months_since = 0")
    ((back, all_users),) = query(
        "select sum(retained_users), sum(cohort_users) from gold_retention_cohorts where months_since = 1"
    )
    shown = tiles(page("retention"))
    assert shown["Users"] == f"{users:,}"
    assert shown["Back after 1 month"] == f"{back / all_users:.1%}"


def test_with_nothing_published_the_page_says_what_to_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOLDREEL_HOME", str(tmp_path))
    test = AppTest.from_file(str(APP), default_timeout=120).run()
    assert not test.exception
    (warning,) = test.warning
    assert "Nothing is published yet." in warning.value
    assert "goldreel run FOLDER" in warning.value


@pytest.mark.usefixtures("at_home")
@pytest.mark.parametrize(("allowed", "is_told"), [("1s", True), ("9000d", False), ("", False)])
def test_data_that_are_too_old_are_said_in_red_at_the_foot_of_the_page(
    monkeypatch: pytest.MonkeyPatch, allowed: str, is_told: bool
) -> None:
    monkeypatch.setenv("GOLDREEL_MAX_AGE", allowed)
    test = AppTest.from_file(str(APP), default_timeout=120).run()
    assert not test.exception
    red = [caption.value for caption in test.caption if caption.value.startswith(":red[")]
    assert [("are allowed" in text) for text in red] == [True] * is_told


def test_an_unusable_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOLDREEL_KEEP_VERSIONS", "none")
    test = AppTest.from_file(str(APP), default_timeout=120).run()
    assert not test.exception
    assert "GOLDREEL_KEEP_VERSIONS" in test.warning[0].value


def test_a_publication_without_a_table_says_so_and_shows_the_rest(
    home_copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = (home_copy / "published" / "current.duckdb").resolve()
    file.chmod(0o644)
    with duckdb.connect(str(file)) as connection:
        connection.execute("drop table gold_daily_activity")
    monkeypatch.setenv("GOLDREEL_HOME", str(home_copy))
    test = page("overview")
    (warning,) = test.warning
    assert "no table gold_daily_activity" in warning.value
    assert "All users" in tiles(test)


def test_a_page_never_mixes_two_builds(home_copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOLDREEL_HOME", str(home_copy))
    shown = data.current_publication()
    file = (home_copy / "published" / "current.duckdb").resolve()
    file.chmod(0o644)
    with duckdb.connect(str(file)) as connection:
        connection.execute("update publication set version = version + 1")
    with pytest.raises(data.Superseded):
        data.read_table(shown, "gold_country_insights")
    assert data.current_publication().version == shown.version + 1
