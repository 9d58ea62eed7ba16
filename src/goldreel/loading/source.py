"""A delivered file as a stream of bytes: plain or gzip, with its fingerprint."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from goldreel.errors import FileRefused

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
class SourceFile:
    """A delivered file as it was when it was opened.

    Attributes:
        sha256: of the bytes as delivered (of the compressed bytes when the file is compressed).
        size: in bytes, as delivered.
    """

    path: Path
    sha256: str
    size: int
    modified_ns: int

    @classmethod
    def open(cls, path: Path) -> SourceFile:
        """Fingerprint a file.

        Raises:
            FileRefused: it cannot be read.
        """
        try:
            with path.open("rb") as file:
                status = path.stat()
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise _unreadable(path, error) from None
        return cls(path, digest, status.st_size, status.st_mtime_ns)

    def blocks(self, on_bytes: Callable[[int], None]) -> Iterator[bytes]:
        """The uncompressed content, without a UTF-8 byte order mark, in blocks of at most `BLOCK_BYTES`.

        Args:
            on_bytes: is told how many delivered bytes each block took.

        Raises:
            FileRefused: a truncated or damaged gzip file, or a file that changed while it was read.
        """
        try:
            yield from self._read_blocks(on_bytes)
            status = self.path.stat()
        except OSError as error:
            raise _unreadable(self.path, error) from None
        if (status.st_size, status.st_mtime_ns) != (self.size, self.modified_ns):
            raise FileRefused(
                "The file changed while it was read.",
                where=str(self.path),
                remedy="deliver files under another name and rename them when they are complete, then run again",
            )

    def _read_blocks(self, on_bytes: Callable[[int], None]) -> Iterator[bytes]:
        reported = 0
        with self.path.open("rb") as delivered:
            content = gzip.GzipFile(fileobj=delivered) if self.path.suffix == ".gz" else delivered
            first = True
            while True:
                try:
                    block = content.read(BLOCK_BYTES)
                except (EOFError, gzip.BadGzipFile, zlib.error) as error:
                    raise FileRefused(
                        f"The gzip file is truncated or damaged: {str(error).rstrip('.')}.",
                        where=f"{self.path}, after {delivered.tell():,} compressed bytes",
                        remedy="deliver the file again; `gzip --test FILE` tells whether it is whole",
                    ) from None
                if not block:
                    return
                if first:
                    block = block.removeprefix(UTF8_BOM)
                    first = False
                position = delivered.tell()
                on_bytes(position - reported)
                reported = position
                yield block

    def not_utf8(self, place: str, head: bytes) -> FileRefused:
        """The refusal of a file in another encoding; `place` tells where, `head` are bytes from there on."""
        with self.path.open("rb") as file:
            looks_like_gzip = self.path.suffix != ".gz" and file.read(2) == b"\x1f\x8b"
        if head.startswith((b"\xff\xfe", b"\xfe\xff")):
            guess, remedy = "it looks like UTF-16", "iconv -f UTF-16 -t UTF-8"
        elif looks_like_gzip:
            return FileRefused(
                "The file is compressed but its name does not end in .gz.",
                where=str(self.path),
                remedy="add .gz to its name and deliver it again",
            )
        else:
            guess, remedy = f"byte 0x{head[0]:02X} cannot stand there", "iconv -f LATIN1 -t UTF-8"
        return FileRefused(
            f"The file is not UTF-8: {guess}.",
            where=f"{self.path}, {place}",
            remedy=f"convert it (for instance `{remedy} FILE`) and deliver it again",
        )


def _unreadable(path: Path, error: OSError) -> FileRefused:
    return FileRefused(
        f"The file cannot be read: {(error.strerror or str(error)).lower()}.",
        where=str(path),
        remedy="check that it is a file, that it is still there, and that you may read it",
    )
