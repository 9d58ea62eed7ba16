"""Expressions over one record, in DuckDB's SQL: parsed by DuckDB, and nothing but an expression goes through.

What is allowed is listed, and everything else is refused: no queries, no windows and aggregates (they see other
records), no functions that depend on anything but their arguments. The connection that evaluates them cannot reach
files, the network, or its own settings either.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import duckdb

from goldreel import limits

_CLASSES = frozenset(
    {
        *("CONSTANT", "COLUMN_REF", "FUNCTION", "COMPARISON", "CONJUNCTION", "OPERATOR", "CAST", "CASE"),
        *("LAMBDA", "LAMBDA_REF", "BETWEEN", "COLLATE", "TYPE"),
    }
)
# Of macros, which may be queries: those that are plain expressions over their arguments, and worth having.
_MACROS = frozenset({"nullif", "split_part", "list_reverse", "array_reverse", "array_to_string", "date_add"})
# What the parser writes for `||`, `+`, `like` and others that stand for functions.
_PARSED = frozenset(
    {"struct_pack", "list_value", "map", "~~", "!~~", "~~*", "!~~*", "like_escape", "ilike_escape", "if"}
)
# `age` of one date is counted from today; `row` is what several expressions are parsed to.
_NOT_OF_THE_RECORD = frozenset({"error", "age", "row"})


class NoExpression(ValueError):
    """What is written is no expression over one record; says why."""


def sandbox(*, ordered: bool = False, spill_to: str = "") -> duckdb.DuckDBPyConnection:
    """A database in memory that reaches nothing outside itself, and cannot be told to.

    Args:
        ordered: keep rows in their order, which takes longer.
        spill_to: a folder for what its memory cannot hold; empty: that is an error.
    """
    connection = duckdb.connect(":memory:", config={"threads": limits.processors()})
    for name, value in (
        ("memory_limit", f"{max(500_000_000, min(2_000_000_000, limits.memory() // 4)) // 1_000_000}MB"),
        ("TimeZone", "UTC"),
        ("preserve_insertion_order", str(ordered).lower()),
        ("temp_directory", spill_to.replace("'", "''")),
        ("autoinstall_known_extensions", "false"),
        ("autoload_known_extensions", "false"),
        ("python_enable_replacements", "false"),
        ("enable_external_access", "false"),
        ("lock_configuration", "true"),
    ):
        connection.execute(f"set {name} = '{value}'")
    return connection


def safe(connection: duckdb.DuckDBPyConnection, text: str, name_of: Callable[[str], str]) -> str:
    """An expression with the columns that it names under the names that they have in the query.

    Args:
        name_of: the name of a column in the query.

    Raises:
        NoExpression: it is none, or does what an expression over one record may not do.
    """
    found = connection.execute("select json_serialize_sql(?)", [f"select ({text}\n)"]).fetchall()
    parsed: dict[str, Any] = json.loads(found[0][0]) if found else {"error": True}
    if parsed["error"]:
        raise NoExpression(f"it cannot be parsed: {parsed.get('error_message', 'no statement').splitlines()[0]}")
    node = parsed["statements"][0]["node"]
    if len(parsed["statements"]) != 1 or node["type"] != "SELECT_NODE" or len(node["select_list"]) != 1:
        raise NoExpression("it must be one expression")
    expected = {"type": "SELECT_NODE", "select_list": node["select_list"], "from_table": node["from_table"]}
    plain = json.loads(connection.execute("select json_serialize_sql('select 1')").fetchall()[0][0])
    if {**plain["statements"][0]["node"], **expected} != node or node["from_table"]["type"] != "EMPTY":
        raise NoExpression("it must be one expression, without FROM, WHERE and the like")
    _check(node["select_list"][0], frozenset(), name_of, _scalar_functions(connection))
    written = connection.execute("select json_deserialize_sql(?::json)", [json.dumps(parsed)]).fetchall()
    return str(written[0][0]).removeprefix("SELECT ")


def _check(node: Any, bound: frozenset[str], name_of: Callable[[str], str], functions: frozenset[str]) -> None:
    """Refuse what is not allowed, and rename columns in place."""
    if isinstance(node, list):
        for each in node:
            _check(each, bound, name_of, functions)
        return
    if not isinstance(node, dict):
        return
    kind = node.get("class")
    if kind is not None:
        if kind not in _CLASSES:
            raise NoExpression(f"{str(kind).lower().replace('_', ' ')} is no part of an expression over one record")
        if kind == "COLUMN_REF":
            names = node["column_names"]
            if names[0] not in bound:
                node["column_names"] = [name_of(".".join(names))]
            return
        if kind == "FUNCTION":
            _check_function(node, functions)
        if kind == "LAMBDA":
            bound |= frozenset(_parameters(node["lhs"]))
            _check(node["expr"], bound, name_of, functions)
            return
    if "cte_map" in node or "from_table" in node:
        raise NoExpression("a query is no part of an expression over one record")
    for value in node.values():
        _check(value, bound, name_of, functions)


def _check_function(node: dict[str, Any], functions: frozenset[str]) -> None:
    name = node["function_name"].lower()
    if node["distinct"] or node["filter"] or node["order_bys"].get("orders"):
        raise NoExpression(f"{name} sees other records")
    if name not in functions:
        raise NoExpression(
            f"{name} is no function of one record (aggregates, clocks, random numbers, settings and files are not)"
        )


def _parameters(node: Any) -> list[str]:
    """The names that a lambda binds: `x`, or `(x, y)`."""
    if isinstance(node, list):
        return [name for each in node for name in _parameters(each)]
    if isinstance(node, dict):
        if node.get("class") == "COLUMN_REF":
            return list(node["column_names"])
        return [name for value in node.values() for name in _parameters(value)]
    return []


@cache
def _names_of_functions() -> frozenset[str]:
    with duckdb.connect(":memory:") as connection:
        found = connection.execute(
            "select lower(function_name), bool_or(function_type not in ('scalar', 'macro')), "
            "bool_and(function_type = 'scalar'), bool_or(coalesce(stability, '') not in ('CONSISTENT', '')) "
            "from duckdb_functions() group by 1"
        ).fetchall()
    scalar = {name for name, other, plain, unstable in found if plain and not other and not unstable}
    # Some are scalar functions and aggregates or windows at once (`||`, `+`, list functions are not).
    return frozenset(scalar | _MACROS | _PARSED) - _NOT_OF_THE_RECORD


def _scalar_functions(connection: duckdb.DuckDBPyConnection) -> frozenset[str]:
    return _names_of_functions()
