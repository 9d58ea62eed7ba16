"""What the documents say was measured is what a program measured, and wrote down."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version

import pytest

from .figures import RESULTS, renewed, result, stale, unexplained, value
from .markdown import DOCUMENTS, REPOSITORY, read

FILES = sorted(RESULTS.glob("[!2]*.json"))
BENCHMARKS = [
    f"benchmarks.{name}"
    for name in ("__main__", "spark", "dashboard", "sqlserver_load", "false_alarms", "load_checks", "words")
]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_numbers_are_those_of_the_results(document: str) -> None:
    found = [f"{document}:{line}: {what}" for line, what in stale(read(document))]
    assert not found, "\n".join(["`python -m tests.documents.figures` renews them:", *found])


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_number_with_a_unit_says_where_it_comes_from(document: str) -> None:
    found = [f"{document}:{line}: {number}" for line, number in unexplained(read(document))]
    assert not found, "\n".join(["name the result, or say what they are (CONTRIBUTING.md, Documents):", *found])


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_results_were_taken_with_the_versions_of_now(file: object) -> None:
    kept = result(getattr(file, "stem", ""))
    assert kept["measured_on"]
    assert kept["written_by"]
    old = {
        name: f"{then}, and now {version(name)}"
        for name, then in kept["versions"].items()
        if name not in ("python", "goldreel") and then.split(".")[:2] != version(name).split(".")[:2]
    }
    assert not old, f"{file}: measure again with --record (benchmarks/README.md): {old}"


def test_every_result_is_quoted_somewhere() -> None:
    texts = "".join(read(document) for document in DOCUMENTS)
    assert [file.stem for file in FILES if f"<!--= {file.stem}." not in texts] == []


def test_a_number_that_a_result_has_not_is_found_and_can_be_renewed() -> None:
    seconds = value("big.first.seconds")
    text = f"It took 1.0<!--= big.first.seconds --> s, {seconds / 60:,.2f}<!--= big.first.seconds / 60 --> minutes.\n"
    ((line, what),) = stale(text)
    assert (line, what) == (1, f"1.0, and big.first.seconds is {seconds:,.1f}")
    assert stale(renewed(text)) == []
    ((_, what),) = stale("2<!--= big.nobody.seconds --> s")
    assert "has no big.nobody.seconds" in what


def test_a_number_without_a_source_is_found() -> None:
    text = (
        "# A\n\nIt takes 3 s of 4<!--= big.first.seconds --> s.\n<!-- figures: limits, not measured -->\nOr 5 s.\n"
        "# B\n6 GB\n"
    )
    assert list(unexplained(text)) == [(3, "3 s"), (7, "6 GB")]


def test_every_benchmark_can_be_started() -> None:
    script = "import importlib, sys; [importlib.import_module(name) for name in sys.argv[1:]]"
    done = subprocess.run(
        [sys.executable, "-c", script, *BENCHMARKS], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
