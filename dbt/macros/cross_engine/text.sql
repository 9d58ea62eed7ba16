{# Delivered text without the blanks around it (space, tab, CR, LF); null when nothing is left. #}
{% macro clean_text(column) -%}
    {{ return(adapter.dispatch('clean_text', 'goldreel')(column)) }}
{%- endmacro %}

{# Looking at both ends first is five times faster than trimming every value: '!' is the first character after the blank. #}
{% macro default__clean_text(column) -%}
    case
        when
            {{ column }} < '!'
            or ends_with({{ column }}, ' ')
            or ends_with({{ column }}, chr(9))
            or ends_with({{ column }}, chr(13))
            or ends_with({{ column }}, chr(10))
            then nullif(trim({{ column }}, concat(chr(32), chr(9), chr(13), chr(10))), '')
        else {{ column }}
    end
{%- endmacro %}

{% macro spark__clean_text(column) -%}
    nullif(trim(both concat(char(32), char(9), char(13), char(10)) from {{ column }}), '')
{%- endmacro %}

{# Exact comparison before trimming: what a linguistic collation ignores must not count as a blank. #}
{% macro sqlserver__clean_text(column) -%}
    nullif(trim(concat(char(32), char(9), char(13), char(10)) from {{ as_text(column) }}), '')
{%- endmacro %}


{#
    Trimmed text as an id: null when it is written as a JSON object or list, which is no id (bronze holds its JSON text
    where a catalogue gave one). A GUID in braces and a word in brackets are ids.
#}
{% macro id_or_null(text) -%}
    case
        when left({{ text }}, 2) in ('{"', '{}') and right({{ text }}, 1) = '}' then null
        when
            right({{ text }}, 1) = ']'
            and (
                left({{ text }}, 2) in (
                    '["', '[{', '[[', '[]', '[-', '[0', '[1', '[2', '[3', '[4', '[5', '[6', '[7', '[8', '[9'
                )
                or left({{ text }}, 5) in ('[true', '[null')
                or left({{ text }}, 6) = '[false'
            )
            then null
        else {{ text }}
    end
{%- endmacro %}


{# One row per part of a text separated by one character: the key, and the part as `part`, untrimmed. #}
{% macro split_to_rows(relation, key, column, separator) -%}
    {{ return(adapter.dispatch('split_to_rows', 'goldreel')(relation, key, column, separator)) }}
{%- endmacro %}

{% macro default__split_to_rows(relation, key, column, separator) -%}
    select {{ key }}, unnest(string_split({{ column }}, '{{ separator }}')) as part from {{ relation }}
{%- endmacro %}

{% macro spark__split_to_rows(relation, key, column, separator) -%}
    select {{ key }}, explode(split({{ column }}, '[{{ separator }}]')) as part from {{ relation }}
{%- endmacro %}

{% macro sqlserver__split_to_rows(relation, key, column, separator) -%}
    select delivered.{{ key }}, parts.value as part
    from {{ relation }} as delivered
    cross apply string_split(delivered.{{ column }}, '{{ separator }}') as parts
{%- endmacro %}


{#
    Spark only: the regular expression that matches a text from its first to its last character. `$` would not do:
    in Java it also stands before a last line separator (U+0085, U+2028), which a regex on the other engines rejects.
#}
{% macro spark_whole_text(pattern) -%}
    (?s)^{{ pattern }}(?!.)
{%- endmacro %}


{# The name that a number from 1 stands for. #}
{% macro name_of(number, names) -%}
    {%- set chosen -%}
    case {{ number }}
        {%- for name in names %}
        when {{ loop.index }} then '{{ name }}'
        {%- endfor %}
    end
    {%- endset -%}
    {{ as_text(chosen) }}
{%- endmacro %}
