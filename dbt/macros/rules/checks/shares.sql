{#
    Checks that look at what became of a load's records. Each is a list of common table expressions, the last of them
    named like the check: load_id, observed, expected, verdict, example. They read `loads`, the first of the model.
#}

{% macro broken_share_check() -%}
broken_kinds as (
    select
        load_id,
        {{ as_text(adapter.quote('rule')) }} as broken_rule,
        count(*) as records,
        min(source_row) as first_row
    from {{ ref('quarantine') }}
    group by load_id, {{ as_text(adapter.quote('rule')) }}

    union all

    select
        load_id,
        {{ as_text("'rejected'") }} as broken_rule,
        count(*) as records,
        min(source_row) as first_row
    from {{ source('bronze', 'rejected_records') }}{{ where_seen('load_id') }}
    group by load_id
),

broken_ranked as (
    select
        load_id,
        broken_rule,
        records,
        first_row,
        sum(records) over (partition by load_id) as broken,
        row_number() over (partition by load_id order by records desc, first_row) as place
    from broken_kinds
),

broken_share as (
    select
        loads.load_id,
        concat(
            coalesce(worst.broken, 0), ' of ', loads.records_delivered, ' records (',
            {{ percent_text('worst.broken', 'loads.records_delivered') }}, ')',
            case
                when worst.broken > worst.records
                    then concat(', ', worst.records, ' of them: ', {{ broken_kind('worst') }})
                when worst.broken > 0 then concat(': ', {{ broken_kind('worst') }})
                else ''
            end
        ) as observed,
        '{{ share_bounds("broken_share") }}' as expected,
        {{ share_verdict('broken_share', 'worst.broken', 'loads.records_delivered') }} as verdict,
        case
            when worst.broken_rule = 'rejected' then concat('row ', worst.first_row, ': ', rejected.reason)
            when worst.broken > 0
                then concat(
                    coalesce(explained.judged_column, ''), ' = ',
                    coalesce(quarantined.offending_value, 'nothing'), ' (row ', worst.first_row, ')'
                )
        end as example
    from loads
    left join broken_ranked as worst
        on
            loads.load_id = worst.load_id
            and worst.place = 1
    left join {{ ref('quarantine') }} as quarantined
        on
            worst.load_id = quarantined.load_id
            and worst.first_row = quarantined.source_row
            and worst.broken_rule <> 'rejected'
    left join {{ source('bronze', 'rejected_records') }} as rejected
        on
            worst.load_id = rejected.load_id
            and worst.first_row = rejected.source_row
            and worst.broken_rule = 'rejected'
    left join {{ ref('data_quality_rules') }} as explained
        on
            loads.entity = explained.entity
            and worst.broken_rule = explained.{{ adapter.quote('rule') }}
)
{%- endmacro %}

{% macro broken_kind(worst) -%}
    case when {{ worst }}.broken_rule = 'rejected' then 'no records' else {{ worst }}.broken_rule end
{%- endmacro %}


{% macro held_share_check() -%}
held_kinds as (
    select
        load_id,
        {{ as_text(adapter.quote('rule')) }} as held_rule,
        count(*) as records,
        min(source_row) as first_row
    from {{ ref('held_viewing_sessions') }}
    group by load_id, {{ as_text(adapter.quote('rule')) }}
),

held_ranked as (
    select
        load_id,
        held_rule,
        records,
        first_row,
        sum(records) over (partition by load_id) as held,
        row_number() over (partition by load_id order by records desc, first_row) as place
    from held_kinds
),

held_share as (
    select
        loads.load_id,
        concat(
            coalesce(worst.held, 0), ' of ', loads.records_delivered, ' records (',
            {{ percent_text('worst.held', 'loads.records_delivered') }}, ')',
            case
                when worst.held > worst.records then concat(', ', worst.records, ' of them: ', worst.held_rule)
                when worst.held > 0 then concat(': ', worst.held_rule)
                else ''
            end
        ) as observed,
        '{{ share_bounds("held_share") }}' as expected,
        {{ share_verdict('held_share', 'worst.held', 'loads.records_delivered') }} as verdict,
        case
            when worst.held > 0 then concat(held.offending_value, ' (row ', worst.first_row, ')')
        end as example
    from loads
    left join held_ranked as worst
        on
            loads.load_id = worst.load_id
            and worst.place = 1
    left join {{ ref('held_viewing_sessions') }} as held
        on
            worst.load_id = held.load_id
            and worst.first_row = held.source_row
)
{%- endmacro %}


{% macro share_bounds(check) -%}
    at most {{ percent_threshold(check ~ '_suspicious') }}; stopped above {{ percent_threshold(check ~ '_stopped') }}
{%- endmacro %}

{% macro share_verdict(check, part, whole) -%}
    case
        when {{ part }} is null or {{ whole }} < {{ var(check ~ '_from_records') }} then 'ok'
        when {{ ratio(part, whole) }} > {{ var(check ~ '_stopped') }} then 'stopped'
        when {{ ratio(part, whole) }} > {{ var(check ~ '_suspicious') }} then 'suspicious'
        else 'ok'
    end
{%- endmacro %}
