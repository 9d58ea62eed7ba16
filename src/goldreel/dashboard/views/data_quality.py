"""What became of every delivered record, and which ones do not count."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from goldreel.dashboard import charts, frame
from goldreel.dashboard.data import RECORDS_SHOWN, Publication, read_table
from goldreel.dashboard.frame import label
from goldreel.dashboard.numbers import OUTCOMES, account
from goldreel.dashboard.safe_csv import repair_csv
from goldreel.dashboard.views import loads
from goldreel.errors import GoldreelError

_SOURCE = "gold_data_quality"
_ENTITIES = {"viewing_sessions": "Viewing sessions", "users": "Users", "content": "Titles"}
# Where the single records of an outcome lie: schema (empty: gold's) and table.
_PLACES = {
    "quarantined": ("", "quarantine"),
    "held": ("", "held_viewing_sessions"),
    "rejected": ("bronze", "rejected_records"),
    "repaired": ("", "repaired_records"),
}
_TO_REPAIR = "records_to_repair"
_COST = "cost_of_bad_data"
_ALL = "All"


def show(publication: Publication) -> None:
    """The page."""
    frame.section("What needs a look", lambda: loads.show_checks(publication))
    quality = read_table(publication, _SOURCE)
    entity = st.segmented_control(
        "Records", list(_ENTITIES), default="viewing_sessions", required=True, format_func=_ENTITIES.__getitem__,
        key="entity", bind="query-params",
    ) or "viewing_sessions"  # fmt: skip
    steps = account(quality, entity)
    by_step = dict(zip(steps["step"], steps["records"], strict=True))
    with frame.tiles("quality", 5):
        for step in ("delivered", "rejected", "quarantined", "held", "current"):
            frame.tile(label(step), by_step[step], _SOURCE, "records" if step == "delivered" else "outcome")
    frame.section("The account of every record", lambda: _account(quality, entity, steps))
    frame.section(
        "What bad data costs",
        lambda: _cost(publication),
        "Viewing sessions that do not count, by the rule and the file of the records that are broken.",
    )
    frame.section("Records that do not count", lambda: _records(publication, quality, entity))
    frame.section(
        "Repaired values",
        lambda: loads.show_repaired(publication, entity),
        "Set to null, to a default or into their bounds; the records count.",
    )
    frame.section("Rules", lambda: _rules(publication, entity))


def _account(quality: pd.DataFrame, entity: str, steps: pd.DataFrame) -> None:
    if not steps["records"].any():
        frame.inform("No record of {entity} has been delivered yet.", entity=_ENTITIES[entity].lower())
        return
    frame.chart(
        charts.waterfall(steps),
        f"Waterfall of {_ENTITIES[entity].lower()}: "
        + ", ".join(f"{label(row.step).lower()} {row.records:,}" for row in steps.itertuples())
        + ".",
    )
    rows = quality[quality["entity"] == entity].sort_values("rule")
    rows = rows.sort_values("outcome", key=lambda names: names.map(OUTCOMES.index), kind="stable")
    frame.table(rows, "account", _SOURCE)


def _cost(publication: Publication) -> None:
    """The sessions and hours that are missing from every total, the dearest first."""
    try:
        cost = read_table(publication, _COST)
    except GoldreelError:
        frame.note("What is published was built by an earlier goldreel, which did not tell. Run goldreel again.")
        return
    if cost.empty:
        frame.note("Every session that was delivered counts.")
        return
    frame.note(
        "{hours} hours of {sessions} sessions are missing from every total, at least: what could not be read does not "
        "say how long it was.",
        hours=f"{cost['watch_hours'].sum():,.1f}", sessions=f"{cost['sessions'].sum():,}",
    )  # fmt: skip
    rows = cost.sort_values(["watch_hours", "sessions", "load_id"], ascending=[False, False, True])
    first = ["rule", "source_file", "sessions", "watch_hours"]
    frame.table(rows[first + [name for name in rows if name not in first]], _COST, _COST)


def _records(publication: Publication, quality: pd.DataFrame, entity: str) -> None:
    with st.container(key="filters-quality"):
        outcome = st.selectbox("Outcome", list(_PLACES), format_func=label, key="outcome", bind="query-params")
        counted = quality[(quality["entity"] == entity) & (quality["outcome"] == outcome)]
        rules = sorted(counted["rule"].dropna().unique())
        rule = st.selectbox(
            "Rule", [_ALL, *rules], key="rule", bind="query-params", disabled=not rules, persist_state="page"
        )
    count = int(counted["records"].sum())
    schema, place = _PLACES[outcome]
    if count == 0:
        frame.inform(
            "No record of {entity} is {outcome}.", entity=_ENTITIES[entity].lower(), outcome=label(outcome).lower()
        )
        return
    in_all = int(quality.loc[quality["outcome"] == outcome, "records"].sum())
    if in_all > RECORDS_SHOWN:
        frame.inform(
            "{in_all} records are {outcome}, too many for a page. In a terminal: {command}",
            in_all=f"{in_all:,}", outcome=label(outcome).lower(),
            command=f'goldreel sql --published -q "select * from {schema + "." if schema else ""}{place}"',
        )  # fmt: skip
        return
    rows = select_records(read_table(publication, place, schema), entity, None if rule == _ALL else rule)
    meanings = read_table(publication, "data_quality_rules")
    if "rule" in rows:
        named = meanings[meanings["entity"] == entity].set_index("rule")["meaning"]
        rows = rows.assign(meaning=rows["rule"].map(named))
    first = [
        name
        for name in ("source_file", "source_row", "rule", "offending_value", "meaning", "reason", "raw")
        if name in rows
    ]
    rest = [name for name in rows if name not in (*first, "entity")]
    frame.table(rows[first + rest], f"{outcome}_records", f"{schema}.{place}" if schema else place)
    if outcome in ("quarantined", "rejected"):
        _offer_to_repair(publication, entity)


def _offer_to_repair(publication: Publication, entity: str) -> None:
    """The records as delivered, to be mended and loaded; nothing where an earlier goldreel published."""
    try:
        records = read_table(publication, _TO_REPAIR)
    except GoldreelError:
        return
    records = records[records["entity"] == entity].sort_values(["load_id", "source_row"])
    if records.empty:
        return
    st.download_button(
        "Download to repair",
        data=lambda: repair_csv(records),
        file_name=f"repair_{entity}.csv",
        mime="text/csv",
        on_click="ignore",
        key="download-to-repair",
        type="tertiary",
        icon=":material/build:",
        help="All values as delivered, with where they came from. Mend them, and load the file: goldreel repair FILE",
    )


def select_records(rows: pd.DataFrame, entity: str, rule: str | None) -> pd.DataFrame:
    """The records of an entity that break or wait for a rule, in the order of their files."""
    if "entity" in rows:
        rows = rows[rows["entity"] == entity]
    if rule is not None and "rule" in rows:
        rows = rows[rows["rule"] == rule]
    return rows.sort_values(["load_id", "source_row"])


def _rules(publication: Publication, entity: str) -> None:
    source = "data_quality_rules"
    rules = read_table(publication, source)
    chosen = rules[rules["entity"] == entity].sort_values("position")
    frame.table(chosen[["position", "rule", "meaning", "outcome", "judged_column"]], "rules", source)
