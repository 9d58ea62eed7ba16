{{ config(pre_hook=judged_anew('viewing_sessions')) }}

with {{ amended('viewing_sessions', ref('stg_viewing_sessions')) }},

{{ superseded(to_judge('viewing_sessions'), 'session_id') }},

known_users as (
    select
        user_id,
        is_active
    from {{ ref('judged_users') }}
    where {{ has_outcome(['current', 'inactive_user']) }}
),

known_titles as (
    select content_id
    from {{ ref('judged_content') }}
    where outcome = 'current'
),

judged as (
    select
        sessions.*,
        known_users.is_active,
        case
            when withdrawn.load_id is not null then 'withdrawn'
            when repaired.load_id is not null then 'repaired'
            when sessions.broken_rule is not null then 'quarantined'
            when superseded.load_id is not null then 'superseded'
        end as set_aside_as,
        case
            when
                withdrawn.load_id is not null
                or repaired.load_id is not null
                or sessions.broken_rule is not null
                or superseded.load_id is not null
                then null
            {%- for rule in rules_of('viewing_sessions', 'held') %}
            when {{ rule.broken_when }} then '{{ rule.rule }}'
            {%- endfor %}
        end as held_by_rule
    from {{ to_judge('viewing_sessions') }} as sessions
    left join superseded
        on
            sessions.load_id = superseded.load_id
            and sessions.source_row = superseded.source_row
    left join withdrawn on sessions.load_id = withdrawn.load_id
    left join repaired
        on
            sessions.load_id = repaired.load_id
            and sessions.source_row = repaired.source_row
    left join known_users on sessions.user_id = known_users.user_id
    left join known_titles on sessions.content_id = known_titles.content_id
)

select
    session_id,
    user_id,
    content_id,
    watch_date,
    duration_minutes,
    completion_percentage,
    device_type,
    quality_level,
    {{ as_text('coalesce(broken_rule, held_by_rule)') }} as broken_rule,
    {{ held_value('viewing_sessions') }} as offending_value,
    load_id,
    source_file,
    source_row,
    marks,
    {{ as_text("case
        when set_aside_as is not null then set_aside_as
        when held_by_rule is not null then 'held'
        when is_active = 1 then 'current'
        else 'inactive_user'
    end") }} as outcome,
    {{ last_seen_load_id() }} as judged_with_load_id
from judged
