"""What changed, by another route: two judged states in plain Python, compared record by record.

Shares no code with the models. Judging reads the oracle's rules; what wins a key, what a change is and which cause it
has are written here, from the contract.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from oracle.rules import JUDGES, trimmed
from oracle.tables import Row

NAMES = {"users": "user", "viewing_sessions": "session", "content": "title"}
WEIGHED = {
    "users": ("total_watch_time_hours", "country", "subscription_type"),
    "viewing_sessions": ("user_id", "content_id", "watch_date", "duration_minutes", "device_type"),
    "content": ("title", "genre", "content_type"),
}
WEIGHTS = (
    *("user_id", "content_id", "watch_date", "duration_minutes", "total_watch_time_hours", "country"),
    *("subscription_type", "title", "genre", "content_type", "device_type"),
)


@dataclass(frozen=True)
class Record:
    """A delivered record: the text of its columns, and where it came from."""

    entity: str
    text: Mapping[str, str | None]
    load_id: int
    file: str
    row: int
    mends: tuple[int, int] | None = None  # of a repair: load and row of the record that it is to mend


@dataclass(frozen=True)
class Judged:
    """The record that wins a key: its silver columns without the key, and what became of it."""

    values: Row
    outcome: str
    record: Record

    @property
    def place(self) -> tuple[int, str, int]:
        return self.record.load_id, self.record.file, self.record.row


@dataclass(frozen=True)
class State:
    """What a build knows: the judged record of every key, by entity."""

    winners: dict[str, dict[str, Judged]] = field(default_factory=lambda: {entity: {} for entity in JUDGES})

    @property
    def data_through(self) -> Any:
        sessions = self.winners["viewing_sessions"].values()
        return max((each.values["watch_date"] for each in sessions if each.outcome == "current"), default=None)


def is_broken(record: Record) -> bool:
    """Whether a record breaks a rule by itself."""
    _, rules = JUDGES[record.entity]
    checks, _ = rules({name: trimmed(value) for name, value in record.text.items()})
    return not all(kept for _, _, kept in checks)


def judge(records: Sequence[Record], active_hours: float) -> State:
    """The state that a build makes of all delivered records."""
    state = State()
    for entity, (key, rules) in JUDGES.items():
        for record in sorted((each for each in records if each.entity == entity), key=lambda r: (r.load_id, r.row)):
            checks, typed = rules({name: trimmed(value) for name, value in record.text.items()})
            if all(kept for _, _, kept in checks):
                values = {name: value for name, value in typed.items() if name != key}
                state.winners[entity][typed[key]] = Judged(values, "", record)
    users, titles = state.winners["users"], state.winners["content"]
    for entity, winners in state.winners.items():
        for key, each in winners.items():
            if entity == "content":
                outcome = "current"
            elif entity == "users":
                outcome = "current" if each.values["total_watch_time_hours"] >= active_hours else "inactive_user"
            elif each.values["user_id"] not in users or each.values["content_id"] not in titles:
                outcome = "held"
            else:
                outcome = users[each.values["user_id"]].outcome
            winners[key] = Judged(each.values, outcome, each.record)
    return state


def changes(before: State, after: State, withdrawn: set[int]) -> list[tuple[Any, ...]]:
    """Rows of `changed_records` without the build's number."""
    found = []
    for entity in JUDGES:
        for key in before.winners[entity].keys() | after.winners[entity].keys():
            was, now = before.winners[entity].get(key), after.winners[entity].get(key)
            if was and now and (was.values, was.outcome) == (now.values, now.outcome):
                continue
            cause, place = explain(entity, was, now, before, after, withdrawn)
            weights = [
                each.values[name] if each is not None and name in WEIGHED[entity] else None
                for name in WEIGHTS
                for each in (was, now)
            ]
            outcomes = (was.outcome if was else None, now.outcome if now else None)
            found.append((entity, key, cause, *place, *outcomes, *weights))
    return sorted(found, key=repr)


Place = tuple[int | None, str | None, int | None]


def explain(
    entity: str, was: Judged | None, now: Judged | None, before: State, after: State, withdrawn: set[int]
) -> tuple[str, Place]:
    """The cause of a change, and the load, file and row behind it."""
    is_session = entity == "viewing_sessions"
    if was is not None:
        behind = [was]
        if is_session:
            behind += [
                found
                for found in (
                    before.winners["users"].get(was.values["user_id"]),
                    before.winners["content"].get(was.values["content_id"]),
                )
                if found
            ]
        for each in behind:
            if each.record.load_id in withdrawn:
                return "withdrawn", each.place
    if now is not None and now.record.mends and (was is None or was.record != now.record):
        return "repaired", now.place
    if was is None:
        assert now is not None
        reached = before.data_through
        is_late = is_session and reached is not None and now.values["watch_date"] <= reached
        return "late" if is_late else "new", now.place
    if now is not None and was.record != now.record and was.values != now.values:
        return "corrected", now.place
    if now is not None and is_session and was.values == now.values:
        references = [("users", now.values["user_id"]), ("content", now.values["content_id"])]
        if was.outcome == "held":
            came = [after.winners[kind][key] for kind, key in references if key not in before.winners[kind]]
            return "released", max(each.place for each in came)
        users = [state.winners["users"].get(now.values["user_id"]) for state in (before, after)]
        hours = [user.values["total_watch_time_hours"] if user else None for user in users]
        if now.outcome != "held" and hours[0] != hours[1] and users[1] is not None:
            return {"current": "user_activated", "inactive_user": "user_lapsed"}[now.outcome], users[1].place
    _, file, row = (now or was).place
    return "definition", (None, file, row)


def totals(found: Sequence[tuple[Any, ...]]) -> dict[str, float]:
    """By how much the changes moved each additive number."""
    moved = dict.fromkeys(
        (
            *("active_users_100h_plus", "total_users", "hours_of_active_users"),
            *("total_content_catalog", "total_viewing_sessions", "total_watch_hours"),
        ),
        0.0,
    )
    for entity, _, _, _, _, _, was, now, *weights in found:
        weighed = dict(zip(WEIGHTS, zip(weights[::2], weights[1::2], strict=True), strict=True))
        for sign, outcome, side in ((-1, was, 0), (1, now, 1)):
            if outcome is None:
                continue
            if entity == "content":
                moved["total_content_catalog"] += sign
            if entity == "users":
                moved["total_users"] += sign
            if outcome == "current" and entity == "users":
                moved["active_users_100h_plus"] += sign
                moved["hours_of_active_users"] += sign * weighed["total_watch_time_hours"][side]
            if outcome == "current" and entity == "viewing_sessions":
                moved["total_viewing_sessions"] += sign
                moved["total_watch_hours"] += sign * weighed["duration_minutes"][side] / 60
    return moved
