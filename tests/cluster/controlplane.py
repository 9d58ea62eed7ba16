"""The programs of a Kubernetes control plane, built from source through Go's module proxy, outside the repository.

`python -m tests.cluster.controlplane` builds them and prints where they are; with `--is-built` it only tells whether
they are there. What is built is kept in `~/.cache/goldreel-apiserver`, by what it was built from.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).parent / "controlplane"
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "goldreel-apiserver"
PROGRAMS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok")


def version() -> str:
    """The version of Kubernetes, as `v1.37.2`."""
    (found,) = re.findall(r"^\s*k8s\.io/kubernetes (v\S+)$", (SOURCE / "go.mod").read_text(), re.MULTILINE)
    return str(found)


def location() -> Path:
    """Where the program is, once it is built: one for all of `PROGRAMS`, the first argument says which."""
    parts = [file.read_bytes() for file in sorted(SOURCE.iterdir())]
    return CACHE / hashlib.sha256(b"\0".join(parts)).hexdigest()[:16] / "controlplane"


def build() -> Path:
    """Build the program if it is not there: some ten minutes of processor time, and 2 GB for Go's own caches.

    Raises:
        CalledProcessError: it cannot be built; what Go said is printed.
    """
    program = location()
    program.parent.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if program.exists():
            return program
        about = "k8s.io/component-base/version"
        major, minor, _ = version().removeprefix("v").split(".")
        names = {"gitVersion": version(), "gitMajor": major, "gitMinor": minor}
        flags = " ".join(["-s -w", *(f"-X {about}.{name}={value}" for name, value in names.items())])
        draft = program.with_name("draft")
        command = ["go", "build", "-ldflags", flags, "-o", str(draft), "."]
        subprocess.run(command, cwd=SOURCE, env=_environment(), check=True)
        _keep_stages(program.parent)
        for older in set(CACHE.glob("*/controlplane")) - {program}:
            shutil.rmtree(older.parent)
        draft.rename(program)
    return program


def stages() -> list[Path]:
    """What tells kwok how nodes and pods come to life and end, of its own making; there once the program is built."""
    return sorted(location().parent.glob("*.yaml"))


def _keep_stages(folder: Path) -> None:
    command = ["go", "list", "-m", "-f", "{{.Dir}}", "sigs.k8s.io/kwok"]
    found = subprocess.run(command, cwd=SOURCE, env=_environment(), check=True, capture_output=True, text=True).stdout
    for kind in ("node", "pod"):
        for file in (Path(found.strip()) / "kustomize" / "stage" / kind / "fast").glob(f"{kind}-*.yaml"):
            (folder / file.name).write_bytes(file.read_bytes())


def _environment() -> dict[str, str]:
    return os.environ | {"CGO_ENABLED": "0", "GOFLAGS": ""}


if __name__ == "__main__":
    if sys.argv[1:] == ["--is-built"]:
        sys.exit(not location().exists())
    sys.stdout.write(f"{build()}\n")
