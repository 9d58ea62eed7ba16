{{ config(pre_hook=changed_since_last_turn(), post_hook=kept_for_tests('silver_viewing_sessions')) }}

select
    session_id,
    {{ date_key('watch_date') }} as date_key,
    user_id,
    content_id,
    watch_date,
    device_type,
    quality_level,
    duration_minutes,
    completion_percentage
from {{ ref('silver_viewing_sessions') }}{{ only_changed_since_last_turn() }}
