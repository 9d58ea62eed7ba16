{#
    Limits a query of bronze to the loads that this build is made of: those up to the last one that was there when it
    began. Loads that come while it is made wait for the next one, so that silver, gold and the account of a build
    speak of the same records. Without GOLDREEL_SEEN_LOAD_ID (dbt called by hand, the exported scripts): no limit.

    It is asked for when a model runs, not when dbt parses: for each new number, dbt would parse all models again.

    column: the column with the load's number.
#}
{% macro where_seen(column) -%}
    {%- set last = env_var('GOLDREEL_SEEN_LOAD_ID', '') if execute else '' -%}
    {%- if last %} where {{ column }} <= {{ last | int }}{% endif -%}
{%- endmacro %}


{# The same for the records that are to be judged: where what the build before judged is kept, only later loads. #}
{% macro where_new(column) -%}
    {{ where_seen(column) }}
    {%- if builds_what_is_new() %} and {{ column }} > {{ built_load_id() | int }}{% endif -%}
{%- endmacro %}


{# The last load that this build is made of; empty when nobody says so. #}
{% macro last_seen_load_id() -%}
    {%- set last = env_var('GOLDREEL_SEEN_LOAD_ID', '') if execute else '' -%}
    {{ as_whole(last | int if last else 'null') }}
{%- endmacro %}
