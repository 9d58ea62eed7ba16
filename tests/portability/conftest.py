from __future__ import annotations

import pytest

from portability.compiled import Compiled, Dialect, Traced, compiled_project, traced_project


@pytest.fixture(scope="session")
def projects() -> dict[Dialect, Compiled]:
    """The project compiled once for each engine."""
    return compiled_project()


@pytest.fixture(scope="session")
def traced() -> dict[Dialect, Traced]:
    """Every model and test with each column traced to its table."""
    return traced_project()
