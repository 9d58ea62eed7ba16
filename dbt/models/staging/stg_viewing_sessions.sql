with delivered as (
    select
        session_id as delivered_session_id,
        user_id as delivered_user_id,
        content_id as delivered_content_id,
        watch_date as delivered_watch_date,
        watch_duration_minutes as delivered_watch_duration_minutes,
        {{ as_key(clean_text('session_id')) }} as session_id,
        {{ as_key(clean_text('user_id')) }} as user_id,
        {{ as_key(clean_text('content_id')) }} as content_id,
        {{ clean_text('watch_date') }} as watch_date,
        {{ clean_text('watch_duration_minutes') }} as watch_duration_minutes,
        {{ clean_text('completion_percentage') }} as completion_percentage,
        {{ clean_text('device_type') }} as device_type,
        {{ clean_text('quality_level') }} as quality_level,
        _load_id as load_id,
        _source_file as source_file,
        _source_row as source_row,
        {{ plausible_dates() }}
    from {{ source('bronze', 'viewing_sessions') }}{{ where_new('_load_id') }}
),

typed as (
    select
        delivered_session_id,
        delivered_user_id,
        delivered_content_id,
        delivered_watch_date,
        delivered_watch_duration_minutes,
        session_id,
        user_id,
        content_id,
        {{ date_or_null('watch_date') }} as watch_date,
        {{ number_or_null('watch_duration_minutes') }} as duration_minutes,
        {{ number_or_null('completion_percentage') }} as completion_percentage,
        {{ as_text("coalesce(device_type, 'Unknown')") }} as device_type,
        {{ as_text("coalesce(quality_level, 'Unknown')") }} as quality_level,
        load_id,
        source_file,
        source_row,
        {{ marks_of_empty('viewing_sessions') }} as marks,
        earliest_date,
        latest_date
    from delivered
)

select
    session_id,
    user_id,
    content_id,
    watch_date,
    duration_minutes,
    case when completion_percentage between 0 and 100 then completion_percentage end as completion_percentage,
    device_type,
    quality_level,
    {{ first_broken_rule('viewing_sessions') }} as broken_rule,
    {{ offending_value('viewing_sessions') }} as offending_value,
    load_id,
    source_file,
    source_row,
    {{ as_whole('marks') }} as marks
from typed
