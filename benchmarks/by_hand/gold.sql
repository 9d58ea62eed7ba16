-- What readers ask for, made anew from what was judged.

-- What was set aside.

create or replace table quarantine as
select 'users' as entity, user_id as record_key, rule, offending_value, load_id, source_file, source_row
from staging.judged_users
where outcome = 'quarantined'
union all
select 'viewing_sessions', session_id, rule, offending_value, load_id, source_file, source_row
from staging.judged_viewing_sessions
where outcome = 'quarantined'
union all
select 'content', content_id, rule, offending_value, load_id, source_file, source_row
from staging.judged_content
where outcome = 'quarantined';

create or replace table held_viewing_sessions as
select session_id, rule, offending_value, user_id, content_id, watch_date, load_id, source_file, source_row
from staging.judged_viewing_sessions
where outcome = 'held';

-- Silver.

create or replace table silver_users as
select user_id, age, country, subscription_type, signup_date, total_watch_time_hours
from staging.judged_users
where outcome = 'current';

create or replace table silver_content as
select
    content_id,
    title,
    genre,
    content_type,
    duration_minutes,
    release_year,
    rating,
    views_count,
    production_budget,
    seasons,
    total_episodes
from staging.judged_content
where outcome = 'current';

-- Gold.

create or replace table bridge_content_genre as
with genres as (
    select
        content_id,
        list_distinct(list_transform(string_split(genre, ','), lambda part: clean(part))) as genres
    from silver_content
)

select
    content_id,
    unnest(if(len(genres) = 0, ['Unknown'], genres)) as genre,
    1::double / greatest(len(genres), 1) as genre_weight
from genres;

create or replace table gold_user_analytics as
with views as (
    select
        user_id,
        count(*) as total_sessions,
        avg(duration_minutes) as avg_session_duration,
        sum(duration_minutes) as total_minutes_watched,
        count(distinct content_id) as unique_content_watched,
        avg(completion_percentage) as avg_completion_rate,
        max(watch_date) as last_watch_date
    from silver_viewing_sessions
    group by user_id
)

select
    users.user_id,
    age,
    country,
    subscription_type,
    signup_date,
    total_watch_time_hours,
    coalesce(total_sessions, 0) as total_sessions,
    avg_session_duration,
    coalesce(total_minutes_watched, 0) as total_minutes_watched,
    coalesce(unique_content_watched, 0) as unique_content_watched,
    avg_completion_rate,
    last_watch_date,
    case
        when total_watch_time_hours >= 500 then 'Power User'
        when total_watch_time_hours >= 300 then 'Heavy User'
        when total_watch_time_hours >= 150 then 'Regular User'
        else 'Light User'
    end as user_segment,
    date_diff('day', signup_date, getvariable('as_of')::date) as days_since_signup
from silver_users as users
left join views on users.user_id = views.user_id;

create or replace table gold_content_performance as
with views as (
    select
        content_id,
        count(*) as total_views,
        count(distinct user_id) as unique_viewers,
        avg(duration_minutes) as avg_watch_time,
        avg(completion_percentage) as avg_completion_rate
    from silver_viewing_sessions
    group by content_id
)

select
    titles.content_id,
    title,
    genre,
    content_type,
    duration_minutes,
    release_year,
    rating,
    production_budget,
    coalesce(total_views, 0) as total_views,
    coalesce(unique_viewers, 0) as unique_viewers,
    avg_watch_time,
    avg_completion_rate,
    two_decimals(coalesce(total_views, 0) / nullif(production_budget / 1_000_000, 0)) as views_per_million_budget,
    case
        when rating >= 4.5 then 'Excellent'
        when rating >= 4.0 then 'Very Good'
        when rating >= 3.5 then 'Good'
        when rating >= 3.0 then 'Average'
        when rating is not null then 'Below Average'
    end as rating_category
from silver_content as titles
left join views on titles.content_id = views.content_id;

create or replace table gold_country_insights as
with users as (
    select
        country,
        count(*) as total_users,
        avg(total_watch_time_hours) as avg_watch_hours_per_user,
        avg(age) as avg_user_age,
        sum(total_sessions) as total_sessions,
        sum(total_minutes_watched) / nullif(sum(total_sessions), 0) as avg_session_duration
    from gold_user_analytics
    group by country
),

titles as (
    select
        country,
        count(distinct content_id) as unique_content_consumed
    from silver_viewing_sessions
    inner join silver_users using (user_id)
    group by country
)

select
    users.country,
    total_users,
    avg_watch_hours_per_user,
    avg_user_age,
    total_sessions::bigint as total_sessions,
    avg_session_duration,
    coalesce(unique_content_consumed, 0) as unique_content_consumed
from users
left join titles on users.country = titles.country;

create or replace table gold_genre_analytics as
with titles as (
    select
        genres.genre,
        count(*) as total_content_items,
        avg(production_budget) as avg_production_budget,
        coalesce(sum(production_budget), 0) as total_investment,
        avg(rating) as avg_genre_rating,
        avg(duration_minutes) as avg_content_duration
    from bridge_content_genre as genres
    inner join silver_content using (content_id)
    group by genres.genre
),

last_day as (
    select max(watch_date) as last_day from silver_viewing_sessions
),

views as (
    select
        genre,
        count(*) as total_views,
        count(distinct user_id) as unique_viewers,
        avg(duration_minutes) as avg_watch_time,
        count_if(watch_date > last_day - 30) as views_last_30_days,
        count_if(watch_date > last_day - 60 and watch_date <= last_day - 30) as views_previous_30_days
    from silver_viewing_sessions
    inner join bridge_content_genre using (content_id)
    cross join last_day
    group by genre
)

select
    titles.genre,
    total_content_items,
    coalesce(total_views, 0) as total_views,
    coalesce(unique_viewers, 0) as unique_viewers,
    avg_production_budget,
    total_investment,
    avg_genre_rating,
    avg_content_duration,
    avg_watch_time,
    coalesce(views_last_30_days, 0)::bigint as views_last_30_days,
    coalesce(views_previous_30_days, 0)::bigint as views_previous_30_days,
    two_decimals(100 * (views_last_30_days - views_previous_30_days) / nullif(views_previous_30_days, 0))
        as view_trend_pct
from titles
left join views on titles.genre = views.genre;
