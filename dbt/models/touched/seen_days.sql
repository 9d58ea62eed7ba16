{% set counts = ref('touched_counts') %}
{% set standing = source('built', 'user_days') %}

{% if builds_what_is_new() %}
with touched as (
    select distinct
        user_id,
        watch_date
    from {{ counts }}
),

-- days beside them, and all days of a user whose first one may be another
beside as (
    select
        standing.user_id,
        standing.watch_date,
        standing.first_date,
        standing.previous_date,
        standing.next_date
    from touched
    inner join {{ standing }} as standing on touched.user_id = standing.user_id
    where
        standing.first_date >= touched.watch_date
        or (
            standing.watch_date < touched.watch_date
            and (standing.next_date >= touched.watch_date or standing.next_date is null)
        )
        or (standing.watch_date > touched.watch_date and standing.previous_date <= touched.watch_date)
)

select
    user_id,
    watch_date,
    1 as is_counted_anew
from touched
union
select
    user_id,
    watch_date,
    1 as is_counted_anew
from beside
-- days by which those are told
{%- for told_by in ('first_date', 'previous_date', 'next_date') %}
union
select
    user_id,
    {{ told_by }} as watch_date,
    0 as is_counted_anew
from beside
{%- endfor %}
{% else %}
{{ no_keys({'user_id': 'key', 'watch_date': 'date', 'is_counted_anew': 'whole'}) }}
{% endif %}
