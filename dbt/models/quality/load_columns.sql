{% set entities = ['users', 'viewing_sessions', 'content'] %}

with
{% for entity in entities %}
{{ entity }}_marked as (
    select
        load_id,
        source_row,
        {{ 'content_type' if entity == 'content' else as_text('null') }} as content_type,
        marks
        {%- for column in delivered_columns(entity) if column.repair == 'null' %}
        {%- set mark = repair_mark(column, delivered_columns(entity).index(column)) %}
        + case when {{ column.column }} is null then {{ mark }} else 0 end
        {%- endfor %} as marks
    from {{ ref('judged_' ~ entity) }}
    where outcome <> 'withdrawn'
),

{{ entity }}_counted as (
    select
        load_id,
        content_type,
        marks,
        count(*) as records,
        min(source_row) as first_row
    from {{ entity }}_marked
    group by load_id, content_type, marks
),

{{ entity }}_columns as (
    {%- for column in delivered_columns(entity) %}
    select
        {{ as_text("'" ~ column.column ~ "'") }} as column_name,
        {{ as_text("'" ~ column.content_type ~ "'") if column.content_type else as_text('null') }} as only_type,
        {{ empty_mark(loop.index0) }} as empty_mark,
        {{ repair_mark(column, loop.index0) }} as repair_mark
    {{ 'union all' if not loop.last }}
    {%- endfor %}
){{ ',' if not loop.last }}

{% endfor %}

{% set is_empty = '(counted.marks & described.empty_mark) > 0' %}
{% set is_wanted = '(optional_columns.load_id is null or not ' ~ is_empty ~ ')' %}
{% set is_repaired = '(counted.marks & described.repair_mark) > 0 and ' ~ is_wanted %}
{% for entity in entities %}
select
    counted.load_id,
    {{ as_text("'" ~ entity ~ "'") }} as entity,
    described.column_name,
    {{ as_whole('sum(counted.records)') }} as records,
    {{ as_whole('sum(case when ' ~ is_empty ~ ' then counted.records else 0 end)') }} as empty_values,
    {{ as_whole('sum(case when ' ~ is_repaired ~ ' then counted.records else 0 end)') }} as repaired_values,
    min(case when {{ is_repaired }} then counted.first_row end) as first_repaired_row
from {{ entity }}_counted as counted
inner join {{ entity }}_columns as described
    on counted.content_type = described.only_type or described.only_type is null
left join {{ source('bronze', 'optional_columns') }} as optional_columns
    on
        counted.load_id = optional_columns.load_id
        and described.column_name = optional_columns.column_name
group by counted.load_id, described.column_name
{{ 'union all' if not loop.last }}
{% endfor %}
