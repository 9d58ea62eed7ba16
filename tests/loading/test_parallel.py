"""Files read block by block hold the same records, at the same positions, as files read from one end to the other."""

from __future__ import annotations

import gzip
from datetime import datetime
from itertools import product
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from goldreel.errors import FileRefused
from goldreel.loading import parallel
from goldreel.loading.contract import CONTENT, Entity
from goldreel.loading.source import Carried, Origin
from loading.blockwise import BOM, Blockwise, stored
from loading.reading import ONE_BLOCK, PAIRS, TINY_BLOCKS, Reading, blocks_of, read
from loading.test_agreement import thoroughly

ORIGIN = Origin(7, "pairs.csv", datetime(2024, 9, 1))
SIZES = (1, 9, 40, 10_000)


LINE_ENDS = (b"\n", b"\r")


def read_blockwise(path: Path, size: int, entity: Entity = PAIRS, line_end: bytes = b"\n") -> tuple[Reading, Carried]:
    files = Blockwise(size, line_end)
    file = stored(path)
    carried = parallel.survey(files, entity, file, files.sha256(file))(ORIGIN)
    records, rejected = {}, {}
    for row in files.tables.get(entity.name, []):
        assert row.pop("_load_id") == 7
        assert row.pop("_source_file") == "pairs.csv"
        del row["_loaded_at"]
        assert row.pop("_source_record") is None
        position = row.pop("_source_row")
        assert position not in records, f"two records have the position {position}"
        records[position] = row
    for row in files.tables.get("rejected_records", []):
        assert (row["load_id"], row["entity"]) == (7, entity.name)
        rejected[row["source_row"]] = (row["raw"], row["reason"])
    assert (carried.loaded, carried.rejected) == (len(records), len(rejected))
    return Reading(records, rejected, set(carried.unknown_columns), 0), carried


def assert_read_as_a_whole(path: Path, content: bytes, entity: Entity = PAIRS) -> None:
    path.write_bytes(content)
    with blocks_of(ONE_BLOCK):
        wanted = read(path, entity)
    for size, line_end in product(SIZES, LINE_ENDS):
        found, _ = read_blockwise(path, size, entity, line_end)
        assert found.records == wanted.records, f"records, in blocks of {size} cut at {line_end!r}"
        assert found.rejected == wanted.rejected, f"rejected, in blocks of {size} cut at {line_end!r}"
        assert found.unknown == wanted.unknown


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "pairs.csv"


bodies = st.lists(
    st.sampled_from(["x", "é", " ", ",", ",", '"', '"', '""', "\n", "\n", "\r", ",x\r\n", '"\n', "\u2028", "\ufeff"]),
    max_size=50,
).map("".join)


@thoroughly
@given(body=bodies)
@example(body='x,y\n"a\nb\nc",d\nx,y\n')  # one record in three blocks
@example(body='x,"a\nb,c\nd,e\n')  # a quote that never closes
@example(body='x,"a\nb\nc"d\ne,"f\n",g\n')  # one that closes in the middle of a value, and one that is right
@example(body='"a\n","b\n","c\n"\n')
@example(body="x,y\r")
@example(body="x,y\r\n")
@example(body='x,y\r"a\r\nb",c\r\rd,"e\r"\rf,g')  # line ends of all three kinds, inside quotes and outside
@example(body="\n \n\t\r\nx,y\n\n")
def test_any_csv(path: Path, body: str) -> None:
    assert_read_as_a_whole(path, f"a,b\n{body}".encode())


@pytest.mark.parametrize(
    "head",
    ["a,b\n", "\n \r\n\t\na,b\n", '"a","b"\n', '"a",b\r\n', "b,a,more\n", "\ufeffa,b\n"],
    ids=["plain", "after blank lines", "quoted", "CRLF", "other order", "BOM"],
)
def test_any_header(path: Path, head: str) -> None:
    body = '1,2\n"3\n4",5\n6,7,8\n\n9,10\n' if "more" not in head else '1,2,3\n"4\n5",6,7\n8,9\n'
    assert_read_as_a_whole(path, (head + body).encode())


def test_a_header_with_a_line_break_must_end_in_the_block_where_it_begins(path: Path) -> None:
    path.write_bytes(b'"a\n",b\n1,2\n')
    assert read_blockwise(path, 100)[0].pairs == {1: ("1", "2")}
    with pytest.raises(FileRefused, match="The header cannot be read: a quote is opened and never closed"):
        read_blockwise(path, 1)


def test_many_lines_before_the_header(path: Path) -> None:
    assert_read_as_a_whole(path, b"\n" * 1_500 + b"a,b\n1,2\n")


@pytest.mark.parametrize("end", [b"", b"\n", b"\r", b"\r\n", b"\r\r\n", b"\r\r"])
@pytest.mark.parametrize("name", ["pairs.csv", "pairs.csv.gz"])
def test_how_the_last_line_ends_changes_nothing_but_itself(tmp_path: Path, name: str, end: bytes) -> None:
    content = b"a,b\r\n1,2\r\n3,4" + end
    assert_read_as_a_whole(tmp_path / name, gzip.compress(content) if name.endswith(".gz") else content)


def test_a_byte_order_mark_is_no_part_of_the_header(path: Path) -> None:
    assert_read_as_a_whole(path, BOM + b"a,b\n1,2\n")


def test_a_header_without_records_is_an_empty_load(path: Path) -> None:
    path.write_bytes(b"a,b\n\n  \n")
    assert read_blockwise(path, 1)[1] == Carried()


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\n \n", b"a\n1\n", b"a,a\n1,2\n", b'"a,b\n1,2\n', b"a,b\n1,\xff2\n", b"a,b\n1,2\n\n3,\xe9\n",
        "a,b\n".encode("utf-16"), b"a,b\r1,2\r\n\r3,\xe9\r", b"\r\n\n\ra,c\n1,2\n", b"sep=;\rReport\n\na;b\r\n1;2\n",
        b"x\n" * 60 + b"a,b\n", b"<!DOCTYPE html>\n<html>\n", b"PK\x03\x04\n\xff\n", gzip.compress(b"a,b\n1,2\n"),
    ],
    ids=[
        "empty", "blank", "column missing", "column twice", "open quote", "not UTF-8", "later", "UTF-16", "after CRs",
        "header after blank lines", "header after other lines", "header far behind", "HTML", "ZIP", "gzip",
    ],
)  # fmt: skip
def test_what_is_refused_is_refused_in_the_same_words(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(FileRefused) as whole, blocks_of(ONE_BLOCK):
        read(path)
    with pytest.raises(FileRefused) as whole_in_tiny_blocks, blocks_of(TINY_BLOCKS):
        read(path)
    assert str(whole_in_tiny_blocks.value) == str(whole.value)
    for size in SIZES:
        with pytest.raises(FileRefused) as found:
            read_blockwise(path, size)
        assert str(found.value) == str(whole.value)


def test_a_line_longer_than_can_be_held_is_refused(path: Path) -> None:
    path.write_bytes(b"a,b\n" + b"x" * 1_000 + b",y\n")
    with blocks_of(400), pytest.raises(FileRefused, match="longer than 800 bytes"):
        read_blockwise(path, 100)


@pytest.mark.parametrize("later", [b"a,b\n1,2\n3,4\n", b"a,b\n1,7\n"], ids=["grown", "of the same size"])
def test_a_file_that_changes_meanwhile_is_refused(path: Path, later: bytes) -> None:
    path.write_bytes(b"a,b\n1,2\n")
    files, file = Blockwise(10), stored(path)
    sha256 = files.sha256(file)
    path.write_bytes(later)
    with pytest.raises(FileRefused, match="changed while it was read"):
        parallel.survey(files, PAIRS, file, sha256)(ORIGIN)


CATALOGUE = """{"movies": [{"content_id": "M1", "title": "Ä", "genre": ["Drama"], "duration_minutes": 90}, 5, {"x": 1}],
 "clips": [{"content_id": "C1"}],
 "series": [{"content_id": "S1", "episodes_per_season": [2, 3], "avg_episode_duration": 30.5}]}"""


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_catalogue_is_read_by_one_task(tmp_path: Path, line_end: str) -> None:
    content = CATALOGUE.replace("\n", line_end).encode()
    assert_read_as_a_whole(tmp_path / "content.json", content, CONTENT)


@pytest.mark.parametrize("content", [b"", b"[]", b'{"movies": [{]}', b'{"movies": [{"title": "\xff"}]}'])
def test_a_catalogue_is_refused_in_the_same_words(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "content.json"
    path.write_bytes(content)
    with pytest.raises(FileRefused) as whole:
        read(path, CONTENT)
    with pytest.raises(FileRefused) as found:
        read_blockwise(path, 10, CONTENT)
    assert str(found.value) == str(whole.value)
