with plans as (
    select
        users.subscription_type,
        count(*) as total_users,
        sum(users.is_active) as active_users,
        {{ average('users.total_watch_time_hours') }} as avg_watch_hours_per_user,
        coalesce(sum(sessions.plays), 0) as total_sessions,
        sum(sessions.minutes_watched) as minutes_watched,
        sum(sessions.completions) as completions,
        sum(sessions.completion_sum) as completion_sum
    from {{ ref('judged_users') }} as users
    left join {{ ref('user_totals') }} as sessions on users.user_id = sessions.user_id
    where {{ has_outcome(['current', 'inactive_user'], 'users') }}
    group by users.subscription_type
)

select
    subscription_type,
    {{ as_whole('total_users') }} as total_users,
    {{ as_whole('active_users') }} as active_users,
    {{ ratio('active_users', 'total_users') }} as active_share,
    avg_watch_hours_per_user,
    {{ as_whole('total_sessions') }} as total_sessions,
    {{ ratio('minutes_watched', 'total_sessions') }} as avg_session_duration,
    {{ ratio('completion_sum', 'completions') }} as avg_completion_rate
from plans
