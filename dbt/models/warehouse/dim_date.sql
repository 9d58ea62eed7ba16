{% set month_names = [
    'January', 'February', 'March', 'April', 'May', 'June',
    'July', 'August', 'September', 'October', 'November', 'December',
] %}
{% set day_names = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] %}

with days as (
    {{ calendar(ref('silver_viewing_sessions'), 'watch_date') }}
),

numbered as (
    select
        calendar_day,
        year(calendar_day) as calendar_year,
        month(calendar_day) as month_number,
        day(calendar_day) as day_of_month,
        -- 0001-01-01 was a Monday
        {{ days_between("cast('0001-01-01' as date)", 'calendar_day') }} % 7 + 1 as day_of_week
    from days
)

select
    {{ date_key('calendar_day') }} as date_key,
    calendar_day as date_day,
    calendar_year,
    {{ as_whole('floor((month_number + 2) / 3)') }} as quarter_number,
    month_number,
    {{ name_of('month_number', month_names) }} as month_name,
    {{ add_days('calendar_day', '1 - day_of_month') }} as first_day_of_month,
    {{ add_days('calendar_day', '1 - day_of_week') }} as first_day_of_week,
    day_of_month,
    day_of_week,
    {{ name_of('day_of_week', day_names) }} as day_name,
    case when day_of_week >= 6 then 1 else 0 end as is_weekend
from numbered
