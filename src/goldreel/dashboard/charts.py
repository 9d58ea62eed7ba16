"""The charts, from tables to Altair. Colours come from the theme; no chart tells anything by colour alone."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from goldreel.dashboard import geography
from goldreel.dashboard.frame import fitting, label

QUIET = "#8b979d"  # a grey that is seen on light and on dark
_HEIGHT = 260
_ROOM = 1.18  # of an axis, so that the numbers beside the bars have room
_NAMES = alt.Axis(labelLimit=160, labelOverlap=False, ticks=False, domain=False)  # of categories


def _height(rows: int) -> int:
    """Of a chart with so many rows, axis included."""
    return 30 * rows + 60


def _counted(form: str) -> dict[str, Any]:
    """What an axis of whole numbers needs besides, lest it has one number twice."""
    return {"tickMinStep": 1} if form == ",.0f" else {}


def _reach(values: pd.Series) -> float:
    """How far an axis goes that holds these values and the numbers beside their bars."""
    found = values[np.isfinite(values.astype(float))].max()
    return _ROOM * (max(found, 1) if pd.notna(found) else 1)


def trend(daily: pd.DataFrame, column: str, days: int) -> alt.LayerChart:
    """A number per day, with the last `days` days marked.

    Args:
        daily: `activity_date`, the day or the last of several, and the number.
    """
    last = daily["activity_date"].max()
    band = pd.DataFrame({"from": [last - pd.Timedelta(days=days - 1)], "to": [last]})
    marked = alt.Chart(band).mark_rect(opacity=0.12).encode(alt.X("from:T"), alt.X2("to:T"))
    form = ".0%" if column == "stickiness" else ",.0f"
    line = (
        alt.Chart(daily[["activity_date", column]])
        .mark_line(strokeWidth=1.6)
        .encode(
            alt.X(
                "activity_date:T", title=None, axis=alt.Axis(format=_days_format(daily), labelOverlap=True, grid=False)
            ),
            alt.Y(f"{column}:Q", title=label(column), axis=alt.Axis(format=form, tickCount=5, **_counted(form))),
            tooltip=[
                alt.Tooltip("activity_date:T", title="Day", format="%a %d %b %Y"),
                alt.Tooltip(f"{column}:Q", title=label(column), format=".1%" if column == "stickiness" else ",.1f"),
            ],
        )
    )
    return (marked + line).properties(height=_HEIGHT)


def _days_format(daily: pd.DataFrame) -> str:
    years = (daily["activity_date"].max() - daily["activity_date"].min()).days / 365
    return "%Y" if years > 6 else "%b %Y" if years > 1.5 else "%d %b"


def bars(table: pd.DataFrame, category: str, value: str, form: str = ",.0f") -> alt.LayerChart:
    """A bar per category with its number beside it, in the table's order."""
    table = fitting(table[[category, value]])
    room = alt.Scale(domain=[0, _reach(table[value])])
    base = alt.Chart(table).encode(
        alt.Y(f"{category}:N", sort=table[category].tolist(), title=None, axis=_NAMES),
        alt.X(
            f"{value}:Q",
            title=label(value),
            axis=alt.Axis(format=form, tickCount=4, **_counted(form)),
            scale=room,
        ),
        tooltip=[
            alt.Tooltip(f"{category}:N", title=label(category)),
            alt.Tooltip(f"{value}:Q", title=label(value), format=form),
        ],
    )
    text = base.mark_text(align="left", dx=4, color=QUIET).encode(text=alt.Text(f"{value}:Q", format=form))
    return (base.mark_bar() + text).properties(height=_height(len(table)))


def country_map(countries: pd.DataFrame, value: str, form: str) -> dict[str, Any]:
    """The countries that are on the map, shaded by a number; the frame is drawn around them.

    Args:
        countries: has `country`, `map_name` (see `geography.names_on_map`) and the value; no country twice.

    Returns:
        The chart's specification. The outlines are put in last: Altair would take seconds to check them.
    """
    west, south, east, north = geography.bounds(countries["map_name"])
    rows = countries.groupby("map_name").first()
    shapes = []
    for geometry in geography.outlines():
        found = rows.loc[geometry["properties"]["name"]] if geometry["properties"]["name"] in rows.index else None
        about = {} if found is None else {"country": found["country"], value: float(found[value])}
        shapes.append(geometry | {"properties": about})
    countries_only = {"countries": {"type": "GeometryCollection", "geometries": shapes}}
    source = alt.NamedData(name="world", format=alt.TopoDataFormat(type="topojson", feature="countries"))
    drawn = alt.Chart(source).mark_geoshape(stroke=QUIET, strokeWidth=0.5)
    others = drawn.mark_geoshape(fill=QUIET, fillOpacity=0.12, stroke=QUIET, strokeOpacity=0.4, strokeWidth=0.5)
    shaded = drawn.transform_filter(f"isValid(datum.properties.{value})").encode(
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
    corners = {"type": "MultiPoint", "coordinates": [[west, south], [east, north]]}
    frame = {"type": "Feature", "properties": {}, "geometry": corners}
    spec = (others + shaded).project(type="mercator", fit=frame).properties(height=420).to_dict()
    return dict(spec | {"datasets": {"world": geography.world() | {"objects": countries_only}}})


def budget_against_views(content: pd.DataFrame) -> alt.Chart:
    """A point per title: what it cost, and how often it was watched."""
    shown = ["title", "genre", "content_type", "production_budget", "total_views", "views_per_million_budget"]
    return (
        alt.Chart(fitting(content[shown]))
        .mark_point(size=45, filled=True, opacity=0.65)
        .encode(
            alt.X("production_budget:Q", title=label("production_budget"), axis=alt.Axis(format="~s", tickCount=6)),
            alt.Y(
                "total_views:Q", title=label("total_views"), axis=alt.Axis(format=",.0f", tickCount=5, tickMinStep=1)
            ),
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
    shown = ["genre", "view_trend_pct", "views_last_30_days", "views_previous_30_days"]
    rows = fitting(genres[shown].sort_values("view_trend_pct", ascending=False))
    changes = rows["view_trend_pct"]
    room = alt.Scale(domain=[_ROOM * min(changes.min(), 0), _ROOM * max(changes.max(), 0)])
    base = alt.Chart(rows).encode(
        alt.Y("genre:N", sort=rows["genre"].tolist(), title=None, axis=_NAMES),
        alt.X("view_trend_pct:Q", title=label("view_trend_pct"), axis=alt.Axis(tickCount=5), scale=room),
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
    return layers.properties(height=_height(len(rows)))


def heat_map(cohorts: pd.DataFrame) -> alt.LayerChart:
    """A row per cohort, a column per month since; each field states its share."""
    shown = ["cohort_month", "months_since", "retention_rate", "retained_users", "cohort_users"]
    base = alt.Chart(cohorts[shown]).encode(
        alt.X("months_since:O", title=label("months_since"), axis=alt.Axis(labelAngle=0, ticks=False, domain=False)),
        alt.Y("yearmonth(cohort_month):O", title=None, axis=alt.Axis(format="%b %Y", ticks=False, domain=False)),
        tooltip=[
            alt.Tooltip("cohort_month:T", title=label("cohort_month"), format="%b %Y"),
            alt.Tooltip("months_since:Q", title=label("months_since")),
            alt.Tooltip("retention_rate:Q", title=label("retention_rate"), format=".1%"),
            alt.Tooltip("retained_users:Q", title=label("retained_users"), format=",.0f"),
            alt.Tooltip("cohort_users:Q", title=label("cohort_users"), format=",.0f"),
        ],
    )
    fields = _shaded_fields(base, "retention_rate", alt.Text("retention_rate:Q", format=".0%"))
    return fields.properties(height=_height(cohorts["cohort_month"].nunique()))


def device_grid(devices: pd.DataFrame) -> alt.LayerChart:
    """A row per device, a column per quality level; each field states its sessions."""
    devices = fitting(devices[["device_type", "quality_level", "sessions", "avg_completion_rate"]])
    order = devices.groupby("device_type")["sessions"].sum().sort_values(ascending=False).index.tolist()
    base = alt.Chart(devices.assign(share=devices["sessions"] / devices["sessions"].max())).encode(
        alt.X("quality_level:N", title=None, axis=alt.Axis(labelAngle=0, orient="top", ticks=False, domain=False)),
        alt.Y("device_type:N", sort=order, title=None, axis=_NAMES),
        tooltip=[
            alt.Tooltip("device_type:N", title=label("device_type")),
            alt.Tooltip("quality_level:N", title=label("quality_level")),
            alt.Tooltip("sessions:Q", title=label("sessions"), format=",.0f"),
            alt.Tooltip("avg_completion_rate:Q", title=label("avg_completion_rate"), format=",.1f"),
        ],
    )
    return _shaded_fields(base, "share", alt.Text("sessions:Q", format=",.0f")).properties(height=_height(len(order)))


def _shaded_fields(base: alt.Chart, share: str, text: alt.Text) -> alt.LayerChart:
    """Fields shaded by a share from 0 to 1, with a text that can be read on each of them."""
    shade = alt.Color(f"{share}:Q", legend=None, scale=alt.Scale(domain=[0, 1], range=["#dfeaee", "#17637f"]))
    pale = base.transform_filter(f"datum.{share} < 0.75").mark_text(color="#1c2427")
    full = base.transform_filter(f"datum.{share} >= 0.75").mark_text(color="#ffffff")
    return alt.layer(base.mark_rect().encode(shade), pale.encode(text=text), full.encode(text=text))


def retention_curve(curve: pd.DataFrame) -> alt.Chart:
    """The share of users that came back, by months since they began."""
    return (
        alt.Chart(curve)
        .mark_line(point=len(curve) < 100, strokeWidth=1.8)
        .encode(
            alt.X("months_since:O", title=label("months_since"), axis=alt.Axis(labelAngle=0, labelOverlap=True)),
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
    span = alt.X(
        "start:Q",
        title="Records",
        axis=alt.Axis(format=",.0f", tickCount=4, tickMinStep=1),
        scale=alt.Scale(domain=[0, _reach(steps["records"])]),
    )
    whole = base.transform_filter("datum.whole").mark_bar().encode(span, alt.X2("end:Q"))
    part = base.transform_filter("!datum.whole").mark_bar(color=QUIET, minBandSize=2).encode(span, alt.X2("end:Q"))
    text = base.mark_text(align="left", dx=4, color=QUIET).encode(
        alt.X("end:Q"), text=alt.Text("records:Q", format=",.0f")
    )
    return alt.layer(whole, part, text).properties(height=_height(len(steps)))


def change_waterfall(steps: pd.DataFrame, digits: int) -> alt.LayerChart:
    """From a number before to the number after, a bar for each part; see `numbers.running_steps`.

    The bars can be picked: the selection `picked` holds the step.
    """
    form = f",.{digits}f"
    whole = steps["step"].isin(["before", "after"])
    reached = pd.concat([steps["end"], steps["start"][~whole]])
    low, high = min(reached.min(), 0.0), max(reached.max(), 0.0)
    if reached.min() > high / 2:  # the parts would be slivers beside the whole
        low = max(0.0, reached.min() - (high - reached.min()))
    drawn = fitting(steps).assign(
        name=[label(step) for step in steps["step"]],
        whole=whole,
        start=steps["start"].where(~whole, low if low > 0 else 0.0),
        right=steps[["start", "end"]].max(axis="columns"),
    )
    room = alt.Scale(domain=[low, high + 0.15 * (high - low)], zero=False)
    title = f"The axis begins at {low:{form}}, not at 0" if low > 0 else None
    picked = alt.selection_point(name="picked", fields=["step"])
    base = alt.Chart(drawn).encode(
        alt.Y("name:N", sort=drawn["name"].tolist(), title=None, axis=_NAMES),
        tooltip=[alt.Tooltip("name:N", title="Step"), alt.Tooltip("part:Q", title="Part", format="+" + form)],
    )
    span = alt.X("start:Q", title=title, axis=alt.Axis(format=form, tickCount=4), scale=room)
    bar = base.mark_bar(minBandSize=2, cursor="pointer").encode(
        span,
        alt.X2("end:Q"),
        opacity=alt.condition(picked, alt.value(1.0), alt.value(0.45)),
        color=alt.condition("datum.whole", alt.value(QUIET), alt.value("#1f83a6")),
    )
    words = base.transform_calculate(
        said=f"datum.whole ? format(datum.part, '{form}') : format(datum.part, '+{form}')"
    ).mark_text(align="left", dx=4, color=QUIET)
    return alt.layer(bar.add_params(picked), words.encode(alt.X("right:Q", scale=room), text="said:N")).properties(
        height=_height(len(drawn))
    )


def signed_bars(rows: pd.DataFrame, category: str, value: str, form: str) -> alt.LayerChart:
    """A bar per category to the right or to the left of 0 with its number beside it, in the table's order."""
    rows = fitting(rows[[category, value]])
    reach = max(rows[value].abs().max(), 1e-9)
    room = alt.Scale(domain=[_ROOM * min(rows[value].min(), -0.1 * reach), _ROOM * max(rows[value].max(), 0.1 * reach)])
    base = alt.Chart(rows).encode(
        alt.Y(f"{category}:N", sort=rows[category].tolist(), title=None, axis=_NAMES),
        alt.X(f"{value}:Q", title=None, axis=alt.Axis(format=form, tickCount=5), scale=room),
        tooltip=[
            alt.Tooltip(f"{category}:N", title=label(category)),
            alt.Tooltip(f"{value}:Q", title="Part", format="+" + form),
        ],
    )
    number = alt.Text(f"{value}:Q", format="+" + form)
    right = base.transform_filter(f"datum.{value} >= 0").mark_text(align="left", dx=4, color=QUIET)
    left = base.transform_filter(f"datum.{value} < 0").mark_text(align="right", dx=-4, color=QUIET)
    layers = alt.layer(base.mark_bar(), right.encode(text=number), left.encode(text=number))
    return layers.properties(height=_height(len(rows)))


def number_by_version(rows: pd.DataFrame, column: str, digits: int) -> alt.Chart:
    """A number in every published version."""
    form = f",.{digits}f"
    return (
        alt.Chart(rows)
        .mark_line(point=len(rows) < 100, strokeWidth=1.6, interpolate="step-after")
        .encode(
            alt.X("version:O", title="Version", axis=alt.Axis(labelAngle=0, labelOverlap=True)),
            alt.Y(
                f"{column}:Q",
                title=label(column),
                scale=alt.Scale(zero=False),
                axis=alt.Axis(format=form, tickCount=5, **_counted(form)),
            ),
            tooltip=[
                alt.Tooltip("version:Q", title="Version"),
                alt.Tooltip("build_id:Q", title="Build"),
                alt.Tooltip("published_at:T", title="Published (UTC)", format="%Y-%m-%d %H:%M"),
                alt.Tooltip(f"{column}:Q", title=label(column), format=form),
            ],
        )
        .properties(height=_HEIGHT)
    )
