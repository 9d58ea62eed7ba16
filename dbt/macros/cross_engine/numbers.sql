{#
    Numbers by the contract: an optional sign, digits, optionally a point and digits; nothing else, on every engine.
    The arguments are trimmed text (see clean_text). What is no such number, or does not fit the type, is null.
#}

{% macro number_or_null(text) -%}
    {{ return(adapter.dispatch('number_or_null', 'goldreel')(text)) }}
{%- endmacro %}

{% macro default__number_or_null(text) -%}
    case
        when
            regexp_full_match({{ text }}, '[+-]?[0-9]+([.][0-9]+)?')
            and abs(try_cast({{ text }} as double)) < 1.7976931348623157e308
            then try_cast({{ text }} as double)
    end
{%- endmacro %}

{% macro spark__number_or_null(text) -%}
    case
        when
            {{ text }} rlike '{{ spark_whole_text("[+-]?[0-9]+([.][0-9]+)?") }}'
            and abs(try_cast({{ text }} as double)) < 1.7976931348623157e308
            then try_cast({{ text }} as double)
    end
{%- endmacro %}

{# LIKE knows sets but no repetition: begins with a digit, ends with one, nothing but digits and at most one point. #}
{% macro sqlserver__number_or_null(text) -%}
    {%- set unsigned = unsigned_text(text) -%}
    {%- set significant = without_leading_zeros(unsigned) -%}
    case
        when
            {{ unsigned }} like '[0-9]%'
            and {{ unsigned }} like '%[0-9]'
            and {{ unsigned }} not like '%[^0-9.]%'
            and {{ unsigned }} not like '%.%.%'
            and (
                patindex('%[^0-9]%', {{ significant }} + '.') <= 309
                or (
                    patindex('%[^0-9]%', {{ significant }} + '.') = 310
                    and left({{ significant }}, 17) < '17976931348623157'
                )
            )
            then try_cast({{ text }} as float)
    end
{%- endmacro %}


{% macro whole_number_or_null(text) -%}
    {{ return(adapter.dispatch('whole_number_or_null', 'goldreel')(text)) }}
{%- endmacro %}

{% macro default__whole_number_or_null(text) -%}
    case when regexp_full_match({{ text }}, '[+-]?[0-9]+') then try_cast({{ text }} as bigint) end
{%- endmacro %}

{% macro spark__whole_number_or_null(text) -%}
    case when {{ text }} rlike '{{ spark_whole_text("[+-]?[0-9]+") }}' then try_cast({{ text }} as bigint) end
{%- endmacro %}

{% macro sqlserver__whole_number_or_null(text) -%}
    {%- set unsigned = unsigned_text(text) -%}
    {%- set significant = without_leading_zeros(unsigned) -%}
    case
        when
            {{ unsigned }} like '[0-9]%'
            and {{ unsigned }} not like '%[^0-9]%'
            and (
                datalength({{ significant }}) <= 36
                or (
                    datalength({{ significant }}) = 38
                    and (
                        {{ significant }} <= '9223372036854775807'
                        or ({{ significant }} = '9223372036854775808' and {{ text }} like '-%')
                    )
                )
            )
            then try_cast({{ text }} as bigint)
    end
{%- endmacro %}

{#
    T-SQL only: the text without zeros at its start; empty when there is nothing else. Numbers too large for their type
    are told by their digits, for the reason that `sqlserver_is_day` gives.
#}
{% macro without_leading_zeros(text) -%}
    substring({{ text }}, patindex('%[^0]%', {{ text }} + 'x'), 4000)
{%- endmacro %}

{# T-SQL only: the text without its sign. #}
{% macro unsigned_text(text) -%}
    case when {{ text }} like '[-+]%' then substring({{ text }}, 2, 4000) else {{ text }} end
{%- endmacro %}


{# The mean as a floating-point number (the mean of integers is an integer on SQL Server); null over nothing. #}
{% macro average(expression) -%}
    avg({{ as_number(expression) }})
{%- endmacro %}

{# A quotient in floating point; null when there is nothing underneath. #}
{% macro ratio(numerator, denominator) -%}
    {{ as_number(numerator) }} / nullif({{ as_number(denominator) }}, 0)
{%- endmacro %}

{# Two decimals, halves away from zero, by the same arithmetic on every engine. #}
{% macro two_decimals(expression) -%}
    {{ return(adapter.dispatch('two_decimals', 'goldreel')(expression)) }}
{%- endmacro %}

{% macro default__two_decimals(expression) -%}
    sign({{ expression }}) * floor(abs({{ expression }}) * 100 + 0.5) / 100
{%- endmacro %}

{# Spark's floor makes a whole number, and of one that is too large the largest there is. #}
{% macro spark__two_decimals(expression) -%}
    {%- set hundredths = as_number('abs(' ~ expression ~ ') * 100 + 0.5') -%}
    sign({{ expression }}) * ({{ hundredths }} - {{ hundredths }} % 1) / 100
{%- endmacro %}


{# The whole number at or below a number that is not large. #}
{% macro whole_part(expression) -%}
    {{ as_whole('floor(' ~ expression ~ ')') }}
{%- endmacro %}

{# A part of a whole as text in percent with one decimal, halves up: `12.5%`; `0.0%` of nothing. #}
{% macro percent_text(part, whole) -%}
    {%- set tenths = whole_part('coalesce(' ~ ratio('1000 * ' ~ part, whole) ~ ', 0) + 0.5') -%}
    concat({{ whole_part(tenths ~ ' / 10') }}, '.', {{ tenths }} % 10, '%')
{%- endmacro %}
