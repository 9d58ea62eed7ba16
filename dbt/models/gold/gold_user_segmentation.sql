with segments as (
    select
        user_segment,
        count(*) as users_in_segment,
        {{ average('total_watch_time_hours') }} as avg_watch_hours,
        {{ average('total_sessions') }} as avg_sessions_per_user,
        {{ average('unique_content_watched') }} as avg_unique_content
    from {{ ref('gold_user_analytics') }}
    group by user_segment
)

select
    user_segment,
    {{ as_whole('users_in_segment') }} as users_in_segment,
    avg_watch_hours,
    avg_sessions_per_user,
    avg_unique_content,
    {{ two_decimals(ratio(
        '100 * ' ~ as_number('users_in_segment'), 'sum(users_in_segment) over ()'
    )) }} as segment_percentage
from segments
