"""Which files of a delivery are loaded together, and that their order holds. What they give: tests/spark."""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from goldreel.engines.stored_files import StoredFile
from goldreel.loading import together
from goldreel.loading.contract import CONTENT, USERS, DeliveredFile, Entity
from goldreel.loading.together import in_parts
from loading.blockwise import Blockwise, stored


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds that a test reaches."""
    bounds = {"SMALL_FILE": 100, "_FILES": 4, "_BYTES": 250, "_UNPACKED": 1_000, "_UNPACKED_TOGETHER": 1_500}
    for name, value in bounds.items():
        monkeypatch.setattr(together, name, value)


def parts(folder: Path, **sizes: int) -> list[list[str] | str]:
    """The names of files of these sizes, those that are loaded together in a list."""
    delivered = [(_kind(name), _file(folder / _name(name), size)) for name, size in sizes.items()]
    return _named(delivered)


def _named(delivered: Sequence[tuple[Entity, DeliveredFile]]) -> list[list[str] | str]:
    found = (part for _, part in in_parts(Blockwise(10), delivered))
    return [[file.name for file in part] if isinstance(part, Mapping) else part.name for part in found]


def _name(name: str) -> str:
    return name.replace("__", ".")


def _kind(name: str) -> Entity:
    return CONTENT if name.startswith("c") else USERS


def _file(path: Path, size: int) -> StoredFile:
    path.write_bytes(gzip.compress(bytes(size)) if path.name.endswith(".gz") else bytes(size))
    return stored(path)


def test_small_files_of_a_kind_come_together_and_a_large_one_between_them_for_itself(tmp_path: Path) -> None:
    assert parts(tmp_path, a=1, b=100, large=101, d=0, c1=1, c2=2) == [["a", "b"], "large", ["d"], ["c1", "c2"]]


def test_no_more_come_together_than_fit(tmp_path: Path) -> None:
    assert parts(tmp_path, **dict.fromkeys("pqrstu", 1)) == [["p", "q", "r", "s"], ["t", "u"]]
    assert parts(tmp_path, **dict.fromkeys("pqr", 90)) == [["p", "q"], ["r"]]


def test_what_is_large_when_it_is_unpacked_is_loaded_for_itself_in_its_place(tmp_path: Path) -> None:
    found = parts(tmp_path, a=1, b__csv__gz=1_001, e=1)
    assert found == [["a"], "b.csv.gz", ["e"]]
    found = parts(tmp_path, a__gz=900, b__gz=900, e=1)
    assert found == [["a.gz"], ["b.gz", "e"]]


def test_what_cannot_be_read_with_the_others_is_loaded_for_itself_in_its_place(tmp_path: Path) -> None:
    delivered = [(USERS, _file(tmp_path / name, 1)) for name in "abe"]
    (tmp_path / "b").unlink()
    assert _named(delivered) == [["a"], "b", ["e"]]


def test_a_folder_and_what_this_process_reads_itself_are_never_small(tmp_path: Path) -> None:
    folder = StoredFile(str(tmp_path), "users.csv", 0, None, True)
    assert _named([(USERS, folder), (USERS, tmp_path / "a.csv")]) == ["users.csv", "a.csv"]
    assert list(in_parts(None, [(USERS, tmp_path / "a.csv")])) == [(USERS, tmp_path / "a.csv")]
