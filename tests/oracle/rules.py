"""Text to typed values, and which rule a record breaks."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from oracle.tables import SPACES, Row

NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
WHOLE = re.compile(r"[+-]?[0-9]+")
HOUR, SIXTY = "([01][0-9]|2[0-3])", "[0-5][0-9]"
ZONE = rf"( ?(Z|[+-]{HOUR}(:?{SIXTY})?))?"
DAY = re.compile(rf"([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})([T ]{HOUR}:{SIXTY}(:{SIXTY}(\.[0-9]+)?)?{ZONE})?")


def trimmed(text: str | None) -> str | None:
    return (text or "").strip(SPACES) or None


def number(text: str | None) -> float | None:
    """A number as a double; None for other text, and for what no finite double holds."""
    if text is None or not NUMBER.fullmatch(text):
        return None
    return value if math.isfinite(value := float(text)) else None


def whole(text: str | None) -> int | None:
    """A whole number that fits into 64 bits, or None."""
    if text is None or not WHOLE.fullmatch(text):
        return None
    return int(value) if -(2**63) <= (value := Decimal(text)) < 2**63 else None


def day(text: str | None) -> date | None:
    """The date part of a date or of a date and time, or None."""
    if text is None or not (match := DAY.fullmatch(text)):
        return None
    try:
        return date.fromisoformat(match[1])
    except ValueError:
        return None


def within(value: float | None, low: float, high: float = math.inf) -> bool:
    return value is not None and low <= value <= high


def plausible(found: date | None) -> bool:
    """Whether a day can be true of a record that was loaded today, as everything is that tests load."""
    return found is not None and date(1900, 1, 1) <= found <= datetime.now(UTC).date() + timedelta(days=1)


# A rule, the bronze column that it judges, and whether the record keeps it.
Check = tuple[str, str, bool]


def judge_user(raw: dict[str, str | None]) -> tuple[list[Check], Row]:
    """The rules of a user in order, and the typed record; `raw` is already trimmed."""
    hours, age = number(raw["total_watch_time_hours"]), whole(raw["age"])
    signup = day(raw["registration_date"])
    checks = [
        ("user_id_missing", "user_id", raw["user_id"] is not None),
        ("hours_invalid", "total_watch_time_hours", within(hours, 0, 1_000_000)),
        ("signup_date_invalid", "registration_date", signup is not None),
        ("signup_date_implausible", "registration_date", plausible(signup)),
    ]
    return checks, {
        "user_id": raw["user_id"],
        "age": age if within(age, 0, 120) else None,
        "country": raw["country"] or "Unknown",
        "subscription_type": raw["subscription_type"] or "Unknown",
        "signup_date": signup,
        "total_watch_time_hours": hours,
    }


def judge_session(raw: dict[str, str | None]) -> tuple[list[Check], Row]:
    """The rules of a session in order, and the typed record; `raw` is already trimmed."""
    watched, duration = day(raw["watch_date"]), number(raw["watch_duration_minutes"])
    completion = number(raw["completion_percentage"])
    checks = [
        ("session_id_missing", "session_id", raw["session_id"] is not None),
        ("user_id_missing", "user_id", raw["user_id"] is not None),
        ("content_id_missing", "content_id", raw["content_id"] is not None),
        ("watch_date_invalid", "watch_date", watched is not None),
        ("watch_date_implausible", "watch_date", plausible(watched)),
        ("duration_invalid", "watch_duration_minutes", within(duration, 0, 1440) and duration != 0),
    ]
    return checks, {
        "session_id": raw["session_id"],
        "user_id": raw["user_id"],
        "content_id": raw["content_id"],
        "watch_date": watched,
        "duration_minutes": duration,
        "completion_percentage": completion if within(completion, 0, 100) else None,
        "device_type": raw["device_type"] or "Unknown",
        "quality_level": raw["quality_level"] or "Unknown",
    }


def is_json_container(text: str) -> bool:
    """Whether a text is what bronze holds of a JSON object or list: neither is an id."""
    try:
        return isinstance(json.loads(text), dict | list)
    except ValueError:
        return False


def judge_title(raw: dict[str, str | None]) -> tuple[list[Check], Row]:
    """The rules of a title in order, and the typed record; `raw` is already trimmed."""
    duration, rating = number(raw["duration_minutes"]), number(raw["rating"])
    budget, year = number(raw["production_budget"]), whole(raw["release_year"])
    has_id = raw["content_id"] is not None and not is_json_container(raw["content_id"])
    views = number(raw["views_count"])
    checks = [
        ("content_id_missing", "content_id", has_id),
        ("content_duration_invalid", "duration_minutes", within(duration, 0, 1_000_000) and duration != 0),
    ]
    return checks, {
        "content_id": raw["content_id"],
        "title": raw["title"] or "Untitled",
        "genre": raw["genre"] or "Unknown",
        "content_type": raw["content_type"],
        "duration_minutes": duration,
        "release_year": year if within(year, 1, 9999) else 2020,
        "rating": None if rating is None else min(max(rating, 0.0), 5.0),
        "views_count": views if within(views, 0, 10**15) else None,
        "production_budget": budget if within(budget, 0, 10**13) else None,
        "seasons": whole(raw["seasons"]),
        "total_episodes": whole(raw["total_episodes"]),
    }


JUDGES: dict[str, tuple[str, Callable[[dict[str, str | None]], tuple[list[Check], Row]]]] = {
    "users": ("user_id", judge_user),
    "viewing_sessions": ("session_id", judge_session),
    "content": ("content_id", judge_title),
}
