{#
    The rules, declared once: everything that quarantines, holds, counts or explains records reads this list.

    entity       the bronze table that the rule judges
    rule         its code, as it stands in `quarantine` and `gold_data_quality`
    outcome      `quarantined`: the record breaks the rule by itself;
                 `held`: the record is valid, but refers to one that is not there (yet)
    broken_when  SQL over the typed columns of stg_<entity> (held: over the joins of judged_viewing_sessions)
    value        the bronze column whose delivered value offends
    meaning      for people

    Order matters: a record is judged by the first rule it breaks.
#}
{% macro quality_rules() %}
    {{ return([
        {
            'entity': 'users', 'rule': 'user_id_missing', 'outcome': 'quarantined',
            'broken_when': 'user_id is null', 'value': 'user_id',
            'meaning': 'The user has no id.',
        },
        {
            'entity': 'users', 'rule': 'hours_invalid', 'outcome': 'quarantined',
            'broken_when':
                'total_watch_time_hours is null or total_watch_time_hours < 0 or total_watch_time_hours > 1000000',
            'value': 'total_watch_time_hours',
            'meaning': 'The total watch time is not a number of hours from 0 to 1,000,000.',
        },
        {
            'entity': 'users', 'rule': 'signup_date_invalid', 'outcome': 'quarantined',
            'broken_when': 'signup_date is null', 'value': 'registration_date',
            'meaning': 'The registration date is not a day that exists, written YYYY-MM-DD.',
        },
        {
            'entity': 'users', 'rule': 'signup_date_implausible', 'outcome': 'quarantined',
            'broken_when': 'signup_date < earliest_date or signup_date > latest_date', 'value': 'registration_date',
            'meaning':
                'The registration date lies before earliest_date, or more than a day after the day it was loaded.',
        },
        {
            'entity': 'viewing_sessions', 'rule': 'session_id_missing', 'outcome': 'quarantined',
            'broken_when': 'session_id is null', 'value': 'session_id',
            'meaning': 'The session has no id.',
        },
        {
            'entity': 'viewing_sessions', 'rule': 'user_id_missing', 'outcome': 'quarantined',
            'broken_when': 'user_id is null', 'value': 'user_id',
            'meaning': 'The session does not say whose it is.',
        },
        {
            'entity': 'viewing_sessions', 'rule': 'content_id_missing', 'outcome': 'quarantined',
            'broken_when': 'content_id is null', 'value': 'content_id',
            'meaning': 'The session does not say what was watched.',
        },
        {
            'entity': 'viewing_sessions', 'rule': 'watch_date_invalid', 'outcome': 'quarantined',
            'broken_when': 'watch_date is null', 'value': 'watch_date',
            'meaning': 'The watch date is not a day that exists, written YYYY-MM-DD.',
        },
        {
            'entity': 'viewing_sessions', 'rule': 'watch_date_implausible', 'outcome': 'quarantined',
            'broken_when': 'watch_date < earliest_date or watch_date > latest_date', 'value': 'watch_date',
            'meaning': 'The watch date lies before earliest_date, or more than a day after the day it was loaded.',
        },
        {
            'entity': 'viewing_sessions', 'rule': 'duration_invalid', 'outcome': 'quarantined',
            'broken_when': 'duration_minutes is null or duration_minutes <= 0 or duration_minutes > 1440',
            'value': 'watch_duration_minutes',
            'meaning': 'The duration is not a number of minutes above 0 and at most 1440 (a day).',
        },
        {
            'entity': 'viewing_sessions', 'rule': 'user_unknown', 'outcome': 'held',
            'broken_when': 'known_users.user_id is null', 'value': 'user_id',
            'meaning': 'No valid user of that id has been delivered yet; the session counts once one is.',
        },
        {
            'entity': 'viewing_sessions', 'rule': 'content_unknown', 'outcome': 'held',
            'broken_when': 'known_titles.content_id is null', 'value': 'content_id',
            'meaning': 'No valid title of that id has been delivered yet; the session counts once one is.',
        },
        {
            'entity': 'content', 'rule': 'content_id_missing', 'outcome': 'quarantined',
            'broken_when': 'content_id is null', 'value': 'content_id',
            'meaning': 'The title has no id (an object or a list is none: deliver {"$oid": "5a68"} as "5a68").',
        },
        {
            'entity': 'content', 'rule': 'content_duration_invalid', 'outcome': 'quarantined',
            'broken_when': 'duration_minutes is null or duration_minutes <= 0 or duration_minutes > 1000000',
            'value': 'duration_minutes',
            'meaning': 'The duration is no number above 0 up to 1,000,000 (deliver {"$numberInt": "90"} as 90), or a series does not give its episodes.',
        },
    ]) }}
{% endmacro %}


{% macro rules_of(entity, outcome) %}
    {{ return(quality_rules() | selectattr('entity', 'eq', entity) | selectattr('outcome', 'eq', outcome) | list) }}
{% endmacro %}


{# Case expression: the code of the first rule that a typed record breaks, else null. #}
{% macro first_broken_rule(entity) -%}
    {%- set code -%}
    case
        {%- for rule in rules_of(entity, 'quarantined') %}
        when {{ rule.broken_when }} then '{{ rule.rule }}'
        {%- endfor %}
    end
    {%- endset -%}
    {{ as_text(code) }}
{%- endmacro %}


{# Case expression: the delivered value that breaks it. Bronze columns are expected as delivered_<column>. #}
{% macro offending_value(entity) -%}
    {%- set value -%}
    case
        {%- for rule in rules_of(entity, 'quarantined') %}
        when {{ rule.broken_when }} then delivered_{{ rule.value }}
        {%- endfor %}
    end
    {%- endset -%}
    {{ as_text(value) }}
{%- endmacro %}


{# Case expression: the value that a held record waits for, else the offending value. `held_by_rule` is expected. #}
{% macro held_value(entity) -%}
    {%- set value -%}
    case
        {%- for rule in rules_of(entity, 'held') %}
        when held_by_rule = '{{ rule.rule }}' then {{ rule.value }}
        {%- endfor %}
        else offending_value
    end
    {%- endset -%}
    {{ as_text(value) }}
{%- endmacro %}


{#
    The columns `earliest_date` and `latest_date` that the rules on implausible dates compare with: a sentinel
    (9999-12-31) or a typing error must not stretch calendars and windows. The latest day is told by the moment of the
    record's own load, in UTC, so that a verdict never changes later; a day is granted for clocks that are ahead.
#}
{% macro plausible_dates() -%}
    cast('{{ var("earliest_date") }}' as date) as earliest_date,
    {{ add_days('cast(_loaded_at as date)', 1) }} as latest_date
{%- endmacro %}
