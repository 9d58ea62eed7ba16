"""Rules, what was set aside, and silver."""

from __future__ import annotations

from collections.abc import Callable

from expressions import clean, day, implausible, latest, number, whole

KEYS = {"users": "user_id", "viewing_sessions": "session_id", "content": "content_id"}


def judge(table: Callable[[str, str], None]) -> None:
    """Text to typed values; every record gets an outcome, and the first rule it breaks."""
    source = "_load_id as load_id, _source_file as source_file, _source_row as source_row"
    loaded_on = "cast(_loaded_at as date) as loaded_on"
    table(
        "staging.judged_users",
        f"""
        with typed as (
            select {clean("user_id")} as user_id, {whole(clean("age"))} as age,
                coalesce({clean("country")}, 'Unknown') as country,
                coalesce({clean("subscription_type")}, 'Unknown') as subscription_type,
                {day(clean("registration_date"))} as signup_date,
                {number(clean("total_watch_time_hours"))} as total_watch_time_hours,
                registration_date as delivered_date, total_watch_time_hours as delivered_hours,
                {source}, {loaded_on}
            from bronze.users
        ),
        judged as (
            select *, case when user_id is null then 'user_id_missing'
                when total_watch_time_hours is null or total_watch_time_hours not between 0 and 1000000
                    then 'hours_invalid'
                when signup_date is null then 'signup_date_invalid'
                when {implausible("signup_date")} then 'signup_date_implausible' end as rule
            from typed
        )
        select user_id, if(age between 0 and 120, age, null) as age, country, subscription_type, signup_date,
            total_watch_time_hours, load_id, source_file, source_row, rule,
            case when rule = 'hours_invalid' then delivered_hours
                when rule in ('signup_date_invalid', 'signup_date_implausible') then delivered_date end
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
                {whole(clean("release_year"))} as release_year, {number(clean("rating"))} as rating,
                {number(clean("views_count"))} as views_count,
                {number(clean("production_budget"))} as production_budget, {whole(clean("seasons"))} as seasons,
                {whole(clean("total_episodes"))} as total_episodes, duration_minutes as delivered_duration, {source}
            from bronze.content
        ),
        judged as (
            select *, case when content_id is null then 'content_id_missing'
                when duration_minutes is null or duration_minutes <= 0 or duration_minutes > 1000000
                    then 'content_duration_invalid' end as rule
            from typed
        )
        select content_id, title, genre, content_type, duration_minutes,
            if(release_year between 1 and 9999, release_year, 2020) as release_year,
            greatest(0d, least(5d, rating)) as rating,
            if(views_count between 0 and 1e15, views_count, null) as views_count,
            if(production_budget between 0 and 1e13, production_budget, null) as production_budget, seasons,
            total_episodes,
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
                watch_date as delivered_date, watch_duration_minutes as delivered_duration,
                {source}, {loaded_on}
            from bronze.viewing_sessions
        ),
        judged as (
            select *, case when session_id is null then 'session_id_missing' when user_id is null then 'user_id_missing'
                when content_id is null then 'content_id_missing' when watch_date is null then 'watch_date_invalid'
                when {implausible("watch_date")} then 'watch_date_implausible'
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
            case when rule in ('watch_date_invalid', 'watch_date_implausible') then delivered_date
                when rule = 'duration_invalid' then delivered_duration when rule is not null or is_replaced then null
                when is_user_unknown then user_id when is_title_unknown then content_id end as offending_value,
            case when rule is not null then 'quarantined' when is_replaced then 'superseded'
                when is_user_unknown or is_title_unknown then 'held' when is_active then 'current'
                else 'inactive_user' end as outcome
        from joined
        """,
    )


def keep(table: Callable[[str, str], None]) -> None:
    """What was set aside, and silver."""
    set_aside = "rule, offending_value, load_id, source_file, source_row"
    table(
        "quarantine",
        " union all ".join(
            f"select '{entity}' as entity, {key} as record_key, {set_aside} from staging.judged_{entity} "
            "where outcome = 'quarantined'"
            for entity, key in KEYS.items()
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
