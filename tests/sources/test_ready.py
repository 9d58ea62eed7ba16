"""The sources that come with goldreel, each on an export in the shape that its tool publishes."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import streamlit as st

from dashboard.test_pages import page
from goldreel.config import Settings
from goldreel.engines import Engine, open_engine, open_published
from goldreel.loading import ledger
from goldreel.loading.contract import CONTENT, USERS, Declaration
from goldreel.pipeline import RunReport, Silent, run
from goldreel.sources import find_source, ready_made, with_thresholds_of_sources
from sources.exports import EXPORTS
from sources.giving import given


def test_every_ready_made_source_is_tried() -> None:
    assert {source for source, _ in EXPORTS.values()} == set(ready_made())


@pytest.mark.parametrize("export", EXPORTS)
def test_a_download_becomes_users_sessions_and_titles(export: str, tmp_path: Path) -> None:
    name, write = EXPORTS[export]
    write(tmp_path)
    found = given(tmp_path, [find_source(name)])
    assert not any(found.rejected.values())
    sessions = found.sessions
    assert len(sessions) == 60
    assert len({session["session_id"] for session in sessions}) == 60
    assert {session["user_id"] for session in sessions} == {user["user_id"] for user in found.records["users"]}
    assert {session["content_id"] for session in sessions} == {
        title["content_id"] for title in found.records["content"]
    }
    assert min(session["watch_date"][:10] for session in sessions) == "2024-01-05"
    assert all(0 < float(session["watch_duration_minutes"]) <= 1440 for session in sessions)
    minutes = sum(float(session["watch_duration_minutes"]) for session in sessions)
    hours = sum(float(user["total_watch_time_hours"]) for user in found.records["users"])
    assert hours == pytest.approx(minutes / 60)
    assert all(float(title["duration_minutes"]) > 0 for title in found.records["content"])


@pytest.mark.parametrize(
    "export", ["netflix-viewing-activity", "netflix-viewing-history", "jellyfin-backup", "tautulli-csv"]
)
def test_episodes_of_a_series_are_one_title(export: str, tmp_path: Path) -> None:
    name, write = EXPORTS[export]
    write(tmp_path)
    titles = given(tmp_path, [find_source(name)]).records["content"]
    assert {(title["title"], title["content_type"]) for title in titles} == {
        *(("Harbor Lights", "series"), ("The Long Field", "series"), ("Nine Doors", "series")),
        *(("Mission: Dawn", "movie"), ("Salt", "movie"), ("Paper Moonrise", "movie")),
    }


def test_what_is_no_play_is_left_out_and_counted(tmp_path: Path) -> None:
    name, write = EXPORTS["snowplow"]
    write(tmp_path)
    found = given(tmp_path, [find_source(name)])
    assert any(remark.startswith("90 of 150 records of the file are left out") for remark in found.remarks)
    assert any("hours are those of the plays" in remark for remark in found.remarks)
    assert "made for the threshold active_user_hours 0 (GOLDREEL_THRESHOLDS overrides it)" in found.remarks


@pytest.fixture(scope="module")
def netflix(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, RunReport]:
    """The history of a Netflix profile after the one command that it takes."""
    folder = tmp_path_factory.mktemp("Downloads")
    name, write = EXPORTS["netflix-viewing-history"]
    write(folder)
    settings = Settings(home=tmp_path_factory.mktemp("home"), threads=2)
    return settings, run(settings, [folder], as_of=date(2024, 6, 1), listener=Silent(), sources=[name])


def test_one_command_from_the_download_to_published_figures(netflix: tuple[Settings, RunReport]) -> None:
    settings, report = netflix
    assert report.exit_code == 0
    assert report.publication is not None
    assert not [alarm for alarm in report.alarms if alarm.check_name == "repaired_share"], "it has no such columns"
    assert report.kpis["active_users_100h_plus"] == 1
    assert report.kpis["total_content_catalog"] == 6
    assert (report.kpis["total_viewing_sessions"], report.kpis["total_watch_hours"]) == (60, 60)
    with open_published(settings) as published:
        assert published.execute("select country, total_users from gold_country_insights").rows == [("Unknown", 1)]


@pytest.mark.parametrize(
    ("view", "told"),
    [
        (
            "audience",
            {
                "The country of no user is known, so there is no map.",
                "Plan is not known of any user.",
                "Age is not known of any user.",
                "Neither device nor quality level is known of any session.",
            },
        ),
        ("content", {"The genre of no title is known.", "None of the titles has a budget."}),
    ],
)
def test_the_dashboard_says_what_is_not_known(
    view: str, told: set[str], netflix: tuple[Settings, RunReport], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOLDREEL_HOME", str(netflix[0].home))
    st.cache_resource.clear()
    assert told == {info.value for info in page(view).info}


def test_thresholds_of_sources_hold_where_all_users_come_from_them(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, threads=2)
    say = Declaration("plays", "x", "files: []", '{"active_user_hours": 0}')
    with open_engine(settings) as engine:
        ledger.prepare(engine)
        assert with_thresholds_of_sources(engine, settings) == settings
        _load(engine, 1, USERS.name, say)
        _load(engine, 2, CONTENT.name, None)
        assert with_thresholds_of_sources(engine, settings).thresholds == {"active_user_hours": 0}
        said = settings.model_copy(update={"thresholds": {"active_user_hours": 7}})
        assert with_thresholds_of_sources(engine, said).thresholds == {"active_user_hours": 7}
        _load(engine, 3, USERS.name, None)
        assert with_thresholds_of_sources(engine, settings) == settings


def _load(engine: Engine, load_id: int, entity: str, declaration: Declaration | None) -> None:
    if declaration is not None:
        ledger.keep_declaration(engine, load_id, declaration)
    moment = ledger.now()
    ledger.record_load(engine, ledger.Load(load_id, entity, "f", str(load_id), 1, 0, 0, 0, "loaded", moment, moment))
