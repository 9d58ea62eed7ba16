-- bronze_to_silver.sql: written by goldreel export-sql from the models in dbt/models; change those, not this.
--
-- Builds data_quality_rules, stg_content, stg_users, stg_viewing_sessions, judged_content, silver_content,
-- judged_users, silver_users, judged_viewing_sessions, counted_viewing_sessions, held_viewing_sessions, load_columns,
-- quarantine, load_checks, repaired_records, records_to_repair, cost_of_bad_data, silver_viewing_sessions.
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
drop table if exists dbo.data_quality_rules__new;
drop table if exists staging.stg_viewing_sessions__new;
drop table if exists staging.judged_content__new;
drop table if exists dbo.silver_content__new;
drop table if exists staging.judged_users__new;
drop table if exists dbo.silver_users__new;
drop table if exists staging.judged_viewing_sessions__new;
drop table if exists dbo.held_viewing_sessions__new;
drop table if exists dbo.load_columns__new;
drop table if exists dbo.quarantine__new;
drop table if exists dbo.load_checks__new;
drop table if exists dbo.repaired_records__new;
drop table if exists dbo.cost_of_bad_data__new;
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
        source_row,
        case
        when content_id is null or title is null or genre is null or duration_minutes is null or release_year is null or rating is null or views_count is null or production_budget is null or seasons is null or total_episodes is null
            then
                case when content_id is null then 1 else 0 end +
                case when title is null then 2 else 0 end +
                case when genre is null then 4 else 0 end +
                case when duration_minutes is null then 8 else 0 end +
                case when release_year is null then 16 else 0 end +
                case when rating is null then 32 else 0 end +
                case when views_count is null then 64 else 0 end +
                case when production_budget is null then 128 else 0 end +
                case when seasons is null then 256 else 0 end +
                case when total_episodes is null then 512 else 0 end
        else 0
    end as marks
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
    source_row,
    cast(marks + case when rating is null or rating < 0 or rating > 5 then 2097152 else 0 end + case when content_type = 'movie' and (release_year is null or release_year < 1 or release_year > 9999) then 1048576 else 0 end as bigint) as marks
from typed;
go
commit;
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
        case
        when user_id is null or age is null or country is null or subscription_type is null or registration_date is null or total_watch_time_hours is null
            then
                case when user_id is null then 1 else 0 end +
                case when age is null then 2 else 0 end +
                case when country is null then 4 else 0 end +
                case when subscription_type is null then 8 else 0 end +
                case when registration_date is null then 16 else 0 end +
                case when total_watch_time_hours is null then 32 else 0 end
        else 0
    end as marks,
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
    source_row,
    cast(marks as bigint) as marks
from typed;
go
commit;
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
        case
        when session_id is null or user_id is null or content_id is null or watch_date is null or watch_duration_minutes is null or completion_percentage is null or device_type is null or quality_level is null
            then
                case when session_id is null then 1 else 0 end +
                case when user_id is null then 2 else 0 end +
                case when content_id is null then 4 else 0 end +
                case when watch_date is null then 8 else 0 end +
                case when watch_duration_minutes is null then 16 else 0 end +
                case when completion_percentage is null then 32 else 0 end +
                case when device_type is null then 64 else 0 end +
                case when quality_level is null then 128 else 0 end
        else 0
    end as marks,
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
    source_row,
    cast(marks as bigint) as marks
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


-- judged_content: One row per delivered title record, with its outcome. All of stg_content, nothing left out: valid
-- records of one title compete, and the one of the highest load, then of the highest position in the file, wins.
create view staging.judged_content__query as
with withdrawn as (
    select load_id
    from bronze.loads
    where status = 'withdrawn'
),

repaired as (
    select distinct
        repairs.original_load_id as load_id,
        repairs.original_row as source_row
    from bronze.repairs as repairs
    inner join staging.stg_content as mended
        on
            repairs.load_id = mended.load_id
            and repairs.source_row = mended.source_row
    left join withdrawn on repairs.load_id = withdrawn.load_id
    where
        repairs.entity = 'content'
        and mended.broken_rule is null
        and withdrawn.load_id is null
),

repeated_keys as (
    select content_id
    from staging.stg_content as records
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
    left join withdrawn on records.load_id = withdrawn.load_id
    left join repaired
        on
            records.load_id = repaired.load_id
            and records.source_row = repaired.source_row
    where
        records.broken_rule is null
        and withdrawn.load_id is null
        and repaired.load_id is null
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
        when withdrawn.load_id is not null then 'withdrawn'
        when repaired.load_id is not null then 'repaired'
        when content.broken_rule is not null then 'quarantined'
        when superseded.load_id is not null then 'superseded'
        else 'current'
    end as nvarchar(4000)) collate Latin1_General_100_BIN2 as outcome,
    cast(null as bigint) as judged_with_load_id
from staging.stg_content as content
left join superseded
    on
        content.load_id = superseded.load_id
        and content.source_row = superseded.source_row
left join withdrawn on content.load_id = withdrawn.load_id
left join repaired
    on
        content.load_id = repaired.load_id
        and content.source_row = repaired.source_row;
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


-- judged_users: One row per delivered user record, with its outcome. All of stg_users, nothing left out: valid
-- records of one user compete, and the one of the highest load, then of the highest position in the file, wins. A
-- later record that breaks a rule does not replace an earlier valid one.
create view staging.judged_users__query as
with withdrawn as (
    select load_id
    from bronze.loads
    where status = 'withdrawn'
),

repaired as (
    select distinct
        repairs.original_load_id as load_id,
        repairs.original_row as source_row
    from bronze.repairs as repairs
    inner join staging.stg_users as mended
        on
            repairs.load_id = mended.load_id
            and repairs.source_row = mended.source_row
    left join withdrawn on repairs.load_id = withdrawn.load_id
    where
        repairs.entity = 'users'
        and mended.broken_rule is null
        and withdrawn.load_id is null
),

repeated_keys as (
    select user_id
    from staging.stg_users as records
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
    left join withdrawn on records.load_id = withdrawn.load_id
    left join repaired
        on
            records.load_id = repaired.load_id
            and records.source_row = repaired.source_row
    where
        records.broken_rule is null
        and withdrawn.load_id is null
        and repaired.load_id is null
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
        when withdrawn.load_id is not null then 'withdrawn'
        when repaired.load_id is not null then 'repaired'
        when users.broken_rule is not null then 'quarantined'
        when superseded.load_id is not null then 'superseded'
        when users.is_active = 1 then 'current'
        else 'inactive_user'
    end as nvarchar(4000)) collate Latin1_General_100_BIN2 as outcome,
    cast(null as bigint) as judged_with_load_id
from staging.stg_users as users
left join superseded
    on
        users.load_id = superseded.load_id
        and users.source_row = superseded.source_row
left join withdrawn on users.load_id = withdrawn.load_id
left join repaired
    on
        users.load_id = repaired.load_id
        and users.source_row = repaired.source_row;
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


-- judged_viewing_sessions: One row per delivered session record, with its outcome. All of stg_viewing_sessions,
-- nothing left out: valid records of one session compete, and the one of the highest load, then of the highest
-- position in the file, wins. The winner is then judged by what it refers to, afresh at every build: when a missing
-- user or title arrives, the session counts.
create view staging.judged_viewing_sessions__query as
with withdrawn as (
    select load_id
    from bronze.loads
    where status = 'withdrawn'
),

repaired as (
    select distinct
        repairs.original_load_id as load_id,
        repairs.original_row as source_row
    from bronze.repairs as repairs
    inner join staging.stg_viewing_sessions as mended
        on
            repairs.load_id = mended.load_id
            and repairs.source_row = mended.source_row
    left join withdrawn on repairs.load_id = withdrawn.load_id
    where
        repairs.entity = 'viewing_sessions'
        and mended.broken_rule is null
        and withdrawn.load_id is null
),

repeated_keys as (
    select session_id
    from staging.stg_viewing_sessions as records
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
    left join withdrawn on records.load_id = withdrawn.load_id
    left join repaired
        on
            records.load_id = repaired.load_id
            and records.source_row = repaired.source_row
    where
        records.broken_rule is null
        and withdrawn.load_id is null
        and repaired.load_id is null
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
    where outcome not in ('held', 'superseded', 'quarantined', 'withdrawn', 'repaired')
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
        case
            when withdrawn.load_id is not null then 'withdrawn'
            when repaired.load_id is not null then 'repaired'
            when sessions.broken_rule is not null then 'quarantined'
            when superseded.load_id is not null then 'superseded'
        end as set_aside_as,
        case
            when
                withdrawn.load_id is not null
                or repaired.load_id is not null
                or sessions.broken_rule is not null
                or superseded.load_id is not null
                then null
            when known_users.user_id is null then 'user_unknown'
            when known_titles.content_id is null then 'content_unknown'
        end as held_by_rule
    from staging.stg_viewing_sessions as sessions
    left join superseded
        on
            sessions.load_id = superseded.load_id
            and sessions.source_row = superseded.source_row
    left join withdrawn on sessions.load_id = withdrawn.load_id
    left join repaired
        on
            sessions.load_id = repaired.load_id
            and sessions.source_row = repaired.source_row
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
    marks,
    cast(case
        when set_aside_as is not null then set_aside_as
        when held_by_rule is not null then 'held'
        when is_active = 1 then 'current'
        else 'inactive_user'
    end as nvarchar(4000)) collate Latin1_General_100_BIN2 as outcome,
    cast(null as bigint) as judged_with_load_id
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
    quality_level,
    case when outcome = 'current' then 1 else 0 end as is_active
from staging.judged_viewing_sessions
where outcome not in ('held', 'superseded', 'quarantined', 'withdrawn', 'repaired');
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


-- load_columns: One row per load and delivered column: how many records the load brought, in how many the column was
-- empty, and in how many its value was repaired, that is set to null, to a default or into its bounds. All records of
-- the load that could be read, whatever became of them; loads that were withdrawn are left out. release_year counts
-- movies only, seasons and total_episodes count series only: the others never deliver them.
create view staging.load_columns__query as
with

users_marked as (
    select
        load_id,
        source_row,
        cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as content_type,
        marks
        + case when age is null then 131072 else 0 end as marks
    from staging.judged_users
    where outcome <> 'withdrawn'
),

users_counted as (
    select
        load_id,
        content_type,
        marks,
        count(*) as records,
        min(source_row) as first_row
    from users_marked
    group by load_id, content_type, marks
),

users_columns as (
    select
        cast('user_id' as nvarchar(4000)) collate Latin1_General_100_BIN2 as column_name,
        cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as only_type,
        1 as empty_mark,
        0 as repair_mark
    union all
    select
        cast('age' as nvarchar(4000)) collate Latin1_General_100_BIN2 as column_name,
        cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as only_type,
        2 as empty_mark,
        131072 as repair_mark
    union all
    select
        cast('country' as nvarchar(4000)) collate Latin1_General_100_BIN2 as column_name,
        cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as only_type,
        4 as empty_mark,
        4 as repair_mark
    union all
    select
        cast('subscription_type' as nvarchar(4000)) collate Latin1_General_100_BIN2 as column_name,
        cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as only_type,
        8 as empty_mark,
        8 as repair_mark
    union all
    select
        cast('registration_date' as nvarchar(4000)) collate Latin1_General_100_BIN2 as column_name,
        cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as only_type,
        16 as empty_mark,
        0 as repair_mark
    union all
    select
        cast('total_watch_time_hours' as nvarchar(4000)) collate Latin1_General_100_BIN2 as column_name,
        cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as only_type,
        32 as empty_mark,
        0 as repair_mark
    
),


viewing_sessions_marked as (
    select
        load_id,
        source_row,
        cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as content_type,
        marks
        + case when completion_percentage is null then 2097152 else 0 end as marks
    from staging.judged_viewing_sessions
    where outcome <> 'withdrawn'
),

viewing_sessions_counted as (
    select
        load_id,
        content_type,
        marks,
        count(*) as records,
        min(source_row) as first_row
    from viewing_sessions_marked
    group by load_id, content_type, marks
),

viewing_sessions_columns as (
    select
        cast('session_id' as nvarchar(4000)) collate Latin1_General_100_BIN2 as column_name,
        cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as only_type,
        1 as empty_mark,
        0 as repair_mark
    union all
    select
        cast('user_id' as nvarchar(4000)) collate Latin1_General_100_BIN2 as column_name,
        cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as only_type,
        2 as empty_mark,
        0 as repair_mark
    union all
    select
        cast('content_id' as nvarchar(4000)) collate Latin1_General_100_BIN2 as column_name,
        cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as only_type,
        4 as empty_mark,
        0 as repair_mark
    union all
    select
        cast('watch_date' as nvarchar(4000)) collate Latin1_General_100_BIN2 as column_name,
        cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as only_type,
        8 as empty_mark,
        0 as repair_mark
    union all
    select
        cast('watch_duration_minutes' as nvarchar(4000)) collate Latin1_General_100_BIN2 as column_name,
        cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as only_type,
        16 as empty_mark,
        0 as repair_mark
    union all
    select
        cast('completion_percentage' as nvarchar(4000)) collate Latin1_General_100_BIN2 as column_name,
        cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as only_type,
        32 as empty_mark,
        2097152 as repair_mark
    union all
    select
        cast('device_type' as nvarchar(4000)) collate Latin1_General_100_BIN2 as column_name,
        cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as only_type,
        64 as empty_mark,
        64 as repair_mark
    union all
    select
        cast('quality_level' as nvarchar(4000)) collate Latin1_General_100_BIN2 as column_name,
        cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as only_type,
        128 as empty_mark,
        128 as repair_mark
    
),


content_marked as (
    select
        load_id,
        source_row,
        content_type as content_type,
        marks
        + case when views_count is null then 4194304 else 0 end
        + case when production_budget is null then 8388608 else 0 end as marks
    from staging.judged_content
    where outcome <> 'withdrawn'
),

content_counted as (
    select
        load_id,
        content_type,
        marks,
        count(*) as records,
        min(source_row) as first_row
    from content_marked
    group by load_id, content_type, marks
),

content_columns as (
    select
        cast('content_id' as nvarchar(4000)) collate Latin1_General_100_BIN2 as column_name,
        cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as only_type,
        1 as empty_mark,
        0 as repair_mark
    union all
    select
        cast('title' as nvarchar(4000)) collate Latin1_General_100_BIN2 as column_name,
        cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as only_type,
        2 as empty_mark,
        2 as repair_mark
    union all
    select
        cast('genre' as nvarchar(4000)) collate Latin1_General_100_BIN2 as column_name,
        cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as only_type,
        4 as empty_mark,
        4 as repair_mark
    union all
    select
        cast('duration_minutes' as nvarchar(4000)) collate Latin1_General_100_BIN2 as column_name,
        cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as only_type,
        8 as empty_mark,
        0 as repair_mark
    union all
    select
        cast('release_year' as nvarchar(4000)) collate Latin1_General_100_BIN2 as column_name,
        cast('movie' as nvarchar(4000)) collate Latin1_General_100_BIN2 as only_type,
        16 as empty_mark,
        1048576 as repair_mark
    union all
    select
        cast('rating' as nvarchar(4000)) collate Latin1_General_100_BIN2 as column_name,
        cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as only_type,
        32 as empty_mark,
        2097152 as repair_mark
    union all
    select
        cast('views_count' as nvarchar(4000)) collate Latin1_General_100_BIN2 as column_name,
        cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as only_type,
        64 as empty_mark,
        4194304 as repair_mark
    union all
    select
        cast('production_budget' as nvarchar(4000)) collate Latin1_General_100_BIN2 as column_name,
        cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as only_type,
        128 as empty_mark,
        8388608 as repair_mark
    union all
    select
        cast('seasons' as nvarchar(4000)) collate Latin1_General_100_BIN2 as column_name,
        cast('series' as nvarchar(4000)) collate Latin1_General_100_BIN2 as only_type,
        256 as empty_mark,
        0 as repair_mark
    union all
    select
        cast('total_episodes' as nvarchar(4000)) collate Latin1_General_100_BIN2 as column_name,
        cast('series' as nvarchar(4000)) collate Latin1_General_100_BIN2 as only_type,
        512 as empty_mark,
        0 as repair_mark
    
)







select
    counted.load_id,
    cast('users' as nvarchar(4000)) collate Latin1_General_100_BIN2 as entity,
    described.column_name,
    cast(sum(counted.records) as bigint) as records,
    cast(sum(case when (counted.marks & described.empty_mark) > 0 then counted.records else 0 end) as bigint) as empty_values,
    cast(sum(case when (counted.marks & described.repair_mark) > 0 and (optional_columns.load_id is null or not (counted.marks & described.empty_mark) > 0) then counted.records else 0 end) as bigint) as repaired_values,
    min(case when (counted.marks & described.repair_mark) > 0 and (optional_columns.load_id is null or not (counted.marks & described.empty_mark) > 0) then counted.first_row end) as first_repaired_row
from users_counted as counted
inner join users_columns as described
    on counted.content_type = described.only_type or described.only_type is null
left join bronze.optional_columns as optional_columns
    on
        counted.load_id = optional_columns.load_id
        and described.column_name = optional_columns.column_name
group by counted.load_id, described.column_name
union all

select
    counted.load_id,
    cast('viewing_sessions' as nvarchar(4000)) collate Latin1_General_100_BIN2 as entity,
    described.column_name,
    cast(sum(counted.records) as bigint) as records,
    cast(sum(case when (counted.marks & described.empty_mark) > 0 then counted.records else 0 end) as bigint) as empty_values,
    cast(sum(case when (counted.marks & described.repair_mark) > 0 and (optional_columns.load_id is null or not (counted.marks & described.empty_mark) > 0) then counted.records else 0 end) as bigint) as repaired_values,
    min(case when (counted.marks & described.repair_mark) > 0 and (optional_columns.load_id is null or not (counted.marks & described.empty_mark) > 0) then counted.first_row end) as first_repaired_row
from viewing_sessions_counted as counted
inner join viewing_sessions_columns as described
    on counted.content_type = described.only_type or described.only_type is null
left join bronze.optional_columns as optional_columns
    on
        counted.load_id = optional_columns.load_id
        and described.column_name = optional_columns.column_name
group by counted.load_id, described.column_name
union all

select
    counted.load_id,
    cast('content' as nvarchar(4000)) collate Latin1_General_100_BIN2 as entity,
    described.column_name,
    cast(sum(counted.records) as bigint) as records,
    cast(sum(case when (counted.marks & described.empty_mark) > 0 then counted.records else 0 end) as bigint) as empty_values,
    cast(sum(case when (counted.marks & described.repair_mark) > 0 and (optional_columns.load_id is null or not (counted.marks & described.empty_mark) > 0) then counted.records else 0 end) as bigint) as repaired_values,
    min(case when (counted.marks & described.repair_mark) > 0 and (optional_columns.load_id is null or not (counted.marks & described.empty_mark) > 0) then counted.first_row end) as first_repaired_row
from content_counted as counted
inner join content_columns as described
    on counted.content_type = described.only_type or described.only_type is null
left join bronze.optional_columns as optional_columns
    on
        counted.load_id = optional_columns.load_id
        and described.column_name = optional_columns.column_name
group by counted.load_id, described.column_name;
go
select * into dbo.load_columns__new from staging.load_columns__query;
drop view staging.load_columns__query;
go
begin transaction;
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'load_columns' and table_type = 'VIEW') drop view [dbo].[load_columns];
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'load_columns' and table_type = 'BASE TABLE') drop table [dbo].[load_columns];
exec sp_rename N'dbo.load_columns__new', N'load_columns', N'OBJECT';
if database_principal_id('goldreel_analyst') is not null grant select on dbo.[load_columns] to goldreel_analyst;
if database_principal_id('goldreel_dashboard') is not null grant select on dbo.[load_columns] to goldreel_dashboard;
commit;
go


-- quarantine: One row per delivered record that breaks a rule by itself, with the first rule it broke. For whoever
-- mends the source: each row says where the record stands and which value is wrong. Left out: what could not be read
-- as a record at all (bronze.rejected_records) and sessions that only wait for a user or title
-- (held_viewing_sessions).
create view staging.quarantine__query as
with quarantined as (
    select
        cast('users' as nvarchar(4000)) collate Latin1_General_100_BIN2 as entity,
        user_id as record_key,
        broken_rule,
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
        broken_rule,
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
        broken_rule,
        offending_value,
        load_id,
        source_file,
        source_row
    from staging.judged_content
    where outcome = 'quarantined'
    
),

-- a repair that breaks a rule itself: of what it was to mend, the record that was delivered first
mended as (
    select
        repairs.load_id,
        repairs.source_row,
        repairs.original_load_id,
        repairs.original_row,
        cast(loads.source_file as nvarchar(4000)) collate Latin1_General_100_BIN2 as original_file,
        row_number() over (
            partition by repairs.load_id, repairs.source_row order by repairs.original_load_id, repairs.original_row
        ) as place
    from bronze.repairs as repairs
    inner join bronze.loads as loads on repairs.original_load_id = loads.load_id
)

select
    quarantined.entity,
    quarantined.record_key,
    quarantined.broken_rule as "rule",
    quarantined.offending_value,
    quarantined.load_id,
    quarantined.source_file,
    quarantined.source_row,
    mended.original_load_id as mends_load_id,
    mended.original_file as mends_source_file,
    mended.original_row as mends_source_row
from quarantined
left join mended
    on
        quarantined.load_id = mended.load_id
        and quarantined.source_row = mended.source_row
        and mended.place = 1;
go
select * into dbo.quarantine__new from staging.quarantine__query;
drop view staging.quarantine__query;
go
begin transaction;
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'records_to_repair' and table_type = 'VIEW') drop view [dbo].[records_to_repair];
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'records_to_repair' and table_type = 'BASE TABLE') drop table [dbo].[records_to_repair];
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'quarantine' and table_type = 'VIEW') drop view [dbo].[quarantine];
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'quarantine' and table_type = 'BASE TABLE') drop table [dbo].[quarantine];
exec sp_rename N'dbo.quarantine__new', N'quarantine', N'OBJECT';
if database_principal_id('goldreel_analyst') is not null grant select on dbo.[quarantine] to goldreel_analyst;
commit;
go


-- load_checks: One row per load and check: what the load looks like as a whole. A load that is stopped keeps its
-- build from being published until someone accepts it; one that is suspicious is published, and told of. A load is
-- judged by itself and by the loads before it, those that were withdrawn left out; where it waits for users and
-- titles, also by those that came since.
create view staging.load_checks__query as
with seen_loads as (
    select
        load_id,
        cast(entity as nvarchar(4000)) collate Latin1_General_100_BIN2 as entity,
        cast(source_file as nvarchar(4000)) collate Latin1_General_100_BIN2 as source_file,
        cast(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(source_file, '.gz', ''), '0', ''), '1', ''), '2', ''), '3', ''), '4', ''), '5', ''), '6', ''), '7', ''), '8', ''), '9', '') as nvarchar(4000)) collate Latin1_General_100_BIN2 as file_pattern,
        records_delivered,
        status
    from bronze.loads
),

-- what was taken back needs nobody any more, and is no measure for later loads
loads as (
    select *
    from seen_loads
    where status <> 'withdrawn'
),

broken_kinds as (
    select
        load_id,
        cast("rule" as nvarchar(4000)) collate Latin1_General_100_BIN2 as broken_rule,
        count(*) as records,
        min(source_row) as first_row
    from dbo.quarantine
    group by load_id, cast("rule" as nvarchar(4000)) collate Latin1_General_100_BIN2

    union all

    select
        load_id,
        cast('rejected' as nvarchar(4000)) collate Latin1_General_100_BIN2 as broken_rule,
        count(*) as records,
        min(source_row) as first_row
    from bronze.rejected_records
    group by load_id
),

broken_ranked as (
    select
        load_id,
        broken_rule,
        records,
        first_row,
        sum(records) over (partition by load_id) as broken,
        row_number() over (partition by load_id order by records desc, first_row) as place
    from broken_kinds
),

broken_share as (
    select
        loads.load_id,
        concat(
            coalesce(worst.broken, 0), ' of ', loads.records_delivered, ' records (',
            concat(cast(floor(cast(floor(coalesce(cast(1000 * worst.broken as float) / nullif(cast(loads.records_delivered as float), 0), 0) + 0.5) as bigint) / 10) as bigint), '.', cast(floor(coalesce(cast(1000 * worst.broken as float) / nullif(cast(loads.records_delivered as float), 0), 0) + 0.5) as bigint) % 10, '%'), ')',
            case
                when worst.broken > worst.records
                    then concat(', ', worst.records, ' of them: ', case when worst.broken_rule = 'rejected' then 'no records' else worst.broken_rule end)
                when worst.broken > 0 then concat(': ', case when worst.broken_rule = 'rejected' then 'no records' else worst.broken_rule end)
                else ''
            end
        ) as observed,
        'at most 10%; stopped above 50%' as expected,
        case
        when worst.broken is null or loads.records_delivered < 20 then 'ok'
        when cast(worst.broken as float) / nullif(cast(loads.records_delivered as float), 0) > 0.5 then 'stopped'
        when cast(worst.broken as float) / nullif(cast(loads.records_delivered as float), 0) > 0.1 then 'suspicious'
        else 'ok'
    end as verdict,
        case
            when worst.broken_rule = 'rejected' then concat('row ', worst.first_row, ': ', rejected.reason)
            when worst.broken > 0
                then concat(
                    coalesce(explained.judged_column, ''), ' = ',
                    coalesce(quarantined.offending_value, 'nothing'), ' (row ', worst.first_row, ')'
                )
        end as example
    from loads
    left join broken_ranked as worst
        on
            loads.load_id = worst.load_id
            and worst.place = 1
    left join dbo.quarantine as quarantined
        on
            worst.load_id = quarantined.load_id
            and worst.first_row = quarantined.source_row
            and worst.broken_rule <> 'rejected'
    left join bronze.rejected_records as rejected
        on
            worst.load_id = rejected.load_id
            and worst.first_row = rejected.source_row
            and worst.broken_rule = 'rejected'
    left join dbo.data_quality_rules as explained
        on
            loads.entity = explained.entity
            and worst.broken_rule = explained."rule"
),

held_kinds as (
    select
        load_id,
        cast("rule" as nvarchar(4000)) collate Latin1_General_100_BIN2 as held_rule,
        count(*) as records,
        min(source_row) as first_row
    from dbo.held_viewing_sessions
    group by load_id, cast("rule" as nvarchar(4000)) collate Latin1_General_100_BIN2
),

held_ranked as (
    select
        load_id,
        held_rule,
        records,
        first_row,
        sum(records) over (partition by load_id) as held,
        row_number() over (partition by load_id order by records desc, first_row) as place
    from held_kinds
),

held_share as (
    select
        loads.load_id,
        concat(
            coalesce(worst.held, 0), ' of ', loads.records_delivered, ' records (',
            concat(cast(floor(cast(floor(coalesce(cast(1000 * worst.held as float) / nullif(cast(loads.records_delivered as float), 0), 0) + 0.5) as bigint) / 10) as bigint), '.', cast(floor(coalesce(cast(1000 * worst.held as float) / nullif(cast(loads.records_delivered as float), 0), 0) + 0.5) as bigint) % 10, '%'), ')',
            case
                when worst.held > worst.records then concat(', ', worst.records, ' of them: ', worst.held_rule)
                when worst.held > 0 then concat(': ', worst.held_rule)
                else ''
            end
        ) as observed,
        'at most 10%; stopped above 50%' as expected,
        case
        when worst.held is null or loads.records_delivered < 20 then 'ok'
        when cast(worst.held as float) / nullif(cast(loads.records_delivered as float), 0) > 0.5 then 'stopped'
        when cast(worst.held as float) / nullif(cast(loads.records_delivered as float), 0) > 0.1 then 'suspicious'
        else 'ok'
    end as verdict,
        case
            when worst.held > 0 then concat(held.offending_value, ' (row ', worst.first_row, ')')
        end as example
    from loads
    left join held_ranked as worst
        on
            loads.load_id = worst.load_id
            and worst.place = 1
    left join dbo.held_viewing_sessions as held
        on
            worst.load_id = held.load_id
            and worst.first_row = held.source_row
),

repaired_judged as (
    select
        load_id,
        column_name,
        records,
        repaired_values,
        first_repaired_row,
        cast(repaired_values as float) / nullif(cast(records as float), 0) as share,
        case
            when
                records >= 5
                and cast(repaired_values as float) / nullif(cast(records as float), 0) > 0.5
                then 1
            else 0
        end as is_over
    from dbo.load_columns
    where records > 0
),

repaired_ranked as (
    select
        load_id,
        column_name,
        records,
        repaired_values,
        first_repaired_row,
        is_over,
        sum(is_over) over (partition by load_id) as columns_over,
        row_number() over (partition by load_id order by is_over desc, share desc, column_name) as place
    from repaired_judged
),


repaired_users as (
    select
        worst.load_id,
        case worst.column_name
            when 'age' then cast(delivered.age as nvarchar(4000)) collate Latin1_General_100_BIN2
            when 'country' then cast(delivered.country as nvarchar(4000)) collate Latin1_General_100_BIN2
            when 'subscription_type' then cast(delivered.subscription_type as nvarchar(4000)) collate Latin1_General_100_BIN2
        end as delivered_value
    from repaired_ranked as worst
    inner join bronze.users as delivered
        on
            worst.load_id = delivered._load_id
            and worst.first_repaired_row = delivered._source_row
    inner join loads on worst.load_id = loads.load_id
    where worst.place = 1 and worst.is_over = 1 and loads.entity = 'users'
),

repaired_viewing_sessions as (
    select
        worst.load_id,
        case worst.column_name
            when 'completion_percentage' then cast(delivered.completion_percentage as nvarchar(4000)) collate Latin1_General_100_BIN2
            when 'device_type' then cast(delivered.device_type as nvarchar(4000)) collate Latin1_General_100_BIN2
            when 'quality_level' then cast(delivered.quality_level as nvarchar(4000)) collate Latin1_General_100_BIN2
        end as delivered_value
    from repaired_ranked as worst
    inner join bronze.viewing_sessions as delivered
        on
            worst.load_id = delivered._load_id
            and worst.first_repaired_row = delivered._source_row
    inner join loads on worst.load_id = loads.load_id
    where worst.place = 1 and worst.is_over = 1 and loads.entity = 'viewing_sessions'
),

repaired_content as (
    select
        worst.load_id,
        case worst.column_name
            when 'title' then cast(delivered.title as nvarchar(4000)) collate Latin1_General_100_BIN2
            when 'genre' then cast(delivered.genre as nvarchar(4000)) collate Latin1_General_100_BIN2
            when 'release_year' then cast(delivered.release_year as nvarchar(4000)) collate Latin1_General_100_BIN2
            when 'rating' then cast(delivered.rating as nvarchar(4000)) collate Latin1_General_100_BIN2
            when 'views_count' then cast(delivered.views_count as nvarchar(4000)) collate Latin1_General_100_BIN2
            when 'production_budget' then cast(delivered.production_budget as nvarchar(4000)) collate Latin1_General_100_BIN2
        end as delivered_value
    from repaired_ranked as worst
    inner join bronze.content as delivered
        on
            worst.load_id = delivered._load_id
            and worst.first_repaired_row = delivered._source_row
    inner join loads on worst.load_id = loads.load_id
    where worst.place = 1 and worst.is_over = 1 and loads.entity = 'content'
),


repaired_values as (
    select
        load_id,
        delivered_value
    from repaired_users
    union all
    select
        load_id,
        delivered_value
    from repaired_viewing_sessions
    union all
    select
        load_id,
        delivered_value
    from repaired_content
    
),

repaired_share as (
    select
        loads.load_id,
        case
            when worst.repaired_values > 0
                then concat(
                    worst.column_name, ': ', worst.repaired_values, ' of ', worst.records, ' values (',
                    concat(cast(floor(cast(floor(coalesce(cast(1000 * worst.repaired_values as float) / nullif(cast(worst.records as float), 0), 0) + 0.5) as bigint) / 10) as bigint), '.', cast(floor(coalesce(cast(1000 * worst.repaired_values as float) / nullif(cast(worst.records as float), 0), 0) + 0.5) as bigint) % 10, '%'), ')',
                    case
                        when worst.columns_over > 1
                            then concat(', and ', concat(worst.columns_over - 1, case when worst.columns_over - 1 = 1 then ' other column' else ' other columns' end))
                        else ''
                    end
                )
            else 'none'
        end as observed,
        'at most 50% of a column' as expected,
        case when worst.is_over = 1 then 'suspicious' else 'ok' end as verdict,
        case
            when worst.is_over = 1
                then concat(
                    worst.column_name, ' = ', coalesce(repaired_values.delivered_value, 'nothing'), ' (row ',
                    worst.first_repaired_row, ')'
                )
        end as example
    from loads
    left join repaired_ranked as worst
        on
            loads.load_id = worst.load_id
            and worst.place = 1
    left join repaired_values on loads.load_id = repaired_values.load_id
),

filled_before as (
    select
        load_columns.load_id,
        load_columns.column_name,
        load_columns.records,
        load_columns.empty_values,
        sum(load_columns.records) over (
            partition by load_columns.entity, load_columns.column_name
            order by load_columns.load_id rows between unbounded preceding and 1 preceding
        ) as records_before,
        sum(load_columns.records - load_columns.empty_values) over (
            partition by load_columns.entity, load_columns.column_name
            order by load_columns.load_id rows between unbounded preceding and 1 preceding
        ) as filled_values_before
    from dbo.load_columns as load_columns
    inner join loads on load_columns.load_id = loads.load_id
),

emptied as (
    select
        load_id,
        column_name,
        records,
        empty_values,
        records_before,
        filled_values_before,
        count(*) over (partition by load_id) as columns_emptied,
        row_number() over (partition by load_id order by column_name) as place
    from filled_before
    where
        records >= 5
        and cast(filled_values_before as float) / nullif(cast(records_before as float), 0) >= 0.5
        and cast(empty_values as float) / nullif(cast(records as float), 0) >= 0.95
),

column_emptied as (
    select
        loads.load_id,
        case
            when emptied.load_id is null then 'none'
            else concat(
                emptied.column_name, ': empty in ', emptied.empty_values, ' of ', emptied.records, ' records (',
                concat(cast(floor(cast(floor(coalesce(cast(1000 * emptied.empty_values as float) / nullif(cast(emptied.records as float), 0), 0) + 0.5) as bigint) / 10) as bigint), '.', cast(floor(coalesce(cast(1000 * emptied.empty_values as float) / nullif(cast(emptied.records as float), 0), 0) + 0.5) as bigint) % 10, '%'), ')',
                case
                    when emptied.columns_emptied > 1
                        then concat(', and ', concat(emptied.columns_emptied - 1, case when emptied.columns_emptied - 1 = 1 then ' other column' else ' other columns' end))
                    else ''
                end
            )
        end as observed,
        'empty in less than 95%, where a column was filled in 50% or more before' as expected,
        case when emptied.load_id is null then 'ok' else 'suspicious' end as verdict,
        case
            when emptied.load_id is not null
                then concat(
                    emptied.column_name, ': filled in ',
                    concat(cast(floor(cast(floor(coalesce(cast(1000 * emptied.filled_values_before as float) / nullif(cast(emptied.records_before as float), 0), 0) + 0.5) as bigint) / 10) as bigint), '.', cast(floor(coalesce(cast(1000 * emptied.filled_values_before as float) / nullif(cast(emptied.records_before as float), 0), 0) + 0.5) as bigint) % 10, '%'),
                    ' of the ', emptied.records_before, ' records before'
                )
        end as example
    from loads
    left join emptied
        on
            loads.load_id = emptied.load_id
            and emptied.place = 1
),

loads_in_turn as (
    select
        load_id,
        entity,
        file_pattern,
        records_delivered,
        row_number() over (partition by entity, file_pattern order by load_id) as turn
    from loads
),

loads_before as (
    select
        this.load_id,
        earlier.records_delivered,
        count(*) over (partition by this.load_id) as number_of_loads,
        row_number() over (partition by this.load_id order by earlier.records_delivered, earlier.load_id) as place
    from loads_in_turn as this
    inner join loads_in_turn as earlier
        on
            this.entity = earlier.entity
            and this.file_pattern = earlier.file_pattern
            and earlier.turn between this.turn - 8 and this.turn - 1
),

usual_volume as (
    select
        load_id,
        max(number_of_loads) as number_of_loads,
        avg(cast(records_delivered as float)) as median_records
    from loads_before
    where place * 2 between number_of_loads and number_of_loads + 2
    group by load_id
),

volume_judged as (
    select
        loads.load_id,
        loads.records_delivered,
        usual_volume.number_of_loads,
        usual_volume.median_records,
        case
            when
                usual_volume.number_of_loads >= 3
                and (
                    (
                        usual_volume.median_records >= 20
                        and loads.records_delivered < 0.2 * usual_volume.median_records
                    )
                    or (
                        loads.records_delivered >= 20
                        and loads.records_delivered > 5.0 * usual_volume.median_records
                    )
                )
                then 'suspicious'
            else 'ok'
        end as verdict
    from loads
    left join usual_volume on loads.load_id = usual_volume.load_id
),

volume as (
    select
        load_id,
        concat(records_delivered, case when records_delivered = 1 then ' record' else ' records' end) as observed,
        case
            when coalesce(number_of_loads, 0) < 3
                then 'anything: fewer than 3 such files before'
            else concat(
                'from 20% to 5 times of ',
                cast(floor(median_records) as bigint), ', the median of the last ', number_of_loads, ' such files'
            )
        end as expected,
        verdict,
        cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as example
    from volume_judged
),


users_seen as (
    select
        user_id,
        load_id,
        min(load_id) over (partition by user_id) as first_load
    from staging.judged_users
    where outcome in ('current', 'inactive_user', 'superseded')
    group by user_id, load_id
),

users_known as (
    select
        load_id,
        count(*) as known_keys
    from users_seen
    where first_load < load_id
    group by load_id
),

users_not_the_same as (
    select user_id
    from staging.judged_users
    where outcome in ('current', 'inactive_user', 'superseded')
    group by user_id
    having min(signup_date) <> max(signup_date)
),

users_in_loads as (
    select
        judged.user_id,
        judged.load_id,
        judged.source_row,
        judged.signup_date,
        row_number() over (
            partition by judged.user_id, judged.load_id order by judged.source_row desc
        ) as version_from_latest
    from staging.judged_users as judged
    inner join users_not_the_same on judged.user_id = users_not_the_same.user_id
    where judged.outcome in ('current', 'inactive_user', 'superseded')
),

users_compared as (
    select
        user_id,
        load_id,
        source_row,
        signup_date,
        lag(signup_date) over (partition by user_id order by load_id) as value_before,
        min(load_id) over (partition by user_id, signup_date) as first_load_of_value
    from users_in_loads
    where version_from_latest = 1
),

users_changed as (
    select
        load_id,
        source_row,
        case when first_load_of_value < load_id then 1 else 0 end as is_taken_back,
        case
            when
                year(signup_date) = year(value_before)
                and month(signup_date) = day(value_before)
                and day(signup_date) = month(value_before)
                then 1
            else 0
        end as is_swapped,
        concat(
            user_id, ': registration_date was ', convert(nvarchar(10), value_before, 23), ', is ',
            convert(nvarchar(10), signup_date, 23), ' (row ', source_row, ')'
        ) as change,
        row_number() over (partition by load_id order by source_row) as place
    from users_compared
    where signup_date <> value_before
),

users_changes as (
    select
        load_id,
        count(*) as changed,
        sum(is_taken_back) as taken_back,
        sum(is_swapped) as swapped,
        max(case when place = 1 then change end) as example
    from users_changed
    group by load_id
),

content_seen as (
    select
        content_id,
        load_id,
        min(load_id) over (partition by content_id) as first_load
    from staging.judged_content
    where outcome in ('current', 'inactive_user', 'superseded')
    group by content_id, load_id
),

content_known as (
    select
        load_id,
        count(*) as known_keys
    from content_seen
    where first_load < load_id
    group by load_id
),

content_not_the_same as (
    select content_id
    from staging.judged_content
    where outcome in ('current', 'inactive_user', 'superseded')
    group by content_id
    having min(content_type) <> max(content_type)
),

content_in_loads as (
    select
        judged.content_id,
        judged.load_id,
        judged.source_row,
        judged.content_type,
        row_number() over (
            partition by judged.content_id, judged.load_id order by judged.source_row desc
        ) as version_from_latest
    from staging.judged_content as judged
    inner join content_not_the_same on judged.content_id = content_not_the_same.content_id
    where judged.outcome in ('current', 'inactive_user', 'superseded')
),

content_compared as (
    select
        content_id,
        load_id,
        source_row,
        content_type,
        lag(content_type) over (partition by content_id order by load_id) as value_before,
        min(load_id) over (partition by content_id, content_type) as first_load_of_value
    from content_in_loads
    where version_from_latest = 1
),

content_changed as (
    select
        load_id,
        source_row,
        case when first_load_of_value < load_id then 1 else 0 end as is_taken_back,
        0 as is_swapped,
        concat(
            content_id, ': content_type was ', cast(value_before as nvarchar(4000)) collate Latin1_General_100_BIN2, ', is ',
            cast(content_type as nvarchar(4000)) collate Latin1_General_100_BIN2, ' (row ', source_row, ')'
        ) as change,
        row_number() over (partition by load_id order by source_row) as place
    from content_compared
    where content_type <> value_before
),

content_changes as (
    select
        load_id,
        count(*) as changed,
        sum(is_taken_back) as taken_back,
        sum(is_swapped) as swapped,
        max(case when place = 1 then change end) as example
    from content_changed
    group by load_id
),


identities as (
    select
        known.load_id,
        known.known_keys,
        coalesce(changes.changed, 0) as changed,
        coalesce(changes.taken_back, 0) as taken_back,
        coalesce(changes.swapped, 0) as swapped,
        cast(changes.example as nvarchar(4000)) collate Latin1_General_100_BIN2 as example,
        cast('known users' as nvarchar(4000)) collate Latin1_General_100_BIN2 as who
    from users_known as known
    left join users_changes as changes on known.load_id = changes.load_id
    union all
    select
        known.load_id,
        known.known_keys,
        coalesce(changes.changed, 0) as changed,
        coalesce(changes.taken_back, 0) as taken_back,
        coalesce(changes.swapped, 0) as swapped,
        cast(changes.example as nvarchar(4000)) collate Latin1_General_100_BIN2 as example,
        cast('known titles' as nvarchar(4000)) collate Latin1_General_100_BIN2 as who
    from content_known as known
    left join content_changes as changes on known.load_id = changes.load_id
    
),

identity_changed as (
    select
        loads.load_id,
        case
            when identities.load_id is null then 'nothing known before'
            else concat(
                identities.changed, ' of ', identities.known_keys, ' ', identities.who, ' (',
                concat(cast(floor(cast(floor(coalesce(cast(1000 * identities.changed as float) / nullif(cast(identities.known_keys as float), 0), 0) + 0.5) as bigint) / 10) as bigint), '.', cast(floor(coalesce(cast(1000 * identities.changed as float) / nullif(cast(identities.known_keys as float), 0), 0) + 0.5) as bigint) % 10, '%'), ')',
                case
                    when identities.swapped > 0 and identities.swapped * 2 >= identities.changed
                        then concat(': day and month changed places in ', identities.swapped)
                    else ''
                end,
                case
                    when identities.taken_back > 0
                        then concat(', ', identities.taken_back, ' of them back to what an earlier load said')
                    else ''
                end
            )
        end as observed,
        'at most 5%; stopped above 30%' as expected,
        case
            when coalesce(identities.known_keys, 0) < 5 then 'ok'
            when
                cast(identities.changed - identities.taken_back as float) / nullif(cast(identities.known_keys as float), 0)
                > 0.3
                then 'stopped'
            when
                cast(identities.changed as float) / nullif(cast(identities.known_keys as float), 0) > 0.05
                then 'suspicious'
            else 'ok'
        end as verdict,
        identities.example
    from loads
    left join identities on loads.load_id = identities.load_id
),

days_of_loads as (
    select
        load_id,
        watch_date,
        count(*) as sessions
    from staging.judged_viewing_sessions
    where outcome not in ('quarantined', 'withdrawn', 'repaired')
    group by load_id, watch_date
),

first_arrivals as (
    select
        watch_date,
        min(load_id) as first_load
    from days_of_loads
    group by watch_date
),

days_in_turn as (
    select
        load_id,
        watch_date,
        sessions,
        lead(watch_date) over (partition by load_id order by watch_date) as next_date,
        lead(sessions) over (partition by load_id order by watch_date) as next_sessions,
        count(*) over (partition by load_id) as days_with_sessions,
        max(sessions) over (partition by load_id) - min(sessions) over (partition by load_id) + 1 as numbers_of_sessions,
        avg(cast(sessions as float)) over (partition by load_id) as mean_sessions
    from days_of_loads
),

gaps as (
    select
        days_in_turn.load_id,
        days_in_turn.watch_date,
        days_in_turn.days_with_sessions,
        datediff(day, days_in_turn.watch_date, days_in_turn.next_date) - 1 as empty_days,
        cast(days_in_turn.sessions + days_in_turn.next_sessions as float) / 2 as sessions_around,
        days_in_turn.mean_sessions,
        case
            when days_in_turn.numbers_of_sessions / sqrt(2 * 3.14159265 * days_in_turn.mean_sessions) >= 1 then 1
            else power(days_in_turn.numbers_of_sessions / sqrt(2 * 3.14159265 * days_in_turn.mean_sessions), cast(days_in_turn.days_with_sessions as float))
        end as chance_of_even_days,
        sum(case when first_arrivals.watch_date is null then 0 else 1 end) as known_days
    from days_in_turn
    left join first_arrivals
        on
            days_in_turn.watch_date < first_arrivals.watch_date
            and days_in_turn.next_date > first_arrivals.watch_date
            and days_in_turn.load_id > first_arrivals.first_load
    where datediff(day, days_in_turn.watch_date, days_in_turn.next_date) > 1
    group by
        days_in_turn.load_id, days_in_turn.watch_date, days_in_turn.next_date, days_in_turn.days_with_sessions,
        days_in_turn.sessions, days_in_turn.next_sessions, days_in_turn.numbers_of_sessions, days_in_turn.mean_sessions
),

missing_in_loads as (
    select
        load_id,
        sum(empty_days - known_days) as missing_days,
        dateadd(day, 1, min(watch_date)) as first_missing
    from gaps
    where
        known_days < empty_days
        and (
            (
                chance_of_even_days < 0.01
                and chance_of_even_days * exp(-sessions_around * (empty_days - known_days)) < 0.0005000000
            )
            or days_with_sessions * exp(-sessions_around) < 0.0005000000
        )
    group by load_id, days_with_sessions
    having sum(empty_days - known_days) * 2 <= days_with_sessions
),

days_missing as (
    select
        loads.load_id,
        case
            when missing_in_loads.load_id is null then 'none'
            else concat(missing_in_loads.missing_days, case when missing_in_loads.missing_days = 1 then ' day' else ' days' end)
        end as observed,
        'none' as expected,
        case when missing_in_loads.load_id is null then 'ok' else 'suspicious' end as verdict,
        convert(nvarchar(10), missing_in_loads.first_missing, 23) as example
    from loads
    left join missing_in_loads on loads.load_id = missing_in_loads.load_id
),

zombies as (
    select
        sessions.load_id,
        sessions.source_row,
        concat(
            sessions.session_id, ': ', cast(floor(sessions.duration_minutes) as bigint), ' minutes of ',
            sessions.content_id, ', which lasts ', cast(floor(titles.duration_minutes) as bigint), ' (row ',
            sessions.source_row, ')'
        ) as play,
        row_number() over (
            partition by sessions.load_id order by sessions.duration_minutes desc, sessions.source_row
        ) as place
    from staging.judged_viewing_sessions as sessions
    inner join staging.judged_content as titles
        on
            sessions.content_id = titles.content_id
            and titles.outcome = 'current'
    where
        sessions.outcome not in ('quarantined', 'withdrawn', 'repaired')
        and sessions.duration_minutes >= 300
        and sessions.duration_minutes > 3.0 * titles.duration_minutes
),

zombies_in_loads as (
    select
        load_id,
        count(*) as zombies,
        max(case when place = 1 then play end) as example
    from zombies
    group by load_id
),

zombie_plays as (
    select
        loads.load_id,
        concat(
            coalesce(zombies_in_loads.zombies, 0), ' of ', loads.records_delivered, ' sessions (',
            concat(cast(floor(cast(floor(coalesce(cast(1000 * zombies_in_loads.zombies as float) / nullif(cast(loads.records_delivered as float), 0), 0) + 0.5) as bigint) / 10) as bigint), '.', cast(floor(coalesce(cast(1000 * zombies_in_loads.zombies as float) / nullif(cast(loads.records_delivered as float), 0), 0) + 0.5) as bigint) % 10, '%'), ')'
        ) as observed,
        'at most 0.1% of 300 minutes or more and 3 times the title' as expected,
        case
            when
                cast(zombies_in_loads.zombies as float) / nullif(cast(loads.records_delivered as float), 0)
                > 0.001
                then 'suspicious'
            else 'ok'
        end as verdict,
        zombies_in_loads.example
    from loads
    left join zombies_in_loads on loads.load_id = zombies_in_loads.load_id
),


users_spelled as (
    select
        load_id,
        country,
        subscription_type,
        count(*) as records,
        min(source_row) as first_row
    from staging.judged_users
    where outcome <> 'withdrawn'
    group by load_id, country, subscription_type
),

viewing_sessions_spelled as (
    select
        load_id,
        device_type,
        quality_level,
        count(*) as records,
        min(source_row) as first_row
    from staging.judged_viewing_sessions
    where outcome <> 'withdrawn'
    group by load_id, device_type, quality_level
),

content_spelled as (
    select
        load_id,
        title,
        genre,
        count(*) as records,
        min(source_row) as first_row
    from staging.judged_content
    where outcome <> 'withdrawn'
    group by load_id, title, genre
),

texts as (
    select
        load_id,
        cast('country' as nvarchar(4000)) collate Latin1_General_100_BIN2 as column_name,
        cast(country as nvarchar(4000)) collate Latin1_General_100_BIN2 as spelling,
        sum(records) as records,
        min(first_row) as first_row
    from users_spelled
    group by load_id, cast(country as nvarchar(4000)) collate Latin1_General_100_BIN2
    union all
    select
        load_id,
        cast('subscription_type' as nvarchar(4000)) collate Latin1_General_100_BIN2 as column_name,
        cast(subscription_type as nvarchar(4000)) collate Latin1_General_100_BIN2 as spelling,
        sum(records) as records,
        min(first_row) as first_row
    from users_spelled
    group by load_id, cast(subscription_type as nvarchar(4000)) collate Latin1_General_100_BIN2
    union all
    select
        load_id,
        cast('device_type' as nvarchar(4000)) collate Latin1_General_100_BIN2 as column_name,
        cast(device_type as nvarchar(4000)) collate Latin1_General_100_BIN2 as spelling,
        sum(records) as records,
        min(first_row) as first_row
    from viewing_sessions_spelled
    group by load_id, cast(device_type as nvarchar(4000)) collate Latin1_General_100_BIN2
    union all
    select
        load_id,
        cast('quality_level' as nvarchar(4000)) collate Latin1_General_100_BIN2 as column_name,
        cast(quality_level as nvarchar(4000)) collate Latin1_General_100_BIN2 as spelling,
        sum(records) as records,
        min(first_row) as first_row
    from viewing_sessions_spelled
    group by load_id, cast(quality_level as nvarchar(4000)) collate Latin1_General_100_BIN2
    union all
    select
        load_id,
        cast('title' as nvarchar(4000)) collate Latin1_General_100_BIN2 as column_name,
        cast(title as nvarchar(4000)) collate Latin1_General_100_BIN2 as spelling,
        sum(records) as records,
        min(first_row) as first_row
    from content_spelled
    group by load_id, cast(title as nvarchar(4000)) collate Latin1_General_100_BIN2
    union all
    select
        load_id,
        cast('genre' as nvarchar(4000)) collate Latin1_General_100_BIN2 as column_name,
        cast(genre as nvarchar(4000)) collate Latin1_General_100_BIN2 as spelling,
        sum(records) as records,
        min(first_row) as first_row
    from content_spelled
    group by load_id, cast(genre as nvarchar(4000)) collate Latin1_General_100_BIN2
    
),

encoded as (
    select
        load_id,
        column_name,
        spelling,
        records,
        first_row,
        row_number() over (partition by load_id order by records desc, first_row, column_name) as place
    from texts
    where spelling like '%[^ -~]%' and (
        (
        translate(spelling, cast(nchar(194) + nchar(195) + nchar(196) + nchar(197) + nchar(128) + nchar(129) + nchar(130) + nchar(131) + nchar(132) + nchar(133) + nchar(134) + nchar(135) + nchar(136) + nchar(137) + nchar(138) + nchar(139) + nchar(140) + nchar(141) + nchar(142) + nchar(143) + nchar(144) + nchar(145) + nchar(146) + nchar(147) + nchar(148) + nchar(149) + nchar(150) + nchar(151) + nchar(152) + nchar(153) + nchar(154) + nchar(155) + nchar(156) + nchar(157) + nchar(158) + nchar(159) + nchar(160) + nchar(161) + nchar(162) + nchar(163) + nchar(164) + nchar(165) + nchar(166) + nchar(167) + nchar(168) + nchar(169) + nchar(170) + nchar(171) + nchar(172) + nchar(173) + nchar(174) + nchar(175) + nchar(176) + nchar(177) + nchar(178) + nchar(179) + nchar(180) + nchar(181) + nchar(182) + nchar(183) + nchar(184) + nchar(185) + nchar(186) + nchar(187) + nchar(188) + nchar(189) + nchar(190) + nchar(191) + nchar(338) + nchar(339) + nchar(352) + nchar(353) + nchar(376) + nchar(381) + nchar(382) + nchar(402) + nchar(710) + nchar(732) + nchar(8211) + nchar(8212) + nchar(8216) + nchar(8217) + nchar(8218) + nchar(8220) + nchar(8221) + nchar(8222) + nchar(8224) + nchar(8225) + nchar(8226) + nchar(8230) + nchar(8240) + nchar(8249) + nchar(8250) + nchar(8364) + nchar(8482) as nvarchar(4000)) collate Latin1_General_100_BIN2, cast(nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) as nvarchar(4000)) collate Latin1_General_100_BIN2) like '%' + nchar(64976) + nchar(64977) + '%'
    )
        or (
        translate(spelling, cast(nchar(206) + nchar(207) + nchar(208) + nchar(209) + nchar(215) + nchar(216) + nchar(217) + nchar(128) + nchar(129) + nchar(130) + nchar(131) + nchar(132) + nchar(133) + nchar(134) + nchar(135) + nchar(136) + nchar(137) + nchar(138) + nchar(139) + nchar(140) + nchar(141) + nchar(142) + nchar(143) + nchar(144) + nchar(145) + nchar(146) + nchar(147) + nchar(148) + nchar(149) + nchar(150) + nchar(151) + nchar(152) + nchar(153) + nchar(154) + nchar(155) + nchar(156) + nchar(157) + nchar(158) + nchar(159) + nchar(160) + nchar(161) + nchar(162) + nchar(163) + nchar(164) + nchar(165) + nchar(166) + nchar(167) + nchar(168) + nchar(169) + nchar(170) + nchar(171) + nchar(172) + nchar(173) + nchar(174) + nchar(175) + nchar(176) + nchar(177) + nchar(178) + nchar(179) + nchar(180) + nchar(181) + nchar(182) + nchar(183) + nchar(184) + nchar(185) + nchar(186) + nchar(187) + nchar(188) + nchar(189) + nchar(190) + nchar(191) + nchar(338) + nchar(339) + nchar(352) + nchar(353) + nchar(376) + nchar(381) + nchar(382) + nchar(402) + nchar(710) + nchar(732) + nchar(8211) + nchar(8212) + nchar(8216) + nchar(8217) + nchar(8218) + nchar(8220) + nchar(8221) + nchar(8222) + nchar(8224) + nchar(8225) + nchar(8226) + nchar(8230) + nchar(8240) + nchar(8249) + nchar(8250) + nchar(8364) + nchar(8482) as nvarchar(4000)) collate Latin1_General_100_BIN2, cast(nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) as nvarchar(4000)) collate Latin1_General_100_BIN2) like '%' + nchar(64976) + nchar(64977) + nchar(64976) + nchar(64977) + '%'
    )
        or (
        translate(spelling, cast(nchar(226) + nchar(128) + nchar(130) + nchar(132) + nchar(134) + nchar(8218) + nchar(8222) + nchar(8224) + nchar(8364) + nchar(129) + nchar(131) + nchar(133) + nchar(135) + nchar(136) + nchar(137) + nchar(138) + nchar(139) + nchar(140) + nchar(141) + nchar(142) + nchar(143) + nchar(144) + nchar(145) + nchar(146) + nchar(147) + nchar(148) + nchar(149) + nchar(150) + nchar(151) + nchar(152) + nchar(153) + nchar(154) + nchar(155) + nchar(156) + nchar(157) + nchar(158) + nchar(159) + nchar(160) + nchar(161) + nchar(162) + nchar(163) + nchar(164) + nchar(165) + nchar(166) + nchar(167) + nchar(168) + nchar(169) + nchar(170) + nchar(171) + nchar(172) + nchar(173) + nchar(174) + nchar(175) + nchar(176) + nchar(177) + nchar(178) + nchar(179) + nchar(180) + nchar(181) + nchar(182) + nchar(183) + nchar(184) + nchar(185) + nchar(186) + nchar(187) + nchar(188) + nchar(189) + nchar(190) + nchar(191) + nchar(338) + nchar(339) + nchar(352) + nchar(353) + nchar(376) + nchar(381) + nchar(382) + nchar(402) + nchar(710) + nchar(732) + nchar(8211) + nchar(8212) + nchar(8216) + nchar(8217) + nchar(8220) + nchar(8221) + nchar(8225) + nchar(8226) + nchar(8230) + nchar(8240) + nchar(8249) + nchar(8250) + nchar(8482) as nvarchar(4000)) collate Latin1_General_100_BIN2, cast(nchar(64976) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) as nvarchar(4000)) collate Latin1_General_100_BIN2) like '%' + nchar(64976) + nchar(64977) + nchar(64977) + '%'
        or translate(spelling, cast(nchar(226) + nchar(128) + nchar(130) + nchar(132) + nchar(134) + nchar(8218) + nchar(8222) + nchar(8224) + nchar(8364) + nchar(129) + nchar(131) + nchar(133) + nchar(135) + nchar(136) + nchar(137) + nchar(138) + nchar(139) + nchar(140) + nchar(141) + nchar(142) + nchar(143) + nchar(144) + nchar(145) + nchar(146) + nchar(147) + nchar(148) + nchar(149) + nchar(150) + nchar(151) + nchar(152) + nchar(153) + nchar(154) + nchar(155) + nchar(156) + nchar(157) + nchar(158) + nchar(159) + nchar(160) + nchar(161) + nchar(162) + nchar(163) + nchar(164) + nchar(165) + nchar(166) + nchar(167) + nchar(168) + nchar(169) + nchar(170) + nchar(171) + nchar(172) + nchar(173) + nchar(174) + nchar(175) + nchar(176) + nchar(177) + nchar(178) + nchar(179) + nchar(180) + nchar(181) + nchar(182) + nchar(183) + nchar(184) + nchar(185) + nchar(186) + nchar(187) + nchar(188) + nchar(189) + nchar(190) + nchar(191) + nchar(338) + nchar(339) + nchar(352) + nchar(353) + nchar(376) + nchar(381) + nchar(382) + nchar(402) + nchar(710) + nchar(732) + nchar(8211) + nchar(8212) + nchar(8216) + nchar(8217) + nchar(8220) + nchar(8221) + nchar(8225) + nchar(8226) + nchar(8230) + nchar(8240) + nchar(8249) + nchar(8250) + nchar(8482) as nvarchar(4000)) collate Latin1_General_100_BIN2, cast(nchar(64976) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) as nvarchar(4000)) collate Latin1_General_100_BIN2) like '%' + nchar(64976) + nchar(64977) + nchar(64978) + '%'
    )
        or (
        translate(spelling, cast(nchar(224) + nchar(225) + nchar(226) + nchar(227) + nchar(228) + nchar(229) + nchar(230) + nchar(231) + nchar(232) + nchar(233) + nchar(234) + nchar(235) + nchar(236) + nchar(237) + nchar(238) + nchar(239) + nchar(128) + nchar(129) + nchar(130) + nchar(131) + nchar(132) + nchar(133) + nchar(134) + nchar(135) + nchar(136) + nchar(137) + nchar(138) + nchar(139) + nchar(140) + nchar(141) + nchar(142) + nchar(143) + nchar(144) + nchar(145) + nchar(146) + nchar(147) + nchar(148) + nchar(149) + nchar(150) + nchar(151) + nchar(152) + nchar(153) + nchar(154) + nchar(155) + nchar(156) + nchar(157) + nchar(158) + nchar(159) + nchar(160) + nchar(161) + nchar(162) + nchar(163) + nchar(164) + nchar(165) + nchar(166) + nchar(167) + nchar(168) + nchar(169) + nchar(170) + nchar(171) + nchar(172) + nchar(173) + nchar(174) + nchar(175) + nchar(176) + nchar(177) + nchar(178) + nchar(179) + nchar(180) + nchar(181) + nchar(182) + nchar(183) + nchar(184) + nchar(185) + nchar(186) + nchar(187) + nchar(188) + nchar(189) + nchar(190) + nchar(191) + nchar(338) + nchar(339) + nchar(352) + nchar(353) + nchar(376) + nchar(381) + nchar(382) + nchar(402) + nchar(710) + nchar(732) + nchar(8211) + nchar(8212) + nchar(8216) + nchar(8217) + nchar(8218) + nchar(8220) + nchar(8221) + nchar(8222) + nchar(8224) + nchar(8225) + nchar(8226) + nchar(8230) + nchar(8240) + nchar(8249) + nchar(8250) + nchar(8364) + nchar(8482) as nvarchar(4000)) collate Latin1_General_100_BIN2, cast(nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) + nchar(64977) as nvarchar(4000)) collate Latin1_General_100_BIN2) like '%' + nchar(64976) + nchar(64977) + nchar(64977) + nchar(64976) + nchar(64977) + nchar(64977) + '%'
    )
        or (
        translate(spelling, cast(nchar(240) + nchar(159) + nchar(376) + nchar(128) + nchar(129) + nchar(130) + nchar(131) + nchar(132) + nchar(133) + nchar(134) + nchar(135) + nchar(136) + nchar(137) + nchar(138) + nchar(139) + nchar(140) + nchar(141) + nchar(142) + nchar(143) + nchar(144) + nchar(145) + nchar(146) + nchar(147) + nchar(148) + nchar(149) + nchar(150) + nchar(151) + nchar(152) + nchar(153) + nchar(154) + nchar(155) + nchar(156) + nchar(157) + nchar(158) + nchar(160) + nchar(161) + nchar(162) + nchar(163) + nchar(164) + nchar(165) + nchar(166) + nchar(167) + nchar(168) + nchar(169) + nchar(170) + nchar(171) + nchar(172) + nchar(173) + nchar(174) + nchar(175) + nchar(176) + nchar(177) + nchar(178) + nchar(179) + nchar(180) + nchar(181) + nchar(182) + nchar(183) + nchar(184) + nchar(185) + nchar(186) + nchar(187) + nchar(188) + nchar(189) + nchar(190) + nchar(191) + nchar(338) + nchar(339) + nchar(352) + nchar(353) + nchar(381) + nchar(382) + nchar(402) + nchar(710) + nchar(732) + nchar(8211) + nchar(8212) + nchar(8216) + nchar(8217) + nchar(8218) + nchar(8220) + nchar(8221) + nchar(8222) + nchar(8224) + nchar(8225) + nchar(8226) + nchar(8230) + nchar(8240) + nchar(8249) + nchar(8250) + nchar(8364) + nchar(8482) as nvarchar(4000)) collate Latin1_General_100_BIN2, cast(nchar(64976) + nchar(64977) + nchar(64977) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) as nvarchar(4000)) collate Latin1_General_100_BIN2) like '%' + nchar(64976) + nchar(64977) + nchar(64977) + nchar(64977) + '%'
        or translate(spelling, cast(nchar(240) + nchar(159) + nchar(376) + nchar(128) + nchar(129) + nchar(130) + nchar(131) + nchar(132) + nchar(133) + nchar(134) + nchar(135) + nchar(136) + nchar(137) + nchar(138) + nchar(139) + nchar(140) + nchar(141) + nchar(142) + nchar(143) + nchar(144) + nchar(145) + nchar(146) + nchar(147) + nchar(148) + nchar(149) + nchar(150) + nchar(151) + nchar(152) + nchar(153) + nchar(154) + nchar(155) + nchar(156) + nchar(157) + nchar(158) + nchar(160) + nchar(161) + nchar(162) + nchar(163) + nchar(164) + nchar(165) + nchar(166) + nchar(167) + nchar(168) + nchar(169) + nchar(170) + nchar(171) + nchar(172) + nchar(173) + nchar(174) + nchar(175) + nchar(176) + nchar(177) + nchar(178) + nchar(179) + nchar(180) + nchar(181) + nchar(182) + nchar(183) + nchar(184) + nchar(185) + nchar(186) + nchar(187) + nchar(188) + nchar(189) + nchar(190) + nchar(191) + nchar(338) + nchar(339) + nchar(352) + nchar(353) + nchar(381) + nchar(382) + nchar(402) + nchar(710) + nchar(732) + nchar(8211) + nchar(8212) + nchar(8216) + nchar(8217) + nchar(8218) + nchar(8220) + nchar(8221) + nchar(8222) + nchar(8224) + nchar(8225) + nchar(8226) + nchar(8230) + nchar(8240) + nchar(8249) + nchar(8250) + nchar(8364) + nchar(8482) as nvarchar(4000)) collate Latin1_General_100_BIN2, cast(nchar(64976) + nchar(64977) + nchar(64977) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) as nvarchar(4000)) collate Latin1_General_100_BIN2) like '%' + nchar(64976) + nchar(64977) + nchar(64977) + nchar(64978) + '%'
        or translate(spelling, cast(nchar(240) + nchar(159) + nchar(376) + nchar(128) + nchar(129) + nchar(130) + nchar(131) + nchar(132) + nchar(133) + nchar(134) + nchar(135) + nchar(136) + nchar(137) + nchar(138) + nchar(139) + nchar(140) + nchar(141) + nchar(142) + nchar(143) + nchar(144) + nchar(145) + nchar(146) + nchar(147) + nchar(148) + nchar(149) + nchar(150) + nchar(151) + nchar(152) + nchar(153) + nchar(154) + nchar(155) + nchar(156) + nchar(157) + nchar(158) + nchar(160) + nchar(161) + nchar(162) + nchar(163) + nchar(164) + nchar(165) + nchar(166) + nchar(167) + nchar(168) + nchar(169) + nchar(170) + nchar(171) + nchar(172) + nchar(173) + nchar(174) + nchar(175) + nchar(176) + nchar(177) + nchar(178) + nchar(179) + nchar(180) + nchar(181) + nchar(182) + nchar(183) + nchar(184) + nchar(185) + nchar(186) + nchar(187) + nchar(188) + nchar(189) + nchar(190) + nchar(191) + nchar(338) + nchar(339) + nchar(352) + nchar(353) + nchar(381) + nchar(382) + nchar(402) + nchar(710) + nchar(732) + nchar(8211) + nchar(8212) + nchar(8216) + nchar(8217) + nchar(8218) + nchar(8220) + nchar(8221) + nchar(8222) + nchar(8224) + nchar(8225) + nchar(8226) + nchar(8230) + nchar(8240) + nchar(8249) + nchar(8250) + nchar(8364) + nchar(8482) as nvarchar(4000)) collate Latin1_General_100_BIN2, cast(nchar(64976) + nchar(64977) + nchar(64977) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) as nvarchar(4000)) collate Latin1_General_100_BIN2) like '%' + nchar(64976) + nchar(64977) + nchar(64978) + nchar(64977) + '%'
        or translate(spelling, cast(nchar(240) + nchar(159) + nchar(376) + nchar(128) + nchar(129) + nchar(130) + nchar(131) + nchar(132) + nchar(133) + nchar(134) + nchar(135) + nchar(136) + nchar(137) + nchar(138) + nchar(139) + nchar(140) + nchar(141) + nchar(142) + nchar(143) + nchar(144) + nchar(145) + nchar(146) + nchar(147) + nchar(148) + nchar(149) + nchar(150) + nchar(151) + nchar(152) + nchar(153) + nchar(154) + nchar(155) + nchar(156) + nchar(157) + nchar(158) + nchar(160) + nchar(161) + nchar(162) + nchar(163) + nchar(164) + nchar(165) + nchar(166) + nchar(167) + nchar(168) + nchar(169) + nchar(170) + nchar(171) + nchar(172) + nchar(173) + nchar(174) + nchar(175) + nchar(176) + nchar(177) + nchar(178) + nchar(179) + nchar(180) + nchar(181) + nchar(182) + nchar(183) + nchar(184) + nchar(185) + nchar(186) + nchar(187) + nchar(188) + nchar(189) + nchar(190) + nchar(191) + nchar(338) + nchar(339) + nchar(352) + nchar(353) + nchar(381) + nchar(382) + nchar(402) + nchar(710) + nchar(732) + nchar(8211) + nchar(8212) + nchar(8216) + nchar(8217) + nchar(8218) + nchar(8220) + nchar(8221) + nchar(8222) + nchar(8224) + nchar(8225) + nchar(8226) + nchar(8230) + nchar(8240) + nchar(8249) + nchar(8250) + nchar(8364) + nchar(8482) as nvarchar(4000)) collate Latin1_General_100_BIN2, cast(nchar(64976) + nchar(64977) + nchar(64977) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) + nchar(64978) as nvarchar(4000)) collate Latin1_General_100_BIN2) like '%' + nchar(64976) + nchar(64977) + nchar(64978) + nchar(64978) + '%'
    )
    )
),

encoded_in_loads as (
    select
        load_id,
        count(*) as spellings,
        sum(records) as records,
        max(case when place = 1 then concat(column_name, ' = ', spelling, ' (row ', first_row, ')') end) as example
    from encoded
    group by load_id
),

encoded_twice as (
    select
        loads.load_id,
        case
            when encoded_in_loads.load_id is null then 'none'
            else concat(
                concat(encoded_in_loads.spellings, case when encoded_in_loads.spellings = 1 then ' text' else ' texts' end), ', in ',
                concat(encoded_in_loads.records, case when encoded_in_loads.records = 1 then ' value' else ' values' end)
            )
        end as observed,
        'none' as expected,
        case
            when encoded_in_loads.records >= 1 then 'suspicious'
            else 'ok'
        end as verdict,
        encoded_in_loads.example
    from loads
    left join encoded_in_loads on loads.load_id = encoded_in_loads.load_id
),

known_spellings as (
    select
        column_name,
        spelling,
        cast(trim(replace(
        translate(
            spelling,
            cast(nchar(192) + nchar(193) + nchar(194) + nchar(195) + nchar(196) + nchar(197) + nchar(256) + nchar(258) + nchar(260) + nchar(199) + nchar(262) + nchar(264) + nchar(266) + nchar(268) + nchar(270) + nchar(200) + nchar(201) + nchar(202) + nchar(203) + nchar(274) + nchar(276) + nchar(278) + nchar(280) + nchar(282) + nchar(284) + nchar(286) + nchar(288) + nchar(290) + nchar(292) + nchar(204) + nchar(205) + nchar(206) + nchar(207) + nchar(296) + nchar(298) + nchar(300) + nchar(302) + nchar(304) + nchar(308) + nchar(310) + nchar(313) + nchar(315) + nchar(317) + nchar(209) + nchar(323) + nchar(325) + nchar(327) + nchar(210) + nchar(211) + nchar(212) + nchar(213) + nchar(214) + nchar(332) + nchar(334) + nchar(336) + nchar(416) + nchar(340) + nchar(342) + nchar(344) + nchar(346) + nchar(348) + nchar(350) + nchar(352) + nchar(536) + nchar(354) + nchar(356) + nchar(538) + nchar(217) + nchar(218) + nchar(219) + nchar(220) + nchar(360) + nchar(362) + nchar(364) + nchar(366) + nchar(368) + nchar(370) + nchar(431) + nchar(372) + nchar(221) + nchar(374) + nchar(376) + nchar(377) + nchar(379) + nchar(381) + nchar(224) + nchar(225) + nchar(226) + nchar(227) + nchar(228) + nchar(229) + nchar(257) + nchar(259) + nchar(261) + nchar(231) + nchar(263) + nchar(265) + nchar(267) + nchar(269) + nchar(271) + nchar(232) + nchar(233) + nchar(234) + nchar(235) + nchar(275) + nchar(277) + nchar(279) + nchar(281) + nchar(283) + nchar(285) + nchar(287) + nchar(289) + nchar(291) + nchar(293) + nchar(236) + nchar(237) + nchar(238) + nchar(239) + nchar(297) + nchar(299) + nchar(301) + nchar(303) + nchar(309) + nchar(311) + nchar(314) + nchar(316) + nchar(318) + nchar(241) + nchar(324) + nchar(326) + nchar(328) + nchar(242) + nchar(243) + nchar(244) + nchar(245) + nchar(246) + nchar(333) + nchar(335) + nchar(337) + nchar(417) + nchar(341) + nchar(343) + nchar(345) + nchar(347) + nchar(349) + nchar(351) + nchar(353) + nchar(537) + nchar(355) + nchar(357) + nchar(539) + nchar(249) + nchar(250) + nchar(251) + nchar(252) + nchar(361) + nchar(363) + nchar(365) + nchar(367) + nchar(369) + nchar(371) + nchar(432) + nchar(373) + nchar(253) + nchar(255) + nchar(375) + nchar(378) + nchar(380) + nchar(382) + nchar(160) + nchar(5760) + nchar(8192) + nchar(8193) + nchar(8194) + nchar(8195) + nchar(8196) + nchar(8197) + nchar(8198) + nchar(8199) + nchar(8200) + nchar(8201) + nchar(8202) + nchar(8239) + nchar(8287) + nchar(12288) + nchar(173) + nchar(6158) + nchar(8203) + nchar(8204) + nchar(8205) + nchar(8206) + nchar(8207) + nchar(8234) + nchar(8235) + nchar(8236) + nchar(8237) + nchar(8238) + nchar(8288) + nchar(8289) + nchar(8290) + nchar(8291) + nchar(8292) + nchar(65279) + nchar(768) + nchar(769) + nchar(770) + nchar(771) + nchar(772) + nchar(773) + nchar(774) + nchar(775) + nchar(776) + nchar(777) + nchar(778) + nchar(779) + nchar(780) + nchar(781) + nchar(782) + nchar(783) + nchar(795) + nchar(803) + nchar(806) + nchar(807) + nchar(808) as nvarchar(4000)) collate Latin1_General_100_BIN2,
            cast(concat('AAAAAAAAACCCCCDEEEEEEEEEGGGGHIIIIIIIIIJKLLLNNNNOOOOOOOOORRRSSSSSTTTUUUUUUUUUUUWYYYZZZaaaaaaaaacccccdeeeeeeeeegggghiiiiiiiijklllnnnnooooooooorrrssssstttuuuuuuuuuuuwyyyzzz                ', nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203)) as nvarchar(4000)) collate Latin1_General_100_BIN2
        ),
        nchar(8203), ''
    )) as nvarchar(4000)) collate Latin1_General_100_BIN2 as seen,
        min(load_id) as first_load
    from texts
    group by column_name, spelling
),

hidden_texts as (
    select
        load_id,
        column_name,
        spelling,
        cast(trim(replace(
        translate(
            spelling,
            cast(nchar(192) + nchar(193) + nchar(194) + nchar(195) + nchar(196) + nchar(197) + nchar(256) + nchar(258) + nchar(260) + nchar(199) + nchar(262) + nchar(264) + nchar(266) + nchar(268) + nchar(270) + nchar(200) + nchar(201) + nchar(202) + nchar(203) + nchar(274) + nchar(276) + nchar(278) + nchar(280) + nchar(282) + nchar(284) + nchar(286) + nchar(288) + nchar(290) + nchar(292) + nchar(204) + nchar(205) + nchar(206) + nchar(207) + nchar(296) + nchar(298) + nchar(300) + nchar(302) + nchar(304) + nchar(308) + nchar(310) + nchar(313) + nchar(315) + nchar(317) + nchar(209) + nchar(323) + nchar(325) + nchar(327) + nchar(210) + nchar(211) + nchar(212) + nchar(213) + nchar(214) + nchar(332) + nchar(334) + nchar(336) + nchar(416) + nchar(340) + nchar(342) + nchar(344) + nchar(346) + nchar(348) + nchar(350) + nchar(352) + nchar(536) + nchar(354) + nchar(356) + nchar(538) + nchar(217) + nchar(218) + nchar(219) + nchar(220) + nchar(360) + nchar(362) + nchar(364) + nchar(366) + nchar(368) + nchar(370) + nchar(431) + nchar(372) + nchar(221) + nchar(374) + nchar(376) + nchar(377) + nchar(379) + nchar(381) + nchar(224) + nchar(225) + nchar(226) + nchar(227) + nchar(228) + nchar(229) + nchar(257) + nchar(259) + nchar(261) + nchar(231) + nchar(263) + nchar(265) + nchar(267) + nchar(269) + nchar(271) + nchar(232) + nchar(233) + nchar(234) + nchar(235) + nchar(275) + nchar(277) + nchar(279) + nchar(281) + nchar(283) + nchar(285) + nchar(287) + nchar(289) + nchar(291) + nchar(293) + nchar(236) + nchar(237) + nchar(238) + nchar(239) + nchar(297) + nchar(299) + nchar(301) + nchar(303) + nchar(309) + nchar(311) + nchar(314) + nchar(316) + nchar(318) + nchar(241) + nchar(324) + nchar(326) + nchar(328) + nchar(242) + nchar(243) + nchar(244) + nchar(245) + nchar(246) + nchar(333) + nchar(335) + nchar(337) + nchar(417) + nchar(341) + nchar(343) + nchar(345) + nchar(347) + nchar(349) + nchar(351) + nchar(353) + nchar(537) + nchar(355) + nchar(357) + nchar(539) + nchar(249) + nchar(250) + nchar(251) + nchar(252) + nchar(361) + nchar(363) + nchar(365) + nchar(367) + nchar(369) + nchar(371) + nchar(432) + nchar(373) + nchar(253) + nchar(255) + nchar(375) + nchar(378) + nchar(380) + nchar(382) + nchar(160) + nchar(5760) + nchar(8192) + nchar(8193) + nchar(8194) + nchar(8195) + nchar(8196) + nchar(8197) + nchar(8198) + nchar(8199) + nchar(8200) + nchar(8201) + nchar(8202) + nchar(8239) + nchar(8287) + nchar(12288) + nchar(173) + nchar(6158) + nchar(8203) + nchar(8204) + nchar(8205) + nchar(8206) + nchar(8207) + nchar(8234) + nchar(8235) + nchar(8236) + nchar(8237) + nchar(8238) + nchar(8288) + nchar(8289) + nchar(8290) + nchar(8291) + nchar(8292) + nchar(65279) + nchar(768) + nchar(769) + nchar(770) + nchar(771) + nchar(772) + nchar(773) + nchar(774) + nchar(775) + nchar(776) + nchar(777) + nchar(778) + nchar(779) + nchar(780) + nchar(781) + nchar(782) + nchar(783) + nchar(795) + nchar(803) + nchar(806) + nchar(807) + nchar(808) as nvarchar(4000)) collate Latin1_General_100_BIN2,
            cast(concat('AAAAAAAAACCCCCDEEEEEEEEEGGGGHIIIIIIIIIJKLLLNNNNOOOOOOOOORRRSSSSSTTTUUUUUUUUUUUWYYYZZZaaaaaaaaacccccdeeeeeeeeegggghiiiiiiiijklllnnnnooooooooorrrssssstttuuuuuuuuuuuwyyyzzz                ', nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203)) as nvarchar(4000)) collate Latin1_General_100_BIN2
        ),
        nchar(8203), ''
    )) as nvarchar(4000)) collate Latin1_General_100_BIN2 as seen,
        first_row
    from texts
    where spelling like '%[^ -~]%' and (
        translate(spelling, cast(nchar(160) + nchar(173) + nchar(768) + nchar(769) + nchar(770) + nchar(771) + nchar(772) + nchar(773) + nchar(774) + nchar(775) + nchar(776) + nchar(777) + nchar(778) + nchar(779) + nchar(780) + nchar(781) + nchar(782) + nchar(783) + nchar(795) + nchar(803) + nchar(806) + nchar(807) + nchar(808) + nchar(5760) + nchar(6158) + nchar(8192) + nchar(8193) + nchar(8194) + nchar(8195) + nchar(8196) + nchar(8197) + nchar(8198) + nchar(8199) + nchar(8200) + nchar(8201) + nchar(8202) + nchar(8203) + nchar(8204) + nchar(8205) + nchar(8206) + nchar(8207) + nchar(8234) + nchar(8235) + nchar(8236) + nchar(8237) + nchar(8238) + nchar(8239) + nchar(8287) + nchar(8288) + nchar(8289) + nchar(8290) + nchar(8291) + nchar(8292) + nchar(12288) + nchar(65279) as nvarchar(4000)) collate Latin1_General_100_BIN2, cast(nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) as nvarchar(4000)) collate Latin1_General_100_BIN2) like '%' + nchar(64976) + '%'
    )
),

hidden_ids as (
    select
        load_id,
        cast('user_id' as nvarchar(4000)) collate Latin1_General_100_BIN2 as column_name,
        cast(user_id as nvarchar(4000)) collate Latin1_General_100_BIN2 as spelling,
        cast(trim(replace(
        translate(
            user_id,
            cast(nchar(192) + nchar(193) + nchar(194) + nchar(195) + nchar(196) + nchar(197) + nchar(256) + nchar(258) + nchar(260) + nchar(199) + nchar(262) + nchar(264) + nchar(266) + nchar(268) + nchar(270) + nchar(200) + nchar(201) + nchar(202) + nchar(203) + nchar(274) + nchar(276) + nchar(278) + nchar(280) + nchar(282) + nchar(284) + nchar(286) + nchar(288) + nchar(290) + nchar(292) + nchar(204) + nchar(205) + nchar(206) + nchar(207) + nchar(296) + nchar(298) + nchar(300) + nchar(302) + nchar(304) + nchar(308) + nchar(310) + nchar(313) + nchar(315) + nchar(317) + nchar(209) + nchar(323) + nchar(325) + nchar(327) + nchar(210) + nchar(211) + nchar(212) + nchar(213) + nchar(214) + nchar(332) + nchar(334) + nchar(336) + nchar(416) + nchar(340) + nchar(342) + nchar(344) + nchar(346) + nchar(348) + nchar(350) + nchar(352) + nchar(536) + nchar(354) + nchar(356) + nchar(538) + nchar(217) + nchar(218) + nchar(219) + nchar(220) + nchar(360) + nchar(362) + nchar(364) + nchar(366) + nchar(368) + nchar(370) + nchar(431) + nchar(372) + nchar(221) + nchar(374) + nchar(376) + nchar(377) + nchar(379) + nchar(381) + nchar(224) + nchar(225) + nchar(226) + nchar(227) + nchar(228) + nchar(229) + nchar(257) + nchar(259) + nchar(261) + nchar(231) + nchar(263) + nchar(265) + nchar(267) + nchar(269) + nchar(271) + nchar(232) + nchar(233) + nchar(234) + nchar(235) + nchar(275) + nchar(277) + nchar(279) + nchar(281) + nchar(283) + nchar(285) + nchar(287) + nchar(289) + nchar(291) + nchar(293) + nchar(236) + nchar(237) + nchar(238) + nchar(239) + nchar(297) + nchar(299) + nchar(301) + nchar(303) + nchar(309) + nchar(311) + nchar(314) + nchar(316) + nchar(318) + nchar(241) + nchar(324) + nchar(326) + nchar(328) + nchar(242) + nchar(243) + nchar(244) + nchar(245) + nchar(246) + nchar(333) + nchar(335) + nchar(337) + nchar(417) + nchar(341) + nchar(343) + nchar(345) + nchar(347) + nchar(349) + nchar(351) + nchar(353) + nchar(537) + nchar(355) + nchar(357) + nchar(539) + nchar(249) + nchar(250) + nchar(251) + nchar(252) + nchar(361) + nchar(363) + nchar(365) + nchar(367) + nchar(369) + nchar(371) + nchar(432) + nchar(373) + nchar(253) + nchar(255) + nchar(375) + nchar(378) + nchar(380) + nchar(382) + nchar(160) + nchar(5760) + nchar(8192) + nchar(8193) + nchar(8194) + nchar(8195) + nchar(8196) + nchar(8197) + nchar(8198) + nchar(8199) + nchar(8200) + nchar(8201) + nchar(8202) + nchar(8239) + nchar(8287) + nchar(12288) + nchar(173) + nchar(6158) + nchar(8203) + nchar(8204) + nchar(8205) + nchar(8206) + nchar(8207) + nchar(8234) + nchar(8235) + nchar(8236) + nchar(8237) + nchar(8238) + nchar(8288) + nchar(8289) + nchar(8290) + nchar(8291) + nchar(8292) + nchar(65279) + nchar(768) + nchar(769) + nchar(770) + nchar(771) + nchar(772) + nchar(773) + nchar(774) + nchar(775) + nchar(776) + nchar(777) + nchar(778) + nchar(779) + nchar(780) + nchar(781) + nchar(782) + nchar(783) + nchar(795) + nchar(803) + nchar(806) + nchar(807) + nchar(808) as nvarchar(4000)) collate Latin1_General_100_BIN2,
            cast(concat('AAAAAAAAACCCCCDEEEEEEEEEGGGGHIIIIIIIIIJKLLLNNNNOOOOOOOOORRRSSSSSTTTUUUUUUUUUUUWYYYZZZaaaaaaaaacccccdeeeeeeeeegggghiiiiiiiijklllnnnnooooooooorrrssssstttuuuuuuuuuuuwyyyzzz                ', nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203)) as nvarchar(4000)) collate Latin1_General_100_BIN2
        ),
        nchar(8203), ''
    )) as nvarchar(450)) collate Latin1_General_100_BIN2 as seen,
        source_row as first_row
    from staging.judged_users
    where user_id like '%[^ -~]%' and (
        translate(user_id, cast(nchar(160) + nchar(173) + nchar(768) + nchar(769) + nchar(770) + nchar(771) + nchar(772) + nchar(773) + nchar(774) + nchar(775) + nchar(776) + nchar(777) + nchar(778) + nchar(779) + nchar(780) + nchar(781) + nchar(782) + nchar(783) + nchar(795) + nchar(803) + nchar(806) + nchar(807) + nchar(808) + nchar(5760) + nchar(6158) + nchar(8192) + nchar(8193) + nchar(8194) + nchar(8195) + nchar(8196) + nchar(8197) + nchar(8198) + nchar(8199) + nchar(8200) + nchar(8201) + nchar(8202) + nchar(8203) + nchar(8204) + nchar(8205) + nchar(8206) + nchar(8207) + nchar(8234) + nchar(8235) + nchar(8236) + nchar(8237) + nchar(8238) + nchar(8239) + nchar(8287) + nchar(8288) + nchar(8289) + nchar(8290) + nchar(8291) + nchar(8292) + nchar(12288) + nchar(65279) as nvarchar(4000)) collate Latin1_General_100_BIN2, cast(nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) as nvarchar(4000)) collate Latin1_General_100_BIN2) like '%' + nchar(64976) + '%'
    )
    union all
    select
        load_id,
        cast('content_id' as nvarchar(4000)) collate Latin1_General_100_BIN2 as column_name,
        cast(content_id as nvarchar(4000)) collate Latin1_General_100_BIN2 as spelling,
        cast(trim(replace(
        translate(
            content_id,
            cast(nchar(192) + nchar(193) + nchar(194) + nchar(195) + nchar(196) + nchar(197) + nchar(256) + nchar(258) + nchar(260) + nchar(199) + nchar(262) + nchar(264) + nchar(266) + nchar(268) + nchar(270) + nchar(200) + nchar(201) + nchar(202) + nchar(203) + nchar(274) + nchar(276) + nchar(278) + nchar(280) + nchar(282) + nchar(284) + nchar(286) + nchar(288) + nchar(290) + nchar(292) + nchar(204) + nchar(205) + nchar(206) + nchar(207) + nchar(296) + nchar(298) + nchar(300) + nchar(302) + nchar(304) + nchar(308) + nchar(310) + nchar(313) + nchar(315) + nchar(317) + nchar(209) + nchar(323) + nchar(325) + nchar(327) + nchar(210) + nchar(211) + nchar(212) + nchar(213) + nchar(214) + nchar(332) + nchar(334) + nchar(336) + nchar(416) + nchar(340) + nchar(342) + nchar(344) + nchar(346) + nchar(348) + nchar(350) + nchar(352) + nchar(536) + nchar(354) + nchar(356) + nchar(538) + nchar(217) + nchar(218) + nchar(219) + nchar(220) + nchar(360) + nchar(362) + nchar(364) + nchar(366) + nchar(368) + nchar(370) + nchar(431) + nchar(372) + nchar(221) + nchar(374) + nchar(376) + nchar(377) + nchar(379) + nchar(381) + nchar(224) + nchar(225) + nchar(226) + nchar(227) + nchar(228) + nchar(229) + nchar(257) + nchar(259) + nchar(261) + nchar(231) + nchar(263) + nchar(265) + nchar(267) + nchar(269) + nchar(271) + nchar(232) + nchar(233) + nchar(234) + nchar(235) + nchar(275) + nchar(277) + nchar(279) + nchar(281) + nchar(283) + nchar(285) + nchar(287) + nchar(289) + nchar(291) + nchar(293) + nchar(236) + nchar(237) + nchar(238) + nchar(239) + nchar(297) + nchar(299) + nchar(301) + nchar(303) + nchar(309) + nchar(311) + nchar(314) + nchar(316) + nchar(318) + nchar(241) + nchar(324) + nchar(326) + nchar(328) + nchar(242) + nchar(243) + nchar(244) + nchar(245) + nchar(246) + nchar(333) + nchar(335) + nchar(337) + nchar(417) + nchar(341) + nchar(343) + nchar(345) + nchar(347) + nchar(349) + nchar(351) + nchar(353) + nchar(537) + nchar(355) + nchar(357) + nchar(539) + nchar(249) + nchar(250) + nchar(251) + nchar(252) + nchar(361) + nchar(363) + nchar(365) + nchar(367) + nchar(369) + nchar(371) + nchar(432) + nchar(373) + nchar(253) + nchar(255) + nchar(375) + nchar(378) + nchar(380) + nchar(382) + nchar(160) + nchar(5760) + nchar(8192) + nchar(8193) + nchar(8194) + nchar(8195) + nchar(8196) + nchar(8197) + nchar(8198) + nchar(8199) + nchar(8200) + nchar(8201) + nchar(8202) + nchar(8239) + nchar(8287) + nchar(12288) + nchar(173) + nchar(6158) + nchar(8203) + nchar(8204) + nchar(8205) + nchar(8206) + nchar(8207) + nchar(8234) + nchar(8235) + nchar(8236) + nchar(8237) + nchar(8238) + nchar(8288) + nchar(8289) + nchar(8290) + nchar(8291) + nchar(8292) + nchar(65279) + nchar(768) + nchar(769) + nchar(770) + nchar(771) + nchar(772) + nchar(773) + nchar(774) + nchar(775) + nchar(776) + nchar(777) + nchar(778) + nchar(779) + nchar(780) + nchar(781) + nchar(782) + nchar(783) + nchar(795) + nchar(803) + nchar(806) + nchar(807) + nchar(808) as nvarchar(4000)) collate Latin1_General_100_BIN2,
            cast(concat('AAAAAAAAACCCCCDEEEEEEEEEGGGGHIIIIIIIIIJKLLLNNNNOOOOOOOOORRRSSSSSTTTUUUUUUUUUUUWYYYZZZaaaaaaaaacccccdeeeeeeeeegggghiiiiiiiijklllnnnnooooooooorrrssssstttuuuuuuuuuuuwyyyzzz                ', nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203)) as nvarchar(4000)) collate Latin1_General_100_BIN2
        ),
        nchar(8203), ''
    )) as nvarchar(450)) collate Latin1_General_100_BIN2 as seen,
        source_row as first_row
    from staging.judged_content
    where content_id like '%[^ -~]%' and (
        translate(content_id, cast(nchar(160) + nchar(173) + nchar(768) + nchar(769) + nchar(770) + nchar(771) + nchar(772) + nchar(773) + nchar(774) + nchar(775) + nchar(776) + nchar(777) + nchar(778) + nchar(779) + nchar(780) + nchar(781) + nchar(782) + nchar(783) + nchar(795) + nchar(803) + nchar(806) + nchar(807) + nchar(808) + nchar(5760) + nchar(6158) + nchar(8192) + nchar(8193) + nchar(8194) + nchar(8195) + nchar(8196) + nchar(8197) + nchar(8198) + nchar(8199) + nchar(8200) + nchar(8201) + nchar(8202) + nchar(8203) + nchar(8204) + nchar(8205) + nchar(8206) + nchar(8207) + nchar(8234) + nchar(8235) + nchar(8236) + nchar(8237) + nchar(8238) + nchar(8239) + nchar(8287) + nchar(8288) + nchar(8289) + nchar(8290) + nchar(8291) + nchar(8292) + nchar(12288) + nchar(65279) as nvarchar(4000)) collate Latin1_General_100_BIN2, cast(nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) as nvarchar(4000)) collate Latin1_General_100_BIN2) like '%' + nchar(64976) + '%'
    )
    union all
    select
        load_id,
        cast('session_id' as nvarchar(4000)) collate Latin1_General_100_BIN2 as column_name,
        cast(session_id as nvarchar(4000)) collate Latin1_General_100_BIN2 as spelling,
        cast(trim(replace(
        translate(
            session_id,
            cast(nchar(192) + nchar(193) + nchar(194) + nchar(195) + nchar(196) + nchar(197) + nchar(256) + nchar(258) + nchar(260) + nchar(199) + nchar(262) + nchar(264) + nchar(266) + nchar(268) + nchar(270) + nchar(200) + nchar(201) + nchar(202) + nchar(203) + nchar(274) + nchar(276) + nchar(278) + nchar(280) + nchar(282) + nchar(284) + nchar(286) + nchar(288) + nchar(290) + nchar(292) + nchar(204) + nchar(205) + nchar(206) + nchar(207) + nchar(296) + nchar(298) + nchar(300) + nchar(302) + nchar(304) + nchar(308) + nchar(310) + nchar(313) + nchar(315) + nchar(317) + nchar(209) + nchar(323) + nchar(325) + nchar(327) + nchar(210) + nchar(211) + nchar(212) + nchar(213) + nchar(214) + nchar(332) + nchar(334) + nchar(336) + nchar(416) + nchar(340) + nchar(342) + nchar(344) + nchar(346) + nchar(348) + nchar(350) + nchar(352) + nchar(536) + nchar(354) + nchar(356) + nchar(538) + nchar(217) + nchar(218) + nchar(219) + nchar(220) + nchar(360) + nchar(362) + nchar(364) + nchar(366) + nchar(368) + nchar(370) + nchar(431) + nchar(372) + nchar(221) + nchar(374) + nchar(376) + nchar(377) + nchar(379) + nchar(381) + nchar(224) + nchar(225) + nchar(226) + nchar(227) + nchar(228) + nchar(229) + nchar(257) + nchar(259) + nchar(261) + nchar(231) + nchar(263) + nchar(265) + nchar(267) + nchar(269) + nchar(271) + nchar(232) + nchar(233) + nchar(234) + nchar(235) + nchar(275) + nchar(277) + nchar(279) + nchar(281) + nchar(283) + nchar(285) + nchar(287) + nchar(289) + nchar(291) + nchar(293) + nchar(236) + nchar(237) + nchar(238) + nchar(239) + nchar(297) + nchar(299) + nchar(301) + nchar(303) + nchar(309) + nchar(311) + nchar(314) + nchar(316) + nchar(318) + nchar(241) + nchar(324) + nchar(326) + nchar(328) + nchar(242) + nchar(243) + nchar(244) + nchar(245) + nchar(246) + nchar(333) + nchar(335) + nchar(337) + nchar(417) + nchar(341) + nchar(343) + nchar(345) + nchar(347) + nchar(349) + nchar(351) + nchar(353) + nchar(537) + nchar(355) + nchar(357) + nchar(539) + nchar(249) + nchar(250) + nchar(251) + nchar(252) + nchar(361) + nchar(363) + nchar(365) + nchar(367) + nchar(369) + nchar(371) + nchar(432) + nchar(373) + nchar(253) + nchar(255) + nchar(375) + nchar(378) + nchar(380) + nchar(382) + nchar(160) + nchar(5760) + nchar(8192) + nchar(8193) + nchar(8194) + nchar(8195) + nchar(8196) + nchar(8197) + nchar(8198) + nchar(8199) + nchar(8200) + nchar(8201) + nchar(8202) + nchar(8239) + nchar(8287) + nchar(12288) + nchar(173) + nchar(6158) + nchar(8203) + nchar(8204) + nchar(8205) + nchar(8206) + nchar(8207) + nchar(8234) + nchar(8235) + nchar(8236) + nchar(8237) + nchar(8238) + nchar(8288) + nchar(8289) + nchar(8290) + nchar(8291) + nchar(8292) + nchar(65279) + nchar(768) + nchar(769) + nchar(770) + nchar(771) + nchar(772) + nchar(773) + nchar(774) + nchar(775) + nchar(776) + nchar(777) + nchar(778) + nchar(779) + nchar(780) + nchar(781) + nchar(782) + nchar(783) + nchar(795) + nchar(803) + nchar(806) + nchar(807) + nchar(808) as nvarchar(4000)) collate Latin1_General_100_BIN2,
            cast(concat('AAAAAAAAACCCCCDEEEEEEEEEGGGGHIIIIIIIIIJKLLLNNNNOOOOOOOOORRRSSSSSTTTUUUUUUUUUUUWYYYZZZaaaaaaaaacccccdeeeeeeeeegggghiiiiiiiijklllnnnnooooooooorrrssssstttuuuuuuuuuuuwyyyzzz                ', nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203)) as nvarchar(4000)) collate Latin1_General_100_BIN2
        ),
        nchar(8203), ''
    )) as nvarchar(450)) collate Latin1_General_100_BIN2 as seen,
        source_row as first_row
    from staging.judged_viewing_sessions
    where session_id like '%[^ -~]%' and (
        translate(session_id, cast(nchar(160) + nchar(173) + nchar(768) + nchar(769) + nchar(770) + nchar(771) + nchar(772) + nchar(773) + nchar(774) + nchar(775) + nchar(776) + nchar(777) + nchar(778) + nchar(779) + nchar(780) + nchar(781) + nchar(782) + nchar(783) + nchar(795) + nchar(803) + nchar(806) + nchar(807) + nchar(808) + nchar(5760) + nchar(6158) + nchar(8192) + nchar(8193) + nchar(8194) + nchar(8195) + nchar(8196) + nchar(8197) + nchar(8198) + nchar(8199) + nchar(8200) + nchar(8201) + nchar(8202) + nchar(8203) + nchar(8204) + nchar(8205) + nchar(8206) + nchar(8207) + nchar(8234) + nchar(8235) + nchar(8236) + nchar(8237) + nchar(8238) + nchar(8239) + nchar(8287) + nchar(8288) + nchar(8289) + nchar(8290) + nchar(8291) + nchar(8292) + nchar(12288) + nchar(65279) as nvarchar(4000)) collate Latin1_General_100_BIN2, cast(nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) as nvarchar(4000)) collate Latin1_General_100_BIN2) like '%' + nchar(64976) + '%'
    )
    union all
    select
        load_id,
        case
            when "rule" = 'user_unknown' then cast('user_id' as nvarchar(4000)) collate Latin1_General_100_BIN2
            else cast('content_id' as nvarchar(4000)) collate Latin1_General_100_BIN2
        end as column_name,
        cast(offending_value as nvarchar(4000)) collate Latin1_General_100_BIN2 as spelling,
        cast(trim(replace(
        translate(
            offending_value,
            cast(nchar(192) + nchar(193) + nchar(194) + nchar(195) + nchar(196) + nchar(197) + nchar(256) + nchar(258) + nchar(260) + nchar(199) + nchar(262) + nchar(264) + nchar(266) + nchar(268) + nchar(270) + nchar(200) + nchar(201) + nchar(202) + nchar(203) + nchar(274) + nchar(276) + nchar(278) + nchar(280) + nchar(282) + nchar(284) + nchar(286) + nchar(288) + nchar(290) + nchar(292) + nchar(204) + nchar(205) + nchar(206) + nchar(207) + nchar(296) + nchar(298) + nchar(300) + nchar(302) + nchar(304) + nchar(308) + nchar(310) + nchar(313) + nchar(315) + nchar(317) + nchar(209) + nchar(323) + nchar(325) + nchar(327) + nchar(210) + nchar(211) + nchar(212) + nchar(213) + nchar(214) + nchar(332) + nchar(334) + nchar(336) + nchar(416) + nchar(340) + nchar(342) + nchar(344) + nchar(346) + nchar(348) + nchar(350) + nchar(352) + nchar(536) + nchar(354) + nchar(356) + nchar(538) + nchar(217) + nchar(218) + nchar(219) + nchar(220) + nchar(360) + nchar(362) + nchar(364) + nchar(366) + nchar(368) + nchar(370) + nchar(431) + nchar(372) + nchar(221) + nchar(374) + nchar(376) + nchar(377) + nchar(379) + nchar(381) + nchar(224) + nchar(225) + nchar(226) + nchar(227) + nchar(228) + nchar(229) + nchar(257) + nchar(259) + nchar(261) + nchar(231) + nchar(263) + nchar(265) + nchar(267) + nchar(269) + nchar(271) + nchar(232) + nchar(233) + nchar(234) + nchar(235) + nchar(275) + nchar(277) + nchar(279) + nchar(281) + nchar(283) + nchar(285) + nchar(287) + nchar(289) + nchar(291) + nchar(293) + nchar(236) + nchar(237) + nchar(238) + nchar(239) + nchar(297) + nchar(299) + nchar(301) + nchar(303) + nchar(309) + nchar(311) + nchar(314) + nchar(316) + nchar(318) + nchar(241) + nchar(324) + nchar(326) + nchar(328) + nchar(242) + nchar(243) + nchar(244) + nchar(245) + nchar(246) + nchar(333) + nchar(335) + nchar(337) + nchar(417) + nchar(341) + nchar(343) + nchar(345) + nchar(347) + nchar(349) + nchar(351) + nchar(353) + nchar(537) + nchar(355) + nchar(357) + nchar(539) + nchar(249) + nchar(250) + nchar(251) + nchar(252) + nchar(361) + nchar(363) + nchar(365) + nchar(367) + nchar(369) + nchar(371) + nchar(432) + nchar(373) + nchar(253) + nchar(255) + nchar(375) + nchar(378) + nchar(380) + nchar(382) + nchar(160) + nchar(5760) + nchar(8192) + nchar(8193) + nchar(8194) + nchar(8195) + nchar(8196) + nchar(8197) + nchar(8198) + nchar(8199) + nchar(8200) + nchar(8201) + nchar(8202) + nchar(8239) + nchar(8287) + nchar(12288) + nchar(173) + nchar(6158) + nchar(8203) + nchar(8204) + nchar(8205) + nchar(8206) + nchar(8207) + nchar(8234) + nchar(8235) + nchar(8236) + nchar(8237) + nchar(8238) + nchar(8288) + nchar(8289) + nchar(8290) + nchar(8291) + nchar(8292) + nchar(65279) + nchar(768) + nchar(769) + nchar(770) + nchar(771) + nchar(772) + nchar(773) + nchar(774) + nchar(775) + nchar(776) + nchar(777) + nchar(778) + nchar(779) + nchar(780) + nchar(781) + nchar(782) + nchar(783) + nchar(795) + nchar(803) + nchar(806) + nchar(807) + nchar(808) as nvarchar(4000)) collate Latin1_General_100_BIN2,
            cast(concat('AAAAAAAAACCCCCDEEEEEEEEEGGGGHIIIIIIIIIJKLLLNNNNOOOOOOOOORRRSSSSSTTTUUUUUUUUUUUWYYYZZZaaaaaaaaacccccdeeeeeeeeegggghiiiiiiiijklllnnnnooooooooorrrssssstttuuuuuuuuuuuwyyyzzz                ', nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203) + nchar(8203)) as nvarchar(4000)) collate Latin1_General_100_BIN2
        ),
        nchar(8203), ''
    )) as nvarchar(450)) collate Latin1_General_100_BIN2 as seen,
        source_row as first_row
    from dbo.held_viewing_sessions
    where offending_value like '%[^ -~]%' and (
        translate(offending_value, cast(nchar(160) + nchar(173) + nchar(768) + nchar(769) + nchar(770) + nchar(771) + nchar(772) + nchar(773) + nchar(774) + nchar(775) + nchar(776) + nchar(777) + nchar(778) + nchar(779) + nchar(780) + nchar(781) + nchar(782) + nchar(783) + nchar(795) + nchar(803) + nchar(806) + nchar(807) + nchar(808) + nchar(5760) + nchar(6158) + nchar(8192) + nchar(8193) + nchar(8194) + nchar(8195) + nchar(8196) + nchar(8197) + nchar(8198) + nchar(8199) + nchar(8200) + nchar(8201) + nchar(8202) + nchar(8203) + nchar(8204) + nchar(8205) + nchar(8206) + nchar(8207) + nchar(8234) + nchar(8235) + nchar(8236) + nchar(8237) + nchar(8238) + nchar(8239) + nchar(8287) + nchar(8288) + nchar(8289) + nchar(8290) + nchar(8291) + nchar(8292) + nchar(12288) + nchar(65279) as nvarchar(4000)) collate Latin1_General_100_BIN2, cast(nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) + nchar(64976) as nvarchar(4000)) collate Latin1_General_100_BIN2) like '%' + nchar(64976) + '%'
    )
),


known_users as (
    select
        user_id,
        load_id
    from staging.judged_users
    where
        user_id in (select seen from hidden_ids)
        and outcome not in ('quarantined', 'withdrawn')
),


known_content as (
    select
        content_id,
        load_id
    from staging.judged_content
    where
        content_id in (select seen from hidden_ids)
        and outcome not in ('quarantined', 'withdrawn')
),


known_viewing_sessions as (
    select
        session_id,
        load_id
    from staging.judged_viewing_sessions
    where
        session_id in (select seen from hidden_ids)
        and outcome not in ('quarantined', 'withdrawn')
),


twins as (
    select
        hidden_texts.load_id,
        hidden_texts.column_name,
        hidden_texts.spelling,
        hidden_texts.first_row,
        max(known_spellings.spelling) as twin
    from hidden_texts
    inner join known_spellings
        on
            hidden_texts.column_name = known_spellings.column_name
            and hidden_texts.seen = known_spellings.seen
            and hidden_texts.spelling <> known_spellings.spelling
            and hidden_texts.load_id >= known_spellings.first_load
    group by hidden_texts.load_id, hidden_texts.column_name, hidden_texts.spelling, hidden_texts.first_row

    
    union all

    select
        hidden_ids.load_id,
        hidden_ids.column_name,
        hidden_ids.spelling,
        hidden_ids.first_row,
        cast(min(known.user_id) as nvarchar(4000)) collate Latin1_General_100_BIN2 as twin
    from hidden_ids
    inner join known_users as known
        on
            hidden_ids.seen = known.user_id
            and hidden_ids.load_id >= known.load_id
    where hidden_ids.column_name = 'user_id'
    group by hidden_ids.load_id, hidden_ids.column_name, hidden_ids.spelling, hidden_ids.first_row
    
    union all

    select
        hidden_ids.load_id,
        hidden_ids.column_name,
        hidden_ids.spelling,
        hidden_ids.first_row,
        cast(min(known.content_id) as nvarchar(4000)) collate Latin1_General_100_BIN2 as twin
    from hidden_ids
    inner join known_content as known
        on
            hidden_ids.seen = known.content_id
            and hidden_ids.load_id >= known.load_id
    where hidden_ids.column_name = 'content_id'
    group by hidden_ids.load_id, hidden_ids.column_name, hidden_ids.spelling, hidden_ids.first_row
    
    union all

    select
        hidden_ids.load_id,
        hidden_ids.column_name,
        hidden_ids.spelling,
        hidden_ids.first_row,
        cast(min(known.session_id) as nvarchar(4000)) collate Latin1_General_100_BIN2 as twin
    from hidden_ids
    inner join known_viewing_sessions as known
        on
            hidden_ids.seen = known.session_id
            and hidden_ids.load_id >= known.load_id
    where hidden_ids.column_name = 'session_id'
    group by hidden_ids.load_id, hidden_ids.column_name, hidden_ids.spelling, hidden_ids.first_row
    
),

twins_ranked as (
    select
        load_id,
        column_name,
        spelling,
        twin,
        first_row,
        count(*) over (partition by load_id) as spellings,
        row_number() over (partition by load_id order by first_row, column_name) as place
    from twins
),

hidden_signs as (
    select
        cast(nchar(160) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u00a0') as written
    union all
    select
        cast(nchar(5760) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u1680') as written
    union all
    select
        cast(nchar(8192) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u2000') as written
    union all
    select
        cast(nchar(8193) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u2001') as written
    union all
    select
        cast(nchar(8194) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u2002') as written
    union all
    select
        cast(nchar(8195) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u2003') as written
    union all
    select
        cast(nchar(8196) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u2004') as written
    union all
    select
        cast(nchar(8197) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u2005') as written
    union all
    select
        cast(nchar(8198) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u2006') as written
    union all
    select
        cast(nchar(8199) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u2007') as written
    union all
    select
        cast(nchar(8200) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u2008') as written
    union all
    select
        cast(nchar(8201) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u2009') as written
    union all
    select
        cast(nchar(8202) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u200a') as written
    union all
    select
        cast(nchar(8239) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u202f') as written
    union all
    select
        cast(nchar(8287) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u205f') as written
    union all
    select
        cast(nchar(12288) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u3000') as written
    union all
    select
        cast(nchar(173) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u00ad') as written
    union all
    select
        cast(nchar(6158) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u180e') as written
    union all
    select
        cast(nchar(8203) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u200b') as written
    union all
    select
        cast(nchar(8204) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u200c') as written
    union all
    select
        cast(nchar(8205) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u200d') as written
    union all
    select
        cast(nchar(8206) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u200e') as written
    union all
    select
        cast(nchar(8207) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u200f') as written
    union all
    select
        cast(nchar(8234) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u202a') as written
    union all
    select
        cast(nchar(8235) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u202b') as written
    union all
    select
        cast(nchar(8236) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u202c') as written
    union all
    select
        cast(nchar(8237) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u202d') as written
    union all
    select
        cast(nchar(8238) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u202e') as written
    union all
    select
        cast(nchar(8288) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u2060') as written
    union all
    select
        cast(nchar(8289) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u2061') as written
    union all
    select
        cast(nchar(8290) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u2062') as written
    union all
    select
        cast(nchar(8291) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u2063') as written
    union all
    select
        cast(nchar(8292) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u2064') as written
    union all
    select
        cast(nchar(65279) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'ufeff') as written
    union all
    select
        cast(nchar(768) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u0300') as written
    union all
    select
        cast(nchar(769) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u0301') as written
    union all
    select
        cast(nchar(770) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u0302') as written
    union all
    select
        cast(nchar(771) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u0303') as written
    union all
    select
        cast(nchar(772) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u0304') as written
    union all
    select
        cast(nchar(773) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u0305') as written
    union all
    select
        cast(nchar(774) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u0306') as written
    union all
    select
        cast(nchar(775) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u0307') as written
    union all
    select
        cast(nchar(776) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u0308') as written
    union all
    select
        cast(nchar(777) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u0309') as written
    union all
    select
        cast(nchar(778) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u030a') as written
    union all
    select
        cast(nchar(779) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u030b') as written
    union all
    select
        cast(nchar(780) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u030c') as written
    union all
    select
        cast(nchar(781) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u030d') as written
    union all
    select
        cast(nchar(782) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u030e') as written
    union all
    select
        cast(nchar(783) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u030f') as written
    union all
    select
        cast(nchar(795) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u031b') as written
    union all
    select
        cast(nchar(803) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u0323') as written
    union all
    select
        cast(nchar(806) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u0326') as written
    union all
    select
        cast(nchar(807) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u0327') as written
    union all
    select
        cast(nchar(808) as nvarchar(4000)) collate Latin1_General_100_BIN2 as sign,
        concat(char(92), 'u0328') as written
    
),

seen_0 as (
    select
        load_id,
        spellings,
        cast(concat(column_name, ': ', spelling, ' looks like ', twin, ' (row ', first_row, ')') as nvarchar(4000)) collate Latin1_General_100_BIN2 as example
    from twins_ranked
    where place = 1
),


seen_1 as (
    select
        shown.load_id,
        shown.spellings,
        coalesce(min(replace(shown.example, hidden_signs.sign, hidden_signs.written)), shown.example) as example
    from seen_0 as shown
    left join hidden_signs on shown.example like concat('%', hidden_signs.sign, '%')
    group by shown.load_id, shown.spellings, shown.example
),


seen_2 as (
    select
        shown.load_id,
        shown.spellings,
        coalesce(min(replace(shown.example, hidden_signs.sign, hidden_signs.written)), shown.example) as example
    from seen_1 as shown
    left join hidden_signs on shown.example like concat('%', hidden_signs.sign, '%')
    group by shown.load_id, shown.spellings, shown.example
),


seen_3 as (
    select
        shown.load_id,
        shown.spellings,
        coalesce(min(replace(shown.example, hidden_signs.sign, hidden_signs.written)), shown.example) as example
    from seen_2 as shown
    left join hidden_signs on shown.example like concat('%', hidden_signs.sign, '%')
    group by shown.load_id, shown.spellings, shown.example
),


look_alikes as (
    select
        loads.load_id,
        case
            when seen_3.load_id is null then 'none'
            else concat(seen_3.spellings, case when seen_3.spellings = 1 then ' text' else ' texts' end)
        end as observed,
        'none' as expected,
        case
            when seen_3.spellings >= 1 then 'suspicious'
            else 'ok'
        end as verdict,
        seen_3.example
    from loads
    left join seen_3 on loads.load_id = seen_3.load_id
)




select
    loads.load_id,
    loads.entity,
    loads.source_file,
    cast('broken_share' as nvarchar(4000)) collate Latin1_General_100_BIN2 as check_name,
    cast(judged.observed as nvarchar(4000)) collate Latin1_General_100_BIN2 as observed,
    cast(judged.expected as nvarchar(4000)) collate Latin1_General_100_BIN2 as expected,
    cast(judged.verdict as nvarchar(4000)) collate Latin1_General_100_BIN2 as verdict,
    cast(judged.example as nvarchar(4000)) collate Latin1_General_100_BIN2 as example,
    cast('Many of the records were quarantined, or could not be read as records.' as nvarchar(4000)) collate Latin1_General_100_BIN2 as meaning,
    cast('Have the file exported again in the format of the contract, and deliver it.' as nvarchar(4000)) collate Latin1_General_100_BIN2 as remedy
from loads
inner join broken_share as judged on loads.load_id = judged.load_id
where loads.entity in ('users', 'viewing_sessions', 'content')


union all
select
    loads.load_id,
    loads.entity,
    loads.source_file,
    cast('held_share' as nvarchar(4000)) collate Latin1_General_100_BIN2 as check_name,
    cast(judged.observed as nvarchar(4000)) collate Latin1_General_100_BIN2 as observed,
    cast(judged.expected as nvarchar(4000)) collate Latin1_General_100_BIN2 as expected,
    cast(judged.verdict as nvarchar(4000)) collate Latin1_General_100_BIN2 as verdict,
    cast(judged.example as nvarchar(4000)) collate Latin1_General_100_BIN2 as example,
    cast('Many of the sessions wait for a user or a title that has not been delivered.' as nvarchar(4000)) collate Latin1_General_100_BIN2 as meaning,
    cast('Deliver the users and titles that are missing; the next run then counts the sessions and publishes by itself.' as nvarchar(4000)) collate Latin1_General_100_BIN2 as remedy
from loads
inner join held_share as judged on loads.load_id = judged.load_id
where loads.entity in ('viewing_sessions')


union all
select
    loads.load_id,
    loads.entity,
    loads.source_file,
    cast('repaired_share' as nvarchar(4000)) collate Latin1_General_100_BIN2 as check_name,
    cast(judged.observed as nvarchar(4000)) collate Latin1_General_100_BIN2 as observed,
    cast(judged.expected as nvarchar(4000)) collate Latin1_General_100_BIN2 as expected,
    cast(judged.verdict as nvarchar(4000)) collate Latin1_General_100_BIN2 as verdict,
    cast(judged.example as nvarchar(4000)) collate Latin1_General_100_BIN2 as example,
    cast('Many values of a column were not taken: they became null, a default, or the nearest bound.' as nvarchar(4000)) collate Latin1_General_100_BIN2 as meaning,
    cast('See how the source writes this column, and have the file exported again.' as nvarchar(4000)) collate Latin1_General_100_BIN2 as remedy
from loads
inner join repaired_share as judged on loads.load_id = judged.load_id
where loads.entity in ('users', 'viewing_sessions', 'content')


union all
select
    loads.load_id,
    loads.entity,
    loads.source_file,
    cast('column_emptied' as nvarchar(4000)) collate Latin1_General_100_BIN2 as check_name,
    cast(judged.observed as nvarchar(4000)) collate Latin1_General_100_BIN2 as observed,
    cast(judged.expected as nvarchar(4000)) collate Latin1_General_100_BIN2 as expected,
    cast(judged.verdict as nvarchar(4000)) collate Latin1_General_100_BIN2 as verdict,
    cast(judged.example as nvarchar(4000)) collate Latin1_General_100_BIN2 as example,
    cast('A column that was filled until now has arrived all but empty.' as nvarchar(4000)) collate Latin1_General_100_BIN2 as meaning,
    cast('Ask the source why the column is empty; a query or an export has lost it.' as nvarchar(4000)) collate Latin1_General_100_BIN2 as remedy
from loads
inner join column_emptied as judged on loads.load_id = judged.load_id
where loads.entity in ('users', 'viewing_sessions', 'content')


union all
select
    loads.load_id,
    loads.entity,
    loads.source_file,
    cast('volume' as nvarchar(4000)) collate Latin1_General_100_BIN2 as check_name,
    cast(judged.observed as nvarchar(4000)) collate Latin1_General_100_BIN2 as observed,
    cast(judged.expected as nvarchar(4000)) collate Latin1_General_100_BIN2 as expected,
    cast(judged.verdict as nvarchar(4000)) collate Latin1_General_100_BIN2 as verdict,
    cast(judged.example as nvarchar(4000)) collate Latin1_General_100_BIN2 as example,
    cast('The file holds far fewer or far more records than such files do.' as nvarchar(4000)) collate Latin1_General_100_BIN2 as meaning,
    cast('See whether the file is complete, and holds the days that it should, once.' as nvarchar(4000)) collate Latin1_General_100_BIN2 as remedy
from loads
inner join volume as judged on loads.load_id = judged.load_id
where loads.entity in ('users', 'viewing_sessions', 'content')


union all
select
    loads.load_id,
    loads.entity,
    loads.source_file,
    cast('identity_changed' as nvarchar(4000)) collate Latin1_General_100_BIN2 as check_name,
    cast(judged.observed as nvarchar(4000)) collate Latin1_General_100_BIN2 as observed,
    cast(judged.expected as nvarchar(4000)) collate Latin1_General_100_BIN2 as expected,
    cast(judged.verdict as nvarchar(4000)) collate Latin1_General_100_BIN2 as verdict,
    cast(judged.example as nvarchar(4000)) collate Latin1_General_100_BIN2 as example,
    cast('Known users have another registration date than before, or known titles another content type.' as nvarchar(4000)) collate Latin1_General_100_BIN2 as meaning,
    cast('See how the source writes dates (day before month?) and makes its ids.' as nvarchar(4000)) collate Latin1_General_100_BIN2 as remedy
from loads
inner join identity_changed as judged on loads.load_id = judged.load_id
where loads.entity in ('users', 'content')


union all
select
    loads.load_id,
    loads.entity,
    loads.source_file,
    cast('days_missing' as nvarchar(4000)) collate Latin1_General_100_BIN2 as check_name,
    cast(judged.observed as nvarchar(4000)) collate Latin1_General_100_BIN2 as observed,
    cast(judged.expected as nvarchar(4000)) collate Latin1_General_100_BIN2 as expected,
    cast(judged.verdict as nvarchar(4000)) collate Latin1_General_100_BIN2 as verdict,
    cast(judged.example as nvarchar(4000)) collate Latin1_General_100_BIN2 as example,
    cast('A day has no session, though the days around it have, and nothing of it had arrived before.' as nvarchar(4000)) collate Latin1_General_100_BIN2 as meaning,
    cast('Deliver the sessions of that day; the export has left it out.' as nvarchar(4000)) collate Latin1_General_100_BIN2 as remedy
from loads
inner join days_missing as judged on loads.load_id = judged.load_id
where loads.entity in ('viewing_sessions')


union all
select
    loads.load_id,
    loads.entity,
    loads.source_file,
    cast('encoded_twice' as nvarchar(4000)) collate Latin1_General_100_BIN2 as check_name,
    cast(judged.observed as nvarchar(4000)) collate Latin1_General_100_BIN2 as observed,
    cast(judged.expected as nvarchar(4000)) collate Latin1_General_100_BIN2 as expected,
    cast(judged.verdict as nvarchar(4000)) collate Latin1_General_100_BIN2 as verdict,
    cast(judged.example as nvarchar(4000)) collate Latin1_General_100_BIN2 as example,
    cast('Texts look like UTF-8 that was read in another encoding and encoded again.' as nvarchar(4000)) collate Latin1_General_100_BIN2 as meaning,
    cast('Have the file exported as UTF-8, once, and deliver it.' as nvarchar(4000)) collate Latin1_General_100_BIN2 as remedy
from loads
inner join encoded_twice as judged on loads.load_id = judged.load_id
where loads.entity in ('users', 'viewing_sessions', 'content')


union all
select
    loads.load_id,
    loads.entity,
    loads.source_file,
    cast('look_alikes' as nvarchar(4000)) collate Latin1_General_100_BIN2 as check_name,
    cast(judged.observed as nvarchar(4000)) collate Latin1_General_100_BIN2 as observed,
    cast(judged.expected as nvarchar(4000)) collate Latin1_General_100_BIN2 as expected,
    cast(judged.verdict as nvarchar(4000)) collate Latin1_General_100_BIN2 as verdict,
    cast(judged.example as nvarchar(4000)) collate Latin1_General_100_BIN2 as example,
    cast('Texts that the eye cannot tell apart are not the same, and count as two.' as nvarchar(4000)) collate Latin1_General_100_BIN2 as meaning,
    cast('Have the source write the value in one way: plain blanks, accents in one form.' as nvarchar(4000)) collate Latin1_General_100_BIN2 as remedy
from loads
inner join look_alikes as judged on loads.load_id = judged.load_id
where loads.entity in ('users', 'viewing_sessions', 'content')


union all
select
    loads.load_id,
    loads.entity,
    loads.source_file,
    cast('zombie_plays' as nvarchar(4000)) collate Latin1_General_100_BIN2 as check_name,
    cast(judged.observed as nvarchar(4000)) collate Latin1_General_100_BIN2 as observed,
    cast(judged.expected as nvarchar(4000)) collate Latin1_General_100_BIN2 as expected,
    cast(judged.verdict as nvarchar(4000)) collate Latin1_General_100_BIN2 as verdict,
    cast(judged.example as nvarchar(4000)) collate Latin1_General_100_BIN2 as example,
    cast('Sessions last many times as long as the title that was watched: players that nobody stopped.' as nvarchar(4000)) collate Latin1_General_100_BIN2 as meaning,
    cast('See how the source ends a session; until then these minutes count as watched.' as nvarchar(4000)) collate Latin1_General_100_BIN2 as remedy
from loads
inner join zombie_plays as judged on loads.load_id = judged.load_id
where loads.entity in ('viewing_sessions');
go
select * into dbo.load_checks__new from staging.load_checks__query;
drop view staging.load_checks__query;
go
begin transaction;
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'load_checks' and table_type = 'VIEW') drop view [dbo].[load_checks];
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'load_checks' and table_type = 'BASE TABLE') drop table [dbo].[load_checks];
exec sp_rename N'dbo.load_checks__new', N'load_checks', N'OBJECT';
if database_principal_id('goldreel_analyst') is not null grant select on dbo.[load_checks] to goldreel_analyst;
if database_principal_id('goldreel_dashboard') is not null grant select on dbo.[load_checks] to goldreel_dashboard;
commit;
go


-- repaired_records: One row per delivered record that did not count, because it broke a rule or could not be read,
-- and whose place a valid repair has taken (outcome repaired). It leads from the record to its repair, which counts
-- instead of it.
create view staging.repaired_records__query as
with withdrawn as (
    select load_id
    from bronze.loads
    where status = 'withdrawn'
),

concerned as (
    select load_id
    from bronze.repairs
    union
    select original_load_id as load_id
    from bronze.repairs
),

judged as (
    select
        cast('users' as nvarchar(4000)) collate Latin1_General_100_BIN2 as entity,
        records.user_id as record_key,
        records.broken_rule,
        records.offending_value,
        records.outcome,
        records.load_id,
        records.source_file,
        records.source_row
    from staging.judged_users as records
    inner join concerned on records.load_id = concerned.load_id
    union all
    select
        cast('viewing_sessions' as nvarchar(4000)) collate Latin1_General_100_BIN2 as entity,
        records.session_id as record_key,
        records.broken_rule,
        records.offending_value,
        records.outcome,
        records.load_id,
        records.source_file,
        records.source_row
    from staging.judged_viewing_sessions as records
    inner join concerned on records.load_id = concerned.load_id
    union all
    select
        cast('content' as nvarchar(4000)) collate Latin1_General_100_BIN2 as entity,
        records.content_id as record_key,
        records.broken_rule,
        records.offending_value,
        records.outcome,
        records.load_id,
        records.source_file,
        records.source_row
    from staging.judged_content as records
    inner join concerned on records.load_id = concerned.load_id
    
),

originals as (
    select
        broken_rule,
        offending_value,
        load_id,
        source_file,
        source_row
    from judged
    where outcome = 'repaired'

    union all

    select
        cast('rejected' as nvarchar(4000)) collate Latin1_General_100_BIN2 as broken_rule,
        cast(rejected.reason as nvarchar(4000)) collate Latin1_General_100_BIN2 as offending_value,
        rejected.load_id,
        cast(rejected.source_file as nvarchar(4000)) collate Latin1_General_100_BIN2 as source_file,
        rejected.source_row
    from bronze.rejected_records as rejected
    left join withdrawn on rejected.load_id = withdrawn.load_id
    where withdrawn.load_id is null
),

-- of several valid repairs of one record the last one
mended as (
    select
        repairs.original_load_id,
        repairs.original_row,
        judged.entity,
        judged.record_key,
        judged.outcome,
        judged.load_id,
        judged.source_file,
        judged.source_row,
        row_number() over (
            partition by repairs.original_load_id, repairs.original_row
            order by repairs.load_id desc, repairs.source_row desc
        ) as place
    from bronze.repairs as repairs
    inner join judged
        on
            repairs.load_id = judged.load_id
            and repairs.source_row = judged.source_row
    left join withdrawn on repairs.load_id = withdrawn.load_id
    where
        judged.outcome <> 'quarantined'
        and withdrawn.load_id is null
)

select
    mended.entity,
    originals.broken_rule as "rule",
    originals.offending_value,
    originals.load_id,
    originals.source_file,
    originals.source_row,
    mended.record_key,
    mended.outcome as repair_outcome,
    mended.load_id as repair_load_id,
    mended.source_file as repair_source_file,
    mended.source_row as repair_source_row
from originals
inner join mended
    on
        originals.load_id = mended.original_load_id
        and originals.source_row = mended.original_row
        and mended.place = 1;
go
select * into dbo.repaired_records__new from staging.repaired_records__query;
drop view staging.repaired_records__query;
go
begin transaction;
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'records_to_repair' and table_type = 'VIEW') drop view [dbo].[records_to_repair];
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'records_to_repair' and table_type = 'BASE TABLE') drop table [dbo].[records_to_repair];
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'repaired_records' and table_type = 'VIEW') drop view [dbo].[repaired_records];
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'repaired_records' and table_type = 'BASE TABLE') drop table [dbo].[repaired_records];
exec sp_rename N'dbo.repaired_records__new', N'repaired_records', N'OBJECT';
if database_principal_id('goldreel_analyst') is not null grant select on dbo.[repaired_records] to goldreel_analyst;
commit;
go


-- records_to_repair: One row per delivered record that does not count because it breaks a rule or could not be read,
-- with all its values as delivered: what goldreel quarantine writes, and goldreel repair takes when it is mended.
-- Left out is what was repaired or withdrawn. Columns of other kinds of record are empty.
begin transaction;
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'records_to_repair' and table_type = 'VIEW') drop view [dbo].[records_to_repair];
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'records_to_repair' and table_type = 'BASE TABLE') drop table [dbo].[records_to_repair];
go
create view dbo.records_to_repair as
with withdrawn as (
    select load_id
    from bronze.loads
    where status = 'withdrawn'
),

rejected as (
    select *
    from bronze.rejected_records
)

select
    cast(rejected.entity as nvarchar(4000)) collate Latin1_General_100_BIN2 as entity,
    cast('rejected' as nvarchar(4000)) collate Latin1_General_100_BIN2 as "rule",
    cast(rejected.reason as nvarchar(4000)) collate Latin1_General_100_BIN2 as offending_value,
    rejected.load_id,
    cast(rejected.source_file as nvarchar(4000)) collate Latin1_General_100_BIN2 as source_file,
    rejected.source_row,
    rejected.raw,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as user_id,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as age,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as country,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as subscription_type,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as registration_date,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as total_watch_time_hours,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as session_id,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as content_id,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as watch_date,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as watch_duration_minutes,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as completion_percentage,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as device_type,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as quality_level,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as title,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as genre,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as content_type,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as duration_minutes,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as release_year,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as rating,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as views_count,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as production_budget,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as seasons,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as total_episodes,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as avg_episode_duration,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as episodes_per_season,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as _extra
from rejected
left join withdrawn on rejected.load_id = withdrawn.load_id
left join dbo.repaired_records as repaired_records
    on
        rejected.load_id = repaired_records.load_id
        and rejected.source_row = repaired_records.source_row
where
    withdrawn.load_id is null
    and repaired_records.load_id is null

union all

select
    quarantine.entity,
    quarantine."rule",
    quarantine.offending_value,
    quarantine.load_id,
    quarantine.source_file,
    quarantine.source_row,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as not_read,
    bronze_users.user_id,
    bronze_users.age,
    bronze_users.country,
    bronze_users.subscription_type,
    bronze_users.registration_date,
    bronze_users.total_watch_time_hours,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as session_id,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as content_id,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as watch_date,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as watch_duration_minutes,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as completion_percentage,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as device_type,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as quality_level,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as title,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as genre,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as content_type,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as duration_minutes,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as release_year,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as rating,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as views_count,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as production_budget,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as seasons,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as total_episodes,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as avg_episode_duration,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as episodes_per_season,
    bronze_users._extra
from dbo.quarantine as quarantine
inner join bronze.users as bronze_users
    on
        quarantine.load_id = bronze_users._load_id
        and quarantine.source_row = bronze_users._source_row
where quarantine.entity = 'users'

union all

select
    quarantine.entity,
    quarantine."rule",
    quarantine.offending_value,
    quarantine.load_id,
    quarantine.source_file,
    quarantine.source_row,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as not_read,
    bronze_viewing_sessions.user_id,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as age,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as country,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as subscription_type,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as registration_date,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as total_watch_time_hours,
    bronze_viewing_sessions.session_id,
    bronze_viewing_sessions.content_id,
    bronze_viewing_sessions.watch_date,
    bronze_viewing_sessions.watch_duration_minutes,
    bronze_viewing_sessions.completion_percentage,
    bronze_viewing_sessions.device_type,
    bronze_viewing_sessions.quality_level,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as title,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as genre,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as content_type,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as duration_minutes,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as release_year,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as rating,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as views_count,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as production_budget,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as seasons,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as total_episodes,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as avg_episode_duration,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as episodes_per_season,
    bronze_viewing_sessions._extra
from dbo.quarantine as quarantine
inner join bronze.viewing_sessions as bronze_viewing_sessions
    on
        quarantine.load_id = bronze_viewing_sessions._load_id
        and quarantine.source_row = bronze_viewing_sessions._source_row
where quarantine.entity = 'viewing_sessions'

union all

select
    quarantine.entity,
    quarantine."rule",
    quarantine.offending_value,
    quarantine.load_id,
    quarantine.source_file,
    quarantine.source_row,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as not_read,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as user_id,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as age,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as country,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as subscription_type,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as registration_date,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as total_watch_time_hours,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as session_id,
    bronze_content.content_id,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as watch_date,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as watch_duration_minutes,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as completion_percentage,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as device_type,
    cast(null as nvarchar(4000)) collate Latin1_General_100_BIN2 as quality_level,
    bronze_content.title,
    bronze_content.genre,
    bronze_content.content_type,
    bronze_content.duration_minutes,
    bronze_content.release_year,
    bronze_content.rating,
    bronze_content.views_count,
    bronze_content.production_budget,
    bronze_content.seasons,
    bronze_content.total_episodes,
    bronze_content.avg_episode_duration,
    bronze_content.episodes_per_season,
    bronze_content._extra
from dbo.quarantine as quarantine
inner join bronze.content as bronze_content
    on
        quarantine.load_id = bronze_content._load_id
        and quarantine.source_row = bronze_content._source_row
where quarantine.entity = 'content';
go
commit;
go


-- cost_of_bad_data: One row per rule and load: the viewing sessions that do not count because of its broken records,
-- and the hours that are missing from every total with them. A session that waits for a user or title is counted at
-- the broken record of that user or title, where one was delivered. Left out: a broken session of which another
-- record is valid, and what was withdrawn, repaired or forgotten.
create view staging.cost_of_bad_data__query as
with broken as (
    select
        session_id,
        broken_rule,
        load_id,
        source_file,
        case when duration_minutes is null or duration_minutes <= 0 or duration_minutes > 1440 then 0 else duration_minutes end as minutes,
        case
            when session_id is null then 1
            else row_number() over (partition by session_id order by load_id desc, source_row desc)
        end as place
    from staging.judged_viewing_sessions
    where outcome = 'quarantined'
),

-- of all records of these sessions: engines then keep the few broken ones in memory, and not all valid ones
valid_by_another_record as (
    select judged.session_id
    from staging.judged_viewing_sessions as judged
    where judged.session_id in (select broken.session_id from broken)
    group by judged.session_id
    having max(case when judged.outcome not in ('superseded', 'quarantined', 'withdrawn', 'repaired') then 1 else 0 end) = 1
),

-- a session is lost once, and not at all where another record of it is valid
lost as (
    select broken.*
    from broken
    left join valid_by_another_record on broken.session_id = valid_by_another_record.session_id
    where
        broken.place = 1
        and valid_by_another_record.session_id is null
),


quarantined_users as (
    select
        user_id,
        broken_rule,
        load_id,
        source_file,
        row_number() over (partition by user_id order by load_id desc, source_row desc) as place
    from staging.judged_users
    where outcome = 'quarantined'
),


quarantined_content as (
    select
        content_id,
        broken_rule,
        load_id,
        source_file,
        row_number() over (partition by content_id order by load_id desc, source_row desc) as place
    from staging.judged_content
    where outcome = 'quarantined'
),


-- what waits, waits for the user or title that was delivered broken, or was not delivered at all
uncounted as (
    select
        cast('viewing_sessions' as nvarchar(4000)) collate Latin1_General_100_BIN2 as entity,
        cast('rejected' as nvarchar(4000)) collate Latin1_General_100_BIN2 as broken_rule,
        load_id,
        source_file,
        0 as minutes
    from dbo.records_to_repair
    where
        entity = 'viewing_sessions'
        and "rule" = 'rejected'

    union all

    select
        cast('viewing_sessions' as nvarchar(4000)) collate Latin1_General_100_BIN2 as entity,
        broken_rule,
        load_id,
        source_file,
        minutes
    from lost
    
    union all

    select
        case
            when quarantined_users.user_id is null then cast('viewing_sessions' as nvarchar(4000)) collate Latin1_General_100_BIN2
            else cast('users' as nvarchar(4000)) collate Latin1_General_100_BIN2
        end as entity,
        coalesce(quarantined_users.broken_rule, held."rule") as broken_rule,
        coalesce(quarantined_users.load_id, held.load_id) as load_id,
        coalesce(quarantined_users.source_file, held.source_file) as source_file,
        held.duration_minutes as minutes
    from dbo.held_viewing_sessions as held
    left join quarantined_users
        on
            held.user_id = quarantined_users.user_id
            and quarantined_users.place = 1
    where held."rule" = 'user_unknown'
    
    union all

    select
        case
            when quarantined_content.content_id is null then cast('viewing_sessions' as nvarchar(4000)) collate Latin1_General_100_BIN2
            else cast('content' as nvarchar(4000)) collate Latin1_General_100_BIN2
        end as entity,
        coalesce(quarantined_content.broken_rule, held."rule") as broken_rule,
        coalesce(quarantined_content.load_id, held.load_id) as load_id,
        coalesce(quarantined_content.source_file, held.source_file) as source_file,
        held.duration_minutes as minutes
    from dbo.held_viewing_sessions as held
    left join quarantined_content
        on
            held.content_id = quarantined_content.content_id
            and quarantined_content.place = 1
    where held."rule" = 'content_unknown'
    
)

select
    entity,
    broken_rule as "rule",
    load_id,
    source_file,
    cast(count(*) as bigint) as sessions,
    cast(sum(minutes) as float) / 60 as watch_hours
from uncounted
group by entity, broken_rule, load_id, source_file;
go
select * into dbo.cost_of_bad_data__new from staging.cost_of_bad_data__query;
drop view staging.cost_of_bad_data__query;
go
begin transaction;
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'cost_of_bad_data' and table_type = 'VIEW') drop view [dbo].[cost_of_bad_data];
if exists (select 1 from information_schema.tables where table_schema = N'dbo' and table_name = N'cost_of_bad_data' and table_type = 'BASE TABLE') drop table [dbo].[cost_of_bad_data];
exec sp_rename N'dbo.cost_of_bad_data__new', N'cost_of_bad_data', N'OBJECT';
if database_principal_id('goldreel_analyst') is not null grant select on dbo.[cost_of_bad_data] to goldreel_analyst;
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
