with days as (
    select distinct
        user_id,
        {{ first_day_of_month('watch_date') }} as watch_month
    from {{ ref('counted_viewing_sessions') }}
),

users as (
    select
        user_id,
        min(watch_month) as cohort_month
    from days
    group by user_id
),

cohorts as (
    select
        cohort_month,
        count(*) as cohort_users
    from users
    group by cohort_month
),

calendar_days as (
    {{ calendar(ref('counted_viewing_sessions'), 'watch_date') }}
),

-- every month that the data reach, also one in which nobody watched
months as (
    select distinct {{ first_day_of_month('calendar_day') }} as watch_month
    from calendar_days
),

returned as (
    select
        users.cohort_month,
        days.watch_month,
        count(*) as retained_users
    from days
    inner join users on days.user_id = users.user_id
    group by users.cohort_month, days.watch_month
)

select
    cohorts.cohort_month,
    {{ as_whole(months_between('cohorts.cohort_month', 'months.watch_month')) }} as months_since,
    {{ as_whole('cohorts.cohort_users') }} as cohort_users,
    {{ as_whole('coalesce(returned.retained_users, 0)') }} as retained_users,
    {{ ratio('coalesce(returned.retained_users, 0)', 'cohorts.cohort_users') }} as retention_rate
from cohorts
inner join months on cohorts.cohort_month <= months.watch_month
left join returned
    on
        cohorts.cohort_month = returned.cohort_month
        and months.watch_month = returned.watch_month
