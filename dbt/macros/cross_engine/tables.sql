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
