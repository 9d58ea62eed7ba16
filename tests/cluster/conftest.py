"""A cluster per test, or a reason to skip."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster import controlplane
from cluster.cluster import Cluster, running
from needs import KUBERNETES


@pytest.fixture(scope="session")
def control_plane() -> Path:
    """The programs of a control plane, built where the tests must run; skips where they cannot be had."""
    for tool in ("go", "kubectl"):
        if shutil.which(tool) is None:
            KUBERNETES.is_missing(f"there is no {tool}")
    if not controlplane.location().exists() and not os.environ.get(KUBERNETES.required):
        pytest.skip("kube-apiserver is not built; `make test-kubernetes` builds it, in ten minutes of processor time")
    return controlplane.build()


@pytest.fixture
def cluster(control_plane: Path, tmp_path: Path) -> Iterator[Cluster]:
    """A cluster with nothing in it."""
    folder = tmp_path / "cluster"
    folder.mkdir()
    with running(control_plane, controlplane.stages(), folder) as at_work:
        yield at_work
