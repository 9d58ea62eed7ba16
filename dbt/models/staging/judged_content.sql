{{ config(pre_hook=judged_anew('content')) }}

with {{ amended('content', ref('stg_content')) }},

{{ superseded(to_judge('content'), 'content_id') }}

select
    content.*,
    {{ as_text("case
        when withdrawn.load_id is not null then 'withdrawn'
        when repaired.load_id is not null then 'repaired'
        when content.broken_rule is not null then 'quarantined'
        when superseded.load_id is not null then 'superseded'
        else 'current'
    end") }} as outcome,
    {{ last_seen_load_id() }} as judged_with_load_id
from {{ to_judge('content') }} as content
left join superseded
    on
        content.load_id = superseded.load_id
        and content.source_row = superseded.source_row
left join withdrawn on content.load_id = withdrawn.load_id
left join repaired
    on
        content.load_id = repaired.load_id
        and content.source_row = repaired.source_row
