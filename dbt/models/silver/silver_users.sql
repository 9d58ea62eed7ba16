select
    user_id,
    age,
    country,
    subscription_type,
    signup_date,
    total_watch_time_hours
from {{ ref('judged_users') }}
where outcome = 'current'
