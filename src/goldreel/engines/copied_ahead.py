"""A file that is copied while something else is done."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

_AT_ONCE = 8_000_000  # bytes
_ROOM = 4  # it is done where this many times the file's size is free: what else is done may need room


class CopiedAhead:
    """A copy of a file that does not change, begun at once, for whoever will need one.

    What keeps it from being made is no error: who needs it makes one then, and is told.

    Attributes:
        copy: where it is made.
    """

    def __init__(self, file: Path, copy: Path) -> None:
        self.copy, self._file = copy, file
        self._is_whole, self._given_up = False, Event()
        self._thread = Thread(target=self._make, name=f"copies {file.name}", daemon=True)
        self._thread.start()

    def take(self, file: Path, target: Path) -> bool:
        """Let the copy be the target, once it is made.

        Returns:
            Whether it is a copy of that file, and whole.
        """
        if file != self._file:
            return False
        self._thread.join()
        if self._is_whole:
            self.copy.rename(target)
            self._is_whole = False
            return True
        return False

    def give_up(self) -> None:
        """Leave nothing behind, if nobody took it."""
        self._given_up.set()
        self._thread.join()
        with suppress(OSError):
            self.copy.unlink(missing_ok=True)

    def _make(self) -> None:
        with suppress(OSError):
            if shutil.disk_usage(self.copy.parent).free < _ROOM * self._file.stat().st_size:
                return
            with self._file.open("rb") as source, self.copy.open("wb") as target:
                while not self._given_up.is_set() and (part := source.read(_AT_ONCE)):
                    target.write(part)
                os.fsync(target.fileno())
            self._is_whole = not self._given_up.is_set()
