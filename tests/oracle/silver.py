"""Which records count, and the account of those that do not."""

from __future__ import annotations

import math
from collections import Counter
from datetime import date
from typing import Any

from oracle.cost import cost_of_bad_data
from oracle.gold import (
    column,
    content_lifecycle,
    content_performance,
    country_insights,
    daily_activity,
    executive_summary,
    genre_analytics,
    genres,
    grouped,
    hours,
    mean,
    retention_cohorts,
    round2,
    sessions_of,
    subscription_insights,
    user_analytics,
)
from oracle.rules import JUDGES, trimmed
from oracle.tables import Row

ACTIVE_HOURS = 100


def build(tables: dict[str, list[Row]], as_of: date) -> None:
    """Fill quarantine, silver and gold from bronze; each table is told once, by its name."""
    account: Counter[tuple[str, str, str | None]] = Counter()
    current: dict[str, dict[str, Row]] = {}
    for row in tables["bronze.rejected_records"]:
        account[row["entity"], "rejected", None] += 1
    for entity in JUDGES:
        current[entity] = current_records(entity, tables, account)

    # Silver
    users = [row for row in current["users"].values() if row["total_watch_time_hours"] >= ACTIVE_HOURS]
    account["users", "inactive_user", None] = len(current["users"]) - len(users)
    active = set(column(users, "user_id"))
    titles = list(current["content"].values())
    sessions, counted = [], []  # counted: those of inactive users too
    for row in current["viewing_sessions"].values():
        if row["user_id"] not in current["users"]:
            account["viewing_sessions", "held", "user_unknown"] += 1
        elif row["content_id"] not in current["content"]:
            account["viewing_sessions", "held", "content_unknown"] += 1
        elif row["user_id"] not in active:
            account["viewing_sessions", "inactive_user", None] += 1
            counted.append(row)
        else:
            sessions.append(row)
            counted.append(row)
    for entity, rows in (("users", users), ("viewing_sessions", sessions), ("content", titles)):
        tables[f"silver_{entity}"] = rows
        account[entity, "current", None] = len(rows)

    # Gold
    by_user, by_title = grouped(sessions, "user_id"), grouped(sessions, "content_id")
    last_day = max(column(sessions, "watch_date"), default=None)
    analytics = [user_analytics(user, by_user[user["user_id"]], as_of) for user in users]
    tables["gold_user_analytics"] = analytics
    tables["gold_content_performance"] = [content_performance(title, by_title[title["content_id"]]) for title in titles]
    tables["gold_country_insights"] = [
        country_insights(country, members, sessions_of(column(members, "user_id"), by_user))
        for country, members in grouped(users, "country").items()
    ]
    by_genre = grouped(({**title, "part": part} for title in titles for part in genres(title)), "part")
    tables["gold_genre_analytics"] = [
        genre_analytics(genre, items, sessions_of(column(items, "content_id"), by_title), last_day)
        for genre, items in by_genre.items()
    ]
    lives = content_lifecycle(titles, counted)
    summary = executive_summary(users, titles, sessions, last_day)
    concentration = math.fsum((life["watch_share"] or 0) ** 2 for life in lives)
    summary["effective_catalog_size"] = 1 / concentration if concentration else None
    summary["total_users"] = len(current["users"])
    tables["gold_executive_summary"] = [summary]
    tables["gold_user_segmentation"] = [
        {
            "user_segment": segment,
            "users_in_segment": len(members),
            "avg_watch_hours": mean(column(members, "total_watch_time_hours")),
            "avg_sessions_per_user": mean(column(members, "total_sessions")),
            "avg_unique_content": mean(column(members, "unique_content_watched")),
            "segment_percentage": round2(100 * len(members) / len(users)),
        }
        for segment, members in grouped(analytics, "user_segment").items()
    ]
    tables["gold_daily_activity"] = daily_activity(counted)
    tables["gold_retention_cohorts"] = retention_cohorts(counted)
    counted_by_user = grouped(counted, "user_id")
    tables["gold_subscription_insights"] = [
        subscription_insights(plan, members, sessions_of(column(members, "user_id"), counted_by_user), active)
        for plan, members in grouped(current["users"].values(), "subscription_type").items()
    ]
    tables["gold_device_quality"] = [
        {
            "device_type": device,
            "quality_level": quality,
            "sessions": len(group),
            "watch_hours": hours(group),
            "avg_completion_rate": mean(column(group, "completion_percentage")),
            "unique_users": len(set(column(group, "user_id"))),
        }
        for device, of_device in grouped(counted, "device_type").items()
        for quality, group in grouped(of_device, "quality_level").items()
    ]
    tables["gold_content_lifecycle"] = lives
    tables["gold_data_quality"] = [
        {"entity": entity, "outcome": outcome, "rule": rule, "records": records}
        for (entity, outcome, rule), records in account.items()
        if records > 0
    ]
    tables["cost_of_bad_data"] = cost_of_bad_data(tables, current)


def current_records(entity: str, tables: dict[str, list[Row]], account: Counter[Any]) -> dict[str, Row]:
    """The latest valid record of each key; counts the superseded, quarantines the invalid."""
    key, judge = JUDGES[entity]
    current: dict[str, Row] = {}
    for raw in tables[f"bronze.{entity}"]:  # in order of load, then position: a later record replaces
        values = {name: trimmed(value) for name, value in raw.items() if not name.startswith("_")}
        checks, typed = judge(values)
        broken = next(((rule, judged) for rule, judged, kept in checks if not kept), None)
        if broken is None:
            account[entity, "superseded", None] += values[key] in current
            current[typed[key]] = typed
        else:
            rule, judged = broken
            account[entity, "quarantined", rule] += 1
            place = {"load_id": raw["_load_id"], "source_file": raw["_source_file"]}
            place |= {"source_row": raw["_source_row"], "offending_value": raw[judged]}
            tables["quarantine"].append({"entity": entity, "record_key": values[key], "rule": rule, **place})
    return current
