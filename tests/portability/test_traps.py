"""The traps themselves: each catches what it is there for, and lets good SQL pass."""

from __future__ import annotations

import pytest
from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError

from portability import statements, traps_both, traps_spark, traps_tsql
from portability.compiled import DIALECTS, Catalogue, Dialect
from portability.statements import NotOneQuery, Trap, read
from portability.traps import TRAPS, faults

BAD: dict[Dialect, dict[Trap, list[str]]] = {
    "tsql": {
        traps_both.projection_without_name: [
            "select a, b + 1 from t",
            "select count(*) from t",
            "select x.n from (select max(a) from t) as x",
            "with x as (select max(a) from t) select 1 as one from x",
            "select a as one from t union all select max(b) from t",
            "select x.n from (select a as n from t union all select max(b) from t) as x",
            "(select a as one from t) union all (select max(b) from t)",
            "select t.a, u.a from t cross join u",
            "select a, b as A from t",
        ],
        traps_both.shorthand_of_one_engine: [
            "select a from t qualify row_number() over (order by a) = 1",
            "select distinct on (a) a, b from t",
            "select * exclude (a) from t",
            "select * replace (1 as a) from t",
            "select a from t group by all",
            "from t select a",
            "select x.a from (from t) as x",
            "select a from t where a == 1",
            "select a::int as b from t",
            "select struct_pack(n := a) as b from t",
        ],
        traps_both.null_safe_comparison: [
            "select a from t where a is not distinct from b",
            "select a from t where a is distinct from b",
        ],
        traps_both.integer_ordinals: ["select a from t group by 1", "select a from t group by a, 'x'"],
        traps_tsql.limit: [
            "select a from t limit 1",
            "select top 1 a from t",
            "select a from t order by a offset 1 rows fetch next 1 rows only",
            "select x.a from (select a from t limit 1) as x",
        ],
        traps_tsql.join_by_name: ["select a from t join u using (a)", "select a from t natural join u"],
        traps_tsql.concatenation_by_pipes: ["select a || b as c from t", "select a from t where a || 'x' = 'y'"],
        traps_tsql.crowd_of_arguments: [f"select concat({', '.join(['a'] * 101)}) as b from t"],
        traps_tsql.cte_in_subquery: [
            "select y.a from (with x as (select a from t) select a from x) as y",
            "with y as (with x as (select a from t) select a from x) select a from y",
            "select a from t where a in (with x as (select a from t) select a from x)",
            "with recursive x as (select 1 as a) select a from x",
            "with x as materialized (select 1 as a) select a from x",
        ],
        traps_tsql.boolean_as_value: [
            "select (a > b) as c from t",
            "select t.a > b as c from t",
            "select (a and b) as c from t",
            "select (not a) as c from t",
            "select true as c",
            "select a is null as c from t",
            "select a in (1, 2) as c from t",
            "select a between 1 and 2 as c from t",
            "select a like 'x' as c from t",
            "select exists (select 1 as one from t) as c",
            "select nullif(a > 1, 0) as c from t",
            "select coalesce(a = 1, 0) as c from t",
            "select sum(cast(a > 1 as int)) as c from t",
            "select case when a > 1 then b > 1 end as c from t",
            "select case a when b > 1 then 1 end as c from t",
            "select a from t where (a > 1) = (b > 1)",
            "select a from t where a = false",
            "select a, row_number() over (order by a is null) as b from t",
        ],
        traps_tsql.value_as_condition: [
            "select a from t where is_active",
            "select a from t where a > 1 and not is_active",
            "select case when is_active then 1 end as c from t",
            "select a from t group by a having max(b)",
            "select a from t join u on u.flag",
            "select a from t where coalesce(a, 0)",
        ],
        traps_tsql.order_of_rows: [
            "select a from t order by a",
            "select a from t union all select a from u order by a",
            "with x as (select a from t order by a) select a from x",
            "select x.a from (select a from t order by a) as x",
        ],
        traps_tsql.order_in_windows: [
            "select row_number() over (partition by a) as b from t",
            "select lag(a) over () as b from t",
            "select row_number() over (order by 1) as b from t",
            "select row_number() over (order by a nulls last) as b from t",
            "select row_number() over (order by a desc nulls first) as b from t",
            "select count(distinct a) over (partition by b) as c from t",
            "select sum(a) over w as b from t window w as (partition by a)",
        ],
        traps_tsql.tsql_type: [
            "select cast(a as double) as b from t",
            "select cast(a as double precision) as b from t",
            "select cast(a as string) as b from t",
            "select cast(a as text) as b from t",
            "select cast(a as boolean) as b from t",
            "select cast(a as timestamp) as b from t",
            "select try_cast(a as hugeint) as b from t",
            "select cast(a as real) as b from t",
            "select cast(a as float(24)) as b from t",
            "select cast(a as varchar) as b from t",
            "select cast(a as nvarchar) as b from t",
        ],
        traps_tsql.text_of_no_exact_collation: [
            "select cast(a as nvarchar(10)) as b from t",
            "select try_cast(a as varchar(10)) as b from t",
            "select cast(a as nvarchar(10)) collate Latin1_General_100_CI_AS as b from t",
        ],
        traps_tsql.reserved_word_as_name: [
            "select rule from t",
            "select a as user from t",
            "select t.key from t",
            "select plan.a from t as plan",
            "with file as (select 1 as a) select a from file",
            "select percent from t",
            "select current_date as today",
        ],
        traps_tsql.tsql_function: [
            "select chr(9) as a",
            "select length(a) as b from t",
            "select regexp_full_match(a, 'x') as b from t",
            "select regexp_replace(a, 'x', 'y') as b from t",
            "select unnest(a) as b from t",
            "select a from generate_series(1, 2) as t (a)",
            "select string_split(a, ',') as b from t",
            "select date_trunc('month', a) as b from t",
            "select extract(year from a) as b from t",
            "select ifnull(a, 0) as b from t",
            "select greatest(a, b) as c from t",
            "select any_value(a) as b from t",
            "select now() as b",
            "select ceil(a) as b from t",
            "select current_timestamp() as b",
            "select made_up(a) as b from t",
        ],
        traps_tsql.arguments_left_out: [
            "select trim(a, 'x') as b from t",
            "select trim(concat(a, b), char(9)) as c from t",
            "select round(a) as b from t",
            "select substring(a, 2) as b from t",
        ],
        traps_tsql.mean_of_integers: [
            "select avg(a) as b from t",
            "select avg(a * 2) as b from t",
            "select avg(cast(a as bigint)) as b from t",
            "select avg(distinct a) as b from t",
            "select avg(a) over (partition by b) as c from t",
        ],
        traps_tsql.quotient_of_integers: [
            "select 1 / 2 as a",
            "select count(*) / 2 as a from t",
            "select sum(1) / count(*) as a from t",
            "select 100 * count(*) / count(b) as a from t",
            "select (1 + 2) / nullif(count(*), 0) as a from t",
            "select count(*) / count(*) over () as a from t",
            "select datediff(day, a, b) / 7 as c from t",
            "select 1.5 * (year(a) / 100) as b from t",
        ],
        traps_tsql.construct_unknown_to_tsql: [
            "select a + interval '1 day' as b from t",
            "select a - interval 1 day as b from t",
            "select extract(year from a) as b from t",
            "select sum(a) filter (where b > 1) as c from t",
            "select a from t where a ilike 'x'",
            "select a from t where a rlike 'x'",
            "select a from t where a similar to 'x'",
            "select a -> 'x' as b from t",
            "select a from t where (a, b) in (select c, d from u)",
            "select a from t where (a, b) = (1, 2)",
        ],
        traps_tsql.case_of_nulls: [
            "select case when a = 1 then null end as b from t",
            "select case when a = 1 then null else null end as b from t",
        ],
        traps_tsql.aggregate_over_query: [
            "select sum((select max(a) as a from u)) as b from t",
            "select sum(case when exists (select 1 as one from u) then 1 else 0 end) as b from t",
            "select max(sum(a)) as b from t",
            "select count(distinct a, b) as c from t",
        ],
        traps_tsql.text_beyond_ascii: ["select 'é' as a", "select a from t where a = 'Zürich'"],
    },
    "spark": {
        traps_both.projection_without_name: [
            "select a, a > 1 from t",
            "select x.n from (select max(a) from t) as x",
            "select t.a, u.a from t cross join u",
        ],
        traps_both.shorthand_of_one_engine: [
            "select a from t qualify row_number() over (order by a) = 1",
            "select * exclude (a) from t",
            "select a::int as b from t",
            "from t select a",
            "select list_transform(a, x -> x + 1) as b from t",
            "select a[1] as b from t",
        ],
        traps_both.null_safe_comparison: ["select a from t where a is not distinct from b"],
        traps_both.integer_ordinals: ["select a from t group by 1"],
        traps_spark.text_in_double_quotes: ['select "rule" as a from t', 'select a as "rule" from t'],
        traps_spark.backslash_in_text: [r"select a from t where a rlike '^\d+$'", r"select '\n' as a"],
        traps_spark.spark_function: [
            "select regexp_full_match(a, 'x') as b from t",
            "select regexp_matches(a, 'x') as b from t",
            "select string_split(a, ',') as b from t",
            "select unnest(a) as b from t",
            "select a from generate_series(1, 2) as t (a)",
            "select ends_with(a, 'x') as b from t",
            "select strptime(a, 'x') as b from t",
            "select patindex('x', a) as b from t",
            "select made_up(a) as b from t",
        ],
        traps_spark.spark_type: [
            "select cast(a as nvarchar(10)) as b from t",
            "select cast(a as float) as b from t",
            "select try_cast(a as hugeint) as b from t",
        ],
        traps_spark.construct_unknown_to_spark: [
            "select a collate Latin1_General_100_BIN2 as b from t",
            "select p.value as a from t cross apply string_split(t.a, ',') as p",
        ],
    },
}

GOOD: dict[Dialect, list[str]] = {
    "tsql": [
        "select a, b as c, t.*, 1 as one, 'x' as [user], \"rule\" from t",
        "select a from t union all select a from u",
        "with x as (select a from t), y as (select a from x) select y.a from y",
        "select case when a > 1 and not (b = 2 or c is null) then 1 else 0 end as d from t where a in (1, 2)",
        "select case a when 1 then 'x' end as b from t join u on t.a = u.a and (u.b > 1 or u.b is null)",
        "select a, count(*) as n from t group by a having count(*) > 1",
        "select row_number() over (partition by a order by b desc) as n from t",
        "select sum(sum(a)) over () as b from t group by c",
        "select avg(cast(a as float)) as b, avg(distinct cast(a as float)) as c from t",
        "select cast(count(*) as float) / count(a) as b, floor((month(a) + 2) / 3) as c, a / 60 as d from t",
        "select cast(a as nvarchar(4000)) collate Latin1_General_100_BIN2 as b, cast(a as datetime2(6)) as c from t",
        "select try_cast(a as bigint) as b, try_convert(date, left(a, 10), 23) as c from t",
        "select trim(concat(char(9), char(10)) from a) as b, substring(a, 2, 10) as c, round(a, 2) as d from t",
        "select p.value as part from t cross apply string_split(t.a, ',') as p",
        "select d.n from (values (0), (1)) as d (n)",
        "select a from t where exists (select 1 from u) and a > any (select b from u)",
        "select N'é' as a, dateadd(day, -1, a) as b, sysdatetime() as c from t",
        "select case when a = 1 then null when a = 2 then b end as c from t",
    ],
    "spark": [
        "select a, b as `rule`, 'x' as c from t",
        "select explode(sequence(min(a), max(a), interval 1 day)) as b from t",
        "select try_cast(a as double) as b, trim(both concat(char(9), chr(10)) from a) as c from t",
        "select a > 1 as b, a || 'x' as c from t where a rlike '^[0-9]+' limit 1",
        "select explode(split(a, '[,]')) as b from t",
    ],
}


def flat(snippets: dict[Dialect, dict[Trap, list[str]]]) -> list[object]:
    return [
        pytest.param(dialect, trap, sql, id=f"{dialect}-{trap.__name__}-{position}")
        for dialect, by_trap in snippets.items()
        for trap, several in by_trap.items()
        for position, sql in enumerate(several)
    ]


@pytest.mark.parametrize(("dialect", "trap", "sql"), flat(BAD))
def test_a_trap_catches_what_it_is_there_for(dialect: Dialect, trap: Trap, sql: str) -> None:
    assert list(trap(read(sql, dialect)))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_trap_has_something_to_catch(dialect: Dialect) -> None:
    assert set(BAD[dialect]) == set(TRAPS[dialect])
    assert all(BAD[dialect].values())


@pytest.mark.parametrize(("dialect", "sql"), [(dialect, sql) for dialect in DIALECTS for sql in GOOD[dialect]])
def test_good_sql_falls_into_no_trap(dialect: Dialect, sql: str) -> None:
    assert faults(sql, dialect) == []


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("select from where", "does not parse"),
        ("select a from t where (a = 1", "does not parse"),
        ("select 1 as a; select 2 as a", "holds 2 statements"),
        ("", "no query"),
        ("insert into t select 1 as a", "no query"),
        ("exec sp_who", "no query"),
        ("show tables", "parses with warnings"),
        ("select 1 as a;", "semicolon"),
    ],
)
def test_what_is_not_one_query_is_refused(dialect: Dialect, sql: str, reason: str) -> None:
    with pytest.raises(NotOneQuery, match=reason):
        read(sql, dialect)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "sql",
    [
        "select no_such_column from bronze.users",
        "select no_such_table.user_id from bronze.users",
        "select user_id from bronze.users as a cross join bronze.users as b",
        "select user_id as id, id as again from bronze.users",
        "select user_id as id from bronze.users where id = 'x'",
        "select user_id as id, count(*) as n from bronze.users group by id",
    ],
)
def test_a_column_that_is_not_there_is_not_found(dialect: Dialect, sql: str) -> None:
    with pytest.raises(SqlglotError):
        Catalogue(dialect).read(sql.replace("bronze.", "warehouse.bronze.") if dialect == "tsql" else sql)


def test_once_types_are_known_integers_in_columns_are_found_too() -> None:
    tree = Catalogue("tsql").read("select load_id / source_row as a from warehouse.bronze.rejected_records")
    assert list(traps_tsql.quotient_of_integers(statements.Statement("", [], tree)))
    untraced = parse_one("select load_id / source_row as a from t", read="tsql")
    assert isinstance(untraced, exp.Query)
    assert not list(traps_tsql.quotient_of_integers(statements.Statement("", [], untraced)))
