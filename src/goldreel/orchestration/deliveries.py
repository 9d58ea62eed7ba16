"""The folder where deliveries arrive, and which of the files in it are complete."""

from __future__ import annotations

import time
from collections.abc import Collection
from pathlib import Path

from goldreel.loading.contract import ENTITIES
from goldreel.names import natural_order

KINDS = tuple(entity.name for entity in ENTITIES)

Snapshot = dict[str, str]
"""By path: a stamp of size and times, another one when the file was changed, renamed, or made readable."""

_UNFINISHED = (".part", ".tmp", ".partial")


def complete_files(folder: Path, settle: float, kinds: Collection[str] = KINDS, now: float | None = None) -> Snapshot:
    """The files to load that have not been changed for a while: those are complete.

    Deliveries are the folder itself and the folders in it. Hidden names, and names that say that they are unfinished
    (`.part`, `.tmp`, `.partial` anywhere), are passed over, of folders too.

    Args:
        settle: seconds.
        kinds: of files; all others are passed over.
        now: the present, in seconds since 1970; for tests.

    Returns:
        In the order in which they are to be loaded: folder by folder, by name. Empty when the folder is missing.
    """
    present = time.time() if now is None else now
    found: Snapshot = {}
    for delivery in delivery_folders(folder):
        for file in _entries(delivery):
            if not any(entity.name in kinds and entity.matches(file.name) for entity in ENTITIES):
                continue
            try:
                status = file.stat()
            except OSError:
                continue  # gone since the folder was listed
            if file.is_file() and abs(present - status.st_mtime) >= settle:
                found[str(file)] = f"{status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}"
    return found


def delivery_folders(folder: Path) -> list[Path]:
    """The folder itself, and the folders in it, by name."""
    return [folder, *(each for each in _entries(folder) if each.is_dir())]


def _entries(folder: Path) -> list[Path]:
    try:
        names = sorted(folder.iterdir(), key=lambda path: natural_order(path.name))
    except OSError:
        return []
    return [
        each for each in names if not each.name.startswith(".") and not any(mark in each.name for mark in _UNFINISHED)
    ]
