{% set counts = ref('touched_counts') %}
{% set days = source('built', 'user_days') %}

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
    days.user_id,
    days.watch_date
from touched
inner join {{ days }} as days on touched.user_id = days.user_id
where
    days.first_date >= touched.watch_date
    or (
        days.watch_date < touched.watch_date
        and (days.next_date >= touched.watch_date or days.next_date is null)
    )
    or (days.watch_date > touched.watch_date and days.previous_date <= touched.watch_date)
{% else %}
{{ no_keys({'user_id': 'key', 'watch_date': 'date'}) }}
{% endif %}
