{#
    What a change is, declared once: which columns of a record are judged, what a change tells of it, and its causes.

    key        what identifies a record
    outcomes   of the records that win their key: of the valid ones, the latest
    columns    the silver columns; a record whose outcome or any of them differs has changed
    weighs     those of them that a change keeps, before and after, to say what it weighed
#}
{% macro compared_entities() %}
    {{ return({
        'users': {
            'key': 'user_id',
            'outcomes': ['current', 'inactive_user'],
            'columns': ['age', 'country', 'subscription_type', 'signup_date', 'total_watch_time_hours'],
            'weighs': ['total_watch_time_hours', 'country', 'subscription_type'],
        },
        'viewing_sessions': {
            'key': 'session_id',
            'outcomes': ['current', 'inactive_user', 'held'],
            'columns': [
                'user_id', 'content_id', 'watch_date', 'duration_minutes', 'completion_percentage', 'device_type',
                'quality_level',
            ],
            'weighs': ['user_id', 'content_id', 'watch_date', 'duration_minutes', 'device_type'],
        },
        'content': {
            'key': 'content_id',
            'outcomes': ['current'],
            'columns': [
                'title', 'genre', 'content_type', 'duration_minutes', 'release_year', 'rating', 'views_count',
                'production_budget', 'seasons', 'total_episodes',
            ],
            'weighs': ['title', 'genre', 'content_type'],
        },
    }) }}
{% endmacro %}


{# What a change may weigh, in the order of the columns of `changed_records`, with the type of each. #}
{% macro change_weights() %}
    {{ return({
        'user_id': 'key', 'content_id': 'key', 'watch_date': 'date', 'duration_minutes': 'number',
        'total_watch_time_hours': 'number', 'country': 'text', 'subscription_type': 'text', 'title': 'text',
        'genre': 'text', 'content_type': 'text', 'device_type': 'text',
    }) }}
{% endmacro %}


{# Those of them that no number needs, when it was a forgotten user's (amend/wiping.py empties the same of earlier changes). #}
{% macro personal_weights() %}
    {{ return(['user_id', 'watch_date', 'country', 'subscription_type', 'device_type']) }}
{% endmacro %}


{# Whether two values are the same, both being empty included; for a condition. #}
{% macro is_same(one, other) -%}
    ({{ one }} = {{ other }} or ({{ one }} is null and {{ other }} is null))
{%- endmacro %}


{#
    The causes of a change. Order matters: of those that apply, a change has the first.

    applies_when  SQL over the columns that the models in models/changes give to a changed record
    behind        whose load it is: `after` or `before` (the record itself, then or now), `came` (the user or title that
                  came), `user` (the user's snapshot), `taken_back`; `record`: no load is behind it, the record is named
    meaning       for people

    Of the first, a change keeps no more than the numbers that it weighed, under a pseudonym.
#}
{% macro change_causes() %}
    {{ return([
        {
            'cause': 'forgotten', 'applies_when': 'is_forgotten = 1', 'behind': 'none',
            'meaning': 'The user asked to be forgotten.',
        },
        {
            'cause': 'withdrawn', 'applies_when': 'taken_back_load_id is not null', 'behind': 'taken_back',
            'meaning': 'Its record, or the user or title that it refers to, was taken back.',
        },
        {
            'cause': 'repaired', 'applies_when': 'is_same_record = 0 and is_repair = 1', 'behind': 'after',
            'meaning': 'Its record came by a repair.',
        },
        {
            'cause': 'new', 'applies_when': 'before_outcome is null and is_late = 0', 'behind': 'after',
            'meaning': 'It was not there before.',
        },
        {
            'cause': 'late', 'applies_when': 'before_outcome is null', 'behind': 'after',
            'meaning': 'A session that was not there before, of a day that the build before had reached already.',
        },
        {
            'cause': 'corrected',
            'applies_when': 'after_outcome is not null and is_same_record = 0 and has_same_values = 0',
            'behind': 'after',
            'meaning': 'Another record of the same key, with other values, took its place.',
        },
        {
            'cause': 'released',
            'applies_when': "before_outcome = 'held' and after_outcome <> 'held' and has_same_values = 1",
            'behind': 'came',
            'meaning': 'The user or title that the session waited for came.',
        },
        {
            'cause': 'user_activated',
            'applies_when': "before_outcome = 'inactive_user' and after_outcome = 'current' and has_same_values = 1"
                ~ " and has_other_hours = 1",
            'behind': 'user',
            'meaning': 'A later snapshot of its user reached the hours of an active user.',
        },
        {
            'cause': 'user_lapsed',
            'applies_when': "before_outcome = 'current' and after_outcome = 'inactive_user' and has_same_values = 1"
                ~ " and has_other_hours = 1",
            'behind': 'user',
            'meaning': 'A later snapshot of its user fell below the hours of an active user.',
        },
        {
            'cause': 'definition', 'applies_when': '1 = 1', 'behind': 'record',
            'meaning': 'None of these: settings or rules changed.',
        },
    ]) }}
{% endmacro %}


{# Case expression: the cause of a changed record. #}
{% macro change_cause() -%}
    {%- set code -%}
    case
        {%- for each in change_causes() %}
        when {{ each.applies_when }} then '{{ each.cause }}'
        {%- endfor %}
    end
    {%- endset -%}
    {{ as_text(code) }}
{%- endmacro %}


{#
    Common table expressions that end in `changed`: the records of an entity whose judged state differs between the
    build before and this one, with both states. `taken_back` loads are those that count no more, `came_by_repair`
    (load_id, source_row) the records that mend others, `forgotten` (load_id, source_row, pseudonym) those of users who
    are being forgotten.
#}
{% macro changed(entity) -%}
{%- set compared = compared_entities()[entity] -%}
{%- set sides = {'before': source('kept', 'before_' ~ entity), 'after': ref('judged_' ~ entity)} -%}
{%- for side, records in sides.items() -%}
{{ side }}_records as (
    select
        {{ compared.key }} as record_key,
        {%- for column in compared.columns %}
        {{ column }},
        {%- endfor %}
        outcome,
        load_id,
        source_file,
        source_row
    from {{ records }}
    where {{ has_outcome(compared.outcomes) }}{{ only_judged_anew(entity, 'and') if side == 'after' }}
),

{% endfor -%}
compared as (
    select
        coalesce(after_records.record_key, before_records.record_key) as record_key,
        {%- for side in sides %}
        {%- for column in compared.columns %}
        {{ side }}_records.{{ column }} as {{ side }}_{{ column }},
        {%- endfor %}
        {{ side }}_records.outcome as {{ side }}_outcome,
        {{ side }}_records.load_id as {{ side }}_load_id,
        {{ side }}_records.source_file as {{ side }}_source_file,
        {{ side }}_records.source_row as {{ side }}_source_row,
        {%- endfor %}
        case
            when
                before_records.load_id = after_records.load_id
                and before_records.source_row = after_records.source_row
                then 1
            else 0
        end as is_same_record,
        case
            when
                {%- for column in compared.columns %}
                {{ 'and ' if not loop.first }}{{ is_same('before_records.' ~ column, 'after_records.' ~ column) }}
                {%- endfor %}
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
    {{ withdrawn_loads() }}
),

came_by_repair as (
    select distinct
        load_id,
        source_row
    from {{ source('bronze', 'repairs') }}
    where entity = '{{ entity }}'
),

forgotten as (
    select
        load_id,
        source_row,
        pseudonym
    from {{ source('bronze', 'being_forgotten') }}
    where load_id is not null
)
{%- endmacro %}


{#
    The columns of `changed_records`, from `explained`: changed records of an entity, with what their causes ask for.
    Beside the columns of `changed` it has is_forgotten, pseudonym, is_repair, is_late, has_other_hours, and the load, file and
    row of what is behind: <behind>_load_id, <behind>_source_file, <behind>_source_row.
#}
{% macro as_changes(entity, behind) -%}
{%- set compared = compared_entities()[entity] -%}
caused as (
    select
        explained.*,
        {{ change_cause() }} as cause
    from explained
)

select
    compared_builds.build_id,
    {{ as_text("'" ~ entity ~ "'") }} as entity,
    {{ as_key("case when caused.cause = 'forgotten' then coalesce(caused.pseudonym, caused.record_key) else caused.record_key end") }} as record_key,
    caused.cause,
    {%- for part in ('load_id', 'source_file', 'source_row') %}
    {%- set place %}
    case caused.cause
        {%- for each in change_causes() if each.behind in behind %}
        when '{{ each.cause }}' then caused.{{ each.behind }}_{{ part }}
        {%- endfor %}
        {%- if part != 'load_id' %}
        when 'definition' then coalesce(caused.after_{{ part }}, caused.before_{{ part }})
        {%- endif %}
    end
    {%- endset %}
    {{ as_text(place) if part == 'source_file' else as_whole(place) }} as {{ part }},
    {%- endfor %}
    caused.before_outcome,
    caused.after_outcome
    {%- for weight, type in change_weights().items() %}
    {%- for side in ('before', 'after') %},
    {%- if weight in compared.weighs and side == 'before' and weight in personal_weights() %}
    {{ typed("case when caused.cause <> 'forgotten' then caused.before_" ~ weight ~ ' end', type) }} as before_{{ weight }}
    {%- elif weight in compared.weighs %}
    caused.{{ side }}_{{ weight }}
    {%- else %}
    {{ typed_null(type) }} as {{ side }}_{{ weight }}
    {%- endif %}
    {%- endfor %}
    {%- endfor %}
from caused
cross join {{ ref('compared_builds') }} as compared_builds
where compared_builds.is_running = 1
{%- endmacro %}


{# The columns of `changed_records`, in their order. #}
{% macro change_columns(of='') -%}
    {%- for column in (
        'build_id', 'entity', 'record_key', 'cause', 'load_id', 'source_file', 'source_row', 'before_outcome',
        'after_outcome',
    ) %}
    {{ of }}{{ column }},
    {%- endfor %}
    {%- for weight in change_weights() %}
    {{ of }}before_{{ weight }},
    {{ of }}after_{{ weight }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
