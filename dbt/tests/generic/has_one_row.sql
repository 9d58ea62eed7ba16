{# Fails when a table that always has one row has none or several; says how many. #}
{% test has_one_row(model) %}

with counted as (
    select count(*) as records
    from {{ model }}
)

select records
from counted
where records <> 1

{% endtest %}
