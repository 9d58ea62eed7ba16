with {{ changed('viewing_sessions') }},

users_before as (
    select
        users.user_id,
        users.total_watch_time_hours,
        users.load_id,
        users.source_file,
        users.source_row
    from {{ judged_before('users') }} as users
    where {{ has_outcome(['current', 'inactive_user'], 'users') }}
),

users_after as (
    select
        user_id,
        total_watch_time_hours,
        load_id,
        source_file,
        source_row
    from {{ ref('judged_users') }}
    where {{ has_outcome(['current', 'inactive_user']) }}
),

titles_before as (
    select
        titles.content_id,
        titles.load_id,
        titles.source_file,
        titles.source_row
    from {{ judged_before('content') }} as titles
    where titles.outcome = 'current'
),

titles_after as (
    select
        content_id,
        load_id,
        source_file,
        source_row
    from {{ ref('judged_content') }}
    where outcome = 'current'
),

referred as (
    select
        changed.*,
        users_before.load_id as user_before_load_id,
        users_before.source_file as user_before_source_file,
        users_before.source_row as user_before_source_row,
        titles_before.load_id as title_before_load_id,
        titles_before.source_file as title_before_source_file,
        titles_before.source_row as title_before_source_row,
        users_after.load_id as user_load_id,
        users_after.source_file as user_source_file,
        users_after.source_row as user_source_row,
        titles_after.load_id as title_load_id,
        titles_after.source_file as title_source_file,
        titles_after.source_row as title_source_row,
        case
            when
                changed.before_outcome is null
                and changed.after_watch_date <= compared_builds.before_data_through
                then 1
            else 0
        end as is_late,
        case
            when users_before.total_watch_time_hours <> users_after.total_watch_time_hours then 1
            else 0
        end as has_other_hours,
        -- of the user and the title that were not there before, the one that came last
        case
            when users_before.user_id is not null then 'title'
            when titles_before.content_id is not null then 'user'
            when titles_after.load_id > users_after.load_id then 'title'
            else 'user'
        end as who_came
    from changed
    left join users_before on changed.before_user_id = users_before.user_id
    left join titles_before on changed.before_content_id = titles_before.content_id
    left join users_after on changed.after_user_id = users_after.user_id
    left join titles_after on changed.after_content_id = titles_after.content_id
    cross join {{ ref('compared_builds') }} as compared_builds
),

explained as (
    select
        referred.*,
        forgotten.pseudonym,
        case when forgotten.load_id is not null then 1 else 0 end as is_forgotten,
        case when came_by_repair.load_id is not null then 1 else 0 end as is_repair,
        case
            when referred.who_came = 'title' then referred.title_load_id
            else referred.user_load_id
        end as came_load_id,
        case
            when referred.who_came = 'title' then referred.title_source_file
            else referred.user_source_file
        end as came_source_file,
        case
            when referred.who_came = 'title' then referred.title_source_row
            else referred.user_source_row
        end as came_source_row,
        coalesce(taken_back.load_id, users_taken_back.load_id, titles_taken_back.load_id) as taken_back_load_id,
        case
            when taken_back.load_id is not null then referred.before_source_file
            when users_taken_back.load_id is not null then referred.user_before_source_file
            else referred.title_before_source_file
        end as taken_back_source_file,
        case
            when taken_back.load_id is not null then referred.before_source_row
            when users_taken_back.load_id is not null then referred.user_before_source_row
            else referred.title_before_source_row
        end as taken_back_source_row
    from referred
    left join forgotten
        on
            referred.before_load_id = forgotten.load_id
            and referred.before_source_row = forgotten.source_row
    left join came_by_repair
        on
            referred.after_load_id = came_by_repair.load_id
            and referred.after_source_row = came_by_repair.source_row
    left join taken_back on referred.before_load_id = taken_back.load_id
    left join taken_back as users_taken_back on referred.user_before_load_id = users_taken_back.load_id
    left join taken_back as titles_taken_back on referred.title_before_load_id = titles_taken_back.load_id
),

{{ as_changes('viewing_sessions', ['after', 'taken_back', 'came', 'user']) }}
