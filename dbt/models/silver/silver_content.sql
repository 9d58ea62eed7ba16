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
from {{ ref('judged_content') }}
where outcome = 'current'
