"""What changed and why, in sentences."""

from __future__ import annotations

from goldreel.why.kpis import Kpi
from goldreel.why.parts import Explained, Part

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
    if not change:
        return f"{kpi.label} stayed at {figure(kpi, explained.after)}: {_origins(explained, causes)}"
    moved = "rose" if change > 0 else "fell"
    share = f" ({100 * change / explained.before:+.1f} %)".replace("-", "−") if explained.before else ""
    span = f"from {figure(kpi, explained.before)} to {figure(kpi, explained.after)}"
    return f"{kpi.label} {moved} by {figure(kpi, abs(change))}{share}, {span}. {_origins(explained, causes)}"


def figure(kpi: Kpi, value: float | None, *, signed: bool = False) -> str:
    """A value as people read it, with its unit."""
    if value is None:
        return "nothing"
    sign = "+" if signed else ""
    shown = f"{value:{sign},.{kpi.digits}f}".replace("-", "−")
    return f"{shown} {kpi.unit}" if kpi.unit else shown


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
    ranked = sorted((part for part in explained.parts if part.part), key=lambda part: -abs(part.part))
    told = [f"{figure(explained.kpi, part.part)} from {origin(explained.kpi, part)}" for part in ranked[:most]]
    rest = ranked[most:]
    if rest:
        told.append(f"{figure(explained.kpi, sum(part.part for part in rest))} from {len(rest)} other causes")
    return f"{', '.join(told)}."
