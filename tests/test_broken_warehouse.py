"""A warehouse that cannot be opened, or written any more: what is wrong, where, and what to do, at once."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from goldreel.config import Settings
from goldreel.engines import open_engine
from goldreel.errors import GoldreelError
from goldreel.loading import ledger

LEAVE_A_LOG = """
import duckdb, os, sys
connection = duckdb.connect(sys.argv[1])
connection.execute("pragma disable_checkpoint_on_shutdown")
connection.execute("insert into filler select range, repeat('x', 99) from range(1000)")
os._exit(0)
"""


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a warehouse of a few blocks."""
    home = tmp_path_factory.mktemp("sound") / "home"
    with open_engine(Settings(home=home, threads=2)) as engine:
        ledger.prepare(engine)
        engine.execute("create table filler as select range as id, hash(range)::varchar as text from range(200000)")
    return home


@pytest.fixture
def settings(sound: Path, tmp_path: Path) -> Settings:
    """A copy of it, in a folder whose name has `lock` in it."""
    home = tmp_path / "blockbuster"
    shutil.copytree(sound, home)
    return Settings(home=home, threads=2, lock_timeout=30)


def flipped(file: Path, position: int, count: int = 64) -> None:
    data = bytearray(file.read_bytes())
    data[position : position + count] = bytes(byte ^ 0xFF for byte in data[position : position + count])
    file.write_bytes(data)


def use(settings: Settings) -> None:
    """Open the warehouse, and read and write all over it."""
    with open_engine(settings) as engine:
        engine.execute("select sum(id), count(distinct text) from filler")
        engine.execute("create table more as select * from filler")


def fault(settings: Settings, of: Callable[[Settings], object] = use) -> GoldreelError:
    with pytest.raises(GoldreelError) as raised:
        of(settings)
    assert "in use" not in raised.value.what
    assert raised.value.where.startswith(str(settings.home))
    assert raised.value.remedy
    return raised.value


def a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def other_text(file: Path) -> None:
    file.write_text("my notes, not a database\n" * 1000)


def nothing(file: Path) -> None:
    file.write_bytes(b"")


def the_first_bytes(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:5000])


def half_of_it(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def a_flipped_header(file: Path) -> None:
    flipped(file, 16)


def flipped_database_headers(file: Path) -> None:
    flipped(file, 4096)
    flipped(file, 8192)


def flipped_pages(file: Path) -> None:
    for block in range(12288, file.stat().st_size, 262144):
        flipped(file, block + 100)


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        (a_folder, "A folder stands where the warehouse's file belongs."),
        (other_text, "The warehouse is no DuckDB database."),
        (nothing, "The warehouse is no DuckDB database."),
        (the_first_bytes, "The warehouse is damaged."),
        (half_of_it, "The warehouse is damaged."),
        (a_flipped_header, "The warehouse is damaged."),
        (flipped_database_headers, "The warehouse is damaged."),
        (flipped_pages, "The warehouse is damaged."),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_what_stands_in_the_warehouses_place_is_told(
    settings: Settings, damage: Callable[[Path], None], what: str
) -> None:
    damage(settings.warehouse_file)
    told = fault(settings)
    assert told.what == what
    assert str(settings.warehouse_file) in told.where
    assert "move it away" in told.remedy


def test_what_to_do_about_a_damaged_warehouse_helps(settings: Settings) -> None:
    flipped_database_headers(settings.warehouse_file)
    move = fault(settings).remedy.split("`")[1]
    subprocess.run(["sh", "-euc", move], check=True)
    with open_engine(settings) as engine:
        ledger.prepare(engine)
    assert settings.warehouse_file.exists()


def leave_a_log(settings: Settings) -> Path:
    subprocess.run([sys.executable, "-c", LEAVE_A_LOG, str(settings.warehouse_file)], check=True)
    log = settings.warehouse_file.with_name("warehouse.duckdb.wal")
    assert log.stat().st_size > 1000
    return log


def test_a_damaged_log_is_told_and_moving_it_away_brings_back_what_was_before(settings: Settings) -> None:
    log = leave_a_log(settings)
    flipped(log, log.stat().st_size // 2, 16)
    told = fault(settings)
    assert "The log of the last changes cannot be read" in told.what
    assert told.where == str(log)
    subprocess.run(["sh", "-euc", told.remedy.split("`")[1]], check=True)
    with open_engine(settings) as engine:
        assert engine.execute("select count(*) from filler").rows == [(200_000,)]


def test_the_log_of_another_warehouse_is_told(settings: Settings, tmp_path: Path) -> None:
    log = leave_a_log(settings)
    with duckdb.connect(tmp_path / "other.duckdb") as connection:
        connection.execute("create table filler (id bigint, text varchar)")
    shutil.copy(tmp_path / "other.duckdb", settings.warehouse_file)
    assert fault(settings).where == str(log)


def test_a_version_of_the_future_is_told(settings: Settings) -> None:
    data = bytearray(settings.warehouse_file.read_bytes())
    assert data[8:12] == b"DUCK"
    from goldreel.engines.duckdb_faults import fault_of

    said = "IO Error: Trying to read a database file with version number 1234, but we can only read version 99."
    told = fault_of(said, settings.warehouse_file)
    assert told is not None
    assert "A newer version of DuckDB wrote the warehouse" in told.what


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ('IO Error: Could not set lock on file "/w/x": No locks available', "knows no locks"),
        ('IO Error: Could not set lock on file "/w/x": Function not implemented', "knows no locks"),
        ('IO Error: Could not read from file "/w/x": Input/output error', "The disk gave an error"),
        ('IO Error: Cannot open file "/w/x": Read-only file system', "may not be opened: read-only file system"),
        ('IO Error: Could not write file "/w/x": Disk quota exceeded', "The disk is full."),
        ("Out of Memory Error: could not allocate block of size 256.0 KiB (1.8 GiB/1.8 GiB used)", "too little memory"),
    ],
)
def test_faults_that_tests_cannot_make_are_told_by_what_duckdb_says(said: str, what: str) -> None:
    from goldreel.engines.duckdb_faults import fault_of

    told = fault_of(said, Path("/w/x"))
    assert told is not None
    assert what in told.what
    assert told.where
    assert told.remedy
