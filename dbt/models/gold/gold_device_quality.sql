select
    device_type,
    quality_level,
    {{ as_whole('count(*)') }} as sessions,
    {{ as_number('sum(duration_minutes)') }} / 60 as watch_hours,
    {{ average('completion_percentage') }} as avg_completion_rate,
    {{ as_whole('count(distinct user_id)') }} as unique_users
from {{ ref('counted_viewing_sessions') }}
group by device_type, quality_level
