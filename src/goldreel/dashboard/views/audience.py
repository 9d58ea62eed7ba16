"""Who watches: countries, plans, segments, ages and devices."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from goldreel.dashboard import charts, frame, geography
from goldreel.dashboard.data import Publication, read_audience, read_table
from goldreel.dashboard.frame import label
from goldreel.dashboard.numbers import age_bands, is_unknown, largest, totals_by
from goldreel.dashboard.texts import enumerated

_SOURCE = "gold_user_analytics"
_SEGMENTS = ("Power User", "Heavy User", "Regular User", "Light User")
_MOST_BARS = 40
_MOST_FIELDS = 20  # of a grid, in each direction
_MOST_OPTIONS = 500  # of a filter
_MEASURES = {"total_users": ",.0f", "avg_watch_hours_per_user": ",.1f", "total_sessions": ",.0f"}


def show(publication: Publication) -> None:
    """The page."""
    audience = read_audience(publication)
    if audience.empty:
        frame.inform("There is no active user yet. All valid users, inactive ones too, are below.")
    else:
        _active(audience)
    frame.section(
        "Plans, all users",
        lambda: _plans(publication),
        "All valid users, inactive ones too. The filters do not apply.",
    )
    frame.section(
        "Devices and quality", lambda: _devices(publication), "Sessions of all valid users. The filters do not apply."
    )


def _active(audience: pd.DataFrame) -> None:
    chosen = _filters(audience)
    if chosen.empty:
        frame.inform("No active user is in all that was chosen. Clear a filter.")
        return
    with frame.tiles("audience"):
        whole = totals_by(chosen.assign(all="all"), ["all"]).iloc[0]
        frame.tile("Active users", whole["total_users"], _SOURCE, "user_id", note="Number of users.")
        frame.tile(
            "Hours per user", whole["avg_watch_hours_per_user"], _SOURCE, "total_watch_time_hours", ",.1f",
            "Average over the users.",
        )  # fmt: skip
        frame.tile("Sessions", whole["total_sessions"], _SOURCE, "total_sessions", note="All users together.")
        frame.tile(
            "Minutes per session", whole["avg_session_duration"], _SOURCE, "total_minutes_watched", ",.1f",
            "Divided by the sessions.",
        )  # fmt: skip
    frame.section("Countries", lambda: _countries(chosen))
    left, right = st.columns(2, gap="large")
    with left:
        frame.section("Segments", lambda: _groups(chosen, "user_segment", _SEGMENTS))
    with right:
        frame.section("Plans", lambda: _groups(chosen, "subscription_type"))
    frame.section("Ages", lambda: _groups(chosen.assign(age=age_bands(chosen)), "age"))


def _filters(audience: pd.DataFrame) -> pd.DataFrame:
    chosen = audience
    with st.container(key="filters-audience"):
        for key, column, options in (
            ("country", "country", _offered(audience, "country")),
            ("plan", "subscription_type", _offered(audience, "subscription_type")),
            ("segment", "user_segment", list(_SEGMENTS)),
        ):
            picked = st.multiselect(label(column), options, key=key, bind="query-params", placeholder="All")
            if picked:
                chosen = chosen[chosen[column].isin(picked)]
    return chosen


def _offered(audience: pd.DataFrame, column: str) -> list[str]:
    """The values that a filter offers, in their order; of very many, those of most users."""
    return sorted(audience.groupby(column)["users"].sum().nlargest(_MOST_OPTIONS).index)


def _countries(chosen: pd.DataFrame) -> None:
    if is_unknown(chosen["country"]):
        frame.inform("The country of no user is known, so there is no map.")
        frame.table(totals_by(chosen, ["country"]), "countries", _SOURCE, described="gold_country_insights")
        return
    measure = st.segmented_control(
        "Shade by", list(_MEASURES), default="total_users", required=True, format_func=label,
        key="measure", bind="query-params",
    ) or "total_users"  # fmt: skip
    countries = totals_by(chosen, ["country"])
    names = geography.names_on_map(countries["country"])
    placed = countries.assign(map_name=countries["country"].map(names)).dropna(subset=["map_name"])
    if not placed.empty:
        leading = countries.sort_values(measure, ascending=False).iloc[0]
        frame.chart(
            charts.country_map(placed, measure, _MEASURES[measure]),
            f"Map of {len(placed)} countries shaded by {label(measure).lower()}. "
            f"The first is {leading['country']} with {frame.format_number(leading[measure], _MEASURES[measure])}.",
        )
    missing = [country for country in countries["country"] if country not in names]
    if missing:
        frame.note("Not on the map: {missing}. They are in the table.", missing=missing)
    frame.table(countries, "countries", _SOURCE, described="gold_country_insights")


def _groups(chosen: pd.DataFrame, column: str, order: tuple[str, ...] | None = None) -> None:
    groups = totals_by(chosen, [column])
    if column == "age":
        starts = pd.to_numeric(groups["age"].str.extract(r"^(\d+)", expand=False))  # none for Unknown, which comes last
        groups = groups.iloc[starts.argsort()]
    if order:
        groups = groups.sort_values(column, key=lambda names: names.map(order.index), ignore_index=True)
    if is_unknown(groups[column]):
        frame.inform("{column} is not known of any user.", column=label(column))
        return
    drawn = largest(groups, "total_users", _MOST_BARS)
    frame.chart(
        charts.bars(drawn, column, "total_users"),
        f"Bar chart of active users per {label(column).lower()}: "
        + enumerated(f"{name} {users:,}" for name, users in zip(drawn[column], drawn["total_users"], strict=True))
        + ".",
    )
    if len(drawn) < len(groups):
        frame.note("The {drawn} with most users, of {all}.", drawn=len(drawn), all=f"{len(groups):,}")
    frame.table(groups, f"users_by_{column}", _SOURCE, folded=True)


def _plans(publication: Publication) -> None:
    source = "gold_subscription_insights"
    plans = read_table(publication, source).sort_values("total_users", ascending=False)
    if plans.empty:
        frame.inform("There is no valid user yet.")
        return
    frame.table(plans, "plans_all_users", source)


def _devices(publication: Publication) -> None:
    source = "gold_device_quality"
    devices = read_table(publication, source).sort_values(["device_type", "quality_level"])
    if devices.empty:
        frame.inform("There is no session yet that counts.")
        return
    if is_unknown(devices["device_type"]) and is_unknown(devices["quality_level"]):
        frame.inform("Neither device nor quality level is known of any session.")
        frame.table(devices, "devices_and_quality", source, folded=True)
        return
    totals, levels = (
        devices.groupby(column)["sessions"].sum().sort_values(ascending=False)
        for column in ("device_type", "quality_level")
    )
    often = [names.index[:_MOST_FIELDS] for names in (totals, levels)]
    frame.chart(
        charts.device_grid(devices[devices["device_type"].isin(often[0]) & devices["quality_level"].isin(often[1])]),
        "Grid of sessions by device and quality level. Per device: "
        + enumerated(f"{name} {count:,}" for name, count in totals.items())
        + ".",
    )
    if max(len(totals), len(levels)) > _MOST_FIELDS:
        frame.note(
            "The {most} devices and quality levels with most sessions, of {devices} and {levels}.",
            most=_MOST_FIELDS, devices=f"{len(totals):,}", levels=f"{len(levels):,}",
        )  # fmt: skip
    frame.table(devices, "devices_and_quality", source, folded=True)
