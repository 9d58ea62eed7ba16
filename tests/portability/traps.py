"""What is valid SQL on one engine and not, or something else, on another.

A trap looks at one statement and tells each place where it would fall in.
"""

from __future__ import annotations

from portability.compiled import Dialect
from portability.statements import NotOneQuery, Trap, read
from portability.traps_both import (
    integer_ordinals,
    null_safe_comparison,
    projection_without_name,
    shorthand_of_one_engine,
)
from portability.traps_spark import (
    backslash_in_text,
    construct_unknown_to_spark,
    spark_function,
    spark_type,
    text_in_double_quotes,
)
from portability.traps_tsql import (
    aggregate_over_query,
    arguments_left_out,
    boolean_as_value,
    case_of_nulls,
    concatenation_by_pipes,
    construct_unknown_to_tsql,
    crowd_of_arguments,
    cte_in_subquery,
    join_by_name,
    limit,
    mean_of_integers,
    order_in_windows,
    order_of_rows,
    quotient_of_integers,
    reserved_word_as_name,
    text_beyond_ascii,
    text_of_no_exact_collation,
    tsql_function,
    tsql_type,
    value_as_condition,
)


def faults(sql: str, dialect: Dialect) -> list[str]:
    """Why a statement would not run on the engine, or not mean the same; empty when it is portable."""
    try:
        statement = read(sql, dialect)
    except NotOneQuery as error:
        return [str(error)]
    return [fault for trap in TRAPS[dialect] for fault in trap(statement)]


BOTH: tuple[Trap, ...] = (
    projection_without_name,
    shorthand_of_one_engine,
    null_safe_comparison,
    integer_ordinals,
)
TRAPS: dict[Dialect, tuple[Trap, ...]] = {
    "tsql": (
        *BOTH,
        limit,
        join_by_name,
        concatenation_by_pipes,
        crowd_of_arguments,
        cte_in_subquery,
        boolean_as_value,
        value_as_condition,
        order_of_rows,
        order_in_windows,
        tsql_type,
        text_of_no_exact_collation,
        reserved_word_as_name,
        tsql_function,
        arguments_left_out,
        mean_of_integers,
        quotient_of_integers,
        construct_unknown_to_tsql,
        case_of_nulls,
        aggregate_over_query,
        text_beyond_ascii,
    ),
    "spark": (
        *BOTH,
        text_in_double_quotes,
        backslash_in_text,
        spark_function,
        spark_type,
        construct_unknown_to_spark,
    ),
}
