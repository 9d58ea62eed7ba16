"""The same work as `goldreel run --engine spark`, written for PySpark alone by hand.

    python -m benchmarks.by_pyspark DELIVERY OUTPUT AS_OF MEMORY THREADS

Like by_hand.sql it expects one well-formed file of each kind, and does without a ledger, rejected records, resuming and
tests. What it builds are tables in Parquet under OUTPUT.
"""

from __future__ import annotations

import os
import sys

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


def clean(column: str) -> str:
    return f"nullif(trim(both ' \\t\\r\\n' from {column}), '')"


def number(text: str) -> str:
    return f"case when {text} rlike '^[+-]?[0-9]+([.][0-9]+)?$' then try_cast({text} as double) end"


def whole(text: str) -> str:
    return f"case when {text} rlike '^[+-]?[0-9]+$' then try_cast({text} as bigint) end"


def day(text: str) -> str:
    pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}.*)?$"
    return f"case when {text} rlike '{pattern}' then try_cast(left({text}, 10) as date) end"


def two_decimals(value: str) -> str:
    return f"sign({value}) * floor(abs({value}) * 100 + 0.5) / 100"


def latest(key: str) -> str:
    """Whether a valid record is replaced by a later one."""
    return f"row_number() over (partition by {key}, rule order by load_id desc, source_row desc) > 1"


def main(delivery: str, output: str, as_of: str, memory: str, threads: str) -> None:
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    spark = (
        SparkSession.builder.master(f"local[{threads}]")
        .config("spark.driver.memory", memory)
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", str(max(8, 4 * int(threads))))
        .config("spark.sql.warehouse.dir", output)
        .config("spark.local.dir", f"{output}/scratch")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("ERROR")

    def table(name: str, query: str) -> None:
        spark.sql(f"create table {name} using parquet as {query}")

    # Bronze: records as delivered, values as text.

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

    # Rules: text to typed values; every record gets an outcome, and the first rule it breaks.

    source = "_load_id as load_id, _source_file as source_file, _source_row as source_row"
    table(
        "staging.judged_users",
        f"""
        with typed as (
            select {clean("user_id")} as user_id, {whole(clean("age"))} as age,
                coalesce({clean("country")}, 'Unknown') as country,
                coalesce({clean("subscription_type")}, 'Unknown') as subscription_type,
                {day(clean("registration_date"))} as signup_date,
                {number(clean("total_watch_time_hours"))} as total_watch_time_hours,
                registration_date as delivered_date, total_watch_time_hours as delivered_hours, {source}
            from bronze.users
        ),
        judged as (
            select *, case when user_id is null then 'user_id_missing'
                when total_watch_time_hours is null or total_watch_time_hours < 0 then 'hours_invalid'
                when signup_date is null then 'signup_date_invalid' end as rule
            from typed
        )
        select user_id, if(age between 0 and 120, age, null) as age, country, subscription_type, signup_date,
            total_watch_time_hours, load_id, source_file, source_row, rule,
            case rule when 'hours_invalid' then delivered_hours when 'signup_date_invalid' then delivered_date end
                as offending_value,
            case when rule is not null then 'quarantined' when {latest("user_id")} then 'superseded'
                when total_watch_time_hours >= 100 then 'current' else 'inactive_user' end as outcome
        from judged
        """,
    )
    table(
        "staging.judged_content",
        f"""
        with typed as (
            select {clean("content_id")} as content_id, coalesce({clean("title")}, 'Untitled') as title,
                coalesce({clean("genre")}, 'Unknown') as genre, content_type,
                {number(clean("duration_minutes"))} as duration_minutes,
                coalesce({whole(clean("release_year"))}, 2020) as release_year, {number(clean("rating"))} as rating,
                {whole(clean("views_count"))} as views_count,
                {number(clean("production_budget"))} as production_budget, {whole(clean("seasons"))} as seasons,
                {whole(clean("total_episodes"))} as total_episodes, duration_minutes as delivered_duration, {source}
            from bronze.content
        ),
        judged as (
            select *, case when content_id is null then 'content_id_missing'
                when duration_minutes is null or duration_minutes <= 0 then 'content_duration_invalid' end as rule
            from typed
        )
        select content_id, title, genre, content_type, duration_minutes, release_year,
            greatest(0d, least(5d, rating)) as rating, views_count,
            if(production_budget >= 0, production_budget, null) as production_budget, seasons, total_episodes,
            load_id, source_file, source_row, rule,
            case rule when 'content_duration_invalid' then delivered_duration end as offending_value,
            case when rule is not null then 'quarantined' when {latest("content_id")} then 'superseded'
                else 'current' end as outcome
        from judged
        """,
    )
    table(
        "staging.judged_viewing_sessions",
        f"""
        with typed as (
            select {clean("session_id")} as session_id, {clean("user_id")} as user_id,
                {clean("content_id")} as content_id, {day(clean("watch_date"))} as watch_date,
                {number(clean("watch_duration_minutes"))} as duration_minutes,
                {number(clean("completion_percentage"))} as completion,
                coalesce({clean("device_type")}, 'Unknown') as device_type,
                coalesce({clean("quality_level")}, 'Unknown') as quality_level,
                watch_date as delivered_date, watch_duration_minutes as delivered_duration, {source}
            from bronze.viewing_sessions
        ),
        judged as (
            select *, case when session_id is null then 'session_id_missing' when user_id is null then 'user_id_missing'
                when content_id is null then 'content_id_missing' when watch_date is null then 'watch_date_invalid'
                when duration_minutes is null or duration_minutes <= 0 or duration_minutes > 1440
                    then 'duration_invalid' end as rule
            from typed
        ),
        ranked as (select *, {latest("session_id")} as is_replaced from judged),
        users as (
            select user_id, outcome = 'current' as is_active from staging.judged_users
            where outcome in ('current', 'inactive_user')
        ),
        titles as (select content_id from staging.judged_content where outcome = 'current'),
        joined as (
            select ranked.*, is_active, users.user_id is null as is_user_unknown,
                titles.content_id is null as is_title_unknown
            from ranked left join users on ranked.user_id = users.user_id
            left join titles on ranked.content_id = titles.content_id
        )
        select session_id, user_id, content_id, watch_date, duration_minutes,
            if(completion between 0 and 100, completion, null) as completion_percentage, device_type, quality_level,
            load_id, source_file, source_row,
            case when rule is not null then rule when is_replaced then null when is_user_unknown then 'user_unknown'
                when is_title_unknown then 'content_unknown' end as rule,
            case when rule = 'watch_date_invalid' then delivered_date
                when rule = 'duration_invalid' then delivered_duration when rule is not null or is_replaced then null
                when is_user_unknown then user_id when is_title_unknown then content_id end as offending_value,
            case when rule is not null then 'quarantined' when is_replaced then 'superseded'
                when is_user_unknown or is_title_unknown then 'held' when is_active then 'current'
                else 'inactive_user' end as outcome
        from joined
        """,
    )

    # What was set aside, and silver.

    set_aside = "rule, offending_value, load_id, source_file, source_row"
    keys = {"users": "user_id", "viewing_sessions": "session_id", "content": "content_id"}
    table(
        "quarantine",
        " union all ".join(
            f"select '{entity}' as entity, {key} as record_key, {set_aside} from staging.judged_{entity} "
            "where outcome = 'quarantined'"
            for entity, key in keys.items()
        ),
    )
    table(
        "held_viewing_sessions",
        f"select session_id, user_id, content_id, watch_date, {set_aside} from staging.judged_viewing_sessions "
        "where outcome = 'held'",
    )
    silver = {
        "users": "user_id, age, country, subscription_type, signup_date, total_watch_time_hours",
        "content": "content_id, title, genre, content_type, duration_minutes, release_year, rating, views_count, "
        "production_budget, seasons, total_episodes",
        "viewing_sessions": "session_id, user_id, content_id, watch_date, duration_minutes, completion_percentage, "
        "device_type, quality_level",
    }
    for entity, columns in silver.items():
        table(f"silver_{entity}", f"select {columns} from staging.judged_{entity} where outcome = 'current'")

    # Gold.

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

    # Gold about the audience: all users' sessions, those who lapsed included.

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
            for entity in keys
        ),
    )

    # The star schema.

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
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
