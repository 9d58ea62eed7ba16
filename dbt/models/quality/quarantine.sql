{% set keys = {'users': 'user_id', 'viewing_sessions': 'session_id', 'content': 'content_id'} %}

with quarantined as (
    {%- for entity, key in keys.items() %}
    select
        {{ as_text("'" ~ entity ~ "'") }} as entity,
        {{ key }} as record_key,
        broken_rule,
        offending_value,
        load_id,
        source_file,
        source_row
    from {{ ref('judged_' ~ entity) }}
    where outcome = 'quarantined'
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- a repair that breaks a rule itself: of what it was to mend, the record that was delivered first
mended as (
    select
        repairs.load_id,
        repairs.source_row,
        repairs.original_load_id,
        repairs.original_row,
        {{ as_text('loads.source_file') }} as original_file,
        row_number() over (
            partition by repairs.load_id, repairs.source_row order by repairs.original_load_id, repairs.original_row
        ) as place
    from {{ source('bronze', 'repairs') }} as repairs
    inner join {{ source('bronze', 'loads') }} as loads on repairs.original_load_id = loads.load_id
)

select
    quarantined.entity,
    quarantined.record_key,
    quarantined.broken_rule as {{ adapter.quote('rule') }},
    quarantined.offending_value,
    quarantined.load_id,
    quarantined.source_file,
    quarantined.source_row,
    mended.original_load_id as mends_load_id,
    mended.original_file as mends_source_file,
    mended.original_row as mends_source_row
from quarantined
left join mended
    on
        quarantined.load_id = mended.load_id
        and quarantined.source_row = mended.source_row
        and mended.place = 1
