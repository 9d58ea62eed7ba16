with {{ changed('users') }},

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

{{ as_changes('users', ['after', 'taken_back']) }}
