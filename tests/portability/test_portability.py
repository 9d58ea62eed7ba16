"""Every model and data test, compiled for SQL Server and for Spark, is SQL that these engines understand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlglot import exp, parse_one

from portability.compiled import (
    DBT_PROJECT,
    DIALECTS,
    MODEL_FILES,
    Compiled,
    Dialect,
    Traced,
    output_types,
)
from portability.statements import Statement
from portability.traps import faults
from portability.traps_tsql import quotient_of_integers
from portability.vocabulary import PORTABLE_FUNCTIONS, STRUCTURE, TSQL_RESERVED

MODELS = [file.stem for file in MODEL_FILES]
CROSS_ENGINE = DBT_PROJECT / "macros" / "cross_engine"
EVERYWHERE_ELSE = [
    file
    for folder in ("macros", "models", "tests")
    for file in sorted(DBT_PROJECT.joinpath(folder).rglob("*.sql"))
    if CROSS_ENGINE not in file.parents
]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_model_file_is_compiled(projects: dict[Dialect, Compiled], dialect: Dialect) -> None:
    assert sorted(node.name for node in projects[dialect].models) == sorted(MODELS)
    assert len(MODELS) > 20


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("model", MODELS)
def test_a_model_is_one_query_that_the_engine_understands(
    projects: dict[Dialect, Compiled], dialect: Dialect, model: str
) -> None:
    assert faults(projects[dialect].model(model).sql, dialect) == []


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_data_test_is_one_query_that_the_engine_understands(
    projects: dict[Dialect, Compiled], dialect: Dialect
) -> None:
    tests = projects[dialect].tests
    found = {node.name: faults(node.sql, dialect) for node in tests}
    assert {name: what for name, what in found.items() if what} == {}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_column_read_is_in_one_of_the_tables_read(
    projects: dict[Dialect, Compiled], traced: dict[Dialect, Traced], dialect: Dialect
) -> None:
    assert traced[dialect].failures == {}
    assert len(traced[dialect].statements) == len(projects[dialect].nodes)


def test_once_columns_have_types_no_integer_is_divided_by_an_integer_on_sql_server(
    traced: dict[Dialect, Traced],
) -> None:
    found = {
        name: list(quotient_of_integers(Statement("", [], tree))) for name, tree in traced["tsql"].statements.items()
    }
    assert {name: what for name, what in found.items() if what} == {}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_column_has_the_type_that_the_contract_of_its_model_promises(
    projects: dict[Dialect, Compiled], traced: dict[Dialect, Traced], dialect: Dialect
) -> None:
    differences = []
    for model in projects[dialect].models:
        built = dict(output_types(traced[dialect].statements[model.name]))
        if model.contract and set(built) != set(model.contract):
            differences.append(f"{model.name}: columns {set(built) ^ set(model.contract)}")
        for column, promised in model.contract.items():
            kind = built.get(column)
            if kind and not same_type(kind, exp.DataType.build(promised, dialect=dialect)):
                differences.append(f"{model.name}.{column}: promised {promised}, is {kind.sql(dialect)}")
    assert differences == []


def same_type(kind: exp.DataType, promised: exp.DataType) -> bool:
    """Whole numbers differ in width; of texts sqlglot does not always know whether they are national."""
    if kind.this in exp.DataType.TEXT_TYPES:
        return bool(promised.this in exp.DataType.TEXT_TYPES)
    return bool({kind.this, promised.this} <= {exp.DType.FLOAT, exp.DType.DOUBLE} or kind.this == promised.this)


def test_rows_are_ordered_only_by_what_is_never_empty(projects: dict[Dialect, Compiled]) -> None:
    """Empty values come first on one engine and last on another."""
    never_empty = {"load_id", "source_row", "watch_date", "calendar_day"}
    never_empty |= {"original_load_id", "original_row"}
    never_empty |= {"records", "records_delivered", "first_row", "column_name", "is_over", "share", "duration_minutes"}
    found = {
        (model.name, column.name)
        for model in projects["spark"].models
        for order in parse_one(model.sql, dialect="spark").find_all(exp.Ordered)
        for column in order.find_all(exp.Column)
    }
    assert {column for _, column in found} == never_empty


def test_a_promised_column_whose_name_is_reserved_is_quoted(projects: dict[Dialect, Compiled]) -> None:
    reserved = [
        f"{model.name}.{column}"
        for model in projects["tsql"].models
        for column in model.contract
        if column.lower() in TSQL_RESERVED and column not in model.quoted
    ]
    assert reserved == []


@pytest.mark.parametrize(("dialect", "inside"), [("tsql", False), ("spark", True)])
def test_what_a_model_reads_is_prepared_where_the_engine_runs_it(
    projects: dict[Dialect, Compiled], dialect: Dialect, inside: bool
) -> None:
    """dbt-sqlserver looks at what a model reads before the hooks of its transaction, dbt-spark runs no others."""
    hooks = {model.name: model.hooks for model in projects[dialect].models if model.hooks}
    assert "compared_builds" in hooks
    wrong = {name: each for name, of in hooks.items() if (each := [sql for sql, within in of if within != inside])}
    assert wrong == {}, "write before_all_else(…)"


@pytest.mark.parametrize("file", EVERYWHERE_ELSE, ids=lambda file: file.stem)
def test_only_the_cross_engine_macros_know_that_there_are_several_engines(file: Path) -> None:
    assert list(knowledge_of_engines(file.read_text())) == []


def knowledge_of_engines(sql: str) -> Iterator[str]:
    """Where a template asks for the engine, or calls a function that not all of them have."""
    yield from re.findall(r"target\s*(?:\.\s*type|\[\s*['\"]type)|adapter\s*\.\s*(?:dispatch|type)\b", sql)
    yield from re.findall(r"\b(?:default|duckdb|sqlserver|spark|fabric)__\w+", sql)
    sql = re.sub(r"\"[^\"\n]*(?:\{\{|\}\})[^\"\n]*\"", "''", sql)  # a hook is a text that is a template itself
    plain = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|--[^\n]*|'[^']*'", " ", sql, flags=re.DOTALL)
    for name in re.findall(r"\b([a-z_]\w*)\s*\(", plain, flags=re.IGNORECASE):
        if name.lower() not in PORTABLE_FUNCTIONS | STRUCTURE:
            yield f"{name}()"


@pytest.mark.parametrize(
    "sql",
    [
        "select {% if target.type == 'spark' %} 1 {% endif %} as a",
        "select {{ target['type'] }} as a",
        "{{ return(adapter.dispatch('a', 'goldreel')()) }}",
        "select {{ sqlserver__as_text('a') }} as a",
        "select regexp_full_match(a, 'x') as b from {{ ref('t') }}",
        "select a, unnest (b) as c from {{ ref('t') }}",
        "select avg(a) as b from {{ ref('t') }}",
    ],
)
def test_knowledge_of_engines_is_recognised(sql: str) -> None:
    assert list(knowledge_of_engines(sql))


def test_what_comments_texts_and_macros_say_is_no_knowledge_of_engines() -> None:
    sql = (
        "{# unnest(a) #} select count(*) as a, 'len(x)' as b, {{ average('c') }} as d -- len(e)\nfrom t where a in (1)"
    )
    assert list(knowledge_of_engines(sql)) == []
