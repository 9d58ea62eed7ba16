-- silver_to_gold.sql: written by goldreel export-sql from the models in dbt/models; change those, not this.
--
-- Builds bridge_content_genre, dim_genre, gold_data_quality, gold_device_quality, dim_date, fact_viewing_session,
-- title_days, user_days, gold_daily_activity, gold_retention_cohorts, user_titles, gold_content_performance,
-- dim_content, seen_user_titles, user_genres, gold_genre_analytics, user_totals, gold_content_lifecycle,
-- gold_country_insights, gold_executive_summary, gold_subscription_insights, gold_user_analytics, dim_user,
-- gold_user_segmentation.
--
-- Run it with goldreel sql (all in one transaction) or the duckdb shell, as often as you like. Each table is replaced
-- in one step.


create schema if not exists staging;


-- bridge_content_genre: One row per title and each of its genres. It leads from sessions or titles to single genres:
-- a title of three genres has three rows. Every title has at least one row; one without a genre has Unknown. A genre
-- that a title names twice counts once.
create or replace table main.bridge_content_genre as
with parts as (
    select content_id, unnest(string_split(genre, ',')) as part from main.silver_content
),

genres as (
    select distinct
        content_id,
        case
        when
            part < '!'
            or ends_with(part, ' ')
            or ends_with(part, chr(9))
            or ends_with(part, chr(13))
            or ends_with(part, chr(10))
            then nullif(trim(part, concat(chr(32), chr(9), chr(13), chr(10))), '')
        else part
    end as genre
    from parts
),

named as (
    select
        titles.content_id,
        cast(coalesce(genres.genre, 'Unknown') as varchar) as genre
    from main.silver_content as titles
    left join genres
        on
            titles.content_id = genres.content_id
            and genres.genre is not null
)

select
    content_id,
    genre,
    cast(1 as double) / count(*) over (partition by content_id) as genre_weight
from named;


-- dim_genre: One row per single genre that has a title: what reports pick genres from. Unknown stands for titles
-- without a genre.
create or replace table main.dim_genre as
select
    genre,
    cast(count(*) as bigint) as titles
from main.bridge_content_genre
group by genre;


-- gold_data_quality: One row per kind of record, outcome and rule: the account of every delivered record. For each
-- kind the records add up to all that was delivered, so nothing is lost without a reason. Outcomes that no record has
-- are left out.
create or replace table main.gold_data_quality as
with withdrawn as (
    select load_id
    from bronze.loads
    where status = 'withdrawn'
),


repaired_users as (
    select distinct
        repairs.original_load_id as load_id,
        repairs.original_row as source_row
    from bronze.repairs as repairs
    inner join staging.judged_users as mended
        on
            repairs.load_id = mended.load_id
            and repairs.source_row = mended.source_row
    left join withdrawn on repairs.load_id = withdrawn.load_id
    where
        repairs.entity = 'users'
        and mended.outcome <> 'quarantined'
        and withdrawn.load_id is null
),


repaired_viewing_sessions as (
    select distinct
        repairs.original_load_id as load_id,
        repairs.original_row as source_row
    from bronze.repairs as repairs
    inner join staging.judged_viewing_sessions as mended
        on
            repairs.load_id = mended.load_id
            and repairs.source_row = mended.source_row
    left join withdrawn on repairs.load_id = withdrawn.load_id
    where
        repairs.entity = 'viewing_sessions'
        and mended.outcome <> 'quarantined'
        and withdrawn.load_id is null
),


repaired_content as (
    select distinct
        repairs.original_load_id as load_id,
        repairs.original_row as source_row
    from bronze.repairs as repairs
    inner join staging.judged_content as mended
        on
            repairs.load_id = mended.load_id
            and repairs.source_row = mended.source_row
    left join withdrawn on repairs.load_id = withdrawn.load_id
    where
        repairs.entity = 'content'
        and mended.outcome <> 'quarantined'
        and withdrawn.load_id is null
),


repaired as (
    select
        load_id,
        source_row
    from repaired_users
    union all
    select
        load_id,
        source_row
    from repaired_viewing_sessions
    union all
    select
        load_id,
        source_row
    from repaired_content
    
),

rejected as (
    select
        load_id,
        source_row,
        entity
    from bronze.rejected_records
),

rejected_judged as (
    select
        rejected.entity,
        case
            when withdrawn.load_id is not null then 'withdrawn'
            when repaired.load_id is not null then 'repaired'
            else 'rejected'
        end as outcome
    from rejected
    left join withdrawn on rejected.load_id = withdrawn.load_id
    left join repaired
        on
            rejected.load_id = repaired.load_id
            and rejected.source_row = repaired.source_row
),

outcomes as (
    select
        entity,
        outcome,
        cast(null as varchar) as broken_rule,
        count(*) as records
    from rejected_judged
    group by entity, outcome

    union all

    -- of these nothing is left but their number
    select
        entity,
        'forgotten' as outcome,
        cast(null as varchar) as broken_rule,
        sum(records_loaded + records_rejected) as records
    from bronze.forgotten_records
    group by entity

    
    union all

    select
        'users' as entity,
        outcome,
        case when outcome in ('quarantined', 'held') then broken_rule end as broken_rule,
        count(*) as records
    from staging.judged_users
    group by outcome, case when outcome in ('quarantined', 'held') then broken_rule end
    
    union all

    select
        'viewing_sessions' as entity,
        outcome,
        case when outcome in ('quarantined', 'held') then broken_rule end as broken_rule,
        count(*) as records
    from staging.judged_viewing_sessions
    group by outcome, case when outcome in ('quarantined', 'held') then broken_rule end
    
    union all

    select
        'content' as entity,
        outcome,
        case when outcome in ('quarantined', 'held') then broken_rule end as broken_rule,
        count(*) as records
    from staging.judged_content
    group by outcome, case when outcome in ('quarantined', 'held') then broken_rule end
    
),

-- records of one outcome may have been counted in two places: read or not, they were withdrawn
summed as (
    select
        entity,
        outcome,
        broken_rule,
        sum(records) as records
    from outcomes
    group by entity, outcome, broken_rule
)

select
    cast(entity as varchar) as entity,
    cast(outcome as varchar) as outcome,
    cast(broken_rule as varchar) as "rule",
    cast(records as bigint) as records
from summed
where records > 0;


-- gold_device_quality: One row per device and picture quality that occur together in a counted session. Counted
-- sessions are the valid, current sessions whose user and title are known, of all users, inactive ones included.
create or replace table main.gold_device_quality as
with users as (
    select
        user_id,
        device_type,
        quality_level,
        count(*) as plays,
        sum(duration_minutes) as minutes_watched,
        count(completion_percentage) as completions,
        sum(completion_percentage) as completion_sum
    from staging.counted_viewing_sessions
    group by user_id, device_type, quality_level
)

select
    device_type,
    quality_level,
    cast(sum(plays) as bigint) as sessions,
    cast(sum(minutes_watched) as double) / 60 as watch_hours,
    cast(sum(completion_sum) as double) / nullif(cast(sum(completions) as double), 0) as avg_completion_rate,
    cast(count(*) as bigint) as unique_users
from users
group by device_type, quality_level;


-- dim_date: One row per day from the first to the last watch date in silver_viewing_sessions, days without a session
-- included. Empty when there is no session. Names are English, weeks begin on Monday.
create or replace table main.dim_date as
with days as (
    select cast(unnest(generate_series(min(watch_date), max(watch_date), interval 1 day)) as date) as calendar_day
    from main.silver_viewing_sessions
),

numbered as (
    select
        calendar_day,
        year(calendar_day) as calendar_year,
        month(calendar_day) as month_number,
        day(calendar_day) as day_of_month,
        -- 0001-01-01 was a Monday
        (calendar_day - cast('0001-01-01' as date)) % 7 + 1 as day_of_week
    from days
)

select
    cast(year(calendar_day) * 10000 + month(calendar_day) * 100 + day(calendar_day) as bigint) as date_key,
    calendar_day as date_day,
    calendar_year,
    cast(floor((month_number + 2) / 3) as bigint) as quarter_number,
    month_number,
    cast(case month_number
        when 1 then 'January'
        when 2 then 'February'
        when 3 then 'March'
        when 4 then 'April'
        when 5 then 'May'
        when 6 then 'June'
        when 7 then 'July'
        when 8 then 'August'
        when 9 then 'September'
        when 10 then 'October'
        when 11 then 'November'
        when 12 then 'December'
    end as varchar) as month_name,
    (calendar_day + cast(1 - day_of_month as integer)) as first_day_of_month,
    (calendar_day + cast(1 - day_of_week as integer)) as first_day_of_week,
    day_of_month,
    day_of_week,
    cast(case day_of_week
        when 1 then 'Monday'
        when 2 then 'Tuesday'
        when 3 then 'Wednesday'
        when 4 then 'Thursday'
        when 5 then 'Friday'
        when 6 then 'Saturday'
        when 7 then 'Sunday'
    end as varchar) as day_name,
    case when day_of_week >= 6 then 1 else 0 end as is_weekend
from numbered;


-- fact_viewing_session: One row per viewing session that counts, the centre of the star: dim_user, dim_content and
-- dim_date hang on its keys, single genres on bridge_content_genre. The same sessions as silver_viewing_sessions, so
-- sessions of inactive users and held sessions are left out.
create or replace view main.fact_viewing_session as
select
    session_id,
    cast(year(watch_date) * 10000 + month(watch_date) * 100 + day(watch_date) as bigint) as date_key,
    user_id,
    content_id,
    watch_date,
    device_type,
    quality_level,
    duration_minutes,
    completion_percentage
from main.silver_viewing_sessions;


-- title_days: One row per title, day on which it was watched, and whether active users watched: sums over counted
-- sessions (see counted_viewing_sessions).
create or replace table staging.title_days as
select
    sessions.content_id,
    sessions.watch_date,
    sessions.is_active,
    cast(count(*) as bigint) as plays,
    sum(sessions.duration_minutes) as minutes_watched,
    cast(count(sessions.completion_percentage) as bigint) as completions,
    sum(sessions.completion_percentage) as completion_sum
from staging.counted_viewing_sessions as sessions
group by sessions.content_id, sessions.watch_date, sessions.is_active;


-- user_days: One row per user and day on which the user watched, over counted sessions (see
-- counted_viewing_sessions), with the user's days around it.
create or replace table staging.user_days as
with days as (
    select distinct
        sessions.user_id,
        sessions.watch_date
    from staging.counted_viewing_sessions as sessions
),

in_turn as (
    select
        user_id,
        watch_date,
        first_value(watch_date) over (partition by user_id order by watch_date) as first_date,
        lag(watch_date) over (partition by user_id order by watch_date) as previous_date,
        lead(watch_date) over (partition by user_id order by watch_date) as next_date
    from days
)

select
    user_id,
    watch_date,
    first_date,
    previous_date,
    next_date
from in_turn;


-- gold_daily_activity: One row per day, from the first to the last day with a counted session, days without one
-- included. Counted sessions are the valid, current sessions whose user and title are known, of all users, inactive
-- ones included.
create or replace table main.gold_daily_activity as
with watched as (
    select
        watch_date,
        sum(plays) as sessions,
        sum(minutes_watched) as minutes_watched
    from staging.title_days
    group by watch_date
),

-- the same visits that came on the same day, with the same next one, leave the windows together
visits as (
    select
        watch_date,
        next_date,
        count(*) as users,
        sum(case when previous_date is null then 1 else 0 end) as new_users
    from staging.user_days
    group by watch_date, next_date
),

came as (
    select
        watch_date,
        sum(users) as dau,
        sum(new_users) as new_users
    from visits
    group by watch_date
),

wau_ends as (
    select
        case
            when next_date < (watch_date + cast(7 as integer)) then next_date
            else (watch_date + cast(7 as integer))
        end as watch_date,
        users
    from visits
),

wau_left as (
    select
        watch_date,
        sum(users) as users
    from wau_ends
    group by watch_date
),

mau_ends as (
    select
        case
            when next_date < (watch_date + cast(30 as integer)) then next_date
            else (watch_date + cast(30 as integer))
        end as watch_date,
        users
    from visits
),

mau_left as (
    select
        watch_date,
        sum(users) as users
    from mau_ends
    group by watch_date
),

days as (
    select cast(unnest(generate_series(min(watch_date), max(watch_date), interval 1 day)) as date) as calendar_day
    from staging.title_days
),

counted as (
    select
        days.calendar_day as activity_date,
        coalesce(watched.sessions, 0) as sessions,
        coalesce(watched.minutes_watched, 0) as minutes_watched,
        coalesce(came.dau, 0) as dau,
        sum(coalesce(came.dau, 0) - coalesce(wau_left.users, 0)) over (
            order by days.calendar_day
            rows between unbounded preceding and current row
        ) as wau,
        sum(coalesce(came.dau, 0) - coalesce(mau_left.users, 0)) over (
            order by days.calendar_day
            rows between unbounded preceding and current row
        ) as mau,
        coalesce(came.new_users, 0) as new_users
    from days
    left join watched on days.calendar_day = watched.watch_date
    left join came on days.calendar_day = came.watch_date
    left join wau_left on days.calendar_day = wau_left.watch_date
    left join mau_left on days.calendar_day = mau_left.watch_date
)

select
    activity_date,
    cast(sessions as bigint) as sessions,
    cast(minutes_watched as double) / 60 as watch_hours,
    cast(dau as bigint) as dau,
    cast(wau as bigint) as wau,
    cast(mau as bigint) as mau,
    cast(dau as double) / nullif(cast(mau as double), 0) as stickiness,
    cast(new_users as bigint) as new_users
from counted;


-- gold_retention_cohorts: One row per cohort and month: of the users who watched for the first time in a month, how
-- many watched in that month and in each later one, up to the last month in the data. Months in which none of them
-- watched stand there with 0. Counted sessions are the valid, current sessions whose user and title are known, of all
-- users, inactive ones included.
create or replace table main.gold_retention_cohorts as
with visits as (
    select
        first_date,
        watch_date,
        count(*) as users
    from staging.user_days
    -- a user's first day in a month: the day before it was at least as many days ago as the month is old
    where previous_date is null or (watch_date - previous_date) >= day(watch_date)
    group by first_date, watch_date
),

months_of_visits as (
    select
        (first_date + cast(1 - day(first_date) as integer)) as cohort_month,
        (watch_date + cast(1 - day(watch_date) as integer)) as watch_month,
        users
    from visits
),

returned as (
    select
        cohort_month,
        watch_month,
        sum(users) as retained_users
    from months_of_visits
    group by cohort_month, watch_month
),

cohorts as (
    select
        cohort_month,
        retained_users as cohort_users
    from returned
    where watch_month = cohort_month
),

calendar_days as (
    select cast(unnest(generate_series(min(watch_date), max(watch_date), interval 1 day)) as date) as calendar_day
    from staging.title_days
),

-- every month that the data reach, also one in which nobody watched
months as (
    select distinct (calendar_day + cast(1 - day(calendar_day) as integer)) as watch_month
    from calendar_days
)

select
    cohorts.cohort_month,
    cast((year(months.watch_month) * 12 + month(months.watch_month)) - (year(cohorts.cohort_month) * 12 + month(cohorts.cohort_month)) as bigint) as months_since,
    cast(cohorts.cohort_users as bigint) as cohort_users,
    cast(coalesce(returned.retained_users, 0) as bigint) as retained_users,
    cast(coalesce(returned.retained_users, 0) as double) / nullif(cast(cohorts.cohort_users as double), 0) as retention_rate
from cohorts
inner join months on cohorts.cohort_month <= months.watch_month
left join returned
    on
        cohorts.cohort_month = returned.cohort_month
        and months.watch_month = returned.watch_month;


-- user_titles: One row per user and title that the user watched, over counted sessions (see
-- counted_viewing_sessions). What gold counts viewers from.
create or replace table staging.user_titles as
select
    sessions.user_id,
    sessions.content_id,
    sessions.is_active,
    cast(count(*) as bigint) as plays,
    max(sessions.completion_percentage) as best_completion
from staging.counted_viewing_sessions as sessions
group by sessions.user_id, sessions.content_id, sessions.is_active
order by sessions.user_id;


-- gold_content_performance: One row per title: what it is, how much it is watched, and what its views cost. Views are
-- the viewing sessions of active users; the views that a delivery itself counts are left out. A title that nobody has
-- watched is here, with 0 views.
create or replace table main.gold_content_performance as
with sessions as (
    select
        content_id,
        sum(plays) as total_views,
        cast(sum(minutes_watched) as double) / nullif(cast(sum(plays) as double), 0) as avg_watch_time,
        cast(sum(completion_sum) as double) / nullif(cast(sum(completions) as double), 0) as avg_completion_rate
    from staging.title_days
    where is_active = 1
    group by content_id
),

viewers as (
    select
        content_id,
        count(*) as unique_viewers
    from staging.user_titles
    where is_active = 1
    group by content_id
),

performance as (
    select
        titles.*,
        coalesce(sessions.total_views, 0) as total_views,
        coalesce(viewers.unique_viewers, 0) as unique_viewers,
        sessions.avg_watch_time,
        sessions.avg_completion_rate
    from main.silver_content as titles
    left join sessions on titles.content_id = sessions.content_id
    left join viewers on titles.content_id = viewers.content_id
)

select
    content_id,
    title,
    genre,
    content_type,
    duration_minutes,
    release_year,
    rating,
    production_budget,
    cast(total_views as bigint) as total_views,
    cast(unique_viewers as bigint) as unique_viewers,
    avg_watch_time,
    avg_completion_rate,
    sign(cast(total_views as double) / nullif(cast(production_budget / 1000000 as double), 0)) * floor(abs(cast(total_views as double) / nullif(cast(production_budget / 1000000 as double), 0)) * 100 + 0.5) / 100 as views_per_million_budget,
    cast(case
        when rating >= 4.5 then 'Excellent'
        when rating >= 4.0 then 'Very Good'
        when rating >= 3.5 then 'Good'
        when rating >= 3.0 then 'Average'
        when rating is not null then 'Below Average'
    end as varchar) as rating_category
from performance;


-- dim_content: One row per title, watched or not: what reports group and filter viewing by. Left out: the numbers
-- that are counted from sessions, which a report counts from fact_viewing_session itself. For single genres go
-- through bridge_content_genre.
create or replace table main.dim_content as
select
    titles.content_id,
    titles.title,
    titles.content_type,
    titles.genre,
    titles.duration_minutes,
    titles.seasons,
    titles.total_episodes,
    titles.release_year,
    titles.rating,
    performance.rating_category,
    titles.production_budget
from main.silver_content as titles
inner join main.gold_content_performance as performance on titles.content_id = performance.content_id;


-- seen_user_titles: One row per user and title: those rows of user_titles whose users are in touched_genres, from
-- which their totals and genres are counted anew. They are searched once for both. Empty in a full build, which
-- counts all rows.
create or replace table staging.seen_user_titles as
select
        cast(null as varchar) as user_id,
        cast(null as varchar) as content_id,
        cast(null as bigint) as is_active,
        cast(null as bigint) as plays
    from bronze.loads
    where 1 = 0;


-- user_genres: One row per user and genre that the user watched, over counted sessions (see
-- counted_viewing_sessions); a title counts in each of its genres (bridge_content_genre).
create or replace table staging.user_genres as
select distinct
    pairs.user_id,
    genres.genre,
    pairs.is_active
from staging.user_titles as pairs
inner join main.bridge_content_genre as genres on pairs.content_id = genres.content_id;


-- gold_genre_analytics: One row per genre that has a title: what it holds, what it cost, how much it is watched, and
-- where its views are heading. A title counts in full in each of its genres, so the rows add up to more than the
-- platform has; do not sum them. Views are the viewing sessions of active users. Titles without a genre stand under
-- Unknown.
create or replace table main.gold_genre_analytics as
with last_day as (
    select max(watch_date) as watch_date
    from staging.title_days
    where is_active = 1
),

-- two windows of the same length; the last one ends on the last day with a session
windows as (
    select
        (watch_date + cast(-30 as integer)) as last_one_begins_after,
        (watch_date + cast(-60 as integer)) as previous_one_begins_after
    from last_day
),

titles as (
    select
        genres.genre,
        count(*) as total_content_items,
        avg(cast(titles.production_budget as double)) as avg_production_budget,
        coalesce(sum(titles.production_budget), 0) as total_investment,
        avg(cast(titles.rating as double)) as avg_genre_rating,
        avg(cast(titles.duration_minutes as double)) as avg_content_duration
    from main.bridge_content_genre as genres
    inner join main.silver_content as titles on genres.content_id = titles.content_id
    group by genres.genre
),

sessions as (
    select
        genres.genre,
        sum(sessions.plays) as total_views,
        cast(sum(sessions.minutes_watched) as double) / nullif(cast(sum(sessions.plays) as double), 0) as avg_watch_time,
        sum(
            case when sessions.watch_date > windows.last_one_begins_after then sessions.plays else 0 end
        ) as views_last_30_days,
        sum(
            case
                when sessions.watch_date > windows.last_one_begins_after then 0
                when sessions.watch_date > windows.previous_one_begins_after then sessions.plays
                else 0
            end
        ) as views_previous_30_days
    from staging.title_days as sessions
    inner join main.bridge_content_genre as genres on sessions.content_id = genres.content_id
    cross join windows
    where sessions.is_active = 1
    group by genres.genre
),

viewers as (
    select
        genre,
        count(*) as unique_viewers
    from staging.user_genres
    where is_active = 1
    group by genre
)

select
    titles.genre,
    cast(titles.total_content_items as bigint) as total_content_items,
    cast(coalesce(sessions.total_views, 0) as bigint) as total_views,
    cast(coalesce(viewers.unique_viewers, 0) as bigint) as unique_viewers,
    titles.avg_production_budget,
    cast(titles.total_investment as double) as total_investment,
    titles.avg_genre_rating,
    titles.avg_content_duration,
    sessions.avg_watch_time,
    cast(coalesce(sessions.views_last_30_days, 0) as bigint) as views_last_30_days,
    cast(coalesce(sessions.views_previous_30_days, 0) as bigint) as views_previous_30_days,
    sign(cast(100 * (cast(sessions.views_last_30_days as double) - sessions.views_previous_30_days) as double) / nullif(cast(sessions.views_previous_30_days as double), 0)) * floor(abs(cast(100 * (cast(sessions.views_last_30_days as double) - sessions.views_previous_30_days) as double) / nullif(cast(sessions.views_previous_30_days as double), 0)) * 100 + 0.5) / 100 as view_trend_pct
from titles
left join sessions on titles.genre = sessions.genre
left join viewers on titles.genre = viewers.genre;


-- user_totals: One row per user with a counted session (see counted_viewing_sessions): sums over the user's sessions
-- and titles.
create or replace table staging.user_totals as
with sessions as (
    select
        sessions.user_id,
        sessions.is_active,
        cast(count(*) as bigint) as plays,
        sum(sessions.duration_minutes) as minutes_watched,
        cast(count(sessions.completion_percentage) as bigint) as completions,
        sum(sessions.completion_percentage) as completion_sum,
        max(sessions.watch_date) as last_watch_date
    from staging.counted_viewing_sessions as sessions
    group by sessions.user_id, sessions.is_active
),

titles as (
    select
        pairs.user_id,
        cast(count(*) as bigint) as titles,
        max(pairs.plays) as most_plays
    from staging.user_titles as pairs
    group by pairs.user_id
)

select
    sessions.user_id,
    sessions.is_active,
    sessions.plays,
    sessions.minutes_watched,
    sessions.completions,
    sessions.completion_sum,
    sessions.last_watch_date,
    titles.titles,
    titles.most_plays
from sessions
inner join titles on sessions.user_id = titles.user_id;


-- gold_content_lifecycle: One row per title of the catalogue, watched or not: how it began, how it was finished, how
-- long it lived, and how much of all watch time it holds. Counted sessions are the valid, current sessions whose user
-- and title are known, of all users, inactive ones included.
create or replace table main.gold_content_lifecycle as
with viewers as (
    select
        content_id,
        count(*) as starters,
        sum(case when best_completion >= 70 then 1 else 0 end) as watchers,
        sum(case when best_completion >= 90 then 1 else 0 end) as completers
    from staging.user_titles
    group by content_id
),

-- few users watch one title that often: only their titles are looked at
of_one_title as (
    select
        user_id,
        plays
    from staging.user_totals
    where 2 * most_plays >= plays
),

exclusive as (
    select
        pairs.content_id,
        count(*) as exclusive_viewers
    from staging.user_titles as pairs
    inner join of_one_title as users on pairs.user_id = users.user_id
    where 2 * pairs.plays >= users.plays
    group by pairs.content_id
),

title_days as (
    select
        content_id,
        watch_date,
        sum(plays) as plays,
        sum(minutes_watched) as minutes_watched
    from staging.title_days
    group by content_id, watch_date
),

running as (
    select
        content_id,
        watch_date,
        plays,
        minutes_watched,
        min(watch_date) over (partition by content_id) as first_view_date,
        sum(plays) over (partition by content_id) as all_views,
        sum(plays) over (
            partition by content_id
            order by watch_date
            rows between unbounded preceding and current row
        ) as views_so_far
    from title_days
),

lives as (
    select
        content_id,
        first_view_date,
        sum(case when watch_date < (first_view_date + cast(7 as integer)) then plays else 0 end)
            as views_at_launch,
        sum(case when watch_date < (first_view_date + cast(28 as integer)) then plays else 0 end)
            as views_early_on,
        min(case when 2 * views_so_far >= all_views then watch_date end) as half_life_date,
        sum(minutes_watched) as minutes_watched
    from running
    group by content_id, first_view_date
),

whole as (
    select sum(minutes_watched) as minutes_watched
    from lives
)

select
    titles.content_id,
    lives.first_view_date,
    cast(coalesce(viewers.starters, 0) as bigint) as starters,
    cast(coalesce(viewers.watchers, 0) as bigint) as watchers,
    cast(coalesce(viewers.completers, 0) as bigint) as completers,
    cast(coalesce(lives.views_at_launch, 0) as bigint) as views_first_7_days,
    cast(coalesce(lives.views_early_on, 0) as bigint) as views_first_28_days,
    cast((lives.half_life_date - lives.first_view_date) as bigint) as half_life_days,
    cast(coalesce(lives.minutes_watched, 0) as double) / 60 as watch_hours,
    cast(coalesce(lives.minutes_watched, 0) as double) / nullif(cast(whole.minutes_watched as double), 0) as watch_share,
    cast(coalesce(exclusive.exclusive_viewers, 0) as bigint) as exclusive_viewers
from main.silver_content as titles
left join lives on titles.content_id = lives.content_id
left join viewers on titles.content_id = viewers.content_id
left join exclusive on titles.content_id = exclusive.content_id
cross join whole;


-- gold_country_insights: One row per country that has an active user: how many there are, how old they are, and how
-- much they watch. An average over users counts every user once, however often that user watches. Left out: inactive
-- users and their sessions.
create or replace table main.gold_country_insights as
with users as (
    select
        country,
        count(*) as total_users,
        avg(cast(total_watch_time_hours as double)) as avg_watch_hours_per_user,
        avg(cast(age as double)) as avg_user_age
    from main.silver_users
    group by country
),

sessions as (
    select
        users.country,
        sum(sessions.plays) as total_sessions,
        cast(sum(sessions.minutes_watched) as double) / nullif(cast(sum(sessions.plays) as double), 0) as avg_session_duration
    from staging.user_totals as sessions
    inner join main.silver_users as users on sessions.user_id = users.user_id
    group by users.country
),

watched as (
    select distinct
        users.country,
        pairs.content_id
    from staging.user_titles as pairs
    inner join main.silver_users as users on pairs.user_id = users.user_id
),

titles as (
    select
        country,
        count(*) as unique_content_consumed
    from watched
    group by country
)

select
    users.country,
    cast(users.total_users as bigint) as total_users,
    users.avg_watch_hours_per_user,
    users.avg_user_age,
    cast(coalesce(sessions.total_sessions, 0) as bigint) as total_sessions,
    sessions.avg_session_duration,
    cast(coalesce(titles.unique_content_consumed, 0) as bigint) as unique_content_consumed
from users
left join sessions on users.country = sessions.country
left join titles on users.country = titles.country;


-- gold_executive_summary: One row for the whole platform, also when nothing has been delivered yet. The numbers that
-- open a report. They cover active users, those who have watched at least 100 hours (setting active_user_hours), and
-- their viewing sessions; inactive users are left out, but for total_users and effective_catalog_size.
create or replace table main.gold_executive_summary as
with users as (
    select
        count(*) as active_users,
        avg(cast(total_watch_time_hours as double)) as avg_hours
    from main.silver_users
),

titles as (
    select count(*) as total_titles
    from main.silver_content
),

sessions as (
    select
        coalesce(sum(plays), 0) as total_sessions,
        coalesce(sum(minutes_watched), 0) as minutes_watched,
        count(distinct content_id) as content_with_views,
        max(watch_date) as data_through
    from staging.title_days
    where is_active = 1
),

valid_users as (
    select count(*) as total_users
    from staging.judged_users
    where outcome not in ('held', 'superseded', 'quarantined', 'withdrawn', 'repaired')
),

shares as (
    select sum(watch_share * watch_share) as concentration
    from main.gold_content_lifecycle
)

select
    cast('Platform Overview' as varchar) as metric_category,
    cast(users.active_users as bigint) as active_users_100h_plus,
    cast(titles.total_titles as bigint) as total_content_catalog,
    cast(sessions.total_sessions as bigint) as total_viewing_sessions,
    sign(users.avg_hours) * floor(abs(users.avg_hours) * 100 + 0.5) / 100 as avg_user_engagement_hours,
    cast(sessions.content_with_views as bigint) as content_with_views,
    cast(sessions.minutes_watched as double) / 60 as total_watch_hours,
    sessions.data_through,
    cast(1 as double) / nullif(cast(shares.concentration as double), 0) as effective_catalog_size,
    cast(valid_users.total_users as bigint) as total_users
from users
cross join titles
cross join sessions
cross join valid_users
cross join shares;


-- gold_subscription_insights: One row per kind of subscription, over all valid users, inactive ones included. Counted
-- sessions are the valid, current sessions whose user and title are known, of all users, inactive ones included.
create or replace table main.gold_subscription_insights as
with plans as (
    select
        users.subscription_type,
        count(*) as total_users,
        sum(users.is_active) as active_users,
        avg(cast(users.total_watch_time_hours as double)) as avg_watch_hours_per_user,
        coalesce(sum(sessions.plays), 0) as total_sessions,
        sum(sessions.minutes_watched) as minutes_watched,
        sum(sessions.completions) as completions,
        sum(sessions.completion_sum) as completion_sum
    from staging.judged_users as users
    left join staging.user_totals as sessions on users.user_id = sessions.user_id
    where users.outcome not in ('held', 'superseded', 'quarantined', 'withdrawn', 'repaired')
    group by users.subscription_type
)

select
    subscription_type,
    cast(total_users as bigint) as total_users,
    cast(active_users as bigint) as active_users,
    cast(active_users as double) / nullif(cast(total_users as double), 0) as active_share,
    avg_watch_hours_per_user,
    cast(total_sessions as bigint) as total_sessions,
    cast(minutes_watched as double) / nullif(cast(total_sessions as double), 0) as avg_session_duration,
    cast(completion_sum as double) / nullif(cast(completions as double), 0) as avg_completion_rate
from plans;


-- gold_user_analytics: One row per active user: who they are, how much they watch, and which segment they belong to.
-- An active user has watched at least 100 hours (setting active_user_hours). Left out: users below that. An active
-- user without any viewing session is here, with 0 sessions.
create or replace table main.gold_user_analytics as
select
    users.user_id,
    users.age,
    users.country,
    users.subscription_type,
    users.signup_date,
    users.total_watch_time_hours,
    cast(coalesce(sessions.plays, 0) as bigint) as total_sessions,
    cast(sessions.minutes_watched as double) / nullif(cast(sessions.plays as double), 0) as avg_session_duration,
    cast(coalesce(sessions.minutes_watched, 0) as double) as total_minutes_watched,
    cast(coalesce(sessions.titles, 0) as bigint) as unique_content_watched,
    cast(sessions.completion_sum as double) / nullif(cast(sessions.completions as double), 0) as avg_completion_rate,
    sessions.last_watch_date,
    cast(case
        when users.total_watch_time_hours >= 500 then 'Power User'
        when users.total_watch_time_hours >= 300 then 'Heavy User'
        when users.total_watch_time_hours >= 150 then 'Regular User'
        else 'Light User'
    end as varchar) as user_segment,
    cast((cast(make_timestamp(epoch_us(now())) as date) - users.signup_date) as bigint) as days_since_signup
from main.silver_users as users
left join staging.user_totals as sessions on users.user_id = sessions.user_id;


-- dim_user: One row per active user: what reports group and filter viewing by. The same users as gold_user_analytics;
-- left out are the numbers that are counted from sessions, which a report counts from fact_viewing_session itself.
create or replace table main.dim_user as
select
    user_id,
    age,
    country,
    subscription_type,
    signup_date,
    user_segment,
    total_watch_time_hours
from main.gold_user_analytics;


-- gold_user_segmentation: One row per segment that has a user: how large it is and how its users watch.
-- gold_user_analytics says how a user comes into a segment. Averages count every user once, those without a session
-- included. Left out: inactive users, and segments without a user.
create or replace table main.gold_user_segmentation as
with segments as (
    select
        user_segment,
        count(*) as users_in_segment,
        avg(cast(total_watch_time_hours as double)) as avg_watch_hours,
        avg(cast(total_sessions as double)) as avg_sessions_per_user,
        avg(cast(unique_content_watched as double)) as avg_unique_content
    from main.gold_user_analytics
    group by user_segment
)

select
    user_segment,
    cast(users_in_segment as bigint) as users_in_segment,
    avg_watch_hours,
    avg_sessions_per_user,
    avg_unique_content,
    sign(cast(100 * cast(users_in_segment as double) as double) / nullif(cast(sum(users_in_segment) over () as double), 0)) * floor(abs(cast(100 * cast(users_in_segment as double) as double) / nullif(cast(sum(users_in_segment) over () as double), 0)) * 100 + 0.5) / 100 as segment_percentage
from segments;
