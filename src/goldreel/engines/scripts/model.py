"""A compiled model, and what the scripts of all engines begin with."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass

STAGING = "staging"


@dataclass(frozen=True)
class Model:
    """A compiled model.

    Attributes:
        layer: its folder in `dbt/models`.
        columnstore: keep it as a clustered columnstore (SQL Server).
        key: columns of its unique clustered index (SQL Server); may be empty.
        reads: names of the models that it reads.
    """

    name: str
    layer: str
    schema: str
    is_view: bool
    description: str
    sql: str
    columnstore: bool
    key: tuple[str, ...]
    reads: frozenset[str]

    @property
    def full_name(self) -> str:
        return f"{self.schema}.{self.name}"

    @property
    def statement(self) -> str:
        """Its query, ended: below a remark on the last line, which would take the semicolon in."""
        last_line = self.sql.rsplit("\n", 1)[-1]
        return self.sql + ("\n;" if "--" in last_line else ";")

    @property
    def query(self) -> str:
        """The view that a table is made from (T-SQL has no CREATE TABLE AS), beside what a build drops anyway."""
        return f"{STAGING}.{self.name}__query"

    @property
    def new(self) -> str:
        """What a table is called until it takes its place."""
        return f"{self.full_name}__new"


def comment(text: str) -> str:
    return "\n".join(f"-- {line}" for line in textwrap.wrap(text.replace("`", ""), 115))


def head(name: str, models: Sequence[Model], how: str) -> str:
    tables = ", ".join(model.name for model in models)
    return "\n--\n".join(
        [
            comment(f"{name}: written by `goldreel export-sql` from the models in dbt/models; change those, not this."),
            comment(f"Builds {tables}."),
            comment(how),
        ]
    )


def other_schemas(models: Sequence[Model], default: str) -> list[str]:
    return sorted({model.schema for model in models} - {default})


def one_statement_each(
    name: str, models: Sequence[Model], how: str, default_schema: str, kind: Callable[[Model], str]
) -> str:
    """A script for engines that make a table from a query by one statement.

    Args:
        kind: what stands between `create` and the name of a model.
    """
    parts = [head(name, models, how)]
    parts += [f"create schema if not exists {schema};" for schema in other_schemas(models, default_schema)]
    for model in models:
        create = f"create {kind(model)} {model.full_name} as\n{model.statement}"
        parts.append(f"{comment(f'{model.name}: {model.description}')}\n{create}")
    return "\n\n\n".join(parts) + "\n"


def for_reading(name: str, models: Sequence[Model]) -> str:
    """The queries of models that only a build can make something of, one after the other."""
    how = "For reading, and so that a change to a macro shows what it does to this engine: only a build runs them."
    queries = [f"{comment(f'{model.full_name}: {model.description}')}\n{model.statement}" for model in models]
    return "\n\n\n".join([head(name, models, how), *queries]) + "\n"
