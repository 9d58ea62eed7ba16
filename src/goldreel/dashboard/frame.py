"""What all pages share: how a number, a chart and a table are shown, each with its meaning and its source."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import altair as alt
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.elements.lib.column_types import ColumnConfig

from goldreel.dashboard import data
from goldreel.dashboard.numbers import Figure
from goldreel.dashboard.safe_csv import safe_csv
from goldreel.dashboard.texts import as_prose, cut, inserted
from goldreel.errors import GoldreelError

_LABELS = {
    "active_share": "Active share",
    "after_outcome": "Outcome after",
    "active_users_100h_plus": "Active users",
    "avg_budget": "Average budget",
    "avg_completion_rate": "Completion, %",
    "avg_content_duration": "Minutes per title",
    "avg_genre_rating": "Average rating",
    "avg_production_budget": "Average budget",
    "avg_session_duration": "Minutes per session",
    "avg_sessions_per_user": "Sessions per user",
    "avg_unique_content": "Titles per user",
    "avg_user_engagement_hours": "Hours per active user",
    "avg_watch_hours": "Hours per user",
    "avg_watch_hours_per_user": "Hours per user",
    "avg_watch_time": "Minutes per session",
    "cohort_month": "First month",
    "content_type": "Type",
    "content_with_views": "Titles with views",
    "dau": "Users a day",
    "duration_minutes": "Minutes",
    "effective_catalog_size": "Effective catalogue",
    "half_life_days": "Half-life, days",
    "held": "Held",
    "inactive_user": "Inactive user",
    "check_name": "Check",
    "column_name": "Column",
    "empty_values": "Empty",
    "first_repaired_row": "First row",
    "load_id": "Load",
    "repaired_share": "Repaired, share",
    "repaired_values": "Repaired",
    "mau": "Users in 30 days",
    "months_since": "Months since",
    "offending_value": "Value",
    "raw": "Text as delivered",
    "record_key": "Record",
    "segment_percentage": "Share, %",
    "source_file": "File",
    "source_row": "Row",
    "subscription_type": "Plan",
    "total_content_catalog": "Titles",
    "total_content_items": "Titles",
    "total_investment": "Budget in all",
    "total_sessions": "Sessions",
    "total_users": "Users",
    "total_viewing_sessions": "Sessions",
    "total_views": "Views",
    "total_watch_hours": "Watch hours",
    "user_segment": "Segment",
    "user_share": "Share, %",
    "users_in_segment": "Users",
    "view_trend_pct": "Change of views, %",
    "views_last_30_days": "Views, last window",
    "views_per_million_budget": "Views per million",
    "views_previous_30_days": "Views, window before",
    "watch_share": "Share of hours",
    "wau": "Users in 7 days",
}

PAGES = "pages"
"""Where the session keeps the pages by their address, for links to them."""

TABLE_BYTES = 150_000
"""What a table may send to the browser; the rest is in its download. A page stays below 2 MB in all."""

_LONGEST_CELL = 400  # characters of a text that a table shows; its download has all
_LONGEST_DESCRIPTION = 1_500  # characters of what is said of a chart to those who do not see it

_SHARES = ("repaired_share", "retention_rate", "stickiness", "active_share", "watch_share")  # 0 to 1, shown in percent
_MONEY = ("avg_production_budget", "production_budget", "total_investment")  # shown without cents
_PLAIN_NUMBERS = ("release_year", "load_id", "position")  # names rather than amounts: no thousands separator


def label(column: str) -> str:
    """A column's name for people."""
    return _LABELS.get(column, column.replace("_", " ").capitalize())


def meaning(table: str, column: str = "") -> str:
    """What a number or a table means, in the words that stand beside its model, and where it comes from."""
    known = data.dictionary().get(table)
    source = f"Source: `{table}{'.' * bool(column)}{column}`"
    if known is None:
        return source
    described = known.columns[column].description if column in known.columns else "" if column else known.description
    return f"{described}\n\n{source}" if described else source


def show_error(error: GoldreelError) -> None:
    """What happened, where, and what to do."""
    parts = [
        f"**{as_prose(error.what)}**",
        error.where and f"Where: {as_prose(error.where)}",
        error.remedy and f"What to do: {as_prose(error.remedy)}",
    ]
    st.warning("\n\n".join(part for part in parts if part))


def note(template: str, about: str | None = None, **values: object) -> None:
    """A line in small print; values in the template's `{places}` are shown as text, whatever they hold.

    Args:
        about: what stands behind the question mark.
    """
    st.caption(inserted(template, **values), help=about)


def say(sentence: str) -> None:
    """A sentence in plain text, whatever names it holds."""
    st.text(sentence)


def inform(template: str, **values: object) -> None:
    """A message in a box, why there is nothing to see for instance; values as in `note`."""
    st.info(inserted(template, **values))


def finding(title: str, template: str, **values: object) -> None:
    """Something that a person should look at, in a frame of its own.

    Args:
        title: our own words.
        values: sentences, as `note` takes values; what the template does not place is not shown.
    """
    with st.container(border=True):
        st.markdown(f"**{title}**")
        st.markdown(template.format(**{name: as_prose(str(value)) for name, value in values.items()}))


def section(title: str, show: Callable[[], None], note: str = "") -> None:
    """A part of a page under a heading; what it lacks is said in its place, and the other parts stand."""
    st.subheader(title, anchor=False)
    if note:
        st.caption(note)
    try:
        show()
    except GoldreelError as error:
        show_error(error)


def format_number(value: float | None, form: str = ",.0f") -> str:
    """A number with its thousands separated; a dash for none."""
    return "–" if value is None or pd.isna(value) or not math.isfinite(value) else format(value, form)


def tile(
    name: str,
    value: float | None,
    table: str,
    column: str,
    form: str = ",.0f",
    note: str = "",
    why: Mapping[str, str] | None = None,
) -> None:
    """A number with its meaning behind the question mark.

    Args:
        note: what the tile does with the column, where it is more than to show it.
        why: what the page that explains changes is to show, if it knows the number.
    """
    with st.container(gap="xxsmall"):
        st.metric(name, format_number(value, form), help=_help(table, column, note), border=True)
        _why(why)


def changing_tile(
    name: str, figure: Figure, table: str, column: str, form: str, note: str, why: Mapping[str, str] | None = None
) -> None:
    """A number of a period with its change against the period before; `why` as in `tile`."""
    change = figure.change
    with st.container(gap="xxsmall"):
        st.metric(
            name,
            format_number(figure.value, form),
            delta=None if change is None else f"{change:+.1%}",
            help=_help(table, column, note),
            border=True,
        )
        _why(why)


def _why(choice: Mapping[str, str] | None) -> None:
    page = st.session_state.get(PAGES, {}).get("what-changed")
    if choice and page:
        st.page_link(page, label="Why?", query_params=dict(choice))


def _help(table: str, column: str, note: str) -> str:
    return "\n\n".join(part for part in (note, meaning(table, column)) if part)


def tiles(name: str, columns: int = 4) -> DeltaGenerator:
    """A row of tiles; where there is no room for that many columns, as many as there is room for."""
    return st.container(key=f"tiles-{columns}-{name}")


def chart(drawn: alt.TopLevelMixin | dict[str, Any], alternative: str) -> None:
    """A chart, or its specification, with a sentence for those who do not see it."""
    described = cut(alternative, _LONGEST_DESCRIPTION)
    if isinstance(drawn, dict):
        st.vega_lite_chart(drawn, width="stretch", alt=described)
    else:
        st.altair_chart(drawn, width="stretch", alt=described)


def chart_to_pick_from(drawn: alt.TopLevelMixin, alternative: str, key: str) -> str | None:
    """A chart with the selection `picked`; returns the step that was picked, if any."""
    described = cut(alternative, _LONGEST_DESCRIPTION)
    state = st.altair_chart(drawn, width="stretch", alt=described, key=key, on_select="rerun", selection_mode="picked")
    found = state["selection"]["picked"]
    return str(found[0]["step"]) if found else None


def table(
    rows: pd.DataFrame,
    name: str,
    source: str,
    columns: Sequence[str] | None = None,
    folded: bool = False,
    described: str = "",
    height: int | Literal["auto"] = "auto",
) -> None:
    """A table with the meaning of each column behind its heading, its source, and its download.

    Args:
        rows: what is shown, as far as `TABLE_BYTES` go, and downloaded whole.
        name: of the downloaded file; on a page no two are alike.
        source: the table that the numbers come from.
        columns: those shown, in order; None: all.
        folded: behind a line that opens it, and made only then: the data of a chart.
        described: the table that has columns of the same meaning, where it is another one.
    """
    shown = rows if columns is None else rows[list(columns)]
    if not folded:
        _table(shown, name, source, described or source, height)
        return
    folder = st.expander(f"Data: {name.replace('_', ' ')}", key=f"data-{name}", on_change="rerun")
    if folder.open:
        with folder:
            _table(shown, name, source, described or source, height)


def _table(rows: pd.DataFrame, name: str, source: str, described: str, height: int | Literal["auto"]) -> None:
    shown = fitting(rows)
    st.dataframe(
        shown,
        hide_index=True,
        width="stretch",
        height=height,
        column_config={str(column): _column(shown, str(column), described) for column in shown.columns},
        placeholder="–",
        alt=f"{name.replace('_', ' ')}: {len(rows):,} rows",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            "Download CSV",
            data=lambda: safe_csv(rows),
            file_name=f"{name}.csv",
            mime="text/csv",
            on_click="ignore",
            key=f"download-{name}",
            type="tertiary",
            icon=":material/download:",
        )
        part = f"the first {len(shown):,} of " if len(shown) < len(rows) else ""
        st.caption(f"{part}{len(rows):,} rows · source: `{source}`", help=meaning(source))


def fitting(rows: pd.DataFrame, most_bytes: int = TABLE_BYTES) -> pd.DataFrame:
    """The first rows, as many as may be sent; texts that are very long are cut."""
    short = rows.iloc[: most_bytes // 8]  # no row takes less
    texts = [name for name in short.columns if not _is_number_or_day(short[name])]
    short = short.assign(**{name: short[name].map(_shortened, na_action="ignore") for name in texts})
    sizes = pd.Series(8 * (len(short.columns) - len(texts)), index=range(len(short)))
    for name in texts:
        lengths = short[name].map(lambda value: len(str(value).encode("utf-8", "surrogatepass")), na_action="ignore")
        sizes += lengths.fillna(0).astype(int).to_numpy() + 8
    return short.iloc[: int((sizes.cumsum() <= most_bytes).sum())]


def _is_number_or_day(values: pd.Series) -> bool:
    return bool(pd.api.types.is_numeric_dtype(values) or pd.api.types.is_datetime64_any_dtype(values))


def _shortened(value: Any) -> Any:
    return cut(value, _LONGEST_CELL) if isinstance(value, str) else value


def _column(rows: pd.DataFrame, name: str, source: str) -> ColumnConfig:
    known = data.dictionary().get(source)
    about = meaning(source, name) if known and name in known.columns else None
    values = rows[name]
    if pd.api.types.is_datetime64_any_dtype(values):
        return st.column_config.DateColumn(
            label(name), help=about, format="YYYY-MM" if name == "cohort_month" else "YYYY-MM-DD"
        )
    if not pd.api.types.is_numeric_dtype(values):
        return st.column_config.TextColumn(label(name), help=about)
    if name in _SHARES:
        return st.column_config.NumberColumn(label(name), help=about, format="percent")
    if name in _PLAIN_NUMBERS:
        return st.column_config.NumberColumn(label(name), help=about, format="%d")
    whole = pd.api.types.is_integer_dtype(values) or name in _MONEY
    return st.column_config.NumberColumn(label(name), help=about, format="%,.0f" if whole else "%,.2f")
