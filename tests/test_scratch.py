"""Folders that are not kept: they go when they were used, or when their process was killed, and nothing else does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from goldreel.scratch import remove_left, remove_left_in, scratch_folder

_HOLDS = """
import sys
from goldreel.scratch import scratch_folder
folder = scratch_folder("test")
print(folder.name, flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def test_what_a_killed_process_left_goes_and_what_others_use_stays(temporary: Path) -> None:
    (temporary / "goldreel-of-somebody").mkdir()
    with subprocess.Popen([sys.executable, "-c", _HOLDS], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        held = Path(process.stdout.readline().decode().strip())
        with scratch_folder("test") as mine:
            assert remove_left() == []
            process.send_signal(signal.SIGKILL)
            process.wait()
            assert held.is_dir()
            assert remove_left() == [held]
            assert Path(mine).is_dir()
    assert [path.name for path in temporary.iterdir()] == ["goldreel-of-somebody"]


def test_of_the_home_what_ended_processes_left_goes(temporary: Path) -> None:
    spilled = temporary / "published" / "v000001.duckdb.tmp"
    spilled.mkdir(parents=True)
    for number in (os.getpid(), 9_999_999):
        (spilled / f"duckdb_temp_{number}_storage_DEFAULT-0.tmp").touch()
    (temporary / ".verify-killed" / "tables").mkdir(parents=True)
    removed = remove_left_in(temporary)
    assert removed == [temporary / ".verify-killed", spilled / "duckdb_temp_9999999_storage_DEFAULT-0.tmp"]
    assert sorted(path.name for path in temporary.iterdir()) == ["published"]
    assert [path.name for path in spilled.iterdir()] == [f"duckdb_temp_{os.getpid()}_storage_DEFAULT-0.tmp"]
