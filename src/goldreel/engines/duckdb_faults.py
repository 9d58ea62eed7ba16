"""What DuckDB says when something is wrong with its file, its disk or its memory, and what that means."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path

from goldreel.engines.shared import first_line
from goldreel.errors import GoldreelError, RightMissing, UsageError
from goldreel.os_faults import fault_in

_PATH = re.compile(r'"(/[^"]+)"')
_SPILLED = re.compile(r"max_temp_directory_size")  # what no longer fits into memory no longer fits on the disk either
_MEMORY = re.compile(r"Out of Memory Error|could not allocate block|Cannot allocate memory|bad_alloc")
_FORBIDDEN = re.compile(r"Permission denied|Operation not permitted|Read-only file system")
_NO_LOCKS = re.compile(
    r"set lock on file.*(No locks available|not implemented|not supported|Invalid argument)", re.DOTALL
)
_WAL = re.compile(r'Failure while replaying WAL file "([^"]+)"')
_OTHER_FILE = re.compile(r"not a valid DuckDB database file")
_NEWER = re.compile(r"database file with version number|newer version of DuckDB")
_DAMAGED = re.compile(r"Corrupt database file|Could not read enough bytes|[Ff]ailed to deserialize|Serialization Error")


def fault_of(error: BaseException | str, file: Path, *, published: bool = False) -> GoldreelError | None:
    """What is wrong with the file, its disk or its memory; None when the error tells of none of these.

    Args:
        published: whether the file is a published version and not the warehouse.
    """
    said = error if isinstance(error, str) else _all_that_was_said(error)
    place = _PATH.search(said)
    named = place[1] if place else str(file.absolute())
    if _SPILLED.search(said):
        said += os.strerror(errno.ENOSPC)
    refused = fault_in(said, named)
    if refused is not None:
        return refused
    if _NO_LOCKS.search(said):
        return UsageError(
            "The file system of the warehouse knows no locks, which keep two processes from writing at once.",
            where=named,
            remedy="set GOLDREEL_HOME to a folder on a local disk",
        )
    wal = _WAL.search(said)
    if wal:
        return GoldreelError(
            "The log of the last changes cannot be read, which a command left behind that did not end by itself.",
            where=wal[1],
            remedy=f"move it away (`mv {wal[1]} {wal[1]}.damaged`): the warehouse is then as it was before them; "
            "run the last command again",
        )
    if _OTHER_FILE.search(said):
        return _unusable("is no DuckDB database", file, published)
    if _NEWER.search(said):
        return GoldreelError(
            f"A newer version of DuckDB wrote the {_called(published)}: {first_line(said)}",
            where=str(file.absolute()),
            remedy="use the version of goldreel that wrote it, or a newer one",
        )
    if _DAMAGED.search(said):
        return _unusable("is damaged", file, published)
    if _MEMORY.search(said):
        return GoldreelError(
            f"DuckDB had too little memory: {first_line(said)}",
            where="GOLDREEL_MEMORY_LIMIT, GOLDREEL_THREADS",
            remedy="raise GOLDREEL_MEMORY_LIMIT, or lower GOLDREEL_THREADS (each thread needs memory of its own)",
        )
    if _FORBIDDEN.search(said):
        return RightMissing(
            f"The {_called(published)} may not be opened: {_FORBIDDEN.search(said)[0].lower()}.",  # type: ignore[index]
            where=named,
            remedy="let the user who runs goldreel read it"
            if published
            else "let the user who runs goldreel read and write it, or set GOLDREEL_HOME to a folder of that user's",
        )
    return None


def a_folder_stands_there(file: Path) -> UsageError:
    return UsageError(
        "A folder stands where the warehouse's file belongs.",
        where=str(file.absolute()),
        remedy="move it away, or set GOLDREEL_HOME to another folder",
    )


def cannot_be_opened(error: Exception, file: Path, *, published: bool) -> GoldreelError:
    """The error that tells why a file could not be opened."""
    return fault_of(error, file, published=published) or GoldreelError(
        f"The {_called(published)} cannot be opened: {first_line(error)}",
        where=str(file.absolute()),
        remedy="`goldreel doctor` looks at what a run needs",
    )


def _unusable(why: str, file: Path, published: bool) -> GoldreelError:
    if published:
        return GoldreelError(
            f"The published version {why}.",
            where=str(file.absolute()),
            remedy="`goldreel run` publishes anew; `goldreel publish --version N` shows an earlier version until then",
        )
    place = str(file.absolute())
    return GoldreelError(
        f"The warehouse {why}.",
        where=place,
        remedy=f"move it away (`mv {place} {place}.damaged`), and its .wal if there is one, and run goldreel with all "
        "deliveries, the oldest first; what is published stays as it is until then",
    )


def _called(published: bool) -> str:
    return "published version" if published else "warehouse"


def _all_that_was_said(error: BaseException) -> str:
    """The error and those behind it: after the first one a database often fails on all else, even on rolling back."""
    said: list[str] = []
    behind: BaseException | None = error
    while behind is not None and len(said) < 10:
        said.append(str(behind))
        behind = behind.__cause__ or behind.__context__
    return "\n".join(said)
