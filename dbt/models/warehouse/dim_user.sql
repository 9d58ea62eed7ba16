select
    user_id,
    age,
    country,
    subscription_type,
    signup_date,
    user_segment,
    total_watch_time_hours
from {{ ref('gold_user_analytics') }}
