{#
    Guards: every rule in the account can be explained. It stands in data_quality_rules for the same entity and outcome;
    records set aside have a rule, and records of other outcomes have none. `expected` is 1 where a declaration is due.
#}
with accounted as (
    select
        {{ as_text('entity') }} as entity,
        {{ as_text('outcome') }} as outcome,
        {{ as_text(adapter.quote('rule')) }} as broken_rule,
        case when outcome in ('quarantined', 'held') then 1 else 0 end as expected
    from {{ ref('gold_data_quality') }}
),

declared as (
    select
        {{ as_text('entity') }} as entity,
        {{ as_text('outcome') }} as outcome,
        {{ as_text(adapter.quote('rule')) }} as broken_rule
    from {{ ref('data_quality_rules') }}
)

select
    accounted.entity,
    accounted.outcome,
    accounted.broken_rule,
    accounted.expected,
    case when declared.broken_rule is null then 0 else 1 end as found
from accounted
left join declared
    on
        accounted.entity = declared.entity
        and accounted.outcome = declared.outcome
        and accounted.broken_rule = declared.broken_rule
where
    accounted.expected <> case when declared.broken_rule is null then 0 else 1 end
    or (accounted.expected = 0 and accounted.broken_rule is not null)
