{#
    Builds that take what the build before them left, and judge only what is new.

    goldreel says so, by GOLDREEL_BUILT_LOAD_ID: the last load that is in what was left. Without it (a build in full, dbt
    called by hand, the exported scripts) every model is made anew from all of bronze, whatever is there already. Like
    GOLDREEL_SEEN_LOAD_ID it is asked for when a model runs, so that dbt need not parse anew.

    A model reads the same in both. What is kept from the build before is a table with materialized='incremental'; its
    pre_hook takes out the keys that are touched, and its query gives the rows of these keys, made by the same formula.
    The keys are in the models of models/touched: those of new records, and of whatever depends on them.
#}
{% macro built_load_id() -%}
    {{ return(env_var('GOLDREEL_BUILT_LOAD_ID', '') if execute else '') }}
{%- endmacro %}

{% macro builds_what_is_new() -%}
    {{ return(built_load_id() != '') }}
{%- endmacro %}


{# dbt's own question, answered for models that do not decide for themselves: in full, but where goldreel says. #}
{% macro should_full_refresh() %}
    {% set of_model = config.get('full_refresh') %}
    {% do return(not builds_what_is_new() if of_model is none else of_model) %}
{% endmacro %}


{# The name of an entity's key, and of the model that has those that are touched. #}
{% macro key_of(entity) -%}
    {{ return(compared_entities()[entity].key) }}
{%- endmacro %}


{# Condition: the key is one of those that are touched. #}
{% macro is_touched(entity) -%}
    {{ key_of(entity) }} in (select {{ key_of(entity) }} from {{ ref('touched_' ~ entity) }})
{%- endmacro %}


{#
    Limits a query of judged records to those that this build judges, and does nothing in a full build. They lie
    together at the end of the table, so that no other need be looked at; but where no load came since the build
    before, and users are forgotten, they have the mark that the others have, and are told by their keys.

    joined_by: what stands before it: `where`, or `and` after another condition.
#}
{% macro only_judged_anew(entity, joined_by='where') -%}
    {%- set touched = is_touched(entity) -%}
    {%- if builds_what_is_new() %} {{ joined_by }} {{ touched if no_load_came() else 'judged_with_load_id > ' ~ (built_load_id() | int) }}{% endif -%}
{%- endmacro %}

{% macro no_load_came() -%}
    {{ return(builds_what_is_new() and env_var('GOLDREEL_SEEN_LOAD_ID', '') == built_load_id()) }}
{%- endmacro %}


{# The records of an entity that are to be judged: those of new loads, and those kept of the keys that they touch. #}
{% macro to_judge(entity) -%}
    {%- set typed = ref('stg_' ~ entity) -%}
    {%- if not builds_what_is_new() -%}
        {{ return(typed) }}
    {%- endif -%}
    {%- set columns = typed_columns(entity) -%}
    (
        select {{ columns | join(', ') }}
        from {{ typed }}
        union all
        select
            {%- for column in columns %}
            {%- if column in ('broken_rule', 'offending_value') %}
            {{ as_text("case when outcome <> 'held' then " ~ column ~ ' end') }} as {{ column }}
            {%- else %}
            {{ column }}
            {%- endif %}
            {{- ',' if not loop.last }}
            {%- endfor %}
        from {{ source('kept', 'before_' ~ entity) }} as kept
        where not {{ is_being_forgotten('kept') }}
    )
{%- endmacro %}

{# The columns of stg_<entity>, in order. #}
{% macro typed_columns(entity) -%}
    {%- set compared = compared_entities()[entity] -%}
    {{ return(
        [compared.key] + compared.columns + (['is_active'] if entity == 'users' else [])
        + ['broken_rule', 'offending_value', 'load_id', 'source_file', 'source_row', 'marks']
    ) }}
{%- endmacro %}


{# The judged records as the build before left them, for a FROM. #}
{% macro judged_before(entity) -%}
    {%- set kept = source('kept', 'before_' ~ entity) -%}
    {%- set judged = ref('judged_' ~ entity) -%}
    {%- set touched = is_touched(entity) -%}
    {%- if not builds_what_is_new() -%}
        {{ return(kept) }}
    {%- endif -%}
    (
        select *
        from {{ kept }}
        union all
        select *
        from {{ judged }}
        where {{ 'not ' ~ touched if no_load_came() else 'judged_with_load_id <= ' ~ (built_load_id() | int) }}
    )
{%- endmacro %}


{#
    For a judged table: what is taken out before the query runs. Before the records of touched keys are judged anew, they are copied to where the
    changes are looked for (`before_<entity>`), and deleted. Before the transaction, as dbt-sqlserver wants it: a build that is cut off in between has not
    passed, and the next one makes everything anew.
#}
{% macro judged_anew(entity) -%}
    {{ return([
        before_all_else("{{ make_state('" ~ entity ~ "') }}"),
        before_all_else("{{ keep_touched('" ~ entity ~ "') }}"),
        before_all_else("{{ keep_forgotten('" ~ entity ~ "') }}"),
        before_all_else("{{ take_out_kept('" ~ entity ~ "') }}"),
    ]) }}
{%- endmacro %}

{# The hooks: each gives one statement, and nothing in a full build. #}
{% macro make_state(entity) -%}
    {%- set code = make_state_if_missing(entity, judged=this) -%}
    {%- if builds_what_is_new() -%}
        {{ code }}
    {%- endif -%}
{%- endmacro %}

{% macro keep_touched(entity) -%}
    {%- set touched = is_touched(entity) -%}
    {%- set kept = source('kept', 'before_' ~ entity) -%}
    {%- if builds_what_is_new() -%}
        insert into {{ kept }} {{ whole_rows(this, touched) }}
    {%- endif -%}
{%- endmacro %}

{# Records of forgotten users that have no key: what is touched is known by its key. #}
{% macro keep_forgotten(entity) -%}
    {%- set kept = source('kept', 'before_' ~ entity) -%}
    {%- set gone = is_being_forgotten('judged') -%}
    {%- if builds_what_is_new() -%}
        insert into {{ kept }} select * from {{ this }} as judged where judged.{{ key_of(entity) }} is null and {{ gone }}
    {%- endif -%}
{%- endmacro %}

{# By their places: a load and a row are told from others at a quarter of what a key costs. #}
{% macro take_out_kept(entity) -%}
    {%- set kept = source('kept', 'before_' ~ entity) -%}
    {%- set taken_out = without_rows(is_placed_in(kept, this.identifier), ['load_id', 'source_row'], kept) -%}
    {%- if builds_what_is_new() -%}
        {{ taken_out }}
    {%- endif -%}
{%- endmacro %}


{#
    The same for tables that gold is added up from: rows whose keys are among those of the sessions that were judged anew
    are taken out, and the query counts these keys again.

    keys: columns of `touched`, the model that has the keys.
#}
{% macro counted_anew(keys, touched='touched_counts') -%}
    {{ return([before_all_else("{{ take_out_counted(" ~ keys ~ ", '" ~ touched ~ "') }}")]) }}
{%- endmacro %}

{% macro take_out_counted(keys, touched) -%}
    {%- set taken_out = without_rows(counts_are_touched(keys, this.identifier, touched), keys, ref(touched)) -%}
    {%- if builds_what_is_new() -%}
        {{ taken_out }}
    {%- endif -%}
{%- endmacro %}

{# Limits a query to these keys, and does nothing in a full build. #}
{% macro only_counted_anew(keys, of, touched='touched_counts') -%}
    {%- set condition = counts_are_touched(keys, of, touched) -%}
    {% if builds_what_is_new() %} where {{ condition }}{% endif -%}
{%- endmacro %}

{% macro counts_are_touched(keys, of, touched) -%}
    exists (
        select 1
        from {{ ref(touched) }} as touched
        where
            {%- for key in keys %}
            {{ 'and ' if not loop.first }}touched.{{ key }} = {{ of }}.{{ key }}
            {%- endfor %}
    )
{%- endmacro %}


{# For what is counted by user: the pairs of user and title to look at. #}
{% macro user_titles_to_count() -%}
    {%- set pairs = ref('user_titles') -%}
    {%- set seen = ref('seen_user_titles') -%}
    {{ return(seen if builds_what_is_new() else pairs) }}
{%- endmacro %}


{# A table of keys when there is none to name: in a full build nothing is touched, everything is made anew. #}
{% macro no_keys(keys) -%}
    select
        {%- for key, type in keys.items() %}
        {{ typed_null(type) }} as {{ key }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ source('bronze', 'loads') }}
    where 1 = 0
{%- endmacro %}
