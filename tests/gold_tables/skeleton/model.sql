{# TODO({table}): the formula. It stands for sessions per device until then; CONTRIBUTING.md tells what SQL may be written. #}
select
    device_type,
    {{ as_whole('count(*)') }} as sessions,
    {{ as_number('sum(duration_minutes)') }} / 60 as watch_hours
from {{ ref('counted_viewing_sessions') }}
group by device_type
