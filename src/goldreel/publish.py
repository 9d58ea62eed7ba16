"""The atomic hand-over to readers.

A version is one DuckDB file under `published/`; `current.duckdb` is a link to the one that readers should open. The
link is replaced in one step, and a version never changes once it has its name, so a reader sees a whole build or
the whole build before it. Whoever still has an older version open goes on reading it, even after it was removed.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

import goldreel
from goldreel.build_log import Build
from goldreel.engines.base import Engine
from goldreel.errors import GoldreelError, UsageError
from goldreel.loading.contract import LOADS, REJECTED_RECORDS
from goldreel.loading.ledger import now

CURRENT = "current.duckdb"


@dataclass(frozen=True)
class Publication:
    """A published version.

    Attributes:
        file: the version's own file.
        as_of: the day that the build counted to, YYYY-MM-DD.
        data_through: the last day with a session, if there is any.
    """

    version: int
    file: Path
    build_id: int
    published_at: datetime
    as_of: str
    data_through: str | None


def publish_build(engine: Engine, build: Build | None, folder: Path, keep: int) -> Publication:
    """Hand the last build over to readers.

    Args:
        build: the last build; it must have passed all its tests.
        folder: where published versions lie.
        keep: how many versions stay, the new one included.

    Raises:
        GoldreelError: there is no build, or the last one did not pass; what was published before stays.
        UsageError: the folder cannot be written.
    """
    if build is None or build.status != "passed":
        found = "there is none" if build is None else f"build {build.build_id} is {build.status}"
        detail = f": {build.failures}" if build is not None and build.failures else ""
        raise GoldreelError(
            f"Only a build that passed all its tests is published, but {found}{detail}.",
            where=engine.location,
            remedy="run `goldreel build`, mend what it reports, and publish again",
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for unfinished in folder.glob(".*"):
            unfinished.unlink()
        version = max(_versions(folder), default=0) + 1
        file = folder / _file_name(version)
        draft = folder / f".{file.name}"
        _write(engine, build, version, draft)
        draft.chmod(0o444)
        draft.rename(file)
        _make_current(folder, file)
        for old in sorted(_versions(folder))[:-keep]:
            (folder / _file_name(old)).unlink()
    except OSError as error:
        raise UsageError(
            f"The build cannot be published: {error.strerror or error}.",
            where=str(folder),
            remedy="set GOLDREEL_HOME to a folder that you may write to, with room for the published tables",
        ) from None
    return read_publication(file)


def publish_version(folder: Path, version: int) -> Publication:
    """Make a version that is still kept the current one again.

    Raises:
        UsageError: that version is not there.
    """
    file = folder / _file_name(version)
    if not file.is_file():
        kept = ", ".join(str(each) for each in sorted(_versions(folder))) or "none"
        raise UsageError(
            f"Version {version} is not kept.", where=str(folder), remedy=f"choose one of those kept: {kept}"
        )
    _make_current(folder, file)
    return read_publication(file)


def current_publication(folder: Path) -> Publication | None:
    """What readers get now, if anything was published."""
    link = folder / CURRENT
    return read_publication(link.resolve()) if link.exists() else None


def read_publication(file: Path) -> Publication:
    """What a published file says of itself."""
    columns = "version, build_id, published_at, as_of, data_through"
    with duckdb.connect(str(file), read_only=True) as connection:
        row = connection.execute(f"select {columns} from publication").fetchone()
    assert row is not None, "a published file holds its publication"
    return Publication(row[0], file, *row[1:])


def _write(engine: Engine, build: Build, version: int, file: Path) -> None:
    readable = [(engine.default_schema, name) for name in engine.tables(engine.default_schema)]
    readable += [(table.schema, table.name) for table in (LOADS, REJECTED_RECORDS)]
    engine.copy_tables(readable, file)
    with duckdb.connect(str(file)) as connection:
        connection.execute(
            "create table publication as select ? as version, ? as build_id, ?::timestamp as published_at, "
            "? as as_of, (select data_through::varchar from gold_executive_summary) as data_through, "
            "? as tests_passed, ? as engine, ? as goldreel_version",
            [
                version,
                build.build_id,
                now(),
                build.as_of,
                build.tests_passed,
                engine.name,
                goldreel.__version__,
            ],
        )
    with file.open("rb") as written:
        os.fsync(written.fileno())


def _make_current(folder: Path, file: Path) -> None:
    link = folder / f".{CURRENT}"
    link.unlink(missing_ok=True)
    link.symlink_to(file.name)
    link.replace(folder / CURRENT)


def _versions(folder: Path) -> list[int]:
    names = (re.fullmatch(r"v(\d+)\.duckdb", path.name) for path in folder.glob("v*.duckdb"))
    return [int(match.group(1)) for match in names if match]


def _file_name(version: int) -> str:
    return f"v{version:06}.duckdb"
