{% for entity in compared_entities() %}
select
    {{ change_columns() }}
from {{ ref('changed_' ~ entity) }}
{{ 'union all' if not loop.last }}
{% endfor %}
