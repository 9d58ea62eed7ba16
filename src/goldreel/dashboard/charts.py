"""The charts, from tables to Altair. Colours come from the theme; no chart tells anything by colour alone."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import altair as alt
import pandas as pd

from goldreel.dashboard import geography
from goldreel.dashboard.frame import label

QUIET = "#8b979d"  # a grey that is seen on light and on dark
_HEIGHT = 260
_NAMES = alt.Axis(labelLimit=160, labelOverlap=False, ticks=False, domain=False)  # of categories


def trend(daily: pd.DataFrame, column: str, days: int) -> alt.LayerChart:
    """A number per day, with the last `days` days marked."""
    last = daily["activity_date"].max()
    band = pd.DataFrame({"from": [last - pd.Timedelta(days=days - 1)], "to": [last]})
    marked = alt.Chart(band).mark_rect(opacity=0.12).encode(alt.X("from:T"), alt.X2("to:T"))
    form = ".0%" if column == "stickiness" else ",.0f"
    line = (
        alt.Chart(daily)
        .mark_line(strokeWidth=1.6)
        .encode(
            alt.X("activity_date:T", title=None, axis=alt.Axis(format="%d %b", labelOverlap=True, grid=False)),
            alt.Y(f"{column}:Q", title=label(column), axis=alt.Axis(format=form, tickCount=5)),
            tooltip=[
                alt.Tooltip("activity_date:T", title="Day", format="%a %d %b %Y"),
                alt.Tooltip(f"{column}:Q", title=label(column), format=".1%" if column == "stickiness" else ",.1f"),
            ],
        )
    )
    return (marked + line).properties(height=_HEIGHT)


def bars(
    table: pd.DataFrame, category: str, value: str, form: str = ",.0f", order: Sequence[str] | None = None
) -> alt.LayerChart:
    """A bar per category with its number beside it; in the table's order unless another is given."""
    kept = list(order) if order is not None else table[category].tolist()
    base = alt.Chart(table).encode(
        alt.Y(f"{category}:N", sort=kept, title=None, axis=_NAMES),
        alt.X(f"{value}:Q", title=label(value), axis=alt.Axis(format=form, tickCount=4), scale=alt.Scale(zero=True)),
        tooltip=[alt.Tooltip(f"{category}:N", title=label(category)), alt.Tooltip(f"{value}:Q", format=form)],
    )
    text = base.mark_text(align="left", dx=4, color=QUIET).encode(text=alt.Text(f"{value}:Q", format=form))
    return (base.mark_bar() + text).properties(height=alt.Step(30))


def country_map(countries: pd.DataFrame, value: str, form: str) -> alt.LayerChart:
    """The countries that are on the map, shaded by a number; the frame is drawn around them.

    Args:
        countries: has `country`, `map_name` (see `geography.names_on_map`) and the value; no country twice.
    """
    west, south, east, north = geography.bounds(countries["map_name"])
    rows = countries.groupby("map_name").first()
    outlines = copy.deepcopy(geography.world())
    for geometry in outlines["objects"]["countries"]["geometries"]:
        name = geometry["properties"]["name"]
        if name in rows.index:
            found = rows.loc[name]
            geometry["properties"] = {"country": found["country"], value: float(found[value])}
    source = alt.Data(values=outlines, format=alt.TopoDataFormat(type="topojson", feature="countries"))
    shapes = alt.Chart(source).mark_geoshape(stroke=QUIET, strokeWidth=0.5)
    others = shapes.mark_geoshape(fill=QUIET, fillOpacity=0.12, stroke=QUIET, strokeOpacity=0.4, strokeWidth=0.5)
    shaded = shapes.transform_filter(f"isValid(datum.properties.{value})").encode(
        alt.Color(
            f"properties.{value}:Q",
            title=label(value),
            scale=alt.Scale(zero=True),
            legend=alt.Legend(orient="bottom", format=form, gradientLength=180, titleLimit=220),
        ),
        tooltip=[
            alt.Tooltip("properties.country:N", title="Country"),
            alt.Tooltip(f"properties.{value}:Q", title=label(value), format=form),
        ],
    )
    frame = {"type": "MultiPoint", "coordinates": [[west, south], [east, north]]}
    return (others + shaded).project(type="mercator", fit=frame).properties(height=420)


def budget_against_views(content: pd.DataFrame) -> alt.Chart:
    """A point per title: what it cost, and how often it was watched."""
    return (
        alt.Chart(content)
        .mark_point(size=45, filled=True, opacity=0.65)
        .encode(
            alt.X("production_budget:Q", title=label("production_budget"), axis=alt.Axis(format="~s", tickCount=6)),
            alt.Y("total_views:Q", title=label("total_views"), axis=alt.Axis(format=",.0f", tickCount=5)),
            alt.Color("content_type:N", title=None, legend=alt.Legend(orient="top")),
            alt.Shape("content_type:N", title=None, legend=alt.Legend(orient="top")),
            tooltip=[
                alt.Tooltip("title:N", title="Title"),
                alt.Tooltip("genre:N", title="Genre"),
                alt.Tooltip("production_budget:Q", title=label("production_budget"), format=",.0f"),
                alt.Tooltip("total_views:Q", title=label("total_views"), format=",.0f"),
                alt.Tooltip("views_per_million_budget:Q", title=label("views_per_million_budget"), format=",.2f"),
            ],
        )
        .properties(height=340)
    )


def genre_trends(genres: pd.DataFrame) -> alt.LayerChart:
    """How the views of each genre changed from one window to the next, in percent."""
    rows = genres.dropna(subset=["view_trend_pct"]).sort_values("view_trend_pct", ascending=False)
    base = alt.Chart(rows).encode(
        alt.Y("genre:N", sort=rows["genre"].tolist(), title=None, axis=_NAMES),
        alt.X("view_trend_pct:Q", title=label("view_trend_pct"), axis=alt.Axis(tickCount=5)),
        tooltip=[
            alt.Tooltip("genre:N", title="Genre"),
            alt.Tooltip("view_trend_pct:Q", title=label("view_trend_pct"), format="+.2f"),
            alt.Tooltip("views_last_30_days:Q", title=label("views_last_30_days"), format=",.0f"),
            alt.Tooltip("views_previous_30_days:Q", title=label("views_previous_30_days"), format=",.0f"),
        ],
    )
    number = alt.Text("view_trend_pct:Q", format="+.1f")
    right = base.transform_filter("datum.view_trend_pct >= 0").mark_text(align="left", dx=4, color=QUIET)
    left = base.transform_filter("datum.view_trend_pct < 0").mark_text(align="right", dx=-4, color=QUIET)
    layers = alt.layer(base.mark_bar(), right.encode(text=number), left.encode(text=number))
    return layers.properties(height=alt.Step(26))


def heat_map(cohorts: pd.DataFrame) -> alt.LayerChart:
    """A row per cohort, a column per month since; each field states its share."""
    base = alt.Chart(cohorts).encode(
        alt.X("months_since:O", title=label("months_since"), axis=alt.Axis(labelAngle=0, ticks=False, domain=False)),
        alt.Y(
            "yearmonth(cohort_month):O",
            title=None,
            axis=alt.Axis(format="%b %Y", ticks=False, domain=False),
        ),
        tooltip=[
            alt.Tooltip("cohort_month:T", title=label("cohort_month"), format="%b %Y"),
            alt.Tooltip("months_since:Q", title=label("months_since")),
            alt.Tooltip("retention_rate:Q", title=label("retention_rate"), format=".1%"),
            alt.Tooltip("retained_users:Q", title=label("retained_users"), format=",.0f"),
            alt.Tooltip("cohort_users:Q", title=label("cohort_users"), format=",.0f"),
        ],
    )
    fields = base.mark_rect(opacity=0.9).encode(
        alt.Color("retention_rate:Q", legend=None, scale=alt.Scale(domain=[0, 1], range=["#17637f14", "#17637f"]))
    )
    on_pale = base.transform_filter("datum.retention_rate < 0.55").mark_text(color="#5f6b71")
    on_full = base.transform_filter("datum.retention_rate >= 0.55").mark_text(color="#ffffff")
    text = alt.Text("retention_rate:Q", format=".0%")
    layers = alt.layer(fields, on_pale.encode(text=text), on_full.encode(text=text))
    return layers.properties(height=alt.Step(34))


def retention_curve(curve: pd.DataFrame) -> alt.Chart:
    """The share of users that came back, by months since they began."""
    return (
        alt.Chart(curve)
        .mark_line(point=True, strokeWidth=1.8)
        .encode(
            alt.X("months_since:O", title=label("months_since"), axis=alt.Axis(labelAngle=0)),
            alt.Y(
                "retention_rate:Q",
                title=label("retention_rate"),
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(format=".0%", tickCount=5),
            ),
            tooltip=[
                alt.Tooltip("months_since:Q", title=label("months_since")),
                alt.Tooltip("retention_rate:Q", title=label("retention_rate"), format=".1%"),
                alt.Tooltip("retained_users:Q", title=label("retained_users"), format=",.0f"),
                alt.Tooltip("cohort_users:Q", title=label("cohort_users"), format=",.0f"),
            ],
        )
        .properties(height=_HEIGHT)
    )


def waterfall(steps: pd.DataFrame) -> alt.LayerChart:
    """From all delivered records down to those that count; see `numbers.account`."""
    names = steps["step"].tolist()
    drawn = steps.assign(whole=steps["step"].isin(["delivered", "current"]), name=[label(step) for step in names])
    order = drawn["name"].tolist()
    base = alt.Chart(drawn).encode(
        alt.Y("name:N", sort=order, title=None, axis=_NAMES),
        tooltip=[alt.Tooltip("name:N", title="Outcome"), alt.Tooltip("records:Q", title="Records", format=",.0f")],
    )
    span = alt.X("start:Q", title="Records", axis=alt.Axis(format=",.0f", tickCount=4))
    whole = base.transform_filter("datum.whole").mark_bar().encode(span, alt.X2("end:Q"))
    part = base.transform_filter("!datum.whole").mark_bar(color=QUIET, minBandSize=2).encode(span, alt.X2("end:Q"))
    text = base.mark_text(align="left", dx=4, color=QUIET).encode(
        alt.X("end:Q"), text=alt.Text("records:Q", format=",.0f")
    )
    return alt.layer(whole, part, text).properties(height=alt.Step(32))


def device_grid(devices: pd.DataFrame) -> alt.Chart:
    """Sessions per device, one bar per quality level."""
    devices_by_sessions = devices.groupby("device_type")["sessions"].sum().sort_values(ascending=False).index.tolist()
    return (
        alt.Chart(devices)
        .mark_bar()
        .encode(
            alt.Y("device_type:N", sort=devices_by_sessions, title=None, axis=_NAMES),
            alt.X("sessions:Q", title=label("sessions"), axis=alt.Axis(format=",.0f", tickCount=4)),
            alt.Color("quality_level:N", title=None, legend=alt.Legend(orient="top")),
            alt.Order("quality_level:N"),
            tooltip=[
                alt.Tooltip("device_type:N", title=label("device_type")),
                alt.Tooltip("quality_level:N", title=label("quality_level")),
                alt.Tooltip("sessions:Q", title=label("sessions"), format=",.0f"),
                alt.Tooltip("avg_completion_rate:Q", title=label("avg_completion_rate"), format=",.1f"),
            ],
        )
        .properties(height=_HEIGHT)
    )
