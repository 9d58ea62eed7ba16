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
_STAGING = "staging"


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
    def query(self) -> str:
        """The view that a table is made from (T-SQL has no CREATE TABLE AS), beside what a build drops anyway."""
        return f"{_STAGING}.{self.name}__query"

    @property
    def new(self) -> str:
        """What a table is called until it takes its place."""
        return f"{self.full_name}__new"


def export(engine: EngineName, as_of: str = "") -> dict[str, str]:
    """The scripts of an engine, by file name.

    Args:
        as_of: the day that days_since_signup counts to, YYYY-MM-DD; empty means the day on which the script runs.

    Raises:
        GoldreelError: the models do not compile.
    """
    write = _WRITERS[engine]
    models = _compiled(engine, as_of)
    return {name: write(name, models, layers) for name, layers in SCRIPTS.items()}


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
        reads=frozenset(each.split(".")[-1] for each in node.depends_on.nodes if each.startswith("model.")),
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


def _duckdb_script(name: str, all_models: Sequence[Model], layers: Sequence[str]) -> str:
    models = [model for model in all_models if model.layer in layers]
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


def _sqlserver_script(name: str, all_models: Sequence[Model], layers: Sequence[str]) -> str:
    models = [model for model in all_models if model.layer in layers]
    how = (
        f"Run it in the warehouse's database, as often as you like: `sqlcmd -b -I -i {name}` or `goldreel sql {name} "
        "--engine sqlserver`. Each table is made beside the one that is there and takes its place in one transaction; "
        "after an error every table not yet replaced is as it was."
    )
    parts = [_head(name, models, how), "set xact_abort on;\nset nocount on;\nset quoted_identifier on;\ngo"]
    parts += [
        f"if schema_id(N'{schema}') is null exec(N'create schema {schema}');\ngo"
        for schema in sorted({_STAGING, *_other_schemas(models, "dbo")})
    ]
    parts.append(_clean_start(all_models, models))
    for model in models:
        title = _comment(f"{model.name}: {model.description}")
        parts.append(f"{title}\n{_view(model, models) if model.is_view else _table(model, models)}")
    return "\n\n\n".join(parts) + "\n"


def _clean_start(all_models: Sequence[Model], models: Sequence[Model]) -> str:
    """Drop what a run left that was stopped: a view, of whichever script, is in the way of dropping what it reads."""
    drops = [f"drop view if exists {model.query};" for model in all_models if not model.is_view]
    drops += [f"drop table if exists {model.new};" for model in models if not model.is_view]
    return "\n".join([_comment("What a run that was stopped may have left."), *drops, "go"])


def _views_over(model: Model, models: Sequence[Model]) -> list[str]:
    """Statements that drop the views that read a model, directly or not: some servers drop nothing that a view reads.

    They come after what they read, and are made again when it is their turn.
    """
    read = {model.name}
    found: list[Model] = []
    for other in models:  # each comes after those that it reads
        if other.is_view and other.reads & read:
            read.add(other.name)
            found.append(other)
    return [statement for view in found[::-1] for statement in tsql.drops(view.schema, view.name)]


def _view(model: Model, models: Sequence[Model]) -> str:
    return "\n".join(
        [
            "begin transaction;",
            *_views_over(model, models),
            *tsql.drops(model.schema, model.name),
            "go",
            f"create view {model.full_name} as\n{model.sql};",
            "go",
            "commit;",
            "go",
        ]
    )


def _table(model: Model, models: Sequence[Model]) -> str:
    index = []
    if model.columnstore:
        create = tsql.literal(f"create clustered columnstore index {model.name}_cci on {model.full_name}")
        version = "try_cast(serverproperty('ProductMajorVersion') as int)"
        index.append(f"if {version} >= 13 exec({create}); -- older servers keep a heap")
    elif model.key:
        index.append(f"create unique clustered index {model.name}_key on {model.full_name} ({', '.join(model.key)});")
    swap = [
        "begin transaction;",
        *_views_over(model, models),
        *tsql.drops(model.schema, model.name),
        f"exec sp_rename N'{model.new}', N'{model.name}', N'OBJECT';",
        *([tsql.grants_to_readers(model.name)] if model.schema == "dbo" else []),
        "commit;",
    ]
    return "\n".join(
        [
            f"create view {model.query} as\n{model.sql};",
            "go",
            f"select * into {model.new} from {model.query};",
            f"drop view {model.query};",
            "go",
            *swap,
            "go",
            *([*index, "go"] if index else []),
        ]
    )


_WRITERS: dict[EngineName, Callable[[str, Sequence[Model], Sequence[str]], str]] = {
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
