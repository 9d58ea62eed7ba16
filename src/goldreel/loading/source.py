"""A delivered file as a stream of bytes: plain or gzip, with its fingerprint."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Protocol

import pyarrow as pa

from goldreel.errors import FileRefused
from goldreel.foreign import LONGEST_MARK, refusal_of_folder, refusal_of_foreign, refusal_of_gzip
from goldreel.loading.contract import Entity
from goldreel.os_faults import reason_of

BLOCK_BYTES = 16 * 1024 * 1024
"""How much of a file is held at once; also the longest record that can be read."""

UTF8_BOM = b"\xef\xbb\xbf"


class Rejected(NamedTuple):
    """A record that could not be read as a record at all."""

    source_row: int
    raw: str
    reason: str


@dataclass(frozen=True)
class Batch:
    """A part of a file.

    Attributes:
        records: the delivered columns as text, `_extra` and `_source_row`.
        rejected: what could not be read in the same part of the file.
        unknown_columns: the names whose values are in `_extra`.
    """

    records: pa.Table
    rejected: list[Rejected]
    unknown_columns: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Carried:
    """How much of a file, or of a part of it, went into bronze.

    Attributes:
        loaded: records.
        rejected: what could not be read as a record.
        unknown_columns: names whose values are in `_extra`.
        kept_out: records of forgotten users, which were not stored; counted apart from those loaded.
        kept_out_rejected: the same of what could not be read as a record.
    """

    loaded: int = 0
    rejected: int = 0
    unknown_columns: frozenset[str] = frozenset()
    kept_out: int = 0
    kept_out_rejected: int = 0

    @classmethod
    def of(cls, batch: Batch, kept_out: int = 0, kept_out_rejected: int = 0) -> Carried:
        """Of a batch, and of what was taken out of it before."""
        return cls(len(batch.records), len(batch.rejected), batch.unknown_columns, kept_out, kept_out_rejected)

    def __add__(self, other: Carried) -> Carried:
        return Carried(
            self.loaded + other.loaded,
            self.rejected + other.rejected,
            self.unknown_columns | other.unknown_columns,
            self.kept_out + other.kept_out,
            self.kept_out_rejected + other.kept_out_rejected,
        )


@dataclass(frozen=True)
class Origin:
    """What all records of a load have in common, but for those that say otherwise."""

    load_id: int
    source_file: str
    loaded_at: datetime

    def of_record(self) -> dict[str, Any]:
        """As columns of a bronze table."""
        return {
            "_load_id": self.load_id,
            "_source_file": self.source_file,
            "_loaded_at": self.loaded_at,
            "_source_record": None,
        }

    def of_rejected(self, entity: Entity) -> dict[str, Any]:
        """As columns of `bronze.rejected_records`."""
        return {"load_id": self.load_id, "entity": entity.name, "source_file": self.source_file}


class Source(Protocol):
    """A file that can be read from its beginning to its end."""

    @property
    def location(self) -> str:
        """Where it lies, for people."""

    def blocks(self, on_bytes: Callable[[int], None]) -> Iterator[bytes]:
        """Its content, uncompressed, without a UTF-8 byte order mark, in pieces of any size.

        Args:
            on_bytes: is told how many delivered bytes each piece took.
        """

    def not_utf8(self, place: str, head: bytes) -> FileRefused:
        """The refusal of a file in another encoding; `place` tells where, `head` are bytes from there on."""


@dataclass(frozen=True)
class SourceFile:
    """A delivered file as it was when it was opened.

    Attributes:
        sha256: of the bytes as delivered (of the compressed bytes when the file is compressed).
        size: in bytes, as delivered.
        state: what tells at a glance whether the file may have changed since.
    """

    path: Path
    sha256: str
    size: int
    state: tuple[int, ...]

    @classmethod
    def open(cls, path: Path) -> SourceFile:
        """Fingerprint a file.

        Raises:
            FileRefused: it cannot be read.
        """
        try:
            with path.open("rb") as file:
                state = _state(path)
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise _unreadable(path, error) from None
        return cls(path, digest, state[0], state)

    @property
    def location(self) -> str:
        return str(self.path)

    def blocks(self, on_bytes: Callable[[int], None]) -> Iterator[bytes]:
        """The uncompressed content, without a UTF-8 byte order mark, in blocks of at most `BLOCK_BYTES`.

        Args:
            on_bytes: is told how many delivered bytes each block took.

        Raises:
            FileRefused: a truncated or damaged gzip file; other bytes than those of the fingerprint.
        """
        try:
            with self.path.open("rb") as file:
                delivered = Fingerprinted(file)
                yield from unpacked(str(self.path), delivered, self._first_bytes, on_bytes)
            # What was read decides; and what will be there for the next run, if it seems to be another file by now.
            changed = delivered.sha256() != self.sha256 or (
                _state(self.path) != self.state and SourceFile.open(self.path).sha256 != self.sha256
            )
        except OSError as error:
            raise _unreadable(self.path, error) from None
        if changed:
            raise changed_meanwhile(str(self.path))

    def _first_bytes(self) -> bytes:
        with self.path.open("rb") as file:
            return file.read(LONGEST_MARK)

    def not_utf8(self, place: str, head: bytes) -> FileRefused:
        return not_utf8(str(self.path), place, head, self._first_bytes())


class Fingerprinted:
    """A file that is read from its beginning to its end, and fingerprinted as it is."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self.position = 0

    def read(self, size: int) -> bytes:
        data = self._file.read(size)
        self._digest.update(data)
        self.position += len(data)
        return data

    def sha256(self) -> str:
        """Of what was read; all was, when nothing came any more."""
        return self._digest.hexdigest()


def unpacked(
    location: str, delivered: Fingerprinted, first_bytes: Callable[[], bytes], on_bytes: Callable[[int], None]
) -> Iterator[bytes]:
    """The content of a file, uncompressed when its name ends in .gz. See `Source.blocks`.

    Args:
        first_bytes: what the file begins with, as delivered.

    Raises:
        FileRefused: a truncated or damaged gzip file.
    """
    reported = 0
    content = gzip.GzipFile(fileobj=delivered) if location.endswith(".gz") else delivered  # type: ignore[call-overload]
    first = True
    while True:
        try:
            block = content.read(BLOCK_BYTES)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            place = f", after {delivered.position:,} compressed bytes"
            raise refusal_of_gzip(location, first_bytes(), place, str(error).rstrip(".")) from None
        if not block:
            return
        if first:
            block = block.removeprefix(UTF8_BOM)
            first = False
        on_bytes(delivered.position - reported)
        reported = delivered.position
        yield block


def _state(path: Path) -> tuple[int, ...]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_dev, status.st_ino


def changed_meanwhile(location: str) -> FileRefused:
    """The refusal of a file of which other bytes were read than those that were fingerprinted."""
    return FileRefused(
        "The file changed while it was read.",
        where=location,
        remedy="deliver files under another name and rename them when they are complete, then run again",
    )


def not_utf8(location: str, place: str, head: bytes, first_bytes: bytes) -> FileRefused:
    """The refusal of a file in another encoding.

    Args:
        place: where in the file it shows.
        head: the bytes from there on.
        first_bytes: what the file begins with, as delivered.
    """
    foreign = refusal_of_foreign(location, first_bytes)
    if foreign:
        return foreign
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        guess, remedy = "it looks like UTF-16", "iconv -f UTF-16 -t UTF-8"
    else:
        guess, remedy = f"byte 0x{head[0]:02X} cannot stand there", "iconv -f LATIN1 -t UTF-8"
    return FileRefused(
        f"The file is not UTF-8: {guess}.",
        where=f"{location}, {place}",
        remedy=f"convert it (for instance `{remedy} FILE`) and deliver it again",
    )


def _unreadable(path: Path, error: OSError) -> FileRefused:
    if isinstance(error, IsADirectoryError):
        return refusal_of_folder(str(path))
    return FileRefused(
        f"The file cannot be read: {reason_of(error)}.",
        where=str(path),
        remedy="check that it is a file, that it is still there, and that you may read it",
    )
