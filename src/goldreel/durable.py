"""Small files that must be there, and whole, whatever happens next."""

from __future__ import annotations

import os
from pathlib import Path


def write_durably(file: Path, text: str, mode: int = 0o666) -> None:
    """Write a file that is there as a whole, and on the disk, or as it was before.

    Args:
        mode: who may do what with it, from the beginning.

    Raises:
        OSError: it cannot be written.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as opened:
        opened.write(text)
        opened.flush()
        os.fsync(opened.fileno())
    draft.replace(file)
