"""dbt's manifest, cut into the layers that a DAG builds each, so that parsing the DAGs need not start dbt."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from goldreel.config import NO_USAGE_STATISTICS, Settings, dbt_project, for_dbt_alone
from goldreel.errors import GoldreelError


@dataclass(frozen=True)
class Layer:
    """Models that one DAG builds, with the tests that can run when they are built.

    Attributes:
        folders: of dbt/models.
        indirect_selection: which tests dbt runs with them: `cautious`: those that need nothing else; `eager`: all that
            look at any of them.
        with_sources: whether the tests of bronze belong to it.
        final: whether the build is complete with it.
    """

    name: str
    folders: tuple[str, ...]
    indirect_selection: str
    with_sources: bool
    final: bool

    @property
    def selection(self) -> str:
        """As dbt's --select takes it."""
        return " ".join([*(f"path:models/{folder}" for folder in self.folders), *(["source:*"] * self.with_sources)])


SILVER = Layer("silver", ("staging", "touched", "silver"), "cautious", with_sources=True, final=False)
GOLD = Layer("gold", ("partials", "gold", "warehouse", "quality", "changes"), "eager", with_sources=False, final=True)

_TESTS = "tests.json"


def layer_manifest(layer: Layer, settings: Settings) -> Path:
    """The manifest of a layer; made first when there is none of the dbt project as it is now (a few seconds)."""
    project = dbt_project()
    folder = settings.dbt_workspace / "manifests" / _fingerprint(project)
    if not (folder / f"{layer.name}.json").exists() or not (folder / _TESTS).exists():
        _make(project, folder)
    return (folder / f"{layer.name}.json").absolute()


def layer_tests(layer: Layer, settings: Settings) -> int:
    """How many of the project's data tests run with a layer. The final one must run all that no other does."""
    counted: dict[str, int] = json.loads(layer_manifest(layer, settings).with_name(_TESTS).read_text())
    return counted[layer.name]


def _fingerprint(project: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted(_sources(project)):
        status = file.stat()
        digest.update(f"{file.relative_to(project)} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:16]


def _sources(project: Path) -> Iterable[Path]:
    yield project / "dbt_project.yml"
    for folder in ("models", "macros", "tests"):
        yield from (file for file in (project / folder).rglob("*") if file.suffix in (".sql", ".yml"))


def _make(project: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        arguments = ["parse", "--project-dir", str(project), "--profiles-dir", str(project), "--target", "duckdb"]
        arguments += ["--target-path", work, "--log-path", work, "--no-partial-parse"]
        ended = subprocess.run(
            [sys.executable, "-m", "dbt.cli.main", *arguments],
            env={name: value for name, value in os.environ.items() if not for_dbt_alone(name)} | NO_USAGE_STATISTICS,
            capture_output=True,
            text=True,
            check=False,
        )
        if ended.returncode:
            raise GoldreelError(
                "dbt cannot read the models.", where=str(project), remedy=f"mend what it says: {ended.stdout[-1000:]}"
            )
        manifest = json.loads((Path(work) / "manifest.json").read_text())
    made = {f"{layer.name}.json": _cut(manifest, layer) for layer in (SILVER, GOLD)}
    for name, content in (made | {_TESTS: count_tests(manifest)}).items():
        draft = folder / f"{name}.{os.getpid()}"
        draft.write_text(json.dumps(content))
        draft.replace(folder / name)


def count_tests(manifest: dict[str, Any]) -> dict[str, int]:
    """The data tests by layer: silver's are those that need nothing else than its models and bronze, gold's all others.

    A test that is switched off counts too, and so does one that no layer would run: a build without it does not pass.
    """
    nodes = manifest["nodes"]
    tests = [node for node in nodes.values() if node["resource_type"] == "test"]
    off = [node for each in manifest["disabled"].values() for node in each if node["resource_type"] == "test"]
    silver = 0
    for test in tests:
        parents = test["depends_on"]["nodes"]
        models = [nodes[name] for name in parents if name.startswith("model.")]
        of_silver = all(Path(model["path"]).parts[0] in SILVER.folders for model in models)
        others = [name for name in parents if not name.startswith(("model.", "source."))]
        silver += bool(parents) and of_silver and not others
    return {SILVER.name: silver, GOLD.name: len(tests) + len(off) - silver}


def _cut(manifest: dict[str, Any], layer: Layer) -> dict[str, Any]:
    """The layer's models and tests. A test belongs to the one of its models that is built last."""
    nodes = manifest["nodes"]
    models = {
        name: node
        for name, node in nodes.items()
        if node["resource_type"] == "model" and Path(node["path"]).parts[0] in layer.folders
    }
    order = {name: position for position, name in enumerate(_in_order(models))}
    tests = {}
    for name, node in nodes.items():
        parents = [each for each in node["depends_on"]["nodes"] if each.startswith("model.")]
        ours = [each for each in parents if each in models]
        if node["resource_type"] != "test" or not ours or (layer.indirect_selection == "cautious" and ours != parents):
            continue
        last = max(ours, key=order.__getitem__)
        tests[name] = node | {"depends_on": node["depends_on"] | {"nodes": [last]}, "attached_node": last}
    slim = {name: _slim(node) for name, node in (models | tests).items()}
    return {"metadata": manifest["metadata"], "nodes": slim, "sources": {}, "exposures": {}, "selectors": {}}


def _in_order(models: dict[str, Any]) -> list[str]:
    """Each after those that it stands on."""
    ordered: dict[str, None] = {}

    def visit(name: str) -> None:
        for parent in sorted(models[name]["depends_on"]["nodes"]):
            if parent in models and parent not in ordered:
                visit(parent)
        ordered[name] = None

    for name in sorted(models):
        if name not in ordered:
            visit(name)
    return list(ordered)


def _slim(node: dict[str, Any]) -> dict[str, Any]:
    """Without what only dbt itself needs: it reads its own files."""
    return {key: value for key, value in node.items() if key not in ("raw_code", "columns", "docs", "contract")}
