"""What is valid SQL on one engine and not, or something else, on another.

A trap looks at one statement and tells each place where it would fall in. Where the tree that sqlglot parses can
tell, the tree is asked; sqlglot reads much that an engine does not, and under one name, so words are asked for the
rest.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import UnionType

import sqlglot
from sqlglot import ErrorLevel, exp
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from portability import vocabulary
from portability.compiled import Dialect


@dataclass(frozen=True)
class Statement:
    """One query, as text, as words and as a tree."""

    sql: str
    tokens: list[Token]
    tree: exp.Query

    def words(self) -> Iterator[tuple[Token | None, Token, Token | None]]:
        """Each word or sign with its neighbours."""
        yield from zip((None, *self.tokens[:-1]), self.tokens, (*self.tokens[1:], None), strict=True)


Trap = Callable[[Statement], Iterator[str]]


class NotOneQuery(Exception):
    """The text is not one SELECT, or sqlglot does not understand it."""


def read(sql: str, dialect: Dialect) -> Statement:
    """Parse one query.

    Raises:
        NotOneQuery: a syntax error, a parse warning, several statements, or no query.
    """
    warnings = _Collector()
    log = logging.getLogger("sqlglot")
    log.addHandler(warnings)
    try:
        tokens = sqlglot.tokenize(sql, read=dialect)
        trees = sqlglot.parse(sql, read=dialect, error_level=ErrorLevel.RAISE)
    except SqlglotError as error:
        raise NotOneQuery(f"does not parse: {error}") from error
    finally:
        log.removeHandler(warnings)
    if warnings.messages:
        raise NotOneQuery(f"parses with warnings: {'; '.join(warnings.messages)}")
    if len(trees) != 1:
        raise NotOneQuery(f"holds {len(trees)} statements")
    tree = trees[0]
    if not isinstance(tree, exp.Select | exp.SetOperation) or tree.find(exp.Command):
        raise NotOneQuery(f"is no query but {type(tree).__name__}")
    if any(token.token_type == TokenType.SEMICOLON for token in tokens):
        raise NotOneQuery("ends in a semicolon, which breaks it where dbt puts it into a view or a subquery")
    return Statement(sql, tokens, tree)


class _Collector(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


def faults(sql: str, dialect: Dialect) -> list[str]:
    """Why a statement would not run on the engine, or not mean the same; empty when it is portable."""
    try:
        statement = read(sql, dialect)
    except NotOneQuery as error:
        return [str(error)]
    return [fault for trap in TRAPS[dialect] for fault in trap(statement)]


# --- Both dialects ----------------------------------------------------------------------------


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
                yield f"no name for {_shown(projection)}"
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
    yield from _found(statement, exp.Qualify, "QUALIFY")
    yield from _found(statement, exp.Lambda | exp.PropertyEQ, "lambda or named argument")
    yield from _found(statement, exp.List | exp.ToMap | exp.Bracket, "list or map literal")
    yield from _found(statement, exp.Pivot, "PIVOT")
    for star in statement.tree.find_all(exp.Star):
        if any(star.args.get(name) for name in ("except_", "replace", "rename")):
            yield f"{_shown(star)}: a star with exceptions"
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
    yield from _found(statement, exp.NullSafeEQ | exp.NullSafeNEQ, "IS [NOT] DISTINCT FROM")


def integer_ordinals(statement: Statement) -> Iterator[str]:
    """GROUP BY 1: T-SQL takes it for a constant."""
    for group in statement.tree.find_all(exp.Group):
        for key in group.expressions:
            if not key.find(exp.Column):
                yield f"GROUP BY {_shown(key)}: not a column"


# --- T-SQL ------------------------------------------------------------------------------------


def limit(statement: Statement) -> Iterator[str]:
    """LIMIT is unknown; TOP and OFFSET … FETCH are unknown elsewhere."""
    yield from _found(statement, exp.Limit | exp.Fetch | exp.Offset, "LIMIT, TOP, OFFSET or FETCH")


def join_by_name(statement: Statement) -> Iterator[str]:
    """USING and NATURAL are unknown: a join says ON what."""
    for join in statement.tree.find_all(exp.Join):
        if join.args.get("using"):
            yield "JOIN … USING"
        if join.method == "NATURAL":
            yield "NATURAL JOIN"


def concatenation_by_pipes(statement: Statement) -> Iterator[str]:
    yield from _found(statement, exp.DPipe, "||")


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
    yield from _found(statement, exp.Boolean, "TRUE or FALSE")
    for node in statement.tree.find_all(exp.Predicate, exp.Connector, exp.Not):
        if isinstance(node, exp.Any | exp.All) or isinstance(_around(node), exp.Connector | exp.Not):
            continue
        if not _is_condition(node):
            yield f"{_shown(node)}: a boolean as a value"


def value_as_condition(statement: Statement) -> Iterator[str]:
    """…and a condition is a comparison, never a bare column."""
    for node in statement.tree.find_all(exp.Condition):
        if isinstance(node, exp.Paren | exp.Connector | exp.Not | exp.Predicate | exp.Boolean):
            continue
        if _is_condition(node):
            yield f"{_shown(node)}: a value as a condition"


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
            yield f"{_shown(order)} outside a window"


def order_in_windows(statement: Statement) -> Iterator[str]:
    """Ranks need an order, orders need columns, and NULLS FIRST / LAST is unknown, as are named windows."""
    ranks = exp.RowNumber | exp.Rank | exp.DenseRank | exp.Ntile | exp.Lag | exp.Lead | exp.FirstValue | exp.LastValue
    for window in statement.tree.find_all(exp.Window):
        if isinstance(window.this, ranks) and not window.args.get("order"):
            yield f"{_shown(window)}: no ORDER BY"
        if isinstance(window.this.find(exp.Distinct), exp.Distinct):
            yield f"{_shown(window)}: DISTINCT in a window"
    for select in statement.tree.find_all(exp.Select):
        if select.args.get("windows"):
            yield "a WINDOW clause"
    for ordered in statement.tree.find_all(exp.Ordered):
        if isinstance(ordered.this, exp.Literal):
            yield f"ORDER BY {_shown(ordered.this)}: a constant"
    for _, token, after in statement.words():
        if after and token.text.lower() == "nulls" and after.text.lower() in ("first", "last"):
            yield f"NULLS {after.text.upper()}"


def tsql_type(statement: Statement) -> Iterator[str]:
    """`double`, `boolean`, `string` are unknown, `timestamp` is a row version, `varchar` alone has 30 characters."""
    for name, has_size in _types(statement):
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
            yield f"{_shown(cast)}: no binary collation"


def reserved_word_as_name(statement: Statement) -> Iterator[str]:
    for name in statement.tree.find_all(exp.Identifier):
        if not name.quoted and name.name.lower() in vocabulary.TSQL_RESERVED:
            yield f"the reserved word {name.name} as a name"
    yield from _found(statement, exp.CurrentDate, "CURRENT_DATE")


def tsql_function(statement: Statement) -> Iterator[str]:
    """Only functions that SQL Server 2017 has; those that return tables only where a table is asked for."""
    for name in _called(statement):
        if name not in vocabulary.TSQL_FUNCTIONS:
            yield f"function {name}"
    for call in statement.tree.find_all(exp.Func):
        if call.name.lower() in vocabulary.TSQL_TABLE_FUNCTIONS and not isinstance(
            call.parent, exp.Table | exp.Lateral
        ):
            yield f"{_shown(call)}: a table as a value"


def arguments_left_out(statement: Statement) -> Iterator[str]:
    """TRIM(x, chars), ROUND(x) and SUBSTRING(x, from) want another form or more arguments."""
    for trim in _calls(statement):
        if trim.name == "trim" and any(token.token_type == TokenType.COMMA for token in trim.arguments):
            yield "TRIM(x, characters) instead of TRIM(characters FROM x)"
    for call in statement.tree.find_all(exp.Round, exp.Substring):
        if not (call.args.get("decimals") or call.args.get("length")):
            yield f"{_shown(call)}: an argument too few"


def mean_of_integers(statement: Statement) -> Iterator[str]:
    """The mean of integers is an integer: AVG takes a CAST to float."""
    for mean in statement.tree.find_all(exp.Avg):
        value = mean.this.expressions[0] if isinstance(mean.this, exp.Distinct) else mean.this
        if not (isinstance(value, exp.Cast) and value.to.this == exp.DType.FLOAT):
            yield f"{_shown(mean)}: no CAST to float"


def quotient_of_integers(statement: Statement) -> Iterator[str]:
    """The quotient of integers is an integer, unless FLOOR would make it one anyway."""
    for quotient in statement.tree.find_all(exp.Div):
        if _is_whole(quotient.left) and _is_whole(quotient.right) and not isinstance(_around(quotient), exp.Floor):
            yield f"{_shown(quotient)}: an integer by an integer"


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
    yield from _found(statement, exp.Interval, "INTERVAL")
    yield from _found(statement, exp.Extract, "EXTRACT")
    yield from _found(statement, exp.Filter, "FILTER (WHERE …)")
    yield from _found(
        statement, exp.ILike | exp.RegexpLike | exp.SimilarTo | exp.Glob, "ILIKE, RLIKE, SIMILAR TO, GLOB"
    )
    yield from _found(statement, exp.JSONExtract | exp.JSONExtractScalar, "-> or ->>")
    for comparison in statement.tree.find_all(exp.In, exp.EQ):
        if isinstance(comparison.this, exp.Tuple):
            yield f"{_shown(comparison)}: several columns compared at once"


def case_of_nulls(statement: Statement) -> Iterator[str]:
    """A CASE in which every outcome is NULL has no type."""
    for case in statement.tree.find_all(exp.Case):
        outcomes = [branch.args["true"] for branch in case.args["ifs"]] + [case.args.get("default") or exp.null()]
        if all(isinstance(outcome, exp.Null) for outcome in outcomes):
            yield f"{_shown(case)}: every outcome is NULL"


def aggregate_over_query(statement: Statement) -> Iterator[str]:
    """An aggregate cannot hold a subquery or another aggregate, and counts distinct values of one column only."""
    for call in statement.tree.find_all(exp.AggFunc):
        inner = [node for node in call.find_all(exp.Select, exp.AggFunc) if node is not call]
        if inner and not isinstance(call.parent, exp.Window):
            yield f"{_shown(call)}: an aggregate of a subquery or an aggregate"
        if isinstance(call.this, exp.Distinct) and len(call.this.expressions) > 1:
            yield f"{_shown(call)}: DISTINCT over several columns"


def text_beyond_ascii(statement: Statement) -> Iterator[str]:
    """'é' goes through the database's code page; N'é' does not, but only SQL Server knows it."""
    for literal in statement.tree.find_all(exp.Literal):
        if literal.is_string and not literal.name.isascii():
            yield f"{_shown(literal)}: a literal beyond ASCII"


# --- Spark ------------------------------------------------------------------------------------


def text_in_double_quotes(statement: Statement) -> Iterator[str]:
    """Spark takes "name" for a text."""
    for token in statement.tokens:
        if statement.sql[token.start] == '"':
            yield f'"{token.text}" is a text, not a name'


def backslash_in_text(statement: Statement) -> Iterator[str]:
    r"""Spark reads '\n' as a line feed, the others as two characters."""
    for token in statement.tokens:
        if token.token_type == TokenType.STRING and "\\" in statement.sql[token.start : token.end + 1]:
            yield f"{statement.sql[token.start : token.end + 1]}: a backslash escapes"


def spark_function(statement: Statement) -> Iterator[str]:
    for name in _called(statement):
        if name not in vocabulary.SPARK_FUNCTIONS:
            yield f"function {name}"


def spark_type(statement: Statement) -> Iterator[str]:
    for name, _ in _types(statement):
        if name not in vocabulary.SPARK_TYPES:
            yield f"type {name}"


def construct_unknown_to_spark(statement: Statement) -> Iterator[str]:
    yield from _found(statement, exp.Collate, "COLLATE")
    for lateral in statement.tree.find_all(exp.Lateral):
        if lateral.args.get("cross_apply") is not None:
            yield "APPLY"


# --- Helpers ----------------------------------------------------------------------------------


def _found(statement: Statement, kinds: type[exp.Expr] | UnionType, what: str) -> Iterator[str]:
    for node in statement.tree.walk():
        if isinstance(node, kinds):
            yield f"{what}: {_shown(node)}"


def _shown(node: exp.Expr) -> str:
    text = " ".join(node.sql().split())
    return text if len(text) <= 80 else f"{text[:77]}…"


@dataclass
class _Call:
    """A word before an opening bracket: a function, or a type with a size, or a table's columns.

    Attributes:
        name: the word as it is written, in small letters; empty when it is quoted or a sign.
        before: what stands before the word.
        arguments: what stands in the bracket; of brackets inside it only the brackets.
    """

    name: str
    before: Token | None
    arguments: list[Token]


def _calls(statement: Statement) -> Iterator[_Call]:
    opened: list[_Call] = []
    earlier: list[Token | None] = [None, None]
    for token in statement.tokens:
        if token.token_type == TokenType.R_PAREN and opened:
            yield opened.pop()
        if opened:
            opened[-1].arguments.append(token)
        if token.token_type == TokenType.L_PAREN:
            before, word = earlier[-2:]
            is_quoted = word is None or word.token_type in (TokenType.IDENTIFIER, TokenType.STRING)
            name = "" if is_quoted or word is None or not word.text.isidentifier() else word.text.lower()
            opened.append(_Call(name, before, []))
        earlier.append(token)


def _types(statement: Statement) -> Iterator[tuple[str, bool]]:
    """Each type that a value is cast to, as it is written, and whether it says a size."""
    for call in _calls(statement):
        signs = [token.token_type for token in call.arguments]
        if call.name in ("cast", "try_cast") and TokenType.ALIAS in signs:
            at = signs.index(TokenType.ALIAS) + 1
        elif call.name in ("convert", "try_convert"):
            at = 0
        else:
            continue
        yield call.arguments[at].text.lower(), TokenType.L_PAREN in signs[at + 1 : at + 2]


def _called(statement: Statement) -> Iterator[str]:
    """The names of all functions called."""
    with_columns = {alias.name.lower() for alias in statement.tree.find_all(exp.TableAlias) if alias.columns}
    sized_types = {name for name, has_size in _types(statement) if has_size}
    for call in _calls(statement):
        after_as = call.before is not None and call.before.token_type == TokenType.ALIAS
        no_function = after_as or call.name in vocabulary.STRUCTURE | with_columns | sized_types
        if call.name and not no_function:
            yield call.name


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
