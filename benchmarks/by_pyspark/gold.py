"""Gold about active users, titles and the account."""

from __future__ import annotations

from collections.abc import Callable

from expressions import clean, two_decimals
from silver import KEYS


def of_active_users(table: Callable[[str, str], None], as_of: str) -> None:
    """Users, titles, countries and genres."""
    table(
        "bridge_content_genre",
        f"""
        with split as (
            select content_id, array_distinct(transform(split(genre, ','), part -> {clean("part")})) as parts
            from silver_content
        ),
        named as (select content_id, filter(parts, part -> part is not null) as genres from split)
        select content_id, explode(if(size(genres) = 0, array('Unknown'), genres)) as genre,
            1d / greatest(size(genres), 1) as genre_weight
        from named
        """,
    )
    table(
        "gold_user_analytics",
        f"""
        with views as (
            select user_id, count(*) as total_sessions, avg(duration_minutes) as avg_session_duration,
                sum(duration_minutes) as total_minutes_watched, count(distinct content_id) as unique_content_watched,
                avg(completion_percentage) as avg_completion_rate, max(watch_date) as last_watch_date
            from silver_viewing_sessions group by user_id
        )
        select users.*, coalesce(total_sessions, 0) as total_sessions, avg_session_duration,
            coalesce(total_minutes_watched, 0) as total_minutes_watched,
            coalesce(unique_content_watched, 0) as unique_content_watched, avg_completion_rate, last_watch_date,
            case when total_watch_time_hours >= 500 then 'Power User' when total_watch_time_hours >= 300
                then 'Heavy User' when total_watch_time_hours >= 150 then 'Regular User' else 'Light User' end
                as user_segment,
            cast(datediff(date'{as_of}', signup_date) as bigint) as days_since_signup
        from silver_users as users left join views on users.user_id = views.user_id
        """,
    )
    table(
        "gold_content_performance",
        f"""
        with views as (
            select content_id, count(*) as total_views, count(distinct user_id) as unique_viewers,
                avg(duration_minutes) as avg_watch_time, avg(completion_percentage) as avg_completion_rate
            from silver_viewing_sessions group by content_id
        )
        select titles.content_id, title, genre, content_type, duration_minutes, release_year, rating,
            production_budget, coalesce(total_views, 0) as total_views, coalesce(unique_viewers, 0) as unique_viewers,
            avg_watch_time, avg_completion_rate,
            {two_decimals("(coalesce(total_views, 0) / nullif(production_budget / 1000000, 0))")}
                as views_per_million_budget,
            case when rating >= 4.5 then 'Excellent' when rating >= 4.0 then 'Very Good' when rating >= 3.5
                then 'Good' when rating >= 3.0 then 'Average' when rating is not null then 'Below Average' end
                as rating_category
        from silver_content as titles left join views on titles.content_id = views.content_id
        """,
    )
    table(
        "gold_country_insights",
        """
        with users as (
            select country, count(*) as total_users, avg(total_watch_time_hours) as avg_watch_hours_per_user,
                avg(age) as avg_user_age, sum(total_sessions) as total_sessions,
                sum(total_minutes_watched) / nullif(sum(total_sessions), 0) as avg_session_duration
            from gold_user_analytics group by country
        ),
        titles as (
            select country, count(distinct content_id) as unique_content_consumed
            from silver_viewing_sessions join silver_users using (user_id) group by country
        )
        select users.*, coalesce(unique_content_consumed, 0) as unique_content_consumed
        from users left join titles on users.country = titles.country
        """,
    )
    table(
        "gold_genre_analytics",
        f"""
        with titles as (
            select genre_of.genre, count(*) as total_content_items, avg(production_budget) as avg_production_budget,
                coalesce(sum(production_budget), 0) as total_investment, avg(rating) as avg_genre_rating,
                avg(duration_minutes) as avg_content_duration
            from bridge_content_genre as genre_of join silver_content as titles
                on genre_of.content_id = titles.content_id
            group by genre_of.genre
        ),
        last_day as (select max(watch_date) as last_day from silver_viewing_sessions),
        views as (
            select genre, count(*) as total_views, count(distinct user_id) as unique_viewers,
                avg(duration_minutes) as avg_watch_time, count_if(watch_date > last_day - 30) as last_30,
                count_if(watch_date > last_day - 60 and watch_date <= last_day - 30) as previous_30
            from silver_viewing_sessions join bridge_content_genre using (content_id) cross join last_day
            group by genre
        )
        select titles.genre, total_content_items, coalesce(total_views, 0) as total_views,
            coalesce(unique_viewers, 0) as unique_viewers, avg_production_budget, total_investment, avg_genre_rating,
            avg_content_duration, avg_watch_time, coalesce(last_30, 0) as views_last_30_days,
            coalesce(previous_30, 0) as views_previous_30_days,
            {two_decimals("(100d * (last_30 - previous_30) / nullif(previous_30, 0))")} as view_trend_pct
        from titles left join views on titles.genre = views.genre
        """,
    )


def summarise(table: Callable[[str, str], None]) -> None:
    """One row for all, the segments, and the account of every record."""
    table(
        "gold_executive_summary",
        f"""
        select 'Platform Overview' as metric_category,
            (select count(*) from silver_users) as active_users_100h_plus,
            (select count(*) from silver_content) as total_content_catalog, count(*) as total_viewing_sessions,
            (select {two_decimals("avg(total_watch_time_hours)")} from silver_users) as avg_user_engagement_hours,
            count(distinct content_id) as content_with_views,
            coalesce(sum(duration_minutes), 0) / 60 as total_watch_hours, max(watch_date) as data_through,
            (select 1 / nullif(sum(watch_share * watch_share), 0) from gold_content_lifecycle)
                as effective_catalog_size,
            (select count(*) from staging.judged_users where outcome in ('current', 'inactive_user')) as total_users
        from silver_viewing_sessions
        """,
    )
    table(
        "gold_user_segmentation",
        f"""
        select user_segment, count(*) as users_in_segment, avg(total_watch_time_hours) as avg_watch_hours,
            avg(total_sessions) as avg_sessions_per_user, avg(unique_content_watched) as avg_unique_content,
            {two_decimals("(100d * count(*) / sum(count(*)) over ())")} as segment_percentage
        from gold_user_analytics group by user_segment
        """,
    )
    table(
        "gold_data_quality",
        " union all ".join(
            f"select '{entity}' as entity, outcome, rule, count(*) as records from staging.judged_{entity} "
            "group by outcome, rule"
            for entity in KEYS
        ),
    )
