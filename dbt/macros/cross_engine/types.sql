{# Column types. `sql_type` reads the table of names in dbt_project.yml; keys have a bounded length where an engine needs one. #}

{% macro sql_type(name) -%}
    {{ var('types')[target.type][name] }}
{%- endmacro %}

{% macro as_whole(expression) -%}
    cast({{ expression }} as {{ sql_type('whole') }})
{%- endmacro %}

{% macro as_number(expression) -%}
    cast({{ expression }} as {{ sql_type('number') }})
{%- endmacro %}

{% macro as_text(expression) -%}
    {{ return(adapter.dispatch('as_text', 'goldreel')(expression)) }}
{%- endmacro %}

{% macro default__as_text(expression) -%}
    cast({{ expression }} as {{ sql_type('text') }})
{%- endmacro %}

{# SQL Server's default collation ignores case; ours compares exactly. #}
{% macro sqlserver__as_text(expression) -%}
    cast({{ expression }} as {{ sql_type('text') }}) collate Latin1_General_100_BIN2
{%- endmacro %}
