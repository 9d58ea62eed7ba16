"""How the platform does: the last days against those before."""

from __future__ import annotations

import streamlit as st

from goldreel.dashboard import charts, frame
from goldreel.dashboard.data import Publication, read_table
from goldreel.dashboard.frame import label
from goldreel.dashboard.numbers import PERIODS, compare_periods, thinned
from goldreel.dashboard.views import what_changed

_DAILY = "gold_daily_activity"
_SUMMARY = "gold_executive_summary"

# Column, how its number is written, and what a period makes of the days.
_TILES = (
    ("watch_hours", ",.0f", "All days of the period together."),
    ("sessions", ",.0f", "All days of the period together."),
    ("dau", ",.0f", "Average over the days of the period."),
    ("mau", ",.0f", "On the last day of the period."),
    ("stickiness", ".1%", "On the last day of the period."),
    ("new_users", ",.0f", "All days of the period together."),
)
_EXPLAINED = {"watch_hours": "watch_hours", "sessions": "viewing_sessions"}  # as the page What changed calls them
_SPANS = {"Last 2 years": 731, "All days": None}
_POINTS = 1_500  # of the trend; a longer history is drawn with several days to a point
_TRENDS = ("watch_hours", "sessions", "dau", "wau", "mau", "stickiness", "new_users")


def show(publication: Publication) -> None:
    """The page."""
    days = st.segmented_control(
        "Period",
        PERIODS,
        default=28,
        required=True,
        format_func=lambda days: f"Last {days} days",
        key="days",
        bind="query-params",
    )
    frame.section("Activity", lambda: _activity(publication, days or 28))
    frame.section("Platform", lambda: _platform(publication))
    frame.section("Segments", lambda: _segments(publication))


def _activity(publication: Publication, days: int) -> None:
    daily = read_table(publication, _DAILY).sort_values("activity_date")
    if daily.empty:
        frame.inform(
            "There is no session yet that counts, so there are no days to compare. What was delivered, and why it does "
            "not count, is under Data quality."
        )
        return
    figures = compare_periods(daily, days)
    with frame.tiles("activity", 6):
        for column, form, note in _TILES:
            number = _EXPLAINED.get(column)
            why = what_changed.about_periods(number, days) if number else None
            frame.changing_tile(label(column), figures[column], _DAILY, column, form, note, why)
    frame.note("Change against the {days} days before; none where the data does not reach so far back.", days=days)
    chosen = st.selectbox("Trend", _TRENDS, format_func=label, key="trend", bind="query-params", width=260)
    drawn = daily.tail(_span(len(daily)) or len(daily))
    said = frame.format_number(figures[chosen].value, ".1%" if chosen == "stickiness" else ",.0f")
    points, together = thinned(drawn, chosen, _POINTS)
    frame.chart(
        charts.trend(points, chosen, days),
        f"Line chart of {label(chosen).lower()} per day, {len(drawn):,} days. In the last {days} days: {said}.",
    )
    frame.note(
        "The shaded part is the last {days} days."
        + (" Of {all} days, each point is the average of {together}." if together > 1 else ""),
        about=frame.meaning(_DAILY, chosen), days=days, all=f"{len(drawn):,}", together=together,
    )  # fmt: skip
    frame.table(daily.iloc[::-1], "daily_activity", _DAILY, folded=True)


def _span(days: int) -> int | None:
    """How many days are drawn; asked where there are very many, for one early date leaves no room for the others."""
    if days <= 2 * 731:
        return None
    chosen = st.segmented_control(
        "Drawn", list(_SPANS), default="Last 2 years", required=True, key="span", bind="query-params"
    )
    return _SPANS[chosen or "Last 2 years"]


def _platform(publication: Publication) -> None:
    (summary,) = read_table(publication, _SUMMARY).to_dict("records")
    with frame.tiles("platform"):
        for column, form in (
            ("total_users", ",.0f"),
            ("active_users_100h_plus", ",.0f"),
            ("avg_user_engagement_hours", ",.2f"),
            ("total_content_catalog", ",.0f"),
            ("content_with_views", ",.0f"),
            ("effective_catalog_size", ",.1f"),
            ("total_viewing_sessions", ",.0f"),
            ("total_watch_hours", ",.0f"),
        ):
            if column in summary:
                name = "All users" if column == "total_users" else label(column)
                frame.tile(name, summary[column], _SUMMARY, column, form, why=what_changed.about_builds(column))
    frame.table(read_table(publication, _SUMMARY), "executive_summary", _SUMMARY, folded=True)


def _segments(publication: Publication) -> None:
    segments = read_table(publication, "gold_user_segmentation").sort_values("avg_watch_hours", ascending=False)
    if segments.empty:
        frame.inform("There is no active user yet.")
        return
    frame.chart(
        charts.bars(segments, "user_segment", "users_in_segment"),
        "Bar chart of active users per segment: "
        + ", ".join(f"{row.user_segment} {row.users_in_segment:,}" for row in segments.itertuples())
        + ".",
    )
    frame.table(segments, "segments", "gold_user_segmentation")
