"""The formula of every number of gold stands in the file of its table, or in one that this reads."""

from __future__ import annotations

import pytest
from sqlglot import exp, parse_one
from sqlglot.optimizer.scope import Scope, build_scope

from architecture.code import require_none
from portability.compiled import DBT_PROJECT, MODEL_FILES, Dialect, Traced

GOLD = sorted(file.stem for file in MODEL_FILES if file.parent.name == "gold")
LAYER = {file.stem: file.parent.name for file in MODEL_FILES}
# How a value is written, which says nothing of how it comes about.
WRAPPING = (exp.Alias, exp.Cast, exp.TryCast, exp.Paren)


def origin(query: exp.Query, column: str) -> tuple[str, str] | None:
    """The table and the column that a column of a query is taken from as it is; None when the query works it out."""
    scope = build_scope(query)
    assert scope is not None
    return _origin(scope, column)


def _origin(scope: Scope, column: str) -> tuple[str, str] | None:
    if scope.set_operation_scopes:
        return _origin(scope.set_operation_scopes[0], column)
    query = scope.expression
    assert isinstance(query, exp.Select)
    value = next(each for each in query.selects if each.alias_or_name.lower() == column.lower())
    while isinstance(value, WRAPPING):
        value = value.this
    if not isinstance(value, exp.Column):
        return None
    source = scope.sources[value.table]
    return _origin(source, value.name) if isinstance(source, Scope) else (source.name, value.name)


def hops(statements: dict[str, exp.Query], table: str, column: str) -> list[str]:
    """The models from a number's table to the one that works it out.

    The path ends where a column is one of silver's: an attribute of a record, as silver describes it.
    """
    attributes = {
        name for model, layer in LAYER.items() if layer == "silver" for name in statements[model].named_selects
    }
    path = [table]
    while found := origin(statements[path[-1]], column):
        table, column = found
        if LAYER.get(table) in (None, "silver") or column in attributes:  # what is no model is bronze
            return path
        path.append(table)
    return path


@pytest.mark.parametrize("table", GOLD)
def test_a_gold_table_is_found_by_its_name(table: str) -> None:
    for ending in (".sql", ".yml"):
        assert (DBT_PROJECT / "models" / "gold" / f"{table}{ending}").is_file(), (
            f"write {table}{ending} into models/gold"
        )


@pytest.mark.parametrize("table", GOLD)
def test_a_number_is_worked_out_where_its_table_is_or_in_a_model_that_it_reads(
    traced: dict[Dialect, Traced], table: str
) -> None:
    statements = traced["spark"].statements
    far = [
        f"{column}: {' → '.join(path)}"
        for column in statements[table].named_selects
        if len(path := hops(statements, table, column)) > 2
    ]
    require_none(far, "read the model that works the number out, and not one that passes it on")


def _parsed(**queries: str) -> dict[str, exp.Query]:
    silver = {name: "select 1 as country" for name, layer in LAYER.items() if layer == "silver"}
    return {name: parse_one(sql, into=exp.Select) for name, sql in (silver | queries).items()}


def test_a_number_that_is_passed_on_too_often_is_seen() -> None:
    statements = _parsed(
        gold_country_insights="with a as (select x.n as m from gold_genre_analytics as x) select a.m as k from a",
        gold_genre_analytics="select y.n as n from gold_user_analytics as y",
        gold_user_analytics="select count(*) as n from silver_users as z",
    )
    path = hops(statements, "gold_country_insights", "k")
    assert path == ["gold_country_insights", "gold_genre_analytics", "gold_user_analytics"]


def test_the_path_of_an_attribute_ends_in_silver() -> None:
    statements = _parsed(gold_user_analytics="select u.country as c from judged_users as u")
    assert hops(statements, "gold_user_analytics", "c") == ["gold_user_analytics"]
