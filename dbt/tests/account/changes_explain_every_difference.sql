{#
    Guards: no change is lost, found twice, or of a build that did not pass. What the numbers were in the build before
    and what its changes moved them by are together what they are in this build.
#}
{% set counted = {
    'active_users_100h_plus': ('users', "outcome = 'current'"),
    'total_users': ('users', "outcome in ('current', 'inactive_user')"),
    'total_content_catalog': ('content', "outcome = 'current'"),
    'total_viewing_sessions': ('viewing_sessions', "outcome = 'current'"),
} %}

with numbers as (
    {%- for number, (entity, condition) in counted.items() %}
    select
        {{ as_text("'" ~ number ~ "'") }} as kpi,
        (select count(*) from {{ judged_before(entity) }} as records where {{ condition }}) as was,
        (select {{ number }} from {{ ref('gold_executive_summary') }}) as is_now
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

moved as (
    select
        totals.kpi,
        sum(totals.part) as part
    from {{ ref('change_totals') }} as totals
    inner join {{ ref('compared_builds') }} as compared_builds on totals.build_id = compared_builds.build_id
    where compared_builds.is_running = 1
    group by totals.kpi
)

select
    numbers.kpi,
    numbers.is_now as expected,
    numbers.was + coalesce(moved.part, 0) as found
from numbers
left join moved on numbers.kpi = moved.kpi
cross join {{ ref('compared_builds') }} as compared_builds
where
    compared_builds.is_running = 1
    and numbers.is_now <> numbers.was + coalesce(moved.part, 0)
