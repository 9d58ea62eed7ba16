{% set records = ref('stg_users') %}

{% if builds_what_is_new() %}
select distinct user_id
from {{ records }}
where user_id is not null
{% else %}
{{ no_keys({'user_id': 'key'}) }}
{% endif %}
