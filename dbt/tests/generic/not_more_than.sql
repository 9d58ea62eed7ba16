{# Fails for every row whose value exceeds that of another column, as distinct things cannot outnumber all of them. #}
{% test not_more_than(model, column_name, column) %}

select
    {{ column_name }},
    {{ column }}
from {{ model }}
where {{ column_name }} > {{ column }}

{% endtest %}
