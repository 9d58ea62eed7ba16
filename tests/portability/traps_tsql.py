"""What T-SQL has not, or reads in another way."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from portability import vocabulary
from portability.statements import Statement, called, calls, found, shown, types


def limit(statement: Statement) -> Iterator[str]:
    """LIMIT is unknown; TOP and OFFSET … FETCH are unknown elsewhere."""
    yield from found(statement, exp.Limit | exp.Fetch | exp.Offset, "LIMIT, TOP, OFFSET or FETCH")


def join_by_name(statement: Statement) -> Iterator[str]:
    """USING and NATURAL are unknown: a join says ON what."""
    for join in statement.tree.find_all(exp.Join):
        if join.args.get("using"):
            yield "JOIN … USING"
        if join.method == "NATURAL":
            yield "NATURAL JOIN"


def concatenation_by_pipes(statement: Statement) -> Iterator[str]:
    yield from found(statement, exp.DPipe, "||")


def crowd_of_arguments(statement: Statement) -> Iterator[str]:
    """CONCAT takes 254 arguments, other servers of T-SQL a hundred: `+` takes any number."""
    for call in statement.tree.find_all(exp.Func):
        if len(list(call.iter_expressions())) > 100:
            yield f"{shown(call)[:60]} …: more than 100 arguments"


def cte_in_subquery(statement: Statement) -> Iterator[str]:
    """WITH may stand only at the beginning of the statement, and never says RECURSIVE or MATERIALIZED."""
    for clause in statement.tree.find_all(exp.With):
        if clause.parent is not statement.tree:
            yield "WITH inside a subquery"
        if clause.recursive:
            yield "WITH RECURSIVE"
        if any(cte.args.get("materialized") is not None for cte in clause.expressions):
            yield "AS [NOT] MATERIALIZED"


def boolean_as_value(statement: Statement) -> Iterator[str]:
    """There are no boolean values: a comparison may stand only where a condition is asked for."""
    yield from found(statement, exp.Boolean, "TRUE or FALSE")
    for node in statement.tree.find_all(exp.Predicate, exp.Connector, exp.Not):
        if isinstance(node, exp.Any | exp.All) or isinstance(_around(node), exp.Connector | exp.Not):
            continue
        if not _is_condition(node):
            yield f"{shown(node)}: a boolean as a value"


def value_as_condition(statement: Statement) -> Iterator[str]:
    """…and a condition is a comparison, never a bare column."""
    for node in statement.tree.find_all(exp.Condition):
        if isinstance(node, exp.Paren | exp.Connector | exp.Not | exp.Predicate | exp.Boolean):
            continue
        if _is_condition(node):
            yield f"{shown(node)}: a value as a condition"


def _around(node: exp.Expr) -> exp.Expr | None:
    parent = node.parent
    while isinstance(parent, exp.Paren):
        parent = parent.parent
    return parent


def _is_condition(node: exp.Expr) -> bool:
    """Whether the node stands where a condition is asked for, alone or under AND, OR, NOT."""
    child, parent = node, node.parent
    while isinstance(parent, exp.Paren | exp.Connector | exp.Not):
        child, parent = parent, parent.parent
    if isinstance(parent, exp.Where | exp.Having):
        return True
    if isinstance(parent, exp.Join):
        return child.arg_key == "on"
    if isinstance(parent, exp.If) and child.arg_key == "this":
        return not (isinstance(parent.parent, exp.Case) and parent.parent.this)  # CASE x WHEN 1: a value
    return False


def order_of_rows(statement: Statement) -> Iterator[str]:
    """A view, a CTE and a derived table cannot be ordered."""
    for order in statement.tree.find_all(exp.Order):
        if isinstance(order.parent, exp.Query):
            yield f"{shown(order)} outside a window"


def order_in_windows(statement: Statement) -> Iterator[str]:
    """Ranks need an order, orders need columns, and NULLS FIRST / LAST is unknown, as are named windows."""
    ranks = exp.RowNumber | exp.Rank | exp.DenseRank | exp.Ntile | exp.Lag | exp.Lead | exp.FirstValue | exp.LastValue
    for window in statement.tree.find_all(exp.Window):
        if isinstance(window.this, ranks) and not window.args.get("order"):
            yield f"{shown(window)}: no ORDER BY"
        if isinstance(window.this.find(exp.Distinct), exp.Distinct):
            yield f"{shown(window)}: DISTINCT in a window"
    for select in statement.tree.find_all(exp.Select):
        if select.args.get("windows"):
            yield "a WINDOW clause"
    for ordered in statement.tree.find_all(exp.Ordered):
        if isinstance(ordered.this, exp.Literal):
            yield f"ORDER BY {shown(ordered.this)}: a constant"
    for _, token, after in statement.words():
        if after and token.text.lower() == "nulls" and after.text.lower() in ("first", "last"):
            yield f"NULLS {after.text.upper()}"


def tsql_type(statement: Statement) -> Iterator[str]:
    """`double`, `boolean`, `string` are unknown, `timestamp` is a row version, `varchar` alone has 30 characters."""
    for name, has_size in types(statement):
        if name not in vocabulary.TSQL_TYPES:
            yield f"type {name}"
        elif name in vocabulary.TSQL_TEXT_TYPES and not has_size:
            yield f"type {name} without a length"
        elif name == "float" and has_size:
            yield "type float(…): perhaps of 32 bits"


def text_of_no_exact_collation(statement: Statement) -> Iterator[str]:
    """The default collation takes peru for Peru: what is cast to a text says that it compares exactly."""
    for cast in statement.tree.find_all(exp.Cast):
        is_text = cast.to.this in (exp.DType.NVARCHAR, exp.DType.VARCHAR, exp.DType.NCHAR, exp.DType.CHAR)
        exact = isinstance(cast.parent, exp.Collate) and cast.parent.expression.name.endswith("_BIN2")
        if is_text and not exact:
            yield f"{shown(cast)}: no binary collation"


def reserved_word_as_name(statement: Statement) -> Iterator[str]:
    for name in statement.tree.find_all(exp.Identifier):
        if not name.quoted and name.name.lower() in vocabulary.TSQL_RESERVED:
            yield f"the reserved word {name.name} as a name"
    yield from found(statement, exp.CurrentDate, "CURRENT_DATE")


def tsql_function(statement: Statement) -> Iterator[str]:
    """Only functions that SQL Server 2017 has; those that return tables only where a table is asked for."""
    for name in called(statement):
        if name not in vocabulary.TSQL_FUNCTIONS:
            yield f"function {name}"
    for call in statement.tree.find_all(exp.Func):
        if call.name.lower() in vocabulary.TSQL_TABLE_FUNCTIONS and not isinstance(
            call.parent, exp.Table | exp.Lateral
        ):
            yield f"{shown(call)}: a table as a value"


def arguments_left_out(statement: Statement) -> Iterator[str]:
    """TRIM(x, chars), ROUND(x) and SUBSTRING(x, from) want another form or more arguments."""
    for trim in calls(statement):
        if trim.name == "trim" and any(token.token_type == TokenType.COMMA for token in trim.arguments):
            yield "TRIM(x, characters) instead of TRIM(characters FROM x)"
    for call in statement.tree.find_all(exp.Round, exp.Substring):
        if not (call.args.get("decimals") or call.args.get("length")):
            yield f"{shown(call)}: an argument too few"


def mean_of_integers(statement: Statement) -> Iterator[str]:
    """The mean of integers is an integer: AVG takes a CAST to float."""
    for mean in statement.tree.find_all(exp.Avg):
        value = mean.this.expressions[0] if isinstance(mean.this, exp.Distinct) else mean.this
        if not (isinstance(value, exp.Cast) and value.to.this == exp.DType.FLOAT):
            yield f"{shown(mean)}: no CAST to float"


def quotient_of_integers(statement: Statement) -> Iterator[str]:
    """The quotient of integers is an integer, unless FLOOR would make it one anyway."""
    for quotient in statement.tree.find_all(exp.Div):
        if _is_whole(quotient.left) and _is_whole(quotient.right) and not isinstance(_around(quotient), exp.Floor):
            yield f"{shown(quotient)}: an integer by an integer"


def _is_whole(node: exp.Expr) -> bool:
    """Whether a value is an integer, as far as its own text (or its type, once traced) tells."""
    if isinstance(node.type, exp.DataType) and node.type.this != exp.DType.UNKNOWN:
        return bool(node.type.this in exp.DataType.INTEGER_TYPES)
    if isinstance(node, exp.Literal):
        return node.is_int
    if isinstance(node, exp.Paren | exp.Neg | exp.Sum | exp.Min | exp.Max | exp.Abs):
        return _is_whole(node.this)
    if isinstance(node, exp.Window | exp.Nullif):
        return _is_whole(node.this)
    if isinstance(node, exp.Add | exp.Sub | exp.Mul | exp.Mod | exp.Div):
        return _is_whole(node.left) and _is_whole(node.right)
    return isinstance(node, exp.Count | exp.DateDiff | exp.Year | exp.Month | exp.Day | exp.Length)


def construct_unknown_to_tsql(statement: Statement) -> Iterator[str]:
    yield from found(statement, exp.Interval, "INTERVAL")
    yield from found(statement, exp.Extract, "EXTRACT")
    yield from found(statement, exp.Filter, "FILTER (WHERE …)")
    yield from found(statement, exp.ILike | exp.RegexpLike | exp.SimilarTo | exp.Glob, "ILIKE, RLIKE, SIMILAR TO, GLOB")
    yield from found(statement, exp.JSONExtract | exp.JSONExtractScalar, "-> or ->>")
    for comparison in statement.tree.find_all(exp.In, exp.EQ):
        if isinstance(comparison.this, exp.Tuple):
            yield f"{shown(comparison)}: several columns compared at once"


def case_of_nulls(statement: Statement) -> Iterator[str]:
    """A CASE in which every outcome is NULL has no type."""
    for case in statement.tree.find_all(exp.Case):
        outcomes = [branch.args["true"] for branch in case.args["ifs"]] + [case.args.get("default") or exp.null()]
        if all(isinstance(outcome, exp.Null) for outcome in outcomes):
            yield f"{shown(case)}: every outcome is NULL"


def aggregate_over_query(statement: Statement) -> Iterator[str]:
    """An aggregate cannot hold a subquery or another aggregate, and counts distinct values of one column only."""
    for call in statement.tree.find_all(exp.AggFunc):
        inner = [node for node in call.find_all(exp.Select, exp.AggFunc) if node is not call]
        if inner and not isinstance(call.parent, exp.Window):
            yield f"{shown(call)}: an aggregate of a subquery or an aggregate"
        if isinstance(call.this, exp.Distinct) and len(call.this.expressions) > 1:
            yield f"{shown(call)}: DISTINCT over several columns"


def text_beyond_ascii(statement: Statement) -> Iterator[str]:
    """'é' goes through the database's code page; N'é' does not, but only SQL Server knows it."""
    for literal in statement.tree.find_all(exp.Literal):
        if literal.is_string and not literal.name.isascii():
            yield f"{shown(literal)}: a literal beyond ASCII"
