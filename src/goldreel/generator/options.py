"""What can be asked of the generator, and the calendar and random numbers that follow."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np

from goldreel.generator.arrays import IntArray

REGISTRATION_LEAD = 730
"""Days before the period from which on users may have registered."""

MAX_DELIVERIES = 366
"""A year of daily deliveries; their session files are open at the same time."""


@dataclass(frozen=True)
class GeneratorOptions:
    """Size and character of the delivery.

    users, sessions, titles: how many there are (a third of the titles are series, the rest movies).
    days, start: the period in which sessions are watched, from `start` on.
    seed: the same options give the same bytes; another seed gives other data.
    dirt: share of the records (0..1) that get a fault; 0 is perfectly clean. From 200 records of a kind on
        every fault occurs once at least, so a small delivery is dirtier than its share.
    deliveries: into how many consecutive deliveries the period is split.
    gzip: compress every file.
    broken_files: add files to the last delivery that must be refused as a whole.
    """

    users: int = 5_000
    sessions: int = 222_785
    titles: int = 300
    days: int = 244
    seed: int = 1
    dirt: float = 0.0
    deliveries: int = 1
    gzip: bool = False
    broken_files: bool = False
    start: date = date(2024, 1, 1)

    def __post_init__(self) -> None:
        """Raise ValueError for the first option that cannot be fulfilled."""
        for name in ("users", "sessions", "titles", "seed"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} is {getattr(self, name)}, which is negative: give 0 or more")
        if not 0 <= self.dirt <= 1:
            raise ValueError(f"dirt is {self.dirt}, but it is a share: give a number from 0 to 1, such as 0.02")
        if self.days < 1:
            raise ValueError(f"days is {self.days}, but the period needs a day at least: give 1 or more")
        most = min(self.days, MAX_DELIVERIES)
        if not 1 <= self.deliveries <= most:
            raise ValueError(
                f"deliveries is {self.deliveries}, but each covers a day at least and there are at most "
                f"{MAX_DELIVERIES}: give 1 to {most} for {self.days} days"
            )
        for name in ("users", "titles"):
            if self.sessions > 0 and getattr(self, name) == 0:
                raise ValueError(f"sessions is {self.sessions}, but {name} is 0: sessions need {name}, give 1 or more")
        try:
            self.day(-REGISTRATION_LEAD), self.day(self.days)
        except OverflowError:
            raise ValueError(
                f"start is {self.start} and days is {self.days}, which leaves the calendar (users register "
                f"up to {REGISTRATION_LEAD} days before the start): give dates within the years 3 to 9999"
            ) from None
        latest = (datetime.now(UTC).date() - self.start).days + 1
        if self.days > latest:
            raise ValueError(
                f"start is {self.start} and days is {self.days}, which ends in the future, and what was watched there "
                f"would be quarantined: give at most {max(latest, 1)} days, or an earlier start"
            )

    def day(self, index: int) -> date:
        """The date of a day of the period, 0 being its first; negative ones lie before it."""
        return self.start + timedelta(days=index)

    @property
    def bounds(self) -> IntArray:
        """First day of every delivery, and the day after the last one."""
        return np.arange(self.deliveries + 1) * self.days // self.deliveries

    def delivery_of(self, day: IntArray) -> IntArray:
        """The delivery (0 the first) that covers each day; the first takes the time before the period too."""
        return np.maximum(np.searchsorted(self.bounds, day, side="right") - 1, 0)

    def lifetime_share(self, delivery: int) -> float:
        """The part of a final lifetime figure (hours, views) that is reached when a delivery ends."""
        return float(1 - 0.35 * (1 - self.bounds[delivery + 1] / self.days))

    def rng(self, purpose: str, part: int = 0) -> np.random.Generator:
        """The random numbers for one purpose, independent of those for all others."""
        return np.random.default_rng([self.seed, part, *purpose.encode()])
