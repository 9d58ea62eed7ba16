"""How old what readers get is: counted from the moment when the newest data in it were loaded.

Not from the publication: who builds the same data again makes them no younger. Whatever is in the way, deliveries that
no longer come or a build that fails, the age tells.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from goldreel.config import Settings
from goldreel.errors import GoldreelError
from goldreel.loading.ledger import now
from goldreel.publish import Publication, current_publication


@dataclass(frozen=True)
class Freshness:
    """The age of what is published.

    Attributes:
        location: where readers find it, or would.
        age: None: nothing is published.
        allowed: how old it may be; None: any age.
    """

    location: str
    age: timedelta | None
    allowed: timedelta | None

    @property
    def is_stale(self) -> bool:
        return self.allowed is not None and (self.age is None or self.age > self.allowed)

    @property
    def told(self) -> str:
        """In one sentence."""
        if self.age is None:
            return "Nothing is published."
        allowed = f"; {words(self.allowed)} are allowed" if self.allowed is not None else ""
        return f"The newest published data were loaded {words(self.age)} ago{allowed}."

    def refuse_stale(self) -> None:
        """Let nothing go on with data that are too old.

        Raises:
            GoldreelError: they are.
        """
        if self.is_stale:
            raise GoldreelError(
                self.told,
                where=self.location,
                remedy="see what came and what is in the way: `goldreel status` "
                "(docs/guide/airflow.md, When nothing new appears)",
            )


def freshness(settings: Settings, allowed: timedelta | None = None) -> Freshness:
    """How old what is published is now; by the settings' measure when no other one is given."""
    return freshness_of(current_publication(settings), settings, allowed)


def freshness_of(publication: Publication | None, settings: Settings, allowed: timedelta | None = None) -> Freshness:
    """The same of what was read already."""
    age = None if publication is None else age_of(publication.loaded_at or publication.published_at)
    location = _location(settings, publication)
    return Freshness(location, age, settings.max_age if allowed is None else allowed)


def age_of(loaded_at: datetime) -> timedelta:
    """Since a moment in UTC; of a moment in the future, none."""
    return max(now() - loaded_at, timedelta())


def words(age: timedelta) -> str:
    """Rounded down, in the unit that fits."""
    minutes = int(age.total_seconds() // 60)
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 72 * 60 else f"{minutes // (24 * 60)} days"


def _location(settings: Settings, publication: Publication | None) -> str:
    return publication.location if publication else str(settings.published)
