"""The present, in UTC: one day for everybody, wherever a machine or its user is."""

from __future__ import annotations

from datetime import UTC, date, datetime


def today() -> date:
    """The day that it is in UTC."""
    return datetime.now(UTC).date()
