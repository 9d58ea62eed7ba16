"""One query as text, as words and as a tree, and what traps ask of it.

Where the tree that sqlglot parses can tell, the tree is asked; sqlglot reads much that an engine does not, and under
one name, so words are asked for the rest.
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


def found(statement: Statement, kinds: type[exp.Expr] | UnionType, what: str) -> Iterator[str]:
    for node in statement.tree.walk():
        if isinstance(node, kinds):
            yield f"{what}: {shown(node)}"


def shown(node: exp.Expr) -> str:
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


def calls(statement: Statement) -> Iterator[_Call]:
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


def types(statement: Statement) -> Iterator[tuple[str, bool]]:
    """Each type that a value is cast to, as it is written, and whether it says a size."""
    for call in calls(statement):
        signs = [token.token_type for token in call.arguments]
        if call.name in ("cast", "try_cast") and TokenType.ALIAS in signs:
            at = signs.index(TokenType.ALIAS) + 1
        elif call.name in ("convert", "try_convert"):
            at = 0
        else:
            continue
        yield call.arguments[at].text.lower(), TokenType.L_PAREN in signs[at + 1 : at + 2]


def called(statement: Statement) -> Iterator[str]:
    """The names of all functions called."""
    with_columns = {alias.name.lower() for alias in statement.tree.find_all(exp.TableAlias) if alias.columns}
    sized_types = {name for name, has_size in types(statement) if has_size}
    for call in calls(statement):
        after_as = call.before is not None and call.before.token_type == TokenType.ALIAS
        no_function = after_as or call.name in vocabulary.STRUCTURE | with_columns | sized_types
        if call.name and not no_function:
            yield call.name
