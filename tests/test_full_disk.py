"""A disk that is full, wherever it is found out: one sentence, the place, and what was there before stays."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from goldreel import pipeline, processes
from goldreel.build_log import finish_build, start_build
from goldreel.cli.terminal import as_goldreel_error
from goldreel.config import Settings
from goldreel.engines import open_engine
from goldreel.errors import GoldreelError
from goldreel.loading import ledger
from goldreel.loading.contract import USERS
from goldreel.transform import BuildResult

HEADER = ",".join(USERS.columns)


@pytest.fixture(scope="module")
def delivery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Users that take some megabytes."""
    folder = tmp_path_factory.mktemp("large") / "delivery"
    folder.mkdir()
    rows = (f"U{row:09}{hash(str(row)):x},30,Peru,Basic,2024-01-01,{row}.5" for row in range(150_000))
    (folder / "users.csv").write_text("\n".join([HEADER, *rows, ""]))
    return folder


Resize = Callable[[int], None]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[tuple[Path, Resize]]:
    """A disk of its own, and what makes it so many megabytes large."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)]
    made = subprocess.run(mount, capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"no disk can be made here: {made.stderr.strip()}")
    try:
        yield place, lambda size: resize(place, size)
    finally:
        subprocess.run(["umount", str(place)], check=True)


def resize(place: Path, megabytes: int) -> None:
    subprocess.run(["mount", "-o", f"remount,size={megabytes}m", str(place)], check=True)


def goldreel(*arguments: str | Path, home: Path, largest_file: int | None = None) -> subprocess.CompletedProcess[str]:
    def limited() -> None:
        if largest_file is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))

    return subprocess.run(
        [sys.executable, "-m", "goldreel", *map(str, arguments)],
        env=os.environ | {"GOLDREEL_HOME": str(home)},
        preexec_fn=limited,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_load_that_finds_the_disk_full_says_so_and_can_be_repeated(disk: tuple[Path, Resize], delivery: Path) -> None:
    place, resized = disk
    done = goldreel("load", delivery, home=place / "home")
    assert done.returncode == 1
    assert "error: The disk is full." in done.stderr
    assert f"where: {place}/home/" in done.stderr
    assert "df -h" in done.stderr
    assert "bug" not in done.stderr
    resized(64)
    assert pipeline.status(Settings(home=place / "home")).loads == []
    done = goldreel("load", delivery, home=place / "home")
    assert (done.returncode, done.stderr) == (0, "")


def test_so_does_one_that_may_write_no_larger_file(tmp_path: Path, delivery: Path) -> None:
    done = goldreel("load", delivery, home=tmp_path / "home", largest_file=1_500_000)
    assert done.returncode == 1
    assert "error: The disk is full." in done.stderr
    assert "bug" not in done.stderr


def test_a_publication_that_finds_the_disk_full_leaves_what_was_published(disk: tuple[Path, Resize]) -> None:
    place, resized = disk
    settings = Settings(home=place / "home", threads=2)
    resized(64)
    with open_engine(settings) as engine:
        ledger.prepare(engine)
        engine.execute("create table gold_executive_summary as select date '2024-09-29' as data_through")
        build = finish_build(engine, start_build(engine, date(2024, 9, 30), processes.this_process()), BuildResult(()))
        engine.execute("update ops.build_log set status = 'passed' where status = 'failed'")
    pipeline.publish(settings)
    with open_engine(settings) as engine:
        engine.execute("create table gold_large as select range as id, hash(range) as a from range(1000000)")
    resized(32)
    used = sum(path.stat().st_size for path in place.rglob("*") if path.is_file() and not path.is_symlink())
    resized(used // 2**20 + 3)
    with pytest.raises(GoldreelError) as raised:
        pipeline.publish(settings)
    assert raised.value.what == "The disk is full."
    assert raised.value.where.startswith(str(place / "home" / "published"))
    assert sorted(path.name for path in settings.published.iterdir()) == ["current.duckdb", "v000001.duckdb"]
    assert pipeline.status(settings).publication is not None
    resized(64)
    assert pipeline.publish(settings).version == 2
    assert build.build_id == 1


@pytest.mark.parametrize(
    ("code", "what"),
    [
        (errno.ENOSPC, "The disk is full."),
        (errno.EDQUOT, "The disk is full."),
        (errno.EACCES, "The system does not permit it: permission denied."),
        (errno.EROFS, "The system does not permit it: read-only file system."),
        (errno.EIO, "The disk gave an error: input/output error."),
        (errno.EMFILE, "Too many files are open at once."),
    ],
)
def test_what_the_system_refuses_anywhere_else_is_no_bug(code: int, what: str) -> None:
    told = as_goldreel_error(OSError(code, os.strerror(code), "/somewhere/file"))
    assert (told.what, told.where) == (what, "/somewhere/file")
    assert "bug" not in told.remedy


def test_what_nobody_foresaw_still_is_one() -> None:
    assert "bug" in as_goldreel_error(OSError(errno.EDOM, os.strerror(errno.EDOM))).remedy
    assert "bug" in as_goldreel_error(ValueError("x")).remedy
