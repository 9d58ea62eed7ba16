"""The dbt project as each engine gets it: compiled by that engine's own dbt adapter, without a database."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Literal, cast, get_args

import pytest
from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify
from sqlglot.schema import MappingSchema

from goldreel import parsing
from goldreel.build_log import BUILDS
from goldreel.config import NO_USAGE_STATISTICS
from goldreel.dbt_calls import call_dbt
from goldreel.engines.base import ColumnType, Table
from goldreel.loading.contract import BRONZE_TABLES

Dialect = Literal["tsql", "spark"]
DIALECTS: tuple[Dialect, ...] = get_args(Dialect)
TARGETS: dict[Dialect, str] = {"tsql": "sqlserver", "spark": "spark"}
DATABASE = "warehouse"  # as in profiles.yml; Spark has none

DBT_PROJECT = Path(__file__).resolve().parents[2] / "dbt"
MODEL_FILES = sorted(DBT_PROJECT.joinpath("models").rglob("*.sql"))
SOURCE_TABLES = (*BRONZE_TABLES, BUILDS)

_BRONZE_TYPES: dict[Dialect, dict[ColumnType, str]] = {
    "tsql": {
        "text": "nvarchar(4000)",
        "key": "nvarchar(450)",
        "document": "nvarchar(max)",
        "bigint": "bigint",
        "timestamp": "datetime2",
    },
    "spark": {
        "text": "string",
        "key": "string",
        "document": "string",
        "bigint": "bigint",
        "timestamp": "timestamp",
    },
}


@dataclass(frozen=True)
class Node:
    """A compiled model or data test.

    Attributes:
        relation: the full name of what it builds, quoted as the engine wants it; empty for a test.
        contract: the columns that it promises, with their types; empty when it promises nothing.
        quoted: those of them whose name dbt writes in quotes.
        hooks: what runs before it is built, and whether within its transaction.
    """

    name: str
    kind: Literal["model", "test"]
    sql: str
    relation: str
    needs: frozenset[str]
    contract: dict[str, str]
    quoted: frozenset[str]
    hooks: tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class Compiled:
    """The whole project for one engine, by the unique ids that dbt gives."""

    dialect: Dialect
    nodes: dict[str, Node]

    def model(self, name: str) -> Node:
        return next(node for node in self.nodes.values() if node.kind == "model" and node.name == name)

    @property
    def models(self) -> list[Node]:
        """Every model after the ones it reads."""
        waiting = {key: node for key, node in self.nodes.items() if node.kind == "model"}
        ordered = []
        while waiting:
            ready = next(key for key, node in waiting.items() if not node.needs & waiting.keys())
            ordered.append(waiting.pop(ready))
        return ordered

    @property
    def tests(self) -> list[Node]:
        return [node for node in self.nodes.values() if node.kind == "test"]


def compile_project(folder: Path, variables: Mapping[str, object] | None = None) -> dict[Dialect, Compiled]:
    """Compile all models and data tests for both engines, with these values in place of those in dbt_project.yml.

    In this process, as the pipeline does: the second engine then costs a third of the first.
    """
    projects = {}
    for dialect, target in TARGETS.items():
        arguments = [
            *("--target", target, "--project-dir", str(DBT_PROJECT), "--profiles-dir", str(Path(__file__).parent)),
            *("--target-path", str(folder / target), "--log-path", str(folder / target)),
            *("--log-level", "none", "--log-level-file", "info"),
        ]
        with _environment():
            result = parsing.parse_project(arguments)
            if result.success:
                command = [
                    *("compile", *arguments, "--exclude", "resource_type:unit_test"),
                    *("--no-introspect", "--no-populate-cache", "--vars", json.dumps(dict(variables or {}))),
                ]
                result = call_dbt(command, result.result)
        if not result.success:
            errors = [each.message for each in getattr(result.result, "results", []) if each.status == "error"]
            raise RuntimeError(f"dbt does not compile the project for {target}: {result.exception or errors}")
        projects[dialect] = _read_manifest(dialect, folder / target)
    return projects


@contextmanager
def _environment() -> Iterator[None]:
    """No usage statistics; and dbt-spark asks whether pyspark can be imported: any module of that name will do."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in NO_USAGE_STATISTICS.items():
            patch.setenv(name, value)
        patch.delenv("DBT_TARGET_PATH", raising=False)
        patch.setitem(sys.modules, "pyspark", ModuleType("pyspark"))
        yield


def _read_manifest(dialect: Dialect, target: Path) -> Compiled:
    manifest = json.loads((target / "manifest.json").read_text())
    nodes = {}
    for key, node in manifest["nodes"].items():
        if node["resource_type"] in ("model", "test"):
            promised = node["columns"].values() if node["config"].get("contract", {}).get("enforced") else []
            nodes[key] = Node(
                name=node["name"],
                kind=node["resource_type"],
                sql=node["compiled_code"],
                relation=node["relation_name"] or "",
                needs=frozenset(node["depends_on"]["nodes"]),
                contract={column["name"]: column["data_type"] for column in promised},
                quoted=frozenset(column["name"] for column in promised if column["quote"]),
                hooks=tuple((hook["sql"], hook["transaction"]) for hook in node["config"].get("pre-hook", [])),
            )
    return Compiled(dialect, nodes)


class Catalogue:
    """The columns of every table, as far as they are known: bronze from the loader, the rest from the models."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._schema = MappingSchema(dialect=dialect)
        for table in SOURCE_TABLES:
            types = {column.name: _BRONZE_TYPES[dialect][column.type] for column in table.columns}
            self._schema.add_table(bronze_name(dialect, table), types, dialect=dialect)

    def read(self, sql: str) -> exp.Query:
        """The statement with every column traced to its table, and typed where its type is known.

        Raises:
            SqlglotError: a column is in none of the tables read, or in several; or it is an alias that the same
                SELECT makes, which only ORDER BY may read.
        """
        statement = rewrite(parse_one(sql, read=self._dialect), _without_collation)
        statement = qualify(
            statement,
            dialect=self._dialect,
            schema=self._schema,
            expand_alias_refs=False,
            quote_identifiers=False,
            identify=False,
        )
        return cast(exp.Query, annotate_types(statement, schema=self._schema, dialect=self._dialect))

    def add(self, relation: str, statement: exp.Query) -> None:
        columns = {name: kind.sql(self._dialect) if kind else "unknown" for name, kind in output_types(statement)}
        self._schema.add_table(exp.to_table(relation, dialect=self._dialect), columns, dialect=self._dialect)


def bronze_name(dialect: Dialect, table: Table) -> exp.Table:
    return exp.table_(table.name, db=table.schema, catalog=DATABASE if dialect == "tsql" else None)


def kept_state(dialect: Dialect, judged: str) -> str:
    """Where the records of a judged table are kept as the build before left them."""
    name = judged.replace("judged_", "staging.before_")
    return f"{DATABASE}.{name}" if dialect == "tsql" else name


def output_types(statement: exp.Query) -> Iterator[tuple[str, exp.DataType | None]]:
    """The columns that a statement returns, with their types; None for a type that is not known."""
    for projection in statement.selects:
        kind = projection.type
        known = isinstance(kind, exp.DataType) and kind.this not in (exp.DType.UNKNOWN, exp.DType.NULL)
        yield projection.alias_or_name, kind if known else None


@dataclass(frozen=True)
class Traced:
    """Models and tests by name, each column traced to its table; and of those where that fails, why."""

    statements: dict[str, exp.Query]
    failures: dict[str, str]


@cache
def compiled_project() -> dict[Dialect, Compiled]:
    """The project as it is, compiled once in each process of the tests."""
    with tempfile.TemporaryDirectory() as folder:
        return compile_project(Path(folder))


@cache
def traced_project() -> dict[Dialect, Traced]:
    """Every model and test of it with each column traced to its table."""
    return {dialect: trace(project) for dialect, project in compiled_project().items()}


def trace(project: Compiled) -> Traced:
    catalogue = Catalogue(project.dialect)
    traced = Traced({}, {})
    for node in (*project.models, *project.tests):
        try:
            statement = catalogue.read(node.sql)
        except SqlglotError as error:
            traced.failures[node.name] = str(error)
        else:
            traced.statements[node.name] = statement
            if node.kind == "model":
                catalogue.add(node.relation, statement)
                if node.name.startswith("judged_"):
                    catalogue.add(kept_state(project.dialect, node.name), statement)
    return traced


def rewrite(tree: exp.Expr, change: Callable[[exp.Expr], exp.Expr]) -> exp.Expr:
    """The tree with each node changed, the inner ones first; the root stays."""
    for node in reversed(list(tree.walk(bfs=True))):
        changed = change(node)
        if changed is not node:
            node.replace(changed)
    return tree


def _without_collation(node: exp.Expr) -> exp.Expr:
    """Types are not known of a COLLATE or a CONVERT; of what stands in them, or comes out, they are."""
    if isinstance(node, exp.Collate):
        return node.left
    if isinstance(node, exp.Convert) and node.args.get("safe"):
        return exp.TryCast(this=node.expression, to=node.this)
    return node
