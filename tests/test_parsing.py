"""dbt's parse cache holds from day to day, and what it holds is what dbt would find anew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from goldreel import parsing
from goldreel.config import NO_USAGE_STATISTICS, dbt_environment, dbt_project, declared_thresholds

PROJECT = [f"--{kind}-dir={dbt_project()}" for kind in ("project", "profiles")]
OTHER_VALUES = {name: value + 1 for name, value in declared_thresholds().items()}
OTHER_VALUES |= {"as_of": "2031-01-02", "earliest_date": "1999-01-01"}  # type: ignore[dict-item]


def parsed(folder: Path, *arguments: str) -> Any:
    quiet = ["--log-level", "none", "--no-write-json", f"--target-path={folder}", f"--log-path={folder}"]
    with dbt_environment(NO_USAGE_STATISTICS | {"GOLDREEL_DUCKDB_FILE": ":memory:"}):
        result = parsing.parse_project([*PROJECT, *quiet, *arguments])
    assert result.success, result.exception
    return result.result


def configured(manifest: Any) -> dict[str, Any]:
    """What dbt knows of each model and test besides its text, which is compiled at every build."""
    nodes = [*manifest.nodes.values(), *(node for each in manifest.disabled.values() for node in each)]
    return {
        node.unique_id: (
            node.config.to_dict(),
            node.relation_name,
            sorted(node.depends_on.nodes),
            sorted(node.depends_on.macros),
            {name: column.data_type for name, column in node.columns.items()},
            getattr(getattr(node, "test_metadata", None), "kwargs", None),
        )
        for node in nodes
    }


@pytest.mark.usefixtures("really_parsed")
def test_no_variable_changes_what_the_cache_holds(tmp_path: Path) -> None:
    without = configured(parsed(tmp_path / "without"))
    assert without == configured(parsed(tmp_path / "with", "--vars", json.dumps(OTHER_VALUES)))
    assert sum(name.startswith("test.") for name in without) > 50
