"""Little or nothing delivered: every page says in words what is not there yet."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NoReturn

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard.conftest import published
from dashboard.test_pages import page

USERS = "user_id,age,country,subscription_type,registration_date,total_watch_time_hours\n"
SESSIONS = (
    "session_id,user_id,content_id,watch_date,watch_duration_minutes,completion_percentage,device_type,quality_level\n"
)
MOVIE = {"content_id": "c1", "title": "A title", "genre": ["Drama"], "duration_minutes": 90}
Content = dict[str, list[object]]
NOTHING: tuple[str, str, Content] = (USERS, SESSIONS, {"movies": [], "series": []})
NO_SESSIONS: tuple[str, str, Content] = (
    USERS + "u1,30,Peru,Basic,2024-01-01,500\n",
    SESSIONS,
    {"movies": [MOVIE], "series": []},
)

DELIVERED = "No record of viewing sessions has been delivered yet."
QUARANTINED = "No record of viewing sessions is quarantined."
SAID = {
    "nothing": {
        "overview": ["There is no session yet that counts, so there", "There is no active user yet."],
        "audience": [
            "There is no active user yet.",
            "There is no valid user yet.",
            "There is no session yet that counts.",
        ],
        "content": ["There is no title yet that counts."],
        "retention": ["There is no session yet that counts"],
        "what_changed": [],
        "data_quality": [DELIVERED, QUARANTINED],
    },
    "no sessions": {
        "overview": ["There is no session yet that counts, so there"],
        "audience": ["There is no session yet that counts."],
        "content": [
            "None of the titles has a budget.",
            "No genre has views in both of the last two windows of 30 days",
            "None of the titles has been watched yet.",
        ],
        "retention": ["There is no session yet that counts"],
        "what_changed": [],
        "data_quality": [DELIVERED, QUARANTINED],
    },
}


@pytest.fixture(scope="module", params=[NOTHING, NO_SESSIONS], ids=list(SAID))
def little(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A published build of a delivery that holds little, and its name."""
    folder = tmp_path_factory.mktemp("little")
    delivery = folder / "delivery"
    delivery.mkdir()
    users, sessions, content = request.param
    (delivery / "users.csv").write_text(users)
    (delivery / "viewing_sessions.csv").write_text(sessions)
    (delivery / "content.json").write_text(json.dumps(content))
    published(folder / "home", delivery)
    return list(SAID)[[NOTHING, NO_SESSIONS].index(request.param)], folder / "home"


@pytest.mark.parametrize("view", list(SAID["nothing"]))
def test_every_page_says_in_words_what_is_not_there_yet(
    little: tuple[str, Path], view: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, home = little
    monkeypatch.setenv("GOLDREEL_HOME", str(home))
    st.cache_resource.clear()
    shown = page(view)
    st.cache_resource.clear()
    assert len(shown.info) == len(SAID[name][view])
    for info, words in zip(shown.info, SAID[name][view], strict=True):
        assert info.value.startswith(words)
    assert not shown.warning
    assert all(len(table.value) for table in shown.dataframe), "an empty table says nothing"
    for spec in charts_of(shown):
        json.loads(spec, parse_constant=not_json)


def charts_of(shown: AppTest) -> list[str]:
    return [chart.proto.spec for chart in shown.get("arrow_vega_lite_chart")]


def not_json(constant: str) -> NoReturn:
    raise AssertionError(f"{constant} is no JSON: the browser would show an error in the chart's place")
