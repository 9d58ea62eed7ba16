"""Spark to test against: a local one, begun once per file of tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

REQUIRED = "GOLDREEL_REQUIRE_SPARK"  # set where the tests must not be skipped


@pytest.fixture(scope="session")
def java() -> str:
    """Where Java is; skips where there is none."""
    found = os.environ.get("JAVA_HOME") or shutil.which("java")
    if not found:
        assert REQUIRED not in os.environ, "Java is missing, and these tests must run here"
        pytest.skip("Spark needs Java, and there is none (Debian: apt install openjdk-17-jre-headless)")
    return found


@pytest.fixture(scope="module")
def home(java: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home whose path is not as simple as paths mostly are, on a machine half a day from UTC."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "Pacific/Kiritimati")
        yield tmp_path_factory.mktemp("spark") / "Wärme & Licht (100%)"
