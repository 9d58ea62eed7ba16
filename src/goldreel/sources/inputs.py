"""Files of others as they lie there: plain, compressed, or in a ZIP archive."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from goldreel.errors import FileRefused
from goldreel.foreign import LONGEST_MARK, refusal_of_foreign, refusal_of_gzip
from goldreel.loading.source import BLOCK_BYTES, UTF8_BOM, changed_meanwhile
from goldreel.names import natural_order, readable
from goldreel.os_faults import reason_of
from goldreel.scratch import scratch_folder

PIECE_BYTES = 8 << 20
"""How much of a file's content is mapped at once. Half of it takes longer, as each piece is asked in SQL of its own;
twice as much takes longer too: what it is copied to is memory that is new every time."""

OnBytes = Callable[[int], None]
_DAMAGED = (
    EOFError,
    gzip.BadGzipFile,
    zlib.error,
    zipfile.BadZipFile,
    RuntimeError,
    pa.ArrowException,
    NotImplementedError,
)


@dataclass(frozen=True)
class Input:
    """A file, or a member of a ZIP archive.

    Attributes:
        path: the file on this machine.
        inside: the member of the archive that is meant; empty for a file.
        relative: its path in the delivery, with `/`.
    """

    path: Path
    relative: str
    inside: str = ""

    @property
    def name(self) -> str:
        """As lineage has it."""
        return readable(f"{self.path.name}/{self.inside}" if self.inside else self.path.name)

    @property
    def location(self) -> str:
        return readable(f"{self.path}/{self.inside}" if self.inside else str(self.path))

    def fingerprint(self) -> tuple[str, int]:
        """SHA-256 and size of the bytes as delivered; of a member of an archive, of its content."""
        with self._refusing(), self._open_delivered() as file:
            digest, size = hashlib.sha256(), 0
            while block := file.read(BLOCK_BYTES):
                digest.update(block)
                size += len(block)
            return digest.hexdigest(), size

    @contextmanager
    def content(self, on_bytes: OnBytes, sha256: str) -> Iterator[IO[bytes]]:
        """What is in it, unpacked. Whoever draws it to the end has read the bytes of that fingerprint.

        Args:
            sha256: the fingerprint; empty: whatever is there is looked at.

        Raises:
            FileRefused: it is damaged, or changed since.
        """
        with self._refusing(), self._open_delivered() as file:
            delivered = _Watched(file, on_bytes)
            yield self._unpacked(delivered)
            if not sha256:
                return
            delivered.finish()
            if delivered.sha256() != sha256:
                raise changed_meanwhile(self.location)

    def head(self, most: int) -> bytes:
        """What its content begins with."""
        with self._refusing(), self._open_delivered() as file:
            return self._unpacked(file).read(most)

    @contextmanager
    def as_file(self, on_bytes: OnBytes, sha256: str) -> Iterator[Path]:
        """A file with what is in it: itself, or a copy that is gone afterwards."""
        if not self.inside and not self._compression:
            yield self.path
            if sha256 and self.fingerprint()[0] != sha256:
                raise changed_meanwhile(self.location)
            return
        with scratch_folder("content") as folder:
            copy = Path(folder) / "content"
            with self.content(on_bytes, sha256) as content, copy.open("wb") as file:
                shutil.copyfileobj(content, file, BLOCK_BYTES)
            yield copy

    @property
    def _compression(self) -> str:
        name = self.inside or self.path.name
        return next((suffix for suffix in (".gz", ".zst") if name.endswith(suffix)), "")

    @contextmanager
    def _open_delivered(self) -> Iterator[IO[bytes]]:
        if not self.inside:
            with self.path.open("rb") as file:
                yield file
            return
        with zipfile.ZipFile(self.path) as archive, archive.open(self.inside) as member:
            yield member

    def _unpacked(self, delivered: Any) -> IO[bytes]:
        if self._compression == ".gz":
            return gzip.GzipFile(fileobj=delivered)  # type: ignore[return-value]
        if self._compression == ".zst":
            stream: IO[bytes] = pa.CompressedInputStream(pa.PythonFile(delivered, "r"), "zstd")
            return stream
        return delivered  # type: ignore[no-any-return]

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        try:
            yield
        except FileRefused:
            raise
        except _DAMAGED as error:
            if self._compression == ".gz" and not self.inside:
                raise refusal_of_gzip(self.location, self.first_bytes(), "", str(error).rstrip(".")) from None
            raise FileRefused(
                f"The file cannot be unpacked: {str(error).rstrip('.') or 'it ends too early'}.",
                self.location,
                "deliver it again; where it is protected by a password, unpack it first",
            ) from None
        except OSError as error:
            if self._compression and error.errno is None:
                raise FileRefused(
                    f"The file cannot be unpacked: {str(error).rstrip('.')}.", self.location, "deliver it again"
                ) from None
            raise FileRefused(
                f"The file cannot be read: {reason_of(error)}.",
                self.location,
                "check that it is a file, that it is still there, and that you may read it",
            ) from None

    def first_bytes(self) -> bytes:
        """What it begins with, as delivered."""
        with self._open_delivered() as file:
            return file.read(LONGEST_MARK)


class _Watched:
    """A file as it is read: how far, and which bytes."""

    def __init__(self, file: IO[bytes], on_bytes: OnBytes) -> None:
        self._file, self._on_bytes, self._digest = file, on_bytes, hashlib.sha256()
        self.closed = False

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._digest.update(data)
        self._on_bytes(len(data))
        return data

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False

    def close(self) -> None:
        self.closed = True

    def finish(self) -> None:
        """Read what is left, behind the end of what was compressed."""
        while self.read(BLOCK_BYTES):
            pass

    def sha256(self) -> str:
        return self._digest.hexdigest()


def find_inputs(folder: Path) -> list[Input]:
    """The files of a delivery, in its folders and archives too, in the order of their names; hidden ones are left out.

    Raises:
        OSError: the folder cannot be listed.
    """
    if folder.is_file():
        return with_members(folder, folder.name)
    found = []
    for path in folder.rglob("*"):
        relative = path.relative_to(folder)
        if any(part.startswith(".") for part in relative.parts) or not path.is_file():
            continue
        found += with_members(path, relative.as_posix())
    return sorted(found, key=lambda each: natural_order(each.relative))


def is_archive(name: str) -> bool:
    """Whether a file is called a ZIP archive."""
    return name.lower().endswith(".zip")


def with_members(path: Path, relative: str) -> list[Input]:
    """A file, and what is in it where it is an archive that can be read."""
    if not is_archive(path.name):
        return [Input(path, relative)]
    try:
        with zipfile.ZipFile(path) as archive:
            members = [each.filename for each in archive.infolist() if not each.is_dir()]
    except (zipfile.BadZipFile, OSError):
        return [Input(path, relative)]
    return [Input(path, relative)] + [
        Input(path, f"{relative}/{member}", member)
        for member in sorted(members, key=natural_order)
        if not any(part.startswith((".", "__MACOSX")) for part in member.split("/"))
    ]


def decoded(location: str, content: IO[bytes], encoding: str, first: bytes) -> Iterator[bytes]:
    """Blocks of the content as UTF-8, without a byte order mark.

    Raises:
        FileRefused: it is in another encoding.
    """
    codec = codecs.lookup(encoding).name
    decoder = codecs.getincrementaldecoder(codec)()
    is_utf8 = codec in ("utf-8", "utf-8-sig")
    begins = True
    position = 0
    while True:
        block = content.read(PIECE_BYTES)
        held = decoder.getstate()[0]
        pending = len(held)
        try:
            text = decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            foreign = refusal_of_foreign(location.removesuffix(".gz"), first)
            if foreign and not location.endswith((".gz", ".zst")):
                raise foreign from None
            place = position - pending + error.start + 1
            raise FileRefused(
                f"The file is not written in {encoding}: byte 0x{error.object[error.start]:02X} cannot stand there.",
                f"{location}, byte {place:,}",
                f"say in the source how it is written{', as in `encoding: windows-1252`' if is_utf8 else ''}",
            ) from None
        position += len(block)
        if text and is_utf8 and not begins:  # the bytes are at hand
            rest = len(decoder.getstate()[0])
            yield (held + block)[: len(held) + len(block) - rest]
            text = ""
        if begins and text:
            text, begins = text.removeprefix(UTF8_BOM.decode()), False
        if text:
            try:
                yield text.encode()
            except UnicodeEncodeError:
                raise FileRefused(
                    "The file holds half of a surrogate pair, which is no character.", location, "deliver it again"
                ) from None
        if not block:
            return
