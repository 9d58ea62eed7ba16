"""Bronze: records as delivered, values as text."""

from __future__ import annotations

from collections.abc import Callable

from pyspark.sql import SparkSession

USERS = "user_id age country subscription_type registration_date total_watch_time_hours"
SESSIONS = (
    "session_id user_id content_id watch_date watch_duration_minutes completion_percentage device_type quality_level"
)
MOVIE = "content_id string, title string, genre array<string>, rating string, production_budget string, "
CONTENT = (
    f"movies array<struct<{MOVIE} duration_minutes string, release_year string, views_count string>>, "
    f"series array<struct<{MOVIE} seasons string, episodes_per_season array<string>, avg_episode_duration string, "
    "total_views string>>"
)


def load(spark: SparkSession, table: Callable[[str, str], None], delivery: str) -> None:
    """Read one file of each kind."""
    for schema in ("bronze", "staging"):
        spark.sql(f"create schema {schema}")
    origin = "cast({} as bigint) as _load_id, '{}' as _source_file, monotonically_increasing_id() as _source_row"
    for load_id, (name, columns) in enumerate([("users", USERS), ("viewing_sessions", SESSIONS)], start=1):
        schema = ", ".join(f"{column} string" for column in columns.split())
        spark.read.csv(f"{delivery}/{name}.csv", schema, header=True).createOrReplaceTempView("delivered")
        table(
            f"bronze.{name}", f"select *, {origin.format(load_id, f'{name}.csv')}, now() as _loaded_at from delivered"
        )
    spark.read.json(f"{delivery}/content.json", CONTENT, multiLine=True).createOrReplaceTempView("delivered")
    episodes = "aggregate(title.episodes_per_season, 0L, (total, each) -> total + cast(each as bigint))"
    table(
        "bronze.content",
        f"""
        with titles as (select explode(movies) as title from delivered),
        series as (select explode(series) as title from delivered)
        select title.content_id, title.title, array_join(title.genre, ', ') as genre, 'movie' as content_type,
            title.duration_minutes, title.release_year, title.rating, title.views_count, title.production_budget,
            cast(null as string) as seasons, cast(null as string) as total_episodes,
            {origin.format(3, "content.json")}
        from titles
        union all
        select title.content_id, title.title, array_join(title.genre, ', '), 'series',
            cast(cast(title.avg_episode_duration as double) * {episodes} as string), null, title.rating,
            title.total_views, title.production_budget, title.seasons, cast({episodes} as string),
            {origin.format(3, "content.json")}
        from series
        """,
    )
