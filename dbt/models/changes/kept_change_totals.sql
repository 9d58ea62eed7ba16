{# What a record adds to each number: the sum over changes of (after - before) is what they moved it by. #}
{% set numbers = [
    ('users', 'active_users_100h_plus', "{}_outcome = 'current'", '1'),
    ('users', 'total_users', '{}_outcome is not null', '1'),
    ('users', 'hours_of_active_users', "{}_outcome = 'current'", '{}_total_watch_time_hours'),
    ('content', 'total_content_catalog', '{}_outcome is not null', '1'),
    ('viewing_sessions', 'total_viewing_sessions', "{}_outcome = 'current'", '1'),
    ('viewing_sessions', 'total_watch_hours', "{}_outcome = 'current'", '{}_duration_minutes / 60'),
] %}

with changes as (
    select changed_records.*
    from {{ ref('changed_records') }} as changed_records
    inner join {{ ref('compared_builds') }} as compared_builds
        on changed_records.build_id = compared_builds.build_id
    where compared_builds.is_running = 1
),

weighed as (
    {%- for entity, number, condition, weight in numbers %}
    select
        build_id,
        cause,
        load_id,
        {{ as_text('case when load_id is not null then source_file end') }} as source_file,
        {{ as_text("'" ~ number ~ "'") }} as kpi,
        case when {{ condition.format('after') }} then {{ weight.format('after') }} else 0 end as after_weight,
        case when {{ condition.format('before') }} then {{ weight.format('before') }} else 0 end as before_weight
    from changes
    where entity = '{{ entity }}'
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    build_id,
    cause,
    load_id,
    source_file,
    kpi,
    {{ as_number('sum(after_weight - before_weight)') }} as part,
    {{ as_whole('count(*)') }} as records,
    {{ as_whole('sum(case when after_weight <> before_weight then 1 else 0 end)') }} as records_that_moved_it
from weighed
group by build_id, cause, load_id, source_file, kpi
