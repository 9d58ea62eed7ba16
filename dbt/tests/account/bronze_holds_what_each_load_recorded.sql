{#
    Guards: bronze is what the loads say it is. Each load's rows are as many as it recorded, loaded and rejected ones,
    and no row belongs to a load that does not exist (the trace of a load that was cut off).
#}
{% set entities = ['users', 'viewing_sessions', 'content'] %}

with recorded as (
    select
        load_id,
        {{ as_text('entity') }} as entity,
        {{ as_text("'loaded'") }} as what,
        records_loaded as records
    from {{ source('bronze', 'loads') }}

    union all

    select
        load_id,
        {{ as_text('entity') }} as entity,
        {{ as_text("'rejected'") }} as what,
        records_rejected as records
    from {{ source('bronze', 'loads') }}
),

counted as (
    {%- for entity in entities %}
    select
        _load_id as load_id,
        {{ as_text("'" ~ entity ~ "'") }} as entity,
        {{ as_text("'loaded'") }} as what,
        count(*) as records
    from {{ source('bronze', entity) }}
    group by _load_id

    union all
    {% endfor %}
    select
        load_id,
        {{ as_text('entity') }} as entity,
        {{ as_text("'rejected'") }} as what,
        count(*) as records
    from {{ source('bronze', 'rejected_records') }}
    group by load_id, {{ as_text('entity') }}
)

select
    coalesce(recorded.entity, counted.entity) as entity,
    coalesce(recorded.load_id, counted.load_id) as load_id,
    coalesce(recorded.what, counted.what) as what,
    coalesce(recorded.records, 0) as expected,
    coalesce(counted.records, 0) as found
from recorded
full outer join counted
    on
        recorded.load_id = counted.load_id
        and recorded.entity = counted.entity
        and recorded.what = counted.what
where coalesce(recorded.records, 0) <> coalesce(counted.records, 0)
