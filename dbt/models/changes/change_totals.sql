select
    kept.build_id,
    kept.cause,
    kept.load_id,
    kept.source_file,
    kept.kpi,
    kept.part,
    kept.records,
    kept.records_that_moved_it
from {{ ref('kept_change_totals') }} as kept
cross join {{ ref('compared_builds') }} as this_build
where kept.build_id <= this_build.build_id
