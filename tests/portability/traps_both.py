"""What neither T-SQL nor Spark has, or reads as DuckDB does."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from portability.statements import Statement, found, shown


def projection_without_name(statement: Statement) -> Iterator[str]:
    """A column of a view, a CTE or a derived table needs a name, and one of its own."""
    for select in statement.tree.find_all(exp.Select):
        if not _makes_a_table(select):
            continue
        named = []
        for projection in select.expressions:
            if isinstance(projection, exp.Column | exp.Star):
                named.append(projection.output_name.lower())
            elif isinstance(projection, exp.Alias) and projection.alias:
                named.append(projection.alias.lower())
            else:
                yield f"no name for {shown(projection)}"
        for name in sorted({name for name in named if named.count(name) > 1 and name not in ("", "*")}):
            yield f"two columns named {name}"


def _makes_a_table(select: exp.Select) -> bool:
    """Whether its columns are read by name: the whole statement, a CTE, a derived table; not IN (…), EXISTS (…)."""
    parent = select.parent
    while isinstance(parent, exp.SetOperation) or (parent and isinstance(parent.parent, exp.SetOperation)):
        parent = parent.parent
    if isinstance(parent, exp.Subquery):
        return isinstance(parent.parent, exp.From | exp.Join | exp.Lateral)
    return parent is None or isinstance(parent, exp.CTE)


def shorthand_of_one_engine(statement: Statement) -> Iterator[str]:
    """DuckDB's own: QUALIFY, DISTINCT ON, `* exclude`, FROM first, `==`, `::`, lists, lambdas."""
    yield from found(statement, exp.Qualify, "QUALIFY")
    yield from found(statement, exp.Lambda | exp.PropertyEQ, "lambda or named argument")
    yield from found(statement, exp.List | exp.ToMap | exp.Bracket, "list or map literal")
    yield from found(statement, exp.Pivot, "PIVOT")
    for star in statement.tree.find_all(exp.Star):
        if any(star.args.get(name) for name in ("except_", "replace", "rename")):
            yield f"{shown(star)}: a star with exceptions"
    for distinct in statement.tree.find_all(exp.Distinct):
        if distinct.args.get("on"):
            yield "DISTINCT ON"
    for group in statement.tree.find_all(exp.Group):
        if group.args.get("all"):
            yield "GROUP BY ALL"
    for before, token, _ in statement.words():
        if token.token_type == TokenType.DCOLON:
            yield ":: instead of CAST"
        if token.text == "==":
            yield "== instead of ="
        if token.token_type == TokenType.FROM and (before is None or before.token_type == TokenType.L_PAREN):
            yield "FROM before SELECT"


def null_safe_comparison(statement: Statement) -> Iterator[str]:
    """IS [NOT] DISTINCT FROM: SQL Server has it since 2022, Spark writes it <=>."""
    yield from found(statement, exp.NullSafeEQ | exp.NullSafeNEQ, "IS [NOT] DISTINCT FROM")


def integer_ordinals(statement: Statement) -> Iterator[str]:
    """GROUP BY 1: T-SQL takes it for a constant."""
    for group in statement.tree.find_all(exp.Group):
        for key in group.expressions:
            if not key.find(exp.Column):
                yield f"GROUP BY {shown(key)}: not a column"
