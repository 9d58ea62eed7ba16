{#
    Guards: no join in gold loses or doubles a session. Every table whose rows cover the platform once adds up to the
    sessions of silver. (gold_genre_analytics does not: a title counts in each of its genres.)
#}
{% set counted_in = {
    'gold_user_analytics': 'total_sessions',
    'gold_content_performance': 'total_views',
    'gold_country_insights': 'total_sessions',
    'gold_executive_summary': 'total_viewing_sessions',
} %}

with silver as (
    select count(*) as records
    from {{ ref('silver_viewing_sessions') }}
),

gold as (
    {%- for table, column in counted_in.items() %}
    select
        '{{ table }}' as table_name,
        coalesce(sum({{ column }}), 0) as records
    from {{ ref(table) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    'viewing_sessions' as entity,
    gold.table_name,
    silver.records as expected,
    gold.records as found
from gold
cross join silver
where gold.records <> silver.records
