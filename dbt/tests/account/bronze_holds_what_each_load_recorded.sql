{#
    Guards: bronze is what the loads say it is. Each load's rows are as many as it recorded, loaded and rejected ones,
    and no row belongs to a load that does not exist (the trace of a load that was cut off). Of
    records of forgotten users only how many they were is there.
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

    {%- for what in ('loaded', 'rejected') %}

    union all

    select
        load_id,
        {{ as_text('entity') }} as entity,
        {{ as_text("'" ~ what ~ "'") }} as what,
        records_{{ what }} as records
    from {{ source('bronze', 'forgotten_records') }}
    {%- endfor %}
),

found_of as (
    select
        load_id,
        entity,
        what,
        sum(records) as records
    from counted
    group by load_id, entity, what
)

select
    coalesce(recorded.entity, found_of.entity) as entity,
    coalesce(recorded.load_id, found_of.load_id) as load_id,
    coalesce(recorded.what, found_of.what) as what,
    coalesce(recorded.records, 0) as expected,
    coalesce(found_of.records, 0) as found
from recorded
full outer join found_of
    on
        recorded.load_id = found_of.load_id
        and recorded.entity = found_of.entity
        and recorded.what = found_of.what
where coalesce(recorded.records, 0) <> coalesce(found_of.records, 0)
