from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from goldreel.config import Settings
from goldreel.engines import Engine, open_engine
from goldreel.loading import ledger
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
