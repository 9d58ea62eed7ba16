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
    {#- By its name: dbt looks into no macro for what its own tests refer to. It is built long before. -#}
    {%- set touched = relation.incorporate(
        path={'schema': generate_schema_name('staging', none), 'identifier': 'touched_viewing_sessions'}
    ) -%}
    {%- set condition = is_touched('viewing_sessions', touched=touched) -%}
    {%- if last_turn() -%}
        {%- set earlier = relation.incorporate(path={'schema': 'ops', 'identifier': 'kept_changes'}) -%}
        {%- set condition = is_changed_since_last_turn(touched=touched, earlier=earlier) -%}
    {%- endif -%}
    {{ return('(select * from ' ~ relation ~ ' where ' ~ condition ~ ') as touched') }}
{%- endmacro %}
