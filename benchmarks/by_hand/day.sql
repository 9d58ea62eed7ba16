-- A day after the first delivery: some sessions, and some users again; its titles are those that are known. Only sessions
-- that it touches are judged again. Users are few, and all judged again.

set variable last_load = (select max(_load_id) from bronze.viewing_sessions);

insert into bronze.users
select
    *,
    getvariable('last_load') + 1 as _load_id,
    'users.csv' as _source_file,
    row_number() over () as _source_row,
    current_timestamp::timestamp as _loaded_at
from read_csv(getvariable('delivery') || '/users.csv', header = true, all_varchar = true);

insert into bronze.viewing_sessions
select
    *,
    getvariable('last_load') + 2 as _load_id,
    'viewing_sessions.csv' as _source_file,
    row_number() over () as _source_row,
    current_timestamp::timestamp as _loaded_at
from read_csv(getvariable('delivery') || '/viewing_sessions.csv', header = true, all_varchar = true);

create temp table users_before as
select
    user_id,
    outcome
from staging.judged_users
where outcome in ('current', 'inactive_user');

create or replace table staging.judged_users as from staging.judging_users;

-- Those who came or went, or crossed the hours of an active user.
create temp table other_users as
with users_after as (
    select
        user_id,
        outcome
    from staging.judged_users
    where outcome in ('current', 'inactive_user')
)

select user_id
from users_before
full join users_after using (user_id)
where users_before.outcome is distinct from users_after.outcome;

create temp table touched_sessions as
select session_id
from staging.typed_viewing_sessions
where load_id > getvariable('last_load') and session_id is not null
union
select session_id
from staging.judged_viewing_sessions
where outcome not in ('quarantined', 'superseded') and user_id in (from other_users);

create temp table to_judge as
select *
from staging.typed_viewing_sessions
where load_id > getvariable('last_load')
union all
select
    * exclude (outcome) replace (
        if(outcome = 'held', null, rule) as rule,
        if(outcome = 'held', null, offending_value) as offending_value
    )
from staging.judged_viewing_sessions
where session_id in (from touched_sessions);

create temp table superseded_viewing_sessions as from superseded('to_judge');

delete from staging.judged_viewing_sessions where session_id in (from touched_sessions);

insert into staging.judged_viewing_sessions from judged('to_judge', 'superseded_viewing_sessions');

delete from readers.silver_viewing_sessions where session_id in (from touched_sessions);

insert into readers.silver_viewing_sessions
from silver_viewing_sessions
where session_id in (from touched_sessions);
