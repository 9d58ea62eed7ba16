{#
    Guards: no record is lost or counted twice between the file and the account. For each entity, all outcomes in
    gold_data_quality together are the records that its loads delivered, as far as the build has seen them.
#}
with delivered as (
    select
        {{ as_text('entity') }} as entity,
        sum(records_delivered) as records
    from {{ source('bronze', 'loads') }}{{ where_seen('load_id') }}
    group by {{ as_text('entity') }}
),

accounted as (
    select
        {{ as_text('entity') }} as entity,
        sum(records) as records
    from {{ ref('gold_data_quality') }}
    group by {{ as_text('entity') }}
)

select
    coalesce(delivered.entity, accounted.entity) as entity,
    coalesce(delivered.records, 0) as expected,
    coalesce(accounted.records, 0) as found
from delivered
full outer join accounted on delivered.entity = accounted.entity
where coalesce(delivered.records, 0) <> coalesce(accounted.records, 0)
