with sessions as (
    select
        user_id,
        count(*) as total_sessions,
        {{ average('duration_minutes') }} as avg_session_duration,
        sum(duration_minutes) as total_minutes_watched,
        count(distinct content_id) as unique_content_watched,
        {{ average('completion_percentage') }} as avg_completion_rate,
        max(watch_date) as last_watch_date
    from {{ ref('silver_viewing_sessions') }}
    group by user_id
)

select
    users.user_id,
    users.age,
    users.country,
    users.subscription_type,
    users.signup_date,
    users.total_watch_time_hours,
    {{ as_whole('coalesce(sessions.total_sessions, 0)') }} as total_sessions,
    sessions.avg_session_duration,
    {{ as_number('coalesce(sessions.total_minutes_watched, 0)') }} as total_minutes_watched,
    {{ as_whole('coalesce(sessions.unique_content_watched, 0)') }} as unique_content_watched,
    sessions.avg_completion_rate,
    sessions.last_watch_date,
    {{ as_text("case
        when users.total_watch_time_hours >= " ~ var('power_user_hours') ~ " then 'Power User'
        when users.total_watch_time_hours >= " ~ var('heavy_user_hours') ~ " then 'Heavy User'
        when users.total_watch_time_hours >= " ~ var('regular_user_hours') ~ " then 'Regular User'
        else 'Light User'
    end") }} as user_segment,
    {{ as_whole(days_between('users.signup_date', as_of_date())) }} as days_since_signup
from {{ ref('silver_users') }} as users
left join sessions on users.user_id = sessions.user_id
