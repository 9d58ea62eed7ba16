{{ config(materialized='view') }}

with delivered as (
    select
        user_id as delivered_user_id,
        registration_date as delivered_registration_date,
        total_watch_time_hours as delivered_total_watch_time_hours,
        {{ as_key(clean_text('user_id')) }} as user_id,
        {{ clean_text('age') }} as age,
        {{ clean_text('country') }} as country,
        {{ clean_text('subscription_type') }} as subscription_type,
        {{ clean_text('registration_date') }} as registration_date,
        {{ clean_text('total_watch_time_hours') }} as total_watch_time_hours,
        _load_id as load_id,
        _source_file as source_file,
        _source_row as source_row,
        {{ plausible_dates() }}
    from {{ source('bronze', 'users') }}{{ where_new('_load_id') }}
),

typed as (
    select
        delivered_user_id,
        delivered_registration_date,
        delivered_total_watch_time_hours,
        user_id,
        {{ whole_number_or_null('age') }} as age,
        {{ as_text("coalesce(country, 'Unknown')") }} as country,
        {{ as_text("coalesce(subscription_type, 'Unknown')") }} as subscription_type,
        {{ date_or_null('registration_date') }} as signup_date,
        {{ number_or_null('total_watch_time_hours') }} as total_watch_time_hours,
        load_id,
        source_file,
        source_row,
        {{ marks_of_empty('users') }} as marks,
        earliest_date,
        latest_date
    from delivered
)

select
    user_id,
    case when age between 0 and 120 then age end as age,
    country,
    subscription_type,
    signup_date,
    total_watch_time_hours,
    case when total_watch_time_hours >= {{ var('active_user_hours') }} then 1 else 0 end as is_active,
    {{ first_broken_rule('users') }} as broken_rule,
    {{ offending_value('users') }} as offending_value,
    load_id,
    source_file,
    source_row,
    {{ as_whole('marks') }} as marks
from typed
