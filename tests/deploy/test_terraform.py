"""The Terraform modules are well formed, agree with their providers, and plan what they promise."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.conftest import DEPLOY, REQUIRED_TERRAFORM, tool
from deploy.manifests import Manifests

TERRAFORM = DEPLOY / "terraform"
PROVIDERS = "GOLDREEL_TERRAFORM_PROVIDERS"  # a folder laid out as a filesystem mirror; without it the registry is asked
FOLDERS = ["modules/sql-server", "modules/kubernetes", "examples/sql-server", "examples/kubernetes"]

Terraform = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def terraform(tmp_path: Path) -> Terraform:
    """Terraform on a copy of deploy/terraform, with nothing of this user's configuration."""
    program = tool("terraform", required=REQUIRED_TERRAFORM)
    shutil.copytree(
        TERRAFORM, tmp_path / "terraform", ignore=shutil.ignore_patterns(".terraform", ".terraform.lock.hcl")
    )
    (tmp_path / "empty.tfrc").touch()
    environment = os.environ | {"TF_CLI_CONFIG_FILE": str(tmp_path / "empty.tfrc"), "CHECKPOINT_DISABLE": "1"}

    def run(folder: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [program, f"-chdir={tmp_path / 'terraform' / folder}", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    return run


def initialise(terraform: Terraform, folder: str) -> None:
    """Install the folder's providers; skips where they cannot be had."""
    mirror = [f"-plugin-dir={os.environ[PROVIDERS]}"] if PROVIDERS in os.environ else []
    done = terraform(folder, "init", "-backend=false", "-input=false", "-no-color", *mirror)
    if done.returncode != 0:
        # Of the kubernetes provider no release can be had where the tests must run.
        assert REQUIRED_TERRAFORM not in os.environ or "sql-server" not in folder, done.stderr
        pytest.skip(f"the providers of {folder} cannot be had: {done.stderr.strip().splitlines()[0]}")


def test_terraform_is_in_its_own_format(terraform: Terraform) -> None:
    done = terraform(".", "fmt", "-check", "-recursive", "-diff")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_providers_accept_every_argument(terraform: Terraform, folder: str) -> None:
    initialise(terraform, folder)
    done = terraform(folder, "validate", "-no-color")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("folder", [each for each in FOLDERS if each.startswith("modules/")])
def test_the_plan_is_what_the_module_promises(terraform: Terraform, folder: str) -> None:
    initialise(terraform, folder)
    done = terraform(folder, "test", "-no-color")
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"Success! [1-9]\d* passed, 0 failed", done.stdout), done.stdout


def test_all_of_production_becomes_workloads(terraform: Terraform, production: Manifests, tmp_path: Path) -> None:
    folder = "modules/kubernetes"
    initialise(terraform, folder)
    module = tmp_path / "terraform" / folder
    (module / "production.yaml").write_text(production.text)
    expected = {
        f"{each['kind']}/{each['metadata']['name']}" for each in production.documents if each["kind"] != "Namespace"
    }
    tests = module / "tests" / "plan.tftest.hcl"
    head = re.split(r"^run ", tests.read_text(), maxsplit=1, flags=re.MULTILINE)[0]
    listed = ", ".join(f'"{name}"' for name in sorted(expected))
    tests.write_text(
        head
        + f"""run "production" {{
          command = plan
          variables {{
            manifests = file("./production.yaml")
          }}
          assert {{
            condition     = toset(output.workloads) == toset([{listed}])
            error_message = "Some of production is missing."
          }}
        }}"""
    )
    done = terraform(folder, "test", "-no-color")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_no_variable_has_a_password_by_default_and_secrets_are_never_kept() -> None:
    text = "\n".join(path.read_text() for path in TERRAFORM.rglob("*.tf"))
    for body in re.findall(r'^variable "secrets" \{(.*?)^\}', text, re.MULTILINE | re.DOTALL):
        assert re.search(r"ephemeral += true", body)
        assert re.search(r"sensitive += true", body)
        assert "default" not in body
    assert not re.search(r"^\s*(password|data|binary_data)\s*=", text, re.MULTILINE)
    assert not re.search(r'resource "random_password"', text)


@pytest.mark.parametrize("example", ["sql-server", "kubernetes"])
def test_the_state_of_an_example_is_kept_elsewhere_encrypted_and_locked(example: str) -> None:
    folder = TERRAFORM / "examples" / example
    assert 'backend "s3" {}' in (folder / "main.tf").read_text()
    backend = (folder / "backend.hcl.example").read_text()
    assert re.search(r"^encrypt += true$", backend, re.MULTILINE)
    assert re.search(r"^use_lockfile += true$", backend, re.MULTILINE)


@pytest.mark.parametrize("module", ["sql-server", "kubernetes"])
def test_the_readme_lists_every_input_and_output(module: str) -> None:
    folder = TERRAFORM / "modules" / module
    readme = (folder / "README.md").read_text()
    declared = re.findall(
        r'^(variable|output) "(\w+)"', "".join(p.read_text() for p in folder.glob("*.tf")), re.MULTILINE
    )
    assert set(re.findall(r"^\| `(\w+)`", readme, re.MULTILINE)) == {name for _, name in declared}
