-- silver_to_gold.sql: written by goldreel export-sql from the models in dbt/models; change those, not this.
--
-- Builds bridge_content_genre, dim_genre, gold_data_quality, gold_device_quality, dim_date, fact_viewing_session,
-- title_days, user_days, gold_daily_activity, gold_retention_cohorts, user_titles, gold_content_performance,
-- dim_content, seen_user_titles, user_genres, gold_genre_analytics, user_totals, gold_content_lifecycle,
-- gold_country_insights, gold_executive_summary, gold_subscription_insights, gold_user_analytics, dim_user,
-- gold_user_segmentation.
--
-- Run it in the warehouse's database, as often as you like: sqlcmd -b -I -i silver_to_gold.sql or goldreel sql
-- silver_to_gold.sql --engine sqlserver. Each table is made beside the one that is there and takes its place in one
-- transaction; after an error every table not yet replaced is as it was.


set xact_abort on;
set nocount on;
set quoted_identifier on;
go


if schema_id(N'staging') is null exec(N'create schema staging');
go


-- What a run that was stopped may have left.
drop view if exists staging.data_quality_rules__query;
drop view if exists staging.stg_viewing_sessions__query;
drop view if exists staging.touched_content__query;
drop view if exists staging.judged_content__query;
drop view if exists staging.silver_content__query;
drop view if exists staging.bridge_content_genre__query;
drop view if exists staging.dim_genre__query;
drop view if exists staging.touched_users__query;
drop view if exists staging.judged_users__query;
drop view if exists staging.silver_users__query;
drop view if exists staging.touched_viewing_sessions__query;
drop view if exists staging.judged_viewing_sessions__query;
drop view if exists staging.compared_builds__query;
drop view if exists staging.gold_data_quality__query;
drop view if exists staging.gold_device_quality__query;
drop view if exists staging.held_viewing_sessions__query;
drop view if exists staging.kept_changes__query;
drop view if exists staging.kept_change_totals__query;
drop view if exists staging.load_columns__query;
drop view if exists staging.quarantine__query;
drop view if exists staging.load_checks__query;
drop view if exists staging.repaired_records__query;
drop view if exists staging.cost_of_bad_data__query;
drop view if exists staging.silver_viewing_sessions__query;
drop view if exists staging.dim_date__query;
drop view if exists staging.fact_viewing_session__query;
drop view if exists staging.touched_counts__query;
drop view if exists staging.seen_days__query;
drop view if exists staging.title_days__query;
drop view if exists staging.user_days__query;
drop view if exists staging.gold_daily_activity__query;
drop view if exists staging.gold_retention_cohorts__query;
drop view if exists staging.user_titles__query;
drop view if exists staging.gold_content_performance__query;
drop view if exists staging.dim_content__query;
drop view if exists staging.touched_genres__query;
drop view if exists staging.seen_user_titles__query;
drop view if exists staging.user_genres__query;
drop view if exists staging.gold_genre_analytics__query;
drop view if exists staging.user_totals__query;
drop view if exists staging.gold_content_lifecycle__query;
drop view if exists staging.gold_country_insights__query;
drop view if exists staging.gold_executive_summary__query;
drop view if exists staging.gold_subscription_insights__query;
drop view if exists staging.gold_user_analytics__query;
drop view if exists staging.dim_user__query;
drop view if exists staging.gold_user_segmentation__query;
drop table if exists dbo.bridge_content_genre__new;
drop table if exists dbo.dim_genre__new;
drop table if exists dbo.gold_data_quality__new;
drop table if exists dbo.gold_device_quality__new;
drop table if exists dbo.dim_date__new;
drop table if exists dbo.fact_viewing_session__new;
drop table if exists staging.title_days__new;
drop table if exists staging.user_days__new;
drop table if exists dbo.gold_daily_activity__new;
drop table if exists dbo.gold_retention_cohorts__new;
drop table if exists staging.user_titles__new;
drop table if exists dbo.gold_content_performance__new;
drop table if exists dbo.dim_content__new;
drop table if exists staging.seen_user_titles__new;
drop table if exists staging.user_genres__new;
drop table if exists dbo.gold_genre_analytics__new;
drop table if exists staging.user_totals__new;
drop table if exists dbo.gold_content_lifecycle__new;
drop table if exists dbo.gold_country_insights__new;
drop table if exists dbo.gold_executive_summary__new;
drop table if exists dbo.gold_subscription_insights__new;
drop table if exists dbo.gold_user_analytics__new;
drop table if exists dbo.dim_user__new;
drop table if exists dbo.gold_user_segmentation__new;
go


-- bridge_content_genre: One row per title and each of its genres. It leads from sessions or titles to single genres:
-- a title of three genres has three rows. Every title has at least one row; one without a genre has Unknown. A genre
-- that a title names twice counts once.
create view staging.bridge_content_genre__query as
with parts as (
    select delivered.content_id, parts.value as part
    from dbo.silver_content as delivered
    cross apply string_split(delivered.genre, ',') as parts
),

genres as (
    select distinct
        content_id,
        nullif(trim(concat(char(32), char(9), char(13), char(10)) from cast(part as nvarchar(4000)) collate Latin1_General_100_BIN2), '') as genre
    from parts
),

named as (
    select
        titles.content_id,
        cast(coalesce(genres.genre, 'Unknown') as nvarchar(4000)) collate Latin1_General_100_BIN2 as genre
    from dbo.silver_content as titles
    left join genres
        on
            titles.content_id = genres.content_id
            and genres.genre is not null
)

select
    content_id,
    genre,
    cast(1 as float) / count(*) over (partition by content_id) as genre_weight
from named;
go
select * into dbo.bridge_content_genre__new from staging.bridge_content_genre__query;
drop view staging.bridge_content_genre__query;
go
begin transaction;
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'bridge_content_genre' and table_type = 'VIEW') drop view [dbo].[bridge_content_genre];
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'bridge_content_genre' and table_type = 'BASE TABLE') drop table [dbo].[bridge_content_genre];
exec sp_rename N'dbo.bridge_content_genre__new', N'bridge_content_genre', N'OBJECT';
if database_principal_id('goldreel_analyst') is not null grant select on dbo.[bridge_content_genre] to goldreel_analyst;
commit;
go


-- dim_genre: One row per single genre that has a title: what reports pick genres from. Unknown stands for titles
-- without a genre.
create view staging.dim_genre__query as
select
    genre,
    cast(count(*) as bigint) as titles
from dbo.bridge_content_genre
group by genre;
go
select * into dbo.dim_genre__new from staging.dim_genre__query;
drop view staging.dim_genre__query;
go
begin transaction;
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'dim_genre' and table_type = 'VIEW') drop view [dbo].[dim_genre];
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'dim_genre' and table_type = 'BASE TABLE') drop table [dbo].[dim_genre];
exec sp_rename N'dbo.dim_genre__new', N'dim_genre', N'OBJECT';
if database_principal_id('goldreel_analyst') is not null grant select on dbo.[dim_genre] to goldreel_analyst;
commit;
go


-- gold_data_quality: One row per kind of record, outcome and rule: the account of every delivered record. For each
-- kind the records add up to all that was delivered, so nothing is lost without a reason. Outcomes that no record has
-- are left out.
create view staging.gold_data_quality__query as
with withdrawn as (
    select load_id
    from bronze.loads
    where status = 'withdrawn'
),


repaired_users as (
    select distinct
        repairs.original_load_id as load_id,
        repairs.original_row as source_row
    from bronze.repairs as repairs
    inner join staging.judged_users as mended
        on
            repairs.load_id = mended.load_id
            and repairs.source_row = mended.source_row
    left join withdrawn on repairs.load_id = withdrawn.load_id
    where
        repairs.entity = 'users'
        and mended.outcome <> 'quarantined'
        and withdrawn.load_id is null
),


repaired_viewing_sessions as (
    select distinct
        repairs.original_load_id as load_id,
        repairs.original_row as source_row
    from bronze.repairs as repairs
    inner join staging.judged_viewing_sessions as mended
        on
            repairs.load_id = mended.load_id
            and repairs.source_row = mended.source_row
    left join withdrawn on repairs.load_id = withdrawn.load_id
    where
        repairs.entity = 'viewing_sessions'
        and mended.outcome <> 'quarantined'
        and withdrawn.load_id is null
),


repaired_content as (
    select distinct
        repairs.original_load_id as load_id,
        repairs.original_row as source_row
    from bronze.repairs as repairs
    inner join staging.judged_content as mended
        on
            repairs.load_id = mended.load_id
            and repairs.source_row = mended.source_row
    left join withdrawn on repairs.load_id = withdrawn.load_id
    where
        repairs.entity = 'content'
        and mended.outcome <> 'quarantined'
        and withdrawn.load_id is null
),


repaired as (
    select
        load_id,
        source_row
    from repaired_users
    union all
    select
        load_id,
        source_row
    from repaired_viewing_sessions
    union all
    select
        load_id,
        source_row
    from repaired_content
    
),

rejected as (
    select
        load_id,
        source_row,
        entity
    from bronze.rejected_records
),

rejected_judged as (
    select
        rejected.entity,
        case
            when withdrawn.load_id is not null then 'withdrawn'
            when repaired.load_id is not null then 'repaired'
            else 'rejected'
        end as outcome
    from rejected
    left join withdrawn on rejected.load_id = withdrawn.load_id
    left join repaired
        on
            rejected.load_id = repaired.load_id
            and rejected.source_row = repaired.source_row
),

outcomes as (
    select
        entity,
        outcome,
        cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as broken_rule,
        count(*) as records
    from rejected_judged
    group by entity, outcome

    union all

    -- of these nothing is left but their number
    select
        entity,
        'forgotten' as outcome,
        cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as broken_rule,
        sum(records_loaded + records_rejected) as records
    from bronze.forgotten_records
    group by entity

    
    union all

    select
        'users' as entity,
        outcome,
        case when outcome in ('quarantined', 'held') then broken_rule end as broken_rule,
        count(*) as records
    from staging.judged_users
    group by outcome, case when outcome in ('quarantined', 'held') then broken_rule end
    
    union all

    select
        'viewing_sessions' as entity,
        outcome,
        case when outcome in ('quarantined', 'held') then broken_rule end as broken_rule,
        count(*) as records
    from staging.judged_viewing_sessions
    group by outcome, case when outcome in ('quarantined', 'held') then broken_rule end
    
    union all

    select
        'content' as entity,
        outcome,
        case when outcome in ('quarantined', 'held') then broken_rule end as broken_rule,
        count(*) as records
    from staging.judged_content
    group by outcome, case when outcome in ('quarantined', 'held') then broken_rule end
    
),

-- records of one outcome may have been counted in two places: read or not, they were withdrawn
summed as (
    select
        entity,
        outcome,
        broken_rule,
        sum(records) as records
    from outcomes
    group by entity, outcome, broken_rule
)

select
    cast(entity as nvarchar(4000)) collate Latin1_General_100_BIN2 as entity,
    cast(outcome as nvarchar(4000)) collate Latin1_General_100_BIN2 as outcome,
    cast(broken_rule as nvarchar(4000)) collate Latin1_General_100_BIN2 as "rule",
    cast(records as bigint) as records
from summed
where records > 0;
go
select * into dbo.gold_data_quality__new from staging.gold_data_quality__query;
drop view staging.gold_data_quality__query;
go
begin transaction;
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'gold_data_quality' and table_type = 'VIEW') drop view [dbo].[gold_data_quality];
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'gold_data_quality' and table_type = 'BASE TABLE') drop table [dbo].[gold_data_quality];
exec sp_rename N'dbo.gold_data_quality__new', N'gold_data_quality', N'OBJECT';
if database_principal_id('goldreel_analyst') is not null grant select on dbo.[gold_data_quality] to goldreel_analyst;
if database_principal_id('goldreel_dashboard') is not null grant select on dbo.[gold_data_quality] to goldreel_dashboard;
commit;
go


-- gold_device_quality: One row per device and picture quality that occur together in a counted session. Counted
-- sessions are the valid, current sessions whose user and title are known, of all users, inactive ones included.
create view staging.gold_device_quality__query as
with users as (
    select
        user_id,
        device_type,
        quality_level,
        count(*) as plays,
        sum(duration_minutes) as minutes_watched,
        count(completion_percentage) as completions,
        sum(completion_percentage) as completion_sum
    from staging.counted_viewing_sessions
    group by user_id, device_type, quality_level
)

select
    device_type,
    quality_level,
    cast(sum(plays) as bigint) as sessions,
    cast(sum(minutes_watched) as float) / 60 as watch_hours,
    cast(sum(completion_sum) as float) / nullif(cast(sum(completions) as float), 0) as avg_completion_rate,
    cast(count(*) as bigint) as unique_users
from users
group by device_type, quality_level;
go
select * into dbo.gold_device_quality__new from staging.gold_device_quality__query;
drop view staging.gold_device_quality__query;
go
begin transaction;
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'gold_device_quality' and table_type = 'VIEW') drop view [dbo].[gold_device_quality];
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'gold_device_quality' and table_type = 'BASE TABLE') drop table [dbo].[gold_device_quality];
exec sp_rename N'dbo.gold_device_quality__new', N'gold_device_quality', N'OBJECT';
if database_principal_id('goldreel_analyst') is not null grant select on dbo.[gold_device_quality] to goldreel_analyst;
if database_principal_id('goldreel_dashboard') is not null grant select on dbo.[gold_device_quality] to goldreel_dashboard;
commit;
go


-- dim_date: One row per day from the first to the last watch date in silver_viewing_sessions, days without a session
-- included. Empty when there is no session. Names are English, weeks begin on Monday.
create view staging.dim_date__query as
with days as (
    select dateadd(day, d6.n * 1000000 + d5.n * 100000 + d4.n * 10000 + d3.n * 1000 + d2.n * 100 + d1.n * 10 + d0.n * 1, span.first_day) as calendar_day
    from (
        select min(watch_date) as first_day, datediff(day, min(watch_date), max(watch_date)) as days
        from dbo.silver_viewing_sessions
    ) as span
    inner join (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as d6 (n) on d6.n * 1000000 <= span.days
    inner join (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as d5 (n) on d6.n * 1000000 + d5.n * 100000 <= span.days
    inner join (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as d4 (n) on d6.n * 1000000 + d5.n * 100000 + d4.n * 10000 <= span.days
    inner join (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as d3 (n) on d6.n * 1000000 + d5.n * 100000 + d4.n * 10000 + d3.n * 1000 <= span.days
    inner join (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as d2 (n) on d6.n * 1000000 + d5.n * 100000 + d4.n * 10000 + d3.n * 1000 + d2.n * 100 <= span.days
    inner join (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as d1 (n) on d6.n * 1000000 + d5.n * 100000 + d4.n * 10000 + d3.n * 1000 + d2.n * 100 + d1.n * 10 <= span.days
    inner join (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as d0 (n) on d6.n * 1000000 + d5.n * 100000 + d4.n * 10000 + d3.n * 1000 + d2.n * 100 + d1.n * 10 + d0.n * 1 <= span.days
),

numbered as (
    select
        calendar_day,
        year(calendar_day) as calendar_year,
        month(calendar_day) as month_number,
        day(calendar_day) as day_of_month,
        -- 0001-01-01 was a Monday
        datediff(day, cast('0001-01-01' as date), calendar_day) % 7 + 1 as day_of_week
    from days
)

select
    cast(year(calendar_day) * 10000 + month(calendar_day) * 100 + day(calendar_day) as bigint) as date_key,
    calendar_day as date_day,
    calendar_year,
    cast(floor((month_number + 2) / 3) as bigint) as quarter_number,
    month_number,
    cast(case month_number
        when 1 then 'January'
        when 2 then 'February'
        when 3 then 'March'
        when 4 then 'April'
        when 5 then 'May'
        when 6 then 'June'
        when 7 then 'July'
        when 8 then 'August'
        when 9 then 'September'
        when 10 then 'October'
        when 11 then 'November'
        when 12 then 'December'
    end as nvarchar(4000)) collate Latin1_General_100_BIN2 as month_name,
    dateadd(day, 1 - day_of_month, calendar_day) as first_day_of_month,
    dateadd(day, 1 - day_of_week, calendar_day) as first_day_of_week,
    day_of_month,
    day_of_week,
    cast(case day_of_week
        when 1 then 'Monday'
        when 2 then 'Tuesday'
        when 3 then 'Wednesday'
        when 4 then 'Thursday'
        when 5 then 'Friday'
        when 6 then 'Saturday'
        when 7 then 'Sunday'
    end as nvarchar(4000)) collate Latin1_General_100_BIN2 as day_name,
    case when day_of_week >= 6 then 1 else 0 end as is_weekend
from numbered;
go
select * into dbo.dim_date__new from staging.dim_date__query;
drop view staging.dim_date__query;
go
begin transaction;
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'dim_date' and table_type = 'VIEW') drop view [dbo].[dim_date];
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'dim_date' and table_type = 'BASE TABLE') drop table [dbo].[dim_date];
exec sp_rename N'dbo.dim_date__new', N'dim_date', N'OBJECT';
if database_principal_id('goldreel_analyst') is not null grant select on dbo.[dim_date] to goldreel_analyst;
commit;
go


-- fact_viewing_session: One row per viewing session that counts, the centre of the star: dim_user, dim_content and
-- dim_date hang on its keys, single genres on bridge_content_genre. The same sessions as silver_viewing_sessions, so
-- sessions of inactive users and held sessions are left out.
create view staging.fact_viewing_session__query as
select
    session_id,
    cast(year(watch_date) * 10000 + month(watch_date) * 100 + day(watch_date) as bigint) as date_key,
    user_id,
    content_id,
    watch_date,
    device_type,
    quality_level,
    duration_minutes,
    completion_percentage
from dbo.silver_viewing_sessions;
go
select * into dbo.fact_viewing_session__new from staging.fact_viewing_session__query;
drop view staging.fact_viewing_session__query;
go
begin transaction;
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'fact_viewing_session' and table_type = 'VIEW') drop view [dbo].[fact_viewing_session];
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'fact_viewing_session' and table_type = 'BASE TABLE') drop table [dbo].[fact_viewing_session];
exec sp_rename N'dbo.fact_viewing_session__new', N'fact_viewing_session', N'OBJECT';
if database_principal_id('goldreel_analyst') is not null grant select on dbo.[fact_viewing_session] to goldreel_analyst;
commit;
go
if try_cast(serverproperty('ProductMajorVersion') as int) >= 13 exec(N'create clustered columnstore index fact_viewing_session_cci on dbo.fact_viewing_session'); -- older servers keep a heap
go


-- title_days: One row per title, day on which it was watched, and whether active users watched: sums over counted
-- sessions (see counted_viewing_sessions).
create view staging.title_days__query as
select
    sessions.content_id,
    sessions.watch_date,
    sessions.is_active,
    cast(count(*) as bigint) as plays,
    sum(sessions.duration_minutes) as minutes_watched,
    cast(count(sessions.completion_percentage) as bigint) as completions,
    sum(sessions.completion_percentage) as completion_sum
from staging.counted_viewing_sessions as sessions
group by sessions.content_id, sessions.watch_date, sessions.is_active;
go
select * into staging.title_days__new from staging.title_days__query;
drop view staging.title_days__query;
go
begin transaction;
if exists (select 1 from information_schema.tables where table_schema = N'staging' and table_name = N'title_days' and table_type = 'VIEW') drop view [staging].[title_days];
if exists (select 1 from information_schema.tables where table_schema = N'staging' and table_name = N'title_days' and table_type = 'BASE TABLE') drop table [staging].[title_days];
exec sp_rename N'staging.title_days__new', N'title_days', N'OBJECT';
commit;
go


-- user_days: One row per user and day on which the user watched, over counted sessions (see
-- counted_viewing_sessions), with the user's days around it.
create view staging.user_days__query as
with days as (
    select distinct
        sessions.user_id,
        sessions.watch_date
    from staging.counted_viewing_sessions as sessions
),

in_turn as (
    select
        user_id,
        watch_date,
        first_value(watch_date) over (partition by user_id order by watch_date) as first_date,
        lag(watch_date) over (partition by user_id order by watch_date) as previous_date,
        lead(watch_date) over (partition by user_id order by watch_date) as next_date
    from days
)

select
    user_id,
    watch_date,
    first_date,
    previous_date,
    next_date
from in_turn;
go
select * into staging.user_days__new from staging.user_days__query;
drop view staging.user_days__query;
go
begin transaction;
if exists (select 1 from information_schema.tables where table_schema = N'staging' and table_name = N'user_days' and table_type = 'VIEW') drop view [staging].[user_days];
if exists (select 1 from information_schema.tables where table_schema = N'staging' and table_name = N'user_days' and table_type = 'BASE TABLE') drop table [staging].[user_days];
exec sp_rename N'staging.user_days__new', N'user_days', N'OBJECT';
commit;
go
if try_cast(serverproperty('ProductMajorVersion') as int) >= 13 exec(N'create clustered columnstore index user_days_cci on staging.user_days'); -- older servers keep a heap
go


-- gold_daily_activity: One row per day, from the first to the last day with a counted session, days without one
-- included. Counted sessions are the valid, current sessions whose user and title are known, of all users, inactive
-- ones included.
create view staging.gold_daily_activity__query as
with watched as (
    select
        watch_date,
        sum(plays) as sessions,
        sum(minutes_watched) as minutes_watched
    from staging.title_days
    group by watch_date
),

-- the same visits that came on the same day, with the same next one, leave the windows together
visits as (
    select
        watch_date,
        next_date,
        count(*) as users,
        sum(case when previous_date is null then 1 else 0 end) as new_users
    from staging.user_days
    group by watch_date, next_date
),

came as (
    select
        watch_date,
        sum(users) as dau,
        sum(new_users) as new_users
    from visits
    group by watch_date
),

wau_ends as (
    select
        case
            when next_date < dateadd(day, 7, watch_date) then next_date
            else dateadd(day, 7, watch_date)
        end as watch_date,
        users
    from visits
),

wau_left as (
    select
        watch_date,
        sum(users) as users
    from wau_ends
    group by watch_date
),

mau_ends as (
    select
        case
            when next_date < dateadd(day, 30, watch_date) then next_date
            else dateadd(day, 30, watch_date)
        end as watch_date,
        users
    from visits
),

mau_left as (
    select
        watch_date,
        sum(users) as users
    from mau_ends
    group by watch_date
),

days as (
    select dateadd(day, d6.n * 1000000 + d5.n * 100000 + d4.n * 10000 + d3.n * 1000 + d2.n * 100 + d1.n * 10 + d0.n * 1, span.first_day) as calendar_day
    from (
        select min(watch_date) as first_day, datediff(day, min(watch_date), max(watch_date)) as days
        from staging.title_days
    ) as span
    inner join (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as d6 (n) on d6.n * 1000000 <= span.days
    inner join (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as d5 (n) on d6.n * 1000000 + d5.n * 100000 <= span.days
    inner join (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as d4 (n) on d6.n * 1000000 + d5.n * 100000 + d4.n * 10000 <= span.days
    inner join (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as d3 (n) on d6.n * 1000000 + d5.n * 100000 + d4.n * 10000 + d3.n * 1000 <= span.days
    inner join (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as d2 (n) on d6.n * 1000000 + d5.n * 100000 + d4.n * 10000 + d3.n * 1000 + d2.n * 100 <= span.days
    inner join (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as d1 (n) on d6.n * 1000000 + d5.n * 100000 + d4.n * 10000 + d3.n * 1000 + d2.n * 100 + d1.n * 10 <= span.days
    inner join (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as d0 (n) on d6.n * 1000000 + d5.n * 100000 + d4.n * 10000 + d3.n * 1000 + d2.n * 100 + d1.n * 10 + d0.n * 1 <= span.days
),

counted as (
    select
        days.calendar_day as activity_date,
        coalesce(watched.sessions, 0) as sessions,
        coalesce(watched.minutes_watched, 0) as minutes_watched,
        coalesce(came.dau, 0) as dau,
        sum(coalesce(came.dau, 0) - coalesce(wau_left.users, 0)) over (
            order by days.calendar_day
            rows between unbounded preceding and current row
        ) as wau,
        sum(coalesce(came.dau, 0) - coalesce(mau_left.users, 0)) over (
            order by days.calendar_day
            rows between unbounded preceding and current row
        ) as mau,
        coalesce(came.new_users, 0) as new_users
    from days
    left join watched on days.calendar_day = watched.watch_date
    left join came on days.calendar_day = came.watch_date
    left join wau_left on days.calendar_day = wau_left.watch_date
    left join mau_left on days.calendar_day = mau_left.watch_date
)

select
    activity_date,
    cast(sessions as bigint) as sessions,
    cast(minutes_watched as float) / 60 as watch_hours,
    cast(dau as bigint) as dau,
    cast(wau as bigint) as wau,
    cast(mau as bigint) as mau,
    cast(dau as float) / nullif(cast(mau as float), 0) as stickiness,
    cast(new_users as bigint) as new_users
from counted;
go
select * into dbo.gold_daily_activity__new from staging.gold_daily_activity__query;
drop view staging.gold_daily_activity__query;
go
begin transaction;
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'gold_daily_activity' and table_type = 'VIEW') drop view [dbo].[gold_daily_activity];
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'gold_daily_activity' and table_type = 'BASE TABLE') drop table [dbo].[gold_daily_activity];
exec sp_rename N'dbo.gold_daily_activity__new', N'gold_daily_activity', N'OBJECT';
if database_principal_id('goldreel_analyst') is not null grant select on dbo.[gold_daily_activity] to goldreel_analyst;
if database_principal_id('goldreel_dashboard') is not null grant select on dbo.[gold_daily_activity] to goldreel_dashboard;
commit;
go


-- gold_retention_cohorts: One row per cohort and month: of the users who watched for the first time in a month, how
-- many watched in that month and in each later one, up to the last month in the data. Months in which none of them
-- watched stand there with 0. Counted sessions are the valid, current sessions whose user and title are known, of all
-- users, inactive ones included.
create view staging.gold_retention_cohorts__query as
with visits as (
    select
        first_date,
        watch_date,
        count(*) as users
    from staging.user_days
    -- a user's first day in a month: the day before it was at least as many days ago as the month is old
    where previous_date is null or datediff(day, previous_date, watch_date) >= day(watch_date)
    group by first_date, watch_date
),

months_of_visits as (
    select
        dateadd(day, 1 - day(first_date), first_date) as cohort_month,
        dateadd(day, 1 - day(watch_date), watch_date) as watch_month,
        users
    from visits
),

returned as (
    select
        cohort_month,
        watch_month,
        sum(users) as retained_users
    from months_of_visits
    group by cohort_month, watch_month
),

cohorts as (
    select
        cohort_month,
        retained_users as cohort_users
    from returned
    where watch_month = cohort_month
),

calendar_days as (
    select dateadd(day, d6.n * 1000000 + d5.n * 100000 + d4.n * 10000 + d3.n * 1000 + d2.n * 100 + d1.n * 10 + d0.n * 1, span.first_day) as calendar_day
    from (
        select min(watch_date) as first_day, datediff(day, min(watch_date), max(watch_date)) as days
        from staging.title_days
    ) as span
    inner join (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as d6 (n) on d6.n * 1000000 <= span.days
    inner join (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as d5 (n) on d6.n * 1000000 + d5.n * 100000 <= span.days
    inner join (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as d4 (n) on d6.n * 1000000 + d5.n * 100000 + d4.n * 10000 <= span.days
    inner join (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as d3 (n) on d6.n * 1000000 + d5.n * 100000 + d4.n * 10000 + d3.n * 1000 <= span.days
    inner join (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as d2 (n) on d6.n * 1000000 + d5.n * 100000 + d4.n * 10000 + d3.n * 1000 + d2.n * 100 <= span.days
    inner join (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as d1 (n) on d6.n * 1000000 + d5.n * 100000 + d4.n * 10000 + d3.n * 1000 + d2.n * 100 + d1.n * 10 <= span.days
    inner join (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as d0 (n) on d6.n * 1000000 + d5.n * 100000 + d4.n * 10000 + d3.n * 1000 + d2.n * 100 + d1.n * 10 + d0.n * 1 <= span.days
),

-- every month that the data reach, also one in which nobody watched
months as (
    select distinct dateadd(day, 1 - day(calendar_day), calendar_day) as watch_month
    from calendar_days
)

select
    cohorts.cohort_month,
    cast((year(months.watch_month) * 12 + month(months.watch_month)) - (year(cohorts.cohort_month) * 12 + month(cohorts.cohort_month)) as bigint) as months_since,
    cast(cohorts.cohort_users as bigint) as cohort_users,
    cast(coalesce(returned.retained_users, 0) as bigint) as retained_users,
    cast(coalesce(returned.retained_users, 0) as float) / nullif(cast(cohorts.cohort_users as float), 0) as retention_rate
from cohorts
inner join months on cohorts.cohort_month <= months.watch_month
left join returned
    on
        cohorts.cohort_month = returned.cohort_month
        and months.watch_month = returned.watch_month;
go
select * into dbo.gold_retention_cohorts__new from staging.gold_retention_cohorts__query;
drop view staging.gold_retention_cohorts__query;
go
begin transaction;
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'gold_retention_cohorts' and table_type = 'VIEW') drop view [dbo].[gold_retention_cohorts];
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'gold_retention_cohorts' and table_type = 'BASE TABLE') drop table [dbo].[gold_retention_cohorts];
exec sp_rename N'dbo.gold_retention_cohorts__new', N'gold_retention_cohorts', N'OBJECT';
if database_principal_id('goldreel_analyst') is not null grant select on dbo.[gold_retention_cohorts] to goldreel_analyst;
if database_principal_id('goldreel_dashboard') is not null grant select on dbo.[gold_retention_cohorts] to goldreel_dashboard;
commit;
go


-- user_titles: One row per user and title that the user watched, over counted sessions (see
-- counted_viewing_sessions). What gold counts viewers from.
create view staging.user_titles__query as
select
    sessions.user_id,
    sessions.content_id,
    sessions.is_active,
    cast(count(*) as bigint) as plays,
    max(sessions.completion_percentage) as best_completion
from staging.counted_viewing_sessions as sessions
group by sessions.user_id, sessions.content_id, sessions.is_active;
go
select * into staging.user_titles__new from staging.user_titles__query;
drop view staging.user_titles__query;
go
begin transaction;
if exists (select 1 from information_schema.tables where table_schema = N'staging' and table_name = N'user_titles' and table_type = 'VIEW') drop view [staging].[user_titles];
if exists (select 1 from information_schema.tables where table_schema = N'staging' and table_name = N'user_titles' and table_type = 'BASE TABLE') drop table [staging].[user_titles];
exec sp_rename N'staging.user_titles__new', N'user_titles', N'OBJECT';
commit;
go
if try_cast(serverproperty('ProductMajorVersion') as int) >= 13 exec(N'create clustered columnstore index user_titles_cci on staging.user_titles'); -- older servers keep a heap
go


-- gold_content_performance: One row per title: what it is, how much it is watched, and what its views cost. Views are
-- the viewing sessions of active users; the views that a delivery itself counts are left out. A title that nobody has
-- watched is here, with 0 views.
create view staging.gold_content_performance__query as
with sessions as (
    select
        content_id,
        sum(plays) as total_views,
        cast(sum(minutes_watched) as float) / nullif(cast(sum(plays) as float), 0) as avg_watch_time,
        cast(sum(completion_sum) as float) / nullif(cast(sum(completions) as float), 0) as avg_completion_rate
    from staging.title_days
    where is_active = 1
    group by content_id
),

viewers as (
    select
        content_id,
        count(*) as unique_viewers
    from staging.user_titles
    where is_active = 1
    group by content_id
),

performance as (
    select
        titles.*,
        coalesce(sessions.total_views, 0) as total_views,
        coalesce(viewers.unique_viewers, 0) as unique_viewers,
        sessions.avg_watch_time,
        sessions.avg_completion_rate
    from dbo.silver_content as titles
    left join sessions on titles.content_id = sessions.content_id
    left join viewers on titles.content_id = viewers.content_id
)

select
    content_id,
    title,
    genre,
    content_type,
    duration_minutes,
    release_year,
    rating,
    production_budget,
    cast(total_views as bigint) as total_views,
    cast(unique_viewers as bigint) as unique_viewers,
    avg_watch_time,
    avg_completion_rate,
    sign(cast(total_views as float) / nullif(cast(production_budget / 1000000 as float), 0)) * floor(abs(cast(total_views as float) / nullif(cast(production_budget / 1000000 as float), 0)) * 100 + 0.5) / 100 as views_per_million_budget,
    cast(case
        when rating >= 4.5 then 'Excellent'
        when rating >= 4.0 then 'Very Good'
        when rating >= 3.5 then 'Good'
        when rating >= 3.0 then 'Average'
        when rating is not null then 'Below Average'
    end as nvarchar(4000)) collate Latin1_General_100_BIN2 as rating_category
from performance;
go
select * into dbo.gold_content_performance__new from staging.gold_content_performance__query;
drop view staging.gold_content_performance__query;
go
begin transaction;
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'gold_content_performance' and table_type = 'VIEW') drop view [dbo].[gold_content_performance];
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'gold_content_performance' and table_type = 'BASE TABLE') drop table [dbo].[gold_content_performance];
exec sp_rename N'dbo.gold_content_performance__new', N'gold_content_performance', N'OBJECT';
if database_principal_id('goldreel_analyst') is not null grant select on dbo.[gold_content_performance] to goldreel_analyst;
if database_principal_id('goldreel_dashboard') is not null grant select on dbo.[gold_content_performance] to goldreel_dashboard;
commit;
go
create unique clustered index gold_content_performance_key on dbo.gold_content_performance (content_id);
go


-- dim_content: One row per title, watched or not: what reports group and filter viewing by. Left out: the numbers
-- that are counted from sessions, which a report counts from fact_viewing_session itself. For single genres go
-- through bridge_content_genre.
create view staging.dim_content__query as
select
    titles.content_id,
    titles.title,
    titles.content_type,
    titles.genre,
    titles.duration_minutes,
    titles.seasons,
    titles.total_episodes,
    titles.release_year,
    titles.rating,
    performance.rating_category,
    titles.production_budget
from dbo.silver_content as titles
inner join dbo.gold_content_performance as performance on titles.content_id = performance.content_id;
go
select * into dbo.dim_content__new from staging.dim_content__query;
drop view staging.dim_content__query;
go
begin transaction;
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'dim_content' and table_type = 'VIEW') drop view [dbo].[dim_content];
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'dim_content' and table_type = 'BASE TABLE') drop table [dbo].[dim_content];
exec sp_rename N'dbo.dim_content__new', N'dim_content', N'OBJECT';
if database_principal_id('goldreel_analyst') is not null grant select on dbo.[dim_content] to goldreel_analyst;
commit;
go
create unique clustered index dim_content_key on dbo.dim_content (content_id);
go


-- seen_user_titles: One row per user and title: those rows of user_titles whose users are in touched_genres, from
-- which their totals and genres are counted anew. They are searched once for both. Empty in a full build, which
-- counts all rows.
create view staging.seen_user_titles__query as
select
        cast(null as nvarchar(450)) collate Latin1_General_100_BIN2 as user_id,
        cast(null as nvarchar(450)) collate Latin1_General_100_BIN2 as content_id,
        cast(null as bigint) as is_active,
        cast(null as bigint) as plays
    from bronze.loads
    where 1 = 0;
go
select * into staging.seen_user_titles__new from staging.seen_user_titles__query;
drop view staging.seen_user_titles__query;
go
begin transaction;
if exists (select 1 from information_schema.tables where table_schema = N'staging' and table_name = N'seen_user_titles' and table_type = 'VIEW') drop view [staging].[seen_user_titles];
if exists (select 1 from information_schema.tables where table_schema = N'staging' and table_name = N'seen_user_titles' and table_type = 'BASE TABLE') drop table [staging].[seen_user_titles];
exec sp_rename N'staging.seen_user_titles__new', N'seen_user_titles', N'OBJECT';
commit;
go


-- user_genres: One row per user and genre that the user watched, over counted sessions (see
-- counted_viewing_sessions); a title counts in each of its genres (bridge_content_genre).
create view staging.user_genres__query as
select distinct
    pairs.user_id,
    genres.genre,
    pairs.is_active
from staging.user_titles as pairs
inner join dbo.bridge_content_genre as genres on pairs.content_id = genres.content_id;
go
select * into staging.user_genres__new from staging.user_genres__query;
drop view staging.user_genres__query;
go
begin transaction;
if exists (select 1 from information_schema.tables where table_schema = N'staging' and table_name = N'user_genres' and table_type = 'VIEW') drop view [staging].[user_genres];
if exists (select 1 from information_schema.tables where table_schema = N'staging' and table_name = N'user_genres' and table_type = 'BASE TABLE') drop table [staging].[user_genres];
exec sp_rename N'staging.user_genres__new', N'user_genres', N'OBJECT';
commit;
go
if try_cast(serverproperty('ProductMajorVersion') as int) >= 13 exec(N'create clustered columnstore index user_genres_cci on staging.user_genres'); -- older servers keep a heap
go


-- gold_genre_analytics: One row per genre that has a title: what it holds, what it cost, how much it is watched, and
-- where its views are heading. A title counts in full in each of its genres, so the rows add up to more than the
-- platform has; do not sum them. Views are the viewing sessions of active users. Titles without a genre stand under
-- Unknown.
create view staging.gold_genre_analytics__query as
with last_day as (
    select max(watch_date) as watch_date
    from staging.title_days
    where is_active = 1
),

-- two windows of the same length; the last one ends on the last day with a session
windows as (
    select
        dateadd(day, -30, watch_date) as last_one_begins_after,
        dateadd(day, -60, watch_date) as previous_one_begins_after
    from last_day
),

titles as (
    select
        genres.genre,
        count(*) as total_content_items,
        avg(cast(titles.production_budget as float)) as avg_production_budget,
        coalesce(sum(titles.production_budget), 0) as total_investment,
        avg(cast(titles.rating as float)) as avg_genre_rating,
        avg(cast(titles.duration_minutes as float)) as avg_content_duration
    from dbo.bridge_content_genre as genres
    inner join dbo.silver_content as titles on genres.content_id = titles.content_id
    group by genres.genre
),

sessions as (
    select
        genres.genre,
        sum(sessions.plays) as total_views,
        cast(sum(sessions.minutes_watched) as float) / nullif(cast(sum(sessions.plays) as float), 0) as avg_watch_time,
        sum(
            case when sessions.watch_date > windows.last_one_begins_after then sessions.plays else 0 end
        ) as views_last_30_days,
        sum(
            case
                when sessions.watch_date > windows.last_one_begins_after then 0
                when sessions.watch_date > windows.previous_one_begins_after then sessions.plays
                else 0
            end
        ) as views_previous_30_days
    from staging.title_days as sessions
    inner join dbo.bridge_content_genre as genres on sessions.content_id = genres.content_id
    cross join windows
    where sessions.is_active = 1
    group by genres.genre
),

viewers as (
    select
        genre,
        count(*) as unique_viewers
    from staging.user_genres
    where is_active = 1
    group by genre
)

select
    titles.genre,
    cast(titles.total_content_items as bigint) as total_content_items,
    cast(coalesce(sessions.total_views, 0) as bigint) as total_views,
    cast(coalesce(viewers.unique_viewers, 0) as bigint) as unique_viewers,
    titles.avg_production_budget,
    cast(titles.total_investment as float) as total_investment,
    titles.avg_genre_rating,
    titles.avg_content_duration,
    sessions.avg_watch_time,
    cast(coalesce(sessions.views_last_30_days, 0) as bigint) as views_last_30_days,
    cast(coalesce(sessions.views_previous_30_days, 0) as bigint) as views_previous_30_days,
    sign(cast(100 * (cast(sessions.views_last_30_days as float) - sessions.views_previous_30_days) as float) / nullif(cast(sessions.views_previous_30_days as float), 0)) * floor(abs(cast(100 * (cast(sessions.views_last_30_days as float) - sessions.views_previous_30_days) as float) / nullif(cast(sessions.views_previous_30_days as float), 0)) * 100 + 0.5) / 100 as view_trend_pct
from titles
left join sessions on titles.genre = sessions.genre
left join viewers on titles.genre = viewers.genre;
go
select * into dbo.gold_genre_analytics__new from staging.gold_genre_analytics__query;
drop view staging.gold_genre_analytics__query;
go
begin transaction;
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'gold_genre_analytics' and table_type = 'VIEW') drop view [dbo].[gold_genre_analytics];
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'gold_genre_analytics' and table_type = 'BASE TABLE') drop table [dbo].[gold_genre_analytics];
exec sp_rename N'dbo.gold_genre_analytics__new', N'gold_genre_analytics', N'OBJECT';
if database_principal_id('goldreel_analyst') is not null grant select on dbo.[gold_genre_analytics] to goldreel_analyst;
if database_principal_id('goldreel_dashboard') is not null grant select on dbo.[gold_genre_analytics] to goldreel_dashboard;
commit;
go


-- user_totals: One row per user with a counted session (see counted_viewing_sessions): sums over the user's sessions
-- and titles.
create view staging.user_totals__query as
with sessions as (
    select
        sessions.user_id,
        sessions.is_active,
        cast(count(*) as bigint) as plays,
        sum(sessions.duration_minutes) as minutes_watched,
        cast(count(sessions.completion_percentage) as bigint) as completions,
        sum(sessions.completion_percentage) as completion_sum,
        max(sessions.watch_date) as last_watch_date
    from staging.counted_viewing_sessions as sessions
    group by sessions.user_id, sessions.is_active
),

titles as (
    select
        pairs.user_id,
        cast(count(*) as bigint) as titles,
        max(pairs.plays) as most_plays
    from staging.user_titles as pairs
    group by pairs.user_id
)

select
    sessions.user_id,
    sessions.is_active,
    sessions.plays,
    sessions.minutes_watched,
    sessions.completions,
    sessions.completion_sum,
    sessions.last_watch_date,
    titles.titles,
    titles.most_plays
from sessions
inner join titles on sessions.user_id = titles.user_id;
go
select * into staging.user_totals__new from staging.user_totals__query;
drop view staging.user_totals__query;
go
begin transaction;
if exists (select 1 from information_schema.tables where table_schema = N'staging' and table_name = N'user_totals' and table_type = 'VIEW') drop view [staging].[user_totals];
if exists (select 1 from information_schema.tables where table_schema = N'staging' and table_name = N'user_totals' and table_type = 'BASE TABLE') drop table [staging].[user_totals];
exec sp_rename N'staging.user_totals__new', N'user_totals', N'OBJECT';
commit;
go


-- gold_content_lifecycle: One row per title of the catalogue, watched or not: how it began, how it was finished, how
-- long it lived, and how much of all watch time it holds. Counted sessions are the valid, current sessions whose user
-- and title are known, of all users, inactive ones included.
create view staging.gold_content_lifecycle__query as
with viewers as (
    select
        content_id,
        count(*) as starters,
        sum(case when best_completion >= 70 then 1 else 0 end) as watchers,
        sum(case when best_completion >= 90 then 1 else 0 end) as completers
    from staging.user_titles
    group by content_id
),

-- few users watch one title that often: only their titles are looked at
of_one_title as (
    select
        user_id,
        plays
    from staging.user_totals
    where 2 * most_plays >= plays
),

exclusive as (
    select
        pairs.content_id,
        count(*) as exclusive_viewers
    from staging.user_titles as pairs
    inner join of_one_title as users on pairs.user_id = users.user_id
    where 2 * pairs.plays >= users.plays
    group by pairs.content_id
),

title_days as (
    select
        content_id,
        watch_date,
        sum(plays) as plays,
        sum(minutes_watched) as minutes_watched
    from staging.title_days
    group by content_id, watch_date
),

running as (
    select
        content_id,
        watch_date,
        plays,
        minutes_watched,
        min(watch_date) over (partition by content_id) as first_view_date,
        sum(plays) over (partition by content_id) as all_views,
        sum(plays) over (
            partition by content_id
            order by watch_date
            rows between unbounded preceding and current row
        ) as views_so_far
    from title_days
),

lives as (
    select
        content_id,
        first_view_date,
        sum(case when watch_date < dateadd(day, 7, first_view_date) then plays else 0 end)
            as views_at_launch,
        sum(case when watch_date < dateadd(day, 28, first_view_date) then plays else 0 end)
            as views_early_on,
        min(case when 2 * views_so_far >= all_views then watch_date end) as half_life_date,
        sum(minutes_watched) as minutes_watched
    from running
    group by content_id, first_view_date
),

whole as (
    select sum(minutes_watched) as minutes_watched
    from lives
)

select
    titles.content_id,
    lives.first_view_date,
    cast(coalesce(viewers.starters, 0) as bigint) as starters,
    cast(coalesce(viewers.watchers, 0) as bigint) as watchers,
    cast(coalesce(viewers.completers, 0) as bigint) as completers,
    cast(coalesce(lives.views_at_launch, 0) as bigint) as views_first_7_days,
    cast(coalesce(lives.views_early_on, 0) as bigint) as views_first_28_days,
    cast(datediff(day, lives.first_view_date, lives.half_life_date) as bigint) as half_life_days,
    cast(coalesce(lives.minutes_watched, 0) as float) / 60 as watch_hours,
    cast(coalesce(lives.minutes_watched, 0) as float) / nullif(cast(whole.minutes_watched as float), 0) as watch_share,
    cast(coalesce(exclusive.exclusive_viewers, 0) as bigint) as exclusive_viewers
from dbo.silver_content as titles
left join lives on titles.content_id = lives.content_id
left join viewers on titles.content_id = viewers.content_id
left join exclusive on titles.content_id = exclusive.content_id
cross join whole;
go
select * into dbo.gold_content_lifecycle__new from staging.gold_content_lifecycle__query;
drop view staging.gold_content_lifecycle__query;
go
begin transaction;
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'gold_content_lifecycle' and table_type = 'VIEW') drop view [dbo].[gold_content_lifecycle];
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'gold_content_lifecycle' and table_type = 'BASE TABLE') drop table [dbo].[gold_content_lifecycle];
exec sp_rename N'dbo.gold_content_lifecycle__new', N'gold_content_lifecycle', N'OBJECT';
if database_principal_id('goldreel_analyst') is not null grant select on dbo.[gold_content_lifecycle] to goldreel_analyst;
if database_principal_id('goldreel_dashboard') is not null grant select on dbo.[gold_content_lifecycle] to goldreel_dashboard;
commit;
go
create unique clustered index gold_content_lifecycle_key on dbo.gold_content_lifecycle (content_id);
go


-- gold_country_insights: One row per country that has an active user: how many there are, how old they are, and how
-- much they watch. An average over users counts every user once, however often that user watches. Left out: inactive
-- users and their sessions.
create view staging.gold_country_insights__query as
with users as (
    select
        country,
        count(*) as total_users,
        avg(cast(total_watch_time_hours as float)) as avg_watch_hours_per_user,
        avg(cast(age as float)) as avg_user_age
    from dbo.silver_users
    group by country
),

sessions as (
    select
        users.country,
        sum(sessions.plays) as total_sessions,
        cast(sum(sessions.minutes_watched) as float) / nullif(cast(sum(sessions.plays) as float), 0) as avg_session_duration
    from staging.user_totals as sessions
    inner join dbo.silver_users as users on sessions.user_id = users.user_id
    group by users.country
),

watched as (
    select distinct
        users.country,
        pairs.content_id
    from staging.user_titles as pairs
    inner join dbo.silver_users as users on pairs.user_id = users.user_id
),

titles as (
    select
        country,
        count(*) as unique_content_consumed
    from watched
    group by country
)

select
    users.country,
    cast(users.total_users as bigint) as total_users,
    users.avg_watch_hours_per_user,
    users.avg_user_age,
    cast(coalesce(sessions.total_sessions, 0) as bigint) as total_sessions,
    sessions.avg_session_duration,
    cast(coalesce(titles.unique_content_consumed, 0) as bigint) as unique_content_consumed
from users
left join sessions on users.country = sessions.country
left join titles on users.country = titles.country;
go
select * into dbo.gold_country_insights__new from staging.gold_country_insights__query;
drop view staging.gold_country_insights__query;
go
begin transaction;
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'gold_country_insights' and table_type = 'VIEW') drop view [dbo].[gold_country_insights];
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'gold_country_insights' and table_type = 'BASE TABLE') drop table [dbo].[gold_country_insights];
exec sp_rename N'dbo.gold_country_insights__new', N'gold_country_insights', N'OBJECT';
if database_principal_id('goldreel_analyst') is not null grant select on dbo.[gold_country_insights] to goldreel_analyst;
if database_principal_id('goldreel_dashboard') is not null grant select on dbo.[gold_country_insights] to goldreel_dashboard;
commit;
go


-- gold_executive_summary: One row for the whole platform, also when nothing has been delivered yet. The numbers that
-- open a report. They cover active users, those who have watched at least 100 hours (setting active_user_hours), and
-- their viewing sessions; inactive users are left out, but for total_users and effective_catalog_size.
create view staging.gold_executive_summary__query as
with users as (
    select
        count(*) as active_users,
        avg(cast(total_watch_time_hours as float)) as avg_hours
    from dbo.silver_users
),

titles as (
    select count(*) as total_titles
    from dbo.silver_content
),

sessions as (
    select
        coalesce(sum(plays), 0) as total_sessions,
        coalesce(sum(minutes_watched), 0) as minutes_watched,
        count(distinct content_id) as content_with_views,
        max(watch_date) as data_through
    from staging.title_days
    where is_active = 1
),

valid_users as (
    select count(*) as total_users
    from staging.judged_users
    where outcome not in ('held', 'superseded', 'quarantined', 'withdrawn', 'repaired')
),

shares as (
    select sum(watch_share * watch_share) as concentration
    from dbo.gold_content_lifecycle
)

select
    cast('Platform Overview' as nvarchar(4000)) collate Latin1_General_100_BIN2 as metric_category,
    cast(users.active_users as bigint) as active_users_100h_plus,
    cast(titles.total_titles as bigint) as total_content_catalog,
    cast(sessions.total_sessions as bigint) as total_viewing_sessions,
    sign(users.avg_hours) * floor(abs(users.avg_hours) * 100 + 0.5) / 100 as avg_user_engagement_hours,
    cast(sessions.content_with_views as bigint) as content_with_views,
    cast(sessions.minutes_watched as float) / 60 as total_watch_hours,
    sessions.data_through,
    cast(1 as float) / nullif(cast(shares.concentration as float), 0) as effective_catalog_size,
    cast(valid_users.total_users as bigint) as total_users
from users
cross join titles
cross join sessions
cross join valid_users
cross join shares;
go
select * into dbo.gold_executive_summary__new from staging.gold_executive_summary__query;
drop view staging.gold_executive_summary__query;
go
begin transaction;
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'gold_executive_summary' and table_type = 'VIEW') drop view [dbo].[gold_executive_summary];
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'gold_executive_summary' and table_type = 'BASE TABLE') drop table [dbo].[gold_executive_summary];
exec sp_rename N'dbo.gold_executive_summary__new', N'gold_executive_summary', N'OBJECT';
if database_principal_id('goldreel_analyst') is not null grant select on dbo.[gold_executive_summary] to goldreel_analyst;
if database_principal_id('goldreel_dashboard') is not null grant select on dbo.[gold_executive_summary] to goldreel_dashboard;
commit;
go


-- gold_subscription_insights: One row per kind of subscription, over all valid users, inactive ones included. Counted
-- sessions are the valid, current sessions whose user and title are known, of all users, inactive ones included.
create view staging.gold_subscription_insights__query as
with plans as (
    select
        users.subscription_type,
        count(*) as total_users,
        sum(users.is_active) as active_users,
        avg(cast(users.total_watch_time_hours as float)) as avg_watch_hours_per_user,
        coalesce(sum(sessions.plays), 0) as total_sessions,
        sum(sessions.minutes_watched) as minutes_watched,
        sum(sessions.completions) as completions,
        sum(sessions.completion_sum) as completion_sum
    from staging.judged_users as users
    left join staging.user_totals as sessions on users.user_id = sessions.user_id
    where users.outcome not in ('held', 'superseded', 'quarantined', 'withdrawn', 'repaired')
    group by users.subscription_type
)

select
    subscription_type,
    cast(total_users as bigint) as total_users,
    cast(active_users as bigint) as active_users,
    cast(active_users as float) / nullif(cast(total_users as float), 0) as active_share,
    avg_watch_hours_per_user,
    cast(total_sessions as bigint) as total_sessions,
    cast(minutes_watched as float) / nullif(cast(total_sessions as float), 0) as avg_session_duration,
    cast(completion_sum as float) / nullif(cast(completions as float), 0) as avg_completion_rate
from plans;
go
select * into dbo.gold_subscription_insights__new from staging.gold_subscription_insights__query;
drop view staging.gold_subscription_insights__query;
go
begin transaction;
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'gold_subscription_insights' and table_type = 'VIEW') drop view [dbo].[gold_subscription_insights];
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'gold_subscription_insights' and table_type = 'BASE TABLE') drop table [dbo].[gold_subscription_insights];
exec sp_rename N'dbo.gold_subscription_insights__new', N'gold_subscription_insights', N'OBJECT';
if database_principal_id('goldreel_analyst') is not null grant select on dbo.[gold_subscription_insights] to goldreel_analyst;
if database_principal_id('goldreel_dashboard') is not null grant select on dbo.[gold_subscription_insights] to goldreel_dashboard;
commit;
go


-- gold_user_analytics: One row per active user: who they are, how much they watch, and which segment they belong to.
-- An active user has watched at least 100 hours (setting active_user_hours). Left out: users below that. An active
-- user without any viewing session is here, with 0 sessions.
create view staging.gold_user_analytics__query as
select
    users.user_id,
    users.age,
    users.country,
    users.subscription_type,
    users.signup_date,
    users.total_watch_time_hours,
    cast(coalesce(sessions.plays, 0) as bigint) as total_sessions,
    cast(sessions.minutes_watched as float) / nullif(cast(sessions.plays as float), 0) as avg_session_duration,
    cast(coalesce(sessions.minutes_watched, 0) as float) as total_minutes_watched,
    cast(coalesce(sessions.titles, 0) as bigint) as unique_content_watched,
    cast(sessions.completion_sum as float) / nullif(cast(sessions.completions as float), 0) as avg_completion_rate,
    sessions.last_watch_date,
    cast(case
        when users.total_watch_time_hours >= 500 then 'Power User'
        when users.total_watch_time_hours >= 300 then 'Heavy User'
        when users.total_watch_time_hours >= 150 then 'Regular User'
        else 'Light User'
    end as nvarchar(4000)) collate Latin1_General_100_BIN2 as user_segment,
    cast(datediff(day, users.signup_date, cast(sysutcdatetime() as date)) as bigint) as days_since_signup
from dbo.silver_users as users
left join staging.user_totals as sessions on users.user_id = sessions.user_id;
go
select * into dbo.gold_user_analytics__new from staging.gold_user_analytics__query;
drop view staging.gold_user_analytics__query;
go
begin transaction;
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'gold_user_analytics' and table_type = 'VIEW') drop view [dbo].[gold_user_analytics];
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'gold_user_analytics' and table_type = 'BASE TABLE') drop table [dbo].[gold_user_analytics];
exec sp_rename N'dbo.gold_user_analytics__new', N'gold_user_analytics', N'OBJECT';
if database_principal_id('goldreel_analyst') is not null grant select on dbo.[gold_user_analytics] to goldreel_analyst;
if database_principal_id('goldreel_dashboard') is not null grant select on dbo.[gold_user_analytics] to goldreel_dashboard;
commit;
go
create unique clustered index gold_user_analytics_key on dbo.gold_user_analytics (user_id);
go


-- dim_user: One row per active user: what reports group and filter viewing by. The same users as gold_user_analytics;
-- left out are the numbers that are counted from sessions, which a report counts from fact_viewing_session itself.
create view staging.dim_user__query as
select
    user_id,
    age,
    country,
    subscription_type,
    signup_date,
    user_segment,
    total_watch_time_hours
from dbo.gold_user_analytics;
go
select * into dbo.dim_user__new from staging.dim_user__query;
drop view staging.dim_user__query;
go
begin transaction;
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'dim_user' and table_type = 'VIEW') drop view [dbo].[dim_user];
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'dim_user' and table_type = 'BASE TABLE') drop table [dbo].[dim_user];
exec sp_rename N'dbo.dim_user__new', N'dim_user', N'OBJECT';
if database_principal_id('goldreel_analyst') is not null grant select on dbo.[dim_user] to goldreel_analyst;
commit;
go
create unique clustered index dim_user_key on dbo.dim_user (user_id);
go


-- gold_user_segmentation: One row per segment that has a user: how large it is and how its users watch.
-- gold_user_analytics says how a user comes into a segment. Averages count every user once, those without a session
-- included. Left out: inactive users, and segments without a user.
create view staging.gold_user_segmentation__query as
with segments as (
    select
        user_segment,
        count(*) as users_in_segment,
        avg(cast(total_watch_time_hours as float)) as avg_watch_hours,
        avg(cast(total_sessions as float)) as avg_sessions_per_user,
        avg(cast(unique_content_watched as float)) as avg_unique_content
    from dbo.gold_user_analytics
    group by user_segment
)

select
    user_segment,
    cast(users_in_segment as bigint) as users_in_segment,
    avg_watch_hours,
    avg_sessions_per_user,
    avg_unique_content,
    sign(cast(100 * cast(users_in_segment as float) as float) / nullif(cast(sum(users_in_segment) over () as float), 0)) * floor(abs(cast(100 * cast(users_in_segment as float) as float) / nullif(cast(sum(users_in_segment) over () as float), 0)) * 100 + 0.5) / 100 as segment_percentage
from segments;
go
select * into dbo.gold_user_segmentation__new from staging.gold_user_segmentation__query;
drop view staging.gold_user_segmentation__query;
go
begin transaction;
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'gold_user_segmentation' and table_type = 'VIEW') drop view [dbo].[gold_user_segmentation];
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'gold_user_segmentation' and table_type = 'BASE TABLE') drop table [dbo].[gold_user_segmentation];
exec sp_rename N'dbo.gold_user_segmentation__new', N'gold_user_segmentation', N'OBJECT';
if database_principal_id('goldreel_analyst') is not null grant select on dbo.[gold_user_segmentation] to goldreel_analyst;
if database_principal_id('goldreel_dashboard') is not null grant select on dbo.[gold_user_segmentation] to goldreel_dashboard;
commit;
go
