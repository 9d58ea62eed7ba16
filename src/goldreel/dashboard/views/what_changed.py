"""Why numbers are what they are: from build to build by cause, from period to period by what drove it."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum

import pandas as pd
import streamlit as st

from goldreel.dashboard import charts, data, frame
from goldreel.dashboard.data import Publication
from goldreel.dashboard.numbers import PERIODS, running_steps
from goldreel.explanations import builds, periods, published_numbers
from goldreel.explanations.published_numbers import PublishedNumber
from goldreel.why.kpis import CAUSES, KPIS, Kpi
from goldreel.why.parts import Explained
from goldreel.why.sentences import figure, sentence, with_unit

_CHANGES = "changed_records"
_SESSIONS = "silver_viewing_sessions"
_SUMMARY = "gold_executive_summary"
_BUILDS, _PERIODS = "builds", "periods"
_WAYS = {_BUILDS: "Between two builds", _PERIODS: "Between two periods"}
_NUMBERS = {kpi.name: kpi for kpi in KPIS}
_FIRST_SHOWN = "total_watch_hours"
_HOW = {
    "sum": "A cause's part is the sum over the records that it changed: what each adds after, less what it added "
    "before.",
    "shapley": "The causes make this number together. A cause's part is what it adds on average over every order in "
    "which the causes might have come: its Shapley value.",
}
_COLUMNS = {  # that the numbers of periods are made of
    "watch_hours": "duration_minutes",
    "viewing_sessions": "session_id",
    "avg_session_minutes": "duration_minutes",
    "avg_completion_rate": "completion_percentage",
}
_NO_REASON = "That something moved together with a number does not say that it is the reason."


def about_builds(kpi: str) -> dict[str, str]:
    """The address's choice that explains a number of the executive summary. It holds what people read."""
    return {"compare": _WAYS[_BUILDS], "kpi": frame.label(kpi)}


def about_periods(number: str, days: int) -> dict[str, str]:
    """The address's choice that explains a number of a period."""
    choice = {"number": periods.PERIOD_KPIS[number].label, "days": _told_days(days)}
    return {"compare": _WAYS[_PERIODS]} | choice


def _told_days(days: int) -> str:
    return f"Last {days} days"


def show(publication: Publication) -> None:
    """The page."""
    way = st.segmented_control(
        "Compare", _WAYS, default=_BUILDS, required=True, format_func=_WAYS.__getitem__, key="compare",
        bind="query-params",
    )  # fmt: skip
    if way == _PERIODS:
        _between_periods(publication)
    else:
        _between_builds(publication)


def _between_builds(publication: Publication) -> None:
    with st.container(key="filters-changed"):
        names = list(_NUMBERS)
        name = st.selectbox(
            "Number", names, index=names.index(_FIRST_SHOWN), format_func=frame.label, key="kpi", bind="query-params"
        )
        kpi = _NUMBERS[name or _FIRST_SHOWN]
        history = data.ask(publication, f"history of {kpi.name}", lambda engine: published_numbers.history(engine, kpi))
        if not history:
            frame.inform("This version was published by a goldreel that kept no changes yet; the next run begins to.")
            return
        versions = {each.build_id: each.version for each in history}

        def told(build: int) -> str:
            return f"Version {versions[build]} (build {build})" if build else "Nothing, before the first build"

        known = sorted(versions, reverse=True)
        after = st.selectbox("To", known, format_func=told, key="to", bind="query-params") or known[0]
        earlier = [*(build for build in known if build < after), 0]
        before = st.selectbox("From", earlier, format_func=told, key="from", bind="query-params")
    frame.section(
        "What changed, and why", lambda: _step(publication, kpi, earlier[0] if before is None else before, after)
    )
    frame.section("In every published version", lambda: _history(kpi, history))


def _step(publication: Publication, kpi: Kpi, before: int, after: int) -> None:
    asked = f"{kpi.name} from {before} to {after}"
    explanation = data.ask(publication, asked, lambda engine: builds.explain_builds(engine, (kpi,), before, after))
    (number,) = explanation.numbers
    form = f",.{kpi.digits}f"
    with frame.tiles("changed"):
        frame.tile("Before", number.before, _SUMMARY, kpi.name, form)
        frame.tile("After", number.after, _SUMMARY, kpi.name, form)
        frame.tile("Change", number.change, _SUMMARY, kpi.name, f"+{form}", "After less before.")
        moved = sum(part.records for part in number.parts)
        frame.tile("Records that moved it", moved, _SUMMARY, kpi.name, note="Changes of all causes together.")
    frame.say(sentence(number))
    causes = [part.cause for part in number.parts]
    if not causes:
        return
    picked = frame.chart_to_pick_from(
        charts.change_waterfall(
            running_steps(number.before or 0.0, [(part.cause, part.part) for part in number.parts]), kpi.digits
        ),
        f"Waterfall chart. {sentence(number, causes=len(CAUSES))}",
        key=f"waterfall-{kpi.name}",
    )
    if picked in causes and picked != st.session_state.get("picked"):
        st.session_state["picked"] = st.session_state["cause"] = picked
    frame.note("Select a bar to see the files and records behind it.", about=_HOW[kpi.how])
    cause = st.selectbox(
        "Files and records of", causes, format_func=lambda each: f"{each}: {CAUSES[each]}", key="cause",
        bind="query-params",
    )  # fmt: skip
    _behind(publication, number, cause or causes[0], before, after)


def _behind(publication: Publication, number: Explained, cause: str, before: int, after: int) -> None:
    part = next(part for part in number.parts if part.cause == cause)
    if part.loads:
        files = pd.DataFrame(
            [(load.load_id, load.source_file, load.part, load.records) for load in part.loads],
            columns=["load_id", "source_file", "part", "records"],
        )
        frame.table(files, "files_behind", _CHANGES)
    found = data.ask(
        publication,
        f"records of {number.kpi.name} by {cause} from {before} to {after}",
        lambda engine: builds.records_behind(engine, number.kpi, cause, before, after),
    )
    records = pd.DataFrame(found.rows, columns=list(found.columns)).dropna(axis="columns", how="all")
    frame.table(records, "records_behind", _CHANGES, folded=True)


def _history(kpi: Kpi, history: Sequence[PublishedNumber]) -> None:
    rows = pd.DataFrame(
        [(each.version, each.build_id, each.published_at, each.value) for each in history],
        columns=["version", "build_id", "published_at", kpi.name],
    )
    frame.chart(
        charts.number_by_version(rows, kpi.name, kpi.digits),
        f"Line chart of {frame.label(kpi.name).lower()} in {len(rows)} published versions, the last one "
        f"{figure(kpi, history[-1].value)}.",
    )
    moved = pd.DataFrame([{part.cause: part.part for part in each.parts} for each in history])
    frame.table(pd.concat([rows, moved], axis="columns").iloc[::-1], "every_version", "published_numbers", folded=True)


def _between_periods(publication: Publication) -> None:
    with st.container(key="filters-periods"):
        known = periods.PERIOD_KPIS
        name = st.selectbox(
            "Number", known, format_func=lambda each: known[each].label, key="number", bind="query-params"
        )
        days = st.segmented_control(
            "Period", PERIODS, default=28, required=True, format_func=_told_days, key="days",
            bind="query-params",
        )  # fmt: skip
        by = st.selectbox("By", periods.DIMENSIONS, format_func=frame.label, key="by", bind="query-params")
    asked = (name or "watch_hours", days or 28, by or "country")
    change = data.ask(publication, f"periods {asked}", lambda engine: periods.explain_periods(engine, *asked))
    form, column = f",.{change.kpi.digits}f", _COLUMNS[change.kpi.name]
    with frame.tiles("periods"):
        frame.tile(f"{change.before}", change.value_before, _SESSIONS, column, form)
        frame.tile(f"{change.after}", change.value_after, _SESSIONS, column, form)
        frame.tile("Difference", change.change, _SESSIONS, column, f"+{form}", "The later period less the one before.")
    frame.note("What follows sums to the difference.", about=_NO_REASON)
    if change.factors:
        frame.section("What drove it", lambda: _drivers(change))
    frame.section("What moved most", lambda: _moved(change))


def _drivers(change: periods.PeriodChange) -> None:
    parts = [(factor.name.replace("_", " "), factor.part) for factor in change.factors]
    frame.chart(
        charts.change_waterfall(running_steps(change.value_before or 0.0, parts), change.kpi.digits),
        f"Waterfall chart of {change.kpi.label.lower()}: "
        + ", ".join(f"{name} {part:+,.{change.kpi.digits}f}" for name, part in parts)
        + ".",
    )
    frame.table(pd.DataFrame(change.factors), "drivers", _SESSIONS, folded=True)


def _moved(change: periods.PeriodChange) -> None:
    rows = pd.DataFrame(
        [(f"{each.value} ({each.others})" if each.others else each.value, each.part) for each in change.moved],
        columns=[change.by, "part"],
    )
    frame.chart(
        charts.signed_bars(rows, change.by, "part", f",.{change.kpi.digits}f"),
        f"Bar chart of the parts by {frame.label(change.by).lower()} in the difference of {change.kpi.label.lower()}.",
    )
    if change.split:
        rows = pd.DataFrame(change.split).rename(columns={"value": change.by})
        frame.note(
            "Mix: {mix}, because values weigh more or less than before. Rate: {rate}, because the average within them "
            "moved.",
            mix=_signed(change, fsum(part.mix for part in change.split)),
            rate=_signed(change, fsum(part.rate for part in change.split)),
        )
    frame.table(rows, "what_moved_most", _SESSIONS, folded=not change.split)


def _signed(change: periods.PeriodChange, value: float) -> str:
    return with_unit(value, change.kpi.digits, change.kpi.unit, signed=True)
