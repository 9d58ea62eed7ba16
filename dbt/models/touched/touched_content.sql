{% set records = ref('stg_content') %}

{% if builds_what_is_new() %}
select distinct content_id
from {{ records }}
where content_id is not null
{% else %}
{{ no_keys({'content_id': 'key'}) }}
{% endif %}
