"""Who comes back: cohorts by the month of their first session."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from goldreel.dashboard import charts, frame
from goldreel.dashboard.data import Publication, read_table
from goldreel.errors import GoldreelError

_SOURCE = "gold_retention_cohorts"


def show(publication: Publication) -> None:
    """The page."""
    try:
        cohorts = read_table(publication, _SOURCE).sort_values(["cohort_month", "months_since"])
    except GoldreelError as error:
        frame.show_error(error)
        return
    if cohorts.empty:
        st.info("There is no session yet that counts.")
        return
    months = [f"{month:%Y-%m}" for month in cohorts["cohort_month"].drop_duplicates()]
    since = st.selectbox(
        "Cohorts from", months, key="since", bind="query-params", width=260,
        help="The earlier cohorts are left out.",
    )  # fmt: skip
    chosen = cohorts[cohorts["cohort_month"] >= pd.Timestamp(f"{since or months[0]}-01")]
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
    frame.chart(
        charts.heat_map(chosen),
        f"Heat map of {chosen['cohort_month'].nunique()} cohorts: the share of each cohort's users with a session in "
        "each month after their first. Every field states its share; the table below holds the same numbers.",
    )
    st.caption(
        "A row: the users whose first session was in that month. The last month of the data may be incomplete.",
        help=frame.meaning(_SOURCE, "retention_rate"),
    )
    frame.table(chosen, "retention_cohorts", _SOURCE, folded=True)


def _curve(curve: pd.DataFrame) -> None:
    frame.chart(
        charts.retention_curve(curve),
        "Line chart of the share of users with a session, by months since their first: "
        + ", ".join(f"{row.months_since}: {row.retention_rate:.0%}" for row in curve.itertuples())
        + ".",
    )
    frame.table(curve, "retention_by_month", _SOURCE, folded=True)
