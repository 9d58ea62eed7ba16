"""A release: one version everywhere, told in the changelog, with a warehouse that later versions must open."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
VERSION: str = PROJECT["version"]

# Where the version stands besides pyproject.toml.
PLACES = {
    "uv.lock": r'name = "goldreel"\nversion = "([^"]+)"',
    "Dockerfile": r"ARG VERSION=(\S+)",
    "deploy/kubernetes/overlays/production/kustomization.yaml": r"newName: registry\.example\.com/\S+ newTag: ([^}]+)}",
    "deploy/kubernetes/overlays/spark/kustomization.yaml": r"newName: registry\.example\.com/\S+ newTag: ([^}]+)}",
    "docs/guide/kubernetes.md": r"registry\.example\.com/goldreel\S*:(\d[\w.]*)",
}


@pytest.mark.parametrize("place", PLACES)
def test_the_version_is_the_same_in_every_place(place: str) -> None:
    found = re.findall(PLACES[place], (REPOSITORY / place).read_text(encoding="utf-8"))
    assert found, f"{place}: no version found; tell tests/test_release.py where it stands now"
    assert set(found) == {VERSION}, f"{place}: write {VERSION}, the version of pyproject.toml"


def test_the_changelog_tells_of_the_version_with_its_day() -> None:
    changelog = (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (.*)$", changelog, re.MULTILINE)
    assert headings[0] == "Unreleased", "CHANGELOG.md: what comes next stands under Unreleased, at the top"
    assert re.fullmatch(rf"{re.escape(VERSION)} \(\d{{4}}-\d\d-\d\d\)", headings[1]), (
        f"CHANGELOG.md: what is under Unreleased becomes `## {VERSION} (YYYY-MM-DD)`, below an empty Unreleased"
    )


def test_the_workflow_releases_what_is_tagged_with_the_version() -> None:
    workflow = (REPOSITORY / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")
    assert f"git tag v{VERSION}" in workflow, f"release.yml: its head shows how to release {VERSION}"


def test_every_released_version_left_a_warehouse_for_later_ones_to_open() -> None:
    released = re.findall(r"^## (\d[\d.]*) ", (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    kept = {path.name for path in (REPOSITORY / "tests" / "upgrade").iterdir()}
    missing = [version for version in released if f"warehouse-{version}.tar.xz" not in kept]
    assert not missing, f"run `tests/upgrade/make-warehouse REVISION` for {missing}, at the commit that has the version"
