{#
    Common table expressions that end in `superseded` (load_id, source_row): the valid records of a key that a later
    valid record of the same key replaces. The latest is the one of the highest load_id, then source_row. Expects
    `withdrawn` and `repaired` (see amended.sql), which do not compete.

    Only keys that occur more than once are ranked: ranking every record costs more than twice the time at scale. They
    are counted over all records, invalid ones included: that is cheaper than judging every record for it.
#}
{% macro superseded(records, key) -%}
repeated_keys as (
    select {{ key }}
    from {{ records }} as records
    group by {{ key }}
    having count(*) > 1
),

versions as (
    select
        records.load_id,
        records.source_row,
        row_number() over (
            partition by records.{{ key }}
            order by records.load_id desc, records.source_row desc
        ) as version_from_latest
    from {{ records }} as records
    inner join repeated_keys on records.{{ key }} = repeated_keys.{{ key }}
    left join withdrawn on records.load_id = withdrawn.load_id
    left join repaired
        on
            records.load_id = repaired.load_id
            and records.source_row = repaired.source_row
    where
        records.broken_rule is null
        and withdrawn.load_id is null
        and repaired.load_id is null
),

superseded as (
    select
        load_id,
        source_row
    from versions
    where version_from_latest > 1
)
{%- endmacro %}
