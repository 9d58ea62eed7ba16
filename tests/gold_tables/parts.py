"""What a gold table consists of, and what is missing from one: its formula is only the beginning."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from goldreel.explanations.published_numbers import NUMBERS, PARTS
from goldreel.load_checks import ACCEPTANCES
from goldreel.loading.contract import (
    ENTITIES,
    FORGOTTEN_RECORDS,
    FORGOTTEN_USERS,
    LOADS,
    OPTIONAL_COLUMNS,
    REJECTED_RECORDS,
    REPAIRS,
)

GOLD = "dbt/models/gold"
KEYS = "tests/oracle/tables.py"
VERIFY = "sql/sqlserver/verify.sql"
DASHBOARD = "src/goldreel/dashboard"
TOLD_IN = ("README.md", "CHANGELOG.md")

_UNFINISHED = re.compile(r"TODO\((gold_\w+)\)(.*)")
_LOOKED_THROUGH = (GOLD, "dbt/tests", "tests/oracle", DASHBOARD, VERIFY, *TOLD_IN)


@dataclass(frozen=True)
class Repository:
    """The files of a checkout, as far as gold tables stand in them."""

    root: Path

    def text(self, path: str) -> str:
        return (self.root / path).read_text(encoding="utf-8")

    def tables(self) -> list[str]:
        return sorted({file.stem for file in (self.root / GOLD).iterdir() if file.suffix in (".sql", ".yml")})

    def readers_tables(self) -> set[str]:
        """Every table that readers are promised: bronze, what is built but for staging, the published numbers."""
        folders = yaml.safe_load(self.text("dbt/dbt_project.yml"))["models"]["goldreel"]
        elsewhere = {name for name, each in folders.items() if isinstance(each, dict) and "+schema" in each}
        models = [file for file in self.root.glob("dbt/models/*/*.sql") if file.parent.name not in elsewhere]
        elsewhere = {name for name, each in folders["changes"].items() if isinstance(each, dict) and "+schema" in each}
        own = (LOADS, REJECTED_RECORDS, REPAIRS, FORGOTTEN_USERS, FORGOTTEN_RECORDS, OPTIONAL_COLUMNS)
        bronze = {str(table) for table in (*(entity.table for entity in ENTITIES), *own)}
        kept = {NUMBERS.name, PARTS.name, ACCEPTANCES.name}
        return {file.stem for file in models} - elsewhere | kept | bronze

    def described(self, table: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """What stands beside a model: its entry, and its unit tests."""
        content = yaml.safe_load(self.text(f"{GOLD}/{table}.yml"))
        entries = [entry for entry in content.get("models", []) if entry["name"] == table]
        units = [unit for unit in content.get("unit_tests", []) if unit["model"] == table]
        return (entries[0] if entries else {}), units

    def keys(self) -> dict[str, tuple[str, ...]]:
        """The columns by which the oracle knows a row of each table."""
        for node in ast.parse(self.text(KEYS)).body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "KEYS":
                return dict(ast.literal_eval(node.value))
        return {}

    def shown_on_dashboard(self) -> set[str]:
        """Every text that the dashboard's code has, such as the names of the tables that it reads."""
        trees = [ast.parse(file.read_text(encoding="utf-8")) for file in (self.root / DASHBOARD).rglob("*.py")]
        nodes = [node for tree in trees for node in ast.walk(tree)]
        return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


CHECKOUT = Repository(Path(__file__).parents[2])


def missing_parts(root: Path) -> list[str]:
    """What gold tables lack, each line with the table, the place, and what to do there."""
    repository = Repository(root)
    lines = [line for table in repository.tables() for line in _missing(repository, table)]
    return lines + [f"{place}: still to do: {what}" for place, what in todos(root)]


def todos(root: Path) -> Iterator[tuple[str, str]]:
    """The marks that a skeleton left: place, and what is to be done there."""
    for name in _LOOKED_THROUGH:
        path = root / name
        for file in sorted(path.rglob("*.*")) if path.is_dir() else [path]:
            if file.suffix not in (".sql", ".yml", ".py", ".md"):
                continue
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
                if found := _UNFINISHED.search(line):
                    yield f"{file.relative_to(root)}:{number}", f"{found[1]}{found[2].rstrip('# }')}"


def _missing(repository: Repository, table: str) -> Iterator[str]:
    for suffix, what in ((".sql", "its formula"), (".yml", "grain, columns, tests and unit tests")):
        if not (repository.root / GOLD / (table + suffix)).is_file():
            yield f"{table}: {GOLD}/{table}{suffix} is missing: {what}"
            return
    yield from _missing_in_yml(repository, table)
    if repository.text(VERIFY).count(f"'{table}'") < 2:
        yield f"{table}: {VERIFY} does not know it: add it to the list of tables and to the rows by layer"
    if not re.search(rf"^\s.*\b{table}$", repository.text("README.md"), re.MULTILINE):
        yield f"{table}: README.md does not name it under What you get"
    if table not in repository.shown_on_dashboard():
        yield f"{table}: no page of the dashboard reads it: show it in {DASHBOARD}/views/"


def _missing_in_yml(repository: Repository, table: str) -> Iterator[str]:
    place = f"{GOLD}/{table}.yml"
    entry, units = repository.described(table)
    if not entry:
        yield f"{table}: {place} describes no model of that name"
        return
    if not units:
        yield f"{table}: {place} has no unit test: show on a few rows what the formula gives"
    for column in entry.get("columns", []):
        if not column.get("description"):
            yield f"{table}: {place} does not say what {column['name']} means"
        if not column.get("data_type"):
            yield f"{table}: {place} does not state the type of {column['name']}"
    grain, key = _grain(entry), repository.keys().get(table)
    if grain is None:
        yield f"{table}: {place} tests no grain: add unique to a column, unique_together or has_one_row to the model"
    if key is None:
        yield f"{table}: the oracle does not know it: add its key to {KEYS}, and its numbers to tests/oracle"
    elif grain and set(grain) != set(key):
        yield f"{table}: {place} tests that {', '.join(grain)} is unique, and {KEYS} says {', '.join(key)}"


def _grain(entry: dict[str, Any]) -> list[str] | None:
    """The columns that a data test says are unique together; empty for a table of one row, None without such a test."""
    for test in entry.get("data_tests", []):
        if test == "has_one_row":
            return []
        if isinstance(test, dict) and "unique_together" in test:
            return list(test["unique_together"]["arguments"]["columns"])
    columns = [column for column in entry.get("columns", []) if "unique" in column.get("data_tests", [])]
    return [columns[0]["name"]] if columns else None
