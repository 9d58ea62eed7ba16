"""Plain SQL scripts out of the dbt models: for who runs the warehouse without dbt, and to see what a change does."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any

from goldreel import parsing
from goldreel.config import NO_USAGE_STATISTICS, EngineName, dbt_environment, dbt_project
from goldreel.dbt_calls import call_dbt
from goldreel.engines import requirements
from goldreel.engines.scripts import WRITERS, Model, for_reading
from goldreel.errors import GoldreelError

SCRIPTS: dict[str, tuple[str, ...]] = {
    "bronze_to_silver.sql": ("staging", "silver", "quality"),
    "silver_to_gold.sql": ("partials", "gold", "warehouse"),
}
"""The scripts, and the folders of models that each of them builds."""

FOR_READING: dict[str, tuple[str, ...]] = {"changes.sql": ("touched", "changes")}
"""The same of what no script can build: what a load changed shows between two builds."""

# What the compiled SQL calls the database; the scripts name none.
_DATABASE = "goldreel_export"


def export(engine: EngineName, as_of: str = "") -> dict[str, str]:
    """The scripts of an engine, by file name.

    Args:
        as_of: the day that days_since_signup counts to, YYYY-MM-DD; empty means the day on which the script runs.

    Raises:
        GoldreelError: the models do not compile.
    """
    return _scripts(engine, compiled(engine, as_of))


def _scripts(engine: EngineName, models: list[Model]) -> dict[str, str]:
    return {name: WRITERS[engine](name, models, layers) for name, layers in SCRIPTS.items()}


def _files(engine: EngineName, as_of: str = "") -> dict[str, str]:
    """The scripts, and what is for reading only."""
    models = compiled(engine, as_of)
    return _scripts(engine, models) | {
        name: for_reading(name, [model for model in models if model.layer in layers])
        for name, layers in FOR_READING.items()
    }


def compiled(engine: EngineName, as_of: str = "") -> list[Model]:
    """All models, each after those that it reads; needs no database."""
    project = str(dbt_project())
    nowhere = {"GOLDREEL_DUCKDB_FILE": ":memory:", "MSSQL_DATABASE": _DATABASE, "GOLDREEL_MSSQL_SCHEMA": "dbo"}
    nowhere |= {"GOLDREEL_SPARK_SCHEMA": "default"}
    with tempfile.TemporaryDirectory() as folder, dbt_environment(NO_USAGE_STATISTICS | nowhere):
        arguments = [
            *("--target", engine, "--project-dir", project, "--profiles-dir", project),
            *("--target-path", folder, "--log-path", folder, "--log-level", "none", "--no-write-json"),
        ]
        result = parsing.parse_project(arguments)
        if result.success:
            chosen = ["--select", "resource_type:model", "--vars", f"{{as_of: '{as_of}'}}"]
            command = ["compile", *arguments, *chosen, "--no-introspect", "--no-populate-cache"]
            result = call_dbt(command, result.result)
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


def available_engines() -> list[EngineName]:
    """The engines that dbt can write SQL for here: it needs the packages of their extras."""
    return [engine for engine in WRITERS if requirements.are_installed(engine)]


def write_scripts(folder: Path, as_of: str = "") -> list[Path]:
    """Write the scripts of the available engines to `folder/<engine>/`.

    Raises:
        OSError: it cannot be written there; that shows before the scripts are made, which takes its time.
    """
    engines = available_engines()
    for file in (folder / engine / name for engine in engines for name in SCRIPTS):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.open("a", encoding="utf-8").close()
    written = []
    for engine in engines:
        for name, text in _files(engine, as_of).items():
            file = folder / engine / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            written.append(file)
    return written


def stale_scripts(folder: Path) -> list[Path]:
    """Which of the scripts of the available engines are missing, or are not what the models say now."""
    stale = []
    for engine in available_engines():
        files = [folder / engine / name for name in (*SCRIPTS, *FOR_READING)]
        missing = [file for file in files if not file.is_file()]
        wanted = _files(engine) if len(missing) < len(files) else {}
        stale += [file for file in files if file in missing or file.read_text(encoding="utf-8") != wanted[file.name]]
    return stale
