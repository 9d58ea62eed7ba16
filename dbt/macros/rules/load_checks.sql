{#
    The checks of a load as a whole, declared once: `load_checks` has a row for each of them and each load that it
    looks at, and what people read about them (summary, status, dashboard, Airflow, docs) comes from here.

    check     its name; its SQL is the macro <check>_check, in the folder checks/
    entities  the loads that it looks at
    meaning   what it looks for, for people
    remedy    what to do at the source of a load that it finds

    Their thresholds are variables in dbt_project.yml that begin with the check's name. A load is judged by itself and by
    the loads before it, never by later ones.
#}
{% macro declared_load_checks() %}
    {{ return([
        {
            'check': 'broken_share', 'entities': ['users', 'viewing_sessions', 'content'],
            'meaning': 'Many of the records were quarantined, or could not be read as records.',
            'remedy': 'Have the file exported again in the format of the contract, and deliver it.',
        },
        {
            'check': 'held_share', 'entities': ['viewing_sessions'],
            'meaning': 'Many of the sessions wait for a user or a title that has not been delivered.',
            'remedy': 'Deliver the users and titles that are missing; the next run then counts the sessions and publishes by itself.',
        },
        {
            'check': 'repaired_share', 'entities': ['users', 'viewing_sessions', 'content'],
            'meaning': 'Many values of a column were not taken: they became null, a default, or the nearest bound.',
            'remedy': 'See how the source writes this column, and have the file exported again.',
        },
        {
            'check': 'column_emptied', 'entities': ['users', 'viewing_sessions', 'content'],
            'meaning': 'A column that was filled until now has arrived all but empty.',
            'remedy': 'Ask the source why the column is empty; a query or an export has lost it.',
        },
        {
            'check': 'volume', 'entities': ['users', 'viewing_sessions', 'content'],
            'meaning': 'The file holds far fewer or far more records than such files do.',
            'remedy': 'See whether the file is complete, and holds the days that it should, once.',
        },
        {
            'check': 'identity_changed', 'entities': ['users', 'content'],
            'meaning': 'Known users have another registration date than before, or known titles another content type.',
            'remedy': 'See how the source writes dates (day before month?) and makes its ids.',
        },
        {
            'check': 'days_missing', 'entities': ['viewing_sessions'],
            'meaning': 'A day has no session, though the days around it have, and nothing of it had arrived before.',
            'remedy': 'Deliver the sessions of that day; the export has left it out.',
        },
        {
            'check': 'encoded_twice', 'entities': ['users', 'viewing_sessions', 'content'],
            'meaning': 'Texts look like UTF-8 that was read in another encoding and encoded again.',
            'remedy': 'Have the file exported as UTF-8, once, and deliver it.',
        },
        {
            'check': 'look_alikes', 'entities': ['users', 'viewing_sessions', 'content'],
            'meaning': 'Texts that the eye cannot tell apart are not the same, and count as two.',
            'remedy': 'Have the source write the value in one way: plain blanks, accents in one form.',
        },
        {
            'check': 'zombie_plays', 'entities': ['viewing_sessions'],
            'meaning': 'Sessions last many times as long as the title that was watched: players that nobody stopped.',
            'remedy': 'See how the source ends a session; until then these minutes count as watched.',
        },
    ]) }}
{% endmacro %}


{# The name of files that come again and again: without digits, and without .gz. #}
{% macro file_pattern(name) -%}
    {%- set pattern = namespace(text="replace(" ~ name ~ ", '.gz', '')") -%}
    {%- for digit in range(10) -%}
        {%- set pattern.text = "replace(" ~ pattern.text ~ ", '" ~ digit ~ "', '')" -%}
    {%- endfor -%}
    {{ pattern.text }}
{%- endmacro %}


{# A number and what it counts: `1 day`, `2 days`. #}
{% macro counted(number, one) -%}
    concat({{ number }}, case when {{ number }} = 1 then ' {{ one }}' else ' {{ one }}s' end)
{%- endmacro %}


{# A threshold that is a share, in percent, as people write it. #}
{% macro percent_threshold(name) -%}
    {{ '%g' | format(var(name) * 100) }}%
{%- endmacro %}
