"""What is watched: a ranking of titles, what they cost, and where genres are heading."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from goldreel.dashboard import charts, frame
from goldreel.dashboard.data import Publication, read_table
from goldreel.dashboard.frame import label
from goldreel.dashboard.numbers import genres_of, is_unknown, largest, with_genre
from goldreel.dashboard.texts import enumerated

_SOURCE = "gold_content_performance"
_MOST_BARS = 40
_MOST_OPTIONS = 500  # of a filter
_MOST_POINTS = 2_000  # of the scatter plot
_CATEGORIES = ("Excellent", "Very Good", "Good", "Average", "Below Average")
_ORDERS = (
    "total_views", "unique_viewers", "avg_completion_rate", "avg_watch_time", "rating", "views_per_million_budget",
    "production_budget",
)  # fmt: skip
_COLUMNS = (
    "title", "content_type", "genre", "total_views", "unique_viewers", "avg_completion_rate", "avg_watch_time",
    "rating", "rating_category", "release_year", "production_budget", "views_per_million_budget", "content_id",
)  # fmt: skip
_GENRE_COLUMNS = (
    "genre", "total_content_items", "total_views", "unique_viewers", "view_trend_pct", "views_last_30_days",
    "views_previous_30_days", "avg_watch_time", "avg_genre_rating", "avg_content_duration", "avg_production_budget",
    "total_investment",
)  # fmt: skip


def show(publication: Publication) -> None:
    """The page."""
    content = read_table(publication, _SOURCE)
    if content.empty:
        frame.inform("There is no title yet that counts. What was delivered is under Data quality.")
        return
    chosen, order = _filters(content)
    if chosen.empty:
        frame.inform("No title is in all that was chosen. Clear a filter.")
        return
    with frame.tiles("content"):
        views = int(chosen["total_views"].sum())
        frame.tile("Titles", len(chosen), _SOURCE, "content_id", note="Number of titles.")
        frame.tile("Views", views, _SOURCE, "total_views", note="All titles together.")
        frame.tile("Rating", chosen["rating"].mean(), _SOURCE, "rating", ",.2f", "Average over the titles with one.")
        frame.tile(
            "Budget, million",
            chosen["production_budget"].sum(min_count=1) / 1e6,
            _SOURCE,
            "production_budget",
            ",.0f",
            "All titles together, in millions.",
        )
    frame.section("Ranking", lambda: _ranking(chosen, order))
    frame.section("Budget and views", lambda: _budget(chosen))
    frame.section("Genre trends", lambda: _genres(publication), "All titles. The filters do not apply.")
    frame.section("Life of a title", lambda: _lifecycle(publication, chosen))


def _filters(content: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    with st.container(key="filters-content"):
        wanted = st.text_input(
            "Search titles", key="search", bind="query-params", type="search", live=True, placeholder="Part of a title"
        )
        kinds = st.multiselect(
            label("content_type"), sorted(content["content_type"].unique()), key="type", bind="query-params",
            placeholder="All",
        )  # fmt: skip
        genres = st.multiselect(
            "Genre", genres_of(content, _MOST_OPTIONS), key="genre", bind="query-params", placeholder="All"
        )
        categories = st.multiselect(
            label("rating_category"), _CATEGORIES, key="rating", bind="query-params", placeholder="All"
        )
        order = st.selectbox("Rank by", _ORDERS, format_func=label, key="rank", bind="query-params")
    return select_titles(content, wanted or "", kinds, genres, categories), order


def select_titles(
    content: pd.DataFrame, wanted: str, kinds: list[str], genres: list[str], categories: list[str]
) -> pd.DataFrame:
    """The titles that hold a text and are of one of each list; an empty text or list asks for nothing."""
    kept = pd.Series(True, index=content.index)
    if wanted.strip():
        kept &= content["title"].str.contains(wanted.strip(), case=False, regex=False, na=False)
    if kinds:
        kept &= content["content_type"].isin(kinds)
    if genres:
        kept &= with_genre(content, genres)
    if categories:
        kept &= content["rating_category"].isin(categories)
    return content[kept]


def _ranking(chosen: pd.DataFrame, order: str) -> None:
    ranked = chosen.sort_values([order, "content_id"], ascending=[False, True], na_position="last")[list(_COLUMNS)]
    ranked.insert(0, "rank", range(1, len(ranked) + 1))
    frame.table(ranked, "titles", _SOURCE, height=420)


def _budget(chosen: pd.DataFrame) -> None:
    priced = chosen[chosen["production_budget"] > 0]
    if priced.empty:
        frame.inform("None of the titles has a budget.")
        return
    drawn = largest(priced, "total_views", _MOST_POINTS)
    frame.chart(
        charts.budget_against_views(drawn),
        f"Scatter plot of {len(drawn):,} titles: production budget against views; movies and series have points of "
        "different shape.",
    )
    without = len(chosen) - len(priced)
    frame.note(
        ("The {drawn} titles with most views, of {priced}" if len(drawn) < len(priced) else "{priced} titles")
        + ("; {without} without a budget are left out." if without else "."),
        about=frame.meaning(_SOURCE, "views_per_million_budget"),
        drawn=f"{len(drawn):,}", priced=f"{len(priced):,}", without=f"{without:,}",
    )  # fmt: skip


def _genres(publication: Publication) -> None:
    source = "gold_genre_analytics"
    genres = read_table(publication, source).sort_values("total_views", ascending=False)
    changed = genres.dropna(subset=["view_trend_pct"])
    if is_unknown(genres["genre"]):
        frame.inform("The genre of no title is known.")
    elif changed.empty:
        frame.inform("No genre has views in both of the last two windows of 30 days, so there is no change to show.")
    else:
        moving = largest(changed, "total_views", _MOST_BARS).sort_values("view_trend_pct", ascending=False)
        frame.chart(
            charts.genre_trends(moving),
            "Bar chart of the change of views per genre, in percent: "
            + enumerated(f"{row.genre} {row.view_trend_pct:+.1f}" for row in moving.itertuples())
            + ".",
        )
        frame.note(
            "The last 30 days against the 30 days before."
            + (" The {most} genres with most views, of {all}." if len(moving) < len(changed) else ""),
            about=frame.meaning(source, "view_trend_pct"), most=_MOST_BARS, all=f"{len(changed):,}",
        )  # fmt: skip
    frame.table(genres, "genres", source, _GENRE_COLUMNS)


def _lifecycle(publication: Publication, chosen: pd.DataFrame) -> None:
    source = "gold_content_lifecycle"
    lives = read_table(publication, source)
    named = chosen[["content_id", "title"]].merge(
        lives[[name for name in lives.columns if name != "title"]], on="content_id"
    )
    if not named["starters"].any():
        frame.inform("None of the titles has been watched yet.")
        return
    named = named.sort_values("watch_share", ascending=False)
    frame.table(named[["title", *[name for name in named if name not in ("title", "content_id")], "content_id"]],
                "lives_of_titles", source)  # fmt: skip
