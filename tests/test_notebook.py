"""The notebook runs on any delivery, also one too small for its statistics, and is committed as it ran."""

from __future__ import annotations

import importlib
import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from goldreel import pipeline
from goldreel.config import Settings
from goldreel.generator import GeneratorOptions, generate

NOTEBOOK = Path(__file__).parents[1] / "notebooks" / "gold_analysis.ipynb"
FINDINGS = ("Engagement", "Premium versus Basic", "Age", "Behaviour", "Inactivity", "Seasonality")


def committed() -> Any:
    return nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]


def code_cells(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def assert_clean(notebook: Any) -> None:
    """Every cell ran, in order, without an error, a warning or anything else on standard error."""
    cells = code_cells(notebook)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    noise = [output for cell in cells for output in cell.outputs if output.output_type in ("error", "stream")]
    assert noise == []


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A kernel in the interpreter that runs the tests, whatever kernels the machine has."""
    importlib.import_module("matplotlib.font_manager")  # its font cache is made once, and says so on standard error
    spec = {
        "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "Tests",
        "language": "python",
    }
    folder = tmp_path / "jupyter" / "kernels" / "goldreel-tests"
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    return folder.name


@pytest.mark.parametrize(
    ("users", "sessions", "titles", "compared"),
    [pytest.param(300, 6_000, 40, True, id="small"), pytest.param(5, 30, 5, False, id="tiny")],
)
def test_it_runs_on_a_delivery(
    users: int, sessions: int, titles: int, compared: bool, kernel: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = GeneratorOptions(users=users, sessions=sessions, titles=titles)
    delivery = generate(tmp_path / "delivery", options)
    settings = Settings(home=tmp_path / "home", threads=2)
    report = pipeline.run(settings, list(delivery.folders), date(2024, 9, 30), pipeline.Silent())
    assert report.publication is not None
    monkeypatch.setenv("GOLDREEL_HOME", str(settings.home))

    notebook = committed()
    for cell in code_cells(notebook):
        cell.outputs, cell.execution_count = [], None
    resources = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, kernel_name=kernel, timeout=300, resources=resources).execute()

    assert_clean(notebook)
    conclusions = code_cells(notebook)[-1].outputs[0].data["text/markdown"].splitlines()
    assert [line.split("**")[1].rstrip(".") for line in conclusions] == list(FINDINGS)
    assert "nan" not in " ".join(conclusions)
    assert ("too few" not in conclusions[1]) == compared


def test_it_is_committed_as_it_ran() -> None:
    notebook = committed()
    assert_clean(notebook)
    outputs = [output for cell in code_cells(notebook) for output in cell.outputs]
    assert any("image/png" in output.data for output in outputs)
    assert "text/markdown" in code_cells(notebook)[-1].outputs[0].data
