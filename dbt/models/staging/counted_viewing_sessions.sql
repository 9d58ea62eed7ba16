{{ config(materialized='view') }}

select
    session_id,
    user_id,
    content_id,
    watch_date,
    duration_minutes,
    completion_percentage,
    device_type,
    quality_level
from {{ ref('judged_viewing_sessions') }}
where outcome in ('current', 'inactive_user')
