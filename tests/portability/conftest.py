from __future__ import annotations

import pytest

from portability.compiled import Compiled, Dialect, Traced, compile_project, trace


@pytest.fixture(scope="session")
def projects(tmp_path_factory: pytest.TempPathFactory) -> dict[Dialect, Compiled]:
    """The project compiled once for each engine."""
    return compile_project(tmp_path_factory.mktemp("compiled"))


@pytest.fixture(scope="session")
def traced(projects: dict[Dialect, Compiled]) -> dict[Dialect, Traced]:
    """Every model and test with each column traced to its table."""
    return {dialect: trace(project) for dialect, project in projects.items()}
