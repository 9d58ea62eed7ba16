{#
    Fails for every value outside the bounds. Bounds that are not given do not bind; an empty value passes unless the
    value is required.

    at_least   lowest value allowed
    above      the value must be greater than this
    at_most    highest value allowed
    required   an empty value fails too
#}
{% test in_range(model, column_name, at_least=none, above=none, at_most=none, required=false) %}

select {{ column_name }}
from {{ model }}
where
    1 = 0
    {%- if at_least is not none %}
    or {{ column_name }} < {{ at_least }}
    {%- endif %}
    {%- if above is not none %}
    or {{ column_name }} <= {{ above }}
    {%- endif %}
    {%- if at_most is not none %}
    or {{ column_name }} > {{ at_most }}
    {%- endif %}
    {%- if required %}
    or {{ column_name }} is null
    {%- endif %}

{% endtest %}
