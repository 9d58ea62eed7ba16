"""The tables of a warehouse, and the columns of what is delivered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]
SPACES = " \t\r\n"  # what trimming takes off

# Kinds of files, in the order in which one delivery loads them.
FILES = {"users": "users*.csv", "viewing_sessions": "viewing_sessions*.csv", "content": "content*.json"}

USERS = ["user_id", "age", "country", "subscription_type", "registration_date", "total_watch_time_hours"]
SESSIONS = ["session_id", "user_id", "content_id", "watch_date", "watch_duration_minutes"]
SESSIONS += ["completion_percentage", "device_type", "quality_level"]
COLUMNS = {"users": USERS, "viewing_sessions": SESSIONS}
BOTH = ["content_id", "title", "genre", "release_year", "rating", "production_budget"]
KNOWN_KEYS = {
    "movies": [*BOTH, "duration_minutes", "views_count"],
    "series": [*BOTH, "seasons", "episodes_per_season", "avg_episode_duration", "total_views"],
}

# What identifies a row of each table.
KEYS = {
    "bronze.users": ("_load_id", "_source_row"),
    "bronze.viewing_sessions": ("_load_id", "_source_row"),
    "bronze.content": ("_load_id", "_source_row"),
    "bronze.loads": ("load_id",),
    "bronze.rejected_records": ("load_id", "source_row"),
    "quarantine": ("load_id", "source_row"),
    "silver_users": ("user_id",),
    "silver_viewing_sessions": ("session_id",),
    "silver_content": ("content_id",),
    "gold_user_analytics": ("user_id",),
    "gold_content_performance": ("content_id",),
    "gold_country_insights": ("country",),
    "gold_genre_analytics": ("genre",),
    "gold_executive_summary": ("metric_category",),
    "gold_user_segmentation": ("user_segment",),
    "gold_data_quality": ("entity", "outcome", "rule"),
    "cost_of_bad_data": ("entity", "rule", "load_id"),
    "gold_daily_activity": ("activity_date",),
    "gold_retention_cohorts": ("cohort_month", "months_since"),
    "gold_subscription_insights": ("subscription_type",),
    "gold_device_quality": ("device_type", "quality_level"),
    "gold_content_lifecycle": ("content_id",),
}


@dataclass
class Warehouse:
    """Every table by name, as rows of column -> value, and the names of the files refused."""

    tables: dict[str, list[Row]]
    refused: list[str]
