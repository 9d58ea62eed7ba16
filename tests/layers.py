"""A layer built as the DAGs build it, without Airflow."""

from __future__ import annotations

import json

from goldreel.build_log import Build
from goldreel.config import NO_USAGE_STATISTICS, Settings, changed_environment, dbt_project
from goldreel.engines import Engine
from goldreel.orchestration.manifests import Layer
from goldreel.transform import BuildResult, read_results


def build_layer(engine: Engine, build: Build, layer: Layer, settings: Settings) -> BuildResult:
    """Let dbt build and test the models of a layer, for a build that is open."""
    from dbt.cli.main import dbtRunner

    project, target = str(dbt_project()), settings.dbt_workspace.absolute() / layer.name
    arguments = [
        *("build", "--target", engine.name, "--select", *layer.selection.split()),
        *("--indirect-selection", layer.indirect_selection, "--exclude-resource-type", "unit_test"),
        *(
            "--vars",
            json.dumps(settings.dbt_variables(build.as_of)),
            "--project-dir",
            project,
            "--profiles-dir",
            project,
        ),
        *("--target-path", str(target), "--log-path", str(target), "--quiet"),
    ]
    with changed_environment(NO_USAGE_STATISTICS | engine.dbt_environment() | build.dbt_environment):
        dbtRunner().invoke(arguments)
    return read_results(target / "run_results.json")
