"""The bytes of a file: encodings, compression, and files that change or cannot be read."""

from __future__ import annotations

import gzip
import os
import subprocess
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from goldreel.errors import FileRefused
from goldreel.loading.contract import find_delivery
from goldreel.loading.source import SourceFile
from loading.reading import TINY_BLOCKS, Files, blocks_of, read

CSV = "a,b\n" + "1,2\n" * 50
JSON = '{"movies": [' + ", ".join(['{"title": "a"}'] * 50) + "]}"


def refusal_of(read_it: Callable[[], object]) -> FileRefused:
    with pytest.raises(FileRefused) as refusal:
        read_it()
    assert refusal.value.remedy
    return refusal.value


# --- Compression ------------------------------------------------------------------------------


def flipped(data: bytes, position: int) -> bytes:
    """The data with one byte changed."""
    return data[:position] + bytes([data[position] ^ 0xFF]) + data[position + 1 :]


@pytest.mark.parametrize(
    "compressed",
    [
        gzip.compress(CSV.encode(), mtime=0),
        gzip.compress(CSV.encode(), compresslevel=0, mtime=0),
        gzip.compress(b"\xef\xbb\xbf" + CSV.encode(), mtime=0),
        gzip.compress(CSV[:20].encode(), mtime=0) + gzip.compress(CSV[20:].encode(), mtime=0),
        gzip.compress(CSV.encode(), mtime=0) + b"\0" * 100,
    ],
    ids=["gzip", "stored", "with a byte order mark", "in two parts", "padded with zeros"],
)
def test_a_compressed_file_reads_like_the_plain_one(files: Files, compressed: bytes) -> None:
    plain = files.csv(CSV)
    found = files.csv(compressed, "pairs.csv.gz")
    assert (found.records, found.rejected) == (plain.records, plain.rejected)
    assert found.bytes_read == len(compressed)


def test_a_compressed_catalogue_reads_like_the_plain_one(files: Files) -> None:
    found = files.json(gzip.compress(JSON.encode()), "content.json.gz")
    assert found.records == files.json(JSON).records
    assert len(found.records) == 50


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: whole[: len(whole) // 2],
        lambda whole: whole[:-1],
        lambda whole: whole[:5],
        lambda whole: flipped(whole, len(whole) - 6),
        lambda whole: flipped(whole, len(whole) - 1),
        lambda whole: flipped(whole, 0),
        lambda whole: whole + b"garbage",
    ],
    ids=[
        "cut in the middle",
        "last byte missing",
        "cut in its header",
        "wrong checksum",
        "wrong length",
        "wrong first byte",
        "garbage behind it",
    ],
)
def test_a_damaged_gzip_file_is_refused(files: Files, damage: Callable[[bytes], bytes]) -> None:
    csv, json = damage(gzip.compress(CSV.encode())), damage(gzip.compress(JSON.encode()))
    for refusal in (
        refusal_of(lambda: files.csv(csv, "pairs.csv.gz")),
        refusal_of(lambda: files.json(json, "content.json.gz")),
    ):
        assert "truncated or damaged" in refusal.what
        assert ".gz, after" in refusal.where


def test_a_gzip_file_damaged_in_the_middle_is_refused_and_nothing_of_it_believed(files: Files) -> None:
    whole = gzip.compress(("a,b\n" + "".join(f"{row},{row * row}\n" for row in range(300))).encode())
    for position in range(12, len(whole), 40):
        with pytest.raises(FileRefused):
            files.csv(flipped(whole, position), "pairs.csv.gz")


@pytest.mark.parametrize("data", [b"", gzip.compress(b"", mtime=0), gzip.compress(b"\n\n", mtime=0)])
def test_a_compressed_file_that_holds_nothing_is_refused_as_empty(files: Files, data: bytes) -> None:
    assert "The file is empty" in refusal_of(lambda: files.csv(data, "pairs.csv.gz")).what


@pytest.mark.parametrize("text", [CSV, JSON, "é" * 300, "日" * 300], ids=["CSV", "JSON", "two bytes", "three bytes"])
def test_a_file_that_is_not_compressed_though_its_name_says_so_is_refused_as_that(files: Files, text: str) -> None:
    """The first bytes tell, which may end in the middle of a character."""
    for refusal in (
        refusal_of(lambda: files.csv(text, "pairs.csv.gz")),
        refusal_of(lambda: files.json(text, "content.json.gz")),
    ):
        assert refusal.what == "The file is not compressed, though its name ends in .gz."
        assert "take .gz off its name" in refusal.remedy


@pytest.mark.parametrize("name", ["pairs.csv", "pairs.csv.gz", "content.json", "content.json.gz"])
@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"<!DOCTYPE html><html><body>Sign in</body></html>\n", "The file is an HTML page."),
        (b"\xef\xbb\xbf\n <html lang=en>\n<body>Not found</body></html>", "The file is an HTML page."),
        (b"PK\x03\x04\x14\0\x06\0\x08\0\xff\xfe\0\0", "The file is a ZIP archive or an Excel workbook."),
        (b"BZh91AY&SY\xff\xfe\0", "The file is compressed with bzip2."),
        (b"\xfd7zXZ\x00\x00\x04\xe6\xd6", "The file is compressed with xz."),
        (b"\x28\xb5\x2f\xfd\x04\x00\xff\xff", "The file is compressed with Zstandard."),
        (b"PAR1\x15\x04\x15\xff\xfe", "The file is a Parquet file."),
        (b"SQLite format 3\x00\x10\x00\x01\x01\x00\xff", "The file is a SQLite database."),
    ],
    ids=["HTML", "HTML after a byte order mark", "ZIP", "bzip2", "xz", "Zstandard", "Parquet", "SQLite"],
)
def test_a_file_of_another_kind_is_called_what_it_is(files: Files, name: str, content: bytes, what: str) -> None:
    refusal = refusal_of(lambda: files.csv(content, name) if "csv" in name else files.json(content, name))
    assert refusal.what == what
    assert name in refusal.where


def test_a_compressed_file_whose_name_does_not_say_so_is_refused(files: Files) -> None:
    for refusal in (
        refusal_of(lambda: files.csv(gzip.compress(CSV.encode()))),
        refusal_of(lambda: files.json(gzip.compress(JSON.encode()))),
    ):
        assert "compressed but its name does not end in .gz" in refusal.what
        assert "add .gz" in refusal.remedy


# --- Encodings --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "what", "place"),
    [
        ("a,b\n1,2\nPerú,2\n".encode("latin-1"), "byte 0xFA cannot stand there", "line 3, byte 4"),
        ("a,b\n\n1,2\n3,é".encode("latin-1"), "byte 0xE9 cannot stand there", "line 4, byte 3"),
        (b"a,\xff\n", "byte 0xFF cannot stand there", "line 1, byte 3"),
        (b"a,b\n1,\xed\xa0\x80\n", "byte 0xED cannot stand there", "line 2, byte 3"),
        (b"a,b\n1,\xc0\x80\n", "byte 0xC0 cannot stand there", "line 2, byte 3"),
        (b"a,b\n1,2\n3,\xf0\x9f\x8e", "byte 0xF0 cannot stand there", "line 3, byte 3"),
        (b'a,b\n"x\ny\xe9",2\n', "byte 0xE9 cannot stand there", "line 3, byte 2"),
        ("a,b\n1,2\n".encode("utf-16"), "it looks like UTF-16", "line 1, byte 1"),
        ("a,b\n1,2\n".encode("utf-16-be"), "lacks required columns", "line 1"),
        ("a,b\n1,2\n".encode("utf-16-le"), "lacks required columns", "line 1"),
    ],
)
def test_a_csv_that_is_not_utf8_is_refused_with_the_place(files: Files, data: bytes, what: str, place: str) -> None:
    refusal = refusal_of(lambda: files.csv(data))
    assert what in refusal.what
    assert place in refusal.where


@pytest.mark.parametrize(
    ("before", "wrong", "what"),
    [
        ('{"movies": [{"title": "Ma', b"\xf1ana", "byte 0xF1 cannot stand there"),
        ('{"movies": [{"title": "aé"}, {"title": "日本"}, {"title": "é', b"\xe9", "byte 0xE9 cannot stand there"),
        (
            '{"movies": [{"title": "aé"}, {"title": "日本"}, {"title": "',
            b"\xf0\x9f\x8e",
            "byte 0xF0 cannot stand there",
        ),
        ("", '{"movies": []}'.encode("utf-16"), "it looks like UTF-16"),
    ],
)
def test_a_catalogue_that_is_not_utf8_is_refused_with_the_place(
    files: Files, before: str, wrong: bytes, what: str
) -> None:
    for blanks in range(TINY_BLOCKS if before else 1):
        data = b" " * blanks + before.encode()
        with pytest.raises(FileRefused) as refusal:
            files.json(data + wrong + b'"}]}')
        assert what in refusal.value.what
        assert refusal.value.where.endswith(f"byte {len(data) + 1}"), f"{blanks} blanks before"


def test_characters_that_a_block_cuts_in_two_stay_whole(tmp_path: Path) -> None:
    files = Files(tmp_path)
    for shift in range(8):
        pad = " " * shift
        with blocks_of(TINY_BLOCKS):
            assert files.csv(f"a{pad},b\né日🎬é日🎬é日🎬,é日🎬é日🎬é日🎬\n").pairs == {1: ("é日🎬" * 3, "é日🎬" * 3)}
            titles = files.json(f'{pad}{{"movies": [{{"title": "é日🎬é日🎬é日🎬"}}]}}').records
            assert titles[1]["title"] == "é日🎬" * 3


def test_only_one_byte_order_mark_is_taken_off(files: Files) -> None:
    refusal = refusal_of(lambda: files.csv("\ufeff\ufeffa,b\n1,2\n"))
    assert "lacks a required column: a" in refusal.what
    assert "not an object" in refusal_of(lambda: files.json('\ufeff\ufeff{"movies": []}')).what


# --- The file itself --------------------------------------------------------------------------


def test_a_fingerprint_is_that_of_the_bytes_as_delivered(tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv.gz"
    path.write_bytes(gzip.compress(CSV.encode()))
    source = SourceFile.open(path)
    assert (source.sha256, source.size) == (sha256(path.read_bytes()).hexdigest(), path.stat().st_size)


def test_a_folder_with_the_name_of_a_file_is_refused_and_what_spark_wrote_can_be_moved_out_of_it(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "a delivery" / "users.csv"
    folder.mkdir(parents=True)
    parts = ["part-00000-c000.csv", "part-00001-c000.csv"]
    for name in [*parts, "_SUCCESS"]:
        (folder / name).touch()
    refusal = refusal_of(lambda: read(folder))
    assert refusal.what == "It is a folder, not a file."
    assert refusal.where == str(folder)
    subprocess.run(["bash", "-euc", refusal.remedy.split("`")[1]], check=True)
    delivered = [file.name for _, file in find_delivery(folder.parent).files]
    assert delivered == ["users.csv", *(f"users_{name}" for name in parts)]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text(CSV)
    path.chmod(0)
    assert refusal_of(lambda: read(path)).what == "The file cannot be read: permission denied."


@pytest.mark.parametrize("dangling", [True, False], ids=["a link to nothing", "nothing"])
def test_a_file_that_is_not_there_any_more_is_refused(tmp_path: Path, dangling: bool) -> None:
    path = tmp_path / "pairs.csv"
    if dangling:
        path.symlink_to(tmp_path / "nowhere")
    assert refusal_of(lambda: read(path)).what == "The file cannot be read: no such file or directory."


def grow(path: Path) -> None:
    with path.open("a") as file:
        file.write("3,4\n")


def overwrite(path: Path) -> None:
    path.write_text(path.read_text().replace("1", "7"))
    os.utime(path, ns=(0, 0))


def replace(path: Path) -> None:
    other = path.with_name("other")
    other.write_text("a,b\n")
    other.replace(path)


def replace_by_one_of_the_same_size_and_time(path: Path) -> None:
    before = path.stat()
    other = path.with_name("other")
    other.write_text(path.read_text().replace("1", "7"))
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.replace(path)


def overwrite_with_the_same_size_and_time(path: Path) -> None:
    before = path.stat()
    with path.open("r+") as file:
        file.write(CSV.replace("1", "7"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def touch(path: Path) -> None:
    path.touch()


def replace_by_a_copy(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(path.read_bytes())
    other.replace(path)


CHANGES = [grow, overwrite, replace, replace_by_one_of_the_same_size_and_time, overwrite_with_the_same_size_and_time]


def read_while(path: Path, change: Callable[[Path], None], when: str) -> tuple[SourceFile, bytes]:
    """What is read of a file that changes before or while it is."""
    with blocks_of(TINY_BLOCKS):
        source = SourceFile.open(path)
        if when == "before it is read":
            change(path)
        blocks = source.blocks(lambda count: None)
        content = next(blocks)
        if when == "while it is read":
            change(path)
        return source, content + b"".join(blocks)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
@pytest.mark.parametrize("when", ["before it is read", "while it is read"])
def test_a_file_that_changes_is_refused(tmp_path: Path, change: Callable[[Path], None], when: str) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text(CSV)
    refusal = refusal_of(lambda: read_while(path, change, when))
    assert refusal.what == "The file changed while it was read."
    assert str(path) in refusal.where


@pytest.mark.parametrize("change", [touch, replace_by_a_copy], ids=lambda change: change.__name__)
@pytest.mark.parametrize("when", ["before it is read", "while it is read"])
@pytest.mark.parametrize("name", ["pairs.csv", "pairs.csv.gz"])
def test_a_file_whose_bytes_stay_the_same_is_read(
    tmp_path: Path, name: str, change: Callable[[Path], None], when: str
) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(CSV.encode()) if name.endswith(".gz") else CSV.encode())
    source, content = read_while(path, change, when)
    assert content == CSV.encode()
    assert source.sha256 == sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("when", ["before it is read", "while it is read"])
def test_a_file_that_goes_away_is_refused(tmp_path: Path, when: str) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text(CSV)
    with blocks_of(TINY_BLOCKS):
        source = SourceFile.open(path)
        if when == "before it is read":
            path.unlink()
        blocks = source.blocks(lambda count: None)

        def read_on() -> None:
            next(blocks)
            path.unlink(missing_ok=True)
            list(blocks)

        refusal_of(read_on)
