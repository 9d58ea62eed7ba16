"""The folder that readers open: whole versions only, on any file system, beside what others keep there."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pyarrow as pa
import pytest

from goldreel.config import Settings
from goldreel.engines import Engine, open_engine
from goldreel.engines.duckdb import OLDEST_READER
from goldreel.engines.duckdb_copies import OLDEST_STORAGE_VERSION
from goldreel.engines.published_files import PublishedFiles
from goldreel.errors import GoldreelError, UsageError
from unprivileged import unprivileged


@pytest.fixture
def files(tmp_path: Path) -> PublishedFiles:
    return PublishedFiles(tmp_path / "published", keep=2)


def publish(files: PublishedFiles, version: int) -> None:
    with files.new_version(version) as draft, duckdb.connect(draft) as connection:
        connection.execute(f"create table publication as select {version} as version")


def current(files: PublishedFiles) -> int:
    with duckdb.connect(files.current, read_only=True) as connection:
        (version,) = connection.execute("select version from publication").fetchone() or (0,)
        return int(version)


def refuse(monkeypatch: pytest.MonkeyPatch, name: str, code: int) -> None:
    """Let a call to the system fail, as some file systems do."""

    def failing(*arguments: object, **options: object) -> None:
        raise OSError(code, os.strerror(code), *(str(each) for each in arguments[:1] if not isinstance(each, int)))

    monkeypatch.setattr(os, name, failing)


def test_what_others_keep_in_the_folder_stays(files: PublishedFiles) -> None:
    (files.folder / ".ipynb_checkpoints").mkdir(parents=True)
    (files.folder / ".ipynb_checkpoints" / "look.ipynb").write_text("{}")
    for name in (".keep", ".nfs0001", ".v1.duckdb.txt", "notes.md", ".v1x.duckdb"):
        (files.folder / name).write_text("mine")
    (files.folder / "v000009.duckdb").mkdir()
    before = set(files.folder.rglob("*"))
    for version in (1, 2, 3):
        publish(files, version)
    assert before <= set(files.folder.rglob("*"))
    assert files.versions() == [2, 3]


def test_what_a_publication_left_that_was_cut_off_is_removed(files: PublishedFiles) -> None:
    files.folder.mkdir()
    for name in (".v000001.duckdb", ".v000001.duckdb.wal", ".current.duckdb"):
        (files.folder / name).write_text("half")
    (files.folder / ".v000001.duckdb.tmp").mkdir()
    (files.folder / ".v000001.duckdb.tmp" / "spilled").write_text("half")
    publish(files, 2)
    assert {path.name for path in files.folder.iterdir()} == {"v000002.duckdb", "current.duckdb"}


@pytest.mark.parametrize("code", [errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS], ids=errno.errorcode.get)
def test_without_symbolic_links_the_current_version_is_a_copy(
    files: PublishedFiles, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    refuse(monkeypatch, "symlink", code)
    for version in (1, 2, 3):
        publish(files, version)
        assert current(files) == version
    files.make_current(2)
    assert current(files) == 2
    assert not files.current.is_symlink()
    assert {path.name for path in files.folder.iterdir()} == {"v000002.duckdb", "v000003.duckdb", "current.duckdb"}
    monkeypatch.undo()
    publish(files, 4)
    assert (current(files), files.current.is_symlink()) == (4, True)


def test_without_chmod_a_version_is_published_all_the_same(
    files: PublishedFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch, "chmod", errno.EPERM)
    publish(files, 1)
    assert current(files) == 1


PUBLISH = """
import sys
from pathlib import Path
import duckdb
from goldreel.engines.published_files import PublishedFiles
files = PublishedFiles(Path(sys.argv[1]), keep=2)
for version in (1, 2):
    with files.new_version(version) as draft, duckdb.connect(draft) as connection:
        connection.execute(f"create table publication as select {version} as version")
"""


def test_it_is_published_where_the_system_refuses_links_and_permissions(files: PublishedFiles) -> None:
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace, which makes the system refuse, is not here")
    refused = ["symlink", "symlinkat", "link", "linkat", "chmod", "fchmod", "fchmodat"]
    inject = [part for call in refused for part in ("-e", f"inject=?{call}:error=EPERM")]
    command = [strace, "-f", "-qq", "-o", "/dev/null", *inject, sys.executable, "-c", PUBLISH, str(files.folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "ptrace" in done.stderr.lower() and "permitted" in done.stderr:
        pytest.skip("strace may not trace here")
    assert done.returncode == 0, done.stderr
    assert current(files) == 2
    assert not files.current.is_symlink()


@pytest.mark.parametrize(
    ("code", "kind", "what"),
    [
        (errno.ENOSPC, GoldreelError, "The disk is full."),
        (errno.EDQUOT, GoldreelError, "The disk is full."),
        (errno.EROFS, UsageError, "The system does not permit it: read-only file system."),
        (errno.EIO, GoldreelError, "The disk gave an error: input/output error."),
        (errno.EMFILE, GoldreelError, "Too many files are open at once."),
        (errno.EBUSY, UsageError, "The build cannot be published: device or resource busy."),
    ],
)
def test_what_the_system_refuses_is_told_and_what_was_published_stays(
    files: PublishedFiles, monkeypatch: pytest.MonkeyPatch, code: int, kind: type[GoldreelError], what: str
) -> None:
    publish(files, 1)
    refuse(monkeypatch, "fsync", code)
    with pytest.raises(kind) as raised:
        publish(files, 2)
    assert raised.value.what == what
    assert str(files.folder) in raised.value.where
    assert raised.value.remedy
    assert current(files) == 1
    assert {path.name for path in files.folder.iterdir()} == {"v000001.duckdb", "current.duckdb"}


def test_something_else_in_the_place_of_the_current_version_is_named(files: PublishedFiles) -> None:
    (files.current / "x").mkdir(parents=True)
    with pytest.raises(UsageError) as raised:
        publish(files, 1)
    assert raised.value.where == str(files.current)
    assert "move it away" in raised.value.remedy
    assert files.versions() == []


def test_a_folder_that_may_not_be_written_is_named(files: PublishedFiles) -> None:
    publish(files, 1)
    files.folder.chmod(0o555)
    done = subprocess.run(
        unprivileged(sys.executable, "-c", PUBLISH, files.folder), capture_output=True, text=True, check=False
    )
    files.folder.chmod(0o755)
    assert "UsageError" in done.stderr
    assert "The system does not permit it: permission denied." in done.stderr


def test_a_version_is_made_of_a_copy_that_was_begun_ahead(files: PublishedFiles) -> None:
    assert files.copy_ahead() is None
    publish(files, 1)
    ahead = files.copy_ahead()
    assert ahead is not None
    with files.new_version(2, ahead) as draft:
        assert not ahead.take(files.file(7), draft)
        assert ahead.take(files.file(1), draft)
        assert not ahead.take(files.file(1), draft)
        assert draft.read_bytes() == files.file(1).read_bytes()
    ahead.give_up()
    assert (current(files), files.versions()) == (1, [1, 2])
    assert {path.name for path in files.folder.iterdir()} == {"v000001.duckdb", "v000002.duckdb", "current.duckdb"}


def test_a_copy_that_was_begun_ahead_and_is_not_taken_leaves_nothing(files: PublishedFiles) -> None:
    publish(files, 1)
    there = set(files.folder.iterdir())
    ahead = files.copy_ahead()
    assert ahead is not None
    ahead.give_up()
    assert set(files.folder.iterdir()) == there
    (files.folder / ".current.duckdb.ahead").write_text("half of what a killed process copied")
    publish(files, 2)
    assert set(files.folder.iterdir()) == there | {files.file(2)}


@pytest.mark.parametrize("free", [3, 5])
def test_a_copy_is_begun_ahead_where_there_is_room_for_what_else_is_done(
    files: PublishedFiles, monkeypatch: pytest.MonkeyPatch, free: int
) -> None:
    publish(files, 1)
    size = files.file(1).stat().st_size
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=free * size))
    ahead = files.copy_ahead()
    assert ahead is not None
    assert ahead.take(files.file(1), files.folder / "taken") == (free == 5)


def test_old_versions_that_cannot_be_removed_do_not_stop_a_publication(
    files: PublishedFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(files, 1)
    publish(files, 2)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", _busy(Path.unlink))
        publish(files, 3)
    assert (current(files), files.versions()) == (3, [1, 2, 3])
    publish(files, 4)
    assert files.versions() == [3, 4]


def _busy(unlink: object) -> object:
    def failing(path: Path, missing_ok: bool = False) -> None:
        if path.name == "v000001.duckdb":
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY), str(path))
        unlink(path, missing_ok=missing_ok)  # type: ignore[operator]

    return failing


def test_a_version_that_is_open_beside_the_warehouse_shares_its_memory(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", memory_limit="400MiB")

    def limit(engine: Engine) -> str:
        return str(engine.execute("select current_setting('memory_limit')").rows[0][0])

    with open_engine(settings) as engine:
        engine.execute("create table readers as select 1 as one")
        engine.publish(1, [("main", "readers")], pa.table({"version": pa.array([1], pa.int64())}), {})
        for _, copy in engine.copies():
            with copy as opened:
                assert (limit(engine), limit(opened)) == ("100.0 MiB", "300.0 MiB")
        assert limit(engine) == "400.0 MiB"


def test_published_files_are_written_for_old_readers_and_the_guide_names_the_oldest(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", threads=2)
    with open_engine(settings) as engine:
        engine.execute("create table readers as select 1 as one")
        about = pa.table({"version": pa.array([1], pa.int64())})
        engine.publish(1, [("main", "readers")], about, {})
    with duckdb.connect() as connection:
        connection.execute(f"attach '{settings.published / 'current.duckdb'}' as published (read_only)")
        tags = connection.execute("select tags from duckdb_databases() where database_name = 'published'").fetchall()
    assert OLDEST_STORAGE_VERSION in str(tags) or "v1.0.0" in str(tags), tags
    guide = (Path(__file__).parents[1] / "docs" / "guide" / "operations.md").read_text(encoding="utf-8")
    assert f"DuckDB {OLDEST_READER} and every later version" in guide
