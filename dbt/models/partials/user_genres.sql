{{ config(pre_hook=counted_anew(['user_id'], 'touched_genres')) }}

select distinct
    pairs.user_id,
    genres.genre,
    pairs.is_active
from {{ user_titles_to_count() }} as pairs
inner join {{ ref('bridge_content_genre') }} as genres on pairs.content_id = genres.content_id
{{- only_counted_anew(['user_id'], 'pairs', 'touched_genres') }}
