-- The same work as `goldreel run`, written for DuckDB alone by hand: load a delivery into bronze, judge every record, build
-- silver, gold and the star schema, and copy what readers open to a second file. first.sql takes the first delivery;
-- day.sql one after it, of which it judges what is new; the other scripts make the rest, anew each time.
--
-- What it does without: it expects one well-formed file of each kind, uncompressed, with the columns in the usual
-- order. The same file again, a quoted line break, a missing column, a crash half-way or a wrong number in gold are not
-- its business: no ledger, no rejected records, no resuming, no tests, and readers see a day half-way. That is what
-- goldreel's extra time buys.
--
-- __main__.py sets the variables `delivery` and `as_of`, and attaches the readers' file as `readers`.

-- Rules: text to typed values; every record gets an outcome, and the first rule it breaks.

create schema staging;

create macro clean(txt) as
    case
        when txt < '!' or right(txt, 1) < '!' then nullif(trim(txt, e' \t\r\n'), '')
        else txt
    end;

create macro number_or_null(txt) as
    case when regexp_full_match(txt, '[+-]?[0-9]+([.][0-9]+)?') then try_cast(txt as double) end;

create macro whole_or_null(txt) as
    case when regexp_full_match(txt, '[+-]?[0-9]+') then try_cast(txt as bigint) end;

create macro date_or_null(txt) as
    case
        when regexp_full_match(txt, '[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}.*)?') then try_cast(left(txt, 10) as date)
    end;

create macro is_plausible(day, loaded_on) as day >= date '1900-01-01' and day <= loaded_on + 1;

create macro two_decimals(x) as sign(x) * floor(abs(x) * 100 + 0.5) / 100;

create view staging.judging_users as
with cleaned as (
    select
        * replace (
            clean(user_id) as user_id,
            clean(age) as age,
            clean(country) as country,
            clean(subscription_type) as subscription_type,
            clean(registration_date) as registration_date,
            clean(total_watch_time_hours) as total_watch_time_hours
        ),
        registration_date as delivered_date,
        total_watch_time_hours as delivered_hours
    from bronze.users
),

typed as (
    select
        user_id,
        whole_or_null(age) as age,
        coalesce(country, 'Unknown') as country,
        coalesce(subscription_type, 'Unknown') as subscription_type,
        date_or_null(registration_date) as signup_date,
        number_or_null(total_watch_time_hours) as total_watch_time_hours,
        delivered_date,
        delivered_hours,
        _load_id as load_id,
        _source_file as source_file,
        _source_row as source_row,
        _loaded_at::date as loaded_on
    from cleaned
),

judged as (
    select
        * replace (if(age between 0 and 120, age, null) as age),
        case
            when user_id is null then 'user_id_missing'
            when total_watch_time_hours is null or total_watch_time_hours not between 0 and 1_000_000
                then 'hours_invalid'
            when signup_date is null then 'signup_date_invalid'
            when not is_plausible(signup_date, loaded_on) then 'signup_date_implausible'
        end as rule
    from typed
)

select
    * exclude (delivered_date, delivered_hours, loaded_on),
    case
        when rule = 'hours_invalid' then delivered_hours
        when rule in ('signup_date_invalid', 'signup_date_implausible') then delivered_date
    end as offending_value,
    case
        when rule is not null then 'quarantined'
        when row_number() over (partition by user_id, rule order by load_id desc, source_row desc) > 1 then 'superseded'
        when total_watch_time_hours >= 100 then 'current'
        else 'inactive_user'
    end as outcome
from judged;

create view staging.judging_content as
with cleaned as (
    select
        * replace (
            clean(content_id) as content_id,
            clean(title) as title,
            clean(genre) as genre,
            clean(duration_minutes) as duration_minutes,
            clean(release_year) as release_year,
            clean(rating) as rating,
            clean(views_count) as views_count,
            clean(production_budget) as production_budget,
            clean(seasons) as seasons,
            clean(total_episodes) as total_episodes
        ),
        duration_minutes as delivered_duration
    from bronze.content
),

typed as (
    select
        content_id,
        coalesce(title, 'Untitled') as title,
        coalesce(genre, 'Unknown') as genre,
        content_type,
        number_or_null(duration_minutes) as duration_minutes,
        whole_or_null(release_year) as release_year,
        number_or_null(rating) as rating,
        number_or_null(views_count) as views_count,
        number_or_null(production_budget) as production_budget,
        whole_or_null(seasons) as seasons,
        whole_or_null(total_episodes) as total_episodes,
        delivered_duration,
        _load_id as load_id,
        _source_file as source_file,
        _source_row as source_row
    from cleaned
),

judged as (
    select
        * replace (
            if(rating is null, null, greatest(0, least(5, rating))) as rating,
            if(release_year between 1 and 9999, release_year, 2020) as release_year,
            if(views_count between 0 and 1e15, views_count, null) as views_count,
            if(production_budget between 0 and 1e13, production_budget, null) as production_budget
        ),
        case
            when content_id is null then 'content_id_missing'
            when duration_minutes is null or duration_minutes <= 0 or duration_minutes > 1_000_000
                then 'content_duration_invalid'
        end as rule
    from typed
)

select
    * exclude (delivered_duration),
    case rule when 'content_duration_invalid' then delivered_duration end as offending_value,
    case
        when rule is not null then 'quarantined'
        when row_number() over (partition by content_id, rule order by load_id desc, source_row desc) > 1 then 'superseded'
        else 'current'
    end as outcome
from judged;

create view staging.typed_viewing_sessions as
with cleaned as (
    select
        clean(session_id) as session_id,
        clean(user_id) as user_id,
        clean(content_id) as content_id,
        date_or_null(clean(watch_date)) as watch_date,
        number_or_null(clean(watch_duration_minutes)) as duration_minutes,
        number_or_null(clean(completion_percentage)) as completion_percentage,
        coalesce(clean(device_type), 'Unknown') as device_type,
        coalesce(clean(quality_level), 'Unknown') as quality_level,
        watch_date as delivered_date,
        watch_duration_minutes as delivered_duration,
        _load_id as load_id,
        _source_file as source_file,
        _source_row as source_row,
        _loaded_at::date as loaded_on
    from bronze.viewing_sessions
),

checked as (
    select
        * replace (if(completion_percentage between 0 and 100, completion_percentage, null) as completion_percentage),
        case
            when session_id is null then 'session_id_missing'
            when user_id is null then 'user_id_missing'
            when content_id is null then 'content_id_missing'
            when watch_date is null then 'watch_date_invalid'
            when not is_plausible(watch_date, loaded_on) then 'watch_date_implausible'
            when duration_minutes is null or duration_minutes <= 0 or duration_minutes > 1440 then 'duration_invalid'
        end as rule
    from cleaned
)

select
    * exclude (delivered_date, delivered_duration, loaded_on),
    case rule
        when 'watch_date_invalid' then delivered_date
        when 'watch_date_implausible' then delivered_date
        when 'duration_invalid' then delivered_duration
    end as offending_value
from checked;

-- Only keys that occur more than once are ranked; ranking 20 million records costs far more.
create macro superseded(records) as table
with repeated as (
    select session_id from query_table(records) group by all having count(*) > 1
)

select
    load_id,
    source_row
from query_table(records)
where rule is null and session_id in (from repeated)
qualify row_number() over (partition by session_id order by load_id desc, source_row desc) > 1;

create macro judged(records, superseded_records) as table
with users as (
    select
        user_id,
        outcome = 'current' as is_active
    from staging.judged_users
    where outcome in ('current', 'inactive_user')
),

titles as (
    select content_id from staging.judged_content where outcome = 'current'
),

judged as (
    select
        sessions.* replace (
            case
                when sessions.rule is not null then sessions.rule
                when superseded.load_id is not null then null
                when users.user_id is null then 'user_unknown'
                when titles.content_id is null then 'content_unknown'
            end as rule
        ),
        case
            when sessions.rule is not null then 'quarantined'
            when superseded.load_id is not null then 'superseded'
            when users.user_id is null or titles.content_id is null then 'held'
            when users.is_active then 'current'
            else 'inactive_user'
        end as outcome
    from query_table(records) as sessions
    left join query_table(superseded_records) as superseded using (load_id, source_row)
    left join users on sessions.user_id = users.user_id
    left join titles on sessions.content_id = titles.content_id
)

select * replace (
    case rule
        when 'user_unknown' then user_id
        when 'content_unknown' then content_id
        else offending_value
    end as offending_value
)
from judged;
