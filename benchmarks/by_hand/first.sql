-- The first delivery, every record judged.

create table staging.judged_users as from staging.judging_users;
create table staging.judged_content as from staging.judging_content;

create temp table superseded_viewing_sessions as from superseded('staging.typed_viewing_sessions');

create table staging.judged_viewing_sessions as
from judged('staging.typed_viewing_sessions', 'superseded_viewing_sessions');

create view silver_viewing_sessions as
select
    session_id,
    user_id,
    content_id,
    watch_date,
    duration_minutes,
    completion_percentage,
    device_type,
    quality_level
from staging.judged_viewing_sessions
where outcome = 'current';

create table readers.silver_viewing_sessions as from silver_viewing_sessions;
