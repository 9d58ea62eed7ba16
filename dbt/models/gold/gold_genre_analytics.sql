with last_day as (
    select max(watch_date) as watch_date
    from {{ ref('title_days') }}
    where is_active = 1
),

-- two windows of the same length; the last one ends on the last day with a session
windows as (
    select
        {{ add_days('watch_date', '-' ~ var('trend_window_days')) }} as last_one_begins_after,
        {{ add_days('watch_date', '-' ~ 2 * var('trend_window_days')) }} as previous_one_begins_after
    from last_day
),

titles as (
    select
        genres.genre,
        count(*) as total_content_items,
        {{ average('titles.production_budget') }} as avg_production_budget,
        coalesce(sum(titles.production_budget), 0) as total_investment,
        {{ average('titles.rating') }} as avg_genre_rating,
        {{ average('titles.duration_minutes') }} as avg_content_duration
    from {{ ref('bridge_content_genre') }} as genres
    inner join {{ ref('silver_content') }} as titles on genres.content_id = titles.content_id
    group by genres.genre
),

sessions as (
    select
        genres.genre,
        sum(sessions.plays) as total_views,
        {{ ratio('sum(sessions.minutes_watched)', 'sum(sessions.plays)') }} as avg_watch_time,
        sum(
            case when sessions.watch_date > windows.last_one_begins_after then sessions.plays else 0 end
        ) as views_last_30_days,
        sum(
            case
                when sessions.watch_date > windows.last_one_begins_after then 0
                when sessions.watch_date > windows.previous_one_begins_after then sessions.plays
                else 0
            end
        ) as views_previous_30_days
    from {{ ref('title_days') }} as sessions
    inner join {{ ref('bridge_content_genre') }} as genres on sessions.content_id = genres.content_id
    cross join windows
    where sessions.is_active = 1
    group by genres.genre
),

viewers as (
    select
        genre,
        count(*) as unique_viewers
    from {{ ref('user_genres') }}
    where is_active = 1
    group by genre
)

select
    titles.genre,
    {{ as_whole('titles.total_content_items') }} as total_content_items,
    {{ as_whole('coalesce(sessions.total_views, 0)') }} as total_views,
    {{ as_whole('coalesce(viewers.unique_viewers, 0)') }} as unique_viewers,
    titles.avg_production_budget,
    {{ as_number('titles.total_investment') }} as total_investment,
    titles.avg_genre_rating,
    titles.avg_content_duration,
    sessions.avg_watch_time,
    {{ as_whole('coalesce(sessions.views_last_30_days, 0)') }} as views_last_30_days,
    {{ as_whole('coalesce(sessions.views_previous_30_days, 0)') }} as views_previous_30_days,
    {{ two_decimals(ratio(
        '100 * (' ~ as_number('sessions.views_last_30_days') ~ ' - sessions.views_previous_30_days)',
        'sessions.views_previous_30_days'
    )) }} as view_trend_pct
from titles
left join sessions on titles.genre = sessions.genre
left join viewers on titles.genre = viewers.genre
