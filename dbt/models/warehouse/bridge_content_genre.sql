with parts as (
    {{ split_to_rows(ref('silver_content'), 'content_id', 'genre', ',') }}
),

genres as (
    select distinct
        content_id,
        {{ clean_text('part') }} as genre
    from parts
),

named as (
    select
        titles.content_id,
        {{ as_text("coalesce(genres.genre, 'Unknown')") }} as genre
    from {{ ref('silver_content') }} as titles
    left join genres
        on
            titles.content_id = genres.content_id
            and genres.genre is not null
)

select
    content_id,
    genre,
    {{ as_number('1') }} / count(*) over (partition by content_id) as genre_weight
from named
