{% set session_rules = rules_of('viewing_sessions', 'quarantined') %}
{% set duration_rules = session_rules | selectattr('value', 'equalto', 'watch_duration_minutes') %}
{% set duration_is_broken = duration_rules | map(attribute='broken_when') | join(' or ') %}
{% set refers_to = {'users': 'user_id', 'content': 'content_id'} %}

with broken as (
    select
        session_id,
        broken_rule,
        load_id,
        source_file,
        case when {{ duration_is_broken }} then 0 else duration_minutes end as minutes,
        case
            when session_id is null then 1
            else row_number() over (partition by session_id order by load_id desc, source_row desc)
        end as place
    from {{ ref('judged_viewing_sessions') }}
    where outcome = 'quarantined'
),

-- of all records of these sessions: engines then keep the few broken ones in memory, and not all valid ones
valid_by_another_record as (
    select judged.session_id
    from {{ ref('judged_viewing_sessions') }} as judged
    where judged.session_id in (select broken.session_id from broken)
    group by judged.session_id
    having max(case when {{ has_outcome(['current', 'inactive_user', 'held'], 'judged') }} then 1 else 0 end) = 1
),

-- a session is lost once, and not at all where another record of it is valid
lost as (
    select broken.*
    from broken
    left join valid_by_another_record on broken.session_id = valid_by_another_record.session_id
    where
        broken.place = 1
        and valid_by_another_record.session_id is null
),

{% for entity, key in refers_to.items() %}
quarantined_{{ entity }} as (
    select
        {{ key }},
        broken_rule,
        load_id,
        source_file,
        row_number() over (partition by {{ key }} order by load_id desc, source_row desc) as place
    from {{ ref('judged_' ~ entity) }}
    where outcome = 'quarantined'
),

{% endfor %}
-- what waits, waits for the user or title that was delivered broken, or was not delivered at all
uncounted as (
    select
        {{ as_text("'viewing_sessions'") }} as entity,
        {{ as_text("'rejected'") }} as broken_rule,
        load_id,
        source_file,
        0 as minutes
    from {{ ref('records_to_repair') }}
    where
        entity = 'viewing_sessions'
        and {{ adapter.quote('rule') }} = 'rejected'

    union all

    select
        {{ as_text("'viewing_sessions'") }} as entity,
        broken_rule,
        load_id,
        source_file,
        minutes
    from lost
    {% for entity, key in refers_to.items() %}
    {%- set blamed = 'quarantined_' ~ entity %}
    union all

    select
        case
            when {{ blamed }}.{{ key }} is null then {{ as_text("'viewing_sessions'") }}
            else {{ as_text("'" ~ entity ~ "'") }}
        end as entity,
        coalesce({{ blamed }}.broken_rule, held.{{ adapter.quote('rule') }}) as broken_rule,
        coalesce({{ blamed }}.load_id, held.load_id) as load_id,
        coalesce({{ blamed }}.source_file, held.source_file) as source_file,
        held.duration_minutes as minutes
    from {{ ref('held_viewing_sessions') }} as held
    left join {{ blamed }}
        on
            held.{{ key }} = {{ blamed }}.{{ key }}
            and {{ blamed }}.place = 1
    where held.{{ adapter.quote('rule') }} = '{{ 'user_unknown' if entity == 'users' else 'content_unknown' }}'
    {% endfor %}
)

select
    entity,
    broken_rule as {{ adapter.quote('rule') }},
    load_id,
    source_file,
    {{ as_whole('count(*)') }} as sessions,
    {{ as_number('sum(minutes)') }} / 60 as watch_hours
from uncounted
group by entity, broken_rule, load_id, source_file
