{% set keys = {'users': 'user_id', 'viewing_sessions': 'session_id', 'content': 'content_id'} %}

{% for entity, key in keys.items() %}
select
    {{ as_text("'" ~ entity ~ "'") }} as entity,
    {{ key }} as record_key,
    broken_rule as {{ adapter.quote('rule') }},
    offending_value,
    load_id,
    source_file,
    source_row
from {{ ref('judged_' ~ entity) }}
where outcome = 'quarantined'
{{ 'union all' if not loop.last }}
{% endfor %}
