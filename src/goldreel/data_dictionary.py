"""What every table and column means, read from the YAML beside the models: the dashboard and the docs tell no other."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from goldreel.config import dbt_project

LAYERS = ("bronze", "staging", "touched", "silver", "partials", "gold", "warehouse", "quality", "changes")

_TYPE = re.compile(r"target\.type\]\.(\w+)")  # "{{ var('types')[target.type].number }}"
_SETTING = re.compile(r"\{\{ var\('(\w+)'\) \}\}")
_REFERENCE = re.compile(r"\bref\('(\w+)'\)")


@dataclass(frozen=True)
class ColumnMeaning:
    """A column of a table.

    Attributes:
        type: `key`, `text`, `whole`, `number` or `date`, where a contract states it.
        references: (table, column) that a data test says every value is found in, if any.
    """

    name: str
    description: str
    type: str = ""
    references: tuple[str, str] | None = None


@dataclass(frozen=True)
class TableMeaning:
    """A table, view or bronze source.

    Attributes:
        layer: the folder of the model, or `bronze`.
        sql_file: where its formula stands, relative to the dbt project; None for bronze.
    """

    name: str
    layer: str
    description: str
    columns: dict[str, ColumnMeaning]
    sql_file: Path | None = None


def read_dictionary(project: Path | None = None) -> dict[str, TableMeaning]:
    """Every table by name (those of bronze as `bronze.users`), bronze first, then in the order of the layers.

    Args:
        project: the dbt project; None: the one that comes with goldreel.

    Raises:
        UsageError: the dbt project is missing.
    """
    folder = project or dbt_project()
    models = folder / "models"
    settings = yaml.safe_load((folder / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
    tables = [
        _table(f"{source['name']}.{table['name']}", "bronze", table)
        for source in _entries(models / "staging" / "_bronze.yml", "sources", settings)
        for table in source["tables"]
    ]
    for layer in LAYERS[1:]:
        for file in sorted((models / layer).glob("[!_]*.yml")):
            tables += [_model(entry, file.with_suffix(".sql"), folder) for entry in _entries(file, "models", settings)]
    return {table.name: table for table in tables}


def _entries(file: Path, key: str, settings: dict[str, Any]) -> list[dict[str, Any]]:
    """What a file lists under a key, with the values of the project's settings where their names stand."""
    text = _SETTING.sub(lambda name: str(settings[name[1]]), file.read_text(encoding="utf-8"))
    return list(yaml.safe_load(text)[key])


def _model(entry: dict[str, Any], sql: Path, project: Path) -> TableMeaning:
    return _table(entry["name"], sql.parent.name, entry, sql.relative_to(project))


def _table(name: str, layer: str, entry: dict[str, Any], sql_file: Path | None = None) -> TableMeaning:
    columns = {column["name"]: _column(column) for column in entry.get("columns", [])}
    return TableMeaning(name, layer, _text(entry), columns, sql_file)


def _column(entry: dict[str, Any]) -> ColumnMeaning:
    stated = _TYPE.search(entry.get("data_type", ""))
    return ColumnMeaning(entry["name"], _text(entry), stated.group(1) if stated else "", _references(entry))


def _references(entry: dict[str, Any]) -> tuple[str, str] | None:
    for test in entry.get("data_tests", []):
        if isinstance(test, dict) and "relationships" in test:
            arguments = test["relationships"]["arguments"]
            (table,) = _REFERENCE.findall(arguments["to"])
            return table, arguments["field"]
    return None


def _text(entry: dict[str, Any]) -> str:
    return " ".join(entry.get("description", "").split())
