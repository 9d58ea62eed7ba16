{% set judged = ['users', 'viewing_sessions', 'content'] %}

with withdrawn as (
    {{ withdrawn_loads() }}
),

{% for entity in judged %}
{{ repaired(entity, ref('judged_' ~ entity), 'repaired_' ~ entity, "mended.outcome <> 'quarantined'") }},

{% endfor %}
repaired as (
    {%- for entity in judged %}
    select
        load_id,
        source_row
    from repaired_{{ entity }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

rejected as (
    select
        load_id,
        source_row,
        entity
    from {{ source('bronze', 'rejected_records') }}{{ where_seen('load_id') }}
),

rejected_judged as (
    select
        rejected.entity,
        case
            when withdrawn.load_id is not null then 'withdrawn'
            when repaired.load_id is not null then 'repaired'
            else 'rejected'
        end as outcome
    from rejected
    left join withdrawn on rejected.load_id = withdrawn.load_id
    left join repaired
        on
            rejected.load_id = repaired.load_id
            and rejected.source_row = repaired.source_row
),

outcomes as (
    select
        entity,
        outcome,
        {{ as_text('null') }} as broken_rule,
        count(*) as records
    from rejected_judged
    group by entity, outcome

    union all

    -- of these nothing is left but their number
    select
        entity,
        'forgotten' as outcome,
        {{ as_text('null') }} as broken_rule,
        sum(records_loaded + records_rejected) as records
    from {{ source('bronze', 'forgotten_records') }}{{ where_seen('load_id') }}
    group by entity

    {% for entity in judged %}
    union all

    select
        '{{ entity }}' as entity,
        outcome,
        case when outcome in ('quarantined', 'held') then broken_rule end as broken_rule,
        count(*) as records
    from {{ ref('judged_' ~ entity) }}
    group by outcome, case when outcome in ('quarantined', 'held') then broken_rule end
    {% endfor %}
),

-- records of one outcome may have been counted in two places: read or not, they were withdrawn
summed as (
    select
        entity,
        outcome,
        broken_rule,
        sum(records) as records
    from outcomes
    group by entity, outcome, broken_rule
)

select
    {{ as_text('entity') }} as entity,
    {{ as_text('outcome') }} as outcome,
    {{ as_text('broken_rule') }} as {{ adapter.quote('rule') }},
    {{ as_whole('records') }} as records
from summed
where records > 0
