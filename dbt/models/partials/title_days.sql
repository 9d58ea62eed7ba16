{{ config(pre_hook=counted_anew(['content_id', 'watch_date'])) }}

select
    sessions.content_id,
    sessions.watch_date,
    sessions.is_active,
    {{ as_whole('count(*)') }} as plays,
    sum(sessions.duration_minutes) as minutes_watched,
    {{ as_whole('count(sessions.completion_percentage)') }} as completions,
    sum(sessions.completion_percentage) as completion_sum
from {{ ref('counted_viewing_sessions') }} as sessions{{ only_counted_anew(['content_id', 'watch_date'], 'sessions') }}
group by sessions.content_id, sessions.watch_date, sessions.is_active
