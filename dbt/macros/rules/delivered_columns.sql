{#
    The delivered columns of each entity, declared once, for counting by load what was empty and what was repaired.

    column        its name in bronze
    repair        what happens to a value that the rules do not take, where the record is kept:
                  `default`: what is missing becomes a text; `null`: it becomes null, as what is missing is;
                  `remembered`: its place is taken by a value that others may have delivered
    content_type  the kind of title that delivers it; the other kind never does
    spelled       whether it is made of words, of which spellings are looked at

    A record remembers in `marks`, as a sum of powers of two, which of its columns were delivered empty, in this order,
    and which remembered repairs it had. Where nothing is wrong, that is 0.
#}
{% macro delivered_columns(entity) %}
    {{ return({
        'users': [
            {'column': 'user_id'},
            {'column': 'age', 'repair': 'null'},
            {'column': 'country', 'repair': 'default', 'spelled': true},
            {'column': 'subscription_type', 'repair': 'default', 'spelled': true},
            {'column': 'registration_date'},
            {'column': 'total_watch_time_hours'},
        ],
        'viewing_sessions': [
            {'column': 'session_id'},
            {'column': 'user_id'},
            {'column': 'content_id'},
            {'column': 'watch_date'},
            {'column': 'watch_duration_minutes'},
            {'column': 'completion_percentage', 'repair': 'null'},
            {'column': 'device_type', 'repair': 'default', 'spelled': true},
            {'column': 'quality_level', 'repair': 'default', 'spelled': true},
        ],
        'content': [
            {'column': 'content_id'},
            {'column': 'title', 'repair': 'default', 'spelled': true},
            {'column': 'genre', 'repair': 'default', 'spelled': true},
            {'column': 'duration_minutes'},
            {'column': 'release_year', 'repair': 'remembered', 'content_type': 'movie'},
            {'column': 'rating', 'repair': 'remembered'},
            {'column': 'views_count', 'repair': 'null'},
            {'column': 'production_budget', 'repair': 'null'},
            {'column': 'seasons', 'content_type': 'series'},
            {'column': 'total_episodes', 'content_type': 'series'},
        ],
    }[entity]) }}
{% endmacro %}


{# The mark of a column that was delivered empty; its place in the list is counted from 0. #}
{% macro empty_mark(place) %}
    {{ return(2 ** place) }}
{% endmacro %}

{# The mark of a column whose value was repaired; 0 where none is. #}
{% macro repair_mark(column, place) %}
    {{ return({'default': 2 ** place, 'null': 2 ** (place + 16), 'remembered': 2 ** (place + 16)}[column.repair] if column.repair else 0) }}
{% endmacro %}


{#
    Expression over the trimmed columns of an entity: the marks of those that are empty. Looking at all of them at once
    first costs a fraction of counting them one by one.
#}
{% macro marks_of_empty(entity) -%}
    {%- set columns = delivered_columns(entity) -%}
    case
        when {{ columns | map(attribute='column') | join(' is null or ') }} is null
            then
                {%- for column in columns %}
                case when {{ column.column }} is null then {{ empty_mark(loop.index0) }} else 0 end
                {{- ' +' if not loop.last }}
                {%- endfor %}
        else 0
    end
{%- endmacro %}


{# Expression: `marks`, and that of a remembered repair of a column when the condition holds. #}
{% macro with_repair_mark(marks, entity, name, condition) -%}
    {%- for column in delivered_columns(entity) if column.column == name -%}
        {%- set place = delivered_columns(entity).index(column) -%}
        {{ marks }} + case when {{ condition }} then {{ repair_mark(column, place) }} else 0 end
    {%- endfor -%}
{%- endmacro %}
