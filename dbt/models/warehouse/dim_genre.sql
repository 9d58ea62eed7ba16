select
    genre,
    {{ as_whole('count(*)') }} as titles
from {{ ref('bridge_content_genre') }}
group by genre
