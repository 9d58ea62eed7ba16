-- bronze_to_silver.sql: written by goldreel export-sql from the models in dbt/models; change those, not this.
--
-- Builds data_quality_rules, stg_content, stg_users, stg_viewing_sessions, judged_content, silver_content,
-- judged_users, silver_users, judged_viewing_sessions, counted_viewing_sessions, held_viewing_sessions, load_columns,
-- quarantine, load_checks, repaired_records, records_to_repair, cost_of_bad_data, silver_viewing_sessions.
--
-- Run it with goldreel sql (all in one transaction) or the duckdb shell, as often as you like. Each table is replaced
-- in one step.


create schema if not exists staging;


-- data_quality_rules: One row per rule that records are judged by. The list itself stands once, in
-- macros/rules/quality_rules.sql; this table is for people and dashboards that explain why a record does not count.
create or replace table main.data_quality_rules as
select
    cast('users' as varchar) as entity,
    cast('user_id_missing' as varchar) as "rule",
    cast('quarantined' as varchar) as outcome,
    cast('user_id' as varchar) as judged_column,
    cast('The user has no id.' as varchar) as meaning,
    1 as position
union all

select
    cast('users' as varchar) as entity,
    cast('hours_invalid' as varchar) as "rule",
    cast('quarantined' as varchar) as outcome,
    cast('total_watch_time_hours' as varchar) as judged_column,
    cast('The total watch time is not a number of hours from 0 to 1,000,000.' as varchar) as meaning,
    2 as position
union all

select
    cast('users' as varchar) as entity,
    cast('signup_date_invalid' as varchar) as "rule",
    cast('quarantined' as varchar) as outcome,
    cast('registration_date' as varchar) as judged_column,
    cast('The registration date is not a day that exists, written YYYY-MM-DD.' as varchar) as meaning,
    3 as position
union all

select
    cast('users' as varchar) as entity,
    cast('signup_date_implausible' as varchar) as "rule",
    cast('quarantined' as varchar) as outcome,
    cast('registration_date' as varchar) as judged_column,
    cast('The registration date lies before earliest_date, or more than a day after the day it was loaded.' as varchar) as meaning,
    4 as position
union all

select
    cast('viewing_sessions' as varchar) as entity,
    cast('session_id_missing' as varchar) as "rule",
    cast('quarantined' as varchar) as outcome,
    cast('session_id' as varchar) as judged_column,
    cast('The session has no id.' as varchar) as meaning,
    5 as position
union all

select
    cast('viewing_sessions' as varchar) as entity,
    cast('user_id_missing' as varchar) as "rule",
    cast('quarantined' as varchar) as outcome,
    cast('user_id' as varchar) as judged_column,
    cast('The session does not say whose it is.' as varchar) as meaning,
    6 as position
union all

select
    cast('viewing_sessions' as varchar) as entity,
    cast('content_id_missing' as varchar) as "rule",
    cast('quarantined' as varchar) as outcome,
    cast('content_id' as varchar) as judged_column,
    cast('The session does not say what was watched.' as varchar) as meaning,
    7 as position
union all

select
    cast('viewing_sessions' as varchar) as entity,
    cast('watch_date_invalid' as varchar) as "rule",
    cast('quarantined' as varchar) as outcome,
    cast('watch_date' as varchar) as judged_column,
    cast('The watch date is not a day that exists, written YYYY-MM-DD.' as varchar) as meaning,
    8 as position
union all

select
    cast('viewing_sessions' as varchar) as entity,
    cast('watch_date_implausible' as varchar) as "rule",
    cast('quarantined' as varchar) as outcome,
    cast('watch_date' as varchar) as judged_column,
    cast('The watch date lies before earliest_date, or more than a day after the day it was loaded.' as varchar) as meaning,
    9 as position
union all

select
    cast('viewing_sessions' as varchar) as entity,
    cast('duration_invalid' as varchar) as "rule",
    cast('quarantined' as varchar) as outcome,
    cast('watch_duration_minutes' as varchar) as judged_column,
    cast('The duration is not a number of minutes above 0 and at most 1440 (a day).' as varchar) as meaning,
    10 as position
union all

select
    cast('viewing_sessions' as varchar) as entity,
    cast('user_unknown' as varchar) as "rule",
    cast('held' as varchar) as outcome,
    cast('user_id' as varchar) as judged_column,
    cast('No valid user of that id has been delivered yet; the session counts once one is.' as varchar) as meaning,
    11 as position
union all

select
    cast('viewing_sessions' as varchar) as entity,
    cast('content_unknown' as varchar) as "rule",
    cast('held' as varchar) as outcome,
    cast('content_id' as varchar) as judged_column,
    cast('No valid title of that id has been delivered yet; the session counts once one is.' as varchar) as meaning,
    12 as position
union all

select
    cast('content' as varchar) as entity,
    cast('content_id_missing' as varchar) as "rule",
    cast('quarantined' as varchar) as outcome,
    cast('content_id' as varchar) as judged_column,
    cast('The title has no id (an object or a list is none: deliver {"$oid": "5a68"} as "5a68").' as varchar) as meaning,
    13 as position
union all

select
    cast('content' as varchar) as entity,
    cast('content_duration_invalid' as varchar) as "rule",
    cast('quarantined' as varchar) as outcome,
    cast('duration_minutes' as varchar) as judged_column,
    cast('The duration is no number above 0 up to 1,000,000 (deliver {"$numberInt": "90"} as 90), or a series does not give its episodes.' as varchar) as meaning,
    14 as position;


-- stg_content: One row per delivered title record: trimmed, typed, repaired where a rule allows it, and judged by the
-- rules that a record can break by itself. Every version of a title is here, valid or not; which one counts is
-- decided in judged_content.
create or replace view staging.stg_content as
with delivered as (
    select
        content_id as delivered_content_id,
        duration_minutes as delivered_duration_minutes,
        case
        when
            content_id < '!'
            or ends_with(content_id, ' ')
            or ends_with(content_id, chr(9))
            or ends_with(content_id, chr(13))
            or ends_with(content_id, chr(10))
            then nullif(trim(content_id, concat(chr(32), chr(9), chr(13), chr(10))), '')
        else content_id
    end as content_id,
        case
        when
            title < '!'
            or ends_with(title, ' ')
            or ends_with(title, chr(9))
            or ends_with(title, chr(13))
            or ends_with(title, chr(10))
            then nullif(trim(title, concat(chr(32), chr(9), chr(13), chr(10))), '')
        else title
    end as title,
        case
        when
            genre < '!'
            or ends_with(genre, ' ')
            or ends_with(genre, chr(9))
            or ends_with(genre, chr(13))
            or ends_with(genre, chr(10))
            then nullif(trim(genre, concat(chr(32), chr(9), chr(13), chr(10))), '')
        else genre
    end as genre,
        content_type,
        case
        when
            duration_minutes < '!'
            or ends_with(duration_minutes, ' ')
            or ends_with(duration_minutes, chr(9))
            or ends_with(duration_minutes, chr(13))
            or ends_with(duration_minutes, chr(10))
            then nullif(trim(duration_minutes, concat(chr(32), chr(9), chr(13), chr(10))), '')
        else duration_minutes
    end as duration_minutes,
        case
        when
            release_year < '!'
            or ends_with(release_year, ' ')
            or ends_with(release_year, chr(9))
            or ends_with(release_year, chr(13))
            or ends_with(release_year, chr(10))
            then nullif(trim(release_year, concat(chr(32), chr(9), chr(13), chr(10))), '')
        else release_year
    end as release_year,
        case
        when
            rating < '!'
            or ends_with(rating, ' ')
            or ends_with(rating, chr(9))
            or ends_with(rating, chr(13))
            or ends_with(rating, chr(10))
            then nullif(trim(rating, concat(chr(32), chr(9), chr(13), chr(10))), '')
        else rating
    end as rating,
        case
        when
            views_count < '!'
            or ends_with(views_count, ' ')
            or ends_with(views_count, chr(9))
            or ends_with(views_count, chr(13))
            or ends_with(views_count, chr(10))
            then nullif(trim(views_count, concat(chr(32), chr(9), chr(13), chr(10))), '')
        else views_count
    end as views_count,
        case
        when
            production_budget < '!'
            or ends_with(production_budget, ' ')
            or ends_with(production_budget, chr(9))
            or ends_with(production_budget, chr(13))
            or ends_with(production_budget, chr(10))
            then nullif(trim(production_budget, concat(chr(32), chr(9), chr(13), chr(10))), '')
        else production_budget
    end as production_budget,
        case
        when
            seasons < '!'
            or ends_with(seasons, ' ')
            or ends_with(seasons, chr(9))
            or ends_with(seasons, chr(13))
            or ends_with(seasons, chr(10))
            then nullif(trim(seasons, concat(chr(32), chr(9), chr(13), chr(10))), '')
        else seasons
    end as seasons,
        case
        when
            total_episodes < '!'
            or ends_with(total_episodes, ' ')
            or ends_with(total_episodes, chr(9))
            or ends_with(total_episodes, chr(13))
            or ends_with(total_episodes, chr(10))
            then nullif(trim(total_episodes, concat(chr(32), chr(9), chr(13), chr(10))), '')
        else total_episodes
    end as total_episodes,
        _load_id as load_id,
        _source_file as source_file,
        _source_row as source_row
    from bronze.content
),

typed as (
    select
        delivered_content_id,
        delivered_duration_minutes,
        case
        when left(content_id, 2) in ('{"', '{}') and right(content_id, 1) = '}' then null
        when
            right(content_id, 1) = ']'
            and (
                left(content_id, 2) in (
                    '["', '[{', '[[', '[]', '[-', '[0', '[1', '[2', '[3', '[4', '[5', '[6', '[7', '[8', '[9'
                )
                or left(content_id, 5) in ('[true', '[null')
                or left(content_id, 6) = '[false'
            )
            then null
        else content_id
    end as content_id,
        cast(coalesce(title, 'Untitled') as varchar) as title,
        cast(coalesce(genre, 'Unknown') as varchar) as genre,
        content_type,
        case
        when
            regexp_full_match(duration_minutes, '[+-]?[0-9]+([.][0-9]+)?')
            and abs(try_cast(duration_minutes as double)) < 1.7976931348623157e308
            then try_cast(duration_minutes as double)
    end as duration_minutes,
        case when regexp_full_match(release_year, '[+-]?[0-9]+') then try_cast(release_year as bigint) end as release_year,
        case
        when
            regexp_full_match(rating, '[+-]?[0-9]+([.][0-9]+)?')
            and abs(try_cast(rating as double)) < 1.7976931348623157e308
            then try_cast(rating as double)
    end as rating,
        case
        when
            regexp_full_match(views_count, '[+-]?[0-9]+([.][0-9]+)?')
            and abs(try_cast(views_count as double)) < 1.7976931348623157e308
            then try_cast(views_count as double)
    end as views_count,
        case
        when
            regexp_full_match(production_budget, '[+-]?[0-9]+([.][0-9]+)?')
            and abs(try_cast(production_budget as double)) < 1.7976931348623157e308
            then try_cast(production_budget as double)
    end as production_budget,
        case when regexp_full_match(seasons, '[+-]?[0-9]+') then try_cast(seasons as bigint) end as seasons,
        case when regexp_full_match(total_episodes, '[+-]?[0-9]+') then try_cast(total_episodes as bigint) end as total_episodes,
        load_id,
        source_file,
        source_row,
        case
        when content_id is null or title is null or genre is null or duration_minutes is null or release_year is null or rating is null or views_count is null or production_budget is null or seasons is null or total_episodes is null
            then
                case when content_id is null then 1 else 0 end +
                case when title is null then 2 else 0 end +
                case when genre is null then 4 else 0 end +
                case when duration_minutes is null then 8 else 0 end +
                case when release_year is null then 16 else 0 end +
                case when rating is null then 32 else 0 end +
                case when views_count is null then 64 else 0 end +
                case when production_budget is null then 128 else 0 end +
                case when seasons is null then 256 else 0 end +
                case when total_episodes is null then 512 else 0 end
        else 0
    end as marks
    from delivered
)

select
    content_id,
    title,
    genre,
    content_type,
    duration_minutes,
    case
        when release_year between 1 and 9999 then release_year
        else 2020
    end as release_year,
    case when rating < 0 then 0 when rating > 5 then 5 else rating end as rating,
    case when views_count between 0 and 1000000000000000 then views_count end as views_count,
    case when production_budget between 0 and 10000000000000 then production_budget end as production_budget,
    seasons,
    total_episodes,
    cast(case
        when content_id is null then 'content_id_missing'
        when duration_minutes is null or duration_minutes <= 0 or duration_minutes > 1000000 then 'content_duration_invalid'
    end as varchar) as broken_rule,
    cast(case
        when content_id is null then delivered_content_id
        when duration_minutes is null or duration_minutes <= 0 or duration_minutes > 1000000 then delivered_duration_minutes
    end as varchar) as offending_value,
    load_id,
    source_file,
    source_row,
    cast(marks + case when rating is null or rating < 0 or rating > 5 then 2097152 else 0 end + case when content_type = 'movie' and (release_year is null or release_year < 1 or release_year > 9999) then 1048576 else 0 end as bigint) as marks
from typed;


-- stg_users: One row per delivered user record: trimmed, typed, repaired where a rule allows it, and judged by the
-- rules that a record can break by itself. Every version of a user is here, valid or not; which one counts is decided
-- in judged_users.
create or replace view staging.stg_users as
with delivered as (
    select
        user_id as delivered_user_id,
        registration_date as delivered_registration_date,
        total_watch_time_hours as delivered_total_watch_time_hours,
        case
        when
            user_id < '!'
            or ends_with(user_id, ' ')
            or ends_with(user_id, chr(9))
            or ends_with(user_id, chr(13))
            or ends_with(user_id, chr(10))
            then nullif(trim(user_id, concat(chr(32), chr(9), chr(13), chr(10))), '')
        else user_id
    end as user_id,
        case
        when
            age < '!'
            or ends_with(age, ' ')
            or ends_with(age, chr(9))
            or ends_with(age, chr(13))
            or ends_with(age, chr(10))
            then nullif(trim(age, concat(chr(32), chr(9), chr(13), chr(10))), '')
        else age
    end as age,
        case
        when
            country < '!'
            or ends_with(country, ' ')
            or ends_with(country, chr(9))
            or ends_with(country, chr(13))
            or ends_with(country, chr(10))
            then nullif(trim(country, concat(chr(32), chr(9), chr(13), chr(10))), '')
        else country
    end as country,
        case
        when
            subscription_type < '!'
            or ends_with(subscription_type, ' ')
            or ends_with(subscription_type, chr(9))
            or ends_with(subscription_type, chr(13))
            or ends_with(subscription_type, chr(10))
            then nullif(trim(subscription_type, concat(chr(32), chr(9), chr(13), chr(10))), '')
        else subscription_type
    end as subscription_type,
        case
        when
            registration_date < '!'
            or ends_with(registration_date, ' ')
            or ends_with(registration_date, chr(9))
            or ends_with(registration_date, chr(13))
            or ends_with(registration_date, chr(10))
            then nullif(trim(registration_date, concat(chr(32), chr(9), chr(13), chr(10))), '')
        else registration_date
    end as registration_date,
        case
        when
            total_watch_time_hours < '!'
            or ends_with(total_watch_time_hours, ' ')
            or ends_with(total_watch_time_hours, chr(9))
            or ends_with(total_watch_time_hours, chr(13))
            or ends_with(total_watch_time_hours, chr(10))
            then nullif(trim(total_watch_time_hours, concat(chr(32), chr(9), chr(13), chr(10))), '')
        else total_watch_time_hours
    end as total_watch_time_hours,
        _load_id as load_id,
        _source_file as source_file,
        _source_row as source_row,
        cast('1900-01-01' as date) as earliest_date,
    (cast(_loaded_at as date) + cast(1 as integer)) as latest_date
    from bronze.users
),

typed as (
    select
        delivered_user_id,
        delivered_registration_date,
        delivered_total_watch_time_hours,
        user_id,
        case when regexp_full_match(age, '[+-]?[0-9]+') then try_cast(age as bigint) end as age,
        cast(coalesce(country, 'Unknown') as varchar) as country,
        cast(coalesce(subscription_type, 'Unknown') as varchar) as subscription_type,
        case
        when
            regexp_full_match(registration_date, '[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?( ?(Z|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?))?)?')
            and registration_date not like '0000%'
            then try_cast(substring(registration_date, 1, 10) as date)
    end as signup_date,
        case
        when
            regexp_full_match(total_watch_time_hours, '[+-]?[0-9]+([.][0-9]+)?')
            and abs(try_cast(total_watch_time_hours as double)) < 1.7976931348623157e308
            then try_cast(total_watch_time_hours as double)
    end as total_watch_time_hours,
        load_id,
        source_file,
        source_row,
        case
        when user_id is null or age is null or country is null or subscription_type is null or registration_date is null or total_watch_time_hours is null
            then
                case when user_id is null then 1 else 0 end +
                case when age is null then 2 else 0 end +
                case when country is null then 4 else 0 end +
                case when subscription_type is null then 8 else 0 end +
                case when registration_date is null then 16 else 0 end +
                case when total_watch_time_hours is null then 32 else 0 end
        else 0
    end as marks,
        earliest_date,
        latest_date
    from delivered
)

select
    user_id,
    case when age between 0 and 120 then age end as age,
    country,
    subscription_type,
    signup_date,
    total_watch_time_hours,
    case when total_watch_time_hours >= 100 then 1 else 0 end as is_active,
    cast(case
        when user_id is null then 'user_id_missing'
        when total_watch_time_hours is null or total_watch_time_hours < 0 or total_watch_time_hours > 1000000 then 'hours_invalid'
        when signup_date is null then 'signup_date_invalid'
        when signup_date < earliest_date or signup_date > latest_date then 'signup_date_implausible'
    end as varchar) as broken_rule,
    cast(case
        when user_id is null then delivered_user_id
        when total_watch_time_hours is null or total_watch_time_hours < 0 or total_watch_time_hours > 1000000 then delivered_total_watch_time_hours
        when signup_date is null then delivered_registration_date
        when signup_date < earliest_date or signup_date > latest_date then delivered_registration_date
    end as varchar) as offending_value,
    load_id,
    source_file,
    source_row,
    cast(marks as bigint) as marks
from typed;


-- stg_viewing_sessions: One row per delivered session record: trimmed, typed, repaired where a rule allows it, and
-- judged by the rules that a record can break by itself. Every version of a session is here, valid or not; which one
-- counts is decided in judged_viewing_sessions.
create or replace view staging.stg_viewing_sessions as
with delivered as (
    select
        session_id as delivered_session_id,
        user_id as delivered_user_id,
        content_id as delivered_content_id,
        watch_date as delivered_watch_date,
        watch_duration_minutes as delivered_watch_duration_minutes,
        case
        when
            session_id < '!'
            or ends_with(session_id, ' ')
            or ends_with(session_id, chr(9))
            or ends_with(session_id, chr(13))
            or ends_with(session_id, chr(10))
            then nullif(trim(session_id, concat(chr(32), chr(9), chr(13), chr(10))), '')
        else session_id
    end as session_id,
        case
        when
            user_id < '!'
            or ends_with(user_id, ' ')
            or ends_with(user_id, chr(9))
            or ends_with(user_id, chr(13))
            or ends_with(user_id, chr(10))
            then nullif(trim(user_id, concat(chr(32), chr(9), chr(13), chr(10))), '')
        else user_id
    end as user_id,
        case
        when
            content_id < '!'
            or ends_with(content_id, ' ')
            or ends_with(content_id, chr(9))
            or ends_with(content_id, chr(13))
            or ends_with(content_id, chr(10))
            then nullif(trim(content_id, concat(chr(32), chr(9), chr(13), chr(10))), '')
        else content_id
    end as content_id,
        case
        when
            watch_date < '!'
            or ends_with(watch_date, ' ')
            or ends_with(watch_date, chr(9))
            or ends_with(watch_date, chr(13))
            or ends_with(watch_date, chr(10))
            then nullif(trim(watch_date, concat(chr(32), chr(9), chr(13), chr(10))), '')
        else watch_date
    end as watch_date,
        case
        when
            watch_duration_minutes < '!'
            or ends_with(watch_duration_minutes, ' ')
            or ends_with(watch_duration_minutes, chr(9))
            or ends_with(watch_duration_minutes, chr(13))
            or ends_with(watch_duration_minutes, chr(10))
            then nullif(trim(watch_duration_minutes, concat(chr(32), chr(9), chr(13), chr(10))), '')
        else watch_duration_minutes
    end as watch_duration_minutes,
        case
        when
            completion_percentage < '!'
            or ends_with(completion_percentage, ' ')
            or ends_with(completion_percentage, chr(9))
            or ends_with(completion_percentage, chr(13))
            or ends_with(completion_percentage, chr(10))
            then nullif(trim(completion_percentage, concat(chr(32), chr(9), chr(13), chr(10))), '')
        else completion_percentage
    end as completion_percentage,
        case
        when
            device_type < '!'
            or ends_with(device_type, ' ')
            or ends_with(device_type, chr(9))
            or ends_with(device_type, chr(13))
            or ends_with(device_type, chr(10))
            then nullif(trim(device_type, concat(chr(32), chr(9), chr(13), chr(10))), '')
        else device_type
    end as device_type,
        case
        when
            quality_level < '!'
            or ends_with(quality_level, ' ')
            or ends_with(quality_level, chr(9))
            or ends_with(quality_level, chr(13))
            or ends_with(quality_level, chr(10))
            then nullif(trim(quality_level, concat(chr(32), chr(9), chr(13), chr(10))), '')
        else quality_level
    end as quality_level,
        _load_id as load_id,
        _source_file as source_file,
        _source_row as source_row,
        cast('1900-01-01' as date) as earliest_date,
    (cast(_loaded_at as date) + cast(1 as integer)) as latest_date
    from bronze.viewing_sessions
),

typed as (
    select
        delivered_session_id,
        delivered_user_id,
        delivered_content_id,
        delivered_watch_date,
        delivered_watch_duration_minutes,
        session_id,
        user_id,
        content_id,
        case
        when
            regexp_full_match(watch_date, '[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?( ?(Z|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?))?)?')
            and watch_date not like '0000%'
            then try_cast(substring(watch_date, 1, 10) as date)
    end as watch_date,
        case
        when
            regexp_full_match(watch_duration_minutes, '[+-]?[0-9]+([.][0-9]+)?')
            and abs(try_cast(watch_duration_minutes as double)) < 1.7976931348623157e308
            then try_cast(watch_duration_minutes as double)
    end as duration_minutes,
        case
        when
            regexp_full_match(completion_percentage, '[+-]?[0-9]+([.][0-9]+)?')
            and abs(try_cast(completion_percentage as double)) < 1.7976931348623157e308
            then try_cast(completion_percentage as double)
    end as completion_percentage,
        cast(coalesce(device_type, 'Unknown') as varchar) as device_type,
        cast(coalesce(quality_level, 'Unknown') as varchar) as quality_level,
        load_id,
        source_file,
        source_row,
        case
        when session_id is null or user_id is null or content_id is null or watch_date is null or watch_duration_minutes is null or completion_percentage is null or device_type is null or quality_level is null
            then
                case when session_id is null then 1 else 0 end +
                case when user_id is null then 2 else 0 end +
                case when content_id is null then 4 else 0 end +
                case when watch_date is null then 8 else 0 end +
                case when watch_duration_minutes is null then 16 else 0 end +
                case when completion_percentage is null then 32 else 0 end +
                case when device_type is null then 64 else 0 end +
                case when quality_level is null then 128 else 0 end
        else 0
    end as marks,
        earliest_date,
        latest_date
    from delivered
)

select
    session_id,
    user_id,
    content_id,
    watch_date,
    duration_minutes,
    case when completion_percentage between 0 and 100 then completion_percentage end as completion_percentage,
    device_type,
    quality_level,
    cast(case
        when session_id is null then 'session_id_missing'
        when user_id is null then 'user_id_missing'
        when content_id is null then 'content_id_missing'
        when watch_date is null then 'watch_date_invalid'
        when watch_date < earliest_date or watch_date > latest_date then 'watch_date_implausible'
        when duration_minutes is null or duration_minutes <= 0 or duration_minutes > 1440 then 'duration_invalid'
    end as varchar) as broken_rule,
    cast(case
        when session_id is null then delivered_session_id
        when user_id is null then delivered_user_id
        when content_id is null then delivered_content_id
        when watch_date is null then delivered_watch_date
        when watch_date < earliest_date or watch_date > latest_date then delivered_watch_date
        when duration_minutes is null or duration_minutes <= 0 or duration_minutes > 1440 then delivered_watch_duration_minutes
    end as varchar) as offending_value,
    load_id,
    source_file,
    source_row,
    cast(marks as bigint) as marks
from typed;


-- judged_content: One row per delivered title record, with its outcome. All of stg_content, nothing left out: valid
-- records of one title compete, and the one of the highest load, then of the highest position in the file, wins.
create or replace table staging.judged_content as
with withdrawn as (
    select load_id
    from bronze.loads
    where status = 'withdrawn'
),

repaired as (
    select distinct
        repairs.original_load_id as load_id,
        repairs.original_row as source_row
    from bronze.repairs as repairs
    inner join staging.stg_content as mended
        on
            repairs.load_id = mended.load_id
            and repairs.source_row = mended.source_row
    left join withdrawn on repairs.load_id = withdrawn.load_id
    where
        repairs.entity = 'content'
        and mended.broken_rule is null
        and withdrawn.load_id is null
),

repeated_keys as (
    select content_id
    from staging.stg_content as records
    group by content_id
    having count(*) > 1
),

versions as (
    select
        records.load_id,
        records.source_row,
        row_number() over (
            partition by records.content_id
            order by records.load_id desc, records.source_row desc
        ) as version_from_latest
    from staging.stg_content as records
    inner join repeated_keys on records.content_id = repeated_keys.content_id
    left join withdrawn on records.load_id = withdrawn.load_id
    left join repaired
        on
            records.load_id = repaired.load_id
            and records.source_row = repaired.source_row
    where
        records.broken_rule is null
        and withdrawn.load_id is null
        and repaired.load_id is null
),

superseded as (
    select
        load_id,
        source_row
    from versions
    where version_from_latest > 1
)

select
    content.*,
    cast(case
        when withdrawn.load_id is not null then 'withdrawn'
        when repaired.load_id is not null then 'repaired'
        when content.broken_rule is not null then 'quarantined'
        when superseded.load_id is not null then 'superseded'
        else 'current'
    end as varchar) as outcome,
    cast(null as bigint) as judged_with_load_id
from staging.stg_content as content
left join superseded
    on
        content.load_id = superseded.load_id
        and content.source_row = superseded.source_row
left join withdrawn on content.load_id = withdrawn.load_id
left join repaired
    on
        content.load_id = repaired.load_id
        and content.source_row = repaired.source_row;


-- silver_content: One row per title: the latest valid record of every movie and series. Titles that nobody has
-- watched are here too. Left out: titles whose every record breaks a rule.
create or replace table main.silver_content as
select
    content_id,
    title,
    genre,
    content_type,
    duration_minutes,
    release_year,
    rating,
    views_count,
    production_budget,
    seasons,
    total_episodes
from staging.judged_content
where outcome = 'current';


-- judged_users: One row per delivered user record, with its outcome. All of stg_users, nothing left out: valid
-- records of one user compete, and the one of the highest load, then of the highest position in the file, wins. A
-- later record that breaks a rule does not replace an earlier valid one.
create or replace table staging.judged_users as
with withdrawn as (
    select load_id
    from bronze.loads
    where status = 'withdrawn'
),

repaired as (
    select distinct
        repairs.original_load_id as load_id,
        repairs.original_row as source_row
    from bronze.repairs as repairs
    inner join staging.stg_users as mended
        on
            repairs.load_id = mended.load_id
            and repairs.source_row = mended.source_row
    left join withdrawn on repairs.load_id = withdrawn.load_id
    where
        repairs.entity = 'users'
        and mended.broken_rule is null
        and withdrawn.load_id is null
),

repeated_keys as (
    select user_id
    from staging.stg_users as records
    group by user_id
    having count(*) > 1
),

versions as (
    select
        records.load_id,
        records.source_row,
        row_number() over (
            partition by records.user_id
            order by records.load_id desc, records.source_row desc
        ) as version_from_latest
    from staging.stg_users as records
    inner join repeated_keys on records.user_id = repeated_keys.user_id
    left join withdrawn on records.load_id = withdrawn.load_id
    left join repaired
        on
            records.load_id = repaired.load_id
            and records.source_row = repaired.source_row
    where
        records.broken_rule is null
        and withdrawn.load_id is null
        and repaired.load_id is null
),

superseded as (
    select
        load_id,
        source_row
    from versions
    where version_from_latest > 1
)

select
    users.*,
    cast(case
        when withdrawn.load_id is not null then 'withdrawn'
        when repaired.load_id is not null then 'repaired'
        when users.broken_rule is not null then 'quarantined'
        when superseded.load_id is not null then 'superseded'
        when users.is_active = 1 then 'current'
        else 'inactive_user'
    end as varchar) as outcome,
    cast(null as bigint) as judged_with_load_id
from staging.stg_users as users
left join superseded
    on
        users.load_id = superseded.load_id
        and users.source_row = superseded.source_row
left join withdrawn on users.load_id = withdrawn.load_id
left join repaired
    on
        users.load_id = repaired.load_id
        and users.source_row = repaired.source_row;


-- silver_users: One row per active user: the latest valid record of every user who has watched at least 100 hours
-- (setting active_user_hours). The base of every number about users. Left out: users below that threshold and users
-- whose every record breaks a rule.
create or replace table main.silver_users as
select
    user_id,
    age,
    country,
    subscription_type,
    signup_date,
    total_watch_time_hours
from staging.judged_users
where outcome = 'current';


-- judged_viewing_sessions: One row per delivered session record, with its outcome. All of stg_viewing_sessions,
-- nothing left out: valid records of one session compete, and the one of the highest load, then of the highest
-- position in the file, wins. The winner is then judged by what it refers to, afresh at every build: when a missing
-- user or title arrives, the session counts.
create or replace table staging.judged_viewing_sessions as
with withdrawn as (
    select load_id
    from bronze.loads
    where status = 'withdrawn'
),

repaired as (
    select distinct
        repairs.original_load_id as load_id,
        repairs.original_row as source_row
    from bronze.repairs as repairs
    inner join staging.stg_viewing_sessions as mended
        on
            repairs.load_id = mended.load_id
            and repairs.source_row = mended.source_row
    left join withdrawn on repairs.load_id = withdrawn.load_id
    where
        repairs.entity = 'viewing_sessions'
        and mended.broken_rule is null
        and withdrawn.load_id is null
),

repeated_keys as (
    select session_id
    from staging.stg_viewing_sessions as records
    group by session_id
    having count(*) > 1
),

versions as (
    select
        records.load_id,
        records.source_row,
        row_number() over (
            partition by records.session_id
            order by records.load_id desc, records.source_row desc
        ) as version_from_latest
    from staging.stg_viewing_sessions as records
    inner join repeated_keys on records.session_id = repeated_keys.session_id
    left join withdrawn on records.load_id = withdrawn.load_id
    left join repaired
        on
            records.load_id = repaired.load_id
            and records.source_row = repaired.source_row
    where
        records.broken_rule is null
        and withdrawn.load_id is null
        and repaired.load_id is null
),

superseded as (
    select
        load_id,
        source_row
    from versions
    where version_from_latest > 1
),

known_users as (
    select
        user_id,
        is_active
    from staging.judged_users
    where outcome not in ('held', 'superseded', 'quarantined', 'withdrawn', 'repaired')
),

known_titles as (
    select content_id
    from staging.judged_content
    where outcome = 'current'
),

judged as (
    select
        sessions.*,
        known_users.is_active,
        case
            when withdrawn.load_id is not null then 'withdrawn'
            when repaired.load_id is not null then 'repaired'
            when sessions.broken_rule is not null then 'quarantined'
            when superseded.load_id is not null then 'superseded'
        end as set_aside_as,
        case
            when
                withdrawn.load_id is not null
                or repaired.load_id is not null
                or sessions.broken_rule is not null
                or superseded.load_id is not null
                then null
            when known_users.user_id is null then 'user_unknown'
            when known_titles.content_id is null then 'content_unknown'
        end as held_by_rule
    from staging.stg_viewing_sessions as sessions
    left join superseded
        on
            sessions.load_id = superseded.load_id
            and sessions.source_row = superseded.source_row
    left join withdrawn on sessions.load_id = withdrawn.load_id
    left join repaired
        on
            sessions.load_id = repaired.load_id
            and sessions.source_row = repaired.source_row
    left join known_users on sessions.user_id = known_users.user_id
    left join known_titles on sessions.content_id = known_titles.content_id
)

select
    session_id,
    user_id,
    content_id,
    watch_date,
    duration_minutes,
    completion_percentage,
    device_type,
    quality_level,
    cast(coalesce(broken_rule, held_by_rule) as varchar) as broken_rule,
    cast(case
        when held_by_rule = 'user_unknown' then user_id
        when held_by_rule = 'content_unknown' then content_id
        else offending_value
    end as varchar) as offending_value,
    load_id,
    source_file,
    source_row,
    marks,
    cast(case
        when set_aside_as is not null then set_aside_as
        when held_by_rule is not null then 'held'
        when is_active = 1 then 'current'
        else 'inactive_user'
    end as varchar) as outcome,
    cast(null as bigint) as judged_with_load_id
from judged;


-- counted_viewing_sessions: One row per counted session: a valid, current session whose user and title are known, of
-- any user. Analyses over active users only would flatter, since who left early is not among them.
-- silver_viewing_sessions is the part of it that active users watched.
create or replace view staging.counted_viewing_sessions as
select
    session_id,
    user_id,
    content_id,
    watch_date,
    duration_minutes,
    completion_percentage,
    device_type,
    quality_level,
    case when outcome = 'current' then 1 else 0 end as is_active
from staging.judged_viewing_sessions
where outcome not in ('held', 'superseded', 'quarantined', 'withdrawn', 'repaired');


-- held_viewing_sessions: One row per viewing session that is valid but waits: its user or its title has not been
-- delivered as a valid record yet. When the missing record arrives, the next build counts the session. Left out:
-- sessions that break a rule by themselves (quarantine) and those that a later correction replaced.
create or replace table main.held_viewing_sessions as
select
    session_id,
    broken_rule as "rule",
    offending_value,
    user_id,
    content_id,
    watch_date,
    duration_minutes,
    load_id,
    source_file,
    source_row
from staging.judged_viewing_sessions
where outcome = 'held';


-- load_columns: One row per load and delivered column: how many records the load brought, in how many the column was
-- empty, and in how many its value was repaired, that is set to null, to a default or into its bounds. All records of
-- the load that could be read, whatever became of them; loads that were withdrawn are left out. release_year counts
-- movies only, seasons and total_episodes count series only: the others never deliver them.
create or replace table main.load_columns as
with

users_marked as (
    select
        load_id,
        source_row,
        cast(null as varchar) as content_type,
        marks
        + case when age is null then 131072 else 0 end as marks
    from staging.judged_users
    where outcome <> 'withdrawn'
),

users_counted as (
    select
        load_id,
        content_type,
        marks,
        count(*) as records,
        min(source_row) as first_row
    from users_marked
    group by load_id, content_type, marks
),

users_columns as (
    select
        cast('user_id' as varchar) as column_name,
        cast(null as varchar) as only_type,
        1 as empty_mark,
        0 as repair_mark
    union all
    select
        cast('age' as varchar) as column_name,
        cast(null as varchar) as only_type,
        2 as empty_mark,
        131072 as repair_mark
    union all
    select
        cast('country' as varchar) as column_name,
        cast(null as varchar) as only_type,
        4 as empty_mark,
        4 as repair_mark
    union all
    select
        cast('subscription_type' as varchar) as column_name,
        cast(null as varchar) as only_type,
        8 as empty_mark,
        8 as repair_mark
    union all
    select
        cast('registration_date' as varchar) as column_name,
        cast(null as varchar) as only_type,
        16 as empty_mark,
        0 as repair_mark
    union all
    select
        cast('total_watch_time_hours' as varchar) as column_name,
        cast(null as varchar) as only_type,
        32 as empty_mark,
        0 as repair_mark
    
),


viewing_sessions_marked as (
    select
        load_id,
        source_row,
        cast(null as varchar) as content_type,
        marks
        + case when completion_percentage is null then 2097152 else 0 end as marks
    from staging.judged_viewing_sessions
    where outcome <> 'withdrawn'
),

viewing_sessions_counted as (
    select
        load_id,
        content_type,
        marks,
        count(*) as records,
        min(source_row) as first_row
    from viewing_sessions_marked
    group by load_id, content_type, marks
),

viewing_sessions_columns as (
    select
        cast('session_id' as varchar) as column_name,
        cast(null as varchar) as only_type,
        1 as empty_mark,
        0 as repair_mark
    union all
    select
        cast('user_id' as varchar) as column_name,
        cast(null as varchar) as only_type,
        2 as empty_mark,
        0 as repair_mark
    union all
    select
        cast('content_id' as varchar) as column_name,
        cast(null as varchar) as only_type,
        4 as empty_mark,
        0 as repair_mark
    union all
    select
        cast('watch_date' as varchar) as column_name,
        cast(null as varchar) as only_type,
        8 as empty_mark,
        0 as repair_mark
    union all
    select
        cast('watch_duration_minutes' as varchar) as column_name,
        cast(null as varchar) as only_type,
        16 as empty_mark,
        0 as repair_mark
    union all
    select
        cast('completion_percentage' as varchar) as column_name,
        cast(null as varchar) as only_type,
        32 as empty_mark,
        2097152 as repair_mark
    union all
    select
        cast('device_type' as varchar) as column_name,
        cast(null as varchar) as only_type,
        64 as empty_mark,
        64 as repair_mark
    union all
    select
        cast('quality_level' as varchar) as column_name,
        cast(null as varchar) as only_type,
        128 as empty_mark,
        128 as repair_mark
    
),


content_marked as (
    select
        load_id,
        source_row,
        content_type as content_type,
        marks
        + case when views_count is null then 4194304 else 0 end
        + case when production_budget is null then 8388608 else 0 end as marks
    from staging.judged_content
    where outcome <> 'withdrawn'
),

content_counted as (
    select
        load_id,
        content_type,
        marks,
        count(*) as records,
        min(source_row) as first_row
    from content_marked
    group by load_id, content_type, marks
),

content_columns as (
    select
        cast('content_id' as varchar) as column_name,
        cast(null as varchar) as only_type,
        1 as empty_mark,
        0 as repair_mark
    union all
    select
        cast('title' as varchar) as column_name,
        cast(null as varchar) as only_type,
        2 as empty_mark,
        2 as repair_mark
    union all
    select
        cast('genre' as varchar) as column_name,
        cast(null as varchar) as only_type,
        4 as empty_mark,
        4 as repair_mark
    union all
    select
        cast('duration_minutes' as varchar) as column_name,
        cast(null as varchar) as only_type,
        8 as empty_mark,
        0 as repair_mark
    union all
    select
        cast('release_year' as varchar) as column_name,
        cast('movie' as varchar) as only_type,
        16 as empty_mark,
        1048576 as repair_mark
    union all
    select
        cast('rating' as varchar) as column_name,
        cast(null as varchar) as only_type,
        32 as empty_mark,
        2097152 as repair_mark
    union all
    select
        cast('views_count' as varchar) as column_name,
        cast(null as varchar) as only_type,
        64 as empty_mark,
        4194304 as repair_mark
    union all
    select
        cast('production_budget' as varchar) as column_name,
        cast(null as varchar) as only_type,
        128 as empty_mark,
        8388608 as repair_mark
    union all
    select
        cast('seasons' as varchar) as column_name,
        cast('series' as varchar) as only_type,
        256 as empty_mark,
        0 as repair_mark
    union all
    select
        cast('total_episodes' as varchar) as column_name,
        cast('series' as varchar) as only_type,
        512 as empty_mark,
        0 as repair_mark
    
)







select
    counted.load_id,
    cast('users' as varchar) as entity,
    described.column_name,
    cast(sum(counted.records) as bigint) as records,
    cast(sum(case when (counted.marks & described.empty_mark) > 0 then counted.records else 0 end) as bigint) as empty_values,
    cast(sum(case when (counted.marks & described.repair_mark) > 0 and (optional_columns.load_id is null or not (counted.marks & described.empty_mark) > 0) then counted.records else 0 end) as bigint) as repaired_values,
    min(case when (counted.marks & described.repair_mark) > 0 and (optional_columns.load_id is null or not (counted.marks & described.empty_mark) > 0) then counted.first_row end) as first_repaired_row
from users_counted as counted
inner join users_columns as described
    on counted.content_type = described.only_type or described.only_type is null
left join bronze.optional_columns as optional_columns
    on
        counted.load_id = optional_columns.load_id
        and described.column_name = optional_columns.column_name
group by counted.load_id, described.column_name
union all

select
    counted.load_id,
    cast('viewing_sessions' as varchar) as entity,
    described.column_name,
    cast(sum(counted.records) as bigint) as records,
    cast(sum(case when (counted.marks & described.empty_mark) > 0 then counted.records else 0 end) as bigint) as empty_values,
    cast(sum(case when (counted.marks & described.repair_mark) > 0 and (optional_columns.load_id is null or not (counted.marks & described.empty_mark) > 0) then counted.records else 0 end) as bigint) as repaired_values,
    min(case when (counted.marks & described.repair_mark) > 0 and (optional_columns.load_id is null or not (counted.marks & described.empty_mark) > 0) then counted.first_row end) as first_repaired_row
from viewing_sessions_counted as counted
inner join viewing_sessions_columns as described
    on counted.content_type = described.only_type or described.only_type is null
left join bronze.optional_columns as optional_columns
    on
        counted.load_id = optional_columns.load_id
        and described.column_name = optional_columns.column_name
group by counted.load_id, described.column_name
union all

select
    counted.load_id,
    cast('content' as varchar) as entity,
    described.column_name,
    cast(sum(counted.records) as bigint) as records,
    cast(sum(case when (counted.marks & described.empty_mark) > 0 then counted.records else 0 end) as bigint) as empty_values,
    cast(sum(case when (counted.marks & described.repair_mark) > 0 and (optional_columns.load_id is null or not (counted.marks & described.empty_mark) > 0) then counted.records else 0 end) as bigint) as repaired_values,
    min(case when (counted.marks & described.repair_mark) > 0 and (optional_columns.load_id is null or not (counted.marks & described.empty_mark) > 0) then counted.first_row end) as first_repaired_row
from content_counted as counted
inner join content_columns as described
    on counted.content_type = described.only_type or described.only_type is null
left join bronze.optional_columns as optional_columns
    on
        counted.load_id = optional_columns.load_id
        and described.column_name = optional_columns.column_name
group by counted.load_id, described.column_name;


-- quarantine: One row per delivered record that breaks a rule by itself, with the first rule it broke. For whoever
-- mends the source: each row says where the record stands and which value is wrong. Left out: what could not be read
-- as a record at all (bronze.rejected_records) and sessions that only wait for a user or title
-- (held_viewing_sessions).
create or replace table main.quarantine as
with quarantined as (
    select
        cast('users' as varchar) as entity,
        user_id as record_key,
        broken_rule,
        offending_value,
        load_id,
        source_file,
        source_row
    from staging.judged_users
    where outcome = 'quarantined'
    union all
    select
        cast('viewing_sessions' as varchar) as entity,
        session_id as record_key,
        broken_rule,
        offending_value,
        load_id,
        source_file,
        source_row
    from staging.judged_viewing_sessions
    where outcome = 'quarantined'
    union all
    select
        cast('content' as varchar) as entity,
        content_id as record_key,
        broken_rule,
        offending_value,
        load_id,
        source_file,
        source_row
    from staging.judged_content
    where outcome = 'quarantined'
    
),

-- a repair that breaks a rule itself: of what it was to mend, the record that was delivered first
mended as (
    select
        repairs.load_id,
        repairs.source_row,
        repairs.original_load_id,
        repairs.original_row,
        cast(loads.source_file as varchar) as original_file,
        row_number() over (
            partition by repairs.load_id, repairs.source_row order by repairs.original_load_id, repairs.original_row
        ) as place
    from bronze.repairs as repairs
    inner join bronze.loads as loads on repairs.original_load_id = loads.load_id
)

select
    quarantined.entity,
    quarantined.record_key,
    quarantined.broken_rule as "rule",
    quarantined.offending_value,
    quarantined.load_id,
    quarantined.source_file,
    quarantined.source_row,
    mended.original_load_id as mends_load_id,
    mended.original_file as mends_source_file,
    mended.original_row as mends_source_row
from quarantined
left join mended
    on
        quarantined.load_id = mended.load_id
        and quarantined.source_row = mended.source_row
        and mended.place = 1;


-- load_checks: One row per load and check: what the load looks like as a whole. A load that is stopped keeps its
-- build from being published until someone accepts it; one that is suspicious is published, and told of. A load is
-- judged by itself and by the loads before it, those that were withdrawn left out; where it waits for users and
-- titles, also by those that came since.
create or replace table main.load_checks as
with seen_loads as (
    select
        load_id,
        cast(entity as varchar) as entity,
        cast(source_file as varchar) as source_file,
        cast(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(source_file, '.gz', ''), '0', ''), '1', ''), '2', ''), '3', ''), '4', ''), '5', ''), '6', ''), '7', ''), '8', ''), '9', '') as varchar) as file_pattern,
        records_delivered,
        status
    from bronze.loads
),

-- what was taken back needs nobody any more, and is no measure for later loads
loads as (
    select *
    from seen_loads
    where status <> 'withdrawn'
),

broken_kinds as (
    select
        load_id,
        cast("rule" as varchar) as broken_rule,
        count(*) as records,
        min(source_row) as first_row
    from main.quarantine
    group by load_id, cast("rule" as varchar)

    union all

    select
        load_id,
        cast('rejected' as varchar) as broken_rule,
        count(*) as records,
        min(source_row) as first_row
    from bronze.rejected_records
    group by load_id
),

broken_ranked as (
    select
        load_id,
        broken_rule,
        records,
        first_row,
        sum(records) over (partition by load_id) as broken,
        row_number() over (partition by load_id order by records desc, first_row) as place
    from broken_kinds
),

broken_share as (
    select
        loads.load_id,
        concat(
            coalesce(worst.broken, 0), ' of ', loads.records_delivered, ' records (',
            concat(cast(floor(cast(floor(coalesce(cast(1000 * worst.broken as double) / nullif(cast(loads.records_delivered as double), 0), 0) + 0.5) as bigint) / 10) as bigint), '.', cast(floor(coalesce(cast(1000 * worst.broken as double) / nullif(cast(loads.records_delivered as double), 0), 0) + 0.5) as bigint) % 10, '%'), ')',
            case
                when worst.broken > worst.records
                    then concat(', ', worst.records, ' of them: ', case when worst.broken_rule = 'rejected' then 'no records' else worst.broken_rule end)
                when worst.broken > 0 then concat(': ', case when worst.broken_rule = 'rejected' then 'no records' else worst.broken_rule end)
                else ''
            end
        ) as observed,
        'at most 10%; stopped above 50%' as expected,
        case
        when worst.broken is null or loads.records_delivered < 20 then 'ok'
        when cast(worst.broken as double) / nullif(cast(loads.records_delivered as double), 0) > 0.5 then 'stopped'
        when cast(worst.broken as double) / nullif(cast(loads.records_delivered as double), 0) > 0.1 then 'suspicious'
        else 'ok'
    end as verdict,
        case
            when worst.broken_rule = 'rejected' then concat('row ', worst.first_row, ': ', rejected.reason)
            when worst.broken > 0
                then concat(
                    coalesce(explained.judged_column, ''), ' = ',
                    coalesce(quarantined.offending_value, 'nothing'), ' (row ', worst.first_row, ')'
                )
        end as example
    from loads
    left join broken_ranked as worst
        on
            loads.load_id = worst.load_id
            and worst.place = 1
    left join main.quarantine as quarantined
        on
            worst.load_id = quarantined.load_id
            and worst.first_row = quarantined.source_row
            and worst.broken_rule <> 'rejected'
    left join bronze.rejected_records as rejected
        on
            worst.load_id = rejected.load_id
            and worst.first_row = rejected.source_row
            and worst.broken_rule = 'rejected'
    left join main.data_quality_rules as explained
        on
            loads.entity = explained.entity
            and worst.broken_rule = explained."rule"
),

held_kinds as (
    select
        load_id,
        cast("rule" as varchar) as held_rule,
        count(*) as records,
        min(source_row) as first_row
    from main.held_viewing_sessions
    group by load_id, cast("rule" as varchar)
),

held_ranked as (
    select
        load_id,
        held_rule,
        records,
        first_row,
        sum(records) over (partition by load_id) as held,
        row_number() over (partition by load_id order by records desc, first_row) as place
    from held_kinds
),

held_share as (
    select
        loads.load_id,
        concat(
            coalesce(worst.held, 0), ' of ', loads.records_delivered, ' records (',
            concat(cast(floor(cast(floor(coalesce(cast(1000 * worst.held as double) / nullif(cast(loads.records_delivered as double), 0), 0) + 0.5) as bigint) / 10) as bigint), '.', cast(floor(coalesce(cast(1000 * worst.held as double) / nullif(cast(loads.records_delivered as double), 0), 0) + 0.5) as bigint) % 10, '%'), ')',
            case
                when worst.held > worst.records then concat(', ', worst.records, ' of them: ', worst.held_rule)
                when worst.held > 0 then concat(': ', worst.held_rule)
                else ''
            end
        ) as observed,
        'at most 10%; stopped above 50%' as expected,
        case
        when worst.held is null or loads.records_delivered < 20 then 'ok'
        when cast(worst.held as double) / nullif(cast(loads.records_delivered as double), 0) > 0.5 then 'stopped'
        when cast(worst.held as double) / nullif(cast(loads.records_delivered as double), 0) > 0.1 then 'suspicious'
        else 'ok'
    end as verdict,
        case
            when worst.held > 0 then concat(held.offending_value, ' (row ', worst.first_row, ')')
        end as example
    from loads
    left join held_ranked as worst
        on
            loads.load_id = worst.load_id
            and worst.place = 1
    left join main.held_viewing_sessions as held
        on
            worst.load_id = held.load_id
            and worst.first_row = held.source_row
),

repaired_judged as (
    select
        load_id,
        column_name,
        records,
        repaired_values,
        first_repaired_row,
        cast(repaired_values as double) / nullif(cast(records as double), 0) as share,
        case
            when
                records >= 5
                and cast(repaired_values as double) / nullif(cast(records as double), 0) > 0.5
                then 1
            else 0
        end as is_over
    from main.load_columns
    where records > 0
),

repaired_ranked as (
    select
        load_id,
        column_name,
        records,
        repaired_values,
        first_repaired_row,
        is_over,
        sum(is_over) over (partition by load_id) as columns_over,
        row_number() over (partition by load_id order by is_over desc, share desc, column_name) as place
    from repaired_judged
),


repaired_users as (
    select
        worst.load_id,
        case worst.column_name
            when 'age' then cast(delivered.age as varchar)
            when 'country' then cast(delivered.country as varchar)
            when 'subscription_type' then cast(delivered.subscription_type as varchar)
        end as delivered_value
    from repaired_ranked as worst
    inner join bronze.users as delivered
        on
            worst.load_id = delivered._load_id
            and worst.first_repaired_row = delivered._source_row
    inner join loads on worst.load_id = loads.load_id
    where worst.place = 1 and worst.is_over = 1 and loads.entity = 'users'
),

repaired_viewing_sessions as (
    select
        worst.load_id,
        case worst.column_name
            when 'completion_percentage' then cast(delivered.completion_percentage as varchar)
            when 'device_type' then cast(delivered.device_type as varchar)
            when 'quality_level' then cast(delivered.quality_level as varchar)
        end as delivered_value
    from repaired_ranked as worst
    inner join bronze.viewing_sessions as delivered
        on
            worst.load_id = delivered._load_id
            and worst.first_repaired_row = delivered._source_row
    inner join loads on worst.load_id = loads.load_id
    where worst.place = 1 and worst.is_over = 1 and loads.entity = 'viewing_sessions'
),

repaired_content as (
    select
        worst.load_id,
        case worst.column_name
            when 'title' then cast(delivered.title as varchar)
            when 'genre' then cast(delivered.genre as varchar)
            when 'release_year' then cast(delivered.release_year as varchar)
            when 'rating' then cast(delivered.rating as varchar)
            when 'views_count' then cast(delivered.views_count as varchar)
            when 'production_budget' then cast(delivered.production_budget as varchar)
        end as delivered_value
    from repaired_ranked as worst
    inner join bronze.content as delivered
        on
            worst.load_id = delivered._load_id
            and worst.first_repaired_row = delivered._source_row
    inner join loads on worst.load_id = loads.load_id
    where worst.place = 1 and worst.is_over = 1 and loads.entity = 'content'
),


repaired_values as (
    select
        load_id,
        delivered_value
    from repaired_users
    union all
    select
        load_id,
        delivered_value
    from repaired_viewing_sessions
    union all
    select
        load_id,
        delivered_value
    from repaired_content
    
),

repaired_share as (
    select
        loads.load_id,
        case
            when worst.repaired_values > 0
                then concat(
                    worst.column_name, ': ', worst.repaired_values, ' of ', worst.records, ' values (',
                    concat(cast(floor(cast(floor(coalesce(cast(1000 * worst.repaired_values as double) / nullif(cast(worst.records as double), 0), 0) + 0.5) as bigint) / 10) as bigint), '.', cast(floor(coalesce(cast(1000 * worst.repaired_values as double) / nullif(cast(worst.records as double), 0), 0) + 0.5) as bigint) % 10, '%'), ')',
                    case
                        when worst.columns_over > 1
                            then concat(', and ', concat(worst.columns_over - 1, case when worst.columns_over - 1 = 1 then ' other column' else ' other columns' end))
                        else ''
                    end
                )
            else 'none'
        end as observed,
        'at most 50% of a column' as expected,
        case when worst.is_over = 1 then 'suspicious' else 'ok' end as verdict,
        case
            when worst.is_over = 1
                then concat(
                    worst.column_name, ' = ', coalesce(repaired_values.delivered_value, 'nothing'), ' (row ',
                    worst.first_repaired_row, ')'
                )
        end as example
    from loads
    left join repaired_ranked as worst
        on
            loads.load_id = worst.load_id
            and worst.place = 1
    left join repaired_values on loads.load_id = repaired_values.load_id
),

filled_before as (
    select
        load_columns.load_id,
        load_columns.column_name,
        load_columns.records,
        load_columns.empty_values,
        sum(load_columns.records) over (
            partition by load_columns.entity, load_columns.column_name
            order by load_columns.load_id rows between unbounded preceding and 1 preceding
        ) as records_before,
        sum(load_columns.records - load_columns.empty_values) over (
            partition by load_columns.entity, load_columns.column_name
            order by load_columns.load_id rows between unbounded preceding and 1 preceding
        ) as filled_values_before
    from main.load_columns as load_columns
    inner join loads on load_columns.load_id = loads.load_id
),

emptied as (
    select
        load_id,
        column_name,
        records,
        empty_values,
        records_before,
        filled_values_before,
        count(*) over (partition by load_id) as columns_emptied,
        row_number() over (partition by load_id order by column_name) as place
    from filled_before
    where
        records >= 5
        and cast(filled_values_before as double) / nullif(cast(records_before as double), 0) >= 0.5
        and cast(empty_values as double) / nullif(cast(records as double), 0) >= 0.95
),

column_emptied as (
    select
        loads.load_id,
        case
            when emptied.load_id is null then 'none'
            else concat(
                emptied.column_name, ': empty in ', emptied.empty_values, ' of ', emptied.records, ' records (',
                concat(cast(floor(cast(floor(coalesce(cast(1000 * emptied.empty_values as double) / nullif(cast(emptied.records as double), 0), 0) + 0.5) as bigint) / 10) as bigint), '.', cast(floor(coalesce(cast(1000 * emptied.empty_values as double) / nullif(cast(emptied.records as double), 0), 0) + 0.5) as bigint) % 10, '%'), ')',
                case
                    when emptied.columns_emptied > 1
                        then concat(', and ', concat(emptied.columns_emptied - 1, case when emptied.columns_emptied - 1 = 1 then ' other column' else ' other columns' end))
                    else ''
                end
            )
        end as observed,
        'empty in less than 95%, where a column was filled in 50% or more before' as expected,
        case when emptied.load_id is null then 'ok' else 'suspicious' end as verdict,
        case
            when emptied.load_id is not null
                then concat(
                    emptied.column_name, ': filled in ',
                    concat(cast(floor(cast(floor(coalesce(cast(1000 * emptied.filled_values_before as double) / nullif(cast(emptied.records_before as double), 0), 0) + 0.5) as bigint) / 10) as bigint), '.', cast(floor(coalesce(cast(1000 * emptied.filled_values_before as double) / nullif(cast(emptied.records_before as double), 0), 0) + 0.5) as bigint) % 10, '%'),
                    ' of the ', emptied.records_before, ' records before'
                )
        end as example
    from loads
    left join emptied
        on
            loads.load_id = emptied.load_id
            and emptied.place = 1
),

loads_in_turn as (
    select
        load_id,
        entity,
        file_pattern,
        records_delivered,
        row_number() over (partition by entity, file_pattern order by load_id) as turn
    from loads
),

loads_before as (
    select
        this.load_id,
        earlier.records_delivered,
        count(*) over (partition by this.load_id) as number_of_loads,
        row_number() over (partition by this.load_id order by earlier.records_delivered, earlier.load_id) as place
    from loads_in_turn as this
    inner join loads_in_turn as earlier
        on
            this.entity = earlier.entity
            and this.file_pattern = earlier.file_pattern
            and earlier.turn between this.turn - 8 and this.turn - 1
),

usual_volume as (
    select
        load_id,
        max(number_of_loads) as number_of_loads,
        avg(cast(records_delivered as double)) as median_records
    from loads_before
    where place * 2 between number_of_loads and number_of_loads + 2
    group by load_id
),

volume_judged as (
    select
        loads.load_id,
        loads.records_delivered,
        usual_volume.number_of_loads,
        usual_volume.median_records,
        case
            when
                usual_volume.number_of_loads >= 3
                and (
                    (
                        usual_volume.median_records >= 20
                        and loads.records_delivered < 0.2 * usual_volume.median_records
                    )
                    or (
                        loads.records_delivered >= 20
                        and loads.records_delivered > 5.0 * usual_volume.median_records
                    )
                )
                then 'suspicious'
            else 'ok'
        end as verdict
    from loads
    left join usual_volume on loads.load_id = usual_volume.load_id
),

volume as (
    select
        load_id,
        concat(records_delivered, case when records_delivered = 1 then ' record' else ' records' end) as observed,
        case
            when coalesce(number_of_loads, 0) < 3
                then 'anything: fewer than 3 such files before'
            else concat(
                'from 20% to 5 times of ',
                cast(floor(median_records) as bigint), ', the median of the last ', number_of_loads, ' such files'
            )
        end as expected,
        verdict,
        cast(null as varchar) as example
    from volume_judged
),


users_seen as (
    select
        user_id,
        load_id,
        min(load_id) over (partition by user_id) as first_load
    from staging.judged_users
    where outcome in ('current', 'inactive_user', 'superseded')
    group by user_id, load_id
),

users_known as (
    select
        load_id,
        count(*) as known_keys
    from users_seen
    where first_load < load_id
    group by load_id
),

users_not_the_same as (
    select user_id
    from staging.judged_users
    where outcome in ('current', 'inactive_user', 'superseded')
    group by user_id
    having min(signup_date) <> max(signup_date)
),

users_in_loads as (
    select
        judged.user_id,
        judged.load_id,
        judged.source_row,
        judged.signup_date,
        row_number() over (
            partition by judged.user_id, judged.load_id order by judged.source_row desc
        ) as version_from_latest
    from staging.judged_users as judged
    inner join users_not_the_same on judged.user_id = users_not_the_same.user_id
    where judged.outcome in ('current', 'inactive_user', 'superseded')
),

users_compared as (
    select
        user_id,
        load_id,
        source_row,
        signup_date,
        lag(signup_date) over (partition by user_id order by load_id) as value_before,
        min(load_id) over (partition by user_id, signup_date) as first_load_of_value
    from users_in_loads
    where version_from_latest = 1
),

users_changed as (
    select
        load_id,
        source_row,
        case when first_load_of_value < load_id then 1 else 0 end as is_taken_back,
        case
            when
                year(signup_date) = year(value_before)
                and month(signup_date) = day(value_before)
                and day(signup_date) = month(value_before)
                then 1
            else 0
        end as is_swapped,
        concat(
            user_id, ': registration_date was ', cast(value_before as varchar), ', is ',
            cast(signup_date as varchar), ' (row ', source_row, ')'
        ) as change,
        row_number() over (partition by load_id order by source_row) as place
    from users_compared
    where signup_date <> value_before
),

users_changes as (
    select
        load_id,
        count(*) as changed,
        sum(is_taken_back) as taken_back,
        sum(is_swapped) as swapped,
        max(case when place = 1 then change end) as example
    from users_changed
    group by load_id
),

content_seen as (
    select
        content_id,
        load_id,
        min(load_id) over (partition by content_id) as first_load
    from staging.judged_content
    where outcome in ('current', 'inactive_user', 'superseded')
    group by content_id, load_id
),

content_known as (
    select
        load_id,
        count(*) as known_keys
    from content_seen
    where first_load < load_id
    group by load_id
),

content_not_the_same as (
    select content_id
    from staging.judged_content
    where outcome in ('current', 'inactive_user', 'superseded')
    group by content_id
    having min(content_type) <> max(content_type)
),

content_in_loads as (
    select
        judged.content_id,
        judged.load_id,
        judged.source_row,
        judged.content_type,
        row_number() over (
            partition by judged.content_id, judged.load_id order by judged.source_row desc
        ) as version_from_latest
    from staging.judged_content as judged
    inner join content_not_the_same on judged.content_id = content_not_the_same.content_id
    where judged.outcome in ('current', 'inactive_user', 'superseded')
),

content_compared as (
    select
        content_id,
        load_id,
        source_row,
        content_type,
        lag(content_type) over (partition by content_id order by load_id) as value_before,
        min(load_id) over (partition by content_id, content_type) as first_load_of_value
    from content_in_loads
    where version_from_latest = 1
),

content_changed as (
    select
        load_id,
        source_row,
        case when first_load_of_value < load_id then 1 else 0 end as is_taken_back,
        0 as is_swapped,
        concat(
            content_id, ': content_type was ', cast(value_before as varchar), ', is ',
            cast(content_type as varchar), ' (row ', source_row, ')'
        ) as change,
        row_number() over (partition by load_id order by source_row) as place
    from content_compared
    where content_type <> value_before
),

content_changes as (
    select
        load_id,
        count(*) as changed,
        sum(is_taken_back) as taken_back,
        sum(is_swapped) as swapped,
        max(case when place = 1 then change end) as example
    from content_changed
    group by load_id
),


identities as (
    select
        known.load_id,
        known.known_keys,
        coalesce(changes.changed, 0) as changed,
        coalesce(changes.taken_back, 0) as taken_back,
        coalesce(changes.swapped, 0) as swapped,
        cast(changes.example as varchar) as example,
        cast('known users' as varchar) as who
    from users_known as known
    left join users_changes as changes on known.load_id = changes.load_id
    union all
    select
        known.load_id,
        known.known_keys,
        coalesce(changes.changed, 0) as changed,
        coalesce(changes.taken_back, 0) as taken_back,
        coalesce(changes.swapped, 0) as swapped,
        cast(changes.example as varchar) as example,
        cast('known titles' as varchar) as who
    from content_known as known
    left join content_changes as changes on known.load_id = changes.load_id
    
),

identity_changed as (
    select
        loads.load_id,
        case
            when identities.load_id is null then 'nothing known before'
            else concat(
                identities.changed, ' of ', identities.known_keys, ' ', identities.who, ' (',
                concat(cast(floor(cast(floor(coalesce(cast(1000 * identities.changed as double) / nullif(cast(identities.known_keys as double), 0), 0) + 0.5) as bigint) / 10) as bigint), '.', cast(floor(coalesce(cast(1000 * identities.changed as double) / nullif(cast(identities.known_keys as double), 0), 0) + 0.5) as bigint) % 10, '%'), ')',
                case
                    when identities.swapped > 0 and identities.swapped * 2 >= identities.changed
                        then concat(': day and month changed places in ', identities.swapped)
                    else ''
                end,
                case
                    when identities.taken_back > 0
                        then concat(', ', identities.taken_back, ' of them back to what an earlier load said')
                    else ''
                end
            )
        end as observed,
        'at most 5%; stopped above 30%' as expected,
        case
            when coalesce(identities.known_keys, 0) < 5 then 'ok'
            when
                cast(identities.changed - identities.taken_back as double) / nullif(cast(identities.known_keys as double), 0)
                > 0.3
                then 'stopped'
            when
                cast(identities.changed as double) / nullif(cast(identities.known_keys as double), 0) > 0.05
                then 'suspicious'
            else 'ok'
        end as verdict,
        identities.example
    from loads
    left join identities on loads.load_id = identities.load_id
),

days_of_loads as (
    select
        load_id,
        watch_date,
        count(*) as sessions
    from staging.judged_viewing_sessions
    where outcome not in ('quarantined', 'withdrawn', 'repaired')
    group by load_id, watch_date
),

first_arrivals as (
    select
        watch_date,
        min(load_id) as first_load
    from days_of_loads
    group by watch_date
),

days_in_turn as (
    select
        load_id,
        watch_date,
        sessions,
        lead(watch_date) over (partition by load_id order by watch_date) as next_date,
        lead(sessions) over (partition by load_id order by watch_date) as next_sessions,
        count(*) over (partition by load_id) as days_with_sessions,
        max(sessions) over (partition by load_id) - min(sessions) over (partition by load_id) + 1 as numbers_of_sessions,
        avg(cast(sessions as double)) over (partition by load_id) as mean_sessions
    from days_of_loads
),

gaps as (
    select
        days_in_turn.load_id,
        days_in_turn.watch_date,
        days_in_turn.days_with_sessions,
        (days_in_turn.next_date - days_in_turn.watch_date) - 1 as empty_days,
        cast(days_in_turn.sessions + days_in_turn.next_sessions as double) / 2 as sessions_around,
        days_in_turn.mean_sessions,
        case
            when days_in_turn.numbers_of_sessions / sqrt(2 * 3.14159265 * days_in_turn.mean_sessions) >= 1 then 1
            else power(days_in_turn.numbers_of_sessions / sqrt(2 * 3.14159265 * days_in_turn.mean_sessions), cast(days_in_turn.days_with_sessions as double))
        end as chance_of_even_days,
        sum(case when first_arrivals.watch_date is null then 0 else 1 end) as known_days
    from days_in_turn
    left join first_arrivals
        on
            days_in_turn.watch_date < first_arrivals.watch_date
            and days_in_turn.next_date > first_arrivals.watch_date
            and days_in_turn.load_id > first_arrivals.first_load
    where (days_in_turn.next_date - days_in_turn.watch_date) > 1
    group by
        days_in_turn.load_id, days_in_turn.watch_date, days_in_turn.next_date, days_in_turn.days_with_sessions,
        days_in_turn.sessions, days_in_turn.next_sessions, days_in_turn.numbers_of_sessions, days_in_turn.mean_sessions
),

missing_in_loads as (
    select
        load_id,
        sum(empty_days - known_days) as missing_days,
        (min(watch_date) + cast(1 as integer)) as first_missing
    from gaps
    where
        known_days < empty_days
        and (
            (
                chance_of_even_days < 0.01
                and chance_of_even_days * exp(-sessions_around * (empty_days - known_days)) < 0.0005000000
            )
            or days_with_sessions * exp(-sessions_around) < 0.0005000000
        )
    group by load_id, days_with_sessions
    having sum(empty_days - known_days) * 2 <= days_with_sessions
),

days_missing as (
    select
        loads.load_id,
        case
            when missing_in_loads.load_id is null then 'none'
            else concat(missing_in_loads.missing_days, case when missing_in_loads.missing_days = 1 then ' day' else ' days' end)
        end as observed,
        'none' as expected,
        case when missing_in_loads.load_id is null then 'ok' else 'suspicious' end as verdict,
        cast(missing_in_loads.first_missing as varchar) as example
    from loads
    left join missing_in_loads on loads.load_id = missing_in_loads.load_id
),

zombies as (
    select
        sessions.load_id,
        sessions.source_row,
        concat(
            sessions.session_id, ': ', cast(floor(sessions.duration_minutes) as bigint), ' minutes of ',
            sessions.content_id, ', which lasts ', cast(floor(titles.duration_minutes) as bigint), ' (row ',
            sessions.source_row, ')'
        ) as play,
        row_number() over (
            partition by sessions.load_id order by sessions.duration_minutes desc, sessions.source_row
        ) as place
    from staging.judged_viewing_sessions as sessions
    inner join staging.judged_content as titles
        on
            sessions.content_id = titles.content_id
            and titles.outcome = 'current'
    where
        sessions.outcome not in ('quarantined', 'withdrawn', 'repaired')
        and sessions.duration_minutes >= 300
        and sessions.duration_minutes > 3.0 * titles.duration_minutes
),

zombies_in_loads as (
    select
        load_id,
        count(*) as zombies,
        max(case when place = 1 then play end) as example
    from zombies
    group by load_id
),

zombie_plays as (
    select
        loads.load_id,
        concat(
            coalesce(zombies_in_loads.zombies, 0), ' of ', loads.records_delivered, ' sessions (',
            concat(cast(floor(cast(floor(coalesce(cast(1000 * zombies_in_loads.zombies as double) / nullif(cast(loads.records_delivered as double), 0), 0) + 0.5) as bigint) / 10) as bigint), '.', cast(floor(coalesce(cast(1000 * zombies_in_loads.zombies as double) / nullif(cast(loads.records_delivered as double), 0), 0) + 0.5) as bigint) % 10, '%'), ')'
        ) as observed,
        'at most 0.1% of 300 minutes or more and 3 times the title' as expected,
        case
            when
                cast(zombies_in_loads.zombies as double) / nullif(cast(loads.records_delivered as double), 0)
                > 0.001
                then 'suspicious'
            else 'ok'
        end as verdict,
        zombies_in_loads.example
    from loads
    left join zombies_in_loads on loads.load_id = zombies_in_loads.load_id
),


users_spelled as (
    select
        load_id,
        country,
        subscription_type,
        count(*) as records,
        min(source_row) as first_row
    from staging.judged_users
    where outcome <> 'withdrawn'
    group by load_id, country, subscription_type
),

viewing_sessions_spelled as (
    select
        load_id,
        device_type,
        quality_level,
        count(*) as records,
        min(source_row) as first_row
    from staging.judged_viewing_sessions
    where outcome <> 'withdrawn'
    group by load_id, device_type, quality_level
),

content_spelled as (
    select
        load_id,
        title,
        genre,
        count(*) as records,
        min(source_row) as first_row
    from staging.judged_content
    where outcome <> 'withdrawn'
    group by load_id, title, genre
),

texts as (
    select
        load_id,
        cast('country' as varchar) as column_name,
        cast(country as varchar) as spelling,
        sum(records) as records,
        min(first_row) as first_row
    from users_spelled
    group by load_id, cast(country as varchar)
    union all
    select
        load_id,
        cast('subscription_type' as varchar) as column_name,
        cast(subscription_type as varchar) as spelling,
        sum(records) as records,
        min(first_row) as first_row
    from users_spelled
    group by load_id, cast(subscription_type as varchar)
    union all
    select
        load_id,
        cast('device_type' as varchar) as column_name,
        cast(device_type as varchar) as spelling,
        sum(records) as records,
        min(first_row) as first_row
    from viewing_sessions_spelled
    group by load_id, cast(device_type as varchar)
    union all
    select
        load_id,
        cast('quality_level' as varchar) as column_name,
        cast(quality_level as varchar) as spelling,
        sum(records) as records,
        min(first_row) as first_row
    from viewing_sessions_spelled
    group by load_id, cast(quality_level as varchar)
    union all
    select
        load_id,
        cast('title' as varchar) as column_name,
        cast(title as varchar) as spelling,
        sum(records) as records,
        min(first_row) as first_row
    from content_spelled
    group by load_id, cast(title as varchar)
    union all
    select
        load_id,
        cast('genre' as varchar) as column_name,
        cast(genre as varchar) as spelling,
        sum(records) as records,
        min(first_row) as first_row
    from content_spelled
    group by load_id, cast(genre as varchar)
    
),

encoded as (
    select
        load_id,
        column_name,
        spelling,
        records,
        first_row,
        row_number() over (partition by load_id order by records desc, first_row, column_name) as place
    from texts
    where strlen(spelling) > length(spelling) and (
        regexp_matches(spelling, concat('[', concat(chr(194)), '-', concat(chr(197)), ']', '[', concat(chr(128)), '-', concat(chr(191)), concat(chr(338)), '-', concat(chr(339)), concat(chr(352)), '-', concat(chr(353)), concat(chr(376)), concat(chr(381)), '-', concat(chr(382)), concat(chr(402)), concat(chr(710)), concat(chr(732)), concat(chr(8211)), '-', concat(chr(8212)), concat(chr(8216)), '-', concat(chr(8218)), concat(chr(8220)), '-', concat(chr(8222)), concat(chr(8224)), '-', concat(chr(8226)), concat(chr(8230)), concat(chr(8240)), concat(chr(8249)), '-', concat(chr(8250)), concat(chr(8364)), concat(chr(8482)), ']'))
        or regexp_matches(spelling, concat('[', concat(chr(206)), '-', concat(chr(209)), concat(chr(215)), '-', concat(chr(217)), ']', '[', concat(chr(128)), '-', concat(chr(191)), concat(chr(338)), '-', concat(chr(339)), concat(chr(352)), '-', concat(chr(353)), concat(chr(376)), concat(chr(381)), '-', concat(chr(382)), concat(chr(402)), concat(chr(710)), concat(chr(732)), concat(chr(8211)), '-', concat(chr(8212)), concat(chr(8216)), '-', concat(chr(8218)), concat(chr(8220)), '-', concat(chr(8222)), concat(chr(8224)), '-', concat(chr(8226)), concat(chr(8230)), concat(chr(8240)), concat(chr(8249)), '-', concat(chr(8250)), concat(chr(8364)), concat(chr(8482)), ']', '[', concat(chr(206)), '-', concat(chr(209)), concat(chr(215)), '-', concat(chr(217)), ']', '[', concat(chr(128)), '-', concat(chr(191)), concat(chr(338)), '-', concat(chr(339)), concat(chr(352)), '-', concat(chr(353)), concat(chr(376)), concat(chr(381)), '-', concat(chr(382)), concat(chr(402)), concat(chr(710)), concat(chr(732)), concat(chr(8211)), '-', concat(chr(8212)), concat(chr(8216)), '-', concat(chr(8218)), concat(chr(8220)), '-', concat(chr(8222)), concat(chr(8224)), '-', concat(chr(8226)), concat(chr(8230)), concat(chr(8240)), concat(chr(8249)), '-', concat(chr(8250)), concat(chr(8364)), concat(chr(8482)), ']'))
        or regexp_matches(spelling, concat('[', concat(chr(226)), ']', '[', concat(chr(128)), concat(chr(130)), concat(chr(132)), concat(chr(134)), concat(chr(8218)), concat(chr(8222)), concat(chr(8224)), concat(chr(8364)), ']', '[', concat(chr(128)), '-', concat(chr(191)), concat(chr(338)), '-', concat(chr(339)), concat(chr(352)), '-', concat(chr(353)), concat(chr(376)), concat(chr(381)), '-', concat(chr(382)), concat(chr(402)), concat(chr(710)), concat(chr(732)), concat(chr(8211)), '-', concat(chr(8212)), concat(chr(8216)), '-', concat(chr(8218)), concat(chr(8220)), '-', concat(chr(8222)), concat(chr(8224)), '-', concat(chr(8226)), concat(chr(8230)), concat(chr(8240)), concat(chr(8249)), '-', concat(chr(8250)), concat(chr(8364)), concat(chr(8482)), ']'))
        or regexp_matches(spelling, concat('[', concat(chr(224)), '-', concat(chr(239)), ']', '[', concat(chr(128)), '-', concat(chr(191)), concat(chr(338)), '-', concat(chr(339)), concat(chr(352)), '-', concat(chr(353)), concat(chr(376)), concat(chr(381)), '-', concat(chr(382)), concat(chr(402)), concat(chr(710)), concat(chr(732)), concat(chr(8211)), '-', concat(chr(8212)), concat(chr(8216)), '-', concat(chr(8218)), concat(chr(8220)), '-', concat(chr(8222)), concat(chr(8224)), '-', concat(chr(8226)), concat(chr(8230)), concat(chr(8240)), concat(chr(8249)), '-', concat(chr(8250)), concat(chr(8364)), concat(chr(8482)), ']', '[', concat(chr(128)), '-', concat(chr(191)), concat(chr(338)), '-', concat(chr(339)), concat(chr(352)), '-', concat(chr(353)), concat(chr(376)), concat(chr(381)), '-', concat(chr(382)), concat(chr(402)), concat(chr(710)), concat(chr(732)), concat(chr(8211)), '-', concat(chr(8212)), concat(chr(8216)), '-', concat(chr(8218)), concat(chr(8220)), '-', concat(chr(8222)), concat(chr(8224)), '-', concat(chr(8226)), concat(chr(8230)), concat(chr(8240)), concat(chr(8249)), '-', concat(chr(8250)), concat(chr(8364)), concat(chr(8482)), ']', '[', concat(chr(224)), '-', concat(chr(239)), ']', '[', concat(chr(128)), '-', concat(chr(191)), concat(chr(338)), '-', concat(chr(339)), concat(chr(352)), '-', concat(chr(353)), concat(chr(376)), concat(chr(381)), '-', concat(chr(382)), concat(chr(402)), concat(chr(710)), concat(chr(732)), concat(chr(8211)), '-', concat(chr(8212)), concat(chr(8216)), '-', concat(chr(8218)), concat(chr(8220)), '-', concat(chr(8222)), concat(chr(8224)), '-', concat(chr(8226)), concat(chr(8230)), concat(chr(8240)), concat(chr(8249)), '-', concat(chr(8250)), concat(chr(8364)), concat(chr(8482)), ']', '[', concat(chr(128)), '-', concat(chr(191)), concat(chr(338)), '-', concat(chr(339)), concat(chr(352)), '-', concat(chr(353)), concat(chr(376)), concat(chr(381)), '-', concat(chr(382)), concat(chr(402)), concat(chr(710)), concat(chr(732)), concat(chr(8211)), '-', concat(chr(8212)), concat(chr(8216)), '-', concat(chr(8218)), concat(chr(8220)), '-', concat(chr(8222)), concat(chr(8224)), '-', concat(chr(8226)), concat(chr(8230)), concat(chr(8240)), concat(chr(8249)), '-', concat(chr(8250)), concat(chr(8364)), concat(chr(8482)), ']'))
        or regexp_matches(spelling, concat('[', concat(chr(240)), ']', '[', concat(chr(159)), concat(chr(376)), ']', '[', concat(chr(128)), '-', concat(chr(191)), concat(chr(338)), '-', concat(chr(339)), concat(chr(352)), '-', concat(chr(353)), concat(chr(376)), concat(chr(381)), '-', concat(chr(382)), concat(chr(402)), concat(chr(710)), concat(chr(732)), concat(chr(8211)), '-', concat(chr(8212)), concat(chr(8216)), '-', concat(chr(8218)), concat(chr(8220)), '-', concat(chr(8222)), concat(chr(8224)), '-', concat(chr(8226)), concat(chr(8230)), concat(chr(8240)), concat(chr(8249)), '-', concat(chr(8250)), concat(chr(8364)), concat(chr(8482)), ']', '[', concat(chr(128)), '-', concat(chr(191)), concat(chr(338)), '-', concat(chr(339)), concat(chr(352)), '-', concat(chr(353)), concat(chr(376)), concat(chr(381)), '-', concat(chr(382)), concat(chr(402)), concat(chr(710)), concat(chr(732)), concat(chr(8211)), '-', concat(chr(8212)), concat(chr(8216)), '-', concat(chr(8218)), concat(chr(8220)), '-', concat(chr(8222)), concat(chr(8224)), '-', concat(chr(8226)), concat(chr(8230)), concat(chr(8240)), concat(chr(8249)), '-', concat(chr(8250)), concat(chr(8364)), concat(chr(8482)), ']'))
    )
),

encoded_in_loads as (
    select
        load_id,
        count(*) as spellings,
        sum(records) as records,
        max(case when place = 1 then concat(column_name, ' = ', spelling, ' (row ', first_row, ')') end) as example
    from encoded
    group by load_id
),

encoded_twice as (
    select
        loads.load_id,
        case
            when encoded_in_loads.load_id is null then 'none'
            else concat(
                concat(encoded_in_loads.spellings, case when encoded_in_loads.spellings = 1 then ' text' else ' texts' end), ', in ',
                concat(encoded_in_loads.records, case when encoded_in_loads.records = 1 then ' value' else ' values' end)
            )
        end as observed,
        'none' as expected,
        case
            when encoded_in_loads.records >= 1 then 'suspicious'
            else 'ok'
        end as verdict,
        encoded_in_loads.example
    from loads
    left join encoded_in_loads on loads.load_id = encoded_in_loads.load_id
),

known_spellings as (
    select
        column_name,
        spelling,
        cast(trim(replace(
        translate(
            spelling,
            cast(concat(chr(192), chr(193), chr(194), chr(195), chr(196), chr(197), chr(256), chr(258), chr(260), chr(199), chr(262), chr(264), chr(266), chr(268), chr(270), chr(200), chr(201), chr(202), chr(203), chr(274), chr(276), chr(278), chr(280), chr(282), chr(284), chr(286), chr(288), chr(290), chr(292), chr(204), chr(205), chr(206), chr(207), chr(296), chr(298), chr(300), chr(302), chr(304), chr(308), chr(310), chr(313), chr(315), chr(317), chr(209), chr(323), chr(325), chr(327), chr(210), chr(211), chr(212), chr(213), chr(214), chr(332), chr(334), chr(336), chr(416), chr(340), chr(342), chr(344), chr(346), chr(348), chr(350), chr(352), chr(536), chr(354), chr(356), chr(538), chr(217), chr(218), chr(219), chr(220), chr(360), chr(362), chr(364), chr(366), chr(368), chr(370), chr(431), chr(372), chr(221), chr(374), chr(376), chr(377), chr(379), chr(381), chr(224), chr(225), chr(226), chr(227), chr(228), chr(229), chr(257), chr(259), chr(261), chr(231), chr(263), chr(265), chr(267), chr(269), chr(271), chr(232), chr(233), chr(234), chr(235), chr(275), chr(277), chr(279), chr(281), chr(283), chr(285), chr(287), chr(289), chr(291), chr(293), chr(236), chr(237), chr(238), chr(239), chr(297), chr(299), chr(301), chr(303), chr(309), chr(311), chr(314), chr(316), chr(318), chr(241), chr(324), chr(326), chr(328), chr(242), chr(243), chr(244), chr(245), chr(246), chr(333), chr(335), chr(337), chr(417), chr(341), chr(343), chr(345), chr(347), chr(349), chr(351), chr(353), chr(537), chr(355), chr(357), chr(539), chr(249), chr(250), chr(251), chr(252), chr(361), chr(363), chr(365), chr(367), chr(369), chr(371), chr(432), chr(373), chr(253), chr(255), chr(375), chr(378), chr(380), chr(382), chr(160), chr(5760), chr(8192), chr(8193), chr(8194), chr(8195), chr(8196), chr(8197), chr(8198), chr(8199), chr(8200), chr(8201), chr(8202), chr(8239), chr(8287), chr(12288), chr(173), chr(6158), chr(8203), chr(8204), chr(8205), chr(8206), chr(8207), chr(8234), chr(8235), chr(8236), chr(8237), chr(8238), chr(8288), chr(8289), chr(8290), chr(8291), chr(8292), chr(65279), chr(768), chr(769), chr(770), chr(771), chr(772), chr(773), chr(774), chr(775), chr(776), chr(777), chr(778), chr(779), chr(780), chr(781), chr(782), chr(783), chr(795), chr(803), chr(806), chr(807), chr(808)) as varchar),
            cast(concat('AAAAAAAAACCCCCDEEEEEEEEEGGGGHIIIIIIIIIJKLLLNNNNOOOOOOOOORRRSSSSSTTTUUUUUUUUUUUWYYYZZZaaaaaaaaacccccdeeeeeeeeegggghiiiiiiiijklllnnnnooooooooorrrssssstttuuuuuuuuuuuwyyyzzz                ', concat(chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203))) as varchar)
        ),
        concat(chr(8203)), ''
    )) as varchar) as seen,
        min(load_id) as first_load
    from texts
    group by column_name, spelling
),

hidden_texts as (
    select
        load_id,
        column_name,
        spelling,
        cast(trim(replace(
        translate(
            spelling,
            cast(concat(chr(192), chr(193), chr(194), chr(195), chr(196), chr(197), chr(256), chr(258), chr(260), chr(199), chr(262), chr(264), chr(266), chr(268), chr(270), chr(200), chr(201), chr(202), chr(203), chr(274), chr(276), chr(278), chr(280), chr(282), chr(284), chr(286), chr(288), chr(290), chr(292), chr(204), chr(205), chr(206), chr(207), chr(296), chr(298), chr(300), chr(302), chr(304), chr(308), chr(310), chr(313), chr(315), chr(317), chr(209), chr(323), chr(325), chr(327), chr(210), chr(211), chr(212), chr(213), chr(214), chr(332), chr(334), chr(336), chr(416), chr(340), chr(342), chr(344), chr(346), chr(348), chr(350), chr(352), chr(536), chr(354), chr(356), chr(538), chr(217), chr(218), chr(219), chr(220), chr(360), chr(362), chr(364), chr(366), chr(368), chr(370), chr(431), chr(372), chr(221), chr(374), chr(376), chr(377), chr(379), chr(381), chr(224), chr(225), chr(226), chr(227), chr(228), chr(229), chr(257), chr(259), chr(261), chr(231), chr(263), chr(265), chr(267), chr(269), chr(271), chr(232), chr(233), chr(234), chr(235), chr(275), chr(277), chr(279), chr(281), chr(283), chr(285), chr(287), chr(289), chr(291), chr(293), chr(236), chr(237), chr(238), chr(239), chr(297), chr(299), chr(301), chr(303), chr(309), chr(311), chr(314), chr(316), chr(318), chr(241), chr(324), chr(326), chr(328), chr(242), chr(243), chr(244), chr(245), chr(246), chr(333), chr(335), chr(337), chr(417), chr(341), chr(343), chr(345), chr(347), chr(349), chr(351), chr(353), chr(537), chr(355), chr(357), chr(539), chr(249), chr(250), chr(251), chr(252), chr(361), chr(363), chr(365), chr(367), chr(369), chr(371), chr(432), chr(373), chr(253), chr(255), chr(375), chr(378), chr(380), chr(382), chr(160), chr(5760), chr(8192), chr(8193), chr(8194), chr(8195), chr(8196), chr(8197), chr(8198), chr(8199), chr(8200), chr(8201), chr(8202), chr(8239), chr(8287), chr(12288), chr(173), chr(6158), chr(8203), chr(8204), chr(8205), chr(8206), chr(8207), chr(8234), chr(8235), chr(8236), chr(8237), chr(8238), chr(8288), chr(8289), chr(8290), chr(8291), chr(8292), chr(65279), chr(768), chr(769), chr(770), chr(771), chr(772), chr(773), chr(774), chr(775), chr(776), chr(777), chr(778), chr(779), chr(780), chr(781), chr(782), chr(783), chr(795), chr(803), chr(806), chr(807), chr(808)) as varchar),
            cast(concat('AAAAAAAAACCCCCDEEEEEEEEEGGGGHIIIIIIIIIJKLLLNNNNOOOOOOOOORRRSSSSSTTTUUUUUUUUUUUWYYYZZZaaaaaaaaacccccdeeeeeeeeegggghiiiiiiiijklllnnnnooooooooorrrssssstttuuuuuuuuuuuwyyyzzz                ', concat(chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203))) as varchar)
        ),
        concat(chr(8203)), ''
    )) as varchar) as seen,
        first_row
    from texts
    where strlen(spelling) > length(spelling) and regexp_matches(spelling, concat('[', concat(chr(160)), concat(chr(173)), concat(chr(768)), '-', concat(chr(783)), concat(chr(795)), concat(chr(803)), concat(chr(806)), '-', concat(chr(808)), concat(chr(5760)), concat(chr(6158)), concat(chr(8192)), '-', concat(chr(8207)), concat(chr(8234)), '-', concat(chr(8239)), concat(chr(8287)), '-', concat(chr(8292)), concat(chr(12288)), concat(chr(65279)), ']'))
),

hidden_ids as (
    select
        load_id,
        cast('user_id' as varchar) as column_name,
        cast(user_id as varchar) as spelling,
        trim(replace(
        translate(
            user_id,
            cast(concat(chr(192), chr(193), chr(194), chr(195), chr(196), chr(197), chr(256), chr(258), chr(260), chr(199), chr(262), chr(264), chr(266), chr(268), chr(270), chr(200), chr(201), chr(202), chr(203), chr(274), chr(276), chr(278), chr(280), chr(282), chr(284), chr(286), chr(288), chr(290), chr(292), chr(204), chr(205), chr(206), chr(207), chr(296), chr(298), chr(300), chr(302), chr(304), chr(308), chr(310), chr(313), chr(315), chr(317), chr(209), chr(323), chr(325), chr(327), chr(210), chr(211), chr(212), chr(213), chr(214), chr(332), chr(334), chr(336), chr(416), chr(340), chr(342), chr(344), chr(346), chr(348), chr(350), chr(352), chr(536), chr(354), chr(356), chr(538), chr(217), chr(218), chr(219), chr(220), chr(360), chr(362), chr(364), chr(366), chr(368), chr(370), chr(431), chr(372), chr(221), chr(374), chr(376), chr(377), chr(379), chr(381), chr(224), chr(225), chr(226), chr(227), chr(228), chr(229), chr(257), chr(259), chr(261), chr(231), chr(263), chr(265), chr(267), chr(269), chr(271), chr(232), chr(233), chr(234), chr(235), chr(275), chr(277), chr(279), chr(281), chr(283), chr(285), chr(287), chr(289), chr(291), chr(293), chr(236), chr(237), chr(238), chr(239), chr(297), chr(299), chr(301), chr(303), chr(309), chr(311), chr(314), chr(316), chr(318), chr(241), chr(324), chr(326), chr(328), chr(242), chr(243), chr(244), chr(245), chr(246), chr(333), chr(335), chr(337), chr(417), chr(341), chr(343), chr(345), chr(347), chr(349), chr(351), chr(353), chr(537), chr(355), chr(357), chr(539), chr(249), chr(250), chr(251), chr(252), chr(361), chr(363), chr(365), chr(367), chr(369), chr(371), chr(432), chr(373), chr(253), chr(255), chr(375), chr(378), chr(380), chr(382), chr(160), chr(5760), chr(8192), chr(8193), chr(8194), chr(8195), chr(8196), chr(8197), chr(8198), chr(8199), chr(8200), chr(8201), chr(8202), chr(8239), chr(8287), chr(12288), chr(173), chr(6158), chr(8203), chr(8204), chr(8205), chr(8206), chr(8207), chr(8234), chr(8235), chr(8236), chr(8237), chr(8238), chr(8288), chr(8289), chr(8290), chr(8291), chr(8292), chr(65279), chr(768), chr(769), chr(770), chr(771), chr(772), chr(773), chr(774), chr(775), chr(776), chr(777), chr(778), chr(779), chr(780), chr(781), chr(782), chr(783), chr(795), chr(803), chr(806), chr(807), chr(808)) as varchar),
            cast(concat('AAAAAAAAACCCCCDEEEEEEEEEGGGGHIIIIIIIIIJKLLLNNNNOOOOOOOOORRRSSSSSTTTUUUUUUUUUUUWYYYZZZaaaaaaaaacccccdeeeeeeeeegggghiiiiiiiijklllnnnnooooooooorrrssssstttuuuuuuuuuuuwyyyzzz                ', concat(chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203))) as varchar)
        ),
        concat(chr(8203)), ''
    )) as seen,
        source_row as first_row
    from staging.judged_users
    where strlen(user_id) > length(user_id) and regexp_matches(user_id, concat('[', concat(chr(160)), concat(chr(173)), concat(chr(768)), '-', concat(chr(783)), concat(chr(795)), concat(chr(803)), concat(chr(806)), '-', concat(chr(808)), concat(chr(5760)), concat(chr(6158)), concat(chr(8192)), '-', concat(chr(8207)), concat(chr(8234)), '-', concat(chr(8239)), concat(chr(8287)), '-', concat(chr(8292)), concat(chr(12288)), concat(chr(65279)), ']'))
    union all
    select
        load_id,
        cast('content_id' as varchar) as column_name,
        cast(content_id as varchar) as spelling,
        trim(replace(
        translate(
            content_id,
            cast(concat(chr(192), chr(193), chr(194), chr(195), chr(196), chr(197), chr(256), chr(258), chr(260), chr(199), chr(262), chr(264), chr(266), chr(268), chr(270), chr(200), chr(201), chr(202), chr(203), chr(274), chr(276), chr(278), chr(280), chr(282), chr(284), chr(286), chr(288), chr(290), chr(292), chr(204), chr(205), chr(206), chr(207), chr(296), chr(298), chr(300), chr(302), chr(304), chr(308), chr(310), chr(313), chr(315), chr(317), chr(209), chr(323), chr(325), chr(327), chr(210), chr(211), chr(212), chr(213), chr(214), chr(332), chr(334), chr(336), chr(416), chr(340), chr(342), chr(344), chr(346), chr(348), chr(350), chr(352), chr(536), chr(354), chr(356), chr(538), chr(217), chr(218), chr(219), chr(220), chr(360), chr(362), chr(364), chr(366), chr(368), chr(370), chr(431), chr(372), chr(221), chr(374), chr(376), chr(377), chr(379), chr(381), chr(224), chr(225), chr(226), chr(227), chr(228), chr(229), chr(257), chr(259), chr(261), chr(231), chr(263), chr(265), chr(267), chr(269), chr(271), chr(232), chr(233), chr(234), chr(235), chr(275), chr(277), chr(279), chr(281), chr(283), chr(285), chr(287), chr(289), chr(291), chr(293), chr(236), chr(237), chr(238), chr(239), chr(297), chr(299), chr(301), chr(303), chr(309), chr(311), chr(314), chr(316), chr(318), chr(241), chr(324), chr(326), chr(328), chr(242), chr(243), chr(244), chr(245), chr(246), chr(333), chr(335), chr(337), chr(417), chr(341), chr(343), chr(345), chr(347), chr(349), chr(351), chr(353), chr(537), chr(355), chr(357), chr(539), chr(249), chr(250), chr(251), chr(252), chr(361), chr(363), chr(365), chr(367), chr(369), chr(371), chr(432), chr(373), chr(253), chr(255), chr(375), chr(378), chr(380), chr(382), chr(160), chr(5760), chr(8192), chr(8193), chr(8194), chr(8195), chr(8196), chr(8197), chr(8198), chr(8199), chr(8200), chr(8201), chr(8202), chr(8239), chr(8287), chr(12288), chr(173), chr(6158), chr(8203), chr(8204), chr(8205), chr(8206), chr(8207), chr(8234), chr(8235), chr(8236), chr(8237), chr(8238), chr(8288), chr(8289), chr(8290), chr(8291), chr(8292), chr(65279), chr(768), chr(769), chr(770), chr(771), chr(772), chr(773), chr(774), chr(775), chr(776), chr(777), chr(778), chr(779), chr(780), chr(781), chr(782), chr(783), chr(795), chr(803), chr(806), chr(807), chr(808)) as varchar),
            cast(concat('AAAAAAAAACCCCCDEEEEEEEEEGGGGHIIIIIIIIIJKLLLNNNNOOOOOOOOORRRSSSSSTTTUUUUUUUUUUUWYYYZZZaaaaaaaaacccccdeeeeeeeeegggghiiiiiiiijklllnnnnooooooooorrrssssstttuuuuuuuuuuuwyyyzzz                ', concat(chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203))) as varchar)
        ),
        concat(chr(8203)), ''
    )) as seen,
        source_row as first_row
    from staging.judged_content
    where strlen(content_id) > length(content_id) and regexp_matches(content_id, concat('[', concat(chr(160)), concat(chr(173)), concat(chr(768)), '-', concat(chr(783)), concat(chr(795)), concat(chr(803)), concat(chr(806)), '-', concat(chr(808)), concat(chr(5760)), concat(chr(6158)), concat(chr(8192)), '-', concat(chr(8207)), concat(chr(8234)), '-', concat(chr(8239)), concat(chr(8287)), '-', concat(chr(8292)), concat(chr(12288)), concat(chr(65279)), ']'))
    union all
    select
        load_id,
        cast('session_id' as varchar) as column_name,
        cast(session_id as varchar) as spelling,
        trim(replace(
        translate(
            session_id,
            cast(concat(chr(192), chr(193), chr(194), chr(195), chr(196), chr(197), chr(256), chr(258), chr(260), chr(199), chr(262), chr(264), chr(266), chr(268), chr(270), chr(200), chr(201), chr(202), chr(203), chr(274), chr(276), chr(278), chr(280), chr(282), chr(284), chr(286), chr(288), chr(290), chr(292), chr(204), chr(205), chr(206), chr(207), chr(296), chr(298), chr(300), chr(302), chr(304), chr(308), chr(310), chr(313), chr(315), chr(317), chr(209), chr(323), chr(325), chr(327), chr(210), chr(211), chr(212), chr(213), chr(214), chr(332), chr(334), chr(336), chr(416), chr(340), chr(342), chr(344), chr(346), chr(348), chr(350), chr(352), chr(536), chr(354), chr(356), chr(538), chr(217), chr(218), chr(219), chr(220), chr(360), chr(362), chr(364), chr(366), chr(368), chr(370), chr(431), chr(372), chr(221), chr(374), chr(376), chr(377), chr(379), chr(381), chr(224), chr(225), chr(226), chr(227), chr(228), chr(229), chr(257), chr(259), chr(261), chr(231), chr(263), chr(265), chr(267), chr(269), chr(271), chr(232), chr(233), chr(234), chr(235), chr(275), chr(277), chr(279), chr(281), chr(283), chr(285), chr(287), chr(289), chr(291), chr(293), chr(236), chr(237), chr(238), chr(239), chr(297), chr(299), chr(301), chr(303), chr(309), chr(311), chr(314), chr(316), chr(318), chr(241), chr(324), chr(326), chr(328), chr(242), chr(243), chr(244), chr(245), chr(246), chr(333), chr(335), chr(337), chr(417), chr(341), chr(343), chr(345), chr(347), chr(349), chr(351), chr(353), chr(537), chr(355), chr(357), chr(539), chr(249), chr(250), chr(251), chr(252), chr(361), chr(363), chr(365), chr(367), chr(369), chr(371), chr(432), chr(373), chr(253), chr(255), chr(375), chr(378), chr(380), chr(382), chr(160), chr(5760), chr(8192), chr(8193), chr(8194), chr(8195), chr(8196), chr(8197), chr(8198), chr(8199), chr(8200), chr(8201), chr(8202), chr(8239), chr(8287), chr(12288), chr(173), chr(6158), chr(8203), chr(8204), chr(8205), chr(8206), chr(8207), chr(8234), chr(8235), chr(8236), chr(8237), chr(8238), chr(8288), chr(8289), chr(8290), chr(8291), chr(8292), chr(65279), chr(768), chr(769), chr(770), chr(771), chr(772), chr(773), chr(774), chr(775), chr(776), chr(777), chr(778), chr(779), chr(780), chr(781), chr(782), chr(783), chr(795), chr(803), chr(806), chr(807), chr(808)) as varchar),
            cast(concat('AAAAAAAAACCCCCDEEEEEEEEEGGGGHIIIIIIIIIJKLLLNNNNOOOOOOOOORRRSSSSSTTTUUUUUUUUUUUWYYYZZZaaaaaaaaacccccdeeeeeeeeegggghiiiiiiiijklllnnnnooooooooorrrssssstttuuuuuuuuuuuwyyyzzz                ', concat(chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203))) as varchar)
        ),
        concat(chr(8203)), ''
    )) as seen,
        source_row as first_row
    from staging.judged_viewing_sessions
    where strlen(session_id) > length(session_id) and regexp_matches(session_id, concat('[', concat(chr(160)), concat(chr(173)), concat(chr(768)), '-', concat(chr(783)), concat(chr(795)), concat(chr(803)), concat(chr(806)), '-', concat(chr(808)), concat(chr(5760)), concat(chr(6158)), concat(chr(8192)), '-', concat(chr(8207)), concat(chr(8234)), '-', concat(chr(8239)), concat(chr(8287)), '-', concat(chr(8292)), concat(chr(12288)), concat(chr(65279)), ']'))
    union all
    select
        load_id,
        case
            when "rule" = 'user_unknown' then cast('user_id' as varchar)
            else cast('content_id' as varchar)
        end as column_name,
        cast(offending_value as varchar) as spelling,
        trim(replace(
        translate(
            offending_value,
            cast(concat(chr(192), chr(193), chr(194), chr(195), chr(196), chr(197), chr(256), chr(258), chr(260), chr(199), chr(262), chr(264), chr(266), chr(268), chr(270), chr(200), chr(201), chr(202), chr(203), chr(274), chr(276), chr(278), chr(280), chr(282), chr(284), chr(286), chr(288), chr(290), chr(292), chr(204), chr(205), chr(206), chr(207), chr(296), chr(298), chr(300), chr(302), chr(304), chr(308), chr(310), chr(313), chr(315), chr(317), chr(209), chr(323), chr(325), chr(327), chr(210), chr(211), chr(212), chr(213), chr(214), chr(332), chr(334), chr(336), chr(416), chr(340), chr(342), chr(344), chr(346), chr(348), chr(350), chr(352), chr(536), chr(354), chr(356), chr(538), chr(217), chr(218), chr(219), chr(220), chr(360), chr(362), chr(364), chr(366), chr(368), chr(370), chr(431), chr(372), chr(221), chr(374), chr(376), chr(377), chr(379), chr(381), chr(224), chr(225), chr(226), chr(227), chr(228), chr(229), chr(257), chr(259), chr(261), chr(231), chr(263), chr(265), chr(267), chr(269), chr(271), chr(232), chr(233), chr(234), chr(235), chr(275), chr(277), chr(279), chr(281), chr(283), chr(285), chr(287), chr(289), chr(291), chr(293), chr(236), chr(237), chr(238), chr(239), chr(297), chr(299), chr(301), chr(303), chr(309), chr(311), chr(314), chr(316), chr(318), chr(241), chr(324), chr(326), chr(328), chr(242), chr(243), chr(244), chr(245), chr(246), chr(333), chr(335), chr(337), chr(417), chr(341), chr(343), chr(345), chr(347), chr(349), chr(351), chr(353), chr(537), chr(355), chr(357), chr(539), chr(249), chr(250), chr(251), chr(252), chr(361), chr(363), chr(365), chr(367), chr(369), chr(371), chr(432), chr(373), chr(253), chr(255), chr(375), chr(378), chr(380), chr(382), chr(160), chr(5760), chr(8192), chr(8193), chr(8194), chr(8195), chr(8196), chr(8197), chr(8198), chr(8199), chr(8200), chr(8201), chr(8202), chr(8239), chr(8287), chr(12288), chr(173), chr(6158), chr(8203), chr(8204), chr(8205), chr(8206), chr(8207), chr(8234), chr(8235), chr(8236), chr(8237), chr(8238), chr(8288), chr(8289), chr(8290), chr(8291), chr(8292), chr(65279), chr(768), chr(769), chr(770), chr(771), chr(772), chr(773), chr(774), chr(775), chr(776), chr(777), chr(778), chr(779), chr(780), chr(781), chr(782), chr(783), chr(795), chr(803), chr(806), chr(807), chr(808)) as varchar),
            cast(concat('AAAAAAAAACCCCCDEEEEEEEEEGGGGHIIIIIIIIIJKLLLNNNNOOOOOOOOORRRSSSSSTTTUUUUUUUUUUUWYYYZZZaaaaaaaaacccccdeeeeeeeeegggghiiiiiiiijklllnnnnooooooooorrrssssstttuuuuuuuuuuuwyyyzzz                ', concat(chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203), chr(8203))) as varchar)
        ),
        concat(chr(8203)), ''
    )) as seen,
        source_row as first_row
    from main.held_viewing_sessions
    where strlen(offending_value) > length(offending_value) and regexp_matches(offending_value, concat('[', concat(chr(160)), concat(chr(173)), concat(chr(768)), '-', concat(chr(783)), concat(chr(795)), concat(chr(803)), concat(chr(806)), '-', concat(chr(808)), concat(chr(5760)), concat(chr(6158)), concat(chr(8192)), '-', concat(chr(8207)), concat(chr(8234)), '-', concat(chr(8239)), concat(chr(8287)), '-', concat(chr(8292)), concat(chr(12288)), concat(chr(65279)), ']'))
),


known_users as (
    select
        user_id,
        load_id
    from staging.judged_users
    where
        user_id in (select seen from hidden_ids)
        and outcome not in ('quarantined', 'withdrawn')
),


known_content as (
    select
        content_id,
        load_id
    from staging.judged_content
    where
        content_id in (select seen from hidden_ids)
        and outcome not in ('quarantined', 'withdrawn')
),


known_viewing_sessions as (
    select
        session_id,
        load_id
    from staging.judged_viewing_sessions
    where
        session_id in (select seen from hidden_ids)
        and outcome not in ('quarantined', 'withdrawn')
),


twins as (
    select
        hidden_texts.load_id,
        hidden_texts.column_name,
        hidden_texts.spelling,
        hidden_texts.first_row,
        max(known_spellings.spelling) as twin
    from hidden_texts
    inner join known_spellings
        on
            hidden_texts.column_name = known_spellings.column_name
            and hidden_texts.seen = known_spellings.seen
            and hidden_texts.spelling <> known_spellings.spelling
            and hidden_texts.load_id >= known_spellings.first_load
    group by hidden_texts.load_id, hidden_texts.column_name, hidden_texts.spelling, hidden_texts.first_row

    
    union all

    select
        hidden_ids.load_id,
        hidden_ids.column_name,
        hidden_ids.spelling,
        hidden_ids.first_row,
        cast(min(known.user_id) as varchar) as twin
    from hidden_ids
    inner join known_users as known
        on
            hidden_ids.seen = known.user_id
            and hidden_ids.load_id >= known.load_id
    where hidden_ids.column_name = 'user_id'
    group by hidden_ids.load_id, hidden_ids.column_name, hidden_ids.spelling, hidden_ids.first_row
    
    union all

    select
        hidden_ids.load_id,
        hidden_ids.column_name,
        hidden_ids.spelling,
        hidden_ids.first_row,
        cast(min(known.content_id) as varchar) as twin
    from hidden_ids
    inner join known_content as known
        on
            hidden_ids.seen = known.content_id
            and hidden_ids.load_id >= known.load_id
    where hidden_ids.column_name = 'content_id'
    group by hidden_ids.load_id, hidden_ids.column_name, hidden_ids.spelling, hidden_ids.first_row
    
    union all

    select
        hidden_ids.load_id,
        hidden_ids.column_name,
        hidden_ids.spelling,
        hidden_ids.first_row,
        cast(min(known.session_id) as varchar) as twin
    from hidden_ids
    inner join known_viewing_sessions as known
        on
            hidden_ids.seen = known.session_id
            and hidden_ids.load_id >= known.load_id
    where hidden_ids.column_name = 'session_id'
    group by hidden_ids.load_id, hidden_ids.column_name, hidden_ids.spelling, hidden_ids.first_row
    
),

twins_ranked as (
    select
        load_id,
        column_name,
        spelling,
        twin,
        first_row,
        count(*) over (partition by load_id) as spellings,
        row_number() over (partition by load_id order by first_row, column_name) as place
    from twins
),

hidden_signs as (
    select
        cast(concat(chr(160)) as varchar) as sign,
        concat(chr(92), 'u00a0') as written
    union all
    select
        cast(concat(chr(5760)) as varchar) as sign,
        concat(chr(92), 'u1680') as written
    union all
    select
        cast(concat(chr(8192)) as varchar) as sign,
        concat(chr(92), 'u2000') as written
    union all
    select
        cast(concat(chr(8193)) as varchar) as sign,
        concat(chr(92), 'u2001') as written
    union all
    select
        cast(concat(chr(8194)) as varchar) as sign,
        concat(chr(92), 'u2002') as written
    union all
    select
        cast(concat(chr(8195)) as varchar) as sign,
        concat(chr(92), 'u2003') as written
    union all
    select
        cast(concat(chr(8196)) as varchar) as sign,
        concat(chr(92), 'u2004') as written
    union all
    select
        cast(concat(chr(8197)) as varchar) as sign,
        concat(chr(92), 'u2005') as written
    union all
    select
        cast(concat(chr(8198)) as varchar) as sign,
        concat(chr(92), 'u2006') as written
    union all
    select
        cast(concat(chr(8199)) as varchar) as sign,
        concat(chr(92), 'u2007') as written
    union all
    select
        cast(concat(chr(8200)) as varchar) as sign,
        concat(chr(92), 'u2008') as written
    union all
    select
        cast(concat(chr(8201)) as varchar) as sign,
        concat(chr(92), 'u2009') as written
    union all
    select
        cast(concat(chr(8202)) as varchar) as sign,
        concat(chr(92), 'u200a') as written
    union all
    select
        cast(concat(chr(8239)) as varchar) as sign,
        concat(chr(92), 'u202f') as written
    union all
    select
        cast(concat(chr(8287)) as varchar) as sign,
        concat(chr(92), 'u205f') as written
    union all
    select
        cast(concat(chr(12288)) as varchar) as sign,
        concat(chr(92), 'u3000') as written
    union all
    select
        cast(concat(chr(173)) as varchar) as sign,
        concat(chr(92), 'u00ad') as written
    union all
    select
        cast(concat(chr(6158)) as varchar) as sign,
        concat(chr(92), 'u180e') as written
    union all
    select
        cast(concat(chr(8203)) as varchar) as sign,
        concat(chr(92), 'u200b') as written
    union all
    select
        cast(concat(chr(8204)) as varchar) as sign,
        concat(chr(92), 'u200c') as written
    union all
    select
        cast(concat(chr(8205)) as varchar) as sign,
        concat(chr(92), 'u200d') as written
    union all
    select
        cast(concat(chr(8206)) as varchar) as sign,
        concat(chr(92), 'u200e') as written
    union all
    select
        cast(concat(chr(8207)) as varchar) as sign,
        concat(chr(92), 'u200f') as written
    union all
    select
        cast(concat(chr(8234)) as varchar) as sign,
        concat(chr(92), 'u202a') as written
    union all
    select
        cast(concat(chr(8235)) as varchar) as sign,
        concat(chr(92), 'u202b') as written
    union all
    select
        cast(concat(chr(8236)) as varchar) as sign,
        concat(chr(92), 'u202c') as written
    union all
    select
        cast(concat(chr(8237)) as varchar) as sign,
        concat(chr(92), 'u202d') as written
    union all
    select
        cast(concat(chr(8238)) as varchar) as sign,
        concat(chr(92), 'u202e') as written
    union all
    select
        cast(concat(chr(8288)) as varchar) as sign,
        concat(chr(92), 'u2060') as written
    union all
    select
        cast(concat(chr(8289)) as varchar) as sign,
        concat(chr(92), 'u2061') as written
    union all
    select
        cast(concat(chr(8290)) as varchar) as sign,
        concat(chr(92), 'u2062') as written
    union all
    select
        cast(concat(chr(8291)) as varchar) as sign,
        concat(chr(92), 'u2063') as written
    union all
    select
        cast(concat(chr(8292)) as varchar) as sign,
        concat(chr(92), 'u2064') as written
    union all
    select
        cast(concat(chr(65279)) as varchar) as sign,
        concat(chr(92), 'ufeff') as written
    union all
    select
        cast(concat(chr(768)) as varchar) as sign,
        concat(chr(92), 'u0300') as written
    union all
    select
        cast(concat(chr(769)) as varchar) as sign,
        concat(chr(92), 'u0301') as written
    union all
    select
        cast(concat(chr(770)) as varchar) as sign,
        concat(chr(92), 'u0302') as written
    union all
    select
        cast(concat(chr(771)) as varchar) as sign,
        concat(chr(92), 'u0303') as written
    union all
    select
        cast(concat(chr(772)) as varchar) as sign,
        concat(chr(92), 'u0304') as written
    union all
    select
        cast(concat(chr(773)) as varchar) as sign,
        concat(chr(92), 'u0305') as written
    union all
    select
        cast(concat(chr(774)) as varchar) as sign,
        concat(chr(92), 'u0306') as written
    union all
    select
        cast(concat(chr(775)) as varchar) as sign,
        concat(chr(92), 'u0307') as written
    union all
    select
        cast(concat(chr(776)) as varchar) as sign,
        concat(chr(92), 'u0308') as written
    union all
    select
        cast(concat(chr(777)) as varchar) as sign,
        concat(chr(92), 'u0309') as written
    union all
    select
        cast(concat(chr(778)) as varchar) as sign,
        concat(chr(92), 'u030a') as written
    union all
    select
        cast(concat(chr(779)) as varchar) as sign,
        concat(chr(92), 'u030b') as written
    union all
    select
        cast(concat(chr(780)) as varchar) as sign,
        concat(chr(92), 'u030c') as written
    union all
    select
        cast(concat(chr(781)) as varchar) as sign,
        concat(chr(92), 'u030d') as written
    union all
    select
        cast(concat(chr(782)) as varchar) as sign,
        concat(chr(92), 'u030e') as written
    union all
    select
        cast(concat(chr(783)) as varchar) as sign,
        concat(chr(92), 'u030f') as written
    union all
    select
        cast(concat(chr(795)) as varchar) as sign,
        concat(chr(92), 'u031b') as written
    union all
    select
        cast(concat(chr(803)) as varchar) as sign,
        concat(chr(92), 'u0323') as written
    union all
    select
        cast(concat(chr(806)) as varchar) as sign,
        concat(chr(92), 'u0326') as written
    union all
    select
        cast(concat(chr(807)) as varchar) as sign,
        concat(chr(92), 'u0327') as written
    union all
    select
        cast(concat(chr(808)) as varchar) as sign,
        concat(chr(92), 'u0328') as written
    
),

seen_0 as (
    select
        load_id,
        spellings,
        cast(concat(column_name, ': ', spelling, ' looks like ', twin, ' (row ', first_row, ')') as varchar) as example
    from twins_ranked
    where place = 1
),


seen_1 as (
    select
        shown.load_id,
        shown.spellings,
        coalesce(min(replace(shown.example, hidden_signs.sign, hidden_signs.written)), shown.example) as example
    from seen_0 as shown
    left join hidden_signs on shown.example like concat('%', hidden_signs.sign, '%')
    group by shown.load_id, shown.spellings, shown.example
),


seen_2 as (
    select
        shown.load_id,
        shown.spellings,
        coalesce(min(replace(shown.example, hidden_signs.sign, hidden_signs.written)), shown.example) as example
    from seen_1 as shown
    left join hidden_signs on shown.example like concat('%', hidden_signs.sign, '%')
    group by shown.load_id, shown.spellings, shown.example
),


seen_3 as (
    select
        shown.load_id,
        shown.spellings,
        coalesce(min(replace(shown.example, hidden_signs.sign, hidden_signs.written)), shown.example) as example
    from seen_2 as shown
    left join hidden_signs on shown.example like concat('%', hidden_signs.sign, '%')
    group by shown.load_id, shown.spellings, shown.example
),


look_alikes as (
    select
        loads.load_id,
        case
            when seen_3.load_id is null then 'none'
            else concat(seen_3.spellings, case when seen_3.spellings = 1 then ' text' else ' texts' end)
        end as observed,
        'none' as expected,
        case
            when seen_3.spellings >= 1 then 'suspicious'
            else 'ok'
        end as verdict,
        seen_3.example
    from loads
    left join seen_3 on loads.load_id = seen_3.load_id
)




select
    loads.load_id,
    loads.entity,
    loads.source_file,
    cast('broken_share' as varchar) as check_name,
    cast(judged.observed as varchar) as observed,
    cast(judged.expected as varchar) as expected,
    cast(judged.verdict as varchar) as verdict,
    cast(judged.example as varchar) as example,
    cast('Many of the records were quarantined, or could not be read as records.' as varchar) as meaning,
    cast('Have the file exported again in the format of the contract, and deliver it.' as varchar) as remedy
from loads
inner join broken_share as judged on loads.load_id = judged.load_id
where loads.entity in ('users', 'viewing_sessions', 'content')


union all
select
    loads.load_id,
    loads.entity,
    loads.source_file,
    cast('held_share' as varchar) as check_name,
    cast(judged.observed as varchar) as observed,
    cast(judged.expected as varchar) as expected,
    cast(judged.verdict as varchar) as verdict,
    cast(judged.example as varchar) as example,
    cast('Many of the sessions wait for a user or a title that has not been delivered.' as varchar) as meaning,
    cast('Deliver the users and titles that are missing; the next run then counts the sessions and publishes by itself.' as varchar) as remedy
from loads
inner join held_share as judged on loads.load_id = judged.load_id
where loads.entity in ('viewing_sessions')


union all
select
    loads.load_id,
    loads.entity,
    loads.source_file,
    cast('repaired_share' as varchar) as check_name,
    cast(judged.observed as varchar) as observed,
    cast(judged.expected as varchar) as expected,
    cast(judged.verdict as varchar) as verdict,
    cast(judged.example as varchar) as example,
    cast('Many values of a column were not taken: they became null, a default, or the nearest bound.' as varchar) as meaning,
    cast('See how the source writes this column, and have the file exported again.' as varchar) as remedy
from loads
inner join repaired_share as judged on loads.load_id = judged.load_id
where loads.entity in ('users', 'viewing_sessions', 'content')


union all
select
    loads.load_id,
    loads.entity,
    loads.source_file,
    cast('column_emptied' as varchar) as check_name,
    cast(judged.observed as varchar) as observed,
    cast(judged.expected as varchar) as expected,
    cast(judged.verdict as varchar) as verdict,
    cast(judged.example as varchar) as example,
    cast('A column that was filled until now has arrived all but empty.' as varchar) as meaning,
    cast('Ask the source why the column is empty; a query or an export has lost it.' as varchar) as remedy
from loads
inner join column_emptied as judged on loads.load_id = judged.load_id
where loads.entity in ('users', 'viewing_sessions', 'content')


union all
select
    loads.load_id,
    loads.entity,
    loads.source_file,
    cast('volume' as varchar) as check_name,
    cast(judged.observed as varchar) as observed,
    cast(judged.expected as varchar) as expected,
    cast(judged.verdict as varchar) as verdict,
    cast(judged.example as varchar) as example,
    cast('The file holds far fewer or far more records than such files do.' as varchar) as meaning,
    cast('See whether the file is complete, and holds the days that it should, once.' as varchar) as remedy
from loads
inner join volume as judged on loads.load_id = judged.load_id
where loads.entity in ('users', 'viewing_sessions', 'content')


union all
select
    loads.load_id,
    loads.entity,
    loads.source_file,
    cast('identity_changed' as varchar) as check_name,
    cast(judged.observed as varchar) as observed,
    cast(judged.expected as varchar) as expected,
    cast(judged.verdict as varchar) as verdict,
    cast(judged.example as varchar) as example,
    cast('Known users have another registration date than before, or known titles another content type.' as varchar) as meaning,
    cast('See how the source writes dates (day before month?) and makes its ids.' as varchar) as remedy
from loads
inner join identity_changed as judged on loads.load_id = judged.load_id
where loads.entity in ('users', 'content')


union all
select
    loads.load_id,
    loads.entity,
    loads.source_file,
    cast('days_missing' as varchar) as check_name,
    cast(judged.observed as varchar) as observed,
    cast(judged.expected as varchar) as expected,
    cast(judged.verdict as varchar) as verdict,
    cast(judged.example as varchar) as example,
    cast('A day has no session, though the days around it have, and nothing of it had arrived before.' as varchar) as meaning,
    cast('Deliver the sessions of that day; the export has left it out.' as varchar) as remedy
from loads
inner join days_missing as judged on loads.load_id = judged.load_id
where loads.entity in ('viewing_sessions')


union all
select
    loads.load_id,
    loads.entity,
    loads.source_file,
    cast('encoded_twice' as varchar) as check_name,
    cast(judged.observed as varchar) as observed,
    cast(judged.expected as varchar) as expected,
    cast(judged.verdict as varchar) as verdict,
    cast(judged.example as varchar) as example,
    cast('Texts look like UTF-8 that was read in another encoding and encoded again.' as varchar) as meaning,
    cast('Have the file exported as UTF-8, once, and deliver it.' as varchar) as remedy
from loads
inner join encoded_twice as judged on loads.load_id = judged.load_id
where loads.entity in ('users', 'viewing_sessions', 'content')


union all
select
    loads.load_id,
    loads.entity,
    loads.source_file,
    cast('look_alikes' as varchar) as check_name,
    cast(judged.observed as varchar) as observed,
    cast(judged.expected as varchar) as expected,
    cast(judged.verdict as varchar) as verdict,
    cast(judged.example as varchar) as example,
    cast('Texts that the eye cannot tell apart are not the same, and count as two.' as varchar) as meaning,
    cast('Have the source write the value in one way: plain blanks, accents in one form.' as varchar) as remedy
from loads
inner join look_alikes as judged on loads.load_id = judged.load_id
where loads.entity in ('users', 'viewing_sessions', 'content')


union all
select
    loads.load_id,
    loads.entity,
    loads.source_file,
    cast('zombie_plays' as varchar) as check_name,
    cast(judged.observed as varchar) as observed,
    cast(judged.expected as varchar) as expected,
    cast(judged.verdict as varchar) as verdict,
    cast(judged.example as varchar) as example,
    cast('Sessions last many times as long as the title that was watched: players that nobody stopped.' as varchar) as meaning,
    cast('See how the source ends a session; until then these minutes count as watched.' as varchar) as remedy
from loads
inner join zombie_plays as judged on loads.load_id = judged.load_id
where loads.entity in ('viewing_sessions');


-- repaired_records: One row per delivered record that did not count, because it broke a rule or could not be read,
-- and whose place a valid repair has taken (outcome repaired). It leads from the record to its repair, which counts
-- instead of it.
create or replace table main.repaired_records as
with withdrawn as (
    select load_id
    from bronze.loads
    where status = 'withdrawn'
),

concerned as (
    select load_id
    from bronze.repairs
    union
    select original_load_id as load_id
    from bronze.repairs
),

judged as (
    select
        cast('users' as varchar) as entity,
        records.user_id as record_key,
        records.broken_rule,
        records.offending_value,
        records.outcome,
        records.load_id,
        records.source_file,
        records.source_row
    from staging.judged_users as records
    inner join concerned on records.load_id = concerned.load_id
    union all
    select
        cast('viewing_sessions' as varchar) as entity,
        records.session_id as record_key,
        records.broken_rule,
        records.offending_value,
        records.outcome,
        records.load_id,
        records.source_file,
        records.source_row
    from staging.judged_viewing_sessions as records
    inner join concerned on records.load_id = concerned.load_id
    union all
    select
        cast('content' as varchar) as entity,
        records.content_id as record_key,
        records.broken_rule,
        records.offending_value,
        records.outcome,
        records.load_id,
        records.source_file,
        records.source_row
    from staging.judged_content as records
    inner join concerned on records.load_id = concerned.load_id
    
),

originals as (
    select
        broken_rule,
        offending_value,
        load_id,
        source_file,
        source_row
    from judged
    where outcome = 'repaired'

    union all

    select
        cast('rejected' as varchar) as broken_rule,
        cast(rejected.reason as varchar) as offending_value,
        rejected.load_id,
        cast(rejected.source_file as varchar) as source_file,
        rejected.source_row
    from bronze.rejected_records as rejected
    left join withdrawn on rejected.load_id = withdrawn.load_id
    where withdrawn.load_id is null
),

-- of several valid repairs of one record the last one
mended as (
    select
        repairs.original_load_id,
        repairs.original_row,
        judged.entity,
        judged.record_key,
        judged.outcome,
        judged.load_id,
        judged.source_file,
        judged.source_row,
        row_number() over (
            partition by repairs.original_load_id, repairs.original_row
            order by repairs.load_id desc, repairs.source_row desc
        ) as place
    from bronze.repairs as repairs
    inner join judged
        on
            repairs.load_id = judged.load_id
            and repairs.source_row = judged.source_row
    left join withdrawn on repairs.load_id = withdrawn.load_id
    where
        judged.outcome <> 'quarantined'
        and withdrawn.load_id is null
)

select
    mended.entity,
    originals.broken_rule as "rule",
    originals.offending_value,
    originals.load_id,
    originals.source_file,
    originals.source_row,
    mended.record_key,
    mended.outcome as repair_outcome,
    mended.load_id as repair_load_id,
    mended.source_file as repair_source_file,
    mended.source_row as repair_source_row
from originals
inner join mended
    on
        originals.load_id = mended.original_load_id
        and originals.source_row = mended.original_row
        and mended.place = 1;


-- records_to_repair: One row per delivered record that does not count because it breaks a rule or could not be read,
-- with all its values as delivered: what goldreel quarantine writes, and goldreel repair takes when it is mended.
-- Left out is what was repaired or withdrawn. Columns of other kinds of record are empty.
create or replace view main.records_to_repair as
with withdrawn as (
    select load_id
    from bronze.loads
    where status = 'withdrawn'
),

rejected as (
    select *
    from bronze.rejected_records
)

select
    cast(rejected.entity as varchar) as entity,
    cast('rejected' as varchar) as "rule",
    cast(rejected.reason as varchar) as offending_value,
    rejected.load_id,
    cast(rejected.source_file as varchar) as source_file,
    rejected.source_row,
    rejected.raw,
    cast(null as varchar) as user_id,
    cast(null as varchar) as age,
    cast(null as varchar) as country,
    cast(null as varchar) as subscription_type,
    cast(null as varchar) as registration_date,
    cast(null as varchar) as total_watch_time_hours,
    cast(null as varchar) as session_id,
    cast(null as varchar) as content_id,
    cast(null as varchar) as watch_date,
    cast(null as varchar) as watch_duration_minutes,
    cast(null as varchar) as completion_percentage,
    cast(null as varchar) as device_type,
    cast(null as varchar) as quality_level,
    cast(null as varchar) as title,
    cast(null as varchar) as genre,
    cast(null as varchar) as content_type,
    cast(null as varchar) as duration_minutes,
    cast(null as varchar) as release_year,
    cast(null as varchar) as rating,
    cast(null as varchar) as views_count,
    cast(null as varchar) as production_budget,
    cast(null as varchar) as seasons,
    cast(null as varchar) as total_episodes,
    cast(null as varchar) as avg_episode_duration,
    cast(null as varchar) as episodes_per_season,
    cast(null as varchar) as _extra
from rejected
left join withdrawn on rejected.load_id = withdrawn.load_id
left join main.repaired_records as repaired_records
    on
        rejected.load_id = repaired_records.load_id
        and rejected.source_row = repaired_records.source_row
where
    withdrawn.load_id is null
    and repaired_records.load_id is null

union all

select
    quarantine.entity,
    quarantine."rule",
    quarantine.offending_value,
    quarantine.load_id,
    quarantine.source_file,
    quarantine.source_row,
    cast(null as varchar) as not_read,
    bronze_users.user_id,
    bronze_users.age,
    bronze_users.country,
    bronze_users.subscription_type,
    bronze_users.registration_date,
    bronze_users.total_watch_time_hours,
    cast(null as varchar) as session_id,
    cast(null as varchar) as content_id,
    cast(null as varchar) as watch_date,
    cast(null as varchar) as watch_duration_minutes,
    cast(null as varchar) as completion_percentage,
    cast(null as varchar) as device_type,
    cast(null as varchar) as quality_level,
    cast(null as varchar) as title,
    cast(null as varchar) as genre,
    cast(null as varchar) as content_type,
    cast(null as varchar) as duration_minutes,
    cast(null as varchar) as release_year,
    cast(null as varchar) as rating,
    cast(null as varchar) as views_count,
    cast(null as varchar) as production_budget,
    cast(null as varchar) as seasons,
    cast(null as varchar) as total_episodes,
    cast(null as varchar) as avg_episode_duration,
    cast(null as varchar) as episodes_per_season,
    bronze_users._extra
from main.quarantine as quarantine
inner join bronze.users as bronze_users
    on
        quarantine.load_id = bronze_users._load_id
        and quarantine.source_row = bronze_users._source_row
where quarantine.entity = 'users'

union all

select
    quarantine.entity,
    quarantine."rule",
    quarantine.offending_value,
    quarantine.load_id,
    quarantine.source_file,
    quarantine.source_row,
    cast(null as varchar) as not_read,
    bronze_viewing_sessions.user_id,
    cast(null as varchar) as age,
    cast(null as varchar) as country,
    cast(null as varchar) as subscription_type,
    cast(null as varchar) as registration_date,
    cast(null as varchar) as total_watch_time_hours,
    bronze_viewing_sessions.session_id,
    bronze_viewing_sessions.content_id,
    bronze_viewing_sessions.watch_date,
    bronze_viewing_sessions.watch_duration_minutes,
    bronze_viewing_sessions.completion_percentage,
    bronze_viewing_sessions.device_type,
    bronze_viewing_sessions.quality_level,
    cast(null as varchar) as title,
    cast(null as varchar) as genre,
    cast(null as varchar) as content_type,
    cast(null as varchar) as duration_minutes,
    cast(null as varchar) as release_year,
    cast(null as varchar) as rating,
    cast(null as varchar) as views_count,
    cast(null as varchar) as production_budget,
    cast(null as varchar) as seasons,
    cast(null as varchar) as total_episodes,
    cast(null as varchar) as avg_episode_duration,
    cast(null as varchar) as episodes_per_season,
    bronze_viewing_sessions._extra
from main.quarantine as quarantine
inner join bronze.viewing_sessions as bronze_viewing_sessions
    on
        quarantine.load_id = bronze_viewing_sessions._load_id
        and quarantine.source_row = bronze_viewing_sessions._source_row
where quarantine.entity = 'viewing_sessions'

union all

select
    quarantine.entity,
    quarantine."rule",
    quarantine.offending_value,
    quarantine.load_id,
    quarantine.source_file,
    quarantine.source_row,
    cast(null as varchar) as not_read,
    cast(null as varchar) as user_id,
    cast(null as varchar) as age,
    cast(null as varchar) as country,
    cast(null as varchar) as subscription_type,
    cast(null as varchar) as registration_date,
    cast(null as varchar) as total_watch_time_hours,
    cast(null as varchar) as session_id,
    bronze_content.content_id,
    cast(null as varchar) as watch_date,
    cast(null as varchar) as watch_duration_minutes,
    cast(null as varchar) as completion_percentage,
    cast(null as varchar) as device_type,
    cast(null as varchar) as quality_level,
    bronze_content.title,
    bronze_content.genre,
    bronze_content.content_type,
    bronze_content.duration_minutes,
    bronze_content.release_year,
    bronze_content.rating,
    bronze_content.views_count,
    bronze_content.production_budget,
    bronze_content.seasons,
    bronze_content.total_episodes,
    bronze_content.avg_episode_duration,
    bronze_content.episodes_per_season,
    bronze_content._extra
from main.quarantine as quarantine
inner join bronze.content as bronze_content
    on
        quarantine.load_id = bronze_content._load_id
        and quarantine.source_row = bronze_content._source_row
where quarantine.entity = 'content';


-- cost_of_bad_data: One row per rule and load: the viewing sessions that do not count because of its broken records,
-- and the hours that are missing from every total with them. A session that waits for a user or title is counted at
-- the broken record of that user or title, where one was delivered. Left out: a broken session of which another
-- record is valid, and what was withdrawn, repaired or forgotten.
create or replace table main.cost_of_bad_data as
with broken as (
    select
        session_id,
        broken_rule,
        load_id,
        source_file,
        case when duration_minutes is null or duration_minutes <= 0 or duration_minutes > 1440 then 0 else duration_minutes end as minutes,
        case
            when session_id is null then 1
            else row_number() over (partition by session_id order by load_id desc, source_row desc)
        end as place
    from staging.judged_viewing_sessions
    where outcome = 'quarantined'
),

-- of all records of these sessions: engines then keep the few broken ones in memory, and not all valid ones
valid_by_another_record as (
    select judged.session_id
    from staging.judged_viewing_sessions as judged
    where judged.session_id in (select broken.session_id from broken)
    group by judged.session_id
    having max(case when judged.outcome not in ('superseded', 'quarantined', 'withdrawn', 'repaired') then 1 else 0 end) = 1
),

-- a session is lost once, and not at all where another record of it is valid
lost as (
    select broken.*
    from broken
    left join valid_by_another_record on broken.session_id = valid_by_another_record.session_id
    where
        broken.place = 1
        and valid_by_another_record.session_id is null
),


quarantined_users as (
    select
        user_id,
        broken_rule,
        load_id,
        source_file,
        row_number() over (partition by user_id order by load_id desc, source_row desc) as place
    from staging.judged_users
    where outcome = 'quarantined'
),


quarantined_content as (
    select
        content_id,
        broken_rule,
        load_id,
        source_file,
        row_number() over (partition by content_id order by load_id desc, source_row desc) as place
    from staging.judged_content
    where outcome = 'quarantined'
),


-- what waits, waits for the user or title that was delivered broken, or was not delivered at all
uncounted as (
    select
        cast('viewing_sessions' as varchar) as entity,
        cast('rejected' as varchar) as broken_rule,
        load_id,
        source_file,
        0 as minutes
    from main.records_to_repair
    where
        entity = 'viewing_sessions'
        and "rule" = 'rejected'

    union all

    select
        cast('viewing_sessions' as varchar) as entity,
        broken_rule,
        load_id,
        source_file,
        minutes
    from lost
    
    union all

    select
        case
            when quarantined_users.user_id is null then cast('viewing_sessions' as varchar)
            else cast('users' as varchar)
        end as entity,
        coalesce(quarantined_users.broken_rule, held."rule") as broken_rule,
        coalesce(quarantined_users.load_id, held.load_id) as load_id,
        coalesce(quarantined_users.source_file, held.source_file) as source_file,
        held.duration_minutes as minutes
    from main.held_viewing_sessions as held
    left join quarantined_users
        on
            held.user_id = quarantined_users.user_id
            and quarantined_users.place = 1
    where held."rule" = 'user_unknown'
    
    union all

    select
        case
            when quarantined_content.content_id is null then cast('viewing_sessions' as varchar)
            else cast('content' as varchar)
        end as entity,
        coalesce(quarantined_content.broken_rule, held."rule") as broken_rule,
        coalesce(quarantined_content.load_id, held.load_id) as load_id,
        coalesce(quarantined_content.source_file, held.source_file) as source_file,
        held.duration_minutes as minutes
    from main.held_viewing_sessions as held
    left join quarantined_content
        on
            held.content_id = quarantined_content.content_id
            and quarantined_content.place = 1
    where held."rule" = 'content_unknown'
    
)

select
    entity,
    broken_rule as "rule",
    load_id,
    source_file,
    cast(count(*) as bigint) as sessions,
    cast(sum(minutes) as double) / 60 as watch_hours
from uncounted
group by entity, broken_rule, load_id, source_file;


-- silver_viewing_sessions: One row per viewing session that counts: the latest valid record of a session, of an
-- active user (see silver_users) and of a known title (see silver_content). The base of every number about viewing.
-- Left out: sessions of inactive users, and sessions held until their user or title is delivered.
create or replace view main.silver_viewing_sessions as
select
    session_id,
    user_id,
    content_id,
    watch_date,
    duration_minutes,
    completion_percentage,
    device_type,
    quality_level
from staging.judged_viewing_sessions
where outcome = 'current';
