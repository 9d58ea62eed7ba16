{#
    How SQL Server keeps an enforced contract. dbt-sqlserver asks the server to describe the query, which not every
    server of this family can do for a query that begins with a CTE; a view on the query can be asked everywhere.
#}
{% macro sqlserver__get_assert_columns_equivalent(sql) -%}
    {%- if execute -%}
        {%- set probe = this.incorporate(path={'identifier': this.identifier ~ '__contract'}, type='view') -%}
        {%- do adapter.drop_relation(probe) -%}
        {%- call statement('create_contract_probe', auto_begin=False) -%}
            {{ get_create_view_as_sql(probe, sql) }}
        {%- endcall -%}
        {%- do assert_columns_equivalent('select * from ' ~ probe.include(database=False)) -%}
        {%- do adapter.drop_relation(probe) -%}
    {%- endif -%}
{%- endmacro %}


{# A text column compares exactly, whatever the database's collation is. #}
{% macro sqlserver__build_columns_constraints(relation, only_not_null=False) -%}
    {%- set columns = adapter.render_raw_columns_constraints(raw_columns=model['columns'], only_not_null=only_not_null) -%}
    (
    {%- for column in columns %}
        {{ column
            | replace(sql_type('text'), sql_type('text') ~ ' collate ' ~ exact_collation())
            | replace(sql_type('key'), sql_type('key') ~ ' collate ' ~ exact_collation()) }}{{ ',' if not loop.last }}
    {%- endfor %}
    )
{%- endmacro %}
