"""No file of code is so long that nobody reads it to its end."""

from __future__ import annotations

from pathlib import Path

from architecture.code import ROOT, require_none

LONGEST = 400
FOLDERS = (".ci", "benchmarks", "dags", "dbt", "deploy", "docs", "src", "tests")
CODE = (".py", ".sh", ".sql", ".tf", ".hcl", ".js", ".css")
# What nobody writes by hand (`sql/` is not among the folders: `goldreel export-sql` writes it).
NOT_OURS = ("node_modules", "__pycache__", "target", ".terraform")


def files_of_code() -> list[Path]:
    return [
        file
        for folder in FOLDERS
        for file in sorted((ROOT / folder).rglob("*"))
        if file.is_file() and file.suffix in CODE and not set(file.relative_to(ROOT).parts) & set(NOT_OURS)
    ]


def test_no_file_of_code_is_longer_than_400_lines() -> None:
    lengths = {file: len(file.read_text(encoding="utf-8").splitlines()) for file in files_of_code()}
    assert len(lengths) > 200
    too_long = [f"{file.relative_to(ROOT)}: {lines} lines" for file, lines in lengths.items() if lines > LONGEST]
    require_none(too_long, "split it by what it is about, not by its length: two names that say what is in each")
