-- The star schema.

create or replace table dim_user as
select user_id, age, country, subscription_type, signup_date, user_segment, total_watch_time_hours
from gold_user_analytics;

create or replace table dim_content as
select silver_content.* exclude (views_count), rating_category
from silver_content
inner join gold_content_performance using (content_id);

create or replace table dim_genre as
select genre, count(*) as titles from bridge_content_genre group by genre;

create or replace table dim_date as
with days as (
    select unnest(generate_series(min(watch_date), max(watch_date), interval 1 day))::date as date_day
    from silver_viewing_sessions
)

select
    strftime(date_day, '%Y%m%d')::bigint as date_key,
    date_day,
    year(date_day) as calendar_year,
    quarter(date_day) as quarter_number,
    month(date_day) as month_number,
    monthname(date_day) as month_name,
    date_trunc('month', date_day)::date as first_day_of_month,
    date_trunc('week', date_day)::date as first_day_of_week,
    day(date_day) as day_of_month,
    isodow(date_day) as day_of_week,
    dayname(date_day) as day_name,
    (isodow(date_day) >= 6)::integer as is_weekend
from days;

create or replace view fact_viewing_session as
select
    session_id,
    year(watch_date) * 10000 + month(watch_date) * 100 + day(watch_date) as date_key,
    user_id,
    content_id,
    watch_date,
    device_type,
    quality_level,
    duration_minutes,
    completion_percentage
from silver_viewing_sessions;
