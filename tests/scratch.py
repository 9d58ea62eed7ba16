"""Where tests write: in memory, where the machine has enough of it. A disk takes milliseconds for each fsync, and a
small build asks for hundreds of them: a fifth of its time.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from goldreel import limits

MEMORY = Path("/dev/shm")
ENOUGH = 4 << 30
"""Bytes that are free there. Tests write half a gigabyte in all; what they run needs as much memory again."""


def write_to_memory() -> None:
    """Makes temporary files of this process, and of those that it starts, files in memory; unless told otherwise."""
    if "TMPDIR" not in os.environ and _is_enough():
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None  # found out anew


def _is_enough() -> bool:
    if not (MEMORY.is_dir() and os.access(MEMORY, os.W_OK)):
        return False
    return shutil.disk_usage(MEMORY).free >= ENOUGH and limits.memory() >= 2 * ENOUGH
