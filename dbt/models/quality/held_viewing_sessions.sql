select
    session_id,
    broken_rule as {{ adapter.quote('rule') }},
    offending_value,
    user_id,
    content_id,
    watch_date,
    duration_minutes,
    load_id,
    source_file,
    source_row
from {{ ref('judged_viewing_sessions') }}
where outcome = 'held'
