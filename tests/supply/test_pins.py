"""What is fetched while building and testing is pinned, and one command renews the pins."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
PINNED = (
    *("Dockerfile", "docker-compose.yaml", ".env.example", "deploy/pins.py", "deploy/uv.txt"),
    *("deploy/kubernetes/overlays/local/mssql.yaml", "deploy/kubernetes/overlays/local/airflow-db.yaml"),
    *(f".github/workflows/{name}.yml" for name in ("ci", "containers", "release", "sql-server")),
)
DIGEST = "sha256:" + "1a" * 32
OLD, NEW = "0" * 40, "f" * 40

# What the renewal asks, in the place of the real programs.
DOCKER = f"""#!/bin/sh
test "$1 $2 $3" = "buildx imagetools inspect" && echo {DIGEST}
"""
GIT = f"""#!/bin/sh
printf '%s\\trefs/tags/%s\\n' {OLD} v9.9.0 {OLD} v10.0.0 {NEW} 'v10.0.0^{{}}' {OLD} v11
"""
DEAF = "#!/bin/sh\necho no such host >&2\nexit 1\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name in PINNED:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / name, tmp_path / name)
    (tmp_path / "bin").mkdir()
    for program in ("docker", "git"):
        answers(tmp_path, program, DEAF)
    return tmp_path


def answers(checkout: Path, program: str, script: str) -> None:
    file = checkout / "bin" / program
    file.write_text(script)
    file.chmod(0o755)


def pins(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PATH": f"{checkout / 'bin'}:{os.environ['PATH']}"}
    command = [sys.executable, str(checkout / "deploy" / "pins.py"), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_actions_and_uv_are_pinned() -> None:
    done = pins(REPOSITORY, "--check", "actions", "uv")
    assert (done.returncode, done.stdout) == (0, "actions: pinned\nuv: pinned\n")


def test_uv_is_installed_by_its_hashes_wherever_pip_installs_it() -> None:
    for place in ("Makefile", "Dockerfile"):
        for line in re.findall(r".*pip install.*", (REPOSITORY / place).read_text()):
            assert "--require-hashes" in line, f"{place}: {line}"
            assert "--requirement" in line, f"{place}: {line}"


def test_an_image_has_the_same_pin_wherever_it_is_named() -> None:
    texts = "\n".join((REPOSITORY / name).read_text() for name in PINNED)
    found = re.findall(r"((?:mcr\.microsoft\.com/mssql/server|postgres|python):\d[\w.-]+)(@sha256:\w{64})?", texts)
    assert {tag for tag, _ in found} >= {"python:3.12-slim-bookworm", "postgres:17-bookworm"}
    assert len(set(found)) == len({tag for tag, _ in found})


def test_images_are_pinned_by_the_digest_that_their_registry_gives(checkout: Path) -> None:
    by_tag = "@sha256:" not in (checkout / "Dockerfile").read_text()
    assert pins(checkout, "--check", "images").returncode == by_tag
    answers(checkout, "docker", DOCKER)
    done = pins(checkout, "images")
    assert done.returncode == 0, done.stderr
    assert f"ARG BASE=python:3.12-slim-bookworm@{DIGEST}\n" in (checkout / "Dockerfile").read_text()
    compose = (checkout / "docker-compose.yaml").read_text()
    assert f"${{MSSQL_IMAGE:-mcr.microsoft.com/mssql/server:2022-latest@{DIGEST}}}" in compose
    assert f"image: postgres:17-bookworm@{DIGEST}\n" in compose
    assert f"server:2019-latest@{DIGEST}\n" in (checkout / ".github/workflows/sql-server.yml").read_text()
    assert pins(checkout, "--check", "images").returncode == 0
    answers(checkout, "docker", DOCKER.replace("1a", "2b"))
    assert pins(checkout, "images").returncode == 0
    assert DIGEST not in (checkout / "Dockerfile").read_text()


def test_actions_are_pinned_by_the_commit_of_their_newest_release(checkout: Path) -> None:
    answers(checkout, "git", GIT)
    assert pins(checkout, "actions").returncode == 0
    used = re.findall(r"uses: \S+@(.*)", (checkout / ".github/workflows/ci.yml").read_text())
    assert set(used) == {f"{NEW} # v10.0.0"}


def test_an_action_by_its_tag_is_found(checkout: Path) -> None:
    workflow = checkout / ".github/workflows/ci.yml"
    workflow.write_text(re.sub(r"@\w{40} # v[\d.]+", "@v4", workflow.read_text(), count=1))
    done = pins(checkout, "--check", "actions")
    assert done.returncode == 1
    assert re.search(r"ci\.yml:\d+: uses: actions/\w+@v4 is not pinned", done.stdout)


@pytest.mark.parametrize("answer", [DEAF, "#!/bin/sh\necho latest\n"])
def test_what_cannot_be_asked_is_left_as_it_was(checkout: Path, answer: str) -> None:
    for program in ("docker", "git"):
        answers(checkout, program, answer)
    before = {name: (checkout / name).read_bytes() for name in PINNED}
    done = pins(checkout, "images", "actions")
    assert done.returncode == 1
    assert done.stderr.count("left as they were") == 2
    assert {name: (checkout / name).read_bytes() for name in PINNED} == before


def test_a_release_goes_no_further_while_something_is_not_pinned() -> None:
    workflow = (REPOSITORY / ".github/workflows/release.yml").read_text()
    jobs = re.split(r"\n  (?=\w+:\n)", workflow.partition("\njobs:\n")[2])
    assert len(jobs) >= 2
    assert all("run: python3 deploy/pins.py --check\n" in job for job in jobs)
    assert "run: make inventory\n" in workflow
    assert 'GOLDREEL_REQUIRE_AUDIT: "1"' in workflow
