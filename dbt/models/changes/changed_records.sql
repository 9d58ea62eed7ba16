select
    {{ change_columns('kept.') }}
from {{ ref('kept_changes') }} as kept
cross join {{ ref('compared_builds') }} as this_build
where kept.build_id <= this_build.build_id
