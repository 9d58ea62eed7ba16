"""Who comes back: cohorts by the month of their first session."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from goldreel.dashboard import charts, frame
from goldreel.dashboard.data import Publication, read_table
from goldreel.dashboard.texts import enumerated
from goldreel.errors import GoldreelError

_SOURCE = "gold_retention_cohorts"
_MOST_MONTHS = 36  # of the heat map, in each direction


def show(publication: Publication) -> None:
    """The page."""
    try:
        cohorts = read_table(publication, _SOURCE).sort_values(["cohort_month", "months_since"])
    except GoldreelError as error:
        frame.show_error(error)
        return
    if cohorts.empty:
        frame.inform("There is no session yet that counts, so nobody can have come back.")
        return
    months = [f"{month:%Y-%m}" for month in cohorts["cohort_month"].drop_duplicates()]
    first_shown = max(0, len(months) - _MOST_MONTHS)
    since = st.selectbox(
        "Cohorts from", months, index=first_shown, key="since", bind="query-params", width=260,
        help="The earlier cohorts are left out.",
    )  # fmt: skip
    chosen = cohorts[cohorts["cohort_month"] >= pd.Timestamp(f"{since or months[first_shown]}-01")]
    curve = retention_by_month(chosen)
    with frame.tiles("retention"):
        first = chosen[chosen["months_since"] == 0]
        frame.tile("Users", first["cohort_users"].sum(), _SOURCE, "cohort_users", note="All cohorts together.")
        for month in (1, 3, 6):
            rate = curve.loc[curve["months_since"] == month, "retention_rate"]
            frame.tile(
                f"Back after {month} month{'s' * (month > 1)}",
                None if rate.empty else rate.iloc[0],
                _SOURCE,
                "retention_rate",
                ".1%",
                "All cohorts that are that old together: their retained users divided by their users.",
            )
    frame.section("Cohorts", lambda: _heat_map(chosen))
    frame.section("Retention by month", lambda: _curve(curve))


def retention_by_month(cohorts: pd.DataFrame) -> pd.DataFrame:
    """Retained users, users and their ratio per months_since, over all cohorts that reach so far."""
    sums = cohorts.groupby("months_since", as_index=False)[["cohort_users", "retained_users"]].sum()
    return sums.assign(retention_rate=sums["retained_users"] / sums["cohort_users"])


def _heat_map(chosen: pd.DataFrame) -> None:
    months = chosen["cohort_month"].drop_duplicates().sort_values()
    drawn = chosen[chosen["cohort_month"].isin(months[:_MOST_MONTHS]) & (chosen["months_since"] < _MOST_MONTHS)]
    frame.chart(
        charts.heat_map(drawn),
        f"Heat map of {drawn['cohort_month'].nunique()} cohorts: the share of each cohort's users with a session in "
        "each month after their first. Every field states its share; the table below holds the same numbers.",
    )
    frame.note(
        "A row: the users whose first session was in that month. The last month of the data may be incomplete."
        + (" Drawn are at most {most} cohorts, and their first {most} months." if len(drawn) < len(chosen) else ""),
        about=frame.meaning(_SOURCE, "retention_rate"), most=_MOST_MONTHS,
    )  # fmt: skip
    frame.table(chosen, "retention_cohorts", _SOURCE, folded=True)


def _curve(curve: pd.DataFrame) -> None:
    frame.chart(
        charts.retention_curve(curve),
        "Line chart of the share of users with a session, by months since their first: "
        + enumerated(f"{row.months_since}: {row.retention_rate:.0%}" for row in curve.itertuples())
        + ".",
    )
    frame.table(curve, "retention_by_month", _SOURCE, folded=True)
