"""The page What changed, without a browser: it says what `goldreel why` says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import streamlit as st

from dashboard.conftest import Query
from dashboard.test_pages import page, tiles
from goldreel.config import load_settings
from goldreel.engines import open_published
from goldreel.explanations.builds import explain_builds
from goldreel.explanations.periods import explain_periods
from goldreel.why.kpis import KPIS
from goldreel.why.sentences import sentence


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """No test sees what another one read."""
    yield
    st.cache_resource.clear()


@pytest.fixture(autouse=True)
def at_home(home: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOLDREEL_HOME", str(home))


@pytest.mark.parametrize("kpi", KPIS, ids=lambda kpi: kpi.name)
def test_a_number_has_its_sentence_and_the_records_of_its_first_cause(kpi: object) -> None:
    with open_published(load_settings()) as engine:
        (number,) = explain_builds(engine, (kpi,), 0).numbers  # type: ignore[arg-type]
    test = page("what_changed", kpi=number.kpi.name)
    assert test.text[0].value == sentence(number)
    assert tiles(test)["After"] == f"{number.after:,.{number.kpi.digits}f}"
    if number.kpi.how == "sum":
        files = test.dataframe[0].value
        assert files["part"].sum() == pytest.approx(number.parts[0].part)
        assert files["records"].sum() == number.parts[0].records


def test_the_choice_of_another_cause_changes_the_files() -> None:
    with open_published(load_settings()) as engine:
        number = next(each for each in explain_builds(engine, from_build=0).numbers if len(each.parts) > 0)
    test = page("what_changed", kpi=number.kpi.name, cause=number.parts[-1].cause)
    assert test.dataframe[0].value["records"].sum() == number.parts[-1].records


def test_two_periods_have_their_difference_and_what_drove_it(query: Query) -> None:
    test = page("what_changed", compare="periods", days=7)
    with open_published(load_settings()) as engine:
        change = explain_periods(engine, "watch_hours", 7)
    ((hours,),) = query(
        "select sum(duration_minutes) / 60 from silver_viewing_sessions where watch_date > "
        "(select max(watch_date) from silver_viewing_sessions) - 7"
    )
    assert change.value_after == pytest.approx(hours)
    assert [tile.value for tile in test.metric][1:] == [f"{hours:,.1f}", f"{change.change:+,.1f}"]
    assert [heading.value for heading in test.subheader] == ["What drove it", "What moved most"]
