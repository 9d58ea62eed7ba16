select
    users.user_id,
    users.age,
    users.country,
    users.subscription_type,
    users.signup_date,
    users.total_watch_time_hours,
    {{ as_whole('coalesce(sessions.plays, 0)') }} as total_sessions,
    {{ ratio('sessions.minutes_watched', 'sessions.plays') }} as avg_session_duration,
    {{ as_number('coalesce(sessions.minutes_watched, 0)') }} as total_minutes_watched,
    {{ as_whole('coalesce(sessions.titles, 0)') }} as unique_content_watched,
    {{ ratio('sessions.completion_sum', 'sessions.completions') }} as avg_completion_rate,
    sessions.last_watch_date,
    {{ as_text("case
        when users.total_watch_time_hours >= " ~ var('power_user_hours') ~ " then 'Power User'
        when users.total_watch_time_hours >= " ~ var('heavy_user_hours') ~ " then 'Heavy User'
        when users.total_watch_time_hours >= " ~ var('regular_user_hours') ~ " then 'Regular User'
        else 'Light User'
    end") }} as user_segment,
    {{ as_whole(days_between('users.signup_date', as_of_date())) }} as days_since_signup
from {{ ref('silver_users') }} as users
left join {{ ref('user_totals') }} as sessions on users.user_id = sessions.user_id
