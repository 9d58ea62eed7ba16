with outcomes as (
    select
        entity,
        'rejected' as outcome,
        {{ as_text('null') }} as broken_rule,
        count(*) as records
    from {{ source('bronze', 'rejected_records') }}{{ where_seen('load_id') }}
    group by entity

    {% for entity in ['users', 'viewing_sessions', 'content'] %}
    union all

    select
        '{{ entity }}' as entity,
        outcome,
        broken_rule,
        count(*) as records
    from {{ ref('judged_' ~ entity) }}
    group by outcome, broken_rule
    {% endfor %}
)

select
    {{ as_text('entity') }} as entity,
    {{ as_text('outcome') }} as outcome,
    {{ as_text('broken_rule') }} as {{ adapter.quote('rule') }},
    {{ as_whole('records') }} as records
from outcomes
