{#
    Guards: what does not count can be looked up. For each entity and rule, `quarantine` and `held_viewing_sessions`
    have as many rows as the account counts under `quarantined` and `held`, `repaired_records` as under `repaired`.
#}
with accounted as (
    select
        {{ as_text('entity') }} as entity,
        {{ as_text('outcome') }} as outcome,
        coalesce({{ as_text(adapter.quote('rule')) }}, 'any') as broken_rule,
        records
    from {{ ref('gold_data_quality') }}
    where outcome in ('quarantined', 'held', 'repaired')
),

shown as (
    select
        {{ as_text('entity') }} as entity,
        {{ as_text("'quarantined'") }} as outcome,
        {{ as_text(adapter.quote('rule')) }} as broken_rule,
        count(*) as records
    from {{ ref('quarantine') }}
    group by {{ as_text('entity') }}, {{ as_text(adapter.quote('rule')) }}

    union all

    select
        {{ as_text("'viewing_sessions'") }} as entity,
        {{ as_text("'held'") }} as outcome,
        {{ as_text(adapter.quote('rule')) }} as broken_rule,
        count(*) as records
    from {{ ref('held_viewing_sessions') }}
    group by {{ as_text(adapter.quote('rule')) }}

    union all

    select
        {{ as_text('entity') }} as entity,
        {{ as_text("'repaired'") }} as outcome,
        {{ as_text("'any'") }} as broken_rule,
        count(*) as records
    from {{ ref('repaired_records') }}
    group by {{ as_text('entity') }}
)

select
    coalesce(accounted.entity, shown.entity) as entity,
    coalesce(accounted.outcome, shown.outcome) as outcome,
    coalesce(accounted.broken_rule, shown.broken_rule) as broken_rule,
    coalesce(accounted.records, 0) as expected,
    coalesce(shown.records, 0) as found
from accounted
full outer join shown
    on
        accounted.entity = shown.entity
        and accounted.outcome = shown.outcome
        and accounted.broken_rule = shown.broken_rule
where coalesce(accounted.records, 0) <> coalesce(shown.records, 0)
