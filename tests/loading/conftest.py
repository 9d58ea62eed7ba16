from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from goldreel.config import Settings
from goldreel.engines import Engine, open_engine
from goldreel.loading import FileOutcome, find_delivery, ledger, load_delivery
from loading.delivering import Listening
from loading.reading import ONE_BLOCK, TINY_BLOCKS, Files, blocks_of


@pytest.fixture(params=[ONE_BLOCK, TINY_BLOCKS], ids=["one block", "tiny blocks"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Files]:
    """Files read at once, and again in blocks that cut through nearly every record."""
    with blocks_of(request.param):
        yield Files(tmp_path)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """An empty warehouse, ready to load into."""
    with open_engine(Settings(home=tmp_path / "home", threads=2)) as engine:
        ledger.prepare(engine)
        yield engine


@pytest.fixture
def deliver(engine: Engine, tmp_path: Path) -> Callable[..., list[FileOutcome]]:
    """Loads a new delivery of the files given by name."""
    count = 0

    def load(files: dict[str, str | bytes]) -> list[FileOutcome]:
        nonlocal count
        count += 1
        folder = tmp_path / f"delivery_{count}"
        folder.mkdir()
        for name, content in files.items():
            (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return load_delivery(engine, find_delivery(folder), Listening())

    return load
