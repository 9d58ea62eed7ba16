"""Names that are no text, and terminals that cannot show every sign: nothing fails, and JSON stays JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from commands import typed
from goldreel.loading.contract import USERS

HEADER = ",".join(USERS.columns)
USER = f"{HEADER}\nU1,30,Perú,Basic,2023-01-01,200\n".encode()


@pytest.fixture
def latin1(tmp_path: Path) -> Path:
    """A delivery whose names are in Latin-1, as an old machine or a ZIP archive leaves them."""
    folder = os.fsencode(tmp_path) + b"/lima_per\xfa"
    os.mkdir(folder)  # noqa: PTH102  (a name of bytes)
    files = {b"users_per\xfa.csv": USER, b"users_per\xfa_2.csv": b"user_id\n", b"notas_per\xfa.txt": b"x"}
    for name, content in files.items():
        with open(folder + b"/" + name, "wb") as file:  # noqa: PTH123  (the same)
            file.write(content)
    return Path(os.fsdecode(folder))


def goldreel(*arguments: str | Path, encoding: str = "utf-8") -> tuple[int, str]:
    """What a command prints to a terminal of that encoding, and its exit code."""
    done = typed(*arguments, folder=Path.cwd(), encoding=encoding)
    return done.returncode, done.stdout


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GOLDREEL_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_names_in_latin1_load_and_are_shown_with_escapes(latin1: Path) -> None:
    code, told = goldreel("load", latin1)
    assert code == 1, "one file has no columns"
    assert r"✓ users_per\xfa.csv  1 records loaded" in told
    assert r"✗ users_per\xfa_2.csv  refused: The header lacks" in told
    assert r"lima_per\xfa/users_per\xfa_2.csv, line 1" in told
    assert r"· notas_per\xfa.txt" in told
    code, told = goldreel("status")
    assert code == 0
    assert r"users_per\xfa.csv" in told
    assert r"users_per\xfa_2.csv: The header lacks" in told
    query = "select source_file from bronze.loads"
    code, told = goldreel("sql", "-q", query, "--format", "csv")
    assert told == "source_file\nusers_per\\xfa.csv\n"


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1"])
def test_json_is_json_whatever_the_names_and_the_encoding(latin1: Path, encoding: str) -> None:
    code, told = goldreel("load", latin1, "--json", encoding=encoding)
    assert code == 1
    found = json.loads(told)
    assert [Path(file["file"]).name for file in found["files"]] == [r"users_per\xfa.csv", r"users_per\xfa_2.csv"]
    assert found["files"][0]["load"]["source_file"] == r"users_per\xfa.csv"
    assert [Path(name).name for name in found["ignored"]] == [r"notas_per\xfa.txt"]
    code, told = goldreel("status", "--json", encoding=encoding)
    assert json.loads(told)["refused"][0]["source_file"] == r"users_per\xfa_2.csv"
    query = "select country, chr(9731) as snowman, chr(127916) as film from bronze.users"
    code, told = goldreel("sql", "-q", query, "--format", "json", encoding=encoding)
    assert (code, json.loads(told)) == (0, [{"country": "Perú", "snowman": "☃", "film": "🎬"}])


def test_signs_that_a_terminal_does_not_have_are_replaced(latin1: Path) -> None:
    code, told = goldreel("load", latin1, encoding="ascii")
    assert code == 1
    assert r"+ users_per\xfa.csv  1 records loaded" in told
    assert r"x users_per\xfa_2.csv  refused" in told
    code, told = goldreel("sql", "-q", "select country from bronze.users", encoding="ascii")
    assert code == 0
    assert "Per\\xfa" in told


def test_data_for_other_programs_are_never_replaced(latin1: Path) -> None:
    goldreel("load", latin1)
    query = ["sql", "-q", "select country from bronze.users", "--format", "csv"]
    assert goldreel(*query, encoding="latin-1") == (0, "country\nPerú\n")
    assert goldreel(*query, encoding="ascii") == (1, "")


def test_a_home_whose_name_is_no_text_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOLDREEL_HOME", os.fsdecode(os.fsencode(tmp_path) + b"/per\xfa"))
    code, _ = goldreel("status")
    assert code == 2


def test_a_run_by_cron_publishes_and_tells_so(tmp_path: Path) -> None:
    folder = tmp_path / "delivery"
    folder.mkdir()
    (folder / "users.csv").write_bytes(USER)
    done = subprocess.run(
        [sys.executable, "-m", "goldreel", "run", str(folder)],
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    told = done.stdout.decode("ascii")
    assert "+ users.csv  1 records loaded" in told
    assert "Published version 1" in told
