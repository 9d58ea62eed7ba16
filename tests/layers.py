"""A layer built as the DAGs build it, without Airflow."""

from __future__ import annotations

import json
from typing import Any

from goldreel import parsing
from goldreel.build_log import Build
from goldreel.config import NO_USAGE_STATISTICS, Settings, dbt_environment, dbt_project
from goldreel.dbt_calls import call_dbt
from goldreel.engines import Engine
from goldreel.orchestration.manifests import Layer, count_tests
from goldreel.transform import BuildResult, read_results


def build_layer(
    engine: Engine, build: Build, layer: Layer, settings: Settings, *options: str, tests: int | None = None
) -> BuildResult:
    """Let dbt build and test the models of a layer, for a build that is open.

    Args:
        options: more of dbt's options.
        tests: how many the layer must run; None: as many as belong to it.
    """
    project, target = str(dbt_project()), settings.dbt_workspace.absolute() / layer.name
    arguments = ["--target", engine.name, "--project-dir", project, "--profiles-dir", project]
    arguments += ["--target-path", str(target), "--log-path", str(target), "--quiet"]
    with dbt_environment(NO_USAGE_STATISTICS | engine.dbt_environment() | build.dbt_environment):
        parsed = parsing.parse_project(arguments)
        command = [
            *("build", *arguments, "--vars", json.dumps(settings.dbt_variables(build.as_of))),
            *("--select", *layer.selection.split(), "--indirect-selection", layer.indirect_selection),
            *("--exclude-resource-type", "unit_test", *options),
        ]
        call_dbt(command, parsed.result)
    belonging = _tests_by_layer(parsed.result)[layer.name]
    return read_results(target / "run_results.json", belonging if tests is None else tests)


def _tests_by_layer(manifest: Any) -> dict[str, int]:
    return count_tests(manifest.writable_manifest().to_dict(omit_none=False))
