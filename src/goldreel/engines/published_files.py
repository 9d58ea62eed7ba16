"""The files that readers of the embedded warehouse open.

A version is one DuckDB file; `current.duckdb` is a link to the one that readers should open. The link is replaced in
one step, and a version never changes once it has its name, so a reader sees a whole build or the whole build before
it. Whoever still has an older version open goes on reading it, even after it was removed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from goldreel.errors import UsageError


@dataclass(frozen=True)
class PublishedFiles:
    """The folder of published versions; the last `keep` of them stay."""

    folder: Path
    keep: int

    @property
    def current(self) -> Path:
        return self.folder / "current.duckdb"

    def versions(self) -> list[int]:
        names = (re.fullmatch(r"v(\d+)\.duckdb", path.name) for path in self.folder.glob("v*.duckdb"))
        return sorted(int(match.group(1)) for match in names if match)

    @contextmanager
    def new_version(self, version: int) -> Iterator[Path]:
        """A file to fill; it becomes the current version when the `with` statement ends without an error.

        Raises:
            UsageError: the folder cannot be written.
        """
        file = self._file(version)
        draft = self.folder / f".{file.name}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for unfinished in self.folder.glob(".*"):
                unfinished.unlink()
            yield draft
            with draft.open("rb") as written:
                os.fsync(written.fileno())
            draft.chmod(0o444)
            draft.rename(file)
            try:
                self.make_current(version)
            except OSError:
                file.unlink()  # a version exists when readers see it
                raise
            for old in self.versions()[: -self.keep]:
                self._file(old).unlink()
        except OSError as error:
            raise UsageError(
                f"The build cannot be published: {error.strerror or error}.",
                where=str(self.folder),
                remedy="set GOLDREEL_HOME to a folder that you may write to, with room for the published tables",
            ) from None

    def make_current(self, version: int) -> None:
        link = self.folder / f".{self.current.name}"
        link.unlink(missing_ok=True)
        link.symlink_to(self._file(version).name)
        link.replace(self.current)

    def _file(self, version: int) -> Path:
        return self.folder / f"v{version:06}.duckdb"
