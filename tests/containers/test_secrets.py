"""Secrets: made at random, kept where they are, refused when they are weak."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from containers.files import COMPOSE_TEXT, ENV_EXAMPLE, PROGRAMS, ROOT, VARIABLE

SECRETS = sorted({match["name"] for match in VARIABLE.finditer(COMPOSE_TEXT) if match["kind"] == ":?"})


def write_env(folder: Path) -> dict[str, str]:
    """Run secrets.sh as a newcomer does."""
    shutil.copy(ROOT / ".env.example", folder)
    subprocess.run(["sh", str(ROOT / "deploy/docker/secrets.sh")], cwd=folder, check=True, capture_output=True)
    return dict(line.split("=", 1) for line in (folder / ".env").read_text().splitlines() if "=" in line[:60])


def check(**secrets: str) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, str(PROGRAMS / "check-secrets"), *secrets]
    return subprocess.run(program, env=os.environ | secrets, capture_output=True, text=True, check=False)


def test_secrets_are_made_that_the_checks_accept(tmp_path: Path) -> None:
    made = write_env(tmp_path)
    assert all(made[name] for name in SECRETS)
    done = check(**{name: made[name] for name in SECRETS})
    assert done.returncode == 0, done.stderr
    assert made.keys() == ENV_EXAMPLE.keys()


def test_secrets_are_for_their_owner_only(tmp_path: Path) -> None:
    write_env(tmp_path)
    assert (tmp_path / ".env").stat().st_mode & 0o077 == 0


def test_secrets_differ_from_one_installation_to_the_next(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first, second = write_env(tmp_path / "a"), write_env(tmp_path / "b")
    assert all(first[name] != second[name] for name in SECRETS)


def test_what_is_set_stays_and_what_is_missing_is_added(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("# mine\nMSSQL_PASSWORD=Mine-and-mine-1\nNOTEBOOK_TOKEN=\nOTHER=x=y\n")
    made = write_env(tmp_path)
    assert made["MSSQL_PASSWORD"] == "Mine-and-mine-1"
    assert made["OTHER"] == "x=y"
    assert all(made[name] for name in SECRETS)
    again = write_env(tmp_path)
    assert again == made
    assert (tmp_path / ".env").read_text().startswith("# mine\n")


@pytest.mark.parametrize(
    ("name", "weak", "because"),
    [
        ("MSSQL_PASSWORD", "", "is missing"),
        ("MSSQL_PASSWORD", "Ab1-xyz", "8 to 128 characters"),
        ("MSSQL_PASSWORD", "A1-" + "x" * 126, "8 to 128 characters"),
        ("MSSQL_PASSWORD", "abcdefgh1", "three of these kinds"),
        ("MSSQL_PASSWORD", "your_secure_password", "three of these kinds"),
        ("AIRFLOW_ADMIN_PASSWORD", "admin", "anybody guesses"),
        ("AIRFLOW_ADMIN_PASSWORD", "aaaaaaaaaaaaaaaa", "anybody guesses"),
        ("AIRFLOW_ADMIN_PASSWORD", "k3-Qw9_zP1x", "fewer than 12"),
        ("AIRFLOW_DB_PASSWORD", "abcdef:ghijk@mnop", "letters, digits"),
        ("AIRFLOW_FERNET_KEY", "not a key at all", "32 random bytes"),
        ("AIRFLOW_JWT_SECRET", "abcdefghijklmnopq", "64 characters"),
        ("NOTEBOOK_TOKEN", "token", "anybody guesses"),
    ],
)
def test_a_weak_secret_is_refused_with_the_reason_and_not_shown(name: str, weak: str, because: str) -> None:
    refused = check(**{name: weak})
    assert refused.returncode == 2
    assert f"{name} " in refused.stderr
    assert because in refused.stderr
    assert not weak or weak not in refused.stderr


@pytest.mark.parametrize("fine", ["Abcdefg1", "abc-defg1", "ÄÖÜ-abc-1", 'A"b;c}d$1 '])
def test_a_password_that_sql_server_takes_is_taken(fine: str) -> None:
    assert check(MSSQL_PASSWORD=fine).returncode == 0
