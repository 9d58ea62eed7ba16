{#
    Guards: a load's own numbers add up. What a file delivered was either loaded or rejected, and nothing else.
#}
select
    entity,
    load_id,
    records_delivered as expected,
    records_loaded + records_rejected as found
from {{ source('bronze', 'loads') }}
where records_delivered <> records_loaded + records_rejected
