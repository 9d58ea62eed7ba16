{#
    Guards: `current` in the account means "in silver". For each entity it counts exactly the rows of the silver table.
#}
{% set entities = ['users', 'viewing_sessions', 'content'] %}

with accounted as (
    select
        {{ as_text('entity') }} as entity,
        sum(records) as records
    from {{ ref('gold_data_quality') }}
    where outcome = 'current'
    group by {{ as_text('entity') }}
),

silver as (
    {%- for entity in entities %}
    select
        {{ as_text("'" ~ entity ~ "'") }} as entity,
        count(*) as records
    from {{ ref('silver_' ~ entity) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    silver.entity,
    coalesce(accounted.records, 0) as expected,
    silver.records as found
from silver
left join accounted on silver.entity = accounted.entity
where silver.records <> coalesce(accounted.records, 0)
