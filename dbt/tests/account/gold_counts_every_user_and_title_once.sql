{#
    Guards: no join in gold or the star loses or doubles a user or a title. Every table whose rows cover the platform
    once counts as many as silver has.
#}
{% set counted_in = [
    ('users', 'gold_user_analytics', 'count(*)'),
    ('users', 'gold_country_insights', 'sum(total_users)'),
    ('users', 'gold_user_segmentation', 'sum(users_in_segment)'),
    ('users', 'gold_executive_summary', 'sum(active_users_100h_plus)'),
    ('users', 'dim_user', 'count(*)'),
    ('content', 'gold_content_performance', 'count(*)'),
    ('content', 'gold_executive_summary', 'sum(total_content_catalog)'),
    ('content', 'dim_content', 'count(*)'),
    ('content', 'bridge_content_genre', 'count(distinct content_id)'),
] %}

with silver as (
    select
        'users' as entity,
        count(*) as records
    from {{ ref('silver_users') }}

    union all

    select
        'content' as entity,
        count(*) as records
    from {{ ref('silver_content') }}
),

counted as (
    {%- for entity, table, count in counted_in %}
    select
        '{{ entity }}' as entity,
        '{{ table }}' as table_name,
        coalesce({{ count }}, 0) as records
    from {{ ref(table) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    silver.entity,
    counted.table_name,
    silver.records as expected,
    counted.records as found
from counted
inner join silver on counted.entity = silver.entity
where counted.records <> silver.records
