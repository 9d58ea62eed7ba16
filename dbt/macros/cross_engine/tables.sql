{#
    How Spark stores a partitioned table. Every task writes a file of its own into each partition that it has rows of;
    brought together by partition first, a partition has as few files as its size asks for, and a large one several.
#}
{% macro spark__create_table_as(temporary, relation, compiled_code, language='sql') -%}
    {%- set columns = config.get('partition_by') -%}
    {%- if columns -%}
        {%- set columns = [columns] if columns is string else columns -%}
        {%- set compiled_code = 'select /*+ rebalance(' ~ columns | join(', ') ~ ') */ * from (' ~ compiled_code ~ ')' -%}
    {%- endif -%}
    {{ dbt.spark__create_table_as(temporary, relation, compiled_code, language) }}
{%- endmacro %}


{#
    At the end of a query: rows with the same value lie together in the table that is made of them. DuckDB tells whether it
    looks for a row by the column at a third to a quarter of the cost then, and sorting costs an eighth of storing.
    Elsewhere it was not measured, and SQL Server sorts nothing that a view gives.
#}
{% macro stored_in_order_of(column) -%}
    {{ return(adapter.dispatch('stored_in_order_of', 'goldreel')(column)) }}
{%- endmacro %}

{% macro default__stored_in_order_of(column) -%}
{%- endmacro %}

{% macro duckdb__stored_in_order_of(column) -%}
order by {{ column }}
{%- endmacro %}
