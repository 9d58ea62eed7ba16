"""The place where deliveries arrive, a folder or one in an object store, and which of the files there are complete."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import Protocol

from goldreel.loading.arrivals import as_kind
from goldreel.loading.contract import ENTITIES
from goldreel.names import natural_order
from goldreel.sources import Source, read_by_sources
from goldreel.sources.delivering import resolve_set

KINDS = tuple(entity.name for entity in ENTITIES)

Snapshot = dict[str, str]
"""By path or address: a stamp of size and times, another one when the file was changed, renamed, or made readable.

A file that a source reads is there once for each kind of record that it gives, and its stamp is another one, too, when
the source is.
"""

_UNFINISHED = (".part", ".tmp", ".partial")


class Entry(Protocol):
    """A file or folder in a place."""

    @property
    def name(self) -> str:
        """Within its folder."""

    @property
    def location(self) -> str:
        """Its path or address."""

    def is_folder(self) -> bool: ...

    def as_it_is(self) -> tuple[str, float] | None:
        """A stamp, and when it was last changed, in seconds since 1970; none when it is no file, or gone."""


Listing = Callable[[str], Iterable[Entry]]
"""What a folder holds; nothing where it is missing."""


def complete_files(
    place: Path | str,
    settle: float,
    kinds: Collection[str] = KINDS,
    now: float | None = None,
    sources: Sequence[str] = (),
) -> Snapshot:
    """The files to load that have not been changed for a while: those are complete.

    Deliveries are the folder itself and the folders in it. Hidden names, and names that say that they are unfinished
    (`.part`, `.tmp`, `.partial` anywhere), are passed over, of folders too. The trigger, the loads and the
    look from time to time all ask here which files count.

    Args:
        place: a folder, or the address of one in an object store.
        settle: seconds.
        kinds: of files, or of the records that sources make of them; all others are passed over.
        now: the present, in seconds since 1970; for tests.
        sources: what reads files of others, by file or name.

    Returns:
        In the order in which they are to be loaded: folder by folder, by name. Empty when the folder is missing.

    Raises:
        GoldreelError: the object store cannot be looked at, or a source cannot be used.
    """
    readers = resolve_set(sources)
    present = time.time() if now is None else now
    listed = _listing_of(str(place))
    found: Snapshot = {}
    here = _wanted(listed(str(place)))
    for entries in (here, *(_wanted(listed(each.location)) for each in here if each.is_folder())):
        for entry in entries:
            wanted = _to_load(entry, kinds, readers)
            status = entry.as_it_is() if wanted else None
            if status is not None and abs(present - status[1]) >= settle:
                found |= {each: f"{status[0]}{mark}" for each, mark in wanted.items()}
    return found


def _to_load(entry: Entry, kinds: Collection[str], sources: Sequence[Source]) -> dict[str, str]:
    """As what an entry is to be loaded, by its name, and what belongs to its stamp besides."""
    made = read_by_sources(entry.location, sources)
    if made:
        return {as_kind(entry.location, kind): f" {mark}" for kind, mark in made.items() if kind in kinds}
    is_wanted = any(entity.name in kinds and entity.matches(entry.name) for entity in ENTITIES)
    return {entry.location: ""} if is_wanted else {}


def is_in_a_store(place: str) -> bool:
    """Whether deliveries arrive in an object store: `s3://bucket/deliveries`."""
    return "://" in place


def _listing_of(place: str) -> Listing:
    if is_in_a_store(place):
        from goldreel.orchestration.object_store import stored  # Airflow is imported only where it is asked for

        return stored
    return _in_folder


class _OfFolder:
    def __init__(self, path: Path) -> None:
        self._path, self.name, self.location = path, path.name, str(path)

    def is_folder(self) -> bool:
        return self._path.is_dir()

    def as_it_is(self) -> tuple[str, float] | None:
        try:
            status = self._path.stat()
        except OSError:
            return None  # gone since the folder was listed
        if not self._path.is_file():
            return None
        return f"{status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}", status.st_mtime


def _in_folder(folder: str) -> Iterable[Entry]:
    try:
        return [_OfFolder(path) for path in Path(folder).iterdir()]
    except OSError:
        return []


def _wanted(entries: Iterable[Entry]) -> list[Entry]:
    """By name, without those that are hidden or unfinished."""
    named = sorted(entries, key=lambda each: natural_order(each.name))
    return [each for each in named if each.name[:1] != "." and not any(mark in each.name for mark in _UNFINISHED)]
