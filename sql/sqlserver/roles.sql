-- roles.sql: who may do what, with no more than that. An administrator of the database runs it once before the first
-- load, and again after an upgrade: `sqlcmd -b -I -i roles.sql`, or `goldreel sql roles.sql --autocommit`.
--
--   goldreel_builder    loads, builds, withdraws and repairs: everything in the schemas of the warehouse, nothing outside
--   goldreel_eraser     the same, and `goldreel forget`, which asks for this role and takes no other (but db_owner)
--   goldreel_analyst    reads silver, gold, the star schema, the quarantine
--   goldreel_dashboard  reads gold, what the rules of the account mean, and what explains a number
--
-- Then, for a login:   create user [name] for login [name];   alter role goldreel_analyst add member [name];
-- Tables that a later build adds are granted by the build.

set nocount on;
go
if database_principal_id('goldreel_builder') is null create role goldreel_builder;
if database_principal_id('goldreel_eraser') is null create role goldreel_eraser;
if database_principal_id('goldreel_analyst') is null create role goldreel_analyst;
if database_principal_id('goldreel_dashboard') is null create role goldreel_dashboard;
go
if schema_id(N'bronze') is null exec(N'create schema bronze');
if schema_id(N'ops') is null exec(N'create schema ops');
if schema_id(N'staging') is null exec(N'create schema staging');
if schema_id(N'build_a') is null exec(N'create schema build_a');
if schema_id(N'build_b') is null exec(N'create schema build_b');
go


-- The readers: every table of dbo that is there now.
declare @grants nvarchar(max) = N'';
declare @name sysname;
declare tables cursor local fast_forward for
    select table_name from information_schema.tables where table_schema = N'dbo' order by table_name;
open tables;
fetch next from tables into @name;
while @@fetch_status = 0
begin
    set @grants = @grants + N'grant select on dbo.' + quotename(@name) + N' to goldreel_analyst; ';
    if @name like N'gold[_]%' or @name in (N'publication', N'data_quality_rules', N'load_checks', N'load_columns',
            N'load_acceptances', N'changed_records', N'change_totals', N'published_numbers', N'published_parts')
        set @grants = @grants + N'grant select on dbo.' + quotename(@name) + N' to goldreel_dashboard; ';
    fetch next from tables into @name;
end;
close tables;
deallocate tables;
exec(@grants);
go


-- Who writes. Control of a schema lets them make, change, fill, drop and grant what is in that schema.
if serverproperty('BabelfishVersion') is null
begin
    declare @to nvarchar(max) = N'
        grant create table to [role];
        grant create view to [role];
        grant control on schema::bronze to [role];
        grant control on schema::ops to [role];
        grant control on schema::staging to [role];
        grant control on schema::build_a to [role];
        grant control on schema::build_b to [role];
        grant control on schema::dbo to [role];
    ';
    declare @grants nvarchar(max) = replace(@to, N'[role]', N'goldreel_builder')
        + replace(@to, N'[role]', N'goldreel_eraser');
    exec(@grants);
end
else
    print N'Babelfish has none of these permissions: builders and erasers may do nothing here but as an owner.';
go
