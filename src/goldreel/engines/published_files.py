"""The files that readers of the embedded warehouse open.

A version is one DuckDB file; `current.duckdb` is a link to the one that readers should open, or a copy of it where the
file system knows no links. It is replaced in one step, and a version never changes once it has its name, so a reader
sees a whole build or the whole build before it. Whoever still has an older version open goes on reading it, even after
it was removed.
"""

from __future__ import annotations

import errno
import filecmp
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from goldreel.engines.copied_ahead import CopiedAhead
from goldreel.errors import UsageError
from goldreel.os_faults import fault_of_os, reason_of

# Ours alone: what others keep in the folder stays, hidden or not.
_DRAFT = re.compile(r"\.(v\d+|current)\.duckdb(\.anew|\.ahead)?(\.wal|\.tmp)?")
# What file systems say that know no symbolic links: FAT, some network shares, some that stand for an object store.
_NO_LINKS = {errno.EPERM, errno.EACCES, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL, errno.EIO}


@dataclass(frozen=True)
class PublishedFiles:
    """The folder of published versions; the last `keep` of them stay."""

    folder: Path
    keep: int

    @property
    def current(self) -> Path:
        return self.folder / "current.duckdb"

    def versions(self) -> list[int]:
        names = (re.fullmatch(r"v(\d+)\.duckdb", path.name) for path in self.folder.glob("v*.duckdb") if path.is_file())
        return sorted(int(match.group(1)) for match in names if match)

    @contextmanager
    def new_version(self, version: int, ahead: CopiedAhead | None = None) -> Iterator[Path]:
        """A file to fill; it becomes the current version when the `with` statement ends without an error.

        Args:
            ahead: a copy that may be taken for it.

        Raises:
            UsageError: the folder cannot be written.
            GoldreelError: the disk is full, or gave an error.
        """
        file = self.file(version)
        draft = self.folder / f".{file.name}"
        with self._telling_of_faults():
            self.folder.mkdir(parents=True, exist_ok=True)
            self._remove_drafts(but=ahead.copy if ahead else None)
            draft.touch()  # what the system says is plainer than what a database makes of it
            draft.unlink()
            try:
                yield draft
                with draft.open("rb") as written:
                    os.fsync(written.fileno())
                with suppress(OSError):  # it only warns those who would write; not every file system can
                    draft.chmod(0o444)
                draft.rename(file)
                try:
                    self.make_current(version)
                except BaseException:
                    file.unlink()  # a version exists when readers see it
                    raise
            except BaseException:
                with suppress(OSError):  # the room that they take may be just what is missing
                    self._remove_drafts()
                raise
        for old in self.versions()[: -self.keep]:
            with suppress(OSError):  # on some network shares not while a reader has it open; the next time then
                self.file(old).unlink()

    def make_current(self, version: int) -> None:
        """Let readers open a version.

        Raises:
            UsageError, GoldreelError: see `new_version`.
        """
        draft = self.folder / f".{self.current.name}"
        with self._telling_of_faults():
            draft.unlink(missing_ok=True)
            try:
                draft.symlink_to(self.file(version).name)
            except OSError as error:
                if error.errno not in _NO_LINKS:
                    raise
                shutil.copyfile(self.file(version), draft)
            draft.replace(self.current)

    def replace(self, version: int, write: Callable[[Path, Path], None]) -> None:
        """Let another file take the place of a version, for good.

        Args:
            write: gets a copy of the version, that it may change, and the path of the file to write.

        Raises:
            UsageError, GoldreelError: see `new_version`.
        """
        file = self.file(version)
        copy = self.folder / f".{file.name}"
        draft = self.folder / f".{file.name}.anew"
        with self._telling_of_faults():
            self._remove_drafts()
            is_shown = (
                self.current.exists() and not self.current.is_symlink() and filecmp.cmp(self.current, file, False)
            )
            try:
                shutil.copyfile(file, copy)
                write(copy, draft)
                with draft.open("rb") as written:
                    os.fsync(written.fileno())
                with suppress(OSError):
                    draft.chmod(0o444)
                draft.replace(file)
                if is_shown:
                    self.make_current(version)
            finally:
                self._remove_drafts()

    def copy(self, version: int, target: Path, ahead: CopiedAhead | None = None) -> bool:
        """Copy a version, or take the copy of it that was begun ahead; False where it is not kept."""
        file = self.file(version)
        if not file.is_file():
            return False
        if ahead is None or not ahead.take(file, target):
            shutil.copyfile(file, target)
        return True

    def copy_ahead(self) -> CopiedAhead | None:
        """Begin to copy the newest version, for a new one that will be made of it; None where there is no version."""
        versions = self.versions()
        return CopiedAhead(self.file(versions[-1]), self.folder / ".current.duckdb.ahead") if versions else None

    def _remove_drafts(self, but: Path | None = None) -> None:
        """What a publication that was cut off left behind."""
        for path in self.folder.iterdir():
            if _DRAFT.fullmatch(path.name) and path != but:
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()

    @contextmanager
    def _telling_of_faults(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            fault = fault_of_os(error, str(self.folder))
            raise fault or UsageError(
                f"The build cannot be published: {reason_of(error)}.",
                where=str(error.filename2 or error.filename or self.folder),
                remedy="move away what stands there, or set GOLDREEL_HOME to another folder",
            ) from error

    def file(self, version: int) -> Path:
        """Where a version is, if it is kept."""
        return self.folder / f"v{version:06}.duckdb"
