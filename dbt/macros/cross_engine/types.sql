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
    cast({{ expression }} as {{ sql_type('text') }}) collate {{ exact_collation() }}
{%- endmacro %}

{# Text that identifies a user, a title or a session: short enough for an index where an engine has them. #}
{% macro as_key(expression) -%}
    {{ return(adapter.dispatch('as_key', 'goldreel')(expression)) }}
{%- endmacro %}

{% macro default__as_key(expression) -%}
    {{ expression }}
{%- endmacro %}

{# Bronze holds no longer ones (engines/sqlserver.py), so that nothing is cut. #}
{% macro sqlserver__as_key(expression) -%}
    cast({{ expression }} as {{ sql_type('key') }}) collate {{ exact_collation() }}
{%- endmacro %}

{# SQL Server only: compares code by code, so that case, accents and widths count. #}
{% macro exact_collation() -%}
    Latin1_General_100_BIN2
{%- endmacro %}


{# A value as one of a type; where a condition chooses it, some servers forget how long a text may be. #}
{% macro typed(expression, name) -%}
    {{ {'key': as_key, 'text': as_text}[name](expression) if name in ('key', 'text') else expression }}
{%- endmacro %}


{# An empty value of a type. #}
{% macro typed_null(name) -%}
    {{ return(adapter.dispatch('typed_null', 'goldreel')(name)) }}
{%- endmacro %}

{% macro default__typed_null(name) -%}
    cast(null as {{ sql_type(name) }})
{%- endmacro %}

{% macro sqlserver__typed_null(name) -%}
    cast(null as {{ sql_type(name) }}){{ ' collate ' ~ exact_collation() if name in ('key', 'text') }}
{%- endmacro %}
