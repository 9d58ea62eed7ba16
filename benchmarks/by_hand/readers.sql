-- What readers open.

create or replace table readers.silver_users as from silver_users;
create or replace table readers.silver_content as from silver_content;
create or replace table readers.gold_user_analytics as from gold_user_analytics;
create or replace table readers.gold_content_performance as from gold_content_performance;
create or replace table readers.gold_country_insights as from gold_country_insights;
create or replace table readers.gold_genre_analytics as from gold_genre_analytics;
create or replace table readers.gold_executive_summary as from gold_executive_summary;
create or replace table readers.gold_user_segmentation as from gold_user_segmentation;
create or replace table readers.gold_data_quality as from gold_data_quality;
create or replace table readers.gold_daily_activity as from gold_daily_activity;
create or replace table readers.gold_retention_cohorts as from gold_retention_cohorts;
create or replace table readers.gold_subscription_insights as from gold_subscription_insights;
create or replace table readers.gold_device_quality as from gold_device_quality;
create or replace table readers.gold_content_lifecycle as from gold_content_lifecycle;
