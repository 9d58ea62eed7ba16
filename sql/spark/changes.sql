-- changes.sql: written by goldreel export-sql from the models in dbt/models; change those, not this.
--
-- Builds touched_content, touched_users, touched_viewing_sessions, compared_builds, changed_content, changed_users,
-- changed_viewing_sessions, kept_changes, changed_records, kept_change_totals, change_totals, touched_counts,
-- seen_days, touched_days, touched_genres.
--
-- For reading, and so that a change to a macro shows what it does to this engine: only a build runs them.


-- staging.touched_content: One row per title of which a new record came. Empty in a full build, which makes
-- everything anew.
select
        cast(null as string) as content_id
    from bronze.loads
    where 1 = 0;


-- staging.touched_users: One row per user of whom a new record came, or who is being forgotten. Empty in a full
-- build, which makes everything anew.
select
        cast(null as string) as user_id
    from bronze.loads
    where 1 = 0;


-- staging.touched_viewing_sessions: One row per session that is judged anew: of which a new record came or one is
-- being taken away, whose user became known or crossed the threshold of activity, or whose title became known. Empty
-- in a full build, which makes everything anew.
select
        cast(null as string) as session_id
    from bronze.loads
    where 1 = 0;


-- default.compared_builds: Always one row: this build, and the one that it is compared with to find what changed, the
-- last one before it whose tests all passed. A build that failed or was killed is compared with nothing.
with builds as (
    select
        build_id,
        max(case when status = 'passed' then 1 else 0 end) as has_passed,
        max(entry) as last_entry
    from ops.build_log
    group by build_id
),

last_one as (
    select max(build_id) as build_id
    from builds
),

-- one that failed, and whose last part is made again, is running again: its last entry holds
this_build as (
    select
        builds.build_id,
        case when entries.finished_at is null then 1 else 0 end as is_running
    from builds
    inner join last_one on builds.build_id = last_one.build_id
    inner join ops.build_log as entries
        on
            builds.build_id = entries.build_id
            and builds.last_entry = entries.entry
),

-- the last one whose tests all passed: what a build that failed or was killed left is compared with nothing
build_before as (
    select max(builds.build_id) as build_id
    from builds
    cross join this_build
    where
        builds.has_passed = 1
        and builds.build_id < this_build.build_id
),

reached as (
    select max(watch_date) as watch_date
    from staging.before_viewing_sessions
    where outcome = 'current'
)

select
    cast(this_build.build_id as bigint) as build_id,
    cast(this_build.is_running as bigint) as is_running,
    cast(build_before.build_id as bigint) as before_build_id,
    reached.watch_date as before_data_through
from this_build
cross join build_before
cross join reached;


-- staging.changed_content: One row per title whose judged state, that is its outcome or a silver column, differs
-- between this build and the last one before it that passed. Empty but while a build runs.
with before_records as (
    select
        content_id as record_key,
        title,
        genre,
        content_type,
        duration_minutes,
        release_year,
        rating,
        views_count,
        production_budget,
        seasons,
        total_episodes,
        outcome,
        load_id,
        source_file,
        source_row
    from staging.before_content
    where outcome not in ('inactive_user', 'held', 'superseded', 'quarantined', 'withdrawn', 'repaired')
),

after_records as (
    select
        content_id as record_key,
        title,
        genre,
        content_type,
        duration_minutes,
        release_year,
        rating,
        views_count,
        production_budget,
        seasons,
        total_episodes,
        outcome,
        load_id,
        source_file,
        source_row
    from staging.judged_content
    where outcome not in ('inactive_user', 'held', 'superseded', 'quarantined', 'withdrawn', 'repaired')
),

compared as (
    select
        coalesce(after_records.record_key, before_records.record_key) as record_key,
        before_records.title as before_title,
        before_records.genre as before_genre,
        before_records.content_type as before_content_type,
        before_records.duration_minutes as before_duration_minutes,
        before_records.release_year as before_release_year,
        before_records.rating as before_rating,
        before_records.views_count as before_views_count,
        before_records.production_budget as before_production_budget,
        before_records.seasons as before_seasons,
        before_records.total_episodes as before_total_episodes,
        before_records.outcome as before_outcome,
        before_records.load_id as before_load_id,
        before_records.source_file as before_source_file,
        before_records.source_row as before_source_row,
        after_records.title as after_title,
        after_records.genre as after_genre,
        after_records.content_type as after_content_type,
        after_records.duration_minutes as after_duration_minutes,
        after_records.release_year as after_release_year,
        after_records.rating as after_rating,
        after_records.views_count as after_views_count,
        after_records.production_budget as after_production_budget,
        after_records.seasons as after_seasons,
        after_records.total_episodes as after_total_episodes,
        after_records.outcome as after_outcome,
        after_records.load_id as after_load_id,
        after_records.source_file as after_source_file,
        after_records.source_row as after_source_row,
        case
            when
                before_records.load_id = after_records.load_id
                and before_records.source_row = after_records.source_row
                then 1
            else 0
        end as is_same_record,
        case
            when
                (before_records.title = after_records.title or (before_records.title is null and after_records.title is null))
                and (before_records.genre = after_records.genre or (before_records.genre is null and after_records.genre is null))
                and (before_records.content_type = after_records.content_type or (before_records.content_type is null and after_records.content_type is null))
                and (before_records.duration_minutes = after_records.duration_minutes or (before_records.duration_minutes is null and after_records.duration_minutes is null))
                and (before_records.release_year = after_records.release_year or (before_records.release_year is null and after_records.release_year is null))
                and (before_records.rating = after_records.rating or (before_records.rating is null and after_records.rating is null))
                and (before_records.views_count = after_records.views_count or (before_records.views_count is null and after_records.views_count is null))
                and (before_records.production_budget = after_records.production_budget or (before_records.production_budget is null and after_records.production_budget is null))
                and (before_records.seasons = after_records.seasons or (before_records.seasons is null and after_records.seasons is null))
                and (before_records.total_episodes = after_records.total_episodes or (before_records.total_episodes is null and after_records.total_episodes is null))
                then 1
            else 0
        end as has_same_values
    from before_records
    full outer join after_records on before_records.record_key = after_records.record_key
),

changed as (
    select *
    from compared
    where
        has_same_values = 0
        or before_outcome is null
        or after_outcome is null
        or before_outcome <> after_outcome
),

taken_back as (
    select load_id
    from bronze.loads
    where status = 'withdrawn'
),

came_by_repair as (
    select distinct
        load_id,
        source_row
    from bronze.repairs
    where entity = 'content'
),

forgotten as (
    select
        load_id,
        source_row,
        pseudonym
    from bronze.being_forgotten
    where load_id is not null
),

explained as (
    select
        changed.*,
        taken_back.load_id as taken_back_load_id,
        changed.before_source_file as taken_back_source_file,
        changed.before_source_row as taken_back_source_row,
        forgotten.pseudonym,
        case when forgotten.load_id is not null then 1 else 0 end as is_forgotten,
        case when came_by_repair.load_id is not null then 1 else 0 end as is_repair,
        0 as is_late,
        0 as has_other_hours
    from changed
    left join taken_back on changed.before_load_id = taken_back.load_id
    left join forgotten
        on
            changed.before_load_id = forgotten.load_id
            and changed.before_source_row = forgotten.source_row
    left join came_by_repair
        on
            changed.after_load_id = came_by_repair.load_id
            and changed.after_source_row = came_by_repair.source_row
),

caused as (
    select
        explained.*,
        cast(case
        when is_forgotten = 1 then 'forgotten'
        when taken_back_load_id is not null then 'withdrawn'
        when is_same_record = 0 and is_repair = 1 then 'repaired'
        when before_outcome is null and is_late = 0 then 'new'
        when before_outcome is null then 'late'
        when after_outcome is not null and is_same_record = 0 and has_same_values = 0 then 'corrected'
        when before_outcome = 'held' and after_outcome <> 'held' and has_same_values = 1 then 'released'
        when before_outcome = 'inactive_user' and after_outcome = 'current' and has_same_values = 1 and has_other_hours = 1 then 'user_activated'
        when before_outcome = 'current' and after_outcome = 'inactive_user' and has_same_values = 1 and has_other_hours = 1 then 'user_lapsed'
        when 1 = 1 then 'definition'
    end as string) as cause
    from explained
)

select
    compared_builds.build_id,
    cast('content' as string) as entity,
    case when caused.cause = 'forgotten' then coalesce(caused.pseudonym, caused.record_key) else caused.record_key end as record_key,
    caused.cause,
    cast(
    case caused.cause
        when 'withdrawn' then caused.taken_back_load_id
        when 'repaired' then caused.after_load_id
        when 'new' then caused.after_load_id
        when 'late' then caused.after_load_id
        when 'corrected' then caused.after_load_id
    end as bigint) as load_id,
    cast(
    case caused.cause
        when 'withdrawn' then caused.taken_back_source_file
        when 'repaired' then caused.after_source_file
        when 'new' then caused.after_source_file
        when 'late' then caused.after_source_file
        when 'corrected' then caused.after_source_file
        when 'definition' then coalesce(caused.after_source_file, caused.before_source_file)
    end as string) as source_file,
    cast(
    case caused.cause
        when 'withdrawn' then caused.taken_back_source_row
        when 'repaired' then caused.after_source_row
        when 'new' then caused.after_source_row
        when 'late' then caused.after_source_row
        when 'corrected' then caused.after_source_row
        when 'definition' then coalesce(caused.after_source_row, caused.before_source_row)
    end as bigint) as source_row,
    caused.before_outcome,
    caused.after_outcome,
    cast(null as string) as before_user_id,
    cast(null as string) as after_user_id,
    cast(null as string) as before_content_id,
    cast(null as string) as after_content_id,
    cast(null as date) as before_watch_date,
    cast(null as date) as after_watch_date,
    cast(null as double) as before_duration_minutes,
    cast(null as double) as after_duration_minutes,
    cast(null as double) as before_total_watch_time_hours,
    cast(null as double) as after_total_watch_time_hours,
    cast(null as string) as before_country,
    cast(null as string) as after_country,
    cast(null as string) as before_subscription_type,
    cast(null as string) as after_subscription_type,
    caused.before_title,
    caused.after_title,
    caused.before_genre,
    caused.after_genre,
    caused.before_content_type,
    caused.after_content_type,
    cast(null as string) as before_device_type,
    cast(null as string) as after_device_type
from caused
cross join default.compared_builds as compared_builds
where compared_builds.is_running = 1;


-- staging.changed_users: One row per user whose judged state, that is its outcome or a silver column, differs between
-- this build and the last one before it that passed. Empty but while a build runs.
with before_records as (
    select
        user_id as record_key,
        age,
        country,
        subscription_type,
        signup_date,
        total_watch_time_hours,
        outcome,
        load_id,
        source_file,
        source_row
    from staging.before_users
    where outcome not in ('held', 'superseded', 'quarantined', 'withdrawn', 'repaired')
),

after_records as (
    select
        user_id as record_key,
        age,
        country,
        subscription_type,
        signup_date,
        total_watch_time_hours,
        outcome,
        load_id,
        source_file,
        source_row
    from staging.judged_users
    where outcome not in ('held', 'superseded', 'quarantined', 'withdrawn', 'repaired')
),

compared as (
    select
        coalesce(after_records.record_key, before_records.record_key) as record_key,
        before_records.age as before_age,
        before_records.country as before_country,
        before_records.subscription_type as before_subscription_type,
        before_records.signup_date as before_signup_date,
        before_records.total_watch_time_hours as before_total_watch_time_hours,
        before_records.outcome as before_outcome,
        before_records.load_id as before_load_id,
        before_records.source_file as before_source_file,
        before_records.source_row as before_source_row,
        after_records.age as after_age,
        after_records.country as after_country,
        after_records.subscription_type as after_subscription_type,
        after_records.signup_date as after_signup_date,
        after_records.total_watch_time_hours as after_total_watch_time_hours,
        after_records.outcome as after_outcome,
        after_records.load_id as after_load_id,
        after_records.source_file as after_source_file,
        after_records.source_row as after_source_row,
        case
            when
                before_records.load_id = after_records.load_id
                and before_records.source_row = after_records.source_row
                then 1
            else 0
        end as is_same_record,
        case
            when
                (before_records.age = after_records.age or (before_records.age is null and after_records.age is null))
                and (before_records.country = after_records.country or (before_records.country is null and after_records.country is null))
                and (before_records.subscription_type = after_records.subscription_type or (before_records.subscription_type is null and after_records.subscription_type is null))
                and (before_records.signup_date = after_records.signup_date or (before_records.signup_date is null and after_records.signup_date is null))
                and (before_records.total_watch_time_hours = after_records.total_watch_time_hours or (before_records.total_watch_time_hours is null and after_records.total_watch_time_hours is null))
                then 1
            else 0
        end as has_same_values
    from before_records
    full outer join after_records on before_records.record_key = after_records.record_key
),

changed as (
    select *
    from compared
    where
        has_same_values = 0
        or before_outcome is null
        or after_outcome is null
        or before_outcome <> after_outcome
),

taken_back as (
    select load_id
    from bronze.loads
    where status = 'withdrawn'
),

came_by_repair as (
    select distinct
        load_id,
        source_row
    from bronze.repairs
    where entity = 'users'
),

forgotten as (
    select
        load_id,
        source_row,
        pseudonym
    from bronze.being_forgotten
    where load_id is not null
),

explained as (
    select
        changed.*,
        taken_back.load_id as taken_back_load_id,
        changed.before_source_file as taken_back_source_file,
        changed.before_source_row as taken_back_source_row,
        forgotten.pseudonym,
        case when forgotten.load_id is not null then 1 else 0 end as is_forgotten,
        case when came_by_repair.load_id is not null then 1 else 0 end as is_repair,
        0 as is_late,
        0 as has_other_hours
    from changed
    left join taken_back on changed.before_load_id = taken_back.load_id
    left join forgotten
        on
            changed.before_load_id = forgotten.load_id
            and changed.before_source_row = forgotten.source_row
    left join came_by_repair
        on
            changed.after_load_id = came_by_repair.load_id
            and changed.after_source_row = came_by_repair.source_row
),

caused as (
    select
        explained.*,
        cast(case
        when is_forgotten = 1 then 'forgotten'
        when taken_back_load_id is not null then 'withdrawn'
        when is_same_record = 0 and is_repair = 1 then 'repaired'
        when before_outcome is null and is_late = 0 then 'new'
        when before_outcome is null then 'late'
        when after_outcome is not null and is_same_record = 0 and has_same_values = 0 then 'corrected'
        when before_outcome = 'held' and after_outcome <> 'held' and has_same_values = 1 then 'released'
        when before_outcome = 'inactive_user' and after_outcome = 'current' and has_same_values = 1 and has_other_hours = 1 then 'user_activated'
        when before_outcome = 'current' and after_outcome = 'inactive_user' and has_same_values = 1 and has_other_hours = 1 then 'user_lapsed'
        when 1 = 1 then 'definition'
    end as string) as cause
    from explained
)

select
    compared_builds.build_id,
    cast('users' as string) as entity,
    case when caused.cause = 'forgotten' then coalesce(caused.pseudonym, caused.record_key) else caused.record_key end as record_key,
    caused.cause,
    cast(
    case caused.cause
        when 'withdrawn' then caused.taken_back_load_id
        when 'repaired' then caused.after_load_id
        when 'new' then caused.after_load_id
        when 'late' then caused.after_load_id
        when 'corrected' then caused.after_load_id
    end as bigint) as load_id,
    cast(
    case caused.cause
        when 'withdrawn' then caused.taken_back_source_file
        when 'repaired' then caused.after_source_file
        when 'new' then caused.after_source_file
        when 'late' then caused.after_source_file
        when 'corrected' then caused.after_source_file
        when 'definition' then coalesce(caused.after_source_file, caused.before_source_file)
    end as string) as source_file,
    cast(
    case caused.cause
        when 'withdrawn' then caused.taken_back_source_row
        when 'repaired' then caused.after_source_row
        when 'new' then caused.after_source_row
        when 'late' then caused.after_source_row
        when 'corrected' then caused.after_source_row
        when 'definition' then coalesce(caused.after_source_row, caused.before_source_row)
    end as bigint) as source_row,
    caused.before_outcome,
    caused.after_outcome,
    cast(null as string) as before_user_id,
    cast(null as string) as after_user_id,
    cast(null as string) as before_content_id,
    cast(null as string) as after_content_id,
    cast(null as date) as before_watch_date,
    cast(null as date) as after_watch_date,
    cast(null as double) as before_duration_minutes,
    cast(null as double) as after_duration_minutes,
    caused.before_total_watch_time_hours,
    caused.after_total_watch_time_hours,
    cast(case when caused.cause <> 'forgotten' then caused.before_country end as string) as before_country,
    caused.after_country,
    cast(case when caused.cause <> 'forgotten' then caused.before_subscription_type end as string) as before_subscription_type,
    caused.after_subscription_type,
    cast(null as string) as before_title,
    cast(null as string) as after_title,
    cast(null as string) as before_genre,
    cast(null as string) as after_genre,
    cast(null as string) as before_content_type,
    cast(null as string) as after_content_type,
    cast(null as string) as before_device_type,
    cast(null as string) as after_device_type
from caused
cross join default.compared_builds as compared_builds
where compared_builds.is_running = 1;


-- staging.changed_viewing_sessions: One row per session whose judged state, that is its outcome or a silver column,
-- differs between this build and the last one before it that passed. Empty but while a build runs.
with before_records as (
    select
        session_id as record_key,
        user_id,
        content_id,
        watch_date,
        duration_minutes,
        completion_percentage,
        device_type,
        quality_level,
        outcome,
        load_id,
        source_file,
        source_row
    from staging.before_viewing_sessions
    where outcome not in ('superseded', 'quarantined', 'withdrawn', 'repaired')
),

after_records as (
    select
        session_id as record_key,
        user_id,
        content_id,
        watch_date,
        duration_minutes,
        completion_percentage,
        device_type,
        quality_level,
        outcome,
        load_id,
        source_file,
        source_row
    from staging.judged_viewing_sessions
    where outcome not in ('superseded', 'quarantined', 'withdrawn', 'repaired')
),

compared as (
    select
        coalesce(after_records.record_key, before_records.record_key) as record_key,
        before_records.user_id as before_user_id,
        before_records.content_id as before_content_id,
        before_records.watch_date as before_watch_date,
        before_records.duration_minutes as before_duration_minutes,
        before_records.completion_percentage as before_completion_percentage,
        before_records.device_type as before_device_type,
        before_records.quality_level as before_quality_level,
        before_records.outcome as before_outcome,
        before_records.load_id as before_load_id,
        before_records.source_file as before_source_file,
        before_records.source_row as before_source_row,
        after_records.user_id as after_user_id,
        after_records.content_id as after_content_id,
        after_records.watch_date as after_watch_date,
        after_records.duration_minutes as after_duration_minutes,
        after_records.completion_percentage as after_completion_percentage,
        after_records.device_type as after_device_type,
        after_records.quality_level as after_quality_level,
        after_records.outcome as after_outcome,
        after_records.load_id as after_load_id,
        after_records.source_file as after_source_file,
        after_records.source_row as after_source_row,
        case
            when
                before_records.load_id = after_records.load_id
                and before_records.source_row = after_records.source_row
                then 1
            else 0
        end as is_same_record,
        case
            when
                (before_records.user_id = after_records.user_id or (before_records.user_id is null and after_records.user_id is null))
                and (before_records.content_id = after_records.content_id or (before_records.content_id is null and after_records.content_id is null))
                and (before_records.watch_date = after_records.watch_date or (before_records.watch_date is null and after_records.watch_date is null))
                and (before_records.duration_minutes = after_records.duration_minutes or (before_records.duration_minutes is null and after_records.duration_minutes is null))
                and (before_records.completion_percentage = after_records.completion_percentage or (before_records.completion_percentage is null and after_records.completion_percentage is null))
                and (before_records.device_type = after_records.device_type or (before_records.device_type is null and after_records.device_type is null))
                and (before_records.quality_level = after_records.quality_level or (before_records.quality_level is null and after_records.quality_level is null))
                then 1
            else 0
        end as has_same_values
    from before_records
    full outer join after_records on before_records.record_key = after_records.record_key
),

changed as (
    select *
    from compared
    where
        has_same_values = 0
        or before_outcome is null
        or after_outcome is null
        or before_outcome <> after_outcome
),

taken_back as (
    select load_id
    from bronze.loads
    where status = 'withdrawn'
),

came_by_repair as (
    select distinct
        load_id,
        source_row
    from bronze.repairs
    where entity = 'viewing_sessions'
),

forgotten as (
    select
        load_id,
        source_row,
        pseudonym
    from bronze.being_forgotten
    where load_id is not null
),

users_before as (
    select
        users.user_id,
        users.total_watch_time_hours,
        users.load_id,
        users.source_file,
        users.source_row
    from staging.before_users as users
    where users.outcome not in ('held', 'superseded', 'quarantined', 'withdrawn', 'repaired')
),

users_after as (
    select
        user_id,
        total_watch_time_hours,
        load_id,
        source_file,
        source_row
    from staging.judged_users
    where outcome not in ('held', 'superseded', 'quarantined', 'withdrawn', 'repaired')
),

titles_before as (
    select
        titles.content_id,
        titles.load_id,
        titles.source_file,
        titles.source_row
    from staging.before_content as titles
    where titles.outcome = 'current'
),

titles_after as (
    select
        content_id,
        load_id,
        source_file,
        source_row
    from staging.judged_content
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
    cross join default.compared_builds as compared_builds
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

caused as (
    select
        explained.*,
        cast(case
        when is_forgotten = 1 then 'forgotten'
        when taken_back_load_id is not null then 'withdrawn'
        when is_same_record = 0 and is_repair = 1 then 'repaired'
        when before_outcome is null and is_late = 0 then 'new'
        when before_outcome is null then 'late'
        when after_outcome is not null and is_same_record = 0 and has_same_values = 0 then 'corrected'
        when before_outcome = 'held' and after_outcome <> 'held' and has_same_values = 1 then 'released'
        when before_outcome = 'inactive_user' and after_outcome = 'current' and has_same_values = 1 and has_other_hours = 1 then 'user_activated'
        when before_outcome = 'current' and after_outcome = 'inactive_user' and has_same_values = 1 and has_other_hours = 1 then 'user_lapsed'
        when 1 = 1 then 'definition'
    end as string) as cause
    from explained
)

select
    compared_builds.build_id,
    cast('viewing_sessions' as string) as entity,
    case when caused.cause = 'forgotten' then coalesce(caused.pseudonym, caused.record_key) else caused.record_key end as record_key,
    caused.cause,
    cast(
    case caused.cause
        when 'withdrawn' then caused.taken_back_load_id
        when 'repaired' then caused.after_load_id
        when 'new' then caused.after_load_id
        when 'late' then caused.after_load_id
        when 'corrected' then caused.after_load_id
        when 'released' then caused.came_load_id
        when 'user_activated' then caused.user_load_id
        when 'user_lapsed' then caused.user_load_id
    end as bigint) as load_id,
    cast(
    case caused.cause
        when 'withdrawn' then caused.taken_back_source_file
        when 'repaired' then caused.after_source_file
        when 'new' then caused.after_source_file
        when 'late' then caused.after_source_file
        when 'corrected' then caused.after_source_file
        when 'released' then caused.came_source_file
        when 'user_activated' then caused.user_source_file
        when 'user_lapsed' then caused.user_source_file
        when 'definition' then coalesce(caused.after_source_file, caused.before_source_file)
    end as string) as source_file,
    cast(
    case caused.cause
        when 'withdrawn' then caused.taken_back_source_row
        when 'repaired' then caused.after_source_row
        when 'new' then caused.after_source_row
        when 'late' then caused.after_source_row
        when 'corrected' then caused.after_source_row
        when 'released' then caused.came_source_row
        when 'user_activated' then caused.user_source_row
        when 'user_lapsed' then caused.user_source_row
        when 'definition' then coalesce(caused.after_source_row, caused.before_source_row)
    end as bigint) as source_row,
    caused.before_outcome,
    caused.after_outcome,
    case when caused.cause <> 'forgotten' then caused.before_user_id end as before_user_id,
    caused.after_user_id,
    caused.before_content_id,
    caused.after_content_id,
    case when caused.cause <> 'forgotten' then caused.before_watch_date end as before_watch_date,
    caused.after_watch_date,
    caused.before_duration_minutes,
    caused.after_duration_minutes,
    cast(null as double) as before_total_watch_time_hours,
    cast(null as double) as after_total_watch_time_hours,
    cast(null as string) as before_country,
    cast(null as string) as after_country,
    cast(null as string) as before_subscription_type,
    cast(null as string) as after_subscription_type,
    cast(null as string) as before_title,
    cast(null as string) as after_title,
    cast(null as string) as before_genre,
    cast(null as string) as after_genre,
    cast(null as string) as before_content_type,
    cast(null as string) as after_content_type,
    cast(case when caused.cause <> 'forgotten' then caused.before_device_type end as string) as before_device_type,
    caused.after_device_type
from caused
cross join default.compared_builds as compared_builds
where compared_builds.is_running = 1;


-- ops.kept_changes: One row per build and change, of this build and of those before it whose changes are kept
-- (GOLDREEL_KEEP_CHANGES). Only ever added to; what a build that did not pass left here goes before the next one
-- begins. Read changed_records, which shows no build later than the one that is read.
select
    
    build_id,
    entity,
    record_key,
    cause,
    load_id,
    source_file,
    source_row,
    before_outcome,
    after_outcome,
    before_user_id,
    after_user_id,
    before_content_id,
    after_content_id,
    before_watch_date,
    after_watch_date,
    before_duration_minutes,
    after_duration_minutes,
    before_total_watch_time_hours,
    after_total_watch_time_hours,
    before_country,
    after_country,
    before_subscription_type,
    after_subscription_type,
    before_title,
    after_title,
    before_genre,
    after_genre,
    before_content_type,
    after_content_type,
    before_device_type,
    after_device_type
from staging.changed_users
union all

select
    
    build_id,
    entity,
    record_key,
    cause,
    load_id,
    source_file,
    source_row,
    before_outcome,
    after_outcome,
    before_user_id,
    after_user_id,
    before_content_id,
    after_content_id,
    before_watch_date,
    after_watch_date,
    before_duration_minutes,
    after_duration_minutes,
    before_total_watch_time_hours,
    after_total_watch_time_hours,
    before_country,
    after_country,
    before_subscription_type,
    after_subscription_type,
    before_title,
    after_title,
    before_genre,
    after_genre,
    before_content_type,
    after_content_type,
    before_device_type,
    after_device_type
from staging.changed_viewing_sessions
union all

select
    
    build_id,
    entity,
    record_key,
    cause,
    load_id,
    source_file,
    source_row,
    before_outcome,
    after_outcome,
    before_user_id,
    after_user_id,
    before_content_id,
    after_content_id,
    before_watch_date,
    after_watch_date,
    before_duration_minutes,
    after_duration_minutes,
    before_total_watch_time_hours,
    after_total_watch_time_hours,
    before_country,
    after_country,
    before_subscription_type,
    after_subscription_type,
    before_title,
    after_title,
    before_genre,
    after_genre,
    before_content_type,
    after_content_type,
    before_device_type,
    after_device_type
from staging.changed_content;


-- default.changed_records: One row per build and change: a user, title or session whose judged state, that is its
-- outcome or a silver column, differs between a build and the last one before it that passed, with both states and
-- the one cause.
select
    
    kept.build_id,
    kept.entity,
    kept.record_key,
    kept.cause,
    kept.load_id,
    kept.source_file,
    kept.source_row,
    kept.before_outcome,
    kept.after_outcome,
    kept.before_user_id,
    kept.after_user_id,
    kept.before_content_id,
    kept.after_content_id,
    kept.before_watch_date,
    kept.after_watch_date,
    kept.before_duration_minutes,
    kept.after_duration_minutes,
    kept.before_total_watch_time_hours,
    kept.after_total_watch_time_hours,
    kept.before_country,
    kept.after_country,
    kept.before_subscription_type,
    kept.after_subscription_type,
    kept.before_title,
    kept.after_title,
    kept.before_genre,
    kept.after_genre,
    kept.before_content_type,
    kept.after_content_type,
    kept.before_device_type,
    kept.after_device_type
from ops.kept_changes as kept
cross join default.compared_builds as this_build
where kept.build_id <= this_build.build_id;


-- ops.kept_change_totals: One row per build, cause, load and number: what the changes of that cause and load moved
-- the number by. Kept for good; read change_totals.
with changes as (
    select changed_records.*
    from default.changed_records as changed_records
    inner join default.compared_builds as compared_builds
        on changed_records.build_id = compared_builds.build_id
    where compared_builds.is_running = 1
),

weighed as (
    select
        build_id,
        cause,
        load_id,
        cast(case when load_id is not null then source_file end as string) as source_file,
        cast('active_users_100h_plus' as string) as kpi,
        case when after_outcome = 'current' then 1 else 0 end as after_weight,
        case when before_outcome = 'current' then 1 else 0 end as before_weight
    from changes
    where entity = 'users'
    union all
    select
        build_id,
        cause,
        load_id,
        cast(case when load_id is not null then source_file end as string) as source_file,
        cast('total_users' as string) as kpi,
        case when after_outcome is not null then 1 else 0 end as after_weight,
        case when before_outcome is not null then 1 else 0 end as before_weight
    from changes
    where entity = 'users'
    union all
    select
        build_id,
        cause,
        load_id,
        cast(case when load_id is not null then source_file end as string) as source_file,
        cast('hours_of_active_users' as string) as kpi,
        case when after_outcome = 'current' then after_total_watch_time_hours else 0 end as after_weight,
        case when before_outcome = 'current' then before_total_watch_time_hours else 0 end as before_weight
    from changes
    where entity = 'users'
    union all
    select
        build_id,
        cause,
        load_id,
        cast(case when load_id is not null then source_file end as string) as source_file,
        cast('total_content_catalog' as string) as kpi,
        case when after_outcome is not null then 1 else 0 end as after_weight,
        case when before_outcome is not null then 1 else 0 end as before_weight
    from changes
    where entity = 'content'
    union all
    select
        build_id,
        cause,
        load_id,
        cast(case when load_id is not null then source_file end as string) as source_file,
        cast('total_viewing_sessions' as string) as kpi,
        case when after_outcome = 'current' then 1 else 0 end as after_weight,
        case when before_outcome = 'current' then 1 else 0 end as before_weight
    from changes
    where entity = 'viewing_sessions'
    union all
    select
        build_id,
        cause,
        load_id,
        cast(case when load_id is not null then source_file end as string) as source_file,
        cast('total_watch_hours' as string) as kpi,
        case when after_outcome = 'current' then after_duration_minutes / 60 else 0 end as after_weight,
        case when before_outcome = 'current' then before_duration_minutes / 60 else 0 end as before_weight
    from changes
    where entity = 'viewing_sessions'
    
)

select
    build_id,
    cause,
    load_id,
    source_file,
    kpi,
    cast(sum(after_weight - before_weight) as double) as part,
    cast(count(*) as bigint) as records,
    cast(sum(case when after_weight <> before_weight then 1 else 0 end) as bigint) as records_that_moved_it
from weighed
group by build_id, cause, load_id, source_file, kpi;


-- default.change_totals: One row per build, cause, load and number: what the changes of that cause and load moved the
-- number by. Kept for good, also when the changes themselves are not any more. All parts of a number in a build sum
-- to the difference to the last build before it that passed.
select
    kept.build_id,
    kept.cause,
    kept.load_id,
    kept.source_file,
    kept.kpi,
    kept.part,
    kept.records,
    kept.records_that_moved_it
from ops.kept_change_totals as kept
cross join default.compared_builds as this_build
where kept.build_id <= this_build.build_id;


-- staging.touched_counts: One row per user, title and day of which other sessions count than in the build before:
-- that of a session that was judged anew, as it was and as it is. Empty in a full build, which makes everything anew.
select
        cast(null as string) as user_id,
        cast(null as string) as content_id,
        cast(null as date) as watch_date
    from bronze.loads
    where 1 = 0;


-- staging.seen_days: One row per user and day that must be seen to count days of user_days anew, and whether it is
-- one of these: the days of touched_counts, those beside them, and all days of a user whose first one may be another;
-- then their first days, and the days before and after them. A day can stand here as both. Empty in a full build,
-- which makes everything anew.
select
        cast(null as string) as user_id,
        cast(null as date) as watch_date,
        cast(null as bigint) as is_counted_anew
    from bronze.loads
    where 1 = 0;


-- staging.touched_days: One row per user and day whose row in user_days may be another than in the build before (see
-- seen_days). Empty in a full build.
select
    user_id,
    watch_date
from staging.seen_days
where is_counted_anew = 1;


-- staging.touched_genres: One row per user whose genres may be others than in the build before: of whom other
-- sessions count (see touched_counts), or who watched a title that has other genres now. Empty in a full build, which
-- makes everything anew.
select
        cast(null as string) as user_id
    from bronze.loads
    where 1 = 0;
