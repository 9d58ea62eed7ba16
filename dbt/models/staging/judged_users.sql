{{ config(pre_hook=judged_anew('users')) }}

with {{ superseded(to_judge('users'), 'user_id') }}

select
    users.*,
    {{ as_text("case
        when users.broken_rule is not null then 'quarantined'
        when superseded.load_id is not null then 'superseded'
        when users.is_active = 1 then 'current'
        else 'inactive_user'
    end") }} as outcome
from {{ to_judge('users') }} as users
left join superseded
    on
        users.load_id = superseded.load_id
        and users.source_row = superseded.source_row
