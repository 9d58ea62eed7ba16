"""Tools that render and check what is under deploy/, or a reason to skip."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from deploy.manifests import Manifests
from needs import missing

# Set where the tests must not be skipped: those of Kubernetes, those of Terraform.
REQUIRED_KUBERNETES, REQUIRED_TERRAFORM = "GOLDREEL_REQUIRE_KUSTOMIZE", "GOLDREEL_REQUIRE_TERRAFORM"
DEPLOY = Path(__file__).parents[2] / "deploy"


def tool(*names: str, required: str) -> str:
    """The first of these programs that is there; skips where there is none, unless the variable `required` is set."""
    for name in names:
        if found := shutil.which(name):
            return found
    wanted = " or ".join(names)
    return missing(f"there is no {wanted}", required)


@pytest.fixture(scope="session")
def renderer() -> list[str]:
    """The command that renders a folder with Kustomize."""
    program = tool("kubectl", "kustomize", required=REQUIRED_KUBERNETES)
    return [program, "kustomize" if Path(program).name == "kubectl" else "build"]


def render(renderer: list[str], overlay: str) -> Manifests:
    folder = DEPLOY / "kubernetes" / "overlays" / overlay
    done = subprocess.run([*renderer, str(folder)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return Manifests(done.stdout)


@pytest.fixture(scope="session")
def local(renderer: list[str]) -> Manifests:
    return render(renderer, "local")


@pytest.fixture(scope="session")
def production(renderer: list[str]) -> Manifests:
    return render(renderer, "production")


@pytest.fixture(scope="session")
def spark(renderer: list[str]) -> Manifests:
    return render(renderer, "spark")


@pytest.fixture(params=["local", "production", "spark"])
def overlay(request: pytest.FixtureRequest) -> Manifests:
    """Each overlay in turn."""
    rendered: Manifests = request.getfixturevalue(request.param)
    return rendered
