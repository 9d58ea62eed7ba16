{#
    Before the first build there is no state of the build before: an empty one takes its place. For a model's pre_hook;
    the records after, whose columns it has, must have been built.

    judged: their table, for that model itself; it cannot refer to itself.
#}
{% macro make_state_if_missing(entity, judged=none) -%}
    {%- set judged = judged or ref('judged_' ~ entity) -%}
    {{ return(adapter.dispatch('make_state_if_missing', 'goldreel')(source('kept', 'before_' ~ entity), judged)) }}
{%- endmacro %}

{% macro default__make_state_if_missing(state, judged) -%}
    create table if not exists {{ state }} as select * from {{ judged }} where 1 = 0
{%- endmacro %}

{# In a schema of its own: what is in staging goes with every build. #}
{% macro spark__make_state_if_missing(state, judged) -%}
    create table if not exists {{ state }} using {{ env_var('GOLDREEL_SPARK_TABLE_FORMAT', 'parquet') }}
    as select * from {{ judged }} where 1 = 0
{%- endmacro %}

{% macro sqlserver__make_state_if_missing(state, judged) -%}
    if object_id(N'{{ state.include(database=False) }}') is null
        select top 0 * into {{ state.include(database=False) }} from {{ judged.include(database=False) }}
{%- endmacro %}

{#
    The statement that takes rows out of the table that a model adds to. Delta Lake's DELETE asks no other table; its MERGE does.

    condition: holds for these rows; by the name of the table, where a column needs one.
    keys, found: the same for engines that look for them another way: columns, and a table, or a query in parentheses, that
        has those of the rows.
#}
{% macro without_rows(condition, keys, found) -%}
    {{ return(adapter.dispatch('without_rows', 'goldreel')(condition, keys, found)) }}
{%- endmacro %}

{% macro default__without_rows(condition, keys, found) -%}
    delete from {{ this }} where {{ condition }}
{%- endmacro %}

{% macro spark__without_rows(condition, keys, found) -%}
    merge into {{ this }} as standing
    using (select distinct {{ keys | join(', ') }} from {{ found }}) as gone
    on
        {%- for key in keys %}
        {{ 'and ' if not loop.first }}standing.{{ key }} = gone.{{ key }}
        {%- endfor %}
    when matched then delete
{%- endmacro %}


{#
    A query of all columns of few rows of a large table. DuckDB reads every column of every row beside the condition; rows
    that it was told by their number it reads alone.
#}
{% macro whole_rows(table, condition) -%}
    {{ return(adapter.dispatch('whole_rows', 'goldreel')(table, condition)) }}
{%- endmacro %}

{% macro default__whole_rows(table, condition) -%}
    select * from {{ table }} where {{ condition }}
{%- endmacro %}

{% macro duckdb__whole_rows(table, condition) -%}
    select * from {{ table }} where rowid in (select rowid from {{ table }} where {{ condition }})
{%- endmacro %}


{#
    A hook that runs before a model looks at what it reads. dbt-sqlserver looks before the model's transaction begins;
    dbt-spark knows none, and runs those hooks only that are to be inside.
#}
{% macro before_all_else(statement) %}
    {{ return({'sql': statement, 'transaction': target.type == 'spark'}) }}
{% endmacro %}
