"""From what changed to the part that each cause has in a number's change.

What comes in are sums, not records: of every cause (and load, or title), how much its changes add and take away. So the
arithmetic costs the same for a hundred changes as for ten million.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import fsum
from typing import NamedTuple

import numpy as np

from goldreel.errors import GoldreelError
from goldreel.why.kpis import CAUSES, KPIS, Kpi
from goldreel.why.shapley import FloatArray, coalitions, shapley_values

TOLERANCE = 1e-9
"""How far the parts may sum to something else than the change, relative to the largest number involved."""

_NOTHING = 1e-12  # a Shapley value of less than this, beside the number itself, is what rounding left


class Move(NamedTuple):
    """What the changes of one cause and load add to a number that is a sum over records.

    Attributes:
        load_id, source_file: the load behind the changes; none where no load is.
        records: how many changes move the number.
    """

    kpi: str
    cause: str
    load_id: int | None
    source_file: str | None
    part: float
    records: int


class UserMove(NamedTuple):
    """What the changes of users of one cause add: active users, and their lifetime hours."""

    cause: str
    active: int
    hours: float
    records: int


class TitleMove(NamedTuple):
    """What the changes of sessions of one cause add to one title.

    Attributes:
        views: sessions in silver.
        minutes: of all valid sessions, also of those whose user is not active.
    """

    cause: str
    content_id: str
    views: int
    minutes: float


@dataclass(frozen=True)
class State:
    """What the numbers rest on at one build; the empty one is that before the first.

    Attributes:
        sums: the numbers that are sums over records, by name.
        active, hours: active users and their lifetime hours.
        views: silver sessions by title. Titles without any may be left out.
        minutes: minutes of all valid sessions by title.
    """

    sums: Mapping[str, float] = field(default_factory=dict)
    active: int = 0
    hours: float = 0.0
    views: Mapping[str, int] = field(default_factory=dict)
    minutes: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Moves:
    """The changes between two builds, summed.

    Attributes:
        title_records: how many changes of sessions of a cause move a number of titles, by (number, cause).
    """

    sums: Sequence[Move] = ()
    users: Sequence[UserMove] = ()
    titles: Sequence[TitleMove] = ()
    title_records: Mapping[tuple[str, str], int] = field(default_factory=dict)


@dataclass(frozen=True)
class LoadPart:
    """The part that one load has within a cause."""

    load_id: int | None
    source_file: str | None
    part: float
    records: int


@dataclass(frozen=True)
class Part:
    """The part that one cause has in a number's change.

    Attributes:
        loads: its parts by load, the largest first; none where the number is no sum over records.
    """

    cause: str
    part: float
    records: int
    loads: tuple[LoadPart, ...] = ()


@dataclass(frozen=True)
class Explained:
    """A number before and after, and the parts of its change, in the order of the causes.

    Attributes:
        before, after: null where the number is an average or ratio over nothing.
    """

    kpi: Kpi
    before: float | None
    after: float | None
    parts: tuple[Part, ...]

    @property
    def change(self) -> float:
        """After minus before; a null counts as 0."""
        return (self.after or 0.0) - (self.before or 0.0)

    def part(self, cause: str) -> float:
        """The part of a cause; 0 where it has none."""
        return next((part.part for part in self.parts if part.cause == cause), 0.0)


def explain(before: State, moves: Moves, kpis: Sequence[Kpi] = KPIS) -> list[Explained]:
    """Explain how each number came from what it was before to what it is after the moves.

    Raises:
        GoldreelError: parts do not sum to the change, which would be a fault of goldreel's; names the number.
    """
    explained = [_EXPLAIN.get(kpi.name, _explain_sum)(kpi, before, moves) for kpi in kpis]
    for each in explained:
        _check_sum(each)
    return explained


def _explain_sum(kpi: Kpi, before: State, moves: Moves) -> Explained:
    of_cause: dict[str, list[Move]] = defaultdict(list)
    for move in moves.sums:
        if move.kpi == kpi.name and move.records:
            of_cause[move.cause].append(move)
    parts = []
    for cause in filter(of_cause.__contains__, CAUSES):
        loads = [LoadPart(move.load_id, move.source_file, move.part, move.records) for move in of_cause[cause]]
        loads.sort(key=lambda load: (-abs(load.part), load.load_id or 0))
        parts.append(
            Part(cause, _total(load.part for load in loads), sum(load.records for load in loads), tuple(loads))
        )
    start = before.sums.get(kpi.name, 0)
    return Explained(kpi, start, _total([start, *(part.part for part in parts)]), tuple(parts))


def _explain_average(kpi: Kpi, before: State, moves: Moves) -> Explained:
    causes = _present(move.cause for move in moves.users)
    active, hours = np.zeros(len(causes)), np.zeros(len(causes))
    records = dict.fromkeys(causes, 0)
    for move in moves.users:
        position = causes.index(move.cause)
        active[position] += move.active
        hours[position] += move.hours
        records[move.cause] += move.records
    members = coalitions(len(causes))
    return _explained(kpi, records, _ratio(before.hours + members @ hours, before.active + members @ active))


def _explain_views(kpi: Kpi, before: State, moves: Moves) -> Explained:
    records = _records(moves, kpi)
    added = _by_title(moves, list(records), lambda move: move.views)
    untouched = sum(1 for title, views in before.views.items() if views > 0 and title not in added)
    seen = np.full(2 ** len(records), untouched, dtype=float)
    members = coalitions(len(records))
    for title, change in added.items():
        seen += before.views.get(title, 0) + members @ change > 0
    return _explained(kpi, records, seen)


def _explain_effective_size(kpi: Kpi, before: State, moves: Moves) -> Explained:
    records = _records(moves, kpi)
    added = _by_title(moves, list(records), lambda move: move.minutes)
    rest = [minutes for title, minutes in before.minutes.items() if title not in added]
    members = coalitions(len(records))
    total = np.full(len(members), fsum(rest))
    squares = np.full(len(members), fsum(minutes * minutes for minutes in rest))
    for title, change in added.items():
        start = before.minutes.get(title, 0.0)
        minutes = start + members @ change
        minutes[minutes <= TOLERANCE * (start + np.abs(change).sum())] = 0.0  # what is left over by rounding is nothing
        total += minutes
        squares += minutes * minutes
    return _explained(kpi, records, _ratio(total * total, squares))


_EXPLAIN = {
    "avg_user_engagement_hours": _explain_average,
    "content_with_views": _explain_views,
    "effective_catalog_size": _explain_effective_size,
}


def _explained(kpi: Kpi, records: Mapping[str, int], totals: FloatArray) -> Explained:
    """From what every set of the causes comes to (not a number: null) to the parts."""
    known = np.nan_to_num(totals, nan=0.0)
    values = shapley_values(known)
    values[np.abs(values) <= _NOTHING * np.abs(known).max()] = 0.0
    parts = [Part(cause, float(value), count) for (cause, count), value in zip(records.items(), values, strict=True)]
    first, last = (None if np.isnan(total) else float(total) for total in (totals[0], totals[-1]))
    return Explained(kpi, first, last, tuple(parts))


def _by_title(moves: Moves, causes: Sequence[str], weight: Callable[[TitleMove], float]) -> dict[str, FloatArray]:
    """What each cause adds to each title that any of them touches, in the order of the causes."""
    added: dict[str, FloatArray] = {}
    for move in moves.titles:
        if weight(move):
            added.setdefault(move.content_id, np.zeros(len(causes)))[causes.index(move.cause)] += weight(move)
    return added


def _total(values: Iterable[float]) -> float:
    """The sum, exactly rounded; of whole numbers a whole number."""
    found = list(values)
    return sum(found) if all(isinstance(value, int) for value in found) else fsum(found)


def _present(causes: Iterable[str]) -> list[str]:
    found = set(causes)
    return [cause for cause in CAUSES if cause in found]


def _records(moves: Moves, kpi: Kpi) -> dict[str, int]:
    """How many changes move a number of titles, by cause, in the order of the causes."""
    records = {cause: moves.title_records.get((kpi.name, cause), 0) for cause in CAUSES}
    return {cause: count for cause, count in records.items() if count}


def _ratio(totals: FloatArray, counts: FloatArray) -> FloatArray:
    """Quotients; not a number where nothing is counted."""
    quotients: FloatArray = np.divide(totals, counts, out=np.full(len(totals), np.nan), where=counts > 0)
    return quotients


def _check_sum(explained: Explained) -> None:
    total = fsum(part.part for part in explained.parts)
    largest = max(1.0, abs(explained.before or 0.0), abs(explained.after or 0.0))
    if abs(total - explained.change) > TOLERANCE * largest:
        raise GoldreelError(
            f"The parts of {explained.kpi.name} sum to {total!r}, but it changed by {explained.change!r}.",
            where="goldreel why",
            remedy="report it, with the history of deliveries if you can: that is a bug in how changes are explained",
        )


def state_before(after: State, moves: Moves) -> State:
    """The state from which the moves lead to the one after: what numbers rested on at an earlier build."""
    sums = dict(after.sums)
    for move in moves.sums:
        sums[move.kpi] = sums.get(move.kpi, 0) - move.part
    views, minutes = dict(after.views), dict(after.minutes)
    touched: dict[str, float] = {}
    for title in moves.titles:
        views[title.content_id] = views.get(title.content_id, 0) - title.views
        minutes[title.content_id] = minutes.get(title.content_id, 0.0) - title.minutes
        touched[title.content_id] = touched.get(title.content_id, 0.0) + abs(title.minutes)
    for content_id, moved in touched.items():
        if minutes[content_id] <= TOLERANCE * moved:  # what is left over by rounding is nothing
            minutes[content_id] = 0.0
    return State(
        sums,
        after.active - sum(user.active for user in moves.users),
        after.hours - fsum(user.hours for user in moves.users),
        views,
        minutes,
    )
