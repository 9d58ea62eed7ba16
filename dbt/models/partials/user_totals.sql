{{ config(pre_hook=counted_anew(['user_id'])) }}

with sessions as (
    select
        sessions.user_id,
        sessions.is_active,
        {{ as_whole('count(*)') }} as plays,
        sum(sessions.duration_minutes) as minutes_watched,
        {{ as_whole('count(sessions.completion_percentage)') }} as completions,
        sum(sessions.completion_percentage) as completion_sum,
        max(sessions.watch_date) as last_watch_date
    from {{ ref('counted_viewing_sessions') }} as sessions{{ only_counted_anew(['user_id'], 'sessions') }}
    group by sessions.user_id, sessions.is_active
),

titles as (
    select
        pairs.user_id,
        {{ as_whole('count(*)') }} as titles,
        max(pairs.plays) as most_plays
    from {{ user_titles_to_count() }} as pairs{{ only_counted_anew(['user_id'], 'pairs') }}
    group by pairs.user_id
)

select
    sessions.user_id,
    sessions.is_active,
    sessions.plays,
    sessions.minutes_watched,
    sessions.completions,
    sessions.completion_sum,
    sessions.last_watch_date,
    titles.titles,
    titles.most_plays
from sessions
inner join titles on sessions.user_id = titles.user_id
