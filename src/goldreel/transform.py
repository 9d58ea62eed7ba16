"""Runs dbt inside this process: every model and data test, once, in dependency order."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from goldreel import parsing
from goldreel.config import NO_USAGE_STATISTICS, dbt_environment, dbt_project
from goldreel.dbt_calls import call_dbt
from goldreel.engines.base import Engine
from goldreel.errors import GoldreelError

NodeStatus = Literal["passed", "warned", "failed", "skipped"]

_STATUS: dict[str, NodeStatus] = {
    "success": "passed",
    "pass": "passed",
    "warn": "warned",
    "error": "failed",
    "fail": "failed",
    "runtime error": "failed",
    "partial success": "failed",
}


@dataclass(frozen=True)
class NodeResult:
    """What became of one model or test.

    Attributes:
        failures: rows that a test found wrong.
        seconds: wall time.
    """

    name: str
    kind: Literal["model", "test"]
    status: NodeStatus
    message: str
    failures: int
    seconds: float


@dataclass(frozen=True)
class BuildResult:
    """What a build did. It passed when every model was built, and every test of the project ran and found nothing.

    Attributes:
        tests_of_project: how many data tests the project has, switched off or not; of a part of a build, how many
            belong to it.
    """

    nodes: tuple[NodeResult, ...]
    tests_of_project: int = 0

    @property
    def passed(self) -> bool:
        return (
            bool(self.nodes)
            and all(node.status in ("passed", "warned") for node in self.nodes)
            and not self.tests_missing
        )

    @property
    def tests_missing(self) -> int:
        """How many tests of the project did not run."""
        ran = self.count("test", "passed", "warned", "failed", "skipped")
        return max(0, self.tests_of_project - ran)

    @property
    def lacks_tests(self) -> bool:
        """Whether it went well to its end, but for tests that were not among what was run."""
        return (
            bool(self.nodes)
            and all(node.status in ("passed", "warned") for node in self.nodes)
            and self.tests_missing > 0
        )

    @property
    def failed(self) -> tuple[NodeResult, ...]:
        return tuple(node for node in self.nodes if node.status == "failed")

    def count(self, kind: Literal["model", "test"], *statuses: NodeStatus) -> int:
        return sum(node.kind == kind and node.status in statuses for node in self.nodes)


def build_models(
    engine: Engine,
    workspace: Path,
    variables: Mapping[str, Any],
    about_build: Mapping[str, str],
    on_node: Callable[[str, int, int], None] = lambda name, done, total: None,
) -> BuildResult:
    """Build and test all models on an engine that is connected.

    Args:
        workspace: the folder for what dbt writes: compiled SQL, parse cache, logs.
        variables: what the models are built with (`Settings.dbt_variables`).
        about_build: environment variables that tell dbt of the build (`Build.dbt_environment`).
        on_node: is told, after each model or test, its name, how many are done, and how many there are.

    Raises:
        ServerLost: the server went away while they were built.
        GoldreelError: dbt could not start, or the models do not compile.
    """
    arguments = [
        *("--project-dir", str(dbt_project()), "--profiles-dir", str(dbt_project())),
        *("--target", engine.name),
        # dbt's parse cache holds for one engine and schema
        *("--target-path", str((workspace / "target" / engine.name / engine.build_schema).absolute())),
        *("--log-path", str((workspace / "logs").absolute())),
        *("--log-level", "none", "--log-level-file", "info", "--no-use-colors", "--no-write-json"),
    ]
    with dbt_environment(NO_USAGE_STATISTICS | engine.dbt_environment() | dict(about_build)):
        result = project = parsing.parse_project(arguments)
        if project.success:
            values = ["--vars", json.dumps(dict(variables))]
            # unit tests look at the models' logic, not at the data
            build = ["build", *arguments, *values, "--exclude-resource-type", "unit_test"]
            result = call_dbt(build, project.result, [_progress(on_node)])
    nodes = tuple(_node_result(each) for each in getattr(result.result, "results", []))
    built = BuildResult(nodes, tests_of_project=_tests_of(project.result))
    said = [*(node.message for node in built.failed), str(result.exception or "")]
    lost = next((error for message in said if message and (error := engine.loss(message))), None)
    if lost is not None:
        raise lost
    if result.exception is not None:
        raise GoldreelError(
            f"dbt could not build the models: {_first_lines(str(result.exception))}",
            where=str(dbt_project()),
            remedy=f"see {workspace / 'logs' / 'dbt.log'}; --debug shows the whole error",
        ) from result.exception
    return built


def _tests_of(manifest: Any) -> int:
    """How many data tests a project has. One that is switched off is one that does not run."""
    if not hasattr(manifest, "nodes"):
        return 0
    disabled = [node for nodes in manifest.disabled.values() for node in nodes]
    return sum(str(node.resource_type) == "test" for node in (*manifest.nodes.values(), *disabled))


def _node_result(result: Any) -> NodeResult:
    return NodeResult(
        name=result.node.name,
        kind="test" if result.node.resource_type == "test" else "model",
        status=_STATUS.get(str(result.status), "skipped"),
        message=_first_lines(result.message or ""),
        failures=result.failures or 0,
        seconds=result.execution_time,
    )


def read_results(run_results: Path, tests_of_project: int) -> BuildResult:
    """What a dbt that someone else ran did, from the `run_results.json` that it wrote; nothing when it wrote none.

    Args:
        tests_of_project: how many data tests it had to run.
    """
    if not run_results.exists():
        return BuildResult((), tests_of_project)
    return BuildResult(
        tests_of_project=tests_of_project,
        nodes=tuple(
            NodeResult(
                name=each["unique_id"].split(".")[2],
                kind="test" if each["unique_id"].startswith("test.") else "model",
                status=_STATUS.get(each["status"], "skipped"),
                message=_first_lines(each["message"] or ""),
                failures=each["failures"] or 0,
                seconds=each["execution_time"],
            )
            for each in json.loads(run_results.read_text())["results"]
        ),
    )


def _progress(on_node: Callable[[str, int, int], None]) -> Callable[[Any], None]:
    """A listener to dbt's events that counts finished nodes."""
    done = 0
    totals = {"LogModelResult": "total", "LogTestResult": "num_models"}

    def listen(event: Any) -> None:
        nonlocal done
        total_field = totals.get(event.info.name)
        if total_field:
            done += 1
            on_node(event.data.node_info.node_name, done, getattr(event.data, total_field))

    return listen


def _first_lines(text: str, count: int = 3) -> str:
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    return " ".join(lines[:count])
