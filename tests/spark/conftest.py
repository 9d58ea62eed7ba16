"""Spark to test against: a local one, begun once per file of tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from needs import SPARK


@pytest.fixture(scope="session")
def java() -> str:
    """Where Java is; skips where there is none."""
    found = os.environ.get("JAVA_HOME") or shutil.which("java")
    return found or SPARK.is_missing(
        "Spark needs Java, and there is none (Debian: apt install openjdk-17-jre-headless)"
    )


@pytest.fixture(scope="module")
def home(java: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home whose path is not as simple as paths mostly are, on a machine half a day from UTC."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "Pacific/Kiritimati")
        yield tmp_path_factory.mktemp("spark") / "Wärme & Licht (100%)"
