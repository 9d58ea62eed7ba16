{{ config(materialized='view') }}

select
    session_id,
    user_id,
    content_id,
    watch_date,
    duration_minutes,
    completion_percentage,
    device_type,
    quality_level,
    case when outcome = 'current' then 1 else 0 end as is_active
from {{ ref('judged_viewing_sessions') }}
where {{ has_outcome(['current', 'inactive_user']) }}
