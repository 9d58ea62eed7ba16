{{ config(pre_hook=[
    before_all_else("{{ make_state_if_missing('users') }}"),
    before_all_else("{{ make_state_if_missing('viewing_sessions') }}"),
    before_all_else("{{ make_state_if_missing('content') }}"),
]) }}

{% set sessions_before = source('kept', 'before_viewing_sessions') %}

with builds as (
    select
        build_id,
        max(case when status = 'passed' then 1 else 0 end) as has_passed,
        max(entry) as last_entry
    from {{ source('ops', 'build_log') }}
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
    inner join {{ source('ops', 'build_log') }} as entries
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
    {%- if builds_what_is_new() %}
    select max(cast(builds.data_through as date)) as watch_date
    from {{ source('ops', 'build_log') }} as builds
    inner join build_before on builds.build_id = build_before.build_id
    {%- else %}
    select max(watch_date) as watch_date
    from {{ sessions_before }}
    where outcome = 'current'
    {%- endif %}
)

select
    {{ as_whole('this_build.build_id') }} as build_id,
    {{ as_whole('this_build.is_running') }} as is_running,
    {{ as_whole('build_before.build_id') }} as before_build_id,
    reached.watch_date as before_data_through
from this_build
cross join build_before
cross join reached
