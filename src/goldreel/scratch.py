"""Folders for people's records that are not kept: what a process that was killed left goes with the next one."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

from goldreel.processes import has_ended, is_gone, this_process

PREFIX_IN_HOME = ".verify-"
"""How such folders begin that are made under `GOLDREEL_HOME` while nobody else works on the warehouse."""

_OF_PROCESS = re.compile(r"goldreel-[a-z]+~([^~]+)~(\d+)~([^~]+)~\w+")
_SPILLED = re.compile(r"duckdb_temp_(\d+)_.+")  # beside a database, by the number of the process


def scratch_folder(purpose: str) -> TemporaryDirectory[str]:
    """A folder among the system's temporary ones, that is gone when it was used."""
    remove_left()
    whose = this_process().replace(" ", "~")
    return TemporaryDirectory(prefix=f"goldreel-{purpose}~{whose}~")


def remove_left() -> list[Path]:
    """Remove such folders of processes that were killed.

    Returns:
        Them.
    """
    found = [(folder, _OF_PROCESS.fullmatch(folder.name)) for folder in Path(gettempdir()).glob("goldreel-*~*")]
    gone = [folder for folder, whose in found if whose and is_gone(" ".join(whose.groups()))]
    for folder in gone:
        shutil.rmtree(folder, ignore_errors=True)
    return gone


def remove_left_in(home: Path) -> list[Path]:
    """Remove what killed processes left under `GOLDREEL_HOME`; nobody else may be at work on the warehouse.

    Returns:
        What it was: folders, and files that DuckDB had put beside a database for want of memory.
    """
    folders = list(home.glob(f"{PREFIX_IN_HOME}*"))
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    spilled = [(file, _SPILLED.fullmatch(file.name)) for file in home.rglob("*.tmp/duckdb_temp_*")]
    files = [file for file, named in spilled if named and has_ended(int(named[1]))]
    for file in files:
        file.unlink(missing_ok=True)
    return folders + files
