"""Files as Spark reads them: the same records as everywhere, whatever their names, and wherever they are cut."""

from __future__ import annotations

import gzip
import hashlib
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from goldreel import pipeline
from goldreel.engines.stored_files import StoredFile
from goldreel.errors import FileRefused, GoldreelError, UsageError
from goldreel.loading import find_delivery, load_delivery, together
from goldreel.loading.contract import CONTENT, LOADS, USERS
from loading.reading import read
from spark.delivering import HEADER, csv, deliver, load, rows

pytest.importorskip("pyspark")

from goldreel.engines import spark_files
from goldreel.engines.spark import SparkEngine

# Quoted line breaks, stray quotes, blank lines, too few columns, line ends of both kinds, texts of all kinds.
BODY = """U1,1,Peru,Basic,2024-01-01,5
"U2",2,"Côte d'Ivoire, Abidjan","Basic\r
with a break",2024-01-01,5\r

  \t
U3,3,Per"u,Basic,2024-01-01,5
U4,4
"U5,5,Chile,Basic,2024-01-01,5
"U6",6,"a ""quoted"" word",Basic,2024-01-01,5
U7,7,\u2028,\u0085,2024-01-01,5
\ufeffU8,8,日本,Basic,2024-01-01,5\r
U9,9,,,,
"""


@pytest.fixture
def in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are read in blocks, as large ones are. What small ones give: `test_together.py`."""
    monkeypatch.setattr(together, "SMALL_FILE", -1)


@pytest.fixture
def blocks_of(engine: SparkEngine, in_blocks: None, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Lets files, however small, be cut into blocks of so many bytes."""
    return lambda size: monkeypatch.setattr(engine.files, "block_bytes", size)


@pytest.mark.parametrize("name", ["users.csv", "users.csv.gz"])
@pytest.mark.parametrize("line_end", ["\n", "\r"], ids=["LF", "CR"])
def test_a_file_holds_the_same_however_it_is_cut(
    engine: SparkEngine,
    blocks_of: Callable[[int], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    line_end: str,
) -> None:
    if line_end == "\r":  # a file with no other line ends, but for those that stand in its quoted values
        monkeypatch.setattr(spark_files, "_LONG_LINE", 100)
    body = BODY.replace("\r", "").replace("\n", "\r") if line_end == "\r" else BODY
    content = f"{HEADER}{line_end}{body}U10,10,Chile,Basic,2024-01-01,5{line_end}U11\r".encode()
    path = tmp_path / "delivery" / name
    path.parent.mkdir()
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    wanted = read(path, USERS)
    assert len(wanted.records) > 5
    assert len(wanted.rejected) > 1
    blocks_of(50)
    (outcome,) = load(engine, path.parent)
    assert outcome.load is not None
    columns = [*USERS.columns, "_extra"]
    found = rows(engine, f"select _source_row, {', '.join(columns)} from bronze.users order by 1")
    assert found == [(row, *record.values()) for row, record in sorted(wanted.records.items())]
    rejected = rows(engine, "select source_row, raw, reason from bronze.rejected_records order by 1")
    assert rejected == [(row, *told) for row, told in sorted(wanted.rejected.items())]
    assert outcome.load.records_delivered == len(wanted.records) + len(wanted.rejected)


@pytest.mark.parametrize("name", ["mit Leerzeichen", "ünïcødé 日本", "a[b]{c}*?", "50%41", "a=b", "+plus&more"])
def test_any_name_of_a_folder_is_just_a_name(engine: SparkEngine, tmp_path: Path, name: str) -> None:
    folder = deliver(
        tmp_path / f"{name}: colon", **{f"users {name}.csv": csv("U1,1,Peru,Basic,2024-01-01,5"), "notes.txt": b"x"}
    )
    delivery = find_delivery(str(folder), engine.files)
    assert delivery.ignored == ("notes.txt",)
    (outcome,) = load_delivery(engine, delivery, pipeline.Silent())
    assert outcome.status == "loaded"
    assert rows(engine, "select user_id, _source_file from bronze.users") == [("U1", f"users {name}.csv")]
    assert [each.status for each in load(engine, f"file://{folder}")] == ["known"]


def test_a_path_through_the_folder_above_is_the_folder_that_the_machine_finds(
    engine: SparkEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(tmp_path / "far" / "delivery", **{"users.csv": csv("U1,1,Peru,Basic,2024-01-01,5")})
    (tmp_path / "far" / "home").mkdir()
    (tmp_path / "near").symlink_to("far/home")
    monkeypatch.chdir(tmp_path)
    assert [each.status for each in load(engine, "near/../delivery")] == ["loaded"]
    monkeypatch.chdir(tmp_path / "far" / "delivery")
    assert [each.status for each in load(engine, "../delivery")] == ["known"]
    assert [each.status for each in load(engine, ".")] == ["known"]


def test_a_file_name_that_hadoop_cannot_have_is_refused(engine: SparkEngine, tmp_path: Path) -> None:
    (outcome,) = load(engine, deliver(tmp_path / "d", **{"users:1.csv": csv("U1,1,Peru,Basic,2024-01-01,5")}))
    assert outcome.refusal is not None
    assert outcome.refusal.what == "The name of the file holds a colon, which Spark cannot read."
    assert "rename" in outcome.refusal.remedy


def test_folders_as_spark_writes_them_are_refused_and_named(engine: SparkEngine, tmp_path: Path) -> None:
    folder = deliver(tmp_path / "d", users__csv=csv("U1,1,Peru,Basic,2024-01-01,5"))
    deliver(folder / "content.json", **{"part-00000.json": b"{}"})
    deliver(folder / "old", users__csv=csv("U2,1,Peru,Basic,2024-01-01,5"))
    outcomes = load(engine, folder)
    assert [(outcome.path.name, outcome.status) for outcome in outcomes] == [
        ("users.csv", "loaded"),
        ("content.json", "refused"),
    ]
    assert outcomes[1].refusal is not None
    assert outcomes[1].refusal.what == "It is a folder, not a file."
    assert f'{folder}/content.json/part-*; do mv "$part" {folder}/content_' in outcomes[1].refusal.remedy
    assert find_delivery(str(folder), engine.files).ignored == ("old",)


def test_numbers_in_names_count_by_their_value(engine: SparkEngine, tmp_path: Path) -> None:
    names = ["users_10.csv", "users_9.csv"]
    folder = deliver(tmp_path / "d", **{name: csv(f"U1,1,Peru,{name},2024-01-01,5") for name in names})
    assert [outcome.path.name for outcome in load(engine, folder)] == ["users_9.csv", "users_10.csv"]
    assert rows(engine, "select subscription_type from bronze.users where _load_id = 2") == [("users_10.csv",)]


def test_a_folder_that_is_not_there_is_said(engine: SparkEngine, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be opened"):
        find_delivery(str(tmp_path / "nowhere"), engine.files)
    with pytest.raises(UsageError, match="no file that goldreel loads"):
        find_delivery(str(deliver(tmp_path / "empty")), engine.files)


REFUSED = {
    "users_cut.csv.gz": gzip.compress(csv(*(f"U{n},1,Peru,Basic,2024-01-01,{n}" for n in range(5_000))))[:-9],
    "users_no_gzip.csv.gz": csv("U1,1,Peru,Basic,2024-01-01,5"),
    "users_page.csv.gz": b"<!DOCTYPE html><html><body>Sign in</body></html>",
    "users_zip.csv": b"PK\x03\x04\x14\x00\xff\xfe",
    "users_preamble.csv": b"sep=,\nExport of users\n" + csv("U1,1,Peru,Basic,2024-01-01,5"),
    "users_gzip.csv": gzip.compress(csv("U1,1,Peru,Basic,2024-01-01,5")),
    "users_latin1.csv": csv("U1,1,Peru,Basic,2024-01-01,5") + "U2,2,México,Basic,2024-01-01,5\n".encode("latin-1"),
    "users_empty.csv": b"",
    "users_blank.csv": b"\n\n",
    "users_column.csv": b"user_id,age\nU1,1\n",
    "content_empty.json": b"",
    "content_cut.json": b'{"movies": [{"content_id": "M1"}',
}


def test_what_is_refused_is_refused_with_place_and_remedy_and_leaves_nothing(
    engine: SparkEngine, tmp_path: Path, in_blocks: None
) -> None:
    folder = deliver(tmp_path / "d", **REFUSED)
    outcomes = load(engine, folder)
    assert sorted(outcome.path.name for outcome in outcomes) == sorted(REFUSED)
    for outcome in outcomes:
        assert outcome.status == "refused"
        assert outcome.refusal is not None
        assert outcome.path.name in outcome.refusal.where
        assert outcome.refusal.remedy
        path = folder / outcome.path.name
        if "truncated" not in outcome.refusal.what:  # there Spark and Python have words of their own
            with pytest.raises(GoldreelError) as here:
                read(path, USERS if path.name.startswith("users") else CONTENT)
            assert str(outcome.refusal) == str(here.value)
    assert rows(engine, "select * from bronze.users") == []
    assert engine.execute("select count(*) from ops.refused_files").rows[0][0] >= len(REFUSED)


def test_a_file_that_is_gone_when_spark_comes_to_read_it_is_refused_and_leaves_nothing(
    engine: SparkEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_blocks: None
) -> None:
    folder = deliver(tmp_path / "d", users__csv=csv("U1,1,Peru,Basic,2024-01-01,5"))
    append = engine.files.append

    def remove_first(*arguments: Any) -> Any:
        (folder / "users.csv").unlink()
        return append(*arguments)

    monkeypatch.setattr(engine.files, "append", remove_first)
    (outcome,) = load(engine, folder)
    assert outcome.status == "refused"
    assert rows(engine, "select * from bronze.users") == []
    assert rows(engine, f"select * from {LOADS}") == []


def grow(path: Path) -> None:
    with path.open("a") as file:
        file.write("U2,2,Chile,Basic,2024-01-01,5\n")


def replace_by_one_of_the_same_size_and_time(path: Path) -> None:
    before = path.stat()
    path.write_bytes(path.read_bytes().replace(b"Peru", b"Fiji"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("change", [grow, replace_by_one_of_the_same_size_and_time], ids=lambda change: change.__name__)
def test_a_file_that_changes_while_it_is_read_is_refused_and_leaves_nothing(
    engine: SparkEngine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Path], None],
    in_blocks: None,
) -> None:
    folder = deliver(tmp_path / "d", users__csv=csv("U1,1,Peru,Basic,2024-01-01,5"))
    append = engine.files.append

    def change_after(*arguments: Any) -> Any:
        written = append(*arguments)
        change(folder / "users.csv")
        return written

    monkeypatch.setattr(engine.files, "append", change_after)
    (outcome,) = load(engine, folder)
    assert outcome.refusal is not None
    assert "changed while it was read" in outcome.refusal.what
    assert rows(engine, "select * from bronze.users") == []


def test_a_file_that_is_only_touched_while_it_is_read_is_loaded(
    engine: SparkEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_blocks: None
) -> None:
    folder = deliver(tmp_path / "d", users__csv=csv("U1,1,Peru,Basic,2024-01-01,5"))
    append = engine.files.append

    def touch_after(*arguments: Any) -> Any:
        written = append(*arguments)
        os.utime(folder / "users.csv", (1, 1))
        return written

    monkeypatch.setattr(engine.files, "append", touch_after)
    assert [outcome.status for outcome in load(engine, folder)] == ["loaded"]


def test_an_empty_file_is_in_the_list_of_a_folder(engine: SparkEngine, tmp_path: Path) -> None:
    folder = deliver(tmp_path / "d", users__csv=b"", notes__txt=b"x")
    found = engine.files.list_folder(str(folder))
    assert [(file.name, file.size) for file in found] == [("notes.txt", 1), ("users.csv", 0)]
    assert found[1] == StoredFile(str(folder / "users.csv"), "users.csv", 0, None)


CONTENTS = {
    "users.csv": b"a\nb\r\n\nc\rd\0\xff\n",
    "users_open.csv": b"a\nb\xc3",
    "users_mark.csv": b"\xef\xbb\xbfa\n\xef\xbb\xbfb\n",
    "users_open_mark.csv": b"\xef\xbb\xbfa\n\nb",
    "users_blank.csv": b"\n",
    "users_packed.csv.gz": gzip.compress(b"a\nb\n"),
}


def test_a_large_file_is_fingerprinted_in_a_stream(
    engine: SparkEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through Spark Connect, where no Java is at hand: by its path, or else by its lines."""
    folder = tmp_path / "d"
    folder.mkdir()
    for name, content in CONTENTS.items():
        (folder / name).write_bytes(content)
    files = engine.files.list_folder(str(folder))
    wanted = {name: hashlib.sha256(content).hexdigest() for name, content in CONTENTS.items()}
    assert {file.name: engine.files.sha256(file) for file in files} == wanted
    monkeypatch.setattr(spark_files, "_is_classic", lambda session: False)
    monkeypatch.setattr(engine.files, "held_bytes", 0)
    assert {file.name: engine.files.sha256(file) for file in files} == wanted
    assert {file.name: engine.files.first_bytes(file, 4) for file in files} == {
        name: content[:4] for name, content in CONTENTS.items()
    }
    monkeypatch.setattr(engine.files, "_of_path", lambda file: None)
    assert {file.name: engine.files.sha256(file) for file in files} == wanted
    grown = replace(files[0], size=files[0].size + 7)
    with pytest.raises(FileRefused, match="changed while it was read"):
        engine.files.sha256(grown)
    monkeypatch.setattr(spark_files, "_LARGEST_VALUE", 1)
    (packed,) = (file for file in files if file.name.endswith(".gz"))
    with pytest.raises(FileRefused, match="deliver it uncompressed"):
        engine.files.sha256(packed)
