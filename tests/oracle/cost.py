"""What broken records cost: the sessions that do not count because of them, and their hours."""

from __future__ import annotations

from oracle.rules import number, trimmed, within
from oracle.tables import Row

_REFERS_TO = (("users", "user_id", "user_unknown"), ("content", "content_id", "content_unknown"))


def cost_of_bad_data(tables: dict[str, list[Row]], valid: dict[str, dict[str, Row]]) -> list[Row]:
    """By rule and load, from bronze and what is in quarantine; `valid`: of each entity, its valid records by key."""
    place_of = {(row["load_id"], row["source_row"]): row for row in tables["quarantine"]}
    lost: dict[tuple[str, str, int], list[float]] = {}
    files: dict[int, str] = {}

    def loses(entity: str, rule: str, load_id: int, file: str, minutes: float) -> None:
        files[load_id] = file
        lost.setdefault((entity, rule, load_id), []).append(minutes)

    for row in tables["bronze.rejected_records"]:
        if row["entity"] == "viewing_sessions":
            loses("viewing_sessions", "rejected", row["load_id"], row["source_file"], 0)

    broken: dict[object, tuple[Row, Row]] = {}  # by key, the last one; what has no key is a session each
    delivered: dict[str, Row] = {}
    for raw in tables["bronze.viewing_sessions"]:
        at = (raw["_load_id"], raw["_source_row"])
        key = trimmed(raw["session_id"])
        if at in place_of:
            broken[key or at] = (raw, place_of[at])
        elif key is not None:
            delivered[key] = raw
    for broken_key, (raw, judged) in broken.items():
        if broken_key not in valid["viewing_sessions"]:
            minutes = number(trimmed(raw["watch_duration_minutes"]))
            if minutes is None or not within(minutes, 0, 1440):
                minutes = 0
            loses("viewing_sessions", judged["rule"], raw["_load_id"], raw["_source_file"], minutes)

    last_broken = {
        (row["entity"], row["record_key"]): row
        for row in sorted(tables["quarantine"], key=lambda row: (row["load_id"], row["source_row"]))
    }
    for key, session in valid["viewing_sessions"].items():
        for entity, column, rule in _REFERS_TO:
            if session[column] in valid[entity]:
                continue
            blamed = last_broken.get((entity, session[column]))
            if blamed:
                loses(entity, blamed["rule"], blamed["load_id"], blamed["source_file"], session["duration_minutes"])
            else:
                raw = delivered[key]
                load = (raw["_load_id"], raw["_source_file"])
                loses("viewing_sessions", rule, *load, session["duration_minutes"])
            break
    return [
        {
            "entity": entity,
            "rule": rule,
            "load_id": load_id,
            "source_file": files[load_id],
            "sessions": len(minutes),
            "watch_hours": sum(minutes) / 60,
        }
        for (entity, rule, load_id), minutes in lost.items()
    ]
