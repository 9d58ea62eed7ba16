with visits as (
    select
        first_date,
        watch_date,
        count(*) as users
    from {{ ref('user_days') }}
    -- a user's first day in a month: the day before it was at least as many days ago as the month is old
    where previous_date is null or {{ days_between('previous_date', 'watch_date') }} >= day(watch_date)
    group by first_date, watch_date
),

months_of_visits as (
    select
        {{ first_day_of_month('first_date') }} as cohort_month,
        {{ first_day_of_month('watch_date') }} as watch_month,
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
    {{ calendar(ref('title_days'), 'watch_date') }}
),

-- every month that the data reach, also one in which nobody watched
months as (
    select distinct {{ first_day_of_month('calendar_day') }} as watch_month
    from calendar_days
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
