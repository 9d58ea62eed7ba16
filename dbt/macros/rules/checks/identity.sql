{#
    Whether known users and titles are who they were (see shares.sql).

    A user's registration date and a title's content type do not change. What a load says of a key is its last valid
    record of it. It is compared with what the loads before said last; where it differs but an earlier load said the
    same, a change was taken back: that is told, but stops nothing, so that a corrected file is not held against itself.
#}
{% macro identity_changed_check() -%}
{%- set valid = "('current', 'inactive_user', 'superseded')" -%}
{%- set kinds = {
    'users': {'key': 'user_id', 'value': 'signup_date', 'name': 'registration_date', 'text': day_text},
    'content': {'key': 'content_id', 'value': 'content_type', 'name': 'content_type', 'text': as_text},
} -%}
{%- for entity, kind in kinds.items() %}
{{ entity }}_seen as (
    select
        {{ kind.key }},
        load_id,
        min(load_id) over (partition by {{ kind.key }}) as first_load
    from {{ ref('judged_' ~ entity) }}
    where outcome in {{ valid }}
    group by {{ kind.key }}, load_id
),

{{ entity }}_known as (
    select
        load_id,
        count(*) as known_keys
    from {{ entity }}_seen
    where first_load < load_id
    group by load_id
),

{{ entity }}_not_the_same as (
    select {{ kind.key }}
    from {{ ref('judged_' ~ entity) }}
    where outcome in {{ valid }}
    group by {{ kind.key }}
    having min({{ kind.value }}) <> max({{ kind.value }})
),

{{ entity }}_in_loads as (
    select
        judged.{{ kind.key }},
        judged.load_id,
        judged.source_row,
        judged.{{ kind.value }},
        row_number() over (
            partition by judged.{{ kind.key }}, judged.load_id order by judged.source_row desc
        ) as version_from_latest
    from {{ ref('judged_' ~ entity) }} as judged
    inner join {{ entity }}_not_the_same on judged.{{ kind.key }} = {{ entity }}_not_the_same.{{ kind.key }}
    where judged.outcome in {{ valid }}
),

{{ entity }}_compared as (
    select
        {{ kind.key }},
        load_id,
        source_row,
        {{ kind.value }},
        lag({{ kind.value }}) over (partition by {{ kind.key }} order by load_id) as value_before,
        min(load_id) over (partition by {{ kind.key }}, {{ kind.value }}) as first_load_of_value
    from {{ entity }}_in_loads
    where version_from_latest = 1
),

{{ entity }}_changed as (
    select
        load_id,
        source_row,
        case when first_load_of_value < load_id then 1 else 0 end as is_taken_back,
        {%- if entity == 'users' %}
        case
            when
                year(signup_date) = year(value_before)
                and month(signup_date) = day(value_before)
                and day(signup_date) = month(value_before)
                then 1
            else 0
        end as is_swapped,
        {%- else %}
        0 as is_swapped,
        {%- endif %}
        concat(
            {{ kind.key }}, ': {{ kind.name }} was ', {{ kind.text('value_before') }}, ', is ',
            {{ kind.text(kind.value) }}, ' (row ', source_row, ')'
        ) as change,
        row_number() over (partition by load_id order by source_row) as place
    from {{ entity }}_compared
    where {{ kind.value }} <> value_before
),

{{ entity }}_changes as (
    select
        load_id,
        count(*) as changed,
        sum(is_taken_back) as taken_back,
        sum(is_swapped) as swapped,
        max(case when place = 1 then change end) as example
    from {{ entity }}_changed
    group by load_id
),
{% endfor %}

identities as (
    {%- for entity, kind in kinds.items() %}
    select
        known.load_id,
        known.known_keys,
        coalesce(changes.changed, 0) as changed,
        coalesce(changes.taken_back, 0) as taken_back,
        coalesce(changes.swapped, 0) as swapped,
        {{ as_text('changes.example') }} as example,
        {{ as_text("'" ~ {'users': 'known users', 'content': 'known titles'}[entity] ~ "'") }} as who
    from {{ entity }}_known as known
    left join {{ entity }}_changes as changes on known.load_id = changes.load_id
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

identity_changed as (
    select
        loads.load_id,
        case
            when identities.load_id is null then 'nothing known before'
            else concat(
                identities.changed, ' of ', identities.known_keys, ' ', identities.who, ' (',
                {{ percent_text('identities.changed', 'identities.known_keys') }}, ')',
                case
                    when identities.swapped > 0 and identities.swapped * 2 >= identities.changed
                        then concat(': day and month changed places in ', identities.swapped)
                    else ''
                end,
                case
                    when identities.taken_back > 0
                        then concat(', ', identities.taken_back, ' of them back to what an earlier load said')
                    else ''
                end
            )
        end as observed,
        '{{ share_bounds("identity_changed") }}' as expected,
        case
            when coalesce(identities.known_keys, 0) < {{ var('identity_changed_from_known') }} then 'ok'
            when
                {{ ratio('identities.changed - identities.taken_back', 'identities.known_keys') }}
                > {{ var('identity_changed_stopped') }}
                then 'stopped'
            when
                {{ ratio('identities.changed', 'identities.known_keys') }} > {{ var('identity_changed_suspicious') }}
                then 'suspicious'
            else 'ok'
        end as verdict,
        identities.example
    from loads
    left join identities on loads.load_id = identities.load_id
)
{%- endmacro %}
