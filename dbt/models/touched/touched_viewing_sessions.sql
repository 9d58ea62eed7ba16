{% set records = ref('stg_viewing_sessions') %}
{% set sessions = source('built', 'judged_viewing_sessions') %}
{% set gone = source('bronze', 'being_forgotten') %}
{% set anew = {'users': only_judged_anew('users', 'and'), 'content': only_judged_anew('content', 'and')} %}
{%
    set sides = {
        'before': {'users': source('kept', 'before_users'), 'content': source('kept', 'before_content')},
        'after': {'users': ref('judged_users'), 'content': ref('judged_content')},
    }
%}

{% if builds_what_is_new() %}
with
{%- for side, tables in sides.items() %}
users_{{ side }} as (
    select
        user_id,
        is_active
    from {{ tables.users }}
    where {{ has_outcome(['current', 'inactive_user']) }}{{ anew.users if side == 'after' }}
),

titles_{{ side }} as (
    select content_id
    from {{ tables.content }}
    where outcome = 'current'{{ anew.content if side == 'after' }}
),
{% endfor %}
-- whose sessions have another outcome now
users as (
    select coalesce(users_after.user_id, users_before.user_id) as user_id
    from users_after
    full outer join users_before on users_after.user_id = users_before.user_id
    where
        users_after.user_id is null
        or users_before.user_id is null
        or users_after.is_active <> users_before.is_active
),

titles as (
    select coalesce(titles_after.content_id, titles_before.content_id) as content_id
    from titles_after
    full outer join titles_before on titles_after.content_id = titles_before.content_id
    where titles_after.content_id is null or titles_before.content_id is null
)

select session_id
from {{ records }}
where session_id is not null
union
-- which are being taken away
select record_key as session_id
from {{ gone }}
where
    entity = 'viewing_sessions'
    and record_key is not null
union
select sessions.session_id
from {{ sessions }} as sessions
inner join users on sessions.user_id = users.user_id
where {{ has_outcome(['current', 'inactive_user', 'held'], 'sessions') }}
union
select sessions.session_id
from {{ sessions }} as sessions
inner join titles on sessions.content_id = titles.content_id
where {{ has_outcome(['current', 'inactive_user', 'held'], 'sessions') }}
{% else %}
{{ no_keys({'session_id': 'key'}) }}
{% endif %}
