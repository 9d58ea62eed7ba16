"""What the engines know: words, functions and types. The lists leave out what no model should need."""

from __future__ import annotations


def words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# Words that T-SQL does not take as a name unless quoted:
# https://learn.microsoft.com/sql/t-sql/language-elements/reserved-keywords-transact-sql
TSQL_RESERVED = frozenset(
    words(
        """
        add all alter and any as asc authorization backup begin between break browse bulk by cascade case check
        checkpoint close clustered coalesce collate column commit compute constraint contains containstable continue
        convert create cross current current_date current_time current_timestamp current_user cursor database dbcc
        deallocate declare default delete deny desc disk distinct distributed double drop dump else end errlvl escape
        except exec execute exists exit external fetch file fillfactor for foreign freetext freetexttable from full
        function goto grant group having holdlock identity identity_insert identitycol if in index inner insert
        intersect into is join key kill left like lineno load merge national nocheck nonclustered not null nullif of
        off offsets on open opendatasource openquery openrowset openxml option or order outer over percent pivot plan
        precision primary print proc procedure public raiserror read readtext reconfigure references replication
        restore restrict return revert revoke right rollback rowcount rowguidcol rule save schema securityaudit select
        semantickeyphrasetable semanticsimilaritydetailstable semanticsimilaritytable session_user set setuser
        shutdown some statistics system_user table tablesample textsize then to top tran transaction trigger truncate
        try_convert tsequal union unique unpivot update updatetext use user values varying view waitfor when where
        while with writetext
        """
    )
)

# Words that stand before a bracket and are no functions.
STRUCTURE = frozenset(
    words(
        """
        all and any apply as between by case distinct else except exists from having in intersect is join like not on
        or over partition select some then union values when where with within
        """
    )
)

# SQL Server 2017 and later.
TSQL_FUNCTIONS = frozenset(
    words(
        """
        abs acos ascii asin atan atn2 avg cast ceiling char charindex checksum choose coalesce concat concat_ws convert
        cos count count_big cume_dist datalength dateadd datediff datediff_big datefromparts datename datepart day
        degrees dense_rank eomonth exp first_value floor format getdate getutcdate hashbytes iif isdate isjson isnull
        isnumeric json_query json_value lag last_value lead left len log log10 lower ltrim max min month nchar ntile
        nullif openjson patindex percent_rank percentile_cont percentile_disc pi power quotename radians rand
        rank replace replicate reverse right round row_number rtrim sign sin space sqrt square stdev stdevp str
        string_agg string_split stuff substring sum switchoffset sysdatetime sysdatetimeoffset sysutcdatetime tan
        todatetimeoffset translate trim try_cast try_convert unicode upper var varp year
        """
    )
)
TSQL_TABLE_FUNCTIONS = frozenset({"openjson", "string_split"})

# Not real (32 bits), not datetime (3 ms), not text (cannot be compared).
TSQL_TYPES = frozenset(
    words(
        """
        bigint bit char date datetime2 datetimeoffset decimal float int nchar numeric nvarchar smallint time tinyint
        uniqueidentifier varbinary varchar
        """
    )
)
TSQL_TEXT_TYPES = frozenset({"char", "nchar", "nvarchar", "varchar"})

# Spark 3.4 and later.
SPARK_FUNCTIONS = frozenset(
    words(
        """
        abs acos add_months any_value approx_count_distinct array array_contains array_distinct array_join ascii asin
        assert_true atan atan2 avg bit_length bool_and bool_or cast ceil ceiling char char_length chr coalesce
        collect_list collect_set concat concat_ws contains conv cos count count_if cume_dist current_date
        current_timestamp current_timezone date_add date_diff date_format date_sub date_trunc dateadd datediff day
        dayofmonth dayofweek dayofyear decode degrees dense_rank element_at endswith exp explode explode_outer extract
        first first_value
        floor from_json from_unixtime get_json_object greatest hash hour if ifnull initcap instr isnan isnotnull isnull
        lag last last_day last_value lead least left length levenshtein ln locate log log10 log2 lower lpad ltrim
        make_date map max max_by md5 mean median min min_by minute mod month months_between next_day nth_value ntile
        nullif nvl nvl2 percent_rank percentile percentile_approx pi position posexplode pow power quarter radians rand
        rank regexp_count regexp_extract regexp_extract_all regexp_like regexp_replace regexp_substr repeat replace
        reverse right round row_number rpad rtrim second sequence sha1 sha2 sign signum sin size slice sort_array split
        split_part sqrt stack startswith stddev stddev_pop stddev_samp struct substr substring substring_index sum tan
        to_date to_json to_timestamp to_unix_timestamp to_utc_timestamp translate trim trunc try_add try_cast
        try_divide try_subtract
        typeof unhex unix_timestamp upper var_pop var_samp variance weekday weekofyear width_bucket xxhash64 year
        """
    )
)

# Not float: in Spark it has 32 bits, on the other engines 64.
SPARK_TYPES = frozenset(
    words(
        """
        array bigint binary boolean date decimal double int map smallint string struct timestamp tinyint
        """
    )
)

# Functions of one name and one meaning on DuckDB, SQL Server and Spark: a model may call them without a macro.
PORTABLE_FUNCTIONS = frozenset(
    words(
        """
        abs ascii cast ceiling coalesce concat count day dense_rank exp first_value floor lag last_value lead left lower
        max min month ntile nullif power rank replace reverse right row_number sign sqrt sum upper year
        """
    )
)
