{#
    Common table expressions of what was taken back or mended: `withdrawn` (load_id), and `repaired` (load_id,
    source_row), the records that a valid repair has taken the place of. Neither compete for their key.

    entity   whose records
    records  where the typed records of that entity are
#}
{% macro amended(entity, records) -%}
withdrawn as (
    {{ withdrawn_loads() }}
),

{% if builds_what_is_new() -%}
{# Nothing was withdrawn or repaired since the build before, or this one would be made in full. #}
repaired as (
    select
        load_id,
        source_row
    from {{ source('kept', 'before_' ~ entity) }}
    where outcome = 'repaired'
)
{%- else -%}
{{ repaired(entity, records) }}
{%- endif %}
{%- endmacro %}


{# Query: the loads that were taken back. #}
{% macro withdrawn_loads() -%}
    select load_id
    from {{ source('bronze', 'loads') }}
    where status = 'withdrawn'
{%- endmacro %}


{# The second of them: `withdrawn` is expected. A repair is valid when it breaks no rule by itself, held or not. #}
{% macro repaired(entity, records, name='repaired', is_valid='mended.broken_rule is null') -%}
{{ name }} as (
    select distinct
        repairs.original_load_id as load_id,
        repairs.original_row as source_row
    from {{ source('bronze', 'repairs') }} as repairs
    inner join {{ records }} as mended
        on
            repairs.load_id = mended.load_id
            and repairs.source_row = mended.source_row
    left join withdrawn on repairs.load_id = withdrawn.load_id
    where
        repairs.entity = '{{ entity }}'
        and {{ is_valid }}
        and withdrawn.load_id is null
)
{%- endmacro %}


{#
    Condition: the record is one of those that are being taken away, because their user is to be forgotten. They are in
    bronze no more; where the build before judged them, they are still. `bronze.being_forgotten` is empty at other times.
#}
{% macro is_being_forgotten(records) -%}
    {{ return(is_placed_in(source('bronze', 'being_forgotten'), records)) }}
{%- endmacro %}

{# Condition: a table has the record's place, which is its load and its row there. #}
{% macro is_placed_in(places, records) -%}
    exists (
        select 1
        from {{ places }} as places
        where
            places.load_id = {{ records }}.load_id
            and places.source_row = {{ records }}.source_row
    )
{%- endmacro %}
