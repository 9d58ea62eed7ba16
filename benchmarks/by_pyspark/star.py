"""The star schema."""

from __future__ import annotations

from collections.abc import Callable

from pyspark.sql import SparkSession


def build(spark: SparkSession, table: Callable[[str, str], None]) -> None:
    """Dimensions, and the fact as a view."""
    table(
        "dim_user",
        "select user_id, age, country, subscription_type, signup_date, user_segment, total_watch_time_hours "
        "from gold_user_analytics",
    )
    table(
        "dim_content",
        "select titles.*, rating_category from silver_content as titles join gold_content_performance as performance "
        "on titles.content_id = performance.content_id",
    )
    table("dim_genre", "select genre, count(*) as titles from bridge_content_genre group by genre")
    table(
        "dim_date",
        """
        with days as (
            select explode(sequence(min(watch_date), max(watch_date), interval 1 day)) as date_day
            from silver_viewing_sessions
        )
        select cast(date_format(date_day, 'yyyyMMdd') as bigint) as date_key, date_day,
            year(date_day) as calendar_year, quarter(date_day) as quarter_number, month(date_day) as month_number,
            date_format(date_day, 'MMMM') as month_name, cast(trunc(date_day, 'month') as date) as first_day_of_month,
            cast(trunc(date_day, 'week') as date) as first_day_of_week, day(date_day) as day_of_month,
            weekday(date_day) + 1 as day_of_week, date_format(date_day, 'EEEE') as day_name,
            cast(weekday(date_day) >= 5 as int) as is_weekend
        from days
        """,
    )
    spark.sql(
        "create temporary view fact_viewing_session as select *, cast(date_format(watch_date, 'yyyyMMdd') as bigint) "
        "as date_key from silver_viewing_sessions"
    )
