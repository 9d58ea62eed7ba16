{{ config(pre_hook=changed_since_last_turn(), post_hook=kept_for_tests('judged_viewing_sessions')) }}

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
