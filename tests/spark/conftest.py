"""Spark to test against: a local one, begun once for all tests of this folder that a process runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from goldreel.config import Settings
from goldreel.engines import open_engine
from goldreel.engines.base import Engine
from goldreel.loading import ledger
from goldreel.loading.contract import BRONZE_TABLES

QUICK = {
    "SPARK_CONF_DIR": str(Path(__file__).with_name("little_data")),
    "JAVA_TOOL_OPTIONS": "-XX:+UseSerialGC",
}
"""For tests on a few rows. Users have the defaults of Spark: a test in `test_pipeline.py` compares with those."""


@pytest.fixture(scope="package")
def home(java: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home whose path is not as simple as paths mostly are, on a machine half a day from UTC."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "Pacific/Kiritimati")
        for name, value in QUICK.items():
            patch.setenv(name, value)
        yield tmp_path_factory.mktemp("spark") / "Wärme & Licht (100%)"


@pytest.fixture(scope="package")
def spark(home: Path) -> Iterator[Engine]:
    """A warehouse with nothing in it yet, and Spark, which takes seconds to begin and goes on from test to test."""
    with open_engine(Settings(home=home, engine="spark", threads=2, lock_timeout=0)) as engine:
        ledger.prepare(engine)
        yield engine


@pytest.fixture
def engine(spark: Engine) -> Iterator[Engine]:
    """The warehouse, with nothing loaded: neither by the tests before it nor, afterwards, by this one."""
    _empty(spark)
    yield spark
    _empty(spark)


def _empty(spark: Engine) -> None:
    for table in BRONZE_TABLES:
        spark.execute(f"drop table if exists {table}")
    ledger.prepare(spark)
