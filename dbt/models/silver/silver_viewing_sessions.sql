{{ config(pre_hook=changed_since_last_turn(), post_hook=searched_once_for_tests()) }}

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
where outcome = 'current'{{ only_changed_since_last_turn('and') }}
