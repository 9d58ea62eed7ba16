{#
    Guards: no join in the gold of all users loses or doubles a session. Every table whose rows cover the platform once
    adds up to the sessions that the account calls current or inactive_user; so does what viewers are counted from.
#}
{% set counted_in = {
    'gold_daily_activity': 'sessions',
    'gold_device_quality': 'sessions',
    'gold_subscription_insights': 'total_sessions',
    'user_titles': 'plays',
} %}

with account as (
    select coalesce(sum(records), 0) as records
    from {{ ref('gold_data_quality') }}
    where entity = 'viewing_sessions' and outcome in ('current', 'inactive_user')
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
    account.records as expected,
    gold.records as found
from gold
cross join account
where gold.records <> account.records
