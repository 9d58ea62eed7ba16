{{ config(materialized='view') }}

{#
    Text as delivered, of any length: it is not cast. `rejected` stands first, so that `raw` has the type of bronze.
#}
{% set columns = {
    'users': ['user_id', 'age', 'country', 'subscription_type', 'registration_date', 'total_watch_time_hours'],
    'viewing_sessions': [
        'session_id', 'user_id', 'content_id', 'watch_date', 'watch_duration_minutes', 'completion_percentage',
        'device_type', 'quality_level',
    ],
    'content': [
        'content_id', 'title', 'genre', 'content_type', 'duration_minutes', 'release_year', 'rating', 'views_count',
        'production_budget', 'seasons', 'total_episodes', 'avg_episode_duration', 'episodes_per_season',
    ],
} %}
{% set delivered = columns['users'] + columns['viewing_sessions'] + columns['content'] %}
{% set all_columns = delivered | unique | list %}

with withdrawn as (
    {{ withdrawn_loads() }}
),

rejected as (
    select *
    from {{ source('bronze', 'rejected_records') }}{{ where_seen('load_id') }}
)

select
    {{ as_text('rejected.entity') }} as entity,
    {{ as_text("'rejected'") }} as {{ adapter.quote('rule') }},
    {{ as_text('rejected.reason') }} as offending_value,
    rejected.load_id,
    {{ as_text('rejected.source_file') }} as source_file,
    rejected.source_row,
    rejected.raw,
    {%- for column in all_columns %}
    {{ as_text('null') }} as {{ column }},
    {%- endfor %}
    {{ as_text('null') }} as _extra
from rejected
left join withdrawn on rejected.load_id = withdrawn.load_id
left join {{ ref('repaired_records') }} as repaired_records
    on
        rejected.load_id = repaired_records.load_id
        and rejected.source_row = repaired_records.source_row
where
    withdrawn.load_id is null
    and repaired_records.load_id is null
{% for entity, own in columns.items() %}
union all

select
    quarantine.entity,
    quarantine.{{ adapter.quote('rule') }},
    quarantine.offending_value,
    quarantine.load_id,
    quarantine.source_file,
    quarantine.source_row,
    {{ as_text('null') }} as not_read,
    {%- for column in all_columns %}
    {{ 'bronze_' ~ entity ~ '.' ~ column if column in own else as_text('null') ~ ' as ' ~ column }},
    {%- endfor %}
    bronze_{{ entity }}._extra
from {{ ref('quarantine') }} as quarantine
inner join {{ source('bronze', entity) }} as bronze_{{ entity }}
    on
        quarantine.load_id = bronze_{{ entity }}._load_id
        and quarantine.source_row = bronze_{{ entity }}._source_row
where quarantine.entity = '{{ entity }}'
{% endfor %}
