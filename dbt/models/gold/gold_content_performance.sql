with sessions as (
    select
        content_id,
        sum(plays) as total_views,
        {{ ratio('sum(minutes_watched)', 'sum(plays)') }} as avg_watch_time,
        {{ ratio('sum(completion_sum)', 'sum(completions)') }} as avg_completion_rate
    from {{ ref('title_days') }}
    where is_active = 1
    group by content_id
),

viewers as (
    select
        content_id,
        count(*) as unique_viewers
    from {{ ref('user_titles') }}
    where is_active = 1
    group by content_id
),

performance as (
    select
        titles.*,
        coalesce(sessions.total_views, 0) as total_views,
        coalesce(viewers.unique_viewers, 0) as unique_viewers,
        sessions.avg_watch_time,
        sessions.avg_completion_rate
    from {{ ref('silver_content') }} as titles
    left join sessions on titles.content_id = sessions.content_id
    left join viewers on titles.content_id = viewers.content_id
)

select
    content_id,
    title,
    genre,
    content_type,
    duration_minutes,
    release_year,
    rating,
    production_budget,
    {{ as_whole('total_views') }} as total_views,
    {{ as_whole('unique_viewers') }} as unique_viewers,
    avg_watch_time,
    avg_completion_rate,
    {{ two_decimals(ratio('total_views', 'production_budget / 1000000')) }} as views_per_million_budget,
    {{ as_text("case
        when rating >= " ~ var('excellent_rating') ~ " then 'Excellent'
        when rating >= " ~ var('very_good_rating') ~ " then 'Very Good'
        when rating >= " ~ var('good_rating') ~ " then 'Good'
        when rating >= " ~ var('average_rating') ~ " then 'Average'
        when rating is not null then 'Below Average'
    end") }} as rating_category
from performance
