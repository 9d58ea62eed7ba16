-- bronze_to_silver.sql: written by goldreel export-sql from the models in dbt/models; change those, not this.
--
-- Builds data_quality_rules, stg_content, judged_content, silver_content, stg_users, judged_users, silver_users,
-- stg_viewing_sessions, judged_viewing_sessions, counted_viewing_sessions, held_viewing_sessions, quarantine,
-- silver_viewing_sessions.
--
-- Run it in the warehouse's database, as often as you like: sqlcmd -b -I -i bronze_to_silver.sql or goldreel sql
-- bronze_to_silver.sql --engine sqlserver. Each table is made beside the one that is there and takes its place in one
-- transaction; after an error every table not yet replaced is as it was.


set xact_abort on;
set nocount on;
set quoted_identifier on;
go


if schema_id(N'staging') is null exec(N'create schema staging');
go


-- What a run that was stopped may have left.
drop view if exists staging.data_quality_rules__query;
drop view if exists staging.judged_content__query;
drop view if exists staging.silver_content__query;
drop view if exists staging.bridge_content_genre__query;
drop view if exists staging.dim_genre__query;
drop view if exists staging.judged_users__query;
drop view if exists staging.silver_users__query;
drop view if exists staging.stg_viewing_sessions__query;
drop view if exists staging.judged_viewing_sessions__query;
drop view if exists staging.compared_builds__query;
drop view if exists staging.gold_content_lifecycle__query;
drop view if exists staging.gold_daily_activity__query;
drop view if exists staging.gold_data_quality__query;
drop view if exists staging.gold_device_quality__query;
drop view if exists staging.gold_retention_cohorts__query;
drop view if exists staging.gold_subscription_insights__query;
drop view if exists staging.held_viewing_sessions__query;
drop view if exists staging.kept_changes__query;
drop view if exists staging.kept_change_totals__query;
drop view if exists staging.quarantine__query;
drop view if exists staging.silver_viewing_sessions__query;
drop view if exists staging.dim_date__query;
drop view if exists staging.fact_viewing_session__query;
drop view if exists staging.gold_content_performance__query;
drop view if exists staging.dim_content__query;
drop view if exists staging.gold_country_insights__query;
drop view if exists staging.gold_executive_summary__query;
drop view if exists staging.gold_genre_analytics__query;
drop view if exists staging.gold_user_analytics__query;
drop view if exists staging.dim_user__query;
drop view if exists staging.gold_user_segmentation__query;
drop table if exists dbo.data_quality_rules__new;
drop table if exists staging.judged_content__new;
drop table if exists dbo.silver_content__new;
drop table if exists staging.judged_users__new;
drop table if exists dbo.silver_users__new;
drop table if exists staging.stg_viewing_sessions__new;
drop table if exists staging.judged_viewing_sessions__new;
drop table if exists dbo.held_viewing_sessions__new;
drop table if exists dbo.quarantine__new;
drop table if exists dbo.silver_viewing_sessions__new;
go


-- data_quality_rules: One row per rule that records are judged by. The list itself stands once, in
-- macros/rules/quality_rules.sql; this table is for people and dashboards that explain why a record does not count.
create view staging.data_quality_rules__query as
select
    cast('users' as nvarchar(4000)) collate Latin1_General_100_BIN2 as entity,
    cast('user_id_missing' as nvarchar(4000)) collate Latin1_General_100_BIN2 as "rule",
    cast('quarantined' as nvarchar(4000)) collate Latin1_General_100_BIN2 as outcome,
    cast('user_id' as nvarchar(4000)) collate Latin1_General_100_BIN2 as judged_column,
    cast('The user has no id.' as nvarchar(4000)) collate Latin1_General_100_BIN2 as meaning,
    1 as position
union all

select
    cast('users' as nvarchar(4000)) collate Latin1_General_100_BIN2 as entity,
    cast('hours_invalid' as nvarchar(4000)) collate Latin1_General_100_BIN2 as "rule",
    cast('quarantined' as nvarchar(4000)) collate Latin1_General_100_BIN2 as outcome,
    cast('total_watch_time_hours' as nvarchar(4000)) collate Latin1_General_100_BIN2 as judged_column,
    cast('The total watch time is not a number of hours from 0 to 1,000,000.' as nvarchar(4000)) collate Latin1_General_100_BIN2 as meaning,
    2 as position
union all

select
    cast('users' as nvarchar(4000)) collate Latin1_General_100_BIN2 as entity,
    cast('signup_date_invalid' as nvarchar(4000)) collate Latin1_General_100_BIN2 as "rule",
    cast('quarantined' as nvarchar(4000)) collate Latin1_General_100_BIN2 as outcome,
    cast('registration_date' as nvarchar(4000)) collate Latin1_General_100_BIN2 as judged_column,
    cast('The registration date is not a day that exists, written YYYY-MM-DD.' as nvarchar(4000)) collate Latin1_General_100_BIN2 as meaning,
    3 as position
union all

select
    cast('users' as nvarchar(4000)) collate Latin1_General_100_BIN2 as entity,
    cast('signup_date_implausible' as nvarchar(4000)) collate Latin1_General_100_BIN2 as "rule",
    cast('quarantined' as nvarchar(4000)) collate Latin1_General_100_BIN2 as outcome,
    cast('registration_date' as nvarchar(4000)) collate Latin1_General_100_BIN2 as judged_column,
    cast('The registration date lies before earliest_date, or more than a day after the day it was loaded.' as nvarchar(4000)) collate Latin1_General_100_BIN2 as meaning,
    4 as position
union all

select
    cast('viewing_sessions' as nvarchar(4000)) collate Latin1_General_100_BIN2 as entity,
    cast('session_id_missing' as nvarchar(4000)) collate Latin1_General_100_BIN2 as "rule",
    cast('quarantined' as nvarchar(4000)) collate Latin1_General_100_BIN2 as outcome,
    cast('session_id' as nvarchar(4000)) collate Latin1_General_100_BIN2 as judged_column,
    cast('The session has no id.' as nvarchar(4000)) collate Latin1_General_100_BIN2 as meaning,
    5 as position
union all

select
    cast('viewing_sessions' as nvarchar(4000)) collate Latin1_General_100_BIN2 as entity,
    cast('user_id_missing' as nvarchar(4000)) collate Latin1_General_100_BIN2 as "rule",
    cast('quarantined' as nvarchar(4000)) collate Latin1_General_100_BIN2 as outcome,
    cast('user_id' as nvarchar(4000)) collate Latin1_General_100_BIN2 as judged_column,
    cast('The session does not say whose it is.' as nvarchar(4000)) collate Latin1_General_100_BIN2 as meaning,
    6 as position
union all

select
    cast('viewing_sessions' as nvarchar(4000)) collate Latin1_General_100_BIN2 as entity,
    cast('content_id_missing' as nvarchar(4000)) collate Latin1_General_100_BIN2 as "rule",
    cast('quarantined' as nvarchar(4000)) collate Latin1_General_100_BIN2 as outcome,
    cast('content_id' as nvarchar(4000)) collate Latin1_General_100_BIN2 as judged_column,
    cast('The session does not say what was watched.' as nvarchar(4000)) collate Latin1_General_100_BIN2 as meaning,
    7 as position
union all

select
    cast('viewing_sessions' as nvarchar(4000)) collate Latin1_General_100_BIN2 as entity,
    cast('watch_date_invalid' as nvarchar(4000)) collate Latin1_General_100_BIN2 as "rule",
    cast('quarantined' as nvarchar(4000)) collate Latin1_General_100_BIN2 as outcome,
    cast('watch_date' as nvarchar(4000)) collate Latin1_General_100_BIN2 as judged_column,
    cast('The watch date is not a day that exists, written YYYY-MM-DD.' as nvarchar(4000)) collate Latin1_General_100_BIN2 as meaning,
    8 as position
union all

select
    cast('viewing_sessions' as nvarchar(4000)) collate Latin1_General_100_BIN2 as entity,
    cast('watch_date_implausible' as nvarchar(4000)) collate Latin1_General_100_BIN2 as "rule",
    cast('quarantined' as nvarchar(4000)) collate Latin1_General_100_BIN2 as outcome,
    cast('watch_date' as nvarchar(4000)) collate Latin1_General_100_BIN2 as judged_column,
    cast('The watch date lies before earliest_date, or more than a day after the day it was loaded.' as nvarchar(4000)) collate Latin1_General_100_BIN2 as meaning,
    9 as position
union all

select
    cast('viewing_sessions' as nvarchar(4000)) collate Latin1_General_100_BIN2 as entity,
    cast('duration_invalid' as nvarchar(4000)) collate Latin1_General_100_BIN2 as "rule",
    cast('quarantined' as nvarchar(4000)) collate Latin1_General_100_BIN2 as outcome,
    cast('watch_duration_minutes' as nvarchar(4000)) collate Latin1_General_100_BIN2 as judged_column,
    cast('The duration is not a number of minutes above 0 and at most 1440 (a day).' as nvarchar(4000)) collate Latin1_General_100_BIN2 as meaning,
    10 as position
union all

select
    cast('viewing_sessions' as nvarchar(4000)) collate Latin1_General_100_BIN2 as entity,
    cast('user_unknown' as nvarchar(4000)) collate Latin1_General_100_BIN2 as "rule",
    cast('held' as nvarchar(4000)) collate Latin1_General_100_BIN2 as outcome,
    cast('user_id' as nvarchar(4000)) collate Latin1_General_100_BIN2 as judged_column,
    cast('No valid user of that id has been delivered yet; the session counts once one is.' as nvarchar(4000)) collate Latin1_General_100_BIN2 as meaning,
    11 as position
union all

select
    cast('viewing_sessions' as nvarchar(4000)) collate Latin1_General_100_BIN2 as entity,
    cast('content_unknown' as nvarchar(4000)) collate Latin1_General_100_BIN2 as "rule",
    cast('held' as nvarchar(4000)) collate Latin1_General_100_BIN2 as outcome,
    cast('content_id' as nvarchar(4000)) collate Latin1_General_100_BIN2 as judged_column,
    cast('No valid title of that id has been delivered yet; the session counts once one is.' as nvarchar(4000)) collate Latin1_General_100_BIN2 as meaning,
    12 as position
union all

select
    cast('content' as nvarchar(4000)) collate Latin1_General_100_BIN2 as entity,
    cast('content_id_missing' as nvarchar(4000)) collate Latin1_General_100_BIN2 as "rule",
    cast('quarantined' as nvarchar(4000)) collate Latin1_General_100_BIN2 as outcome,
    cast('content_id' as nvarchar(4000)) collate Latin1_General_100_BIN2 as judged_column,
    cast('The title has no id (an object or a list is none: deliver {"$oid": "5a68"} as "5a68").' as nvarchar(4000)) collate Latin1_General_100_BIN2 as meaning,
    13 as position
union all

select
    cast('content' as nvarchar(4000)) collate Latin1_General_100_BIN2 as entity,
    cast('content_duration_invalid' as nvarchar(4000)) collate Latin1_General_100_BIN2 as "rule",
    cast('quarantined' as nvarchar(4000)) collate Latin1_General_100_BIN2 as outcome,
    cast('duration_minutes' as nvarchar(4000)) collate Latin1_General_100_BIN2 as judged_column,
    cast('The duration is no number above 0 up to 1,000,000 (deliver {"$numberInt": "90"} as 90), or a series does not give its episodes.' as nvarchar(4000)) collate Latin1_General_100_BIN2 as meaning,
    14 as position;
go
select * into dbo.data_quality_rules__new from staging.data_quality_rules__query;
drop view staging.data_quality_rules__query;
go
begin transaction;
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'data_quality_rules' and table_type = 'VIEW') drop view [dbo].[data_quality_rules];
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'data_quality_rules' and table_type = 'BASE TABLE') drop table [dbo].[data_quality_rules];
exec sp_rename N'dbo.data_quality_rules__new', N'data_quality_rules', N'OBJECT';
if database_principal_id('goldreel_analyst') is not null grant select on dbo.[data_quality_rules] to goldreel_analyst;
if database_principal_id('goldreel_dashboard') is not null grant select on dbo.[data_quality_rules] to goldreel_dashboard;
commit;
go


-- stg_content: One row per delivered title record: trimmed, typed, repaired where a rule allows it, and judged by the
-- rules that a record can break by itself. Every version of a title is here, valid or not; which one counts is
-- decided in judged_content.
begin transaction;
if exists (select 1 from information_schema.tables where table_schema = N'staging' and table_name = N'stg_content' and table_type = 'VIEW') drop view [staging].[stg_content];
if exists (select 1 from information_schema.tables where table_schema = N'staging' and table_name = N'stg_content' and table_type = 'BASE TABLE') drop table [staging].[stg_content];
go
create view staging.stg_content as
with delivered as (
    select
        content_id as delivered_content_id,
        duration_minutes as delivered_duration_minutes,
        cast(nullif(trim(concat(char(32), char(9), char(13), char(10)) from cast(content_id as nvarchar(4000)) collate Latin1_General_100_BIN2), '') as nvarchar(450)) collate Latin1_General_100_BIN2 as content_id,
        nullif(trim(concat(char(32), char(9), char(13), char(10)) from cast(title as nvarchar(4000)) collate Latin1_General_100_BIN2), '') as title,
        nullif(trim(concat(char(32), char(9), char(13), char(10)) from cast(genre as nvarchar(4000)) collate Latin1_General_100_BIN2), '') as genre,
        content_type,
        nullif(trim(concat(char(32), char(9), char(13), char(10)) from cast(duration_minutes as nvarchar(4000)) collate Latin1_General_100_BIN2), '') as duration_minutes,
        nullif(trim(concat(char(32), char(9), char(13), char(10)) from cast(release_year as nvarchar(4000)) collate Latin1_General_100_BIN2), '') as release_year,
        nullif(trim(concat(char(32), char(9), char(13), char(10)) from cast(rating as nvarchar(4000)) collate Latin1_General_100_BIN2), '') as rating,
        nullif(trim(concat(char(32), char(9), char(13), char(10)) from cast(views_count as nvarchar(4000)) collate Latin1_General_100_BIN2), '') as views_count,
        nullif(trim(concat(char(32), char(9), char(13), char(10)) from cast(production_budget as nvarchar(4000)) collate Latin1_General_100_BIN2), '') as production_budget,
        nullif(trim(concat(char(32), char(9), char(13), char(10)) from cast(seasons as nvarchar(4000)) collate Latin1_General_100_BIN2), '') as seasons,
        nullif(trim(concat(char(32), char(9), char(13), char(10)) from cast(total_episodes as nvarchar(4000)) collate Latin1_General_100_BIN2), '') as total_episodes,
        _load_id as load_id,
        _source_file as source_file,
        _source_row as source_row
    from bronze.content
),

typed as (
    select
        delivered_content_id,
        delivered_duration_minutes,
        cast(case
        when left(content_id, 2) in ('{"', '{}') and right(content_id, 1) = '}' then null
        when
            right(content_id, 1) = ']'
            and (
                left(content_id, 2) in (
                    '["', '[{', '[[', '[]', '[-', '[0', '[1', '[2', '[3', '[4', '[5', '[6', '[7', '[8', '[9'
                )
                or left(content_id, 5) in ('[true', '[null')
                or left(content_id, 6) = '[false'
            )
            then null
        else content_id
    end as nvarchar(450)) collate Latin1_General_100_BIN2 as content_id,
        cast(coalesce(title, 'Untitled') as nvarchar(4000)) collate Latin1_General_100_BIN2 as title,
        cast(coalesce(genre, 'Unknown') as nvarchar(4000)) collate Latin1_General_100_BIN2 as genre,
        content_type,
        case
        when
            case when duration_minutes like '[-+]%' then substring(duration_minutes, 2, 4000) else duration_minutes end like '[0-9]%'
            and case when duration_minutes like '[-+]%' then substring(duration_minutes, 2, 4000) else duration_minutes end like '%[0-9]'
            and case when duration_minutes like '[-+]%' then substring(duration_minutes, 2, 4000) else duration_minutes end not like '%[^0-9.]%'
            and case when duration_minutes like '[-+]%' then substring(duration_minutes, 2, 4000) else duration_minutes end not like '%.%.%'
            and (
                patindex('%[^0-9]%', substring(case when duration_minutes like '[-+]%' then substring(duration_minutes, 2, 4000) else duration_minutes end, patindex('%[^0]%', case when duration_minutes like '[-+]%' then substring(duration_minutes, 2, 4000) else duration_minutes end + 'x'), 4000) + '.') <= 309
                or (
                    patindex('%[^0-9]%', substring(case when duration_minutes like '[-+]%' then substring(duration_minutes, 2, 4000) else duration_minutes end, patindex('%[^0]%', case when duration_minutes like '[-+]%' then substring(duration_minutes, 2, 4000) else duration_minutes end + 'x'), 4000) + '.') = 310
                    and left(substring(case when duration_minutes like '[-+]%' then substring(duration_minutes, 2, 4000) else duration_minutes end, patindex('%[^0]%', case when duration_minutes like '[-+]%' then substring(duration_minutes, 2, 4000) else duration_minutes end + 'x'), 4000), 17) < '17976931348623157'
                )
            )
            then try_cast(duration_minutes as float)
    end as duration_minutes,
        case
        when
            case when release_year like '[-+]%' then substring(release_year, 2, 4000) else release_year end like '[0-9]%'
            and case when release_year like '[-+]%' then substring(release_year, 2, 4000) else release_year end not like '%[^0-9]%'
            and (
                datalength(substring(case when release_year like '[-+]%' then substring(release_year, 2, 4000) else release_year end, patindex('%[^0]%', case when release_year like '[-+]%' then substring(release_year, 2, 4000) else release_year end + 'x'), 4000)) <= 36
                or (
                    datalength(substring(case when release_year like '[-+]%' then substring(release_year, 2, 4000) else release_year end, patindex('%[^0]%', case when release_year like '[-+]%' then substring(release_year, 2, 4000) else release_year end + 'x'), 4000)) = 38
                    and (
                        substring(case when release_year like '[-+]%' then substring(release_year, 2, 4000) else release_year end, patindex('%[^0]%', case when release_year like '[-+]%' then substring(release_year, 2, 4000) else release_year end + 'x'), 4000) <= '9223372036854775807'
                        or (substring(case when release_year like '[-+]%' then substring(release_year, 2, 4000) else release_year end, patindex('%[^0]%', case when release_year like '[-+]%' then substring(release_year, 2, 4000) else release_year end + 'x'), 4000) = '9223372036854775808' and release_year like '-%')
                    )
                )
            )
            then try_cast(release_year as bigint)
    end as release_year,
        case
        when
            case when rating like '[-+]%' then substring(rating, 2, 4000) else rating end like '[0-9]%'
            and case when rating like '[-+]%' then substring(rating, 2, 4000) else rating end like '%[0-9]'
            and case when rating like '[-+]%' then substring(rating, 2, 4000) else rating end not like '%[^0-9.]%'
            and case when rating like '[-+]%' then substring(rating, 2, 4000) else rating end not like '%.%.%'
            and (
                patindex('%[^0-9]%', substring(case when rating like '[-+]%' then substring(rating, 2, 4000) else rating end, patindex('%[^0]%', case when rating like '[-+]%' then substring(rating, 2, 4000) else rating end + 'x'), 4000) + '.') <= 309
                or (
                    patindex('%[^0-9]%', substring(case when rating like '[-+]%' then substring(rating, 2, 4000) else rating end, patindex('%[^0]%', case when rating like '[-+]%' then substring(rating, 2, 4000) else rating end + 'x'), 4000) + '.') = 310
                    and left(substring(case when rating like '[-+]%' then substring(rating, 2, 4000) else rating end, patindex('%[^0]%', case when rating like '[-+]%' then substring(rating, 2, 4000) else rating end + 'x'), 4000), 17) < '17976931348623157'
                )
            )
            then try_cast(rating as float)
    end as rating,
        case
        when
            case when views_count like '[-+]%' then substring(views_count, 2, 4000) else views_count end like '[0-9]%'
            and case when views_count like '[-+]%' then substring(views_count, 2, 4000) else views_count end like '%[0-9]'
            and case when views_count like '[-+]%' then substring(views_count, 2, 4000) else views_count end not like '%[^0-9.]%'
            and case when views_count like '[-+]%' then substring(views_count, 2, 4000) else views_count end not like '%.%.%'
            and (
                patindex('%[^0-9]%', substring(case when views_count like '[-+]%' then substring(views_count, 2, 4000) else views_count end, patindex('%[^0]%', case when views_count like '[-+]%' then substring(views_count, 2, 4000) else views_count end + 'x'), 4000) + '.') <= 309
                or (
                    patindex('%[^0-9]%', substring(case when views_count like '[-+]%' then substring(views_count, 2, 4000) else views_count end, patindex('%[^0]%', case when views_count like '[-+]%' then substring(views_count, 2, 4000) else views_count end + 'x'), 4000) + '.') = 310
                    and left(substring(case when views_count like '[-+]%' then substring(views_count, 2, 4000) else views_count end, patindex('%[^0]%', case when views_count like '[-+]%' then substring(views_count, 2, 4000) else views_count end + 'x'), 4000), 17) < '17976931348623157'
                )
            )
            then try_cast(views_count as float)
    end as views_count,
        case
        when
            case when production_budget like '[-+]%' then substring(production_budget, 2, 4000) else production_budget end like '[0-9]%'
            and case when production_budget like '[-+]%' then substring(production_budget, 2, 4000) else production_budget end like '%[0-9]'
            and case when production_budget like '[-+]%' then substring(production_budget, 2, 4000) else production_budget end not like '%[^0-9.]%'
            and case when production_budget like '[-+]%' then substring(production_budget, 2, 4000) else production_budget end not like '%.%.%'
            and (
                patindex('%[^0-9]%', substring(case when production_budget like '[-+]%' then substring(production_budget, 2, 4000) else production_budget end, patindex('%[^0]%', case when production_budget like '[-+]%' then substring(production_budget, 2, 4000) else production_budget end + 'x'), 4000) + '.') <= 309
                or (
                    patindex('%[^0-9]%', substring(case when production_budget like '[-+]%' then substring(production_budget, 2, 4000) else production_budget end, patindex('%[^0]%', case when production_budget like '[-+]%' then substring(production_budget, 2, 4000) else production_budget end + 'x'), 4000) + '.') = 310
                    and left(substring(case when production_budget like '[-+]%' then substring(production_budget, 2, 4000) else production_budget end, patindex('%[^0]%', case when production_budget like '[-+]%' then substring(production_budget, 2, 4000) else production_budget end + 'x'), 4000), 17) < '17976931348623157'
                )
            )
            then try_cast(production_budget as float)
    end as production_budget,
        case
        when
            case when seasons like '[-+]%' then substring(seasons, 2, 4000) else seasons end like '[0-9]%'
            and case when seasons like '[-+]%' then substring(seasons, 2, 4000) else seasons end not like '%[^0-9]%'
            and (
                datalength(substring(case when seasons like '[-+]%' then substring(seasons, 2, 4000) else seasons end, patindex('%[^0]%', case when seasons like '[-+]%' then substring(seasons, 2, 4000) else seasons end + 'x'), 4000)) <= 36
                or (
                    datalength(substring(case when seasons like '[-+]%' then substring(seasons, 2, 4000) else seasons end, patindex('%[^0]%', case when seasons like '[-+]%' then substring(seasons, 2, 4000) else seasons end + 'x'), 4000)) = 38
                    and (
                        substring(case when seasons like '[-+]%' then substring(seasons, 2, 4000) else seasons end, patindex('%[^0]%', case when seasons like '[-+]%' then substring(seasons, 2, 4000) else seasons end + 'x'), 4000) <= '9223372036854775807'
                        or (substring(case when seasons like '[-+]%' then substring(seasons, 2, 4000) else seasons end, patindex('%[^0]%', case when seasons like '[-+]%' then substring(seasons, 2, 4000) else seasons end + 'x'), 4000) = '9223372036854775808' and seasons like '-%')
                    )
                )
            )
            then try_cast(seasons as bigint)
    end as seasons,
        case
        when
            case when total_episodes like '[-+]%' then substring(total_episodes, 2, 4000) else total_episodes end like '[0-9]%'
            and case when total_episodes like '[-+]%' then substring(total_episodes, 2, 4000) else total_episodes end not like '%[^0-9]%'
            and (
                datalength(substring(case when total_episodes like '[-+]%' then substring(total_episodes, 2, 4000) else total_episodes end, patindex('%[^0]%', case when total_episodes like '[-+]%' then substring(total_episodes, 2, 4000) else total_episodes end + 'x'), 4000)) <= 36
                or (
                    datalength(substring(case when total_episodes like '[-+]%' then substring(total_episodes, 2, 4000) else total_episodes end, patindex('%[^0]%', case when total_episodes like '[-+]%' then substring(total_episodes, 2, 4000) else total_episodes end + 'x'), 4000)) = 38
                    and (
                        substring(case when total_episodes like '[-+]%' then substring(total_episodes, 2, 4000) else total_episodes end, patindex('%[^0]%', case when total_episodes like '[-+]%' then substring(total_episodes, 2, 4000) else total_episodes end + 'x'), 4000) <= '9223372036854775807'
                        or (substring(case when total_episodes like '[-+]%' then substring(total_episodes, 2, 4000) else total_episodes end, patindex('%[^0]%', case when total_episodes like '[-+]%' then substring(total_episodes, 2, 4000) else total_episodes end + 'x'), 4000) = '9223372036854775808' and total_episodes like '-%')
                    )
                )
            )
            then try_cast(total_episodes as bigint)
    end as total_episodes,
        load_id,
        source_file,
        source_row
    from delivered
)

select
    content_id,
    title,
    genre,
    content_type,
    duration_minutes,
    case
        when release_year between 1 and 9999 then release_year
        else 2020
    end as release_year,
    case when rating < 0 then 0 when rating > 5 then 5 else rating end as rating,
    case when views_count between 0 and 1000000000000000 then views_count end as views_count,
    case when production_budget between 0 and 10000000000000 then production_budget end as production_budget,
    seasons,
    total_episodes,
    cast(case
        when content_id is null then 'content_id_missing'
        when duration_minutes is null or duration_minutes <= 0 or duration_minutes > 1000000 then 'content_duration_invalid'
    end as nvarchar(4000)) collate Latin1_General_100_BIN2 as broken_rule,
    cast(case
        when content_id is null then delivered_content_id
        when duration_minutes is null or duration_minutes <= 0 or duration_minutes > 1000000 then delivered_duration_minutes
    end as nvarchar(4000)) collate Latin1_General_100_BIN2 as offending_value,
    load_id,
    source_file,
    source_row
from typed;
go
commit;
go


-- judged_content: One row per delivered title record, with its outcome. All of stg_content, nothing left out: valid
-- records of one title compete, and the one of the highest load, then of the highest position in the file, wins.
create view staging.judged_content__query as
with repeated_keys as (
    select content_id
    from staging.stg_content
    group by content_id
    having count(*) > 1
),

versions as (
    select
        records.load_id,
        records.source_row,
        row_number() over (
            partition by records.content_id
            order by records.load_id desc, records.source_row desc
        ) as version_from_latest
    from staging.stg_content as records
    inner join repeated_keys on records.content_id = repeated_keys.content_id
    where records.broken_rule is null
),

superseded as (
    select
        load_id,
        source_row
    from versions
    where version_from_latest > 1
)

select
    content.*,
    cast(case
        when content.broken_rule is not null then 'quarantined'
        when superseded.load_id is not null then 'superseded'
        else 'current'
    end as nvarchar(4000)) collate Latin1_General_100_BIN2 as outcome
from staging.stg_content as content
left join superseded
    on
        content.load_id = superseded.load_id
        and content.source_row = superseded.source_row;
go
select * into staging.judged_content__new from staging.judged_content__query;
drop view staging.judged_content__query;
go
begin transaction;
if exists (select 1 from information_schema.tables where table_schema = N'staging' and table_name = N'changed_viewing_sessions' and table_type = 'VIEW') drop view [staging].[changed_viewing_sessions];
if exists (select 1 from information_schema.tables where table_schema = N'staging' and table_name = N'changed_viewing_sessions' and table_type = 'BASE TABLE') drop table [staging].[changed_viewing_sessions];
if exists (select 1 from information_schema.tables where table_schema = N'staging' and table_name = N'changed_content' and table_type = 'VIEW') drop view [staging].[changed_content];
if exists (select 1 from information_schema.tables where table_schema = N'staging' and table_name = N'changed_content' and table_type = 'BASE TABLE') drop table [staging].[changed_content];
if exists (select 1 from information_schema.tables where table_schema = N'staging' and table_name = N'judged_content' and table_type = 'VIEW') drop view [staging].[judged_content];
if exists (select 1 from information_schema.tables where table_schema = N'staging' and table_name = N'judged_content' and table_type = 'BASE TABLE') drop table [staging].[judged_content];
exec sp_rename N'staging.judged_content__new', N'judged_content', N'OBJECT';
commit;
go


-- silver_content: One row per title: the latest valid record of every movie and series. Titles that nobody has
-- watched are here too. Left out: titles whose every record breaks a rule.
create view staging.silver_content__query as
select
    content_id,
    title,
    genre,
    content_type,
    duration_minutes,
    release_year,
    rating,
    views_count,
    production_budget,
    seasons,
    total_episodes
from staging.judged_content
where outcome = 'current';
go
select * into dbo.silver_content__new from staging.silver_content__query;
drop view staging.silver_content__query;
go
begin transaction;
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'silver_content' and table_type = 'VIEW') drop view [dbo].[silver_content];
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'silver_content' and table_type = 'BASE TABLE') drop table [dbo].[silver_content];
exec sp_rename N'dbo.silver_content__new', N'silver_content', N'OBJECT';
if database_principal_id('goldreel_analyst') is not null grant select on dbo.[silver_content] to goldreel_analyst;
commit;
go
create unique clustered index silver_content_key on dbo.silver_content (content_id);
go


-- stg_users: One row per delivered user record: trimmed, typed, repaired where a rule allows it, and judged by the
-- rules that a record can break by itself. Every version of a user is here, valid or not; which one counts is decided
-- in judged_users.
begin transaction;
if exists (select 1 from information_schema.tables where table_schema = N'staging' and table_name = N'stg_users' and table_type = 'VIEW') drop view [staging].[stg_users];
if exists (select 1 from information_schema.tables where table_schema = N'staging' and table_name = N'stg_users' and table_type = 'BASE TABLE') drop table [staging].[stg_users];
go
create view staging.stg_users as
with delivered as (
    select
        user_id as delivered_user_id,
        registration_date as delivered_registration_date,
        total_watch_time_hours as delivered_total_watch_time_hours,
        cast(nullif(trim(concat(char(32), char(9), char(13), char(10)) from cast(user_id as nvarchar(4000)) collate Latin1_General_100_BIN2), '') as nvarchar(450)) collate Latin1_General_100_BIN2 as user_id,
        nullif(trim(concat(char(32), char(9), char(13), char(10)) from cast(age as nvarchar(4000)) collate Latin1_General_100_BIN2), '') as age,
        nullif(trim(concat(char(32), char(9), char(13), char(10)) from cast(country as nvarchar(4000)) collate Latin1_General_100_BIN2), '') as country,
        nullif(trim(concat(char(32), char(9), char(13), char(10)) from cast(subscription_type as nvarchar(4000)) collate Latin1_General_100_BIN2), '') as subscription_type,
        nullif(trim(concat(char(32), char(9), char(13), char(10)) from cast(registration_date as nvarchar(4000)) collate Latin1_General_100_BIN2), '') as registration_date,
        nullif(trim(concat(char(32), char(9), char(13), char(10)) from cast(total_watch_time_hours as nvarchar(4000)) collate Latin1_General_100_BIN2), '') as total_watch_time_hours,
        _load_id as load_id,
        _source_file as source_file,
        _source_row as source_row,
        cast('1900-01-01' as date) as earliest_date,
    dateadd(day, 1, cast(_loaded_at as date)) as latest_date
    from bronze.users
),

typed as (
    select
        delivered_user_id,
        delivered_registration_date,
        delivered_total_watch_time_hours,
        user_id,
        case
        when
            case when age like '[-+]%' then substring(age, 2, 4000) else age end like '[0-9]%'
            and case when age like '[-+]%' then substring(age, 2, 4000) else age end not like '%[^0-9]%'
            and (
                datalength(substring(case when age like '[-+]%' then substring(age, 2, 4000) else age end, patindex('%[^0]%', case when age like '[-+]%' then substring(age, 2, 4000) else age end + 'x'), 4000)) <= 36
                or (
                    datalength(substring(case when age like '[-+]%' then substring(age, 2, 4000) else age end, patindex('%[^0]%', case when age like '[-+]%' then substring(age, 2, 4000) else age end + 'x'), 4000)) = 38
                    and (
                        substring(case when age like '[-+]%' then substring(age, 2, 4000) else age end, patindex('%[^0]%', case when age like '[-+]%' then substring(age, 2, 4000) else age end + 'x'), 4000) <= '9223372036854775807'
                        or (substring(case when age like '[-+]%' then substring(age, 2, 4000) else age end, patindex('%[^0]%', case when age like '[-+]%' then substring(age, 2, 4000) else age end + 'x'), 4000) = '9223372036854775808' and age like '-%')
                    )
                )
            )
            then try_cast(age as bigint)
    end as age,
        cast(coalesce(country, 'Unknown') as nvarchar(4000)) collate Latin1_General_100_BIN2 as country,
        cast(coalesce(subscription_type, 'Unknown') as nvarchar(4000)) collate Latin1_General_100_BIN2 as subscription_type,
        case
        when not (registration_date not like '0000%'
    and (
        registration_date like '[0-9][0-9][0-9][0-9]-0[13578]-0[1-9]%'
        or registration_date like '[0-9][0-9][0-9][0-9]-0[13578]-[12][0-9]%'
        or registration_date like '[0-9][0-9][0-9][0-9]-0[13578]-3[01]%'
        or
        registration_date like '[0-9][0-9][0-9][0-9]-1[02]-0[1-9]%'
        or registration_date like '[0-9][0-9][0-9][0-9]-1[02]-[12][0-9]%'
        or registration_date like '[0-9][0-9][0-9][0-9]-1[02]-3[01]%'
        or
        registration_date like '[0-9][0-9][0-9][0-9]-0[469]-0[1-9]%'
        or registration_date like '[0-9][0-9][0-9][0-9]-0[469]-[12][0-9]%'
        or registration_date like '[0-9][0-9][0-9][0-9]-0[469]-30%'
        or
        registration_date like '[0-9][0-9][0-9][0-9]-11-0[1-9]%'
        or registration_date like '[0-9][0-9][0-9][0-9]-11-[12][0-9]%'
        or registration_date like '[0-9][0-9][0-9][0-9]-11-30%'
        or
        registration_date like '[0-9][0-9][0-9][0-9]-02-0[1-9]%'
        or registration_date like '[0-9][0-9][0-9][0-9]-02-1[0-9]%'
        or registration_date like '[0-9][0-9][0-9][0-9]-02-2[0-8]%'
        or registration_date like '[0-9][0-9]0[48]-02-29%'
        or registration_date like '[0-9][0-9][2468][048]-02-29%'
        or registration_date like '[0-9][0-9][13579][26]-02-29%'
        or registration_date like '[02468][048]00-02-29%'
        or registration_date like '[13579][26]00-02-29%'
    )) then null
        when registration_date like '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]' then try_convert(date, registration_date, 23)
        when
            registration_date like '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9][T ]%'
            and (left(substring(registration_date, 12, 4000), patindex('%[-+Z ]%', substring(registration_date, 12, 4000) + 'Z') - 1) like '[01][0-9]:%' or left(substring(registration_date, 12, 4000), patindex('%[-+Z ]%', substring(registration_date, 12, 4000) + 'Z') - 1) like '2[0-3]:%')
            and (
                left(substring(registration_date, 12, 4000), patindex('%[-+Z ]%', substring(registration_date, 12, 4000) + 'Z') - 1) like '__:[0-5][0-9]'
                or left(substring(registration_date, 12, 4000), patindex('%[-+Z ]%', substring(registration_date, 12, 4000) + 'Z') - 1) like '__:[0-5][0-9]:[0-5][0-9]'
                or (
                    left(substring(registration_date, 12, 4000), patindex('%[-+Z ]%', substring(registration_date, 12, 4000) + 'Z') - 1) like '__:[0-5][0-9]:[0-5][0-9].[0-9]%'
                    and substring(left(substring(registration_date, 12, 4000), patindex('%[-+Z ]%', substring(registration_date, 12, 4000) + 'Z') - 1), 10, 4000) not like '%[^0-9]%'
                )
            )
            and (
                datalength(substring(substring(registration_date, 12, 4000), patindex('%[-+Z ]%', substring(registration_date, 12, 4000) + 'Z'), 4000)) = 0
                or substring(substring(registration_date, 12, 4000), patindex('%[-+Z ]%', substring(registration_date, 12, 4000) + 'Z'), 4000) like 'Z'
                or substring(substring(registration_date, 12, 4000), patindex('%[-+Z ]%', substring(registration_date, 12, 4000) + 'Z'), 4000) like ' Z'
                or substring(substring(registration_date, 12, 4000), patindex('%[-+Z ]%', substring(registration_date, 12, 4000) + 'Z'), 4000) like '[-+][01][0-9]'
                or substring(substring(registration_date, 12, 4000), patindex('%[-+Z ]%', substring(registration_date, 12, 4000) + 'Z'), 4000) like '[-+][01][0-9][0-5][0-9]'
                or substring(substring(registration_date, 12, 4000), patindex('%[-+Z ]%', substring(registration_date, 12, 4000) + 'Z'), 4000) like '[-+][01][0-9]:[0-5][0-9]'
                or substring(substring(registration_date, 12, 4000), patindex('%[-+Z ]%', substring(registration_date, 12, 4000) + 'Z'), 4000) like '[-+]2[0-3]'
                or substring(substring(registration_date, 12, 4000), patindex('%[-+Z ]%', substring(registration_date, 12, 4000) + 'Z'), 4000) like '[-+]2[0-3][0-5][0-9]'
                or substring(substring(registration_date, 12, 4000), patindex('%[-+Z ]%', substring(registration_date, 12, 4000) + 'Z'), 4000) like '[-+]2[0-3]:[0-5][0-9]'
                or substring(substring(registration_date, 12, 4000), patindex('%[-+Z ]%', substring(registration_date, 12, 4000) + 'Z'), 4000) like ' [-+][01][0-9]'
                or substring(substring(registration_date, 12, 4000), patindex('%[-+Z ]%', substring(registration_date, 12, 4000) + 'Z'), 4000) like ' [-+][01][0-9][0-5][0-9]'
                or substring(substring(registration_date, 12, 4000), patindex('%[-+Z ]%', substring(registration_date, 12, 4000) + 'Z'), 4000) like ' [-+][01][0-9]:[0-5][0-9]'
                or substring(substring(registration_date, 12, 4000), patindex('%[-+Z ]%', substring(registration_date, 12, 4000) + 'Z'), 4000) like ' [-+]2[0-3]'
                or substring(substring(registration_date, 12, 4000), patindex('%[-+Z ]%', substring(registration_date, 12, 4000) + 'Z'), 4000) like ' [-+]2[0-3][0-5][0-9]'
                or substring(substring(registration_date, 12, 4000), patindex('%[-+Z ]%', substring(registration_date, 12, 4000) + 'Z'), 4000) like ' [-+]2[0-3]:[0-5][0-9]'
            )
            then try_convert(date, left(registration_date, 10), 23)
    end as signup_date,
        case
        when
            case when total_watch_time_hours like '[-+]%' then substring(total_watch_time_hours, 2, 4000) else total_watch_time_hours end like '[0-9]%'
            and case when total_watch_time_hours like '[-+]%' then substring(total_watch_time_hours, 2, 4000) else total_watch_time_hours end like '%[0-9]'
            and case when total_watch_time_hours like '[-+]%' then substring(total_watch_time_hours, 2, 4000) else total_watch_time_hours end not like '%[^0-9.]%'
            and case when total_watch_time_hours like '[-+]%' then substring(total_watch_time_hours, 2, 4000) else total_watch_time_hours end not like '%.%.%'
            and (
                patindex('%[^0-9]%', substring(case when total_watch_time_hours like '[-+]%' then substring(total_watch_time_hours, 2, 4000) else total_watch_time_hours end, patindex('%[^0]%', case when total_watch_time_hours like '[-+]%' then substring(total_watch_time_hours, 2, 4000) else total_watch_time_hours end + 'x'), 4000) + '.') <= 309
                or (
                    patindex('%[^0-9]%', substring(case when total_watch_time_hours like '[-+]%' then substring(total_watch_time_hours, 2, 4000) else total_watch_time_hours end, patindex('%[^0]%', case when total_watch_time_hours like '[-+]%' then substring(total_watch_time_hours, 2, 4000) else total_watch_time_hours end + 'x'), 4000) + '.') = 310
                    and left(substring(case when total_watch_time_hours like '[-+]%' then substring(total_watch_time_hours, 2, 4000) else total_watch_time_hours end, patindex('%[^0]%', case when total_watch_time_hours like '[-+]%' then substring(total_watch_time_hours, 2, 4000) else total_watch_time_hours end + 'x'), 4000), 17) < '17976931348623157'
                )
            )
            then try_cast(total_watch_time_hours as float)
    end as total_watch_time_hours,
        load_id,
        source_file,
        source_row,
        earliest_date,
        latest_date
    from delivered
)

select
    user_id,
    case when age between 0 and 120 then age end as age,
    country,
    subscription_type,
    signup_date,
    total_watch_time_hours,
    case when total_watch_time_hours >= 100 then 1 else 0 end as is_active,
    cast(case
        when user_id is null then 'user_id_missing'
        when total_watch_time_hours is null or total_watch_time_hours < 0 or total_watch_time_hours > 1000000 then 'hours_invalid'
        when signup_date is null then 'signup_date_invalid'
        when signup_date < earliest_date or signup_date > latest_date then 'signup_date_implausible'
    end as nvarchar(4000)) collate Latin1_General_100_BIN2 as broken_rule,
    cast(case
        when user_id is null then delivered_user_id
        when total_watch_time_hours is null or total_watch_time_hours < 0 or total_watch_time_hours > 1000000 then delivered_total_watch_time_hours
        when signup_date is null then delivered_registration_date
        when signup_date < earliest_date or signup_date > latest_date then delivered_registration_date
    end as nvarchar(4000)) collate Latin1_General_100_BIN2 as offending_value,
    load_id,
    source_file,
    source_row
from typed;
go
commit;
go


-- judged_users: One row per delivered user record, with its outcome. All of stg_users, nothing left out: valid
-- records of one user compete, and the one of the highest load, then of the highest position in the file, wins. A
-- later record that breaks a rule does not replace an earlier valid one.
create view staging.judged_users__query as
with repeated_keys as (
    select user_id
    from staging.stg_users
    group by user_id
    having count(*) > 1
),

versions as (
    select
        records.load_id,
        records.source_row,
        row_number() over (
            partition by records.user_id
            order by records.load_id desc, records.source_row desc
        ) as version_from_latest
    from staging.stg_users as records
    inner join repeated_keys on records.user_id = repeated_keys.user_id
    where records.broken_rule is null
),

superseded as (
    select
        load_id,
        source_row
    from versions
    where version_from_latest > 1
)

select
    users.*,
    cast(case
        when users.broken_rule is not null then 'quarantined'
        when superseded.load_id is not null then 'superseded'
        when users.is_active = 1 then 'current'
        else 'inactive_user'
    end as nvarchar(4000)) collate Latin1_General_100_BIN2 as outcome
from staging.stg_users as users
left join superseded
    on
        users.load_id = superseded.load_id
        and users.source_row = superseded.source_row;
go
select * into staging.judged_users__new from staging.judged_users__query;
drop view staging.judged_users__query;
go
begin transaction;
if exists (select 1 from information_schema.tables where table_schema = N'staging' and table_name = N'changed_viewing_sessions' and table_type = 'VIEW') drop view [staging].[changed_viewing_sessions];
if exists (select 1 from information_schema.tables where table_schema = N'staging' and table_name = N'changed_viewing_sessions' and table_type = 'BASE TABLE') drop table [staging].[changed_viewing_sessions];
if exists (select 1 from information_schema.tables where table_schema = N'staging' and table_name = N'changed_users' and table_type = 'VIEW') drop view [staging].[changed_users];
if exists (select 1 from information_schema.tables where table_schema = N'staging' and table_name = N'changed_users' and table_type = 'BASE TABLE') drop table [staging].[changed_users];
if exists (select 1 from information_schema.tables where table_schema = N'staging' and table_name = N'judged_users' and table_type = 'VIEW') drop view [staging].[judged_users];
if exists (select 1 from information_schema.tables where table_schema = N'staging' and table_name = N'judged_users' and table_type = 'BASE TABLE') drop table [staging].[judged_users];
exec sp_rename N'staging.judged_users__new', N'judged_users', N'OBJECT';
commit;
go


-- silver_users: One row per active user: the latest valid record of every user who has watched at least 100 hours
-- (setting active_user_hours). The base of every number about users. Left out: users below that threshold and users
-- whose every record breaks a rule.
create view staging.silver_users__query as
select
    user_id,
    age,
    country,
    subscription_type,
    signup_date,
    total_watch_time_hours
from staging.judged_users
where outcome = 'current';
go
select * into dbo.silver_users__new from staging.silver_users__query;
drop view staging.silver_users__query;
go
begin transaction;
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'silver_users' and table_type = 'VIEW') drop view [dbo].[silver_users];
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'silver_users' and table_type = 'BASE TABLE') drop table [dbo].[silver_users];
exec sp_rename N'dbo.silver_users__new', N'silver_users', N'OBJECT';
if database_principal_id('goldreel_analyst') is not null grant select on dbo.[silver_users] to goldreel_analyst;
commit;
go
create unique clustered index silver_users_key on dbo.silver_users (user_id);
go


-- stg_viewing_sessions: One row per delivered session record: trimmed, typed, repaired where a rule allows it, and
-- judged by the rules that a record can break by itself. Every version of a session is here, valid or not; which one
-- counts is decided in judged_viewing_sessions.
create view staging.stg_viewing_sessions__query as
with delivered as (
    select
        session_id as delivered_session_id,
        user_id as delivered_user_id,
        content_id as delivered_content_id,
        watch_date as delivered_watch_date,
        watch_duration_minutes as delivered_watch_duration_minutes,
        cast(nullif(trim(concat(char(32), char(9), char(13), char(10)) from cast(session_id as nvarchar(4000)) collate Latin1_General_100_BIN2), '') as nvarchar(450)) collate Latin1_General_100_BIN2 as session_id,
        cast(nullif(trim(concat(char(32), char(9), char(13), char(10)) from cast(user_id as nvarchar(4000)) collate Latin1_General_100_BIN2), '') as nvarchar(450)) collate Latin1_General_100_BIN2 as user_id,
        cast(nullif(trim(concat(char(32), char(9), char(13), char(10)) from cast(content_id as nvarchar(4000)) collate Latin1_General_100_BIN2), '') as nvarchar(450)) collate Latin1_General_100_BIN2 as content_id,
        nullif(trim(concat(char(32), char(9), char(13), char(10)) from cast(watch_date as nvarchar(4000)) collate Latin1_General_100_BIN2), '') as watch_date,
        nullif(trim(concat(char(32), char(9), char(13), char(10)) from cast(watch_duration_minutes as nvarchar(4000)) collate Latin1_General_100_BIN2), '') as watch_duration_minutes,
        nullif(trim(concat(char(32), char(9), char(13), char(10)) from cast(completion_percentage as nvarchar(4000)) collate Latin1_General_100_BIN2), '') as completion_percentage,
        nullif(trim(concat(char(32), char(9), char(13), char(10)) from cast(device_type as nvarchar(4000)) collate Latin1_General_100_BIN2), '') as device_type,
        nullif(trim(concat(char(32), char(9), char(13), char(10)) from cast(quality_level as nvarchar(4000)) collate Latin1_General_100_BIN2), '') as quality_level,
        _load_id as load_id,
        _source_file as source_file,
        _source_row as source_row,
        cast('1900-01-01' as date) as earliest_date,
    dateadd(day, 1, cast(_loaded_at as date)) as latest_date
    from bronze.viewing_sessions
),

typed as (
    select
        delivered_session_id,
        delivered_user_id,
        delivered_content_id,
        delivered_watch_date,
        delivered_watch_duration_minutes,
        session_id,
        user_id,
        content_id,
        case
        when not (watch_date not like '0000%'
    and (
        watch_date like '[0-9][0-9][0-9][0-9]-0[13578]-0[1-9]%'
        or watch_date like '[0-9][0-9][0-9][0-9]-0[13578]-[12][0-9]%'
        or watch_date like '[0-9][0-9][0-9][0-9]-0[13578]-3[01]%'
        or
        watch_date like '[0-9][0-9][0-9][0-9]-1[02]-0[1-9]%'
        or watch_date like '[0-9][0-9][0-9][0-9]-1[02]-[12][0-9]%'
        or watch_date like '[0-9][0-9][0-9][0-9]-1[02]-3[01]%'
        or
        watch_date like '[0-9][0-9][0-9][0-9]-0[469]-0[1-9]%'
        or watch_date like '[0-9][0-9][0-9][0-9]-0[469]-[12][0-9]%'
        or watch_date like '[0-9][0-9][0-9][0-9]-0[469]-30%'
        or
        watch_date like '[0-9][0-9][0-9][0-9]-11-0[1-9]%'
        or watch_date like '[0-9][0-9][0-9][0-9]-11-[12][0-9]%'
        or watch_date like '[0-9][0-9][0-9][0-9]-11-30%'
        or
        watch_date like '[0-9][0-9][0-9][0-9]-02-0[1-9]%'
        or watch_date like '[0-9][0-9][0-9][0-9]-02-1[0-9]%'
        or watch_date like '[0-9][0-9][0-9][0-9]-02-2[0-8]%'
        or watch_date like '[0-9][0-9]0[48]-02-29%'
        or watch_date like '[0-9][0-9][2468][048]-02-29%'
        or watch_date like '[0-9][0-9][13579][26]-02-29%'
        or watch_date like '[02468][048]00-02-29%'
        or watch_date like '[13579][26]00-02-29%'
    )) then null
        when watch_date like '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]' then try_convert(date, watch_date, 23)
        when
            watch_date like '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9][T ]%'
            and (left(substring(watch_date, 12, 4000), patindex('%[-+Z ]%', substring(watch_date, 12, 4000) + 'Z') - 1) like '[01][0-9]:%' or left(substring(watch_date, 12, 4000), patindex('%[-+Z ]%', substring(watch_date, 12, 4000) + 'Z') - 1) like '2[0-3]:%')
            and (
                left(substring(watch_date, 12, 4000), patindex('%[-+Z ]%', substring(watch_date, 12, 4000) + 'Z') - 1) like '__:[0-5][0-9]'
                or left(substring(watch_date, 12, 4000), patindex('%[-+Z ]%', substring(watch_date, 12, 4000) + 'Z') - 1) like '__:[0-5][0-9]:[0-5][0-9]'
                or (
                    left(substring(watch_date, 12, 4000), patindex('%[-+Z ]%', substring(watch_date, 12, 4000) + 'Z') - 1) like '__:[0-5][0-9]:[0-5][0-9].[0-9]%'
                    and substring(left(substring(watch_date, 12, 4000), patindex('%[-+Z ]%', substring(watch_date, 12, 4000) + 'Z') - 1), 10, 4000) not like '%[^0-9]%'
                )
            )
            and (
                datalength(substring(substring(watch_date, 12, 4000), patindex('%[-+Z ]%', substring(watch_date, 12, 4000) + 'Z'), 4000)) = 0
                or substring(substring(watch_date, 12, 4000), patindex('%[-+Z ]%', substring(watch_date, 12, 4000) + 'Z'), 4000) like 'Z'
                or substring(substring(watch_date, 12, 4000), patindex('%[-+Z ]%', substring(watch_date, 12, 4000) + 'Z'), 4000) like ' Z'
                or substring(substring(watch_date, 12, 4000), patindex('%[-+Z ]%', substring(watch_date, 12, 4000) + 'Z'), 4000) like '[-+][01][0-9]'
                or substring(substring(watch_date, 12, 4000), patindex('%[-+Z ]%', substring(watch_date, 12, 4000) + 'Z'), 4000) like '[-+][01][0-9][0-5][0-9]'
                or substring(substring(watch_date, 12, 4000), patindex('%[-+Z ]%', substring(watch_date, 12, 4000) + 'Z'), 4000) like '[-+][01][0-9]:[0-5][0-9]'
                or substring(substring(watch_date, 12, 4000), patindex('%[-+Z ]%', substring(watch_date, 12, 4000) + 'Z'), 4000) like '[-+]2[0-3]'
                or substring(substring(watch_date, 12, 4000), patindex('%[-+Z ]%', substring(watch_date, 12, 4000) + 'Z'), 4000) like '[-+]2[0-3][0-5][0-9]'
                or substring(substring(watch_date, 12, 4000), patindex('%[-+Z ]%', substring(watch_date, 12, 4000) + 'Z'), 4000) like '[-+]2[0-3]:[0-5][0-9]'
                or substring(substring(watch_date, 12, 4000), patindex('%[-+Z ]%', substring(watch_date, 12, 4000) + 'Z'), 4000) like ' [-+][01][0-9]'
                or substring(substring(watch_date, 12, 4000), patindex('%[-+Z ]%', substring(watch_date, 12, 4000) + 'Z'), 4000) like ' [-+][01][0-9][0-5][0-9]'
                or substring(substring(watch_date, 12, 4000), patindex('%[-+Z ]%', substring(watch_date, 12, 4000) + 'Z'), 4000) like ' [-+][01][0-9]:[0-5][0-9]'
                or substring(substring(watch_date, 12, 4000), patindex('%[-+Z ]%', substring(watch_date, 12, 4000) + 'Z'), 4000) like ' [-+]2[0-3]'
                or substring(substring(watch_date, 12, 4000), patindex('%[-+Z ]%', substring(watch_date, 12, 4000) + 'Z'), 4000) like ' [-+]2[0-3][0-5][0-9]'
                or substring(substring(watch_date, 12, 4000), patindex('%[-+Z ]%', substring(watch_date, 12, 4000) + 'Z'), 4000) like ' [-+]2[0-3]:[0-5][0-9]'
            )
            then try_convert(date, left(watch_date, 10), 23)
    end as watch_date,
        case
        when
            case when watch_duration_minutes like '[-+]%' then substring(watch_duration_minutes, 2, 4000) else watch_duration_minutes end like '[0-9]%'
            and case when watch_duration_minutes like '[-+]%' then substring(watch_duration_minutes, 2, 4000) else watch_duration_minutes end like '%[0-9]'
            and case when watch_duration_minutes like '[-+]%' then substring(watch_duration_minutes, 2, 4000) else watch_duration_minutes end not like '%[^0-9.]%'
            and case when watch_duration_minutes like '[-+]%' then substring(watch_duration_minutes, 2, 4000) else watch_duration_minutes end not like '%.%.%'
            and (
                patindex('%[^0-9]%', substring(case when watch_duration_minutes like '[-+]%' then substring(watch_duration_minutes, 2, 4000) else watch_duration_minutes end, patindex('%[^0]%', case when watch_duration_minutes like '[-+]%' then substring(watch_duration_minutes, 2, 4000) else watch_duration_minutes end + 'x'), 4000) + '.') <= 309
                or (
                    patindex('%[^0-9]%', substring(case when watch_duration_minutes like '[-+]%' then substring(watch_duration_minutes, 2, 4000) else watch_duration_minutes end, patindex('%[^0]%', case when watch_duration_minutes like '[-+]%' then substring(watch_duration_minutes, 2, 4000) else watch_duration_minutes end + 'x'), 4000) + '.') = 310
                    and left(substring(case when watch_duration_minutes like '[-+]%' then substring(watch_duration_minutes, 2, 4000) else watch_duration_minutes end, patindex('%[^0]%', case when watch_duration_minutes like '[-+]%' then substring(watch_duration_minutes, 2, 4000) else watch_duration_minutes end + 'x'), 4000), 17) < '17976931348623157'
                )
            )
            then try_cast(watch_duration_minutes as float)
    end as duration_minutes,
        case
        when
            case when completion_percentage like '[-+]%' then substring(completion_percentage, 2, 4000) else completion_percentage end like '[0-9]%'
            and case when completion_percentage like '[-+]%' then substring(completion_percentage, 2, 4000) else completion_percentage end like '%[0-9]'
            and case when completion_percentage like '[-+]%' then substring(completion_percentage, 2, 4000) else completion_percentage end not like '%[^0-9.]%'
            and case when completion_percentage like '[-+]%' then substring(completion_percentage, 2, 4000) else completion_percentage end not like '%.%.%'
            and (
                patindex('%[^0-9]%', substring(case when completion_percentage like '[-+]%' then substring(completion_percentage, 2, 4000) else completion_percentage end, patindex('%[^0]%', case when completion_percentage like '[-+]%' then substring(completion_percentage, 2, 4000) else completion_percentage end + 'x'), 4000) + '.') <= 309
                or (
                    patindex('%[^0-9]%', substring(case when completion_percentage like '[-+]%' then substring(completion_percentage, 2, 4000) else completion_percentage end, patindex('%[^0]%', case when completion_percentage like '[-+]%' then substring(completion_percentage, 2, 4000) else completion_percentage end + 'x'), 4000) + '.') = 310
                    and left(substring(case when completion_percentage like '[-+]%' then substring(completion_percentage, 2, 4000) else completion_percentage end, patindex('%[^0]%', case when completion_percentage like '[-+]%' then substring(completion_percentage, 2, 4000) else completion_percentage end + 'x'), 4000), 17) < '17976931348623157'
                )
            )
            then try_cast(completion_percentage as float)
    end as completion_percentage,
        cast(coalesce(device_type, 'Unknown') as nvarchar(4000)) collate Latin1_General_100_BIN2 as device_type,
        cast(coalesce(quality_level, 'Unknown') as nvarchar(4000)) collate Latin1_General_100_BIN2 as quality_level,
        load_id,
        source_file,
        source_row,
        earliest_date,
        latest_date
    from delivered
)

select
    session_id,
    user_id,
    content_id,
    watch_date,
    duration_minutes,
    case when completion_percentage between 0 and 100 then completion_percentage end as completion_percentage,
    device_type,
    quality_level,
    cast(case
        when session_id is null then 'session_id_missing'
        when user_id is null then 'user_id_missing'
        when content_id is null then 'content_id_missing'
        when watch_date is null then 'watch_date_invalid'
        when watch_date < earliest_date or watch_date > latest_date then 'watch_date_implausible'
        when duration_minutes is null or duration_minutes <= 0 or duration_minutes > 1440 then 'duration_invalid'
    end as nvarchar(4000)) collate Latin1_General_100_BIN2 as broken_rule,
    cast(case
        when session_id is null then delivered_session_id
        when user_id is null then delivered_user_id
        when content_id is null then delivered_content_id
        when watch_date is null then delivered_watch_date
        when watch_date < earliest_date or watch_date > latest_date then delivered_watch_date
        when duration_minutes is null or duration_minutes <= 0 or duration_minutes > 1440 then delivered_watch_duration_minutes
    end as nvarchar(4000)) collate Latin1_General_100_BIN2 as offending_value,
    load_id,
    source_file,
    source_row
from typed;
go
select * into staging.stg_viewing_sessions__new from staging.stg_viewing_sessions__query;
drop view staging.stg_viewing_sessions__query;
go
begin transaction;
if exists (select 1 from information_schema.tables where table_schema = N'staging' and table_name = N'stg_viewing_sessions' and table_type = 'VIEW') drop view [staging].[stg_viewing_sessions];
if exists (select 1 from information_schema.tables where table_schema = N'staging' and table_name = N'stg_viewing_sessions' and table_type = 'BASE TABLE') drop table [staging].[stg_viewing_sessions];
exec sp_rename N'staging.stg_viewing_sessions__new', N'stg_viewing_sessions', N'OBJECT';
commit;
go


-- judged_viewing_sessions: One row per delivered session record, with its outcome. All of stg_viewing_sessions,
-- nothing left out: valid records of one session compete, and the one of the highest load, then of the highest
-- position in the file, wins. The winner is then judged by what it refers to, afresh at every build: when a missing
-- user or title arrives, the session counts.
create view staging.judged_viewing_sessions__query as
with repeated_keys as (
    select session_id
    from staging.stg_viewing_sessions
    group by session_id
    having count(*) > 1
),

versions as (
    select
        records.load_id,
        records.source_row,
        row_number() over (
            partition by records.session_id
            order by records.load_id desc, records.source_row desc
        ) as version_from_latest
    from staging.stg_viewing_sessions as records
    inner join repeated_keys on records.session_id = repeated_keys.session_id
    where records.broken_rule is null
),

superseded as (
    select
        load_id,
        source_row
    from versions
    where version_from_latest > 1
),

known_users as (
    select
        user_id,
        is_active
    from staging.judged_users
    where outcome in ('current', 'inactive_user')
),

known_titles as (
    select content_id
    from staging.judged_content
    where outcome = 'current'
),

judged as (
    select
        sessions.*,
        known_users.is_active,
        case when superseded.load_id is not null then 1 else 0 end as is_superseded,
        case
            when sessions.broken_rule is not null or superseded.load_id is not null then null
            when known_users.user_id is null then 'user_unknown'
            when known_titles.content_id is null then 'content_unknown'
        end as held_by_rule
    from staging.stg_viewing_sessions as sessions
    left join superseded
        on
            sessions.load_id = superseded.load_id
            and sessions.source_row = superseded.source_row
    left join known_users on sessions.user_id = known_users.user_id
    left join known_titles on sessions.content_id = known_titles.content_id
)

select
    session_id,
    user_id,
    content_id,
    watch_date,
    duration_minutes,
    completion_percentage,
    device_type,
    quality_level,
    cast(coalesce(broken_rule, held_by_rule) as nvarchar(4000)) collate Latin1_General_100_BIN2 as broken_rule,
    cast(case
        when held_by_rule = 'user_unknown' then user_id
        when held_by_rule = 'content_unknown' then content_id
        else offending_value
    end as nvarchar(4000)) collate Latin1_General_100_BIN2 as offending_value,
    load_id,
    source_file,
    source_row,
    cast(case
        when broken_rule is not null then 'quarantined'
        when is_superseded = 1 then 'superseded'
        when held_by_rule is not null then 'held'
        when is_active = 1 then 'current'
        else 'inactive_user'
    end as nvarchar(4000)) collate Latin1_General_100_BIN2 as outcome
from judged;
go
select * into staging.judged_viewing_sessions__new from staging.judged_viewing_sessions__query;
drop view staging.judged_viewing_sessions__query;
go
begin transaction;
if exists (select 1 from information_schema.tables where table_schema = N'staging' and table_name = N'counted_viewing_sessions' and table_type = 'VIEW') drop view [staging].[counted_viewing_sessions];
if exists (select 1 from information_schema.tables where table_schema = N'staging' and table_name = N'counted_viewing_sessions' and table_type = 'BASE TABLE') drop table [staging].[counted_viewing_sessions];
if exists (select 1 from information_schema.tables where table_schema = N'staging' and table_name = N'changed_viewing_sessions' and table_type = 'VIEW') drop view [staging].[changed_viewing_sessions];
if exists (select 1 from information_schema.tables where table_schema = N'staging' and table_name = N'changed_viewing_sessions' and table_type = 'BASE TABLE') drop table [staging].[changed_viewing_sessions];
if exists (select 1 from information_schema.tables where table_schema = N'staging' and table_name = N'judged_viewing_sessions' and table_type = 'VIEW') drop view [staging].[judged_viewing_sessions];
if exists (select 1 from information_schema.tables where table_schema = N'staging' and table_name = N'judged_viewing_sessions' and table_type = 'BASE TABLE') drop table [staging].[judged_viewing_sessions];
exec sp_rename N'staging.judged_viewing_sessions__new', N'judged_viewing_sessions', N'OBJECT';
commit;
go
if try_cast(serverproperty('ProductMajorVersion') as int) >= 13 exec(N'create clustered columnstore index judged_viewing_sessions_cci on staging.judged_viewing_sessions'); -- older servers keep a heap
go


-- counted_viewing_sessions: One row per counted session: a valid, current session whose user and title are known, of
-- any user. Analyses over active users only would flatter, since who left early is not among them.
-- silver_viewing_sessions is the part of it that active users watched.
begin transaction;
if exists (select 1 from information_schema.tables where table_schema = N'staging' and table_name = N'counted_viewing_sessions' and table_type = 'VIEW') drop view [staging].[counted_viewing_sessions];
if exists (select 1 from information_schema.tables where table_schema = N'staging' and table_name = N'counted_viewing_sessions' and table_type = 'BASE TABLE') drop table [staging].[counted_viewing_sessions];
go
create view staging.counted_viewing_sessions as
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
where outcome in ('current', 'inactive_user');
go
commit;
go


-- held_viewing_sessions: One row per viewing session that is valid but waits: its user or its title has not been
-- delivered as a valid record yet. When the missing record arrives, the next build counts the session. Left out:
-- sessions that break a rule by themselves (quarantine) and those that a later correction replaced.
create view staging.held_viewing_sessions__query as
select
    session_id,
    broken_rule as "rule",
    offending_value,
    user_id,
    content_id,
    watch_date,
    duration_minutes,
    load_id,
    source_file,
    source_row
from staging.judged_viewing_sessions
where outcome = 'held';
go
select * into dbo.held_viewing_sessions__new from staging.held_viewing_sessions__query;
drop view staging.held_viewing_sessions__query;
go
begin transaction;
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'held_viewing_sessions' and table_type = 'VIEW') drop view [dbo].[held_viewing_sessions];
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'held_viewing_sessions' and table_type = 'BASE TABLE') drop table [dbo].[held_viewing_sessions];
exec sp_rename N'dbo.held_viewing_sessions__new', N'held_viewing_sessions', N'OBJECT';
if database_principal_id('goldreel_analyst') is not null grant select on dbo.[held_viewing_sessions] to goldreel_analyst;
commit;
go


-- quarantine: One row per delivered record that breaks a rule by itself, with the first rule it broke. For whoever
-- mends the source: each row says where the record stands and which value is wrong. Left out: what could not be read
-- as a record at all (bronze.rejected_records) and sessions that only wait for a user or title
-- (held_viewing_sessions).
create view staging.quarantine__query as
select
    cast('users' as nvarchar(4000)) collate Latin1_General_100_BIN2 as entity,
    user_id as record_key,
    broken_rule as "rule",
    offending_value,
    load_id,
    source_file,
    source_row
from staging.judged_users
where outcome = 'quarantined'
union all

select
    cast('viewing_sessions' as nvarchar(4000)) collate Latin1_General_100_BIN2 as entity,
    session_id as record_key,
    broken_rule as "rule",
    offending_value,
    load_id,
    source_file,
    source_row
from staging.judged_viewing_sessions
where outcome = 'quarantined'
union all

select
    cast('content' as nvarchar(4000)) collate Latin1_General_100_BIN2 as entity,
    content_id as record_key,
    broken_rule as "rule",
    offending_value,
    load_id,
    source_file,
    source_row
from staging.judged_content
where outcome = 'quarantined';
go
select * into dbo.quarantine__new from staging.quarantine__query;
drop view staging.quarantine__query;
go
begin transaction;
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'quarantine' and table_type = 'VIEW') drop view [dbo].[quarantine];
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'quarantine' and table_type = 'BASE TABLE') drop table [dbo].[quarantine];
exec sp_rename N'dbo.quarantine__new', N'quarantine', N'OBJECT';
if database_principal_id('goldreel_analyst') is not null grant select on dbo.[quarantine] to goldreel_analyst;
commit;
go


-- silver_viewing_sessions: One row per viewing session that counts: the latest valid record of a session, of an
-- active user (see silver_users) and of a known title (see silver_content). The base of every number about viewing.
-- Left out: sessions of inactive users, and sessions held until their user or title is delivered.
create view staging.silver_viewing_sessions__query as
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
go
select * into dbo.silver_viewing_sessions__new from staging.silver_viewing_sessions__query;
drop view staging.silver_viewing_sessions__query;
go
begin transaction;
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'silver_viewing_sessions' and table_type = 'VIEW') drop view [dbo].[silver_viewing_sessions];
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'silver_viewing_sessions' and table_type = 'BASE TABLE') drop table [dbo].[silver_viewing_sessions];
exec sp_rename N'dbo.silver_viewing_sessions__new', N'silver_viewing_sessions', N'OBJECT';
if database_principal_id('goldreel_analyst') is not null grant select on dbo.[silver_viewing_sessions] to goldreel_analyst;
commit;
go
if try_cast(serverproperty('ProductMajorVersion') as int) >= 13 exec(N'create clustered columnstore index silver_viewing_sessions_cci on dbo.silver_viewing_sessions'); -- older servers keep a heap
go
