"""The script that makes the Secrets of one machine from .env, with a cluster that only writes down what it is told."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from deploy.conftest import DEPLOY

SECRETS = {
    "MSSQL_USER": "sa",
    "MSSQL_PASSWORD": "Aa1-only=for the test#$x",
    "AIRFLOW_DB_PASSWORD": "only-for-the-test.2",
    "AIRFLOW_FERNET_KEY": "b25seS1mb3ItdGhlLXRlc3Q=",
    "AIRFLOW_JWT_SECRET": "only-for-the-test-4",
    "AIRFLOW_SECRET_KEY": "only-for-the-test-5",
    "AIRFLOW_ADMIN_PASSWORD": "only-for-the-test-6",
}


class Cluster:
    """A kubectl that renders as the real one does, and applies nothing."""

    def __init__(self, folder: Path, real: str) -> None:
        self.folder = folder
        program = folder / "kubectl"
        program.write_text(f"""#!/bin/sh
echo "$*" >>{folder}/commands
case "$*" in
  *"--filename -") {{ cat; echo ---; }} >>{folder}/applied ;;
  apply*) ;;
  *) exec {real} "$@" ;;
esac
""")
        program.chmod(0o755)

    def run(self, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
        env_file = self.folder / "some.env"
        env_file.write_text("# a comment\n" + "".join(f"{name}={value}\n" for name, value in variables.items()))
        return subprocess.run(
            ["sh", str(DEPLOY / "kubernetes" / "secrets.sh"), str(env_file)],
            env=os.environ | {"PATH": f"{self.folder}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
        )

    def secrets(self) -> dict[str, dict[str, str]]:
        documents = [each for each in yaml.safe_load_all((self.folder / "applied").read_text()) if each]
        return {
            each["metadata"]["name"]: {key: base64.b64decode(value).decode() for key, value in each["data"].items()}
            for each in documents
        }


@pytest.fixture
def cluster(tmp_path: Path) -> Cluster:
    real = shutil.which("kubectl")
    if not real:
        pytest.skip("needs kubectl, and there is none")
    return Cluster(tmp_path, real)


def test_every_secret_gets_its_own_values_and_no_other(cluster: Cluster) -> None:
    done = cluster.run(SECRETS | {"NOTEBOOK_TOKEN": "not-for-the-cluster"})
    assert done.returncode == 0, done.stderr
    login = {name: SECRETS[name] for name in ("MSSQL_USER", "MSSQL_PASSWORD")}
    keys = ("AIRFLOW_FERNET_KEY", "AIRFLOW_JWT_SECRET", "AIRFLOW_SECRET_KEY")
    assert cluster.secrets() == {
        "goldreel-warehouse": login,
        "goldreel-dashboard": login,
        "goldreel-airflow-db": {"AIRFLOW_DB_PASSWORD": SECRETS["AIRFLOW_DB_PASSWORD"]},
        "goldreel-airflow": {name: SECRETS[name] for name in keys},
        "goldreel-airflow-admin": {"AIRFLOW_ADMIN_PASSWORD": SECRETS["AIRFLOW_ADMIN_PASSWORD"]},
    }


def test_no_value_stands_on_a_command_line_or_is_printed(cluster: Cluster) -> None:
    done = cluster.run(SECRETS)
    told = (cluster.folder / "commands").read_text() + done.stdout + done.stderr
    assert "goldreel-warehouse" in told
    assert not [name for name, value in SECRETS.items() if len(value) > 2 and value in told]


@pytest.mark.parametrize("quote", ["'", '"'])
def test_quotes_around_a_value_are_not_part_of_it(cluster: Cluster, quote: str) -> None:
    password = "Aa1 #it's${HOME}\\n\"x"
    done = cluster.run(SECRETS | {"MSSQL_PASSWORD": f"{quote}{password}{quote}  "})
    assert done.returncode == 0, done.stderr
    assert cluster.secrets()["goldreel-warehouse"]["MSSQL_PASSWORD"] == password


@pytest.mark.parametrize("empty", ["", "''"])
@pytest.mark.parametrize("missing", sorted(SECRETS))
def test_a_missing_value_stops_it_and_is_named(cluster: Cluster, missing: str, empty: str) -> None:
    done = cluster.run(SECRETS | {missing: empty})
    assert done.returncode == 2
    assert f"{missing} is missing" in done.stderr
