{{ config(pre_hook=judged_anew('users')) }}

with {{ amended('users', ref('stg_users')) }},

{{ superseded(to_judge('users'), 'user_id') }}

select
    users.*,
    {{ as_text("case
        when withdrawn.load_id is not null then 'withdrawn'
        when repaired.load_id is not null then 'repaired'
        when users.broken_rule is not null then 'quarantined'
        when superseded.load_id is not null then 'superseded'
        when users.is_active = 1 then 'current'
        else 'inactive_user'
    end") }} as outcome,
    {{ last_seen_load_id() }} as judged_with_load_id
from {{ to_judge('users') }} as users
left join superseded
    on
        users.load_id = superseded.load_id
        and users.source_row = superseded.source_row
left join withdrawn on users.load_id = withdrawn.load_id
left join repaired
    on
        users.load_id = repaired.load_id
        and users.source_row = repaired.source_row
