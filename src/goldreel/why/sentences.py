"""What changed and why, in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum

from goldreel.why.kpis import Kpi
from goldreel.why.parts import Explained, Part

_ASKED_FIRST = (
    "total_watch_hours",
    "active_users_100h_plus",
    "total_viewing_sessions",
    "total_users",
    "total_content_catalog",
    "avg_user_engagement_hours",
    "content_with_views",
    "effective_catalog_size",
)
_THINGS = {"users": "users", "content": "titles", "viewing_sessions": "sessions"}


def sentence(explained: Explained, causes: int = 3) -> str:
    """How a number changed, and the largest parts: "Watch hours rose by 2,233.1 h (+1.1 %), from … to …: …".

    Args:
        causes: how many parts are named; the others are told as one.
    """
    kpi, change = explained.kpi, explained.change
    if explained.before is None and explained.after is None:
        return f"{kpi.label}: nothing to count yet."
    if not any(part.part for part in explained.parts):
        return f"{kpi.label} did not change: {figure(kpi, explained.after)}."
    if not round(change, kpi.digits):
        if not any(round(part.part, kpi.digits) for part in explained.parts):
            return f"{kpi.label} moved by less than is shown: {figure(kpi, explained.after)}."
        return f"{kpi.label} stayed at {figure(kpi, explained.after)}: {_origins(explained, causes)}"
    moved = "rose" if change > 0 else "fell"
    share = f" ({100 * change / explained.before:+.1f} %)".replace("-", "−") if explained.before else ""
    span = f"from {figure(kpi, explained.before)} to {figure(kpi, explained.after)}"
    return f"{kpi.label} {moved} by {figure(kpi, abs(change))}{share}, {span}. {_origins(explained, causes)}"


def what_moved(explained: Sequence[Explained], most: int = 3) -> tuple[str, ...]:
    """Sentences about the numbers that moved as far as people are shown, those first that they ask for first.

    Nothing where there was nothing before: then all is new.
    """
    moved = {each.kpi.name: each for each in explained if each.before and round(each.change, each.kpi.digits)}
    told = [sentence(moved[name]) for name in _ASKED_FIRST if name in moved]
    return tuple(told[:most])


def figure(kpi: Kpi, value: float | None, *, signed: bool = False) -> str:
    """A value as people read it, with its unit."""
    return with_unit(value, kpi.digits, kpi.unit, signed=signed)


def with_unit(value: float | None, digits: int, unit: str, *, signed: bool = False) -> str:
    """A value with so many decimals, and its unit, if it has one."""
    if value is None:
        return "nothing"
    shown = f"{value:{'+' if signed else ''},.{digits}f}".replace("-", "−")
    return f"{shown} {unit}" if unit else shown


def origin(kpi: Kpi, part: Part) -> str:
    """Where a part came from: "new sessions (viewing_sessions.csv of load 12)"."""
    things = _THINGS[kpi.entity]
    source = {
        "forgotten": "persons who were forgotten",
        "withdrawn": "deliveries that were taken back",
        "repaired": "repaired records",
        "new": f"new {things}",
        "late": "late sessions",
        "corrected": "corrections" if kpi.entity == "viewing_sessions" else f"later snapshots of {things}",
        "released": "sessions that had waited for their user or title",
        "user_activated": "sessions of users who became active",
        "user_lapsed": "sessions of users who are no longer active",
        "definition": "changed settings or rules",
    }[part.cause]
    loads = [load for load in part.loads if load.load_id is not None]
    if len(loads) == 1:
        return f"{source} ({loads[0].source_file} of load {loads[0].load_id})"
    return f"{source} of {len(loads)} files" if loads else source


def _origins(explained: Explained, most: int) -> str:
    kpi = explained.kpi
    seen = [part for part in explained.parts if round(part.part, kpi.digits)]
    ranked = sorted(seen or explained.parts, key=lambda part: -abs(part.part))
    named = ranked if len(ranked) == most + 1 else ranked[:most]  # "one other cause" may as well be named
    told = [f"{figure(kpi, part.part)} from {origin(kpi, part)}" for part in named]
    rest = ranked[len(named) :]
    if rest:
        told.append(f"{figure(kpi, fsum(part.part for part in rest))} from {len(rest)} other causes")
    return f"{', '.join(told)}."
