-- The same work as `goldreel run`, written for DuckDB alone by hand: load one delivery into bronze, judge every record,
-- build silver, gold and the star schema, and copy what readers open to a second file.
--
-- What it does without: it expects one well-formed file of each kind, uncompressed, with the columns in the usual
-- order. A second delivery, a quoted line break, a missing column, a crash half-way or a wrong number in gold are not
-- its business: no ledger, no rejected records, no resuming, no tests. That is what goldreel's extra time buys.
--
-- by_hand.py sets the variables `delivery` and `as_of`, and attaches the readers' file as `readers`.

-- Bronze: records as delivered, values as text.

create schema bronze;

create table bronze.users as
select
    *,
    1 as _load_id,
    'users.csv' as _source_file,
    row_number() over () as _source_row,
    current_timestamp::timestamp as _loaded_at
from read_csv(getvariable('delivery') || '/users.csv', header = true, all_varchar = true);

create table bronze.viewing_sessions as
select
    *,
    2 as _load_id,
    'viewing_sessions.csv' as _source_file,
    row_number() over () as _source_row,
    current_timestamp::timestamp as _loaded_at
from read_csv(getvariable('delivery') || '/viewing_sessions.csv', header = true, all_varchar = true);

create table bronze.content as
with document as (
    from read_json(
        getvariable('delivery') || '/content.json',
        columns = {movies: 'json[]', series: 'json[]'},
        maximum_object_size = 100_000_000
    )
),

titles as (
    select
        'movie' as content_type,
        unnest(movies) as title,
        generate_subscripts(movies, 1) as _source_row
    from document
    union all
    select
        'series' as content_type,
        unnest(series) as title,
        len(movies) + generate_subscripts(series, 1) as _source_row
    from document
),

counted as (
    select
        *,
        list_sum((title -> 'episodes_per_season')::bigint[]) as episodes
    from titles
)

select
    title ->> 'content_id' as content_id,
    title ->> 'title' as title,
    array_to_string(title ->> '$.genre[*]', ', ') as genre,
    content_type,
    case
        when content_type = 'movie' then title ->> 'duration_minutes'
        else ((title ->> 'avg_episode_duration')::double * episodes)::varchar
    end as duration_minutes,
    title ->> 'release_year' as release_year,
    title ->> 'rating' as rating,
    title ->> case when content_type = 'movie' then 'views_count' else 'total_views' end as views_count,
    title ->> 'production_budget' as production_budget,
    title ->> 'seasons' as seasons,
    episodes::varchar as total_episodes,
    title ->> 'avg_episode_duration' as avg_episode_duration,
    title ->> 'episodes_per_season' as episodes_per_season,
    3 as _load_id,
    'content.json' as _source_file,
    _source_row,
    current_timestamp::timestamp as _loaded_at
from counted;

-- Rules: text to typed values; every record gets an outcome, and the first rule it breaks.

create schema staging;

create macro clean(txt) as
    case
        when txt < '!' or right(txt, 1) < '!' then nullif(trim(txt, e' \t\r\n'), '')
        else txt
    end;

create macro number_or_null(txt) as
    case when regexp_full_match(txt, '[+-]?[0-9]+([.][0-9]+)?') then try_cast(txt as double) end;

create macro whole_or_null(txt) as
    case when regexp_full_match(txt, '[+-]?[0-9]+') then try_cast(txt as bigint) end;

create macro date_or_null(txt) as
    case
        when regexp_full_match(txt, '[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}.*)?') then try_cast(left(txt, 10) as date)
    end;

create macro is_plausible(day, loaded_on) as day >= date '1900-01-01' and day <= loaded_on + 1;

create macro two_decimals(x) as sign(x) * floor(abs(x) * 100 + 0.5) / 100;

create table staging.judged_users as
with cleaned as (
    select
        * replace (
            clean(user_id) as user_id,
            clean(age) as age,
            clean(country) as country,
            clean(subscription_type) as subscription_type,
            clean(registration_date) as registration_date,
            clean(total_watch_time_hours) as total_watch_time_hours
        ),
        registration_date as delivered_date,
        total_watch_time_hours as delivered_hours
    from bronze.users
),

typed as (
    select
        user_id,
        whole_or_null(age) as age,
        coalesce(country, 'Unknown') as country,
        coalesce(subscription_type, 'Unknown') as subscription_type,
        date_or_null(registration_date) as signup_date,
        number_or_null(total_watch_time_hours) as total_watch_time_hours,
        delivered_date,
        delivered_hours,
        _load_id as load_id,
        _source_file as source_file,
        _source_row as source_row,
        _loaded_at::date as loaded_on
    from cleaned
),

judged as (
    select
        * replace (if(age between 0 and 120, age, null) as age),
        case
            when user_id is null then 'user_id_missing'
            when total_watch_time_hours is null or total_watch_time_hours not between 0 and 1_000_000
                then 'hours_invalid'
            when signup_date is null then 'signup_date_invalid'
            when not is_plausible(signup_date, loaded_on) then 'signup_date_implausible'
        end as rule
    from typed
)

select
    * exclude (delivered_date, delivered_hours, loaded_on),
    case
        when rule = 'hours_invalid' then delivered_hours
        when rule in ('signup_date_invalid', 'signup_date_implausible') then delivered_date
    end as offending_value,
    case
        when rule is not null then 'quarantined'
        when row_number() over (partition by user_id, rule order by load_id desc, source_row desc) > 1 then 'superseded'
        when total_watch_time_hours >= 100 then 'current'
        else 'inactive_user'
    end as outcome
from judged;

create table staging.judged_content as
with cleaned as (
    select
        * replace (
            clean(content_id) as content_id,
            clean(title) as title,
            clean(genre) as genre,
            clean(duration_minutes) as duration_minutes,
            clean(release_year) as release_year,
            clean(rating) as rating,
            clean(views_count) as views_count,
            clean(production_budget) as production_budget,
            clean(seasons) as seasons,
            clean(total_episodes) as total_episodes
        ),
        duration_minutes as delivered_duration
    from bronze.content
),

typed as (
    select
        content_id,
        coalesce(title, 'Untitled') as title,
        coalesce(genre, 'Unknown') as genre,
        content_type,
        number_or_null(duration_minutes) as duration_minutes,
        whole_or_null(release_year) as release_year,
        number_or_null(rating) as rating,
        number_or_null(views_count) as views_count,
        number_or_null(production_budget) as production_budget,
        whole_or_null(seasons) as seasons,
        whole_or_null(total_episodes) as total_episodes,
        delivered_duration,
        _load_id as load_id,
        _source_file as source_file,
        _source_row as source_row
    from cleaned
),

judged as (
    select
        * replace (
            if(rating is null, null, greatest(0, least(5, rating))) as rating,
            if(release_year between 1 and 9999, release_year, 2020) as release_year,
            if(views_count between 0 and 1e15, views_count, null) as views_count,
            if(production_budget between 0 and 1e13, production_budget, null) as production_budget
        ),
        case
            when content_id is null then 'content_id_missing'
            when duration_minutes is null or duration_minutes <= 0 or duration_minutes > 1_000_000
                then 'content_duration_invalid'
        end as rule
    from typed
)

select
    * exclude (delivered_duration),
    case rule when 'content_duration_invalid' then delivered_duration end as offending_value,
    case
        when rule is not null then 'quarantined'
        when row_number() over (partition by content_id, rule order by load_id desc, source_row desc) > 1 then 'superseded'
        else 'current'
    end as outcome
from judged;

create view staging.typed_viewing_sessions as
with cleaned as (
    select
        clean(session_id) as session_id,
        clean(user_id) as user_id,
        clean(content_id) as content_id,
        date_or_null(clean(watch_date)) as watch_date,
        number_or_null(clean(watch_duration_minutes)) as duration_minutes,
        number_or_null(clean(completion_percentage)) as completion_percentage,
        coalesce(clean(device_type), 'Unknown') as device_type,
        coalesce(clean(quality_level), 'Unknown') as quality_level,
        watch_date as delivered_date,
        watch_duration_minutes as delivered_duration,
        _load_id as load_id,
        _source_file as source_file,
        _source_row as source_row,
        _loaded_at::date as loaded_on
    from bronze.viewing_sessions
)

select
    * replace (if(completion_percentage between 0 and 100, completion_percentage, null) as completion_percentage),
    case
        when session_id is null then 'session_id_missing'
        when user_id is null then 'user_id_missing'
        when content_id is null then 'content_id_missing'
        when watch_date is null then 'watch_date_invalid'
        when not is_plausible(watch_date, loaded_on) then 'watch_date_implausible'
        when duration_minutes is null or duration_minutes <= 0 or duration_minutes > 1440 then 'duration_invalid'
    end as rule
from cleaned;

-- Only keys that occur more than once are ranked; ranking 20 million records costs far more.
create temp table superseded_sessions as
with repeated as (
    select clean(session_id) as session_id from bronze.viewing_sessions group by all having count(*) > 1
)

select
    load_id,
    source_row
from staging.typed_viewing_sessions
where rule is null and session_id in (from repeated)
qualify row_number() over (partition by session_id order by load_id desc, source_row desc) > 1;

create table staging.judged_viewing_sessions as
with users as (
    select
        user_id,
        outcome = 'current' as is_active
    from staging.judged_users
    where outcome in ('current', 'inactive_user')
),

titles as (
    select content_id from staging.judged_content where outcome = 'current'
),

judged as (
    select
        sessions.* replace (
            case
                when sessions.rule is not null then sessions.rule
                when superseded.load_id is not null then null
                when users.user_id is null then 'user_unknown'
                when titles.content_id is null then 'content_unknown'
            end as rule
        ),
        case
            when sessions.rule is not null then 'quarantined'
            when superseded.load_id is not null then 'superseded'
            when users.user_id is null or titles.content_id is null then 'held'
            when users.is_active then 'current'
            else 'inactive_user'
        end as outcome
    from staging.typed_viewing_sessions as sessions
    left join superseded_sessions as superseded using (load_id, source_row)
    left join users on sessions.user_id = users.user_id
    left join titles on sessions.content_id = titles.content_id
)

select
    * exclude (delivered_date, delivered_duration, loaded_on),
    case rule
        when 'watch_date_invalid' then delivered_date
        when 'watch_date_implausible' then delivered_date
        when 'duration_invalid' then delivered_duration
        when 'user_unknown' then user_id
        when 'content_unknown' then content_id
    end as offending_value
from judged;

-- What was set aside.

create table quarantine as
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

create table held_viewing_sessions as
select session_id, rule, offending_value, user_id, content_id, watch_date, load_id, source_file, source_row
from staging.judged_viewing_sessions
where outcome = 'held';

-- Silver.

create table silver_users as
select user_id, age, country, subscription_type, signup_date, total_watch_time_hours
from staging.judged_users
where outcome = 'current';

create table silver_content as
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

create view silver_viewing_sessions as
select
    session_id,
    user_id,
    content_id,
    watch_date,
    duration_minutes,
    completion_percentage,
    device_type,
    quality_level
from staging.judged_viewing_sessions
where outcome = 'current';

-- Gold.

create table bridge_content_genre as
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

create table gold_user_analytics as
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

create table gold_content_performance as
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

create table gold_country_insights as
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

create table gold_genre_analytics as
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

-- Gold about the audience: all users' sessions, those who lapsed included.

create view counted_sessions as
from staging.judged_viewing_sessions where outcome in ('current', 'inactive_user');

-- A user enters the trailing windows on a day watched, and leaves when the window has passed or the next day watched comes.
create table gold_daily_activity as
with visits as (
    select
        user_id,
        watch_date,
        count(*) as sessions,
        sum(duration_minutes) as minutes,
        lag(watch_date) over (partition by user_id order by watch_date) is null as is_new,
        lead(watch_date) over (partition by user_id order by watch_date) as next_day
    from counted_sessions
    group by user_id, watch_date
),

came as (
    select
        watch_date as activity_date,
        sum(sessions)::bigint as sessions,
        sum(minutes) / 60 as watch_hours,
        count(*) as dau,
        count_if(is_new) as new_users
    from visits
    group by watch_date
),

left_week as (
    select least(watch_date + 7, next_day) as activity_date, count(*) as users from visits group by all
),

left_month as (
    select least(watch_date + 30, next_day) as activity_date, count(*) as users from visits group by all
),

days as (
    select unnest(generate_series(min(watch_date), max(watch_date), interval 1 day))::date as activity_date
    from counted_sessions
),

counted as (
    select
        days.activity_date,
        coalesce(sessions, 0) as sessions,
        coalesce(watch_hours, 0) as watch_hours,
        coalesce(dau, 0) as dau,
        sum(coalesce(dau, 0) - coalesce(left_week.users, 0)) over (order by days.activity_date)::bigint as wau,
        sum(coalesce(dau, 0) - coalesce(left_month.users, 0)) over (order by days.activity_date)::bigint as mau,
        coalesce(new_users, 0)::bigint as new_users
    from days
    left join came on days.activity_date = came.activity_date
    left join left_week on days.activity_date = left_week.activity_date
    left join left_month on days.activity_date = left_month.activity_date
)

select *, dau / mau as stickiness from counted;

create table gold_retention_cohorts as
with user_months as (
    select distinct user_id, date_trunc('month', watch_date)::date as watch_month from counted_sessions
),

users as (
    select user_id, min(watch_month) as cohort_month from user_months group by user_id
),

months as (
    select unnest(generate_series(min(watch_month), max(watch_month), interval 1 month))::date as watch_month
    from user_months
),

cohorts as (
    select cohort_month, count(*) as cohort_users from users group by cohort_month
),

retained as (
    select cohort_month, watch_month, count(*) as retained_users
    from user_months
    inner join users using (user_id)
    group by cohort_month, watch_month
)

select
    cohorts.cohort_month,
    date_diff('month', cohorts.cohort_month, months.watch_month) as months_since,
    cohort_users,
    coalesce(retained_users, 0) as retained_users,
    coalesce(retained_users, 0) / cohort_users as retention_rate
from cohorts
inner join months on cohorts.cohort_month <= months.watch_month
left join retained on cohorts.cohort_month = retained.cohort_month and months.watch_month = retained.watch_month;

create table gold_subscription_insights as
with sessions as (
    select
        user_id,
        count(*) as sessions,
        sum(duration_minutes) as minutes,
        count(completion_percentage) as completions,
        sum(completion_percentage) as completion_sum
    from counted_sessions
    group by user_id
)

select
    subscription_type,
    count(*) as total_users,
    count_if(outcome = 'current')::bigint as active_users,
    count_if(outcome = 'current') / count(*) as active_share,
    avg(total_watch_time_hours) as avg_watch_hours_per_user,
    coalesce(sum(sessions), 0)::bigint as total_sessions,
    sum(minutes) / sum(sessions) as avg_session_duration,
    sum(completion_sum) / nullif(sum(completions), 0) as avg_completion_rate
from staging.judged_users as users
left join sessions on users.user_id = sessions.user_id
where outcome in ('current', 'inactive_user')
group by subscription_type;

create table gold_device_quality as
select
    device_type,
    quality_level,
    count(*) as sessions,
    sum(duration_minutes) / 60 as watch_hours,
    avg(completion_percentage) as avg_completion_rate,
    count(distinct user_id) as unique_users
from counted_sessions
group by device_type, quality_level;

create table gold_content_lifecycle as
with pairs as (
    select content_id, user_id, count(*) as plays, max(completion_percentage) as best
    from counted_sessions
    group by content_id, user_id
),

viewers as (
    select
        content_id,
        count(*) as starters,
        count_if(best >= 70) as watchers,
        count_if(best >= 90) as completers,
        count_if(2 * plays >= plays_of_user) as exclusive_viewers
    from (select *, sum(plays) over (partition by user_id) as plays_of_user from pairs)
    group by content_id
),

running as (
    select
        content_id,
        watch_date,
        count(*) as plays,
        sum(duration_minutes) as minutes,
        min(watch_date) over (partition by content_id) as first_day,
        sum(count(*)) over (partition by content_id order by watch_date) as so_far,
        sum(count(*)) over (partition by content_id) as all_plays
    from counted_sessions
    group by content_id, watch_date
),

lives as (
    select
        content_id,
        first_day,
        sum(plays) filter (watch_date < first_day + 7) as week,
        sum(plays) filter (watch_date < first_day + 28) as four_weeks,
        min(watch_date) filter (2 * so_far >= all_plays) as half_life_day,
        sum(minutes) as minutes,
        sum(minutes) / sum(sum(minutes)) over () as watch_share
    from running
    group by content_id, first_day
)

select
    content_id,
    first_day as first_view_date,
    coalesce(starters, 0) as starters,
    coalesce(watchers, 0)::bigint as watchers,
    coalesce(completers, 0)::bigint as completers,
    coalesce(week, 0)::bigint as views_first_7_days,
    coalesce(four_weeks, 0)::bigint as views_first_28_days,
    half_life_day - first_day as half_life_days,
    coalesce(minutes, 0) / 60 as watch_hours,
    coalesce(watch_share, 0) as watch_share,
    coalesce(exclusive_viewers, 0)::bigint as exclusive_viewers
from silver_content
left join lives using (content_id)
left join viewers using (content_id);

create table gold_executive_summary as
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

create table gold_user_segmentation as
select
    user_segment,
    count(*) as users_in_segment,
    avg(total_watch_time_hours) as avg_watch_hours,
    avg(total_sessions) as avg_sessions_per_user,
    avg(unique_content_watched) as avg_unique_content,
    two_decimals(100 * count(*) / sum(count(*)) over ()) as segment_percentage
from gold_user_analytics
group by user_segment;

create table gold_data_quality as
select 'users' as entity, outcome, rule, count(*) as records from staging.judged_users group by all
union all
select 'viewing_sessions', outcome, rule, count(*) from staging.judged_viewing_sessions group by all
union all
select 'content', outcome, rule, count(*) from staging.judged_content group by all;

-- The star schema.

create table dim_user as
select user_id, age, country, subscription_type, signup_date, user_segment, total_watch_time_hours
from gold_user_analytics;

create table dim_content as
select silver_content.* exclude (views_count), rating_category
from silver_content
inner join gold_content_performance using (content_id);

create table dim_genre as
select genre, count(*) as titles from bridge_content_genre group by genre;

create table dim_date as
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

create view fact_viewing_session as
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

-- What readers open.

create table readers.silver_users as from silver_users;
create table readers.silver_content as from silver_content;
create table readers.silver_viewing_sessions as from silver_viewing_sessions;
create table readers.gold_user_analytics as from gold_user_analytics;
create table readers.gold_content_performance as from gold_content_performance;
create table readers.gold_country_insights as from gold_country_insights;
create table readers.gold_genre_analytics as from gold_genre_analytics;
create table readers.gold_executive_summary as from gold_executive_summary;
create table readers.gold_user_segmentation as from gold_user_segmentation;
create table readers.gold_data_quality as from gold_data_quality;
create table readers.gold_daily_activity as from gold_daily_activity;
create table readers.gold_retention_cohorts as from gold_retention_cohorts;
create table readers.gold_subscription_insights as from gold_subscription_insights;
create table readers.gold_device_quality as from gold_device_quality;
create table readers.gold_content_lifecycle as from gold_content_lifecycle;
