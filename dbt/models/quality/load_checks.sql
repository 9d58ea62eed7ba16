with seen_loads as (
    select
        load_id,
        {{ as_text('entity') }} as entity,
        {{ as_text('source_file') }} as source_file,
        {{ as_text(file_pattern('source_file')) }} as file_pattern,
        records_delivered,
        status
    from {{ source('bronze', 'loads') }}{{ where_seen('load_id') }}
),

-- what was taken back needs nobody any more, and is no measure for later loads
loads as (
    select *
    from seen_loads
    where status <> 'withdrawn'
),

{{ broken_share_check() }},

{{ held_share_check() }},

{{ repaired_share_check() }},

{{ column_emptied_check() }},

{{ volume_check() }},

{{ identity_changed_check() }},

{{ days_missing_check() }},

{{ zombie_plays_check() }},

{{ texts_of_loads() }},

{{ encoded_twice_check() }},

{{ look_alikes_check() }}

{% for declared in declared_load_checks() %}
{% set entities = declared.entities | join("', '") %}
{{ 'union all' if not loop.first }}
select
    loads.load_id,
    loads.entity,
    loads.source_file,
    {{ as_text("'" ~ declared.check ~ "'") }} as check_name,
    {{ as_text('judged.observed') }} as observed,
    {{ as_text('judged.expected') }} as expected,
    {{ as_text('judged.verdict') }} as verdict,
    {{ as_text('judged.example') }} as example,
    {{ as_text("'" ~ declared.meaning ~ "'") }} as meaning,
    {{ as_text("'" ~ declared.remedy ~ "'") }} as remedy
from loads
inner join {{ declared.check }} as judged on loads.load_id = judged.load_id
where loads.entity in ('{{ entities }}')
{% endfor %}
