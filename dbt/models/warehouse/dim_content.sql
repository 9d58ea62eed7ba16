select
    titles.content_id,
    titles.title,
    titles.content_type,
    titles.genre,
    titles.duration_minutes,
    titles.seasons,
    titles.total_episodes,
    titles.release_year,
    titles.rating,
    performance.rating_category,
    titles.production_budget
from {{ ref('silver_content') }} as titles
inner join {{ ref('gold_content_performance') }} as performance on titles.content_id = performance.content_id
