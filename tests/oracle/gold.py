"""The numbers."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from oracle.rules import trimmed
from oracle.tables import Row

SEGMENTS = ((500, "Power User"), (300, "Heavy User"), (150, "Regular User"), (0, "Light User"))
RATINGS = ((4.5, "Excellent"), (4.0, "Very Good"), (3.5, "Good"), (3.0, "Average"), (0, "Below Average"))


class Rounded(float):
    """A rounded average that remembers `exact`: summed in another order, a tie may fall either way."""

    exact: float


def round2(value: float) -> float:
    """Two decimals, half away from zero."""
    return math.copysign(math.floor(abs(value) * 100 + 0.5) / 100, value)


def mean(values: Iterable[float | None]) -> float | None:
    """The average of what is not null; null over nothing."""
    present = [value for value in values if value is not None]
    return math.fsum(present) / len(present) if present else None


def band(value: float, bands: Sequence[tuple[float, str]]) -> str:
    return next(name for least, name in bands if value >= least)


def grouped(rows: Iterable[Row], column: str) -> dict[Any, list[Row]]:
    groups = defaultdict(list)
    for row in rows:
        groups[row[column]].append(row)
    return groups


def column(rows: Iterable[Row], name: str) -> list[Any]:
    return [row[name] for row in rows]


def sessions_of(ids: Iterable[str], groups: dict[str, list[Row]]) -> list[Row]:
    return [row for id_ in ids for row in groups[id_]]


def user_analytics(user: Row, sessions: list[Row], as_of: date) -> Row:
    return {
        **user,
        "total_sessions": len(sessions),
        "avg_session_duration": mean(column(sessions, "duration_minutes")),
        "total_minutes_watched": math.fsum(column(sessions, "duration_minutes")),
        "unique_content_watched": len(set(column(sessions, "content_id"))),
        "avg_completion_rate": mean(column(sessions, "completion_percentage")),
        "last_watch_date": max(column(sessions, "watch_date"), default=None),
        "user_segment": band(user["total_watch_time_hours"], SEGMENTS),
        "days_since_signup": (as_of - user["signup_date"]).days,
    }


def content_performance(title: Row, sessions: list[Row]) -> Row:
    not_here = ("views_count", "seasons", "total_episodes")
    rating, budget = title["rating"], title["production_budget"]
    return {
        **{name: value for name, value in title.items() if name not in not_here},
        "total_views": len(sessions),
        "unique_viewers": len(set(column(sessions, "user_id"))),
        "avg_watch_time": mean(column(sessions, "duration_minutes")),
        "avg_completion_rate": mean(column(sessions, "completion_percentage")),
        "views_per_million_budget": round2(len(sessions) / (budget / 1_000_000)) if budget else None,
        "rating_category": None if rating is None else band(rating, RATINGS),
    }


def country_insights(country: str, users: list[Row], sessions: list[Row]) -> Row:
    return {
        "country": country,
        "total_users": len(users),
        "avg_watch_hours_per_user": mean(column(users, "total_watch_time_hours")),
        "avg_user_age": mean(column(users, "age")),
        "total_sessions": len(sessions),
        "avg_session_duration": mean(column(sessions, "duration_minutes")),
        "unique_content_consumed": len(set(column(sessions, "content_id"))),
    }


def genres(title: Row) -> list[str]:
    """The single genres of a title, each once, at least `Unknown`."""
    parts = (trimmed(text) for text in title["genre"].split(","))
    return list(dict.fromkeys(part for part in parts if part)) or ["Unknown"]


def genre_analytics(genre: str, titles: list[Row], sessions: list[Row], last_day: date | None) -> Row:
    ages = [(last_day - row["watch_date"]).days for row in sessions] if last_day else []
    last, previous = sum(age < 30 for age in ages), sum(30 <= age < 60 for age in ages)
    return {
        "genre": genre,
        "total_content_items": len(titles),
        "total_views": len(sessions),
        "unique_viewers": len(set(column(sessions, "user_id"))),
        "avg_production_budget": mean(column(titles, "production_budget")),
        "total_investment": math.fsum(budget for budget in column(titles, "production_budget") if budget),
        "avg_genre_rating": mean(column(titles, "rating")),
        "avg_content_duration": mean(column(titles, "duration_minutes")),
        "avg_watch_time": mean(column(sessions, "duration_minutes")),
        "views_last_30_days": last,
        "views_previous_30_days": previous,
        "view_trend_pct": round2(100 * (last - previous) / previous) if previous else None,
    }


def executive_summary(users: list[Row], titles: list[Row], sessions: list[Row], last_day: date | None) -> Row:
    hours = mean(column(users, "total_watch_time_hours"))
    engagement = None
    if hours is not None:
        engagement = Rounded(round2(hours))
        engagement.exact = hours
    return {
        "metric_category": "Platform Overview",
        "active_users_100h_plus": len(users),
        "total_content_catalog": len(titles),
        "total_viewing_sessions": len(sessions),
        "avg_user_engagement_hours": engagement,
        "content_with_views": len(set(column(sessions, "content_id"))),
        "total_watch_hours": math.fsum(column(sessions, "duration_minutes")) / 60,
        "data_through": last_day,
    }


def hours(sessions: list[Row]) -> float:
    return math.fsum(column(sessions, "duration_minutes")) / 60


def daily_activity(sessions: list[Row]) -> list[Row]:
    """Every day from the first to the last, each window counted anew."""
    by_day = grouped(sessions, "watch_date")
    nobody: set[str] = set()
    who = {day.toordinal(): set(column(rows, "user_id")) for day, rows in by_day.items()}
    activity = []
    known: set[str] = set()
    for number_ in range(min(who, default=1), max(who, default=0) + 1):
        day = date.fromordinal(number_)
        weekly, monthly = (
            nobody.union(*(who.get(number_ - before, nobody) for before in range(days))) for days in (7, 30)
        )
        today = who.get(number_, nobody)
        activity.append(
            {
                "activity_date": day,
                "sessions": len(by_day[day]),
                "watch_hours": hours(by_day[day]),
                "dau": len(today),
                "wau": len(weekly),
                "mau": len(monthly),
                "stickiness": len(today) / len(monthly) if monthly else None,
                "new_users": len(today - known),
            }
        )
        known |= today
    return activity


def retention_cohorts(sessions: list[Row]) -> list[Row]:
    """Months are counted from year 0, so that they can be subtracted."""
    months: dict[str, set[int]] = defaultdict(set)
    for row in sessions:
        months[row["user_id"]].add(row["watch_date"].year * 12 + row["watch_date"].month - 1)
    last = max((month for active_in in months.values() for month in active_in), default=0)
    members: dict[int, list[set[int]]] = defaultdict(list)
    for active_in in months.values():
        members[min(active_in)].append(active_in)
    cohorts = []
    for first, cohort in members.items():
        for month in range(first, last + 1):
            retained = sum(month in active_in for active_in in cohort)
            cohorts.append(
                {
                    "cohort_month": date(first // 12, first % 12 + 1, 1),
                    "months_since": month - first,
                    "cohort_users": len(cohort),
                    "retained_users": retained,
                    "retention_rate": retained / len(cohort),
                }
            )
    return cohorts


def subscription_insights(plan: str, users: list[Row], sessions: list[Row], active: set[str]) -> Row:
    still_active = sum(user["user_id"] in active for user in users)
    return {
        "subscription_type": plan,
        "total_users": len(users),
        "active_users": still_active,
        "active_share": still_active / len(users),
        "avg_watch_hours_per_user": mean(column(users, "total_watch_time_hours")),
        "total_sessions": len(sessions),
        "avg_session_duration": mean(column(sessions, "duration_minutes")),
        "avg_completion_rate": mean(column(sessions, "completion_percentage")),
    }


def content_lifecycle(titles: list[Row], sessions: list[Row]) -> list[Row]:
    all_of_user = Counter(column(sessions, "user_id"))
    by_title, all_hours = grouped(sessions, "content_id"), hours(sessions)
    return [
        content_life(title["content_id"], by_title[title["content_id"]], all_of_user, all_hours) for title in titles
    ]


def content_life(content_id: str, sessions: list[Row], all_of_user: Counter[str], all_hours: float) -> Row:
    days = sorted(column(sessions, "watch_date"))
    ages = [(day - days[0]).days for day in days]
    by_user = grouped(sessions, "user_id")
    best = [max((row["completion_percentage"] or 0 for row in rows), default=0) for rows in by_user.values()]
    return {
        "content_id": content_id,
        "first_view_date": days[0] if days else None,
        "starters": len(by_user),
        "watchers": sum(each >= 70 for each in best),
        "completers": sum(each >= 90 for each in best),
        "views_first_7_days": sum(age < 7 for age in ages),
        "views_first_28_days": sum(age < 28 for age in ages),
        "half_life_days": ages[(len(ages) + 1) // 2 - 1] if ages else None,  # the view that makes it half
        "watch_hours": hours(sessions),
        "watch_share": hours(sessions) / all_hours if all_hours else None,
        "exclusive_viewers": sum(len(rows) * 2 >= all_of_user[user] for user, rows in by_user.items()),
    }
