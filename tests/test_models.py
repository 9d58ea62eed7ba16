"""The dbt project itself: its unit tests pass, and its documentation leaves nothing out."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from goldreel import parsing, pipeline
from goldreel.config import NO_USAGE_STATISTICS, Settings, dbt_project
from goldreel.dbt_calls import call_dbt
from goldreel.engines import open_engine
from goldreel.generator import GeneratorOptions, generate

MODELS = sorted((dbt_project() / "models").glob("*/*.sql"))
GOLD = [model.stem for model in MODELS if model.parent.name == "gold"]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A warehouse built from a small delivery."""
    folder = tmp_path_factory.mktemp("models")
    generate(folder / "delivery", GeneratorOptions(users=100, sessions=1_000, titles=30, dirt=0.05))
    settings = Settings(home=folder / "warehouse")
    report = pipeline.run(settings, [folder / "delivery"], date(2024, 9, 30), pipeline.Silent())
    assert report.exit_code == 0, report.result
    return settings


def test_every_unit_test_of_the_models_passes(built: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_engine(built) as engine:
        for name, value in (NO_USAGE_STATISTICS | engine.dbt_environment()).items():
            monkeypatch.setenv(name, value)
        project = str(dbt_project())
        folder = built.dbt_workspace.absolute()
        arguments = [
            *("--target", engine.name, "--project-dir", project, "--profiles-dir", project),
            *("--target-path", str(folder / "unit"), "--log-path", str(folder / "logs"), "--quiet"),
        ]
        read = parsing.parse_project(arguments)
        result = call_dbt(["test", "--select", "test_type:unit", *arguments], read.result)
    assert result.exception is None
    outcomes = {each.node.name: str(each.status) for each in result.result.results}
    assert {name for name, status in outcomes.items() if status != "pass"} == set()
    tested = {each.node.name for each in result.result.results}
    assert len(tested) >= 30


def _documented(model: Path) -> dict[str, Any]:
    documented = yaml.safe_load(model.with_suffix(".yml").read_text())["models"]
    (entry,) = [each for each in documented if each["name"] == model.stem]
    return dict(entry)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.stem)
def test_every_model_states_its_grain_and_every_column_its_meaning(model: Path, columns: dict[str, list[str]]) -> None:
    entry = _documented(model)
    assert "one row" in entry["description"].lower()
    described = {column["name"]: column.get("description", "") for column in entry["columns"]}
    assert set(described) == set(columns[model.stem])
    assert all(len(text) >= 10 for text in described.values())


@pytest.mark.parametrize("name", GOLD)
def test_gold_tables_have_just_the_columns_and_types_of_their_contract(
    name: str, columns: dict[str, list[str]]
) -> None:
    (model,) = [each for each in MODELS if each.stem == name]
    assert [column["name"] for column in _documented(model)["columns"]] == columns[name]
    assert all("data_type" in column for column in _documented(model)["columns"])


@pytest.fixture(scope="module")
def columns(built: Settings) -> dict[str, list[str]]:
    """The columns of every relation that dbt built, in order."""
    with open_engine(built) as engine:
        found = engine.execute(
            "select table_name, column_name from information_schema.columns "
            "where table_schema in ('main', 'staging', 'ops') order by table_name, ordinal_position"
        )
    by_table: dict[str, list[str]] = {}
    for table, column in found.rows:
        by_table.setdefault(table, []).append(column)
    return by_table


def test_rules_are_declared_once_and_readers_get_them(built: Settings) -> None:
    declaration = (dbt_project() / "macros" / "rules" / "quality_rules.sql").read_text()
    with open_engine(built) as engine:
        rules = engine.execute("select entity, rule, outcome, meaning from data_quality_rules order by position").rows
    assert len(rules) == declaration.count("'broken_when'")
    elsewhere = [path for path in dbt_project().glob("models/**/*.sql") if "duration_invalid" in path.read_text()]
    assert elsewhere == []
    assert all(meaning in declaration for *_, meaning in rules)
