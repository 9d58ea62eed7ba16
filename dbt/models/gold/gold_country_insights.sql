with users as (
    select
        country,
        count(*) as total_users,
        {{ average('total_watch_time_hours') }} as avg_watch_hours_per_user,
        {{ average('age') }} as avg_user_age
    from {{ ref('silver_users') }}
    group by country
),

sessions as (
    select
        users.country,
        sum(sessions.plays) as total_sessions,
        {{ ratio('sum(sessions.minutes_watched)', 'sum(sessions.plays)') }} as avg_session_duration
    from {{ ref('user_totals') }} as sessions
    inner join {{ ref('silver_users') }} as users on sessions.user_id = users.user_id
    group by users.country
),

watched as (
    select distinct
        users.country,
        pairs.content_id
    from {{ ref('user_titles') }} as pairs
    inner join {{ ref('silver_users') }} as users on pairs.user_id = users.user_id
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
    {{ as_whole('users.total_users') }} as total_users,
    users.avg_watch_hours_per_user,
    users.avg_user_age,
    {{ as_whole('coalesce(sessions.total_sessions, 0)') }} as total_sessions,
    sessions.avg_session_duration,
    {{ as_whole('coalesce(titles.unique_content_consumed, 0)') }} as unique_content_consumed
from users
left join sessions on users.country = sessions.country
left join titles on users.country = titles.country
