"""What `status` and readers see when they may not see all, and when a build came to no end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from goldreel import pipeline, processes
from goldreel.build_log import finish_build, start_build, was_interrupted
from goldreel.config import Settings
from goldreel.engines import open_engine
from goldreel.loading import ledger
from goldreel.transform import BuildResult
from unprivileged import unprivileged


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home of which a small version is published, by hand: that is quicker than a build."""
    home = tmp_path_factory.mktemp("status") / "home"
    with open_engine(Settings(home=home, threads=2)) as engine:
        ledger.prepare(engine)
        build = start_build(engine, date(2024, 9, 30), processes.this_process())
        engine.execute("create table gold_executive_summary as select date '2024-09-29' as data_through")
        finish_build(engine, build, BuildResult(()))
        engine.execute("update ops.build_log set status = 'passed' where status = 'failed'")
    pipeline.publish(Settings(home=home, threads=2))
    return home


@pytest.fixture
def home(published: Path) -> Iterator[Path]:
    """The same, with all its permissions again afterwards."""
    modes = {path: path.stat().st_mode for path in (published, *published.rglob("*")) if not path.is_symlink()}
    yield published
    for path, mode in modes.items():
        if path.exists():
            path.chmod(mode)


def goldreel(*arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    """A command of somebody to whom permissions apply."""
    return subprocess.run(
        unprivileged(sys.executable, "-m", "goldreel", *arguments),
        env=os.environ | {"GOLDREEL_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_who_may_only_read_the_warehouse_sees_it(home: Path) -> None:
    for path in (home / "published", home, home / "warehouse.duckdb"):
        path.chmod(0o555 if path.is_dir() else 0o444)
    told = json.loads(goldreel("status", "--json", home=home).stdout)
    assert (told["last_build"]["status"], told["published"]["version"], told["hidden"]) == ("passed", 1, [])
    doctor = goldreel("doctor", home=home)
    assert doctor.returncode == 1
    assert "The warehouse may be read here, but not written." in doctor.stdout
    assert "failed unexpectedly" not in doctor.stdout


def test_who_may_only_read_what_is_published_sees_that_and_is_told_of_the_rest(home: Path) -> None:
    (home / "warehouse.duckdb").chmod(0)
    done = goldreel("status", home=home)
    assert done.returncode == 0, done.stderr
    assert "The warehouse may not be opened: permission denied." in done.stdout
    assert "Published  version 1" in done.stdout
    assert "Nothing is loaded yet" not in done.stdout
    query = goldreel("sql", "--published", "-q", "select version from publication", "--format", "csv", home=home)
    assert query.stdout == "version\n1\n"


@pytest.mark.parametrize("closed", ["", "published", "published/v000001.duckdb"])
def test_what_may_not_be_looked_at_is_told_and_is_no_bug(home: Path, closed: str) -> None:
    (home / closed).chmod(0)
    done = goldreel("status", home=home)
    assert done.returncode == 0, done.stderr
    assert "permission denied" in done.stdout
    assert "nothing yet" not in done.stdout
    doctor = goldreel("doctor", home=home)
    assert doctor.returncode == 1
    assert "failed unexpectedly" not in doctor.stdout
    query = goldreel("sql", "--published", "-q", "select 1", home=home)
    assert query.returncode == 2
    assert "ermission denied" in query.stderr
    assert "that is a bug" not in query.stderr


def test_a_damaged_publication_does_not_hide_what_is_loaded(home: Path) -> None:
    file = home / "published" / "v000001.duckdb"
    whole = file.read_bytes()
    file.chmod(0o644)
    file.write_bytes(whole[:5000])
    try:
        found = pipeline.status(Settings(home=home))
        assert found.last_build is not None
        assert "The published version is damaged." in found.hidden[0]
        file.unlink()
        assert "The version that readers should open is gone" in pipeline.status(Settings(home=home)).hidden[0]
    finally:
        file.write_bytes(whole)


BUILD_AND_WAIT = """
import signal, sys, time
from datetime import date
from pathlib import Path
from goldreel.build_log import start_build
from goldreel.config import Settings
from goldreel.engines import open_engine
from goldreel.loading import ledger
from goldreel.processes import this_process
signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell's background jobs do not have
with open_engine(Settings(home=Path(sys.argv[1]))) as engine:
    ledger.prepare(engine)
    start_build(engine, date(2024, 9, 30), this_process())
    print("building", flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGKILL])
def test_a_build_whose_process_is_gone_was_interrupted(tmp_path: Path, by: signal.Signals) -> None:
    builder = subprocess.Popen(
        [sys.executable, "-c", BUILD_AND_WAIT, tmp_path / "home"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert builder.stdout is not None
    assert builder.stdout.readline() == "building\n"
    assert f"PID {builder.pid}" in pipeline.status(Settings(home=tmp_path / "home")).in_use
    builder.send_signal(by)
    builder.wait()
    done = goldreel("status", home=tmp_path / "home")
    assert "Last build  1 interrupted" in done.stdout
    assert f"The process that built it (PID {builder.pid} on " in done.stdout
    assert (
        json.loads(goldreel("status", "--json", home=tmp_path / "home").stdout)["last_build"]["status"] == "interrupted"
    )


def test_a_build_in_parts_is_running_between_its_parts(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", threads=2)
    with open_engine(settings) as engine:
        ledger.prepare(engine)
        start_build(engine, date(2024, 9, 30))
    found = pipeline.status(settings)
    assert found.last_build is not None
    assert found.last_build.status == "running"


def test_where_others_may_write_meanwhile_the_process_itself_is_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    host, number, began = processes.this_process().rsplit(" ", 2)
    with open_engine(Settings(home=tmp_path / "home", threads=2)) as engine:
        ledger.prepare(engine)
        monkeypatch.setattr(engine, "nobody_writes", lambda: False)
        running = start_build(engine, date(2024, 9, 30), processes.this_process())
        assert not was_interrupted(engine, running)
        for gone in (f"{host} {ended.pid} {began}", f"{host} {number} 1"):
            assert was_interrupted(engine, running._replace(process=gone))
        assert not was_interrupted(engine, running._replace(process=f"another-{host} {ended.pid} {began}"))
