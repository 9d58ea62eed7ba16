{% set keys = {'users': 'user_id', 'viewing_sessions': 'session_id', 'content': 'content_id'} %}

with withdrawn as (
    {{ withdrawn_loads() }}
),

concerned as (
    select load_id
    from {{ source('bronze', 'repairs') }}
    union
    select original_load_id as load_id
    from {{ source('bronze', 'repairs') }}
),

judged as (
    {%- for entity, key in keys.items() %}
    select
        {{ as_text("'" ~ entity ~ "'") }} as entity,
        records.{{ key }} as record_key,
        records.broken_rule,
        records.offending_value,
        records.outcome,
        records.load_id,
        records.source_file,
        records.source_row
    from {{ ref('judged_' ~ entity) }} as records
    inner join concerned on records.load_id = concerned.load_id
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

originals as (
    select
        broken_rule,
        offending_value,
        load_id,
        source_file,
        source_row
    from judged
    where outcome = 'repaired'

    union all

    select
        {{ as_text("'rejected'") }} as broken_rule,
        {{ as_text('rejected.reason') }} as offending_value,
        rejected.load_id,
        {{ as_text('rejected.source_file') }} as source_file,
        rejected.source_row
    from {{ source('bronze', 'rejected_records') }} as rejected
    left join withdrawn on rejected.load_id = withdrawn.load_id
    where withdrawn.load_id is null
),

-- of several valid repairs of one record the last one
mended as (
    select
        repairs.original_load_id,
        repairs.original_row,
        judged.entity,
        judged.record_key,
        judged.outcome,
        judged.load_id,
        judged.source_file,
        judged.source_row,
        row_number() over (
            partition by repairs.original_load_id, repairs.original_row
            order by repairs.load_id desc, repairs.source_row desc
        ) as place
    from {{ source('bronze', 'repairs') }} as repairs
    inner join judged
        on
            repairs.load_id = judged.load_id
            and repairs.source_row = judged.source_row
    left join withdrawn on repairs.load_id = withdrawn.load_id
    where
        judged.outcome <> 'quarantined'
        and withdrawn.load_id is null
)

select
    mended.entity,
    originals.broken_rule as {{ adapter.quote('rule') }},
    originals.offending_value,
    originals.load_id,
    originals.source_file,
    originals.source_row,
    mended.record_key,
    mended.outcome as repair_outcome,
    mended.load_id as repair_load_id,
    mended.source_file as repair_source_file,
    mended.source_row as repair_source_row
from originals
inner join mended
    on
        originals.load_id = mended.original_load_id
        and originals.source_row = mended.original_row
        and mended.place = 1
