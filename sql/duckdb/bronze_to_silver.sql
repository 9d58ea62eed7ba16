-- bronze_to_silver.sql: written by goldreel export-sql from the models in dbt/models; change those, not this.
--
-- Builds data_quality_rules, stg_content, judged_content, silver_content, stg_users, judged_users, silver_users,
-- stg_viewing_sessions, judged_viewing_sessions, counted_viewing_sessions, held_viewing_sessions, quarantine,
-- silver_viewing_sessions.
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
        source_row
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
    source_row
from typed;


-- judged_content: One row per delivered title record, with its outcome. All of stg_content, nothing left out: valid
-- records of one title compete, and the one of the highest load, then of the highest position in the file, wins.
create or replace table staging.judged_content as
with repeated_keys as (
    select content_id
    from staging.stg_content
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
    where records.broken_rule is null
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
        when content.broken_rule is not null then 'quarantined'
        when superseded.load_id is not null then 'superseded'
        else 'current'
    end as varchar) as outcome
from staging.stg_content as content
left join superseded
    on
        content.load_id = superseded.load_id
        and content.source_row = superseded.source_row;


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
    cast(

    (cast(_loaded_at as date) + cast(1 as bigint) * interval 1 day) as date) as latest_date
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
    source_row
from typed;


-- judged_users: One row per delivered user record, with its outcome. All of stg_users, nothing left out: valid
-- records of one user compete, and the one of the highest load, then of the highest position in the file, wins. A
-- later record that breaks a rule does not replace an earlier valid one.
create or replace table staging.judged_users as
with repeated_keys as (
    select user_id
    from staging.stg_users
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
    where records.broken_rule is null
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
        when users.broken_rule is not null then 'quarantined'
        when superseded.load_id is not null then 'superseded'
        when users.is_active = 1 then 'current'
        else 'inactive_user'
    end as varchar) as outcome
from staging.stg_users as users
left join superseded
    on
        users.load_id = superseded.load_id
        and users.source_row = superseded.source_row;


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
    cast(

    (cast(_loaded_at as date) + cast(1 as bigint) * interval 1 day) as date) as latest_date
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
    source_row
from typed;


-- judged_viewing_sessions: One row per delivered session record, with its outcome. All of stg_viewing_sessions,
-- nothing left out: valid records of one session compete, and the one of the highest load, then of the highest
-- position in the file, wins. The winner is then judged by what it refers to, afresh at every build: when a missing
-- user or title arrives, the session counts.
create or replace table staging.judged_viewing_sessions as
with repeated_keys as (
    select session_id
    from staging.stg_viewing_sessions
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
    where records.broken_rule is null
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
    where outcome in ('current', 'inactive_user')
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
        case when superseded.load_id is not null then 1 else 0 end as is_superseded,
        case
            when sessions.broken_rule is not null or superseded.load_id is not null then null
            when known_users.user_id is null then 'user_unknown'
            when known_titles.content_id is null then 'content_unknown'
        end as held_by_rule
    from staging.stg_viewing_sessions as sessions
    left join superseded
        on
            sessions.load_id = superseded.load_id
            and sessions.source_row = superseded.source_row
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
    cast(case
        when broken_rule is not null then 'quarantined'
        when is_superseded = 1 then 'superseded'
        when held_by_rule is not null then 'held'
        when is_active = 1 then 'current'
        else 'inactive_user'
    end as varchar) as outcome
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
    quality_level
from staging.judged_viewing_sessions
where outcome in ('current', 'inactive_user');


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


-- quarantine: One row per delivered record that breaks a rule by itself, with the first rule it broke. For whoever
-- mends the source: each row says where the record stands and which value is wrong. Left out: what could not be read
-- as a record at all (bronze.rejected_records) and sessions that only wait for a user or title
-- (held_viewing_sessions).
create or replace table main.quarantine as
select
    cast('users' as varchar) as entity,
    user_id as record_key,
    broken_rule as "rule",
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
    broken_rule as "rule",
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
    broken_rule as "rule",
    offending_value,
    load_id,
    source_file,
    source_row
from staging.judged_content
where outcome = 'quarantined';


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
