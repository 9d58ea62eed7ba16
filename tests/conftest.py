"""Marks tests by what they need; see `needs.py`."""

from __future__ import annotations

import pytest

from browsing import find_chromium
from needs import BROWSER, NEEDS


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        used = getattr(item, "fixturenames", ())
        for need in NEEDS:
            if need.fixture in used:
                item.add_marker(need.name)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where Chromium is; skips where there is none."""
    return find_chromium() or BROWSER.is_missing("there is no Chromium (Debian: apt install chromium)")
