with viewers as (
    select
        content_id,
        count(*) as starters,
        sum(case when best_completion >= {{ var('watcher_completion') }} then 1 else 0 end) as watchers,
        sum(case when best_completion >= {{ var('completer_completion') }} then 1 else 0 end) as completers
    from {{ ref('user_titles') }}
    group by content_id
),

-- few users watch one title that often: only their titles are looked at
of_one_title as (
    select
        user_id,
        plays
    from {{ ref('user_totals') }}
    where 2 * most_plays >= plays
),

exclusive as (
    select
        pairs.content_id,
        count(*) as exclusive_viewers
    from {{ ref('user_titles') }} as pairs
    inner join of_one_title as users on pairs.user_id = users.user_id
    where 2 * pairs.plays >= users.plays
    group by pairs.content_id
),

title_days as (
    select
        content_id,
        watch_date,
        sum(plays) as plays,
        sum(minutes_watched) as minutes_watched
    from {{ ref('title_days') }}
    group by content_id, watch_date
),

running as (
    select
        content_id,
        watch_date,
        plays,
        minutes_watched,
        min(watch_date) over (partition by content_id) as first_view_date,
        sum(plays) over (partition by content_id) as all_views,
        sum(plays) over (
            partition by content_id
            order by watch_date
            rows between unbounded preceding and current row
        ) as views_so_far
    from title_days
),

lives as (
    select
        content_id,
        first_view_date,
        sum(case when watch_date < {{ add_days('first_view_date', var('launch_days')) }} then plays else 0 end)
            as views_at_launch,
        sum(case when watch_date < {{ add_days('first_view_date', var('early_days')) }} then plays else 0 end)
            as views_early_on,
        min(case when 2 * views_so_far >= all_views then watch_date end) as half_life_date,
        sum(minutes_watched) as minutes_watched
    from running
    group by content_id, first_view_date
),

whole as (
    select sum(minutes_watched) as minutes_watched
    from lives
)

select
    titles.content_id,
    lives.first_view_date,
    {{ as_whole('coalesce(viewers.starters, 0)') }} as starters,
    {{ as_whole('coalesce(viewers.watchers, 0)') }} as watchers,
    {{ as_whole('coalesce(viewers.completers, 0)') }} as completers,
    {{ as_whole('coalesce(lives.views_at_launch, 0)') }} as views_first_7_days,
    {{ as_whole('coalesce(lives.views_early_on, 0)') }} as views_first_28_days,
    {{ as_whole(days_between('lives.first_view_date', 'lives.half_life_date')) }} as half_life_days,
    {{ as_number('coalesce(lives.minutes_watched, 0)') }} / 60 as watch_hours,
    {{ ratio('coalesce(lives.minutes_watched, 0)', 'whole.minutes_watched') }} as watch_share,
    {{ as_whole('coalesce(exclusive.exclusive_viewers, 0)') }} as exclusive_viewers
from {{ ref('silver_content') }} as titles
left join lives on titles.content_id = lives.content_id
left join viewers on titles.content_id = viewers.content_id
left join exclusive on titles.content_id = exclusive.content_id
cross join whole
