{#
    Where readers see views on a build, builds take turns in two schemas, and each schema is two builds behind when its
    turn comes. The tables of sessions in it need not be made anew: what changed since is taken out and put in.

    goldreel says when, by GOLDREEL_LAST_TURN: the build that was the last one in the schema. It does where the changes of
    all builds since are kept record by record, and no rule or setting changed. Without it these tables are made anew.

    A model reads the same in both, and on engines where the table is a view.
#}
{% macro last_turn() -%}
    {{ return(env_var('GOLDREEL_LAST_TURN', '') if execute else '') }}
{%- endmacro %}


{# Whether they do; DuckDB's readers have files of their own. #}
{% macro takes_turns() -%}
    {{ return(target.type != 'duckdb') }}
{%- endmacro %}

{# Whether the model that runs is a table that this build brings up to date; on Spark the fact table is a view. #}
{% macro takes_up_last_turn() -%}
    {{ return(takes_turns() and last_turn() != '' and config.get('materialized') == 'incremental') }}
{%- endmacro %}

{# For what shows the sessions: what is taken out before the query runs, where it is a table. #}
{% macro changed_since_last_turn() -%}
    {{ return([before_all_else("{{ take_out_changed() }}")] if takes_turns() else []) }}
{%- endmacro %}

{% macro take_out_changed() -%}
    {%- set found = '(' ~ keys_changed_since_last_turn() ~ ')' -%}
    {%- set taken_out = without_rows(is_changed_since_last_turn(), ['session_id'], found) -%}
    {%- if takes_up_last_turn() -%}
        {{ taken_out }}
    {%- endif -%}
{%- endmacro %}


{#
    Limits a query of sessions to those that changed since the last turn, and does nothing where all of them are wanted.

    joined_by: what stands before it: `where`, or `and` after another condition.
#}
{% macro only_changed_since_last_turn(joined_by='where') -%}
    {%- set condition = is_changed_since_last_turn() if takes_turns() -%}
    {%- if takes_up_last_turn() %} {{ joined_by }} {{ condition }}{% endif -%}
{%- endmacro %}


{#
    Condition: the session may be another than at the last turn. What this build judges anew holds all that it changes;
    what the builds since that turn changed was kept.
#}
{% macro is_changed_since_last_turn() -%}
    session_id in ({{ keys_changed_since_last_turn() }})
{%- endmacro %}

{% macro keys_changed_since_last_turn() -%}
    {%- set touched = ref('touched_viewing_sessions') -%}
    {%- set earlier = source('earlier', 'kept_changes') %}
        select session_id
        from {{ touched }}
        union all
        select record_key
        from {{ earlier }}
        where
            entity = 'viewing_sessions'
            and build_id > {{ last_turn() | int }}
{% endmacro %}
