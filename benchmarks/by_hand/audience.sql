-- Gold about the audience: all users' sessions, those who lapsed included.

create or replace view counted_sessions as
from staging.judged_viewing_sessions where outcome in ('current', 'inactive_user');

-- A user enters the trailing windows on a day watched, and leaves when the window has passed or the next day watched comes.
create or replace table gold_daily_activity as
with visits as (
    select
        user_id,
        watch_date,
        count(*) as sessions,
        sum(duration_minutes) as minutes,
        lag(watch_date) over (partition by user_id order by watch_date) is null as is_new,
        lead(watch_date) over (partition by user_id order by watch_date) as next_day
    from counted_sessions
    group by user_id, watch_date
),

came as (
    select
        watch_date as activity_date,
        sum(sessions)::bigint as sessions,
        sum(minutes) / 60 as watch_hours,
        count(*) as dau,
        count_if(is_new) as new_users
    from visits
    group by watch_date
),

left_week as (
    select least(watch_date + 7, next_day) as activity_date, count(*) as users from visits group by all
),

left_month as (
    select least(watch_date + 30, next_day) as activity_date, count(*) as users from visits group by all
),

days as (
    select unnest(generate_series(min(watch_date), max(watch_date), interval 1 day))::date as activity_date
    from counted_sessions
),

counted as (
    select
        days.activity_date,
        coalesce(sessions, 0) as sessions,
        coalesce(watch_hours, 0) as watch_hours,
        coalesce(dau, 0) as dau,
        sum(coalesce(dau, 0) - coalesce(left_week.users, 0)) over (order by days.activity_date)::bigint as wau,
        sum(coalesce(dau, 0) - coalesce(left_month.users, 0)) over (order by days.activity_date)::bigint as mau,
        coalesce(new_users, 0)::bigint as new_users
    from days
    left join came on days.activity_date = came.activity_date
    left join left_week on days.activity_date = left_week.activity_date
    left join left_month on days.activity_date = left_month.activity_date
)

select *, dau / mau as stickiness from counted;

create or replace table gold_retention_cohorts as
with user_months as (
    select distinct user_id, date_trunc('month', watch_date)::date as watch_month from counted_sessions
),

users as (
    select user_id, min(watch_month) as cohort_month from user_months group by user_id
),

months as (
    select unnest(generate_series(min(watch_month), max(watch_month), interval 1 month))::date as watch_month
    from user_months
),

cohorts as (
    select cohort_month, count(*) as cohort_users from users group by cohort_month
),

retained as (
    select cohort_month, watch_month, count(*) as retained_users
    from user_months
    inner join users using (user_id)
    group by cohort_month, watch_month
)

select
    cohorts.cohort_month,
    date_diff('month', cohorts.cohort_month, months.watch_month) as months_since,
    cohort_users,
    coalesce(retained_users, 0) as retained_users,
    coalesce(retained_users, 0) / cohort_users as retention_rate
from cohorts
inner join months on cohorts.cohort_month <= months.watch_month
left join retained on cohorts.cohort_month = retained.cohort_month and months.watch_month = retained.watch_month;

create or replace table gold_subscription_insights as
with sessions as (
    select
        user_id,
        count(*) as sessions,
        sum(duration_minutes) as minutes,
        count(completion_percentage) as completions,
        sum(completion_percentage) as completion_sum
    from counted_sessions
    group by user_id
)

select
    subscription_type,
    count(*) as total_users,
    count_if(outcome = 'current')::bigint as active_users,
    count_if(outcome = 'current') / count(*) as active_share,
    avg(total_watch_time_hours) as avg_watch_hours_per_user,
    coalesce(sum(sessions), 0)::bigint as total_sessions,
    sum(minutes) / sum(sessions) as avg_session_duration,
    sum(completion_sum) / nullif(sum(completions), 0) as avg_completion_rate
from staging.judged_users as users
left join sessions on users.user_id = sessions.user_id
where outcome in ('current', 'inactive_user')
group by subscription_type;

create or replace table gold_device_quality as
select
    device_type,
    quality_level,
    count(*) as sessions,
    sum(duration_minutes) / 60 as watch_hours,
    avg(completion_percentage) as avg_completion_rate,
    count(distinct user_id) as unique_users
from counted_sessions
group by device_type, quality_level;

create or replace table gold_content_lifecycle as
with pairs as (
    select content_id, user_id, count(*) as plays, max(completion_percentage) as best
    from counted_sessions
    group by content_id, user_id
),

viewers as (
    select
        content_id,
        count(*) as starters,
        count_if(best >= 70) as watchers,
        count_if(best >= 90) as completers,
        count_if(2 * plays >= plays_of_user) as exclusive_viewers
    from (select *, sum(plays) over (partition by user_id) as plays_of_user from pairs)
    group by content_id
),

running as (
    select
        content_id,
        watch_date,
        count(*) as plays,
        sum(duration_minutes) as minutes,
        min(watch_date) over (partition by content_id) as first_day,
        sum(count(*)) over (partition by content_id order by watch_date) as so_far,
        sum(count(*)) over (partition by content_id) as all_plays
    from counted_sessions
    group by content_id, watch_date
),

lives as (
    select
        content_id,
        first_day,
        sum(plays) filter (watch_date < first_day + 7) as week,
        sum(plays) filter (watch_date < first_day + 28) as four_weeks,
        min(watch_date) filter (2 * so_far >= all_plays) as half_life_day,
        sum(minutes) as minutes,
        sum(minutes) / sum(sum(minutes)) over () as watch_share
    from running
    group by content_id, first_day
)

select
    content_id,
    first_day as first_view_date,
    coalesce(starters, 0) as starters,
    coalesce(watchers, 0)::bigint as watchers,
    coalesce(completers, 0)::bigint as completers,
    coalesce(week, 0)::bigint as views_first_7_days,
    coalesce(four_weeks, 0)::bigint as views_first_28_days,
    half_life_day - first_day as half_life_days,
    coalesce(minutes, 0) / 60 as watch_hours,
    coalesce(watch_share, 0) as watch_share,
    coalesce(exclusive_viewers, 0)::bigint as exclusive_viewers
from silver_content
left join lives using (content_id)
left join viewers using (content_id);
