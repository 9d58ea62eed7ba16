"""On Spark with Delta Lake's tables, builds judge only what is new: each cell is that of a build in full."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from gold_tables.parts import CHECKOUT
from needs import missing

from .conftest import QUICK
from .test_forget import GONE, STAYS

HISTORIES = os.environ.get("GOLDREEL_TEST_DELTA_HISTORIES", "")


@pytest.fixture(scope="module")
def environment(java: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Delta Lake as the guide says; its jars are fetched once."""
    guide = (CHECKOUT.root / "docs/guide/spark.md").read_text(encoding="utf-8")
    told = re.search(r"^spark\.jars\.packages .*?(?=^```)", guide, re.MULTILINE | re.DOTALL)
    assert told is not None
    folder = tmp_path_factory.mktemp("conf")
    quick = (Path(QUICK["SPARK_CONF_DIR"]) / "spark-defaults.conf").read_text(encoding="utf-8")
    (folder / "spark-defaults.conf").write_text(quick + told[0], encoding="utf-8")
    return os.environ | QUICK | {"SPARK_CONF_DIR": str(folder)}


def steps(part: str, folder: Path, environment: dict[str, str]) -> Iterator[dict[str, Any]]:
    """What a part of the history tells; it has a process of its own, and so has Spark."""
    command = [sys.executable, "-m", "spark.on_delta", part, str(folder)]
    at = CHECKOUT.root / "tests"
    done = subprocess.run(
        command, cwd=at, env=environment, start_new_session=True, capture_output=True, text=True, check=False
    )
    told = folder / "home" / "spark" / "spark.log"
    if not done.stdout and "unresolved dependency" in told.read_text(encoding="utf-8"):
        missing("Maven's registry cannot be reached, which has Delta Lake", "GOLDREEL_REQUIRE_DELTA")
    found = [json.loads(line) for line in done.stdout.splitlines()]
    was_killed = [step["step"] for step in found][-1:] == ["killed"]
    assert done.returncode == 0 or was_killed, done.stdout + done.stderr[-5000:]
    yield from found


def wrong_in(step: dict[str, Any]) -> list[object]:
    """Cells and changes that are others than those of a build in full, and tables that are not Delta Lake's."""
    return [*step["differ"], *step["changes_differ"], *(each for each in step["formats"] if each != "delta")]


def test_a_day_judges_what_is_new_and_each_cell_and_change_is_that_of_a_build_in_full(
    environment: dict[str, str], tmp_path: Path
) -> None:
    told = [*steps("two_days", tmp_path, environment)]
    assert [step["made"] for step in told] == [[None, None, "it is the first build"], [1, None, None]]
    assert [wrong_in(step) for step in told] == [[], []]


@pytest.mark.skipif(not HISTORIES, reason="GOLDREEL_TEST_DELTA_HISTORIES is not set: it takes many minutes")
def test_so_it_is_after_turns_after_a_layer_begun_again_and_after_a_kill(
    environment: dict[str, str], tmp_path: Path
) -> None:
    told = [*steps("until_killed", tmp_path, environment), *steps("go_on", tmp_path, environment)]
    assert [(step["step"], step.get("made")) for step in told] == [
        ("first", [None, None, "it is the first build"]),
        ("second", [1, None, None]),  # the second schema holds nothing yet
        ("third", [2, 1, None]),
        ("killed", None),
        ("last", [None, None, "build 4 did not pass"]),
    ]
    assert [wrong_in(step) for step in told if step["step"] != "killed"] == [[], [], [], []]


def test_what_is_forgotten_is_in_no_file_of_a_table(environment: dict[str, str], tmp_path: Path) -> None:
    assert list(steps("forget", tmp_path, environment)) == [
        {"step": "forgotten", "found": {}, "not_done": "", "stay": [[STAYS]]}
    ]
    files = list((tmp_path / "home" / "spark" / "tables").rglob("*.parquet"))
    columns = [column for file in files for column in pq.read_table(file).columns]
    texts = {text for column in columns for text in column.to_pylist() if isinstance(text, str)}
    assert STAYS in texts
    assert [text for text in texts if any(name in text for name in GONE) and STAYS not in text] == []


@pytest.mark.skipif(not HISTORIES, reason="GOLDREEL_TEST_DELTA_HISTORIES is not set: each takes many minutes")
def test_after_every_step_of_a_history_each_cell_is_that_of_a_build_in_full(
    environment: dict[str, str], tmp_path: Path
) -> None:
    (told,) = steps("histories", tmp_path, environment | {"GOLDREEL_TEST_LIVE_HISTORIES": HISTORIES})
    assert told["seen"]["new"] >= int(HISTORIES)
