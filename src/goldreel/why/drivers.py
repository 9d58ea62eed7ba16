"""Why a number differs between two periods: what drove it, and where.

Three answers, each of which sums to the change:

- watch hours as viewers x sessions per viewer x hours per session, a factor's part being its Shapley value;
- a sum by the values of a dimension: each value's own difference;
- an average by the values of a dimension: a part because values weigh more or less than before (mix), and one because
  the average within them moved (rate). E. M. Kitagawa, "Components of a difference between two rates", 1955.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum
from typing import NamedTuple

import numpy as np

from goldreel.why.shapley import coalitions, shapley_values


class Watched(NamedTuple):
    """What was watched in a period."""

    viewers: int
    sessions: int
    hours: float


class Factor(NamedTuple):
    """A factor of watch hours, and its part in their change; null where there is nothing to divide by."""

    name: str
    before: float | None
    after: float | None
    part: float


def watch_hours_factors(before: Watched, after: Watched) -> list[Factor]:
    """The parts of viewers, sessions per viewer and hours per session; a factor that is null counts as 0."""
    factors = [_factors(before), _factors(after)]
    sides = np.array([[factor or 0.0 for factor in side.values()] for side in factors])
    members = coalitions(sides.shape[1])
    parts = shapley_values(np.prod(np.where(members, sides[1], sides[0]), axis=1))
    return [
        Factor(name, factors[0][name], factors[1][name], float(part))
        for name, part in zip(factors[0], parts, strict=True)
    ]


def _factors(watched: Watched) -> dict[str, float | None]:
    return {
        "viewers": float(watched.viewers),
        "sessions_per_viewer": watched.sessions / watched.viewers if watched.viewers else None,
        "hours_per_session": watched.hours / watched.sessions if watched.sessions else None,
    }


class Group(NamedTuple):
    """What one value of a dimension comes to in both periods.

    Attributes:
        total_…: what is summed, or summed to be averaged.
        weight_…: over how much the average is taken (sessions, say); not read for a sum.
    """

    value: str
    total_before: float
    total_after: float
    weight_before: float = 0.0
    weight_after: float = 0.0


class MixAndRate(NamedTuple):
    """The part that one value of a dimension has in the change of an average."""

    value: str
    mix: float
    rate: float

    @property
    def part(self) -> float:
        return self.mix + self.rate


@dataclass(frozen=True)
class Moved:
    """The part that one value of a dimension has in a change; `others`: how many values it stands for, if several."""

    value: str
    part: float
    others: int = 0


def mix_and_rate(groups: Sequence[Group]) -> list[MixAndRate]:
    """Kitagawa's split of the change of an average over groups.

    A group that is there in only one of the periods has no average to compare: all of its part is mix. So is the whole
    change where one of the periods is empty.
    """
    weight_before = fsum(group.weight_before for group in groups)
    weight_after = fsum(group.weight_after for group in groups)

    def split(group: Group) -> MixAndRate:
        share_before = group.weight_before / weight_before if weight_before else 0.0
        share_after = group.weight_after / weight_after if weight_after else 0.0
        if not share_before or not share_after:
            before = group.total_before / weight_before if weight_before else 0.0
            after = group.total_after / weight_after if weight_after else 0.0
            return MixAndRate(group.value, after - before, 0.0)
        rate_before = group.total_before / group.weight_before
        rate_after = group.total_after / group.weight_after
        return MixAndRate(
            group.value,
            (share_after - share_before) * (rate_before + rate_after) / 2,
            (share_before + share_after) / 2 * (rate_after - rate_before),
        )

    return [split(group) for group in groups]


def most_moved(parts: Sequence[tuple[str, float]], most: int = 10) -> list[Moved]:
    """The values that moved most, the largest part first, and all others as one, so that the sum holds."""
    ranked = sorted(parts, key=lambda part: (-abs(part[1]), part[0]))
    shown = [Moved(value, part) for value, part in ranked[:most]]
    rest = ranked[most:]
    if len(rest) < 2:  # one other may as well be named
        return [*shown, *(Moved(value, part) for value, part in rest)]
    return [*shown, Moved("all others", fsum(part for _, part in rest), len(rest))]
