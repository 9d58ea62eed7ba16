"""Every overlay on a real API server: taken without a warning under restricted pod security, and its pods come up."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from cluster.cluster import Cluster

DEPLOY = Path(__file__).parents[2] / "deploy" / "kubernetes"
NIGHTLY = {"local": "pipeline", "production": "pipeline", "spark": "pipeline-spark"}


def namespace_of(overlay: str) -> str:
    return "goldreel-spark" if overlay == "spark" else "goldreel"


def apply(cluster: Cluster, overlay: str) -> list[str]:
    """What was done to each thing, as kubectl says it; a warning is a failure."""
    folder = DEPLOY / "overlays" / overlay
    return cluster.kubectl("apply", "--server-side", "--warnings-as-errors", "--kustomize", str(folder)).splitlines()


def refused(cluster: Cluster, namespace: str) -> list[str]:
    """What the cluster refused to make."""
    events = cluster.read("events", "--namespace", namespace)["items"]
    return [event["message"] for event in events if event["reason"] == "FailedCreate"]


@pytest.mark.parametrize("overlay", list(NIGHTLY))
def test_an_overlay_is_taken_without_a_warning_and_all_of_it_comes_up(cluster: Cluster, overlay: str) -> None:
    namespace = namespace_of(overlay)
    made = apply(cluster, overlay)
    assert made
    assert all(line.endswith(" serverside-applied") for line in made), made
    labels = cluster.read("namespace", namespace)["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"

    for kind in ("deployments", "statefulsets"):
        for each in cluster.read(kind, "--namespace", namespace)["items"]:
            name = f"{kind}/{each['metadata']['name']}"
            cluster.kubectl("rollout", "status", name, "--namespace", namespace, "--timeout=180s")
    nightly = f"cronjob/{NIGHTLY[overlay]}"
    cluster.kubectl("create", "job", "by-hand-1", f"--from={nightly}", "--namespace", namespace)
    jobs = cluster.read("jobs", "--namespace", namespace)["items"]
    for each in jobs:
        name = f"job/{each['metadata']['name']}"
        cluster.kubectl("wait", name, "--for=condition=Complete", "--namespace", namespace, "--timeout=180s")
    assert len(jobs) == {"local": 4, "production": 3, "spark": 1}[overlay]
    claims = cluster.read("persistentvolumeclaims", "--namespace", namespace)["items"]
    assert {claim["status"]["phase"] for claim in claims} <= {"Bound"}
    assert refused(cluster, namespace) == []

    assert apply(cluster, overlay) == made, "applied again it is the same"


def test_a_pod_with_more_rights_than_ours_is_refused(cluster: Cluster) -> None:
    """The cluster does enforce what the overlays are held against."""
    cluster.kubectl("apply", "--filename", str(DEPLOY / "base" / "namespace.yaml"))
    pod = {
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "one", "namespace": "goldreel"},
        "spec": {"containers": [{"name": "one", "image": "any", "securityContext": {"privileged": True}}]},
    }  # fmt: skip
    said = cluster.kubectl("apply", "--filename", "-", given=json.dumps(pod), fails=True)
    assert "violates PodSecurity" in said


def test_sparks_driver_may_make_pods_and_read_no_secret(cluster: Cluster) -> None:
    apply(cluster, "spark")
    who = "--as=system:serviceaccount:goldreel-spark:spark-driver"
    may = {
        (verb, what): cluster.kubectl(
            "auth", "can-i", verb, what, who, "--namespace", "goldreel-spark", fails=what == "secrets"
        ).strip()
        for verb, what in (("create", "pods"), ("delete", "pods"), ("get", "secrets"), ("list", "secrets"))
    }
    assert may == {
        ("create", "pods"): "yes", ("delete", "pods"): "yes", ("get", "secrets"): "no", ("list", "secrets"): "no",
    }  # fmt: skip


def test_the_secrets_of_one_machine_come_from_env_word_for_word(cluster: Cluster, tmp_path: Path) -> None:
    passwords = {"MSSQL_USER": "sa", "MSSQL_PASSWORD": "a # b $c 'd'", "AIRFLOW_DB_PASSWORD": "x.-~_1"}
    passwords |= {
        "AIRFLOW_FERNET_KEY": "f=",
        "AIRFLOW_JWT_SECRET": "j",
        "AIRFLOW_SECRET_KEY": "s",
        "AIRFLOW_ADMIN_PASSWORD": "é",
    }
    file = tmp_path / ".env"
    file.write_text("".join(f"{name}={value}\n" for name, value in passwords.items()))
    script = ["sh", str(DEPLOY / "secrets.sh"), str(file)]
    for _ in range(2):
        subprocess.run(script, env=cluster.environment(), check=True, capture_output=True)
    found: dict[str, str] = {}
    for secret in cluster.read("secrets", "--namespace", "goldreel")["items"]:
        found |= cluster.decoded(secret)
    assert found == passwords
