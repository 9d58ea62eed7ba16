"""The Terraform example for Kubernetes, from the first apply to destroy, on a real API server."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from cluster.cluster import Cluster
from cluster.test_overlays import refused
from needs import KUBERNETES

DEPLOY = Path(__file__).parents[2] / "deploy"
PROVIDERS = "GOLDREEL_TERRAFORM_PROVIDERS"  # a folder laid out as a filesystem mirror; without it the registry is asked
SECRETS = {
    "goldreel-warehouse": {"MSSQL_USER": "builder", "MSSQL_PASSWORD": "secret-of-this-test-1"},
    "goldreel-dashboard": {"MSSQL_USER": "reader", "MSSQL_PASSWORD": "secret-of-this-test-2"},
    "goldreel-airflow-db": {"AIRFLOW_DB_PASSWORD": "secret-of-this-test-3"},
    "goldreel-airflow": {
        "AIRFLOW_FERNET_KEY": "secret-of-this-test-4",
        "AIRFLOW_JWT_SECRET": "secret-of-this-test-5",
        "AIRFLOW_SECRET_KEY": "secret-of-this-test-6",
    },
    "goldreel-airflow-admin": {"AIRFLOW_ADMIN_PASSWORD": "secret-of-this-test-7"},
}
NAMESPACE = ("--namespace", "goldreel")

Terraform = Callable[..., str]


@pytest.fixture
def example(cluster: Cluster, tmp_path: Path) -> Path:
    """A copy of the example with production's manifests; its state lies beside it, and not in a bucket."""
    tree = shutil.copytree(
        DEPLOY / "terraform", tmp_path / "terraform", ignore=shutil.ignore_patterns(".terraform", ".terraform.lock.hcl")
    )
    folder = tree / "examples" / "kubernetes"
    (folder / "backend_override.tf").write_text('terraform {\n  backend "local" {}\n}\n')
    (folder / "production.yaml").write_text(
        cluster.kubectl("kustomize", str(DEPLOY / "kubernetes/overlays/production"))
    )
    return folder


@pytest.fixture
def terraform(cluster: Cluster, example: Path, tmp_path: Path) -> Terraform:
    """Terraform in the example, on the cluster; skips where it or the provider cannot be had."""
    program = shutil.which("terraform") or KUBERNETES.is_missing("there is no terraform")
    (tmp_path / "empty.tfrc").touch()
    environment = os.environ | {
        "TF_CLI_CONFIG_FILE": str(tmp_path / "empty.tfrc"),
        "CHECKPOINT_DISABLE": "1",
        "TF_IN_AUTOMATION": "1",
        "TF_VAR_kubeconfig": str(cluster.kubeconfig),
        "TF_VAR_context": cluster.context,
        "TF_VAR_secrets": json.dumps(SECRETS),
    }

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [program, f"-chdir={example}", *arguments], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    mirror = [f"-plugin-dir={os.environ[PROVIDERS]}"] if PROVIDERS in os.environ else []
    try:
        run("init", "-input=false", "-no-color", *mirror)
    except AssertionError as error:
        # Where the registry cannot be reached, only a mirror has the provider; its absence is no fault of ours.
        pytest.skip(f"the provider hashicorp/kubernetes cannot be had: {str(error).strip().splitlines()[0]}")
    return run


def apply(terraform: Terraform) -> str:
    return terraform("apply", "-auto-approve", "-input=false", "-no-color")


def all_is_up(cluster: Cluster) -> None:
    for kind in ("deployments", "statefulsets"):
        for each in cluster.read(kind, *NAMESPACE)["items"]:
            cluster.kubectl("rollout", "status", f"{kind}/{each['metadata']['name']}", *NAMESPACE, "--timeout=180s")
    cluster.kubectl("wait", "job", "--all", "--for=condition=Complete", *NAMESPACE, "--timeout=180s")


def test_it_is_applied_changes_nothing_the_second_time_is_upgraded_and_destroyed(
    cluster: Cluster, example: Path, terraform: Terraform
) -> None:
    assert "0 changed, 0 destroyed" in apply(terraform)
    all_is_up(cluster)
    assert refused(cluster, "goldreel") == [], "something came before what it names"
    assert "Apply complete! Resources: 0 added, 0 changed, 0 destroyed" in apply(terraform)
    written = {}
    for secret in cluster.read("secrets", *NAMESPACE)["items"]:
        written[secret["metadata"]["name"]] = cluster.decoded(secret)
    assert written == SECRETS
    states = [file.read_text() for file in example.glob("terraform.tfstate*")]
    assert states
    assert not any("secret-of-this-test" in state for state in states)

    beside_the_nightly_run_a_rollout_has_room(cluster)
    assert "Apply complete! Resources: 0 added, 0 changed, 0 destroyed" in apply(terraform), "a restart is no fault"

    manifests = example / "production.yaml"
    manifests.write_text(manifests.read_text().replace(":1.0.0", ":1.0.1"))
    before = {job["metadata"]["name"]: job["metadata"]["uid"] for job in cluster.read("jobs", *NAMESPACE)["items"]}
    assert "Apply complete!" in apply(terraform)
    all_is_up(cluster)
    after = {job["metadata"]["name"]: job["metadata"]["uid"] for job in cluster.read("jobs", *NAMESPACE)["items"]}
    assert set(before) == set(after) == {"airflow-migrate", "warehouse-init"}
    assert all(before[name] != after[name] for name in before), "the jobs of an upgrade run anew"
    assert refused(cluster, "goldreel") == []
    assert "Apply complete! Resources: 0 added, 0 changed, 0 destroyed" in apply(terraform)

    terraform("destroy", "-auto-approve", "-input=false", "-no-color")
    assert "NotFound" in cluster.kubectl("get", "namespace", "goldreel", fails=True)


def beside_the_nightly_run_a_rollout_has_room(cluster: Cluster) -> None:
    """With a pod of the pipeline at work, every Deployment and StatefulSet is rolled out at once."""
    template = cluster.read("cronjob", "pipeline", *NAMESPACE)["spec"]["jobTemplate"]["spec"]["template"]
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "nightly"}, "spec": template["spec"]}
    cluster.kubectl("create", "--filename", "-", *NAMESPACE, given=json.dumps(pod))
    cluster.kubectl("wait", "pod/nightly", "--for=condition=Ready", *NAMESPACE, "--timeout=180s")
    cluster.kubectl("rollout", "restart", "deployments,statefulsets", *NAMESPACE)
    all_is_up(cluster)
    assert refused(cluster, "goldreel") == [], "the quota has no room"
    cluster.kubectl("delete", "pod/nightly", *NAMESPACE)
