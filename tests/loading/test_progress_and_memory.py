"""A load tells how far it is, and needs little memory however large the file is."""

from __future__ import annotations

import gzip
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest

from goldreel.engines import Engine
from goldreel.loading import find_delivery, load_delivery, streamed
from loading.delivering import USER, Deliver, Listening, counts, users
from loading.reading import blocks_of


def test_progress_is_told_in_bytes_as_delivered(engine: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "delivery"
    folder.mkdir()
    (folder / "users.csv.gz").write_bytes(gzip.compress(users(*[USER] * 2000).encode()))
    (folder / "users_bad.csv").write_text("user_id\n")
    listener = Listening()
    load_delivery(engine, find_delivery(folder), listener)
    size = (folder / "users.csv.gz").stat().st_size
    assert listener.heard[0] == ("users.csv.gz", size)
    first_end = listener.heard.index(("end", 0))
    assert sum(count for _, count in listener.heard[1:first_end]) == size
    assert listener.heard[first_end + 1] == ("users_bad.csv", 8)
    assert listener.heard[-1] == ("end", 0)
    heard = len(listener.heard)
    load_delivery(engine, find_delivery(folder), listener)
    assert [name for name, _ in listener.heard[heard:] if name != "read"] == ["users_bad.csv", "end"]


def peak_of_loading(engine: Engine, deliver: Deliver, content: str) -> int:
    """The most memory that Python held while it loaded a file, in bytes."""
    with blocks_of(16_384):
        tracemalloc.start()
        try:
            deliver({"users.csv": content})
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()


@pytest.mark.parametrize("line", ["x" * 60, USER, '"U1",44,"Peru\nSouth",Standard,2023-01-24,360.0'])
def test_memory_does_not_grow_with_the_file(
    engine: Engine, deliver: Deliver, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.setattr(streamed, "_REJECTED_AT_ONCE", 500)
    peak_of_loading(engine, deliver, users(line))  # what is imported and cached on first use does not count
    small = peak_of_loading(engine, deliver, users(*[line] * 2_000))
    large = peak_of_loading(engine, deliver, users(*[line] * 6_000))
    size = len(users(*[line] * 6_000))
    assert large - small < size * 1.6, "the file itself, which the test holds twice, and little else"
    assert counts(engine)["loads"] == 3


LOAD_UNDER_WATCH = """
import resource, sys
from pathlib import Path
from goldreel.config import Settings
from goldreel.engines import open_engine
from goldreel.loading import find_delivery, ledger, load_delivery

class Silent:
    def file_started(self, path, size): ...
    def bytes_read(self, count): ...
    def file_ended(self): ...

with open_engine(Settings(home=Path(sys.argv[1]), memory_limit="200MB", threads=1)) as engine:
    ledger.prepare(engine)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    (outcome,) = load_delivery(engine, find_delivery(Path(sys.argv[2])), Silent())
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(outcome.load.records_rejected, (after - before) // 1024)
"""


def test_a_large_file_of_nothing_but_rejected_records_fits_into_little_memory(tmp_path: Path) -> None:
    folder = tmp_path / "delivery"
    folder.mkdir()
    lines = 200_000
    (folder / "users.csv").write_text(users(*["x" * 299] * lines))
    assert (folder / "users.csv").stat().st_size > 60_000_000
    script = tmp_path / "watch.py"
    script.write_text(LOAD_UNDER_WATCH)
    done = subprocess.run(
        [sys.executable, script, tmp_path / "home", folder], capture_output=True, text=True, check=True
    )
    rejected, megabytes = map(int, done.stdout.split())
    assert rejected == lines
    assert megabytes < 390, "about 320 when they are written as they come, 460 when all are held"
