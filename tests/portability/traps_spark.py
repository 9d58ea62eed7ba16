"""What Spark has not, or reads in another way."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from portability import vocabulary
from portability.statements import Statement, called, found, types


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
    for name in called(statement):
        if name not in vocabulary.SPARK_FUNCTIONS:
            yield f"function {name}"


def spark_type(statement: Statement) -> Iterator[str]:
    for name, _ in types(statement):
        if name not in vocabulary.SPARK_TYPES:
            yield f"type {name}"


def construct_unknown_to_spark(statement: Statement) -> Iterator[str]:
    yield from found(statement, exp.Collate, "COLLATE")
    for lateral in statement.tree.find_all(exp.Lateral):
        if lateral.args.get("cross_apply") is not None:
            yield "APPLY"
