{{ config(materialized='view') }}

with delivered as (
    select
        content_id as delivered_content_id,
        duration_minutes as delivered_duration_minutes,
        {{ as_key(clean_text('content_id')) }} as content_id,
        {{ clean_text('title') }} as title,
        {{ clean_text('genre') }} as genre,
        content_type,
        {{ clean_text('duration_minutes') }} as duration_minutes,
        {{ clean_text('release_year') }} as release_year,
        {{ clean_text('rating') }} as rating,
        {{ clean_text('views_count') }} as views_count,
        {{ clean_text('production_budget') }} as production_budget,
        {{ clean_text('seasons') }} as seasons,
        {{ clean_text('total_episodes') }} as total_episodes,
        _load_id as load_id,
        _source_file as source_file,
        _source_row as source_row
    from {{ source('bronze', 'content') }}{{ where_new('_load_id') }}
),

typed as (
    select
        delivered_content_id,
        delivered_duration_minutes,
        {{ as_key(id_or_null('content_id')) }} as content_id,
        {{ as_text("coalesce(title, 'Untitled')") }} as title,
        {{ as_text("coalesce(genre, 'Unknown')") }} as genre,
        content_type,
        {{ number_or_null('duration_minutes') }} as duration_minutes,
        {{ whole_number_or_null('release_year') }} as release_year,
        {{ number_or_null('rating') }} as rating,
        {{ number_or_null('views_count') }} as views_count,
        {{ number_or_null('production_budget') }} as production_budget,
        {{ whole_number_or_null('seasons') }} as seasons,
        {{ whole_number_or_null('total_episodes') }} as total_episodes,
        load_id,
        source_file,
        source_row,
        {{ marks_of_empty('content') }} as marks
    from delivered
)

select
    content_id,
    title,
    genre,
    content_type,
    duration_minutes,
    case
        when release_year between 1 and 9999 then release_year
        else {{ var('default_release_year') }}
    end as release_year,
    case when rating < 0 then 0 when rating > 5 then 5 else rating end as rating,
    case when views_count between 0 and 1000000000000000 then views_count end as views_count,
    case when production_budget between 0 and 10000000000000 then production_budget end as production_budget,
    seasons,
    total_episodes,
    {{ first_broken_rule('content') }} as broken_rule,
    {{ offending_value('content') }} as offending_value,
    load_id,
    source_file,
    source_row,
    {{ as_whole(
        with_repair_mark(
            with_repair_mark('marks', 'content', 'rating', 'rating is null or rating < 0 or rating > 5'),
            'content', 'release_year',
            "content_type = 'movie' and (release_year is null or release_year < 1 or release_year > 9999)"
        )
    ) }} as marks
from typed
