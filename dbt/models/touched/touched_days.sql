{% set counts = ref('touched_counts') %}
{% set standing = source('built', 'user_days') %}

{% if builds_what_is_new() %}
with touched as (
    select distinct
        user_id,
        watch_date
    from {{ counts }}
)

select
    user_id,
    watch_date
from touched
union
-- days beside them, and all days of a user whose first one may be another
select
    standing.user_id,
    standing.watch_date
from touched
inner join {{ standing }} as standing on touched.user_id = standing.user_id
where
    standing.first_date >= touched.watch_date
    or (
        standing.watch_date < touched.watch_date
        and (standing.next_date >= touched.watch_date or standing.next_date is null)
    )
    or (standing.watch_date > touched.watch_date and standing.previous_date <= touched.watch_date)
{% else %}
{{ no_keys({'user_id': 'key', 'watch_date': 'date'}) }}
{% endif %}
