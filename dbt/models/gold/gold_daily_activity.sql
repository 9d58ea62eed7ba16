{#
    A user who watched on a day counts in the windows that end on that day and on the days after it, until the window
    has passed or the user's next day begins to count instead. So a window's distinct users are a running sum of those
    who came in and those who dropped out: the cost does not grow with the length of the window.
#}
{% set windows = {'wau': var('weekly_window_days'), 'mau': var('monthly_window_days')} %}

with watched as (
    select
        watch_date,
        sum(plays) as sessions,
        sum(minutes_watched) as minutes_watched
    from {{ ref('title_days') }}
    group by watch_date
),

-- the same visits that came on the same day, with the same next one, leave the windows together
visits as (
    select
        watch_date,
        next_date,
        count(*) as users,
        sum(case when previous_date is null then 1 else 0 end) as new_users
    from {{ ref('user_days') }}
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
{% for name, days in windows.items() %}
{{ name }}_ends as (
    select
        case
            when next_date < {{ add_days('watch_date', days) }} then next_date
            else {{ add_days('watch_date', days) }}
        end as watch_date,
        users
    from visits
),

{{ name }}_left as (
    select
        watch_date,
        sum(users) as users
    from {{ name }}_ends
    group by watch_date
),
{% endfor %}
days as (
    {{ calendar(ref('title_days'), 'watch_date') }}
),

counted as (
    select
        days.calendar_day as activity_date,
        coalesce(watched.sessions, 0) as sessions,
        coalesce(watched.minutes_watched, 0) as minutes_watched,
        coalesce(came.dau, 0) as dau,
        {%- for name in windows %}
        sum(coalesce(came.dau, 0) - coalesce({{ name }}_left.users, 0)) over (
            order by days.calendar_day
            rows between unbounded preceding and current row
        ) as {{ name }},
        {%- endfor %}
        coalesce(came.new_users, 0) as new_users
    from days
    left join watched on days.calendar_day = watched.watch_date
    left join came on days.calendar_day = came.watch_date
    {%- for name in windows %}
    left join {{ name }}_left on days.calendar_day = {{ name }}_left.watch_date
    {%- endfor %}
)

select
    activity_date,
    {{ as_whole('sessions') }} as sessions,
    {{ as_number('minutes_watched') }} / 60 as watch_hours,
    {{ as_whole('dau') }} as dau,
    {{ as_whole('wau') }} as wau,
    {{ as_whole('mau') }} as mau,
    {{ ratio('dau', 'mau') }} as stickiness,
    {{ as_whole('new_users') }} as new_users
from counted
