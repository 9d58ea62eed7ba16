-- verify.sql: the checks that an operator runs on the warehouse: tables by layer, rows by layer, the account of every
-- record. Changes nothing. Run it in the warehouse's database: `sqlcmd -b -I -i verify.sql` or
-- `goldreel sql verify.sql --engine sqlserver`; it ends with an error when a check failed.

set nocount on;
go


-- Tables by layer: what is missing?
select
    expected.layer,
    expected.schema_name,
    expected.table_name,
    case when object_id(expected.schema_name + N'.' + expected.table_name) is null then 'MISSING' else 'ok' end as state
from (
    values
        (1, 'bronze', 'bronze', 'loads'),
        (1, 'bronze', 'bronze', 'users'),
        (1, 'bronze', 'bronze', 'viewing_sessions'),
        (1, 'bronze', 'bronze', 'content'),
        (1, 'bronze', 'bronze', 'rejected_records'),
        (2, 'silver', 'dbo', 'silver_users'),
        (2, 'silver', 'dbo', 'silver_viewing_sessions'),
        (2, 'silver', 'dbo', 'silver_content'),
        (2, 'silver', 'dbo', 'quarantine'),
        (2, 'silver', 'dbo', 'held_viewing_sessions'),
        (2, 'silver', 'dbo', 'load_checks'),
        (2, 'silver', 'dbo', 'load_columns'),
        (3, 'gold', 'dbo', 'gold_user_analytics'),
        (3, 'gold', 'dbo', 'gold_content_performance'),
        (3, 'gold', 'dbo', 'gold_country_insights'),
        (3, 'gold', 'dbo', 'gold_genre_analytics'),
        (3, 'gold', 'dbo', 'gold_executive_summary'),
        (3, 'gold', 'dbo', 'gold_user_segmentation'),
        (3, 'gold', 'dbo', 'gold_data_quality'),
        (3, 'gold', 'dbo', 'gold_daily_activity'),
        (3, 'gold', 'dbo', 'gold_retention_cohorts'),
        (3, 'gold', 'dbo', 'gold_subscription_insights'),
        (3, 'gold', 'dbo', 'gold_device_quality'),
        (3, 'gold', 'dbo', 'gold_content_lifecycle'),
        (4, 'star schema', 'dbo', 'dim_user'),
        (4, 'star schema', 'dbo', 'dim_content'),
        (4, 'star schema', 'dbo', 'dim_date'),
        (4, 'star schema', 'dbo', 'dim_genre'),
        (4, 'star schema', 'dbo', 'bridge_content_genre'),
        (4, 'star schema', 'dbo', 'fact_viewing_session')
) as expected (position, layer, schema_name, table_name)
order by expected.position, expected.table_name;
go


-- Rows by layer.
select counted.layer, counted.table_name, counted.row_count
from (
    select 1 as position, 'bronze' as layer, 'users' as table_name, count_big(*) as row_count from bronze.users
    union all select 1, 'bronze', 'viewing_sessions', count_big(*) from bronze.viewing_sessions
    union all select 1, 'bronze', 'content', count_big(*) from bronze.content
    union all select 1, 'bronze', 'rejected_records', count_big(*) from bronze.rejected_records
    union all select 2, 'silver', 'silver_users', count_big(*) from dbo.silver_users
    union all select 2, 'silver', 'silver_viewing_sessions', count_big(*) from dbo.silver_viewing_sessions
    union all select 2, 'silver', 'silver_content', count_big(*) from dbo.silver_content
    union all select 2, 'silver', 'quarantine', count_big(*) from dbo.quarantine
    union all select 2, 'silver', 'held_viewing_sessions', count_big(*) from dbo.held_viewing_sessions
    union all select 2, 'silver', 'load_checks', count_big(*) from dbo.load_checks
    union all select 2, 'silver', 'load_columns', count_big(*) from dbo.load_columns
    union all select 3, 'gold', 'gold_user_analytics', count_big(*) from dbo.gold_user_analytics
    union all select 3, 'gold', 'gold_content_performance', count_big(*) from dbo.gold_content_performance
    union all select 3, 'gold', 'gold_country_insights', count_big(*) from dbo.gold_country_insights
    union all select 3, 'gold', 'gold_genre_analytics', count_big(*) from dbo.gold_genre_analytics
    union all select 3, 'gold', 'gold_executive_summary', count_big(*) from dbo.gold_executive_summary
    union all select 3, 'gold', 'gold_user_segmentation', count_big(*) from dbo.gold_user_segmentation
    union all select 3, 'gold', 'gold_data_quality', count_big(*) from dbo.gold_data_quality
    union all select 3, 'gold', 'gold_daily_activity', count_big(*) from dbo.gold_daily_activity
    union all select 3, 'gold', 'gold_retention_cohorts', count_big(*) from dbo.gold_retention_cohorts
    union all select 3, 'gold', 'gold_subscription_insights', count_big(*) from dbo.gold_subscription_insights
    union all select 3, 'gold', 'gold_device_quality', count_big(*) from dbo.gold_device_quality
    union all select 3, 'gold', 'gold_content_lifecycle', count_big(*) from dbo.gold_content_lifecycle
    union all select 4, 'star schema', 'fact_viewing_session', count_big(*) from dbo.fact_viewing_session
) as counted
order by counted.position, counted.table_name;
go


-- The account: what became of every delivered record.
select entity, outcome, "rule", records
from dbo.gold_data_quality
order by entity, outcome, records desc;
go


-- The checks. Loads newer than the build in dbo make the second one fail: build again.
create table #checks (position int, what nvarchar(200), expected bigint, actual bigint);

insert into #checks
select 1, N'bronze holds the records that the ledger says were loaded',
    (select coalesce(sum(records_loaded), 0) from bronze.loads),
    (select count_big(*) from bronze.users)
    + (select count_big(*) from bronze.viewing_sessions)
    + (select count_big(*) from bronze.content);

insert into #checks
select 2, N'every delivered record has one outcome in the account',
    (select coalesce(sum(records_delivered), 0) from bronze.loads),
    (select coalesce(sum(records), 0) from dbo.gold_data_quality);

insert into #checks
select 3, N'rejected records are kept',
    (select coalesce(sum(records_rejected), 0) from bronze.loads),
    (select count_big(*) from bronze.rejected_records);

insert into #checks
select 4, N'quarantine holds what the account calls quarantined',
    (select coalesce(sum(records), 0) from dbo.gold_data_quality where outcome = 'quarantined'),
    (select count_big(*) from dbo.quarantine);

insert into #checks
select 5, N'silver holds what the account calls current',
    (select coalesce(sum(records), 0) from dbo.gold_data_quality where outcome = 'current'),
    (select count_big(*) from dbo.silver_users)
    + (select count_big(*) from dbo.silver_viewing_sessions)
    + (select count_big(*) from dbo.silver_content);

insert into #checks
select 6, N'the star schema has one fact per session in silver',
    (select count_big(*) from dbo.silver_viewing_sessions),
    (select count_big(*) from dbo.fact_viewing_session);

insert into #checks
select 7, N'gold counts every session once',
    (select count_big(*) from dbo.silver_viewing_sessions),
    (select coalesce(sum(total_sessions), 0) from dbo.gold_user_analytics);

insert into #checks
select 8, N'the executive summary counts the active users',
    (select count_big(*) from dbo.silver_users),
    (select active_users_100h_plus from dbo.gold_executive_summary);

select what, expected, actual, case when expected = actual then 'ok' else 'FAILED' end as state
from #checks
order by position;

if exists (select 1 from #checks where expected <> actual or actual is null)
    throw 50001, N'At least one check failed; the result above says which.', 1;

drop table #checks;
go
