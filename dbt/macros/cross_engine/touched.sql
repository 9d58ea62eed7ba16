{#
    What dbt's data tests look at. With `config: {where: touched}`, a test of a table of sessions looks at all of it after a
    full build, and after one that judged what is new at the sessions that it judged (and those that changed since the last
    turn of the schema): the others are as they were when the same test passed. For tests that cost much; those that count whole tables go on counting them.
#}
{% macro get_where_subquery(relation) -%}
    {%- if config.get('where') != 'touched' -%}
        {{ return(adapter.dispatch('get_where_subquery', 'dbt')(relation)) }}
    {%- endif -%}
    {%- if not builds_what_is_new() -%}
        {{ return(relation) }}
    {%- endif -%}
    {%- if shows_sessions_by_a_view() -%}
        {{ return(touched_rows(relation)) }}
    {%- endif -%}
    {{ return('(select * from ' ~ relation ~ ' where ' ~ is_looked_at_by_tests(relation) ~ ') as touched') }}
{%- endmacro %}

{# Condition: a row of the relation is one of those sessions. #}
{% macro is_looked_at_by_tests(relation) -%}
    {#- By its name: dbt looks into no macro for what its own tests refer to. It is built long before. -#}
    {%- set touched = relation.incorporate(
        path={'schema': generate_schema_name('staging', none), 'identifier': 'touched_viewing_sessions'}
    ) -%}
    {%- set condition = is_touched('viewing_sessions', touched=touched) -%}
    {%- if last_turn() -%}
        {%- set earlier = relation.incorporate(path={'schema': 'ops', 'identifier': 'kept_changes'}) -%}
        {%- set condition = is_changed_since_last_turn(touched=touched, earlier=earlier) -%}
    {%- endif -%}
    {{ return(condition) }}
{%- endmacro %}


{#
    Where sessions are shown by a view, each of these tests would search all of them by their keys. What the view makes of
    the sessions that were judged is kept instead, for all of its tests. (A record that was judged twice, as an earlier
    verdict of it was not taken out, is found by the account of all records.)

    reads: the model that the view reads: the judged sessions, or another view of which the same was kept.
#}
{% macro shows_sessions_by_a_view() -%}
    {{ return(target.type == 'duckdb') }}
{%- endmacro %}

{% macro kept_for_tests(reads) -%}
    {{ return(["{{ keep_touched_rows('" ~ reads ~ "') }}"] if shows_sessions_by_a_view() else []) }}
{%- endmacro %}

{% macro keep_touched_rows(reads) -%}
    {%- set shown = ref(reads) -%}
    {%- set judged = '(select * from ' ~ shown ~ only_judged_anew('viewing_sessions') ~ ') as ' ~ reads -%}
    {%- set touched = judged if reads == 'judged_viewing_sessions' else touched_rows(shown) | string -%}
    {%- if builds_what_is_new() -%}
        create or replace table {{ touched_rows(this) }} as {{ model.compiled_code | replace(shown | string, touched) }}
    {%- else -%}
        drop table if exists {{ touched_rows(this) }}
    {%- endif -%}
{%- endmacro %}

{% macro touched_rows(relation) -%}
    {{ return(relation.incorporate(
        path={'schema': generate_schema_name('staging', none), 'identifier': 'touched_rows_of_' ~ relation.identifier}
    )) }}
{%- endmacro %}
