{{ config(pre_hook=counted_anew(['user_id', 'watch_date'], 'touched_days')) }}

with days as (
    select distinct
        sessions.user_id,
        sessions.watch_date
    from {{ ref('counted_viewing_sessions') }} as sessions
    {{- only_counted_anew(['user_id', 'watch_date'], 'sessions', 'seen_days') }}
),

in_turn as (
    select
        user_id,
        watch_date,
        first_value(watch_date) over (partition by user_id order by watch_date) as first_date,
        lag(watch_date) over (partition by user_id order by watch_date) as previous_date,
        lead(watch_date) over (partition by user_id order by watch_date) as next_date
    from days
)

select
    user_id,
    watch_date,
    first_date,
    previous_date,
    next_date
from in_turn{{ only_counted_anew(['user_id', 'watch_date'], 'in_turn', 'touched_days') }}
