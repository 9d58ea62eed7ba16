{{ config(pre_hook=judged_anew('viewing_sessions')) }}

with {{ superseded(to_judge('viewing_sessions'), 'session_id') }},

known_users as (
    select
        user_id,
        is_active
    from {{ ref('judged_users') }}
    where outcome in ('current', 'inactive_user')
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
        case when superseded.load_id is not null then 1 else 0 end as is_superseded,
        case
            when sessions.broken_rule is not null or superseded.load_id is not null then null
            {%- for rule in rules_of('viewing_sessions', 'held') %}
            when {{ rule.broken_when }} then '{{ rule.rule }}'
            {%- endfor %}
        end as held_by_rule
    from {{ to_judge('viewing_sessions') }} as sessions
    left join superseded
        on
            sessions.load_id = superseded.load_id
            and sessions.source_row = superseded.source_row
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
        when broken_rule is not null then 'quarantined'
        when is_superseded = 1 then 'superseded'
        when held_by_rule is not null then 'held'
        when is_active = 1 then 'current'
        else 'inactive_user'
    end") }} as outcome
from judged
