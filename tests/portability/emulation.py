"""SQL compiled for another engine, carried out by DuckDB as that engine would.

sqlglot translates, knowing the types of columns; what it translates loosely, or what T-SQL and Java do in a way of
their own, is done here. Not emulated: collations, and that T-SQL overlooks blanks at the end when it compares with
`=`. The models do not rest on either: every text is made exact and trimmed before it is compared.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date, datetime
from functools import cache

import duckdb
from duckdb.func import FunctionNullHandling
from sqlglot import exp

from portability.compiled import DATABASE, SOURCE_TABLES, Compiled, Dialect, bronze_name, kept_state, rewrite

TODAY = datetime(2024, 9, 1, 12, 30)  # what the clock of the emulated engine says


def connect(dialect: Dialect) -> duckdb.DuckDBPyConnection:
    """An empty warehouse, with bronze tables and the functions that DuckDB lacks."""
    con = duckdb.connect()
    con.execute(f"attach ':memory:' as {DATABASE}")
    con.execute(f"use {DATABASE}")
    for schema in ("bronze", "staging", "ops", "dbo", "analytics"):
        con.execute(f"create schema {schema}")
    for table in SOURCE_TABLES:
        columns = ", ".join(
            f'"{column.name}" {column.type if column.type in ("bigint", "timestamp") else "varchar"}'
            for column in table.columns
        )
        con.execute(f"create table {bronze_name(dialect, table).sql('duckdb')} ({columns})")
    con.execute(f"use {DATABASE}.{'dbo' if dialect == 'tsql' else 'analytics'}")
    con.create_function("tsql_like", tsql_like, ["VARCHAR", "VARCHAR"], "BOOLEAN")
    con.create_function("tsql_patindex", tsql_patindex, ["VARCHAR", "VARCHAR"], "BIGINT")
    con.create_function("tsql_left", tsql_left, ["VARCHAR", "BIGINT"], "VARCHAR")
    con.create_function("tsql_date", tsql_date, ["VARCHAR"], "DATE", null_handling=FunctionNullHandling.SPECIAL)
    con.create_function("tsql_float", tsql_float, ["VARCHAR"], "DOUBLE", null_handling=FunctionNullHandling.SPECIAL)
    con.create_function("java_find", java_find, ["VARCHAR", "VARCHAR"], "BOOLEAN")
    return con


def build(con: duckdb.DuckDBPyConnection, project: Compiled, traced: dict[str, exp.Query]) -> None:
    """Build every model, each after the ones it reads."""
    for model in project.models:
        relation = exp.to_table(model.relation, dialect=project.dialect).sql("duckdb", identify=True)
        con.execute(f"create table {relation} as {to_duckdb(traced[model.name], project.dialect)}")
        if model.name.startswith("judged_"):
            con.execute(f"create table {kept_state(project.dialect, model.name)} as from {relation} limit 0")


def to_duckdb(statement: exp.Query, dialect: Dialect) -> str:
    """The statement in DuckDB's dialect; it must come traced, with the types of its columns."""
    change = {"tsql": _tsql_to_duckdb, "spark": _spark_to_duckdb}[dialect]
    return rewrite(statement.copy(), change).sql("duckdb")


def _tsql_to_duckdb(node: exp.Expr) -> exp.Expr:
    match node:
        case exp.TryCast() if node.to.this == exp.DType.DATE:
            return exp.func("tsql_date", node.this)
        case exp.TryCast() if node.to.this == exp.DType.DOUBLE:
            return exp.func("tsql_float", node.this)
        case exp.DataType() if node.this == exp.DType.FLOAT:
            return exp.DataType.build("double", dialect="duckdb")
        case exp.DataType() if node.this in exp.DataType.TEXT_TYPES:
            return exp.DataType.build("varchar", dialect="duckdb")
        case exp.Collate():
            return node.left
        case exp.Like():
            found = exp.func("tsql_like", node.this, node.expression)
            return exp.Not(this=found) if node.args.get("negate") else found
        case exp.Left():
            return exp.func("tsql_left", node.this, node.expression)
        case exp.Anonymous() if node.name.lower() == "patindex":
            return exp.func("tsql_patindex", *node.expressions)
        case exp.Anonymous() if node.name.lower() == "datalength":
            return exp.Mul(this=exp.func("length", *node.expressions), expression=exp.Literal.number(2))
        case exp.Anonymous() if node.name.lower() == "nchar":
            return exp.Anonymous(this="chr", expressions=node.expressions)
        case exp.Add() if any(_is_text(side) for side in (node.left, node.right)):
            return exp.DPipe(this=node.left, expression=node.right)
        case exp.Lateral() if isinstance(node.this, exp.Anonymous) and node.this.name.lower() == "string_split":
            parts = exp.Explode(this=exp.func("string_split", *node.this.expressions))
            query = exp.select(exp.alias_(parts, "value")).subquery(node.alias)
            return exp.Lateral(this=query)
        case _:
            return _both_to_duckdb(node)


def _is_text(node: exp.Expr) -> bool:
    is_character = isinstance(node, exp.Anonymous) and node.name.lower() == "chr"
    return is_character or isinstance(node, exp.DPipe) or (isinstance(node, exp.Literal) and node.is_string)


def _spark_to_duckdb(node: exp.Expr) -> exp.Expr:
    match node:
        case exp.RegexpLike():
            found = exp.func("java_find", node.this, node.expression)
            return exp.Not(this=found) if node.args.get("negate") else found
        case exp.CurrentTimezone():
            return exp.Literal.string("UTC")
        case _:
            return _both_to_duckdb(node)


def _both_to_duckdb(node: exp.Expr) -> exp.Expr:
    match node:
        case exp.DateAdd() | exp.TsOrDsAdd():
            return exp.Cast(this=node.copy(), to=exp.DataType.build("date"))
        case exp.CurrentTimestamp() | exp.CurrentDatetime():
            return exp.Cast(this=exp.Literal.string(TODAY.isoformat()), to=exp.DataType.build("timestamp"))
        case exp.Anonymous() if node.name.lower() in ("sysdatetime", "sysutcdatetime"):
            return exp.Cast(this=exp.Literal.string(TODAY.isoformat()), to=exp.DataType.build("timestamp"))
        case _:
            return node


def tsql_date(text: str | None) -> date | None:
    """TRY_CONVERT(date, …, 23): a day from year 1 on, or null."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def tsql_float(text: str | None) -> float | None:
    """TRY_CAST(… AS float): a finite number or null."""
    try:
        value = float(text) if text else None
    except ValueError:
        return None
    return value if value is not None and math.isfinite(value) else None


def tsql_like(text: str, pattern: str) -> bool:
    return _compiled(pattern).fullmatch(text) is not None


def tsql_patindex(pattern: str, text: str) -> int:
    """Where the pattern between two % begins, from 1; 0 when nowhere."""
    found = _compiled(pattern.removeprefix("%").removesuffix("%")).search(text)
    return found.start() + 1 if found else 0


def tsql_left(text: str, length: int) -> str:
    if length < 0:
        raise ValueError("Invalid length parameter passed to the LEFT or SUBSTRING function. (537)")
    return text[:length]


def java_find(text: str, pattern: str) -> bool:
    """RLIKE. In Java `$` also stands before a line separator at the end."""
    return _with_java_end(pattern).search(text) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    signs: dict[str, Callable[[str], str]] = {
        "%": lambda _: ".*",
        "_": lambda _: ".",
        "[": lambda set_: f"[{'^' if set_[1] == '^' else ''}{_members(set_.strip('[]').removeprefix('^'))}]",
    }
    parts = re.findall(r"\[\^?[^\]]+\]|.", pattern, flags=re.DOTALL)
    return re.compile("".join(signs.get(part[0], re.escape)(part) for part in parts), flags=re.DOTALL)


def _members(characters: str) -> str:
    """A set's characters; a hyphen between two of them makes a range, anywhere else it is itself."""
    ranges = re.findall(r"(.)-(.)|(.)", characters, flags=re.DOTALL)
    return "".join(re.escape(one) or f"{re.escape(low)}-{re.escape(high)}" for low, high, one in ranges)


@cache
def _with_java_end(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.replace("$", r"(?=(?:\r\n|[\n\r\u0085\u2028\u2029])?\Z)"))
