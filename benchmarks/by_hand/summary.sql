-- Gold of one row, or a few.

create or replace table gold_executive_summary as
select
    'Platform Overview' as metric_category,
    (select count(*) from silver_users) as active_users_100h_plus,
    (select count(*) from silver_content) as total_content_catalog,
    count(*) as total_viewing_sessions,
    (select two_decimals(avg(total_watch_time_hours)) from silver_users) as avg_user_engagement_hours,
    count(distinct content_id) as content_with_views,
    coalesce(sum(duration_minutes), 0) / 60 as total_watch_hours,
    max(watch_date) as data_through,
    (select 1 / nullif(sum(watch_share * watch_share), 0) from gold_content_lifecycle) as effective_catalog_size,
    (select count(*) from staging.judged_users where outcome in ('current', 'inactive_user')) as total_users
from silver_viewing_sessions;

create or replace table gold_user_segmentation as
select
    user_segment,
    count(*) as users_in_segment,
    avg(total_watch_time_hours) as avg_watch_hours,
    avg(total_sessions) as avg_sessions_per_user,
    avg(unique_content_watched) as avg_unique_content,
    two_decimals(100 * count(*) / sum(count(*)) over ()) as segment_percentage
from gold_user_analytics
group by user_segment;

create or replace table gold_data_quality as
select 'users' as entity, outcome, rule, count(*) as records from staging.judged_users group by all
union all
select 'viewing_sessions', outcome, rule, count(*) from staging.judged_viewing_sessions group by all
union all
select 'content', outcome, rule, count(*) from staging.judged_content group by all;
