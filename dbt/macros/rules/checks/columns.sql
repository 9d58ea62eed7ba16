{# Checks that look at the columns of a load (see shares.sql). #}

{% macro repaired_share_check() -%}
repaired_judged as (
    select
        load_id,
        column_name,
        records,
        repaired_values,
        first_repaired_row,
        {{ ratio('repaired_values', 'records') }} as share,
        case
            when
                records >= {{ var('repaired_share_from_records') }}
                and {{ ratio('repaired_values', 'records') }} > {{ var('repaired_share_suspicious') }}
                then 1
            else 0
        end as is_over
    from {{ ref('load_columns') }}
    where records > 0
),

repaired_ranked as (
    select
        load_id,
        column_name,
        records,
        repaired_values,
        first_repaired_row,
        is_over,
        sum(is_over) over (partition by load_id) as columns_over,
        row_number() over (partition by load_id order by is_over desc, share desc, column_name) as place
    from repaired_judged
),

{% for entity in ['users', 'viewing_sessions', 'content'] %}
repaired_{{ entity }} as (
    select
        worst.load_id,
        case worst.column_name
            {%- for column in delivered_columns(entity) if column.repair %}
            when '{{ column.column }}' then {{ as_text('delivered.' ~ column.column) }}
            {%- endfor %}
        end as delivered_value
    from repaired_ranked as worst
    inner join {{ source('bronze', entity) }} as delivered
        on
            worst.load_id = delivered._load_id
            and worst.first_repaired_row = delivered._source_row
    inner join loads on worst.load_id = loads.load_id
    where worst.place = 1 and worst.is_over = 1 and loads.entity = '{{ entity }}'
),
{% endfor %}

repaired_values as (
    {%- for entity in ['users', 'viewing_sessions', 'content'] %}
    select
        load_id,
        delivered_value
    from repaired_{{ entity }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

repaired_share as (
    select
        loads.load_id,
        case
            when worst.repaired_values > 0
                then concat(
                    worst.column_name, ': ', worst.repaired_values, ' of ', worst.records, ' values (',
                    {{ percent_text('worst.repaired_values', 'worst.records') }}, ')',
                    case
                        when worst.columns_over > 1
                            then concat(', and ', {{ counted('worst.columns_over - 1', 'other column') }})
                        else ''
                    end
                )
            else 'none'
        end as observed,
        'at most {{ percent_threshold("repaired_share_suspicious") }} of a column' as expected,
        case when worst.is_over = 1 then 'suspicious' else 'ok' end as verdict,
        case
            when worst.is_over = 1
                then concat(
                    worst.column_name, ' = ', coalesce(repaired_values.delivered_value, 'nothing'), ' (row ',
                    worst.first_repaired_row, ')'
                )
        end as example
    from loads
    left join repaired_ranked as worst
        on
            loads.load_id = worst.load_id
            and worst.place = 1
    left join repaired_values on loads.load_id = repaired_values.load_id
)
{%- endmacro %}


{% macro column_emptied_check() -%}
filled_before as (
    select
        load_columns.load_id,
        load_columns.column_name,
        load_columns.records,
        load_columns.empty_values,
        sum(load_columns.records) over (
            partition by load_columns.entity, load_columns.column_name
            order by load_columns.load_id rows between unbounded preceding and 1 preceding
        ) as records_before,
        sum(load_columns.records - load_columns.empty_values) over (
            partition by load_columns.entity, load_columns.column_name
            order by load_columns.load_id rows between unbounded preceding and 1 preceding
        ) as filled_values_before
    from {{ ref('load_columns') }} as load_columns
    inner join loads on load_columns.load_id = loads.load_id
),

emptied as (
    select
        load_id,
        column_name,
        records,
        empty_values,
        records_before,
        filled_values_before,
        count(*) over (partition by load_id) as columns_emptied,
        row_number() over (partition by load_id order by column_name) as place
    from filled_before
    where
        records >= {{ var('column_emptied_from_records') }}
        and {{ ratio('filled_values_before', 'records_before') }} >= {{ var('column_emptied_filled_before') }}
        and {{ ratio('empty_values', 'records') }} >= {{ var('column_emptied_empty_now') }}
),

column_emptied as (
    select
        loads.load_id,
        case
            when emptied.load_id is null then 'none'
            else concat(
                emptied.column_name, ': empty in ', emptied.empty_values, ' of ', emptied.records, ' records (',
                {{ percent_text('emptied.empty_values', 'emptied.records') }}, ')',
                case
                    when emptied.columns_emptied > 1
                        then concat(', and ', {{ counted('emptied.columns_emptied - 1', 'other column') }})
                    else ''
                end
            )
        end as observed,
        'empty in less than {{ percent_threshold("column_emptied_empty_now") }}, where a column was filled in
        {{- " " ~ percent_threshold("column_emptied_filled_before") }} or more before' as expected,
        case when emptied.load_id is null then 'ok' else 'suspicious' end as verdict,
        case
            when emptied.load_id is not null
                then concat(
                    emptied.column_name, ': filled in ',
                    {{ percent_text('emptied.filled_values_before', 'emptied.records_before') }},
                    ' of the ', emptied.records_before, ' records before'
                )
        end as example
    from loads
    left join emptied
        on
            loads.load_id = emptied.load_id
            and emptied.place = 1
)
{%- endmacro %}


{% macro volume_check() -%}
loads_in_turn as (
    select
        load_id,
        entity,
        file_pattern,
        records_delivered,
        row_number() over (partition by entity, file_pattern order by load_id) as turn
    from loads
),

loads_before as (
    select
        this.load_id,
        earlier.records_delivered,
        count(*) over (partition by this.load_id) as number_of_loads,
        row_number() over (partition by this.load_id order by earlier.records_delivered, earlier.load_id) as place
    from loads_in_turn as this
    inner join loads_in_turn as earlier
        on
            this.entity = earlier.entity
            and this.file_pattern = earlier.file_pattern
            and earlier.turn between this.turn - {{ var('volume_loads') }} and this.turn - 1
),

usual_volume as (
    select
        load_id,
        max(number_of_loads) as number_of_loads,
        {{ average('records_delivered') }} as median_records
    from loads_before
    where place * 2 between number_of_loads and number_of_loads + 2
    group by load_id
),

volume_judged as (
    select
        loads.load_id,
        loads.records_delivered,
        usual_volume.number_of_loads,
        usual_volume.median_records,
        case
            when
                usual_volume.number_of_loads >= {{ var('volume_from_loads') }}
                and (
                    (
                        usual_volume.median_records >= {{ var('volume_from_records') }}
                        and loads.records_delivered < {{ var('volume_low') }} * usual_volume.median_records
                    )
                    or (
                        loads.records_delivered >= {{ var('volume_from_records') }}
                        and loads.records_delivered > {{ var('volume_high') }} * usual_volume.median_records
                    )
                )
                then 'suspicious'
            else 'ok'
        end as verdict
    from loads
    left join usual_volume on loads.load_id = usual_volume.load_id
),

volume as (
    select
        load_id,
        {{ counted('records_delivered', 'record') }} as observed,
        case
            when coalesce(number_of_loads, 0) < {{ var('volume_from_loads') }}
                then 'anything: fewer than {{ var("volume_from_loads") }} such files before'
            else concat(
                'from {{ percent_threshold("volume_low") }} to {{ "%g" | format(var("volume_high")) }} times of ',
                {{ whole_part('median_records') }}, ', the median of the last ', number_of_loads, ' such files'
            )
        end as expected,
        verdict,
        {{ as_text('null') }} as example
    from volume_judged
)
{%- endmacro %}
