"""What a delivery is: a folder, the files in it that are ours, and the order in which they load."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from goldreel.errors import UsageError
from goldreel.loading.contract import ENTITIES, find_delivery
from loading.blockwise import Blockwise
from oracle import bronze


def folder_with(folder: Path, *names: str) -> Path:
    folder.mkdir()
    for name in names:
        (folder / name).touch()
    return folder


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("users.csv", "users"),
        ("users.csv.gz", "users"),
        ("users_2024-08-01.csv", "users"),
        ("users.csv.csv", "users"),
        ("users.csv.gz.csv", "users"),
        ("users_a\nb.csv", "users"),
        ("users_.viewing_sessions.csv", "users"),
        ("viewing_sessions.csv", "viewing_sessions"),
        ("viewing_sessions_é 1.csv.gz", "viewing_sessions"),
        ("content.json", "content"),
        ("content_2.json.gz", "content"),
        ("Users.csv", None),
        ("users.CSV", None),
        ("users.csv.GZ", None),
        ("users.json", None),
        ("content.csv", None),
        ("my_users.csv", None),
        (".users.csv", None),
        ("users.csv.bz2", None),
        ("users.csv.gz.part", None),
        ("users_csv", None),
        ("users.csv~", None),
        ("users.csv\n", None),
        ("README.md", None),
    ],
)
def test_a_name_says_what_a_file_holds(name: str, kind: str | None) -> None:
    assert [entity.name for entity in ENTITIES if entity.matches(name)] == ([kind] if kind else [])


def test_files_load_by_kind_and_then_in_the_order_of_their_names(tmp_path: Path) -> None:
    """Numbers in names count by their value: the tenth part is the later one."""
    names = ["content_b.json", "users_10.csv", "users_2.csv", "viewing_sessions.csv.gz", "users.csv", "content.json.gz"]
    delivery = find_delivery(folder_with(tmp_path / "delivery", *names))
    assert [(entity.name, path.name) for entity, path in delivery.files] == [
        ("users", "users.csv"),
        ("users", "users_2.csv"),
        ("users", "users_10.csv"),
        ("viewing_sessions", "viewing_sessions.csv.gz"),
        ("content", "content.json.gz"),
        ("content", "content_b.json"),
    ]


@pytest.mark.parametrize(
    "names",
    [
        ["users.csv", "users_1.csv", "users_2.csv", "users_10.csv", "users_11.csv", "users_100.csv"],
        ["users_2024-8-9.csv", "users_2024-8-10.csv", "users_2024-12-1.csv", "users_2025-1-1.csv"],
        ["users_2024-08-09.csv", "users_2024-08-10.csv", "users_2024-12-01.csv"],
        ["users_007.csv", "users_8.csv", "users_0009.csv", "users_10.csv"],
        ["users_9.csv", "users_10.csv.gz", "users_10_2.csv", "users_10_10.csv", "users_b.csv"],
        ["users-3.csv", "users.csv", "users2.csv", "users_1.csv"],
        ["users_9" + "0" * 40 + ".csv", "users_1" + "0" * 41 + ".csv"],
        ["users_٢.csv", "users_١٠.csv"][::-1],
    ],
)
def test_numbers_in_names_count_by_their_value(tmp_path: Path, names: list[str]) -> None:
    folder = folder_with(tmp_path / "delivery", *reversed(names))
    for store in (None, Blockwise(100)):
        assert [file.name for _, file in find_delivery(folder, store).files] == names
    assert [path.name for _, path in bronze.files_of(folder)] == names


def test_files_that_are_not_ours_are_told_but_hidden_ones_are_not(tmp_path: Path) -> None:
    delivery = find_delivery(folder_with(tmp_path / "d", "users.csv", "users.csv.md5", "notes.txt", ".DS_Store"))
    assert delivery.ignored == ("notes.txt", "users.csv.md5")


@pytest.mark.parametrize("store", [None, Blockwise(100)], ids=["this process", "the engine"])
def test_one_table_as_spark_writes_it_is_told_how_to_become_a_delivery(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: Blockwise | None
) -> None:
    parts = ["part-00000-c000.csv.gz", "part-00001-c000.csv.gz"]
    folder = folder_with(tmp_path / "viewing_sessions.csv", *parts, "_SUCCESS")
    with pytest.raises(UsageError, match="as Spark writes it") as error:
        find_delivery(folder, store)
    monkeypatch.chdir(tmp_path)
    subprocess.run(["bash", "-euc", error.value.remedy.split("`")[1]], check=True)
    delivered = [(entity.name, file.name) for entity, file in find_delivery(tmp_path / "delivery").files]
    assert delivered == [("viewing_sessions", f"viewing_sessions_{name}") for name in parts]


def test_a_delivery_may_be_a_link(tmp_path: Path) -> None:
    link = tmp_path / "today"
    link.symlink_to(folder_with(tmp_path / "2024-08-01", "users.csv"))
    assert len(find_delivery(link).files) == 1


def missing(folder: Path) -> Path:
    return folder / "nowhere"


def a_file(folder: Path) -> Path:
    (folder / "users.csv").touch()
    return folder / "users.csv"


def empty(folder: Path) -> Path:
    return folder_with(folder / "delivery")


def of_others(folder: Path) -> Path:
    return folder_with(folder / "delivery", "sales.csv", "notes.txt")


@pytest.mark.parametrize(
    ("make", "what", "where"),
    [
        (missing, "cannot be opened: no such file or directory", "nowhere"),
        (a_file, "cannot be opened: not a directory", "users.csv"),
        (empty, "holds no file that goldreel loads", "delivery (empty)"),
        (of_others, "holds no file that goldreel loads", "delivery (2 other names)"),
    ],
    ids=["missing", "a file", "empty", "files of others"],
)
def test_a_folder_that_is_no_delivery_is_an_error_that_says_what_to_do(
    tmp_path: Path, make: object, what: str, where: str
) -> None:
    assert callable(make)
    with pytest.raises(UsageError) as error:
        find_delivery(make(tmp_path))
    assert what in error.value.what
    assert where in error.value.where
    assert "users*.csv, viewing_sessions*.csv, content*.json" in error.value.remedy
