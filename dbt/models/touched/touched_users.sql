{% set records = ref('stg_users') %}
{% set gone = source('bronze', 'being_forgotten') %}

{% if builds_what_is_new() %}
select distinct user_id
from {{ records }}
where user_id is not null
union
-- whose records are being taken away, and whatever user these mended
select user_key as user_id
from {{ gone }}
where user_key is not null
union
select record_key as user_id
from {{ gone }}
where
    entity = 'users'
    and record_key is not null
{% else %}
{{ no_keys({'user_id': 'key'}) }}
{% endif %}
