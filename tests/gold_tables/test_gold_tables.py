"""A gold table is whole, or it is refused: in every place that it stands in, with nothing left to be done."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from goldreel.config import NO_USAGE_STATISTICS
from goldreel.data_dictionary import read_dictionary
from goldreel.generator import GeneratorOptions, generate
from oracle import account_for

from .new import Unusable, begin
from .parts import DASHBOARD, GOLD, KEYS, VERIFY, missing_parts, todos

REPOSITORY = Path(__file__).parents[2]
TABLE = "gold_device_minutes"
LONG = "gold_" + "n" * 35
WHAT_TO_DO = "a gold table is not finished; CONTRIBUTING.md, A gold table, step by step, tells what belongs to it"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of all that a gold table stands in."""
    ignored = shutil.ignore_patterns("__pycache__", "target", "logs")
    for folder in ("dbt", "src", "tests/oracle"):
        shutil.copytree(REPOSITORY / folder, tmp_path / folder, ignore=ignored)
    (tmp_path / VERIFY).parent.mkdir(parents=True)
    for file in (VERIFY, "README.md", "CHANGELOG.md", "pyproject.toml"):
        shutil.copy(REPOSITORY / file, tmp_path / file)
    return tmp_path


@pytest.fixture
def begun(checkout: Path) -> Path:
    """The same with a new table, as `make new-gold` writes it."""
    begin(checkout, TABLE)
    return checkout


def finish(checkout: Path) -> None:
    """Take the marks away, as if all that they ask for had been done."""
    for place, _ in list(todos(checkout)):
        file = checkout / place.partition(":")[0]
        file.write_text(file.read_text().replace(f"TODO({TABLE})", "Done"))


def test_every_gold_table_is_finished() -> None:
    missing = missing_parts(REPOSITORY)
    assert not missing, "\n".join([WHAT_TO_DO, *missing])


def test_the_oracle_tells_every_column_of_every_gold_table(tmp_path: Path) -> None:
    delivery = generate(tmp_path / "delivery", GeneratorOptions(users=60, sessions=600, titles=20, dirt=0.05))
    expected = account_for(delivery.folders, date(2024, 9, 30)).tables
    for table in read_dictionary().values():
        if table.layer == "gold":
            rows = expected[table.name]
            assert rows, f"{table.name}: tests/oracle makes no row of it: write its numbers there"
            missing = set(table.columns) - set(rows[0])
            assert not missing, f"{table.name}: tests/oracle does not tell {missing}, so that nothing compares them"


def test_a_skeleton_is_refused_with_each_place_where_something_is_to_be_done(begun: Path) -> None:
    missing = missing_parts(begun)
    assert all("still to do" in line for line in missing)
    places = {re.split(r":\d+:", line)[0] for line in missing}
    assert places == {
        f"{GOLD}/{TABLE}.sql",
        f"{GOLD}/{TABLE}.yml",
        KEYS,
        "tests/oracle/gold.py",
        "tests/oracle/silver.py",
        f"{DASHBOARD}/views/overview.py",
        "CHANGELOG.md",
    }


def test_a_skeleton_without_marks_is_a_whole_table(begun: Path) -> None:
    finish(begun)
    assert missing_parts(begun) == []


@pytest.mark.parametrize(
    ("path", "pattern", "says"),
    [
        (f"{GOLD}/{TABLE}.sql", None, r"\.sql is missing"),
        (f"{GOLD}/{TABLE}.yml", None, r"\.yml is missing"),
        (f"{GOLD}/{TABLE}.yml", r"(?s)unit_tests:.*", "has no unit test"),
        (f"{GOLD}/{TABLE}.yml", r" +- unique\n", "tests no grain"),
        (f"{GOLD}/{TABLE}.yml", r" +data_type: .*whole.*\n", "the type of sessions"),
        (f"{GOLD}/{TABLE}.yml", r" +description: Device.*\n", "what device_type means"),
        (KEYS, rf'    "{TABLE}".*\n', "the oracle does not know it"),
        (KEYS, rf'(?<={TABLE}": \(")device_type', "says"),
        (VERIFY, rf" +\(3, .*{TABLE}.*\n", "verify.sql does not know it"),
        (f"{DASHBOARD}/views/overview.py", rf'source = "{TABLE}"\n', "no page of the dashboard reads it"),
        ("README.md", rf" +{TABLE}\n", "README.md does not name it"),
    ],
)
def test_a_table_that_lacks_a_part_is_refused_with_what_to_do(
    begun: Path, path: str, pattern: str | None, says: str
) -> None:
    finish(begun)
    file = begun / path
    if pattern is None:
        file.unlink()
    else:
        text, count = re.subn(pattern, "", file.read_text())
        assert count > 0
        file.write_text(text)
    (line,) = missing_parts(begun)
    assert line.startswith(TABLE)
    assert re.search(says, line)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["device_minutes"], "name it gold_"),
        (["gold_Minutes"], "in small letters"),
        ([f"{LONG}n"], "40 at most"),
        (["gold_user_analytics"], "is there already"),
        ([TABLE, "everything"], "no page of the dashboard"),
    ],
)
def test_a_table_that_cannot_be_begun_is_told_so_and_nothing_is_written(
    checkout: Path, arguments: list[str], says: str
) -> None:
    before = {file: file.read_bytes() for file in checkout.rglob("*.*") if file.is_file()}
    with pytest.raises(Unusable, match=says):
        begin(checkout, *arguments)
    assert {file: file.read_bytes() for file in checkout.rglob("*.*") if file.is_file()} == before


@pytest.mark.parametrize("page", ["overview", "audience", "content", "retention", "data_quality"])
def test_the_skeleton_is_in_the_house_style_on_every_page(checkout: Path, page: str) -> None:
    begin(checkout, LONG, page)
    for command in (["check"], ["format", "--check"]):
        ruff = Path(sys.executable).with_name("ruff")
        done = subprocess.run(
            [ruff, *command, "src", "tests"], cwd=checkout, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout


def test_the_skeleton_builds_and_is_what_its_oracle_says(begun: Path) -> None:
    generate(begun / "delivery", GeneratorOptions(users=60, sessions=600, titles=20))
    script = """
import sys, duckdb
from datetime import date
from pathlib import Path
from goldreel.cli import cli
from oracle import account_for, differences
cli(["run", "delivery", "--as-of", "2024-09-30", "--json"], standalone_mode=False)
with duckdb.connect("warehouse/warehouse.duckdb", read_only=True) as connection:
    sys.exit("\\n".join(differences(connection, account_for([Path("delivery")], date(2024, 9, 30)))) or 0)
"""
    environment = os.environ | NO_USAGE_STATISTICS | {"PYTHONPATH": f"{begun / 'src'}:{begun / 'tests'}"}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=begun, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert TABLE in done.stdout
