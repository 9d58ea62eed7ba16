{#
    What dbt's data tests look at. With `config: {where: touched}`, a test of a table of sessions looks at all of it after a
    full build, and after one that judged what is new at the sessions that it judged (and those that changed since the last
    turn of the schema): the others are as they were when the same test passed. For tests that cost much; those that count whole tables go on counting them.
#}
{% macro get_where_subquery(relation) -%}
    {%- if config.get('where') != 'touched' -%}
        {{ return(adapter.dispatch('get_where_subquery', 'dbt')(relation)) }}
    {%- endif -%}
    {{ return(touched_rows(relation) if builds_what_is_new() else relation) }}
{%- endmacro %}


{#
    For a model of sessions: each of these tests would search all of them by their keys, so what they look at is kept, once,
    for all of them. Where a view shows the sessions, not even one search is needed: it is what the view makes of those that
    were judged. (A record that was judged twice, as an earlier verdict of it was not taken out, is found by the account of all records.)

    reads: the model that the view reads: the judged sessions, or another view of which the same was kept.
#}
{% macro kept_for_tests(reads) -%}
    {{ return(["{{ drop_touched_rows() }}", "{{ keep_touched_rows('" ~ reads ~ "') }}"]) }}
{%- endmacro %}

{% macro drop_touched_rows() -%}
    drop table if exists {{ touched_rows(this) }}
{%- endmacro %}

{% macro keep_touched_rows(reads) -%}
    {%- set shown = ref(reads) -%}
    {%- set judged = '(select * from ' ~ shown ~ only_judged_anew('viewing_sessions') ~ ') as ' ~ reads -%}
    {%- set judged_anew = is_touched('viewing_sessions') -%}
    {%- set changed = is_changed_since_last_turn() -%}
    {%- if not builds_what_is_new() -%}
        {{ return('') }}
    {%- endif -%}
    {%- if takes_turns() -%}
        {%- set rows = 'select * from ' ~ this ~ ' where ' ~ (changed if last_turn() else judged_anew) -%}
    {%- else -%}
        {%- set touched = judged if reads == 'judged_viewing_sessions' else touched_rows(shown) | string -%}
        {%- set rows = model.compiled_code | replace(shown | string, touched) -%}
    {%- endif -%}
    {{ return(adapter.dispatch('kept_rows', 'goldreel')(touched_rows(this), rows)) }}
{%- endmacro %}

{# The statement that makes a table of a query. #}
{% macro default__kept_rows(place, rows) -%}
    create table {{ place }} as {{ rows }}
{%- endmacro %}

{% macro spark__kept_rows(place, rows) -%}
    create table {{ place }} using {{ env_var('GOLDREEL_SPARK_TABLE_FORMAT', 'parquet') }} as {{ rows }}
{%- endmacro %}

{% macro sqlserver__kept_rows(place, rows) -%}
    select * into {{ place.include(database=False) }} from ({{ rows }}) as kept
{%- endmacro %}

{% macro touched_rows(relation) -%}
    {{ return(relation.incorporate(
        path={'schema': generate_schema_name('staging', none), 'identifier': 'touched_rows_of_' ~ relation.identifier}
    )) }}
{%- endmacro %}
