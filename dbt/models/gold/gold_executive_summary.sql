with users as (
    select
        count(*) as active_users,
        {{ average('total_watch_time_hours') }} as avg_hours
    from {{ ref('silver_users') }}
),

titles as (
    select count(*) as total_titles
    from {{ ref('silver_content') }}
),

sessions as (
    select
        coalesce(sum(plays), 0) as total_sessions,
        coalesce(sum(minutes_watched), 0) as minutes_watched,
        count(distinct content_id) as content_with_views,
        max(watch_date) as data_through
    from {{ ref('title_days') }}
    where is_active = 1
),

valid_users as (
    select count(*) as total_users
    from {{ ref('judged_users') }}
    where {{ has_outcome(['current', 'inactive_user']) }}
),

shares as (
    select sum(watch_share * watch_share) as concentration
    from {{ ref('gold_content_lifecycle') }}
)

select
    {{ as_text("'Platform Overview'") }} as metric_category,
    {{ as_whole('users.active_users') }} as active_users_100h_plus,
    {{ as_whole('titles.total_titles') }} as total_content_catalog,
    {{ as_whole('sessions.total_sessions') }} as total_viewing_sessions,
    {{ two_decimals('users.avg_hours') }} as avg_user_engagement_hours,
    {{ as_whole('sessions.content_with_views') }} as content_with_views,
    {{ as_number('sessions.minutes_watched') }} / 60 as total_watch_hours,
    sessions.data_through,
    {{ ratio('1', 'shares.concentration') }} as effective_catalog_size,
    {{ as_whole('valid_users.total_users') }} as total_users
from users
cross join titles
cross join sessions
cross join valid_users
cross join shares
