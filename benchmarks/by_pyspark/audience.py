"""Gold about the audience: all users' sessions, those who lapsed included."""

from __future__ import annotations

from collections.abc import Callable

from pyspark.sql import SparkSession


def of_all_users(spark: SparkSession, table: Callable[[str, str], None]) -> None:
    """Every day, month, plan, device and title."""
    spark.sql(
        "create temporary view counted_sessions as select * from staging.judged_viewing_sessions "
        "where outcome in ('current', 'inactive_user')"
    )
    table(
        "gold_daily_activity",
        """
        with visits as (
            select user_id, watch_date, count(*) as sessions, sum(duration_minutes) as minutes,
                lag(watch_date) over (partition by user_id order by watch_date) is null as is_new,
                lead(watch_date) over (partition by user_id order by watch_date) as next_day
            from counted_sessions group by user_id, watch_date
        ),
        came as (
            select watch_date as activity_date, sum(sessions) as sessions, sum(minutes) / 60 as watch_hours,
                count(*) as dau, count_if(is_new) as new_users
            from visits group by watch_date
        ),
        left_week as (
            select least(date_add(watch_date, 7), next_day) as activity_date, count(*) as week from visits group by 1
        ),
        left_month as (
            select least(date_add(watch_date, 30), next_day) as activity_date, count(*) as month from visits group by 1
        ),
        days as (
            select explode(sequence(min(watch_date), max(watch_date), interval 1 day)) as activity_date
            from counted_sessions
        ),
        counted as (
            select activity_date, coalesce(sessions, 0) as sessions, coalesce(watch_hours, 0) as watch_hours,
                coalesce(dau, 0) as dau,
                sum(coalesce(dau, 0) - coalesce(week, 0)) over (order by activity_date) as wau,
                sum(coalesce(dau, 0) - coalesce(month, 0)) over (order by activity_date) as mau,
                coalesce(new_users, 0) as new_users
            from days left join came using (activity_date) left join left_week using (activity_date)
                left join left_month using (activity_date)
        )
        select *, dau / mau as stickiness from counted
        """,
    )
    table(
        "gold_retention_cohorts",
        """
        with user_months as (
            select distinct user_id, cast(trunc(watch_date, 'month') as date) as watch_month from counted_sessions
        ),
        users as (select user_id, min(watch_month) as cohort_month from user_months group by user_id),
        cohorts as (select cohort_month, count(*) as cohort_users from users group by cohort_month),
        months as (
            select explode(sequence(min(watch_month), max(watch_month), interval 1 month)) as watch_month
            from user_months
        ),
        retained as (
            select cohort_month, watch_month, count(*) as retained_users
            from user_months join users using (user_id) group by cohort_month, watch_month
        )
        select cohorts.cohort_month,
            cast(months_between(months.watch_month, cohorts.cohort_month) as bigint) as months_since, cohort_users,
            coalesce(retained_users, 0) as retained_users,
            coalesce(retained_users, 0) / cohort_users as retention_rate
        from cohorts join months on cohorts.cohort_month <= months.watch_month
            left join retained on cohorts.cohort_month = retained.cohort_month
                and months.watch_month = retained.watch_month
        """,
    )
    table(
        "gold_subscription_insights",
        """
        with sessions as (
            select user_id, count(*) as sessions, sum(duration_minutes) as minutes,
                count(completion_percentage) as completions, sum(completion_percentage) as completion_sum
            from counted_sessions group by user_id
        )
        select subscription_type, count(*) as total_users, count_if(outcome = 'current') as active_users,
            count_if(outcome = 'current') / count(*) as active_share,
            avg(total_watch_time_hours) as avg_watch_hours_per_user, coalesce(sum(sessions), 0) as total_sessions,
            sum(minutes) / sum(sessions) as avg_session_duration,
            sum(completion_sum) / nullif(sum(completions), 0) as avg_completion_rate
        from staging.judged_users as users left join sessions on users.user_id = sessions.user_id
        where outcome in ('current', 'inactive_user') group by subscription_type
        """,
    )
    table(
        "gold_device_quality",
        """
        select device_type, quality_level, count(*) as sessions, sum(duration_minutes) / 60 as watch_hours,
            avg(completion_percentage) as avg_completion_rate, count(distinct user_id) as unique_users
        from counted_sessions group by device_type, quality_level
        """,
    )
    table(
        "gold_content_lifecycle",
        """
        with pairs as (
            select content_id, user_id, count(*) as plays, max(completion_percentage) as best,
                sum(count(*)) over (partition by user_id) as plays_of_user
            from counted_sessions group by content_id, user_id
        ),
        viewers as (
            select content_id, count(*) as starters, count_if(best >= 70) as watchers,
                count_if(best >= 90) as completers, count_if(2 * plays >= plays_of_user) as exclusive_viewers
            from pairs group by content_id
        ),
        running as (
            select content_id, watch_date, count(*) as plays, sum(duration_minutes) as minutes,
                min(watch_date) over (partition by content_id) as first_day,
                sum(count(*)) over (partition by content_id order by watch_date) as so_far,
                sum(count(*)) over (partition by content_id) as all_plays
            from counted_sessions group by content_id, watch_date
        ),
        lives as (
            select content_id, first_day, sum(plays) filter (where watch_date < date_add(first_day, 7)) as week,
                sum(plays) filter (where watch_date < date_add(first_day, 28)) as four_weeks,
                min(watch_date) filter (where 2 * so_far >= all_plays) as half_life_day, sum(minutes) as minutes,
                sum(minutes) / sum(sum(minutes)) over () as watch_share
            from running group by content_id, first_day
        )
        select content_id, first_day as first_view_date, coalesce(starters, 0) as starters,
            coalesce(watchers, 0) as watchers, coalesce(completers, 0) as completers,
            coalesce(week, 0) as views_first_7_days, coalesce(four_weeks, 0) as views_first_28_days,
            datediff(half_life_day, first_day) as half_life_days, coalesce(minutes, 0) / 60 as watch_hours,
            coalesce(watch_share, 0) as watch_share, coalesce(exclusive_viewers, 0) as exclusive_viewers
        from silver_content left join lives using (content_id) left join viewers using (content_id)
        """,
    )
