"""`.env` is read literally, and means the same to everything that reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from goldreel.config import load_settings, load_sqlserver_settings
from goldreel.env_file import read_env_file
from goldreel.errors import UsageError
from goldreel.orchestration.settings import OrchestrationSettings

HOSTILE = "Aa1 #x${HOME}$$\\n\"q'`%={}[/x]"


@pytest.fixture
def env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The `.env` of a folder where no setting comes from the environment."""
    monkeypatch.chdir(tmp_path)
    for name in ("SERVER", "DATABASE", "USER", "PASSWORD", "PORT"):
        monkeypatch.delenv(f"MSSQL_{name}", raising=False)
    return tmp_path / ".env"


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("NAME=plain", "plain"),
        ("NAME=a #b", "a #b"),
        ("NAME=#b", "#b"),
        ("NAME=a${HOME}$HOME$$", "a${HOME}$HOME$$"),
        ("NAME='a #b${HOME}'", "a #b${HOME}"),
        ('NAME="a #b${HOME}\\n"', "a #b${HOME}\\n"),
        ("NAME=it's", "it's"),
        ("NAME='a'b", "'a'b"),
        ("NAME='", "'"),
        ("NAME=''", ""),
        ("NAME='  a '", "  a "),
        ("NAME =  a\\b=c \t", "a\\b=c"),
        ("export NAME=a", "a"),
        ("\ufeffNAME=a", "a"),
        ("NAME=first\n# NAME=none\n\nwhat is this\nNAME=last", "last"),
    ],
)
def test_what_stands_behind_the_name_is_the_value(env_file: Path, line: str, value: str) -> None:
    env_file.write_text(line + "\n", encoding="utf-8")
    assert read_env_file(env_file) == {"NAME": value}


@pytest.mark.parametrize("quote", ["", "'", '"'])
def test_a_password_arrives_as_it_was_written(env_file: Path, quote: str) -> None:
    env_file.write_text(
        f"MSSQL_SERVER=db\nMSSQL_DATABASE=films\nMSSQL_USER=sa\nMSSQL_PASSWORD={quote}{HOSTILE}{quote}\n",
        encoding="utf-8",
    )
    assert load_sqlserver_settings().password.get_secret_value() == HOSTILE


def test_the_environment_has_the_last_word(env_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env_file.write_text("goldreel_lock_timeout=7\nGOLDREEL_THREADS=3\n")
    monkeypatch.setenv("GOLDREEL_THREADS", "5")
    settings = load_settings()
    assert (settings.lock_timeout, settings.threads) == (7.0, 5)


def test_a_value_that_is_json_is_read_as_such_and_a_broken_one_is_named(env_file: Path) -> None:
    env_file.write_text("""GOLDREEL_AIRFLOW_NOTIFIER_ARGUMENTS={"text": "{message} #1"}\n""")
    assert OrchestrationSettings().airflow_notifier_arguments == {"text": "{message} #1"}
    env_file.write_text("GOLDREEL_AIRFLOW_NOTIFIER_ARGUMENTS={\n")
    with pytest.raises(ValueError, match="airflow_notifier_arguments"):
        OrchestrationSettings()


def test_a_file_that_is_no_text_is_refused_by_name(env_file: Path) -> None:
    env_file.write_bytes(b"MSSQL_USER=\xff\n")
    with pytest.raises(UsageError, match="it is not UTF-8") as refused:
        load_settings()
    assert refused.value.where.endswith(".env")


def test_a_folder_of_that_name_is_somebody_elses(env_file: Path) -> None:
    env_file.mkdir()
    assert load_settings().engine == "duckdb"
