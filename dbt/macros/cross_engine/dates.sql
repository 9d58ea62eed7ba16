{#
    Dates by the contract: YYYY-MM-DD, a day that exists, optionally followed by T or a space and a time of day
    HH:MM[:SS[.fraction]] with an optional zone, of which only the date is taken. The argument is trimmed text.
#}
{% macro date_or_null(text) -%}
    {{ return(adapter.dispatch('date_or_null', 'goldreel')(text)) }}
{%- endmacro %}

{% macro time_of_day_pattern() -%}
    ([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?( ?(Z|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?))?
{%- endmacro %}

{% macro default__date_or_null(text) -%}
    case
        when
            regexp_full_match({{ text }}, '[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]{{ time_of_day_pattern() }})?')
            and {{ text }} not like '0000%'
            then try_cast(substring({{ text }}, 1, 10) as date)
    end
{%- endmacro %}

{% macro spark__date_or_null(text) -%}
    case
        when
            {{ text }} rlike '{{ spark_whole_text("[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]" ~ time_of_day_pattern() ~ ")?") }}'
            and {{ text }} not like '0000%'
            then try_cast(substring({{ text }}, 1, 10) as date)
    end
{%- endmacro %}

{#
    T-SQL has no regular expressions before 2025. The text after the day is cut at its first blank, Z, + or -:
    the clock stands before, the zone from there on. The Z appended for the search is always found, so that no
    length is ever negative: SQL Server may compute an expression that a condition beside it rules out.
#}
{% macro sqlserver__date_or_null(text) -%}
    {%- set day = '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]' -%}
    {%- set time = 'substring(' ~ text ~ ', 12, 4000)' -%}
    {%- set zone_at = "patindex('%[-+Z ]%', " ~ time ~ " + 'Z')" -%}
    {%- set clock = 'left(' ~ time ~ ', ' ~ zone_at ~ ' - 1)' -%}
    {%- set zone = 'substring(' ~ time ~ ', ' ~ zone_at ~ ', 4000)' -%}
    case
        when not ({{ sqlserver_is_day(text) }}) then null
        when {{ text }} like '{{ day }}' then try_convert(date, {{ text }}, 23)
        when
            {{ text }} like '{{ day }}[T ]%'
            and ({{ clock }} like '[01][0-9]:%' or {{ clock }} like '2[0-3]:%')
            and (
                {{ clock }} like '__:[0-5][0-9]'
                or {{ clock }} like '__:[0-5][0-9]:[0-5][0-9]'
                or (
                    {{ clock }} like '__:[0-5][0-9]:[0-5][0-9].[0-9]%'
                    and substring({{ clock }}, 10, 4000) not like '%[^0-9]%'
                )
            )
            and (
                datalength({{ zone }}) = 0
                or {{ zone }} like 'Z'
                or {{ zone }} like ' Z'
                {%- for sign in ('[-+]', ' [-+]') %}
                {%- for hours in ('[01][0-9]', '2[0-3]') %}
                or {{ zone }} like '{{ sign }}{{ hours }}'
                or {{ zone }} like '{{ sign }}{{ hours }}[0-5][0-9]'
                or {{ zone }} like '{{ sign }}{{ hours }}:[0-5][0-9]'
                {%- endfor %}
                {%- endfor %}
            )
            then try_convert(date, left({{ text }}, 10), 23)
    end
{%- endmacro %}

{#
    Whether a text begins with a day that exists, by its digits alone: a conversion that fails is costly on every server,
    and one that fails inside EXEC leaves Babelfish with an open transaction.
#}
{% macro sqlserver_is_day(text) -%}
    {%- set year = '[0-9][0-9][0-9][0-9]' -%}
    {{ text }} not like '0000%'
    and (
        {%- for month in ('0[13578]', '1[02]') %}
        {{ text }} like '{{ year }}-{{ month }}-0[1-9]%'
        or {{ text }} like '{{ year }}-{{ month }}-[12][0-9]%'
        or {{ text }} like '{{ year }}-{{ month }}-3[01]%'
        or
        {%- endfor %}
        {%- for month in ('0[469]', '11') %}
        {{ text }} like '{{ year }}-{{ month }}-0[1-9]%'
        or {{ text }} like '{{ year }}-{{ month }}-[12][0-9]%'
        or {{ text }} like '{{ year }}-{{ month }}-30%'
        or
        {%- endfor %}
        {{ text }} like '{{ year }}-02-0[1-9]%'
        or {{ text }} like '{{ year }}-02-1[0-9]%'
        or {{ text }} like '{{ year }}-02-2[0-8]%'
        {%- for leap_year in (
            '[0-9][0-9]0[48]', '[0-9][0-9][2468][048]', '[0-9][0-9][13579][26]', '[02468][048]00', '[13579][26]00',
        ) %}
        or {{ text }} like '{{ leap_year }}-02-29%'
        {%- endfor %}
    )
{%- endmacro %}


{# The day that a build counts to: --as-of, else the day that it is in UTC, whatever the zone of machine or session. #}
{% macro as_of_date() -%}
    {%- if var('as_of') -%} cast('{{ var("as_of") }}' as date)
    {%- else -%} {{ adapter.dispatch('today_in_utc', 'goldreel')() }}
    {%- endif -%}
{%- endmacro %}

{% macro default__today_in_utc() -%}
    cast(make_timestamp(epoch_us(now())) as date)
{%- endmacro %}

{% macro spark__today_in_utc() -%}
    cast(to_utc_timestamp(current_timestamp(), current_timezone()) as date)
{%- endmacro %}

{% macro sqlserver__today_in_utc() -%}
    cast(sysutcdatetime() as date)
{%- endmacro %}

{# How many days a day lies after another. #}
{% macro days_between(first_day, last_day) -%}
    {{ return(adapter.dispatch('days_between', 'goldreel')(first_day, last_day)) }}
{%- endmacro %}

{# dbt's own, like its days that are added, goes through timestamps: on Spark through the session's time zone with them, and dearer on DuckDB. #}
{% macro default__days_between(first_day, last_day) -%}
    ({{ last_day }} - {{ first_day }})
{%- endmacro %}

{% macro spark__days_between(first_day, last_day) -%}
    datediff({{ last_day }}, {{ first_day }})
{%- endmacro %}

{% macro sqlserver__days_between(first_day, last_day) -%}
    datediff(day, {{ first_day }}, {{ last_day }})
{%- endmacro %}


{# The date so many days later; `days` is a whole number or an expression of them. #}
{% macro add_days(day, days) -%}
    {{ return(adapter.dispatch('add_days', 'goldreel')(day, days)) }}
{%- endmacro %}

{% macro default__add_days(day, days) -%}
    ({{ day }} + cast({{ days }} as integer))
{%- endmacro %}

{% macro spark__add_days(day, days) -%}
    date_add({{ day }}, {{ days }})
{%- endmacro %}

{% macro sqlserver__add_days(day, days) -%}
    dateadd(day, {{ days }}, {{ day }})
{%- endmacro %}


{# Every day from the first to the last value of a date column, as `calendar_day`; no row when there is none. #}
{% macro calendar(relation, column) -%}
    {{ return(adapter.dispatch('calendar', 'goldreel')(relation, column)) }}
{%- endmacro %}

{% macro default__calendar(relation, column) -%}
    select cast(unnest(generate_series(min({{ column }}), max({{ column }}), interval 1 day)) as date) as calendar_day
    from {{ relation }}
{%- endmacro %}

{% macro spark__calendar(relation, column) -%}
    select cast(each_day as date) as calendar_day
    from (
        select explode(sequence(min({{ column }}), max({{ column }}), interval 1 day)) as each_day
        from {{ relation }}
    ) as span
{%- endmacro %}

{#
    Seven decimal digits count far enough for every date there is. From the highest digit down, each is joined only
    where the number so far is still in the span: the rows are as many as the days, not ten million.
#}
{% macro sqlserver__calendar(relation, column) -%}
    {%- set digits = '(values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9))' -%}
    {%- set sum = namespace(text='') -%}
    {%- set joins = [] -%}
    {%- for digit in range(6, -1, -1) -%}
        {%- set sum.text = sum.text ~ (' + ' if sum.text) ~ 'd' ~ digit ~ '.n * ' ~ 10 ** digit -%}
        {%- do joins.append('inner join ' ~ digits ~ ' as d' ~ digit ~ ' (n) on ' ~ sum.text ~ ' <= span.days') -%}
    {%- endfor -%}
    select dateadd(day, {{ sum.text }}, span.first_day) as calendar_day
    from (
        select min({{ column }}) as first_day, datediff(day, min({{ column }}), max({{ column }})) as days
        from {{ relation }}
    ) as span
    {%- for join in joins %}
    {{ join }}
    {%- endfor %}
{%- endmacro %}


{# A day as a whole number YYYYMMDD: the key of dim_date. #}
{% macro date_key(day) -%}
    {{ as_whole('year(' ~ day ~ ') * 10000 + month(' ~ day ~ ') * 100 + day(' ~ day ~ ')') }}
{%- endmacro %}


{# The first day of the month that a day lies in. #}
{% macro first_day_of_month(day) -%}
    {{ add_days(day, '1 - day(' ~ day ~ ')') }}
{%- endmacro %}

{# How many months a month lies after another; both are days, of which only year and month count. #}
{% macro months_between(first_day, last_day) -%}
    (year({{ last_day }}) * 12 + month({{ last_day }})) - (year({{ first_day }}) * 12 + month({{ first_day }}))
{%- endmacro %}


{# A day as text: YYYY-MM-DD. #}
{% macro day_text(day) -%}
    {{ return(adapter.dispatch('day_text', 'goldreel')(day)) }}
{%- endmacro %}

{% macro default__day_text(day) -%}
    cast({{ day }} as {{ sql_type('text') }})
{%- endmacro %}

{% macro sqlserver__day_text(day) -%}
    convert(nvarchar(10), {{ day }}, 23)
{%- endmacro %}
