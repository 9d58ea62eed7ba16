"""Delivered files that an engine reads by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa

if TYPE_CHECKING:
    from goldreel.engines.base import Table


@dataclass(frozen=True)
class StoredFile:
    """A delivered file that the engine reads by itself.

    Attributes:
        location: its path or URI, as people write it.
        size: in bytes.
        modified: when it changed last, where that is known.
        is_folder: a folder with files in it, which nobody can read as a file.
    """

    location: str
    name: str
    size: int
    modified: datetime | None
    is_folder: bool = False

    def __str__(self) -> str:
        return self.location


@dataclass(frozen=True)
class Block:
    """The lines of a file that one task reads. Lines are cut at LF or, where a file has none, at CR.

    Attributes:
        start: where the block begins in the file; blocks with higher starts hold later lines.
        lines: how many there are.
        blank: how many of them are nothing but space, tab, CR and LF.
        longest: bytes of the longest line.
        has_quotes: whether a double quote stands in any of them.
        has_returns: whether a CR stands in any of them that may be a line end by itself.
        is_utf8: whether all of them are.
    """

    start: int
    lines: int
    blank: int
    longest: int
    has_quotes: bool
    has_returns: bool
    is_utf8: bool


BlockReader = Callable[[int, Iterator[bytes]], Iterator[pa.RecordBatch]]
"""Computes rows from a block: gets its start, and its lines (each with its LF or CR) in pieces of any length."""


class ParallelFiles(Protocol):
    """Delivered files that the engine reads where it computes, many blocks at a time.

    A `BlockReader` is sent to where the file is read: it must be a function of a module, or a `functools.partial` of
    one, and need no more than pyarrow and numpy there.

    Raises (all methods):
        FileRefused: a file is damaged, or cannot be read.
    """

    def list_folder(self, folder: str) -> list[StoredFile]:
        """The files and folders in a folder, by name; hidden and empty ones may be left out.

        Raises:
            UsageError: the folder is missing or cannot be listed.
        """

    def sha256(self, file: StoredFile) -> str:
        """The fingerprint of the bytes as delivered."""

    def blocks(self, file: StoredFile) -> list[Block]:
        """The blocks that hold lines, in order; the same on every call."""

    def read_lines(self, file: StoredFile, block: Block, limit: int) -> bytes:
        """The first lines of a block, each with its LF or CR."""

    def first_bytes(self, file: StoredFile, limit: int) -> bytes:
        """What the file begins with, as delivered."""

    def collect(
        self, file: StoredFile, read: BlockReader, schema: pa.Schema, blocks: Sequence[int] | None = None
    ) -> pa.Table:
        """Rows computed from the blocks that begin where `blocks` says (None: from the whole file as one block)."""

    def append(
        self,
        table: Table,
        constants: Mapping[str, Any],
        file: StoredFile,
        read: BlockReader,
        blocks: Sequence[int] | None = None,
    ) -> int:
        """Like `collect`, but write the rows as a load of a table, in place of what a cut-off load left there.

        Args:
            constants: columns that are the same for all rows, the table's load column among them.
            read: computes the other columns.

        Returns:
            How many rows were written.
        """

    def contents(self, files: Sequence[StoredFile], limit: int) -> Mapping[StoredFile, bytes]:
        """What lies in files, as delivered, read at once.

        Those are left out that cannot be read so, or have grown beyond `limit` bytes: ask for each by itself why.
        """

    def fingerprints(self, files: Sequence[StoredFile], limit: int) -> Mapping[StoredFile, str]:
        """The fingerprints of files, computed at once; those are left out that `contents` would leave out."""

    def append_loads(self, table: Table, rows: Sequence[pa.Table]) -> None:
        """Write rows, each table of them as a load of its own, in place of what a cut-off load left there."""

    def is_unchanged(self, file: StoredFile, sha256: str) -> bool:
        """Whether the file still has the bytes of this fingerprint."""
