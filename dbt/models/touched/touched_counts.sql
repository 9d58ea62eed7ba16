{% set sides = {'before': source('kept', 'before_viewing_sessions'), 'after': ref('judged_viewing_sessions')} %}
{% set anew = only_judged_anew('viewing_sessions', 'and') %}

{% if builds_what_is_new() %}
{%- for side, sessions in sides.items() %}
select
    user_id,
    content_id,
    watch_date
from {{ sessions }}
where {{ has_outcome(['current', 'inactive_user']) }}{{ anew if side == 'after' }}
{{ 'union' if not loop.last }}
{%- endfor %}
{% else %}
{{ no_keys({'user_id': 'key', 'content_id': 'key', 'watch_date': 'date'}) }}
{% endif %}
