-- bronze_to_silver.sql: written by goldreel export-sql from the models in dbt/models; change those, not this.
--
-- Builds data_quality_rules, stg_content, judged_content, silver_content, stg_users, judged_users, silver_users,
-- stg_viewing_sessions, judged_viewing_sessions, counted_viewing_sessions, held_viewing_sessions, quarantine,
-- silver_viewing_sessions.
--
-- For reading, and so that a change to a macro shows what it does to Spark. goldreel run --engine spark builds the
-- models, in the schema whose turn it is, which is called default here.


create schema if not exists staging;


-- data_quality_rules: One row per rule that records are judged by. The list itself stands once, in
-- macros/rules/quality_rules.sql; this table is for people and dashboards that explain why a record does not count.
create table default.data_quality_rules as
select
    cast('users' as string) as entity,
    cast('user_id_missing' as string) as `rule`,
    cast('quarantined' as string) as outcome,
    cast('user_id' as string) as judged_column,
    cast('The user has no id.' as string) as meaning,
    1 as position
union all

select
    cast('users' as string) as entity,
    cast('hours_invalid' as string) as `rule`,
    cast('quarantined' as string) as outcome,
    cast('total_watch_time_hours' as string) as judged_column,
    cast('The total watch time is not a number of hours from 0 to 1,000,000.' as string) as meaning,
    2 as position
union all

select
    cast('users' as string) as entity,
    cast('signup_date_invalid' as string) as `rule`,
    cast('quarantined' as string) as outcome,
    cast('registration_date' as string) as judged_column,
    cast('The registration date is not a day that exists, written YYYY-MM-DD.' as string) as meaning,
    3 as position
union all

select
    cast('users' as string) as entity,
    cast('signup_date_implausible' as string) as `rule`,
    cast('quarantined' as string) as outcome,
    cast('registration_date' as string) as judged_column,
    cast('The registration date lies before earliest_date, or more than a day after the day it was loaded.' as string) as meaning,
    4 as position
union all

select
    cast('viewing_sessions' as string) as entity,
    cast('session_id_missing' as string) as `rule`,
    cast('quarantined' as string) as outcome,
    cast('session_id' as string) as judged_column,
    cast('The session has no id.' as string) as meaning,
    5 as position
union all

select
    cast('viewing_sessions' as string) as entity,
    cast('user_id_missing' as string) as `rule`,
    cast('quarantined' as string) as outcome,
    cast('user_id' as string) as judged_column,
    cast('The session does not say whose it is.' as string) as meaning,
    6 as position
union all

select
    cast('viewing_sessions' as string) as entity,
    cast('content_id_missing' as string) as `rule`,
    cast('quarantined' as string) as outcome,
    cast('content_id' as string) as judged_column,
    cast('The session does not say what was watched.' as string) as meaning,
    7 as position
union all

select
    cast('viewing_sessions' as string) as entity,
    cast('watch_date_invalid' as string) as `rule`,
    cast('quarantined' as string) as outcome,
    cast('watch_date' as string) as judged_column,
    cast('The watch date is not a day that exists, written YYYY-MM-DD.' as string) as meaning,
    8 as position
union all

select
    cast('viewing_sessions' as string) as entity,
    cast('watch_date_implausible' as string) as `rule`,
    cast('quarantined' as string) as outcome,
    cast('watch_date' as string) as judged_column,
    cast('The watch date lies before earliest_date, or more than a day after the day it was loaded.' as string) as meaning,
    9 as position
union all

select
    cast('viewing_sessions' as string) as entity,
    cast('duration_invalid' as string) as `rule`,
    cast('quarantined' as string) as outcome,
    cast('watch_duration_minutes' as string) as judged_column,
    cast('The duration is not a number of minutes above 0 and at most 1440 (a day).' as string) as meaning,
    10 as position
union all

select
    cast('viewing_sessions' as string) as entity,
    cast('user_unknown' as string) as `rule`,
    cast('held' as string) as outcome,
    cast('user_id' as string) as judged_column,
    cast('No valid user of that id has been delivered yet; the session counts once one is.' as string) as meaning,
    11 as position
union all

select
    cast('viewing_sessions' as string) as entity,
    cast('content_unknown' as string) as `rule`,
    cast('held' as string) as outcome,
    cast('content_id' as string) as judged_column,
    cast('No valid title of that id has been delivered yet; the session counts once one is.' as string) as meaning,
    12 as position
union all

select
    cast('content' as string) as entity,
    cast('content_id_missing' as string) as `rule`,
    cast('quarantined' as string) as outcome,
    cast('content_id' as string) as judged_column,
    cast('The title has no id (an object or a list is none: deliver {"$oid": "5a68"} as "5a68").' as string) as meaning,
    13 as position
union all

select
    cast('content' as string) as entity,
    cast('content_duration_invalid' as string) as `rule`,
    cast('quarantined' as string) as outcome,
    cast('duration_minutes' as string) as judged_column,
    cast('The duration is no number above 0 up to 1,000,000 (deliver {"$numberInt": "90"} as 90), or a series does not give its episodes.' as string) as meaning,
    14 as position;


-- stg_content: One row per delivered title record: trimmed, typed, repaired where a rule allows it, and judged by the
-- rules that a record can break by itself. Every version of a title is here, valid or not; which one counts is
-- decided in judged_content.
create or replace view staging.stg_content as
with delivered as (
    select
        content_id as delivered_content_id,
        duration_minutes as delivered_duration_minutes,
        nullif(trim(both concat(char(32), char(9), char(13), char(10)) from content_id), '') as content_id,
        nullif(trim(both concat(char(32), char(9), char(13), char(10)) from title), '') as title,
        nullif(trim(both concat(char(32), char(9), char(13), char(10)) from genre), '') as genre,
        content_type,
        nullif(trim(both concat(char(32), char(9), char(13), char(10)) from duration_minutes), '') as duration_minutes,
        nullif(trim(both concat(char(32), char(9), char(13), char(10)) from release_year), '') as release_year,
        nullif(trim(both concat(char(32), char(9), char(13), char(10)) from rating), '') as rating,
        nullif(trim(both concat(char(32), char(9), char(13), char(10)) from views_count), '') as views_count,
        nullif(trim(both concat(char(32), char(9), char(13), char(10)) from production_budget), '') as production_budget,
        nullif(trim(both concat(char(32), char(9), char(13), char(10)) from seasons), '') as seasons,
        nullif(trim(both concat(char(32), char(9), char(13), char(10)) from total_episodes), '') as total_episodes,
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
        cast(coalesce(title, 'Untitled') as string) as title,
        cast(coalesce(genre, 'Unknown') as string) as genre,
        content_type,
        case
        when
            duration_minutes rlike '(?s)^[+-]?[0-9]+([.][0-9]+)?(?!.)'
            and abs(try_cast(duration_minutes as double)) < 1.7976931348623157e308
            then try_cast(duration_minutes as double)
    end as duration_minutes,
        case when release_year rlike '(?s)^[+-]?[0-9]+(?!.)' then try_cast(release_year as bigint) end as release_year,
        case
        when
            rating rlike '(?s)^[+-]?[0-9]+([.][0-9]+)?(?!.)'
            and abs(try_cast(rating as double)) < 1.7976931348623157e308
            then try_cast(rating as double)
    end as rating,
        case
        when
            views_count rlike '(?s)^[+-]?[0-9]+([.][0-9]+)?(?!.)'
            and abs(try_cast(views_count as double)) < 1.7976931348623157e308
            then try_cast(views_count as double)
    end as views_count,
        case
        when
            production_budget rlike '(?s)^[+-]?[0-9]+([.][0-9]+)?(?!.)'
            and abs(try_cast(production_budget as double)) < 1.7976931348623157e308
            then try_cast(production_budget as double)
    end as production_budget,
        case when seasons rlike '(?s)^[+-]?[0-9]+(?!.)' then try_cast(seasons as bigint) end as seasons,
        case when total_episodes rlike '(?s)^[+-]?[0-9]+(?!.)' then try_cast(total_episodes as bigint) end as total_episodes,
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
    end as string) as broken_rule,
    cast(case
        when content_id is null then delivered_content_id
        when duration_minutes is null or duration_minutes <= 0 or duration_minutes > 1000000 then delivered_duration_minutes
    end as string) as offending_value,
    load_id,
    source_file,
    source_row
from typed;


-- judged_content: One row per delivered title record, with its outcome. All of stg_content, nothing left out: valid
-- records of one title compete, and the one of the highest load, then of the highest position in the file, wins.
create table staging.judged_content as
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
    end as string) as outcome
from staging.stg_content as content
left join superseded
    on
        content.load_id = superseded.load_id
        and content.source_row = superseded.source_row;


-- silver_content: One row per title: the latest valid record of every movie and series. Titles that nobody has
-- watched are here too. Left out: titles whose every record breaks a rule.
create table default.silver_content as
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
        nullif(trim(both concat(char(32), char(9), char(13), char(10)) from user_id), '') as user_id,
        nullif(trim(both concat(char(32), char(9), char(13), char(10)) from age), '') as age,
        nullif(trim(both concat(char(32), char(9), char(13), char(10)) from country), '') as country,
        nullif(trim(both concat(char(32), char(9), char(13), char(10)) from subscription_type), '') as subscription_type,
        nullif(trim(both concat(char(32), char(9), char(13), char(10)) from registration_date), '') as registration_date,
        nullif(trim(both concat(char(32), char(9), char(13), char(10)) from total_watch_time_hours), '') as total_watch_time_hours,
        _load_id as load_id,
        _source_file as source_file,
        _source_row as source_row,
        cast('1900-01-01' as date) as earliest_date,
    date_add(cast(_loaded_at as date), 1) as latest_date
    from bronze.users
),

typed as (
    select
        delivered_user_id,
        delivered_registration_date,
        delivered_total_watch_time_hours,
        user_id,
        case when age rlike '(?s)^[+-]?[0-9]+(?!.)' then try_cast(age as bigint) end as age,
        cast(coalesce(country, 'Unknown') as string) as country,
        cast(coalesce(subscription_type, 'Unknown') as string) as subscription_type,
        case
        when
            registration_date rlike '(?s)^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?( ?(Z|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?))?)?(?!.)'
            and registration_date not like '0000%'
            then try_cast(substring(registration_date, 1, 10) as date)
    end as signup_date,
        case
        when
            total_watch_time_hours rlike '(?s)^[+-]?[0-9]+([.][0-9]+)?(?!.)'
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
    end as string) as broken_rule,
    cast(case
        when user_id is null then delivered_user_id
        when total_watch_time_hours is null or total_watch_time_hours < 0 or total_watch_time_hours > 1000000 then delivered_total_watch_time_hours
        when signup_date is null then delivered_registration_date
        when signup_date < earliest_date or signup_date > latest_date then delivered_registration_date
    end as string) as offending_value,
    load_id,
    source_file,
    source_row
from typed;


-- judged_users: One row per delivered user record, with its outcome. All of stg_users, nothing left out: valid
-- records of one user compete, and the one of the highest load, then of the highest position in the file, wins. A
-- later record that breaks a rule does not replace an earlier valid one.
create table staging.judged_users as
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
    end as string) as outcome
from staging.stg_users as users
left join superseded
    on
        users.load_id = superseded.load_id
        and users.source_row = superseded.source_row;


-- silver_users: One row per active user: the latest valid record of every user who has watched at least 100 hours
-- (setting active_user_hours). The base of every number about users. Left out: users below that threshold and users
-- whose every record breaks a rule.
create table default.silver_users as
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
        nullif(trim(both concat(char(32), char(9), char(13), char(10)) from session_id), '') as session_id,
        nullif(trim(both concat(char(32), char(9), char(13), char(10)) from user_id), '') as user_id,
        nullif(trim(both concat(char(32), char(9), char(13), char(10)) from content_id), '') as content_id,
        nullif(trim(both concat(char(32), char(9), char(13), char(10)) from watch_date), '') as watch_date,
        nullif(trim(both concat(char(32), char(9), char(13), char(10)) from watch_duration_minutes), '') as watch_duration_minutes,
        nullif(trim(both concat(char(32), char(9), char(13), char(10)) from completion_percentage), '') as completion_percentage,
        nullif(trim(both concat(char(32), char(9), char(13), char(10)) from device_type), '') as device_type,
        nullif(trim(both concat(char(32), char(9), char(13), char(10)) from quality_level), '') as quality_level,
        _load_id as load_id,
        _source_file as source_file,
        _source_row as source_row,
        cast('1900-01-01' as date) as earliest_date,
    date_add(cast(_loaded_at as date), 1) as latest_date
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
            watch_date rlike '(?s)^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?( ?(Z|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?))?)?(?!.)'
            and watch_date not like '0000%'
            then try_cast(substring(watch_date, 1, 10) as date)
    end as watch_date,
        case
        when
            watch_duration_minutes rlike '(?s)^[+-]?[0-9]+([.][0-9]+)?(?!.)'
            and abs(try_cast(watch_duration_minutes as double)) < 1.7976931348623157e308
            then try_cast(watch_duration_minutes as double)
    end as duration_minutes,
        case
        when
            completion_percentage rlike '(?s)^[+-]?[0-9]+([.][0-9]+)?(?!.)'
            and abs(try_cast(completion_percentage as double)) < 1.7976931348623157e308
            then try_cast(completion_percentage as double)
    end as completion_percentage,
        cast(coalesce(device_type, 'Unknown') as string) as device_type,
        cast(coalesce(quality_level, 'Unknown') as string) as quality_level,
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
    end as string) as broken_rule,
    cast(case
        when session_id is null then delivered_session_id
        when user_id is null then delivered_user_id
        when content_id is null then delivered_content_id
        when watch_date is null then delivered_watch_date
        when watch_date < earliest_date or watch_date > latest_date then delivered_watch_date
        when duration_minutes is null or duration_minutes <= 0 or duration_minutes > 1440 then delivered_watch_duration_minutes
    end as string) as offending_value,
    load_id,
    source_file,
    source_row
from typed;


-- judged_viewing_sessions: One row per delivered session record, with its outcome. All of stg_viewing_sessions,
-- nothing left out: valid records of one session compete, and the one of the highest load, then of the highest
-- position in the file, wins. The winner is then judged by what it refers to, afresh at every build: when a missing
-- user or title arrives, the session counts.
create table staging.judged_viewing_sessions as
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
    cast(coalesce(broken_rule, held_by_rule) as string) as broken_rule,
    cast(case
        when held_by_rule = 'user_unknown' then user_id
        when held_by_rule = 'content_unknown' then content_id
        else offending_value
    end as string) as offending_value,
    load_id,
    source_file,
    source_row,
    cast(case
        when broken_rule is not null then 'quarantined'
        when is_superseded = 1 then 'superseded'
        when held_by_rule is not null then 'held'
        when is_active = 1 then 'current'
        else 'inactive_user'
    end as string) as outcome
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
create table default.held_viewing_sessions as
select
    session_id,
    broken_rule as `rule`,
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
create table default.quarantine as
select
    cast('users' as string) as entity,
    user_id as record_key,
    broken_rule as `rule`,
    offending_value,
    load_id,
    source_file,
    source_row
from staging.judged_users
where outcome = 'quarantined'
union all

select
    cast('viewing_sessions' as string) as entity,
    session_id as record_key,
    broken_rule as `rule`,
    offending_value,
    load_id,
    source_file,
    source_row
from staging.judged_viewing_sessions
where outcome = 'quarantined'
union all

select
    cast('content' as string) as entity,
    content_id as record_key,
    broken_rule as `rule`,
    offending_value,
    load_id,
    source_file,
    source_row
from staging.judged_content
where outcome = 'quarantined';


-- silver_viewing_sessions: One row per viewing session that counts: the latest valid record of a session, of an
-- active user (see silver_users) and of a known title (see silver_content). The base of every number about viewing.
-- Left out: sessions of inactive users, and sessions held until their user or title is delivered.
create table default.silver_viewing_sessions as
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
