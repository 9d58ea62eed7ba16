with users as (
    select
        user_id,
        device_type,
        quality_level,
        count(*) as plays,
        sum(duration_minutes) as minutes_watched,
        count(completion_percentage) as completions,
        sum(completion_percentage) as completion_sum
    from {{ ref('counted_viewing_sessions') }}
    group by user_id, device_type, quality_level
)

select
    device_type,
    quality_level,
    {{ as_whole('sum(plays)') }} as sessions,
    {{ as_number('sum(minutes_watched)') }} / 60 as watch_hours,
    {{ ratio('sum(completion_sum)', 'sum(completions)') }} as avg_completion_rate,
    {{ as_whole('count(*)') }} as unique_users
from users
group by device_type, quality_level
