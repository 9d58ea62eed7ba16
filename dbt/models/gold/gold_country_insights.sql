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
        count(*) as total_sessions,
        {{ average('sessions.duration_minutes') }} as avg_session_duration,
        count(distinct sessions.content_id) as unique_content_consumed
    from {{ ref('silver_viewing_sessions') }} as sessions
    inner join {{ ref('silver_users') }} as users on sessions.user_id = users.user_id
    group by users.country
)

select
    users.country,
    {{ as_whole('users.total_users') }} as total_users,
    users.avg_watch_hours_per_user,
    users.avg_user_age,
    {{ as_whole('coalesce(sessions.total_sessions, 0)') }} as total_sessions,
    sessions.avg_session_duration,
    {{ as_whole('coalesce(sessions.unique_content_consumed, 0)') }} as unique_content_consumed
from users
left join sessions on users.country = sessions.country
