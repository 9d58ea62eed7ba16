"""Deliveries in an object store, through Airflow's own object storage: any store that one of its providers speaks to.

The stamp of an object is its size and the store's own tag of its content. What is to be loaded is copied to this
machine first, a delivery at a time.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from airflow.sdk import ObjectStoragePath

from goldreel.errors import GoldreelError
from goldreel.orchestration.deliveries import Entry, is_in_a_store
from goldreel.scratch import scratch_folder

Fetch = Callable[[str, Sequence[str]], str]
"""Gets a folder and names of files in it; says in which folder of this machine they can be read."""

_TAGS = ("ETag", "etag", "content_md5", "md5Hash")
_CHANGED = ("LastModified", "last_modified", "updated", "mtime")


class _Stored:
    def __init__(self, name: str, location: str, about: dict[str, Any]) -> None:
        self.name, self.location, self._about = name, location, about

    def is_folder(self) -> bool:
        return bool(self._about["type"] == "directory")

    def as_it_is(self) -> tuple[str, float] | None:
        if self._about["type"] != "file":
            return None
        changed = next((self._about[name] for name in _CHANGED if name in self._about), None)
        tag = next((self._about[name] for name in _TAGS if self._about.get(name)), changed)
        seconds = changed.timestamp() if isinstance(changed, datetime) else 0.0
        return f"{self._about['size']} {tag}", seconds


def stored(place: str) -> Iterable[Entry]:
    """What lies under an address; nothing where nothing lies there.

    Raises:
        GoldreelError: the store cannot be looked at.
    """
    with _as_goldreel_error(place):
        folder = ObjectStoragePath(place)
        folder.fs.invalidate_cache()
        try:
            listed = folder.fs.ls(folder.path, detail=True)
        except FileNotFoundError:
            if folder.fs.exists(folder.bucket or folder.path):
                return []
            raise
    root, itself = place.rstrip("/"), folder.path.strip("/")
    # An object of its own name marks a folder.
    inside = [about for about in listed if about["name"].strip("/") != itself]
    names = (about["name"].rstrip("/").rpartition("/")[2] for about in inside)
    return [_Stored(name, f"{root}/{name}", about) for name, about in zip(names, inside, strict=True)]


@contextmanager
def fetching(place: str) -> Iterator[Fetch]:
    """How files of a watched place come to be read here: those in a folder where they lie, others as copies.

    Raises:
        GoldreelError: the store does not give what it has.
    """
    if not is_in_a_store(place):
        yield lambda folder, names: folder
        return
    with scratch_folder("delivery") as work:

        def copied(folder: str, names: Sequence[str]) -> str:
            here = Path(work) / "delivery"
            shutil.rmtree(here, ignore_errors=True)  # of the delivery before
            here.mkdir()
            with _as_goldreel_error(folder):
                for name in names:
                    source = ObjectStoragePath(f"{folder}/{name}")
                    source.fs.get_file(source.path, str(here / name))
            return str(here)

        yield copied


@contextmanager
def _as_goldreel_error(place: str) -> Iterator[None]:
    """Whatever a store's client raises, as people can use it: each provider has exceptions of its own."""
    try:
        yield
    except Exception as error:
        said = str(error) or type(error).__name__
        if "No filesystem registered" in said:
            scheme = place.partition("://")[0]
            raise GoldreelError(
                f"Airflow knows no object store {scheme}://.",
                where=f"GOLDREEL_DELIVERIES={place}",
                remedy="install the provider that speaks to it: pip install 'goldreel[s3]' for S3; "
                "for others see Airflow's page on object storage",
            ) from None
        raise GoldreelError(
            f"The deliveries in the object store cannot be read: {said}",
            where=place,
            remedy="check the address, Airflow's connection to the store (it stands before @ in the address; without "
            "one, the machine's own credentials count) and its right to list and read",
        ) from error
