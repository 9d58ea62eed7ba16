{{ config(materialized='view') }}

select
    user_id,
    watch_date
from {{ ref('seen_days') }}
where is_counted_anew = 1
