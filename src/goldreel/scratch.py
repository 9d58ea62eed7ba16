"""Folders for people's records that are not kept: what a process that was killed left goes with the next one."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

from goldreel.processes import has_ended, is_gone, this_process

PREFIX_IN_HOME = ".verify-"
"""How such folders begin that are made under `GOLDREEL_HOME` while nobody else works on the warehouse."""

_PREFIX, _APART = "goldreel-", "~"
_SPILLED = re.compile(r"duckdb_temp_(\d+)_.+")  # beside a database, by the number of the process


def scratch_folder(purpose: str) -> TemporaryDirectory[str]:
    """A folder among the system's temporary ones, that is gone when it was used."""
    remove_left()
    whose = this_process().replace(" ", _APART)
    return TemporaryDirectory(prefix=_APART.join([f"{_PREFIX}{purpose}", whose, ""]))


def remove_left() -> list[Path]:
    """Remove such folders of processes that were killed.

    Returns:
        Them.
    """
    gone = []
    for folder in Path(gettempdir()).glob(f"{_PREFIX}*"):
        _, *whose, _ = folder.name.split(_APART) if _APART in folder.name else ("", "")
        if len(whose) == 3 and is_gone(" ".join(whose)):
            shutil.rmtree(folder, ignore_errors=True)
            gone.append(folder)
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
