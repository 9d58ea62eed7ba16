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
