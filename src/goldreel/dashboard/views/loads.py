"""The loads as a whole, on the page Data quality: what is stopped or suspicious, and what was repaired."""

from __future__ import annotations

import pandas as pd

from goldreel.dashboard import frame
from goldreel.dashboard.data import Publication, read_table
from goldreel.errors import GoldreelError

_CHECKS = "load_checks"
_COLUMNS = "load_columns"
_MOST_FINDINGS = 10
_ACCEPTANCES = "load_acceptances"
_VERDICTS = {"stopped": "Stopped", "suspicious": "Suspicious", "ok": "As expected"}  # the worst first
_FINDING = (
    "{meaning}\n\nIn load {load} ({entity}), from {file}. Found: {observed}. Expected: {expected}.\n\n"
    "For example: {example}\n\nWhat to do: {remedy}"
)
_ACCEPTED = (
    "{meaning}\n\nIn load {load} ({entity}), from {file}. Found: {observed}. Expected: {expected}.\n\n"
    "For example: {example}\n\nAccepted by {who}, {at}: {reason}"
)


def show_checks(publication: Publication) -> None:
    """What a person should look at, the worst first, then all checks."""
    checks = worst_first(read_table(publication, _CHECKS))
    if checks.empty:
        frame.note("Nothing has been loaded yet.")
        return
    found = checks[checks["verdict"] != "ok"]
    if found.empty:
        frame.note("Nothing is suspicious: {checks} checks of {loads} loads.",
                   checks=f"{len(checks):,}", loads=f"{checks['load_id'].nunique():,}")  # fmt: skip
    accepted = {row.load_id: row for row in _acceptances(publication).itertuples()}
    for row in found.head(_MOST_FINDINGS).itertuples():
        told = {
            "meaning": row.meaning, "load": row.load_id, "entity": frame.label(row.entity).lower(),
            "file": row.source_file, "observed": row.observed, "expected": row.expected,
            "example": row.example if isinstance(row.example, str) else "none",
        }  # fmt: skip
        check, acceptance = row.check_name.replace("_", " "), accepted.get(row.load_id)
        if row.verdict == "stopped" and acceptance is not None:
            told |= {"who": acceptance.accepted_by, "reason": acceptance.reason}
            frame.finding(f"Stopped, and accepted: {check}", _ACCEPTED, **told, at=f"{acceptance.accepted_at:%Y-%m-%d}")
        else:
            frame.finding(f"{_VERDICTS[row.verdict]}: {check}", _FINDING, **told, remedy=row.remedy)
    if len(found) > _MOST_FINDINGS:
        frame.note("{more} more are in the table.", more=f"{len(found) - _MOST_FINDINGS:,}")
    first = ["verdict", "check_name", "load_id", "entity", "source_file", "observed", "expected", "example", "remedy"]
    frame.table(checks[first], _CHECKS, _CHECKS, folded=True)


def _acceptances(publication: Publication) -> pd.DataFrame:
    """Who accepted which load, and why, the last one last; nothing where an earlier goldreel published."""
    try:
        return read_table(publication, _ACCEPTANCES).sort_values("accepted_at")
    except GoldreelError:
        return pd.DataFrame()


def worst_first(checks: pd.DataFrame) -> pd.DataFrame:
    """Stopped before suspicious before the rest; in each, the newest load first."""
    order = {verdict: place for place, verdict in enumerate(_VERDICTS)}
    ranked = checks.assign(rank=checks["verdict"].map(order))
    ranked = ranked.sort_values(["rank", "load_id", "check_name"], ascending=[True, False, True], ignore_index=True)
    return ranked.drop(columns="rank")


def show_repaired(publication: Publication, entity: str) -> None:
    """Values that were set to null, to a default or into their bounds, per load and column."""
    repaired = repaired_columns(read_table(publication, _COLUMNS), entity)
    if repaired.empty:
        frame.note("No value was repaired.")
        return
    files = read_table(publication, _CHECKS)[["load_id", "source_file"]].drop_duplicates("load_id")
    named = repaired.merge(files, on="load_id", how="left")
    shown = [
        "load_id",
        "source_file",
        "column_name",
        "repaired_values",
        "records",
        "repaired_share",
        "first_repaired_row",
    ]
    frame.table(named[shown], "repaired_values", _COLUMNS)


def repaired_columns(columns: pd.DataFrame, entity: str) -> pd.DataFrame:
    """The loads and columns of an entity in which values were repaired, the largest share first."""
    found = columns[(columns["entity"] == entity) & (columns["repaired_values"] > 0)]
    shares = found.assign(repaired_share=found["repaired_values"] / found["records"])
    return shares.sort_values(["repaired_share", "load_id"], ascending=False, ignore_index=True)
