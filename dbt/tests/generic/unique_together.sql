{# Fails for every combination of values that stands in more than one row; empty values are equal to each other. #}
{% test unique_together(model, columns) %}

select
    {%- for column in columns %}
    {{ adapter.quote(column) }},
    {%- endfor %}
    count(*) as records
from {{ model }}
group by
    {%- for column in columns %}
    {{ adapter.quote(column) }}{{ ',' if not loop.last }}
    {%- endfor %}
having count(*) > 1

{% endtest %}
