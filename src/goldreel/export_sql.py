"""Plain SQL scripts out of the dbt models, for who runs the warehouse without dbt."""

from __future__ import annotations

import re
import tempfile
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from goldreel.config import NO_USAGE_STATISTICS, EngineName, changed_environment, dbt_project
from goldreel.engines import tsql
from goldreel.errors import GoldreelError

SCRIPTS: dict[str, tuple[str, ...]] = {
    "bronze_to_silver.sql": ("staging", "silver", "quality"),
    "silver_to_gold.sql": ("gold", "warehouse"),
}
"""The scripts, and the folders of models that each of them builds."""

# What the compiled SQL calls the database; the scripts name none.
_DATABASE = "goldreel_export"


@dataclass(frozen=True)
class Model:
    """A compiled model.

    Attributes:
        layer: its folder in `dbt/models`.
        columnstore: keep it as a clustered columnstore (SQL Server).
        key: columns of its unique clustered index (SQL Server); may be empty.
    """

    name: str
    layer: str
    schema: str
    is_view: bool
    description: str
    sql: str
    columnstore: bool
    key: tuple[str, ...]


def export(engine: EngineName, as_of: str = "") -> dict[str, str]:
    """The scripts of an engine, by file name.

    Args:
        as_of: the day that days_since_signup counts to, YYYY-MM-DD; empty means the day on which the script runs.

    Raises:
        GoldreelError: the models do not compile.
    """
    write = _WRITERS[engine]
    models = _compiled(engine, as_of)
    return {name: write(name, [model for model in models if model.layer in layers]) for name, layers in SCRIPTS.items()}


def _compiled(engine: EngineName, as_of: str) -> list[Model]:
    """All models, each after those that it reads; needs no database."""
    from dbt.cli.main import dbtRunner

    project = str(dbt_project())
    nowhere = {"GOLDREEL_DUCKDB_FILE": ":memory:", "MSSQL_DATABASE": _DATABASE, "GOLDREEL_MSSQL_SCHEMA": "dbo"}
    with tempfile.TemporaryDirectory() as folder, changed_environment(NO_USAGE_STATISTICS | nowhere):
        result = dbtRunner().invoke(
            [
                *("compile", "--target", engine, "--select", "resource_type:model", "--vars", f"{{as_of: '{as_of}'}}"),
                *("--no-introspect", "--no-populate-cache", "--project-dir", project, "--profiles-dir", project),
                *("--target-path", folder, "--log-path", folder, "--log-level", "none", "--no-write-json"),
            ]
        )
    if not result.success:
        raise GoldreelError(f"The models do not compile for {engine}: {result.exception}", where=project)
    results = [each.node for each in getattr(result.result, "results", [])]
    nodes = {node.unique_id: node for node in results if node.resource_type == "model"}
    ordered: list[Any] = []
    waiting = dict(sorted(nodes.items()))
    while waiting:
        ready = next(key for key, node in waiting.items() if not waiting.keys() & set(node.depends_on.nodes))
        ordered.append(waiting.pop(ready))
    return [_model(node) for node in ordered]


def _model(node: Any) -> Model:
    settings = node.config.to_dict()
    indexes = settings.get("indexes") or []
    sql = re.sub(rf'"({_DATABASE}|memory)"\.', "", node.compiled_code).strip()
    return Model(
        name=node.name,
        layer=node.fqn[1],
        schema=node.schema,
        is_view=settings["materialized"] == "view",
        description=" ".join(node.description.split()),
        sql=re.sub(r'"(\w+)"\."(\w+)"', r"\1.\2", sql),
        columnstore=bool(settings.get("as_columnstore")),
        key=tuple(indexes[0]["columns"]) if indexes else (),
    )


def _comment(text: str) -> str:
    return "\n".join(f"-- {line}" for line in textwrap.wrap(text.replace("`", ""), 115))


def _head(name: str, models: Sequence[Model], how: str) -> str:
    tables = ", ".join(model.name for model in models)
    return "\n--\n".join(
        [
            _comment(
                f"{name}: written by `goldreel export-sql` from the models in dbt/models; change those, not this."
            ),
            _comment(f"Builds {tables}."),
            _comment(how),
        ]
    )


def _other_schemas(models: Sequence[Model], default: str) -> list[str]:
    return sorted({model.schema for model in models} - {default})


def _duckdb_script(name: str, models: Sequence[Model]) -> str:
    how = (
        "Run it with `goldreel sql` (all in one transaction) or the duckdb shell, as often as you like. Each table is "
        "replaced in one step."
    )
    parts = [_head(name, models, how)]
    parts += [f"create schema if not exists {schema};" for schema in _other_schemas(models, "main")]
    for model in models:
        kind = "view" if model.is_view else "table"
        create = f"create or replace {kind} {model.schema}.{model.name} as\n{model.sql};"
        parts.append(f"{_comment(f'{model.name}: {model.description}')}\n{create}")
    return "\n\n\n".join(parts) + "\n"


def _sqlserver_script(name: str, models: Sequence[Model]) -> str:
    how = (
        f"Run it in the warehouse's database, as often as you like: `sqlcmd -b -I -i {name}` or `goldreel sql {name} "
        "--engine sqlserver`. Each table is made beside the one that is there and takes its place in one transaction; "
        "after an error everything not yet replaced is as it was."
    )
    parts = [_head(name, models, how), "set xact_abort on;\nset nocount on;\nset quoted_identifier on;\ngo"]
    parts += [
        f"if schema_id(N'{schema}') is null exec(N'create schema {schema}');\ngo"
        for schema in _other_schemas(models, "dbo")
    ]
    for model in models:
        title = _comment(f"{model.name}: {model.description}")
        parts.append(f"{title}\n{_view(model) if model.is_view else _table(model)}")
    return "\n\n\n".join(parts) + "\n"


def _view(model: Model) -> str:
    target = f"{model.schema}.{model.name}"
    return f"drop view if exists {target};\ngo\ncreate view {target} as\n{model.sql};\ngo"


def _table(model: Model) -> str:
    """A table by way of a view on its query: T-SQL has no CREATE TABLE AS."""
    target = f"{model.schema}.{model.name}"
    query, new = f"{target}__query", f"{target}__new"
    index = []
    if model.columnstore:
        create = tsql.literal(f"create clustered columnstore index {model.name}_cci on {target}")
        version = "try_cast(serverproperty('ProductMajorVersion') as int)"
        index.append(f"if {version} >= 13 exec({create}); -- older servers keep a heap")
    elif model.key:
        index.append(f"create unique clustered index {model.name}_key on {target} ({', '.join(model.key)});")
    swap = [
        "begin transaction;",
        *tsql.drops(model.schema, model.name),
        f"exec sp_rename N'{new}', N'{model.name}', N'OBJECT';",
        *([tsql.grants_to_readers(model.name)] if model.schema == "dbo" else []),
        "commit;",
    ]
    return "\n".join(
        [
            f"drop view if exists {query};",
            f"drop table if exists {new};",
            "go",
            f"create view {query} as\n{model.sql};",
            "go",
            f"select * into {new} from {query};",
            f"drop view {query};",
            "go",
            *swap,
            "go",
            *([*index, "go"] if index else []),
        ]
    )


_WRITERS: dict[EngineName, Callable[[str, Sequence[Model]], str]] = {
    "duckdb": _duckdb_script,
    "sqlserver": _sqlserver_script,
}


def write_scripts(folder: Path, as_of: str = "") -> list[Path]:
    """Write the scripts of all engines to `folder/<engine>/`."""
    written = []
    for engine in _WRITERS:
        for name, text in export(engine, as_of).items():
            file = folder / engine / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            written.append(file)
    return written


def stale_scripts(folder: Path) -> list[Path]:
    """Which of the scripts in `folder` are missing, or are not what the models say now."""
    return [
        file
        for engine in _WRITERS
        for name, text in export(engine).items()
        if not (file := folder / engine / name).is_file() or file.read_text(encoding="utf-8") != text
    ]
