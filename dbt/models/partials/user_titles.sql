{{ config(pre_hook=counted_anew(['user_id', 'content_id'])) }}

select
    sessions.user_id,
    sessions.content_id,
    sessions.is_active,
    {{ as_whole('count(*)') }} as plays,
    max(sessions.completion_percentage) as best_completion
from {{ ref('counted_viewing_sessions') }} as sessions{{ only_counted_anew(['user_id', 'content_id'], 'sessions') }}
group by sessions.user_id, sessions.content_id, sessions.is_active
{{ stored_in_order_of('sessions.user_id') }}
