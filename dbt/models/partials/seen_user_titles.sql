{% set pairs = ref('user_titles') %}
{% set touched = only_counted_anew(['user_id'], 'pairs', 'touched_genres') %}

{% if builds_what_is_new() %}
select
    pairs.user_id,
    pairs.content_id,
    pairs.is_active,
    pairs.plays
from {{ pairs }} as pairs{{ touched }}
{% else %}
{{ no_keys({'user_id': 'key', 'content_id': 'key', 'is_active': 'whole', 'plays': 'whole'}) }}
{% endif %}
