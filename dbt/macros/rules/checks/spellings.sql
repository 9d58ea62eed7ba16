{#
    Checks that look at how words are written (see shares.sql). They look at the few different texts that a column has,
    not at every record; of ids, of which each is another, only at those that hold more than plain letters.
#}

{# Common table expressions that both need: `texts`, each text of a column by load. #}
{% macro texts_of_loads() -%}
{%- for entity in ['users', 'viewing_sessions', 'content'] %}
{%- set spelled = delivered_columns(entity) | selectattr('spelled', 'defined') | map(attribute='column') | list %}
{{ entity }}_spelled as (
    select
        load_id,
        {{ spelled | join(',\n        ') }},
        count(*) as records,
        min(source_row) as first_row
    from {{ ref('judged_' ~ entity) }}
    where outcome <> 'withdrawn'
    group by load_id, {{ spelled | join(', ') }}
),
{% endfor %}
texts as (
    {%- for entity in ['users', 'viewing_sessions', 'content'] %}
    {%- set last_entity = loop.last %}
    {%- for column in delivered_columns(entity) if column.spelled %}
    select
        load_id,
        {{ as_text("'" ~ column.column ~ "'") }} as column_name,
        {{ as_text(column.column) }} as spelling,
        sum(records) as records,
        min(first_row) as first_row
    from {{ entity }}_spelled
    group by load_id, {{ as_text(column.column) }}
    {{ 'union all' if not (last_entity and loop.last) }}
    {%- endfor %}
    {%- endfor %}
)
{%- endmacro %}


{% macro encoded_twice_check() -%}
encoded as (
    select
        load_id,
        column_name,
        spelling,
        records,
        first_row,
        row_number() over (partition by load_id order by records desc, first_row, column_name) as place
    from texts
    where {{ is_beyond_ascii('spelling') }} and {{ is_encoded_twice('spelling') }}
),

encoded_in_loads as (
    select
        load_id,
        count(*) as spellings,
        sum(records) as records,
        max(case when place = 1 then concat(column_name, ' = ', spelling, ' (row ', first_row, ')') end) as example
    from encoded
    group by load_id
),

encoded_twice as (
    select
        loads.load_id,
        case
            when encoded_in_loads.load_id is null then 'none'
            else concat(
                {{ counted('encoded_in_loads.spellings', 'text') }}, ', in ',
                {{ counted('encoded_in_loads.records', 'value') }}
            )
        end as observed,
        'none' as expected,
        case
            when encoded_in_loads.records >= {{ var('encoded_twice_from_values') }} then 'suspicious'
            else 'ok'
        end as verdict,
        encoded_in_loads.example
    from loads
    left join encoded_in_loads on loads.load_id = encoded_in_loads.load_id
)
{%- endmacro %}


{% macro look_alikes_check() -%}
{%- set owners = {'user_id': 'users', 'content_id': 'content', 'session_id': 'viewing_sessions'} -%}
known_spellings as (
    select
        column_name,
        spelling,
        {{ as_text(as_seen('spelling')) }} as seen,
        min(load_id) as first_load
    from texts
    group by column_name, spelling
),

hidden_texts as (
    select
        load_id,
        column_name,
        spelling,
        {{ as_text(as_seen('spelling')) }} as seen,
        first_row
    from texts
    where {{ is_beyond_ascii('spelling') }} and {{ has_hidden_signs('spelling') }}
),

hidden_ids as (
    {%- for id, owner in owners.items() %}
    select
        load_id,
        {{ as_text("'" ~ id ~ "'") }} as column_name,
        {{ as_text(id) }} as spelling,
        {{ as_key(as_seen(id)) }} as seen,
        source_row as first_row
    from {{ ref('judged_' ~ owner) }}
    where {{ is_beyond_ascii(id) }} and {{ has_hidden_signs(id) }}
    union all
    {%- endfor %}
    select
        load_id,
        case
            when {{ adapter.quote('rule') }} = 'user_unknown' then {{ as_text("'user_id'") }}
            else {{ as_text("'content_id'") }}
        end as column_name,
        {{ as_text('offending_value') }} as spelling,
        {{ as_key(as_seen('offending_value')) }} as seen,
        source_row as first_row
    from {{ ref('held_viewing_sessions') }}
    where {{ is_beyond_ascii('offending_value') }} and {{ has_hidden_signs('offending_value') }}
),

{# Looked for among all ids, since there are many of these and hardly ever one with hidden signs. -#}
{% for id, owner in owners.items() %}
known_{{ owner }} as (
    select
        {{ id }},
        load_id
    from {{ ref('judged_' ~ owner) }}
    where
        {{ id }} in (select seen from hidden_ids)
        and outcome not in ('quarantined', 'withdrawn')
),

{% endfor %}
twins as (
    select
        hidden_texts.load_id,
        hidden_texts.column_name,
        hidden_texts.spelling,
        hidden_texts.first_row,
        max(known_spellings.spelling) as twin
    from hidden_texts
    inner join known_spellings
        on
            hidden_texts.column_name = known_spellings.column_name
            and hidden_texts.seen = known_spellings.seen
            and hidden_texts.spelling <> known_spellings.spelling
            and hidden_texts.load_id >= known_spellings.first_load
    group by hidden_texts.load_id, hidden_texts.column_name, hidden_texts.spelling, hidden_texts.first_row

    {% for id, owner in owners.items() %}
    union all

    select
        hidden_ids.load_id,
        hidden_ids.column_name,
        hidden_ids.spelling,
        hidden_ids.first_row,
        {{ as_text('min(known.' ~ id ~ ')') }} as twin
    from hidden_ids
    inner join known_{{ owner }} as known
        on
            hidden_ids.seen = known.{{ id }}
            and hidden_ids.load_id >= known.load_id
    where hidden_ids.column_name = '{{ id }}'
    group by hidden_ids.load_id, hidden_ids.column_name, hidden_ids.spelling, hidden_ids.first_row
    {% endfor %}
),

twins_ranked as (
    select
        load_id,
        column_name,
        spelling,
        twin,
        first_row,
        count(*) over (partition by load_id) as spellings,
        row_number() over (partition by load_id order by first_row, column_name) as place
    from twins
),

hidden_signs as ({{ hidden_signs() }}
),

seen_0 as (
    select
        load_id,
        spellings,
        {{ as_text("concat(column_name, ': ', spelling, ' looks like ', twin, ' (row ', first_row, ')')") }} as example
    from twins_ranked
    where place = 1
),

{# Each round writes one sign as an escape; an example hardly ever has two. -#}
{% for round in range(1, 4) %}
seen_{{ round }} as (
    select
        shown.load_id,
        shown.spellings,
        coalesce(min(replace(shown.example, hidden_signs.sign, hidden_signs.written)), shown.example) as example
    from seen_{{ round - 1 }} as shown
    left join hidden_signs on shown.example like concat('%', hidden_signs.sign, '%')
    group by shown.load_id, shown.spellings, shown.example
),

{% endfor %}
look_alikes as (
    select
        loads.load_id,
        case
            when seen_3.load_id is null then 'none'
            else {{ counted('seen_3.spellings', 'text') }}
        end as observed,
        'none' as expected,
        case
            when seen_3.spellings >= {{ var('look_alikes_from_texts') }} then 'suspicious'
            else 'ok'
        end as verdict,
        seen_3.example
    from loads
    left join seen_3 on loads.load_id = seen_3.load_id
)
{%- endmacro %}
