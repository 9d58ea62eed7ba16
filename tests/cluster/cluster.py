"""A Kubernetes cluster for tests: a real control plane, and a node that kwok plays (no containers run)."""

from __future__ import annotations

import base64
import json
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

_TOKEN = "only-for-this-test"
_PATIENCE = 300  # seconds


class Cluster:
    """A cluster that is at work.

    Attributes:
        kubeconfig: how to reach it, as its administrator.
        context: its name there.
    """

    context = "goldreel-test"

    def __init__(self, folder: Path, port: int) -> None:
        self.kubeconfig = folder / "kubeconfig"
        self._folder, self._port = folder, port

    def kubectl(self, *arguments: str, given: str | None = None, fails: bool = False) -> str:
        """What kubectl prints, errors and warnings included.

        Args:
            given: its standard input.
            fails: it must not succeed.
        """
        done = subprocess.run(
            ["kubectl", "--kubeconfig", str(self.kubeconfig), *arguments],
            input=given, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        assert (done.returncode != 0) == fails, done.stdout
        return done.stdout

    def read(self, *arguments: str) -> Any:
        """What kubectl gets, parsed."""
        return json.loads(self.kubectl("get", "--output", "json", *arguments))

    def decoded(self, secret: Any) -> dict[str, str]:
        """What a Secret that was read holds."""
        return {name: base64.b64decode(value).decode() for name, value in secret["data"].items()}

    def environment(self) -> dict[str, str]:
        """For programs that call kubectl themselves."""
        return os.environ | {"KUBECONFIG": str(self.kubeconfig)}

    def write_kubeconfig(self, authority: bytes) -> None:
        """Write how to reach it."""
        server = {
            "server": f"https://127.0.0.1:{self._port}",
            "certificate-authority-data": base64.b64encode(authority).decode(),
        }
        self.kubeconfig.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": self.context,
            "clusters": [{"name": self.context, "cluster": server}],
            "users": [{"name": "admin", "user": {"token": _TOKEN}}],
            "contexts": [{"name": self.context, "context": {"cluster": self.context, "user": "admin"}}],
        }))  # fmt: skip


@contextmanager
def running(program: Path, stages: Sequence[Path], folder: Path) -> Iterator[Cluster]:
    """A cluster of one large node, with volumes for whoever claims one.

    Args:
        program: the control plane (see `controlplane`).
        stages: how kwok lets nodes and pods live.
        folder: where its data and its logs lie.
    """
    etcd, peers, port, nodes = (_free_port() for _ in range(4))
    key = folder / "service-accounts.key"
    key.write_bytes(_private_key())
    (folder / "tokens.csv").write_text(f'{_TOKEN},admin,admin,"system:masters"\n')
    cluster = Cluster(folder, port)
    processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(name: str, *flags: str) -> None:
        with (folder / f"{name}.log").open("wb") as log:
            processes[name] = subprocess.Popen(
                [program, name, *flags],
                cwd=folder,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=os.environ | {"GOMAXPROCS": "2"},
            )

    try:
        client = f"http://127.0.0.1:{etcd}"
        start(
            "etcd", "--data-dir", str(folder / "etcd"), "--unsafe-no-fsync",
            f"--listen-client-urls={client}", f"--advertise-client-urls={client}",
            f"--listen-peer-urls=http://127.0.0.1:{peers}",
        )  # fmt: skip
        start(
            "kube-apiserver", f"--etcd-servers={client}", "--bind-address=127.0.0.1", f"--secure-port={port}",
            f"--cert-dir={folder / 'certificates'}", f"--token-auth-file={folder / 'tokens.csv'}",
            "--authorization-mode=RBAC", "--allow-privileged",
            "--service-cluster-ip-range=10.96.0.0/16", "--endpoint-reconciler-type=none",
            "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
            f"--service-account-signing-key-file={key}", f"--service-account-key-file={key}",
        )  # fmt: skip
        certificate = folder / "certificates" / "apiserver.crt"
        _wait(processes, folder, certificate.exists)
        cluster.write_kubeconfig(certificate.read_bytes())
        _wait(processes, folder, lambda: _is_ready(cluster))
        reach = f"--kubeconfig={cluster.kubeconfig}"
        start(
            "kube-controller-manager", reach, "--leader-elect=false", "--secure-port=0",
            f"--service-account-private-key-file={key}", f"--root-ca-file={certificate}",
            "--node-monitor-grace-period=30m",  # on a busy machine who plays the node may be silent for a minute
        )  # fmt: skip
        start("kube-scheduler", reach, "--leader-elect=false", "--secure-port=0")
        lives = [f"--config={file}" for file in stages]
        start("kwok", reach, "--manage-all-nodes", f"--server-address=127.0.0.1:{nodes}", *lives)
        cluster.kubectl("apply", "--filename", "-", given=json.dumps({"apiVersion": "v1", "kind": "List", "items": [
            _node(), _storage_class("standard", by_default=True), _storage_class("shared-files"),
            *(_volume(f"{kind}-{number}", kind) for kind in ("standard", "shared-files") for number in range(6)),
        ]}))  # fmt: skip
        _wait(processes, folder, lambda: _has_ready_node(cluster))
        yield cluster
    finally:
        for process in reversed(processes.values()):
            process.terminate()
        for process in processes.values():
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _is_ready(cluster: Cluster) -> bool:
    command = ["kubectl", "--kubeconfig", str(cluster.kubeconfig), "get", "--raw", "/readyz"]
    return subprocess.run(command, capture_output=True, check=False).stdout == b"ok"


def _has_ready_node(cluster: Cluster) -> bool:
    (node,) = cluster.read("nodes")["items"]
    return any(each["type"] == "Ready" and each["status"] == "True" for each in node["status"].get("conditions", []))


def _wait(processes: dict[str, subprocess.Popen[bytes]], folder: Path, until: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE
    while not until():
        for name, process in processes.items():
            log = folder / f"{name}.log"
            assert process.poll() is None, f"{name} ended:\n{log.read_text()[-3_000:]}"
        assert time.monotonic() < end, "the cluster does not come up"
        time.sleep(0.3)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _private_key() -> bytes:
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.PrivateFormat.TraditionalOpenSSL
    return made.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def _node() -> dict[str, Any]:
    room = {"cpu": "64", "memory": "256Gi", "pods": "200", "ephemeral-storage": "1Ti"}
    return {
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": "node-1", "labels": {"kubernetes.io/hostname": "node-1", "kubernetes.io/os": "linux"}},
        "status": {"allocatable": room, "capacity": room},
    }  # fmt: skip


def _storage_class(name: str, by_default: bool = False) -> dict[str, Any]:
    marks = {"storageclass.kubernetes.io/is-default-class": "true"} if by_default else {}
    return {
        "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": name, "annotations": marks},
        "provisioner": "kubernetes.io/no-provisioner", "volumeBindingMode": "Immediate",
    }  # fmt: skip


def _volume(name: str, storage_class: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name},
        "spec": {
            "storageClassName": storage_class, "capacity": {"storage": "500Gi"},
            "accessModes": ["ReadWriteOnce", "ReadWriteMany"], "hostPath": {"path": "/nowhere"},
        },
    }  # fmt: skip
