{#
    What becomes of a record, as `outcome` of the judged tables.

    has_outcome: the condition that it became one of some. It leaves out the others: DuckDB answers that from the
    dictionary of a column, where it compares texts row by row for `in`, which costs six times as much.

    of: the table's name in the query, where a column needs one.
#}
{% macro outcomes() %}
    {{ return(['current', 'inactive_user', 'held', 'superseded', 'quarantined', 'withdrawn', 'repaired']) }}
{% endmacro %}

{% macro has_outcome(wanted, of=none) -%}
    {%- for outcome in wanted if outcome not in outcomes() -%}
        {{ exceptions.raise_compiler_error(outcome ~ ' is no outcome of a record') }}
    {%- endfor -%}
    {{ of ~ '.' if of }}outcome not in ('{{ outcomes() | reject('in', wanted) | join("', '") }}')
{%- endmacro %}
