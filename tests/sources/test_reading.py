"""Files as others write them: delimiters, encodings, headers, JSON, Parquet, SQLite, compressed or not."""

from __future__ import annotations

import gzip
import io
import json
import sqlite3
import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from goldreel.errors import FileRefused, UsageError
from sources.giving import PLAYS, give, given, pieces_of, sessions_source, source_record

TWO = [("1", "Ana", "Dune", "2024-03-05", "00:30:00"), ("2", "Ben", "Alien", "2024-03-06", "01:00:00")]
COLUMNS = ("session_id", "user_id", "content_id", "watch_date", "watch_duration_minutes")


@pytest.mark.parametrize(
    ("form", "content"),
    [
        ("{type: csv}", PLAYS),
        ('{type: csv, delimiter: ";"}', PLAYS.replace(",", ";")),
        ('{type: csv, delimiter: "\\t"}', PLAYS.replace(",", "\t")),
        ('{type: csv, delimiter: "|", quote: "\'"}', PLAYS.replace(",", "|").replace("Ana", "'Ana'")),
        ('{type: csv, delimiter: "::", quote: ""}', PLAYS.replace(",", "::")),
        ("{type: csv}", PLAYS.replace("\n", "\r")),
        ("{type: csv}", PLAYS.replace("\n", "\r\n")),
        ("{type: csv}", "\n \n" + PLAYS + "\n\n"),
        ("{type: csv, skip_lines: 2}", "Report of plays\n,,,\n" + PLAYS),
        ("{type: csv, skip_footer: 2}", PLAYS + "\nTotal,2\nend of report\n\n"),
        ("{type: csv, header: false, columns: [id, who, what, at, long]}", PLAYS.split("\n", 1)[1]),
        ("{type: csv, encoding: utf-16}", PLAYS.encode("utf-16")),
        ("{type: csv}", b"\xef\xbb\xbf" + PLAYS.encode()),
        ("{type: csv}", PLAYS.rstrip("\n")),
    ],
)
@pytest.mark.parametrize("block", [16 * 1024 * 1024, 7])
def test_text_of_any_dialect(form: str, content: str | bytes, block: int, tmp_path: Path) -> None:
    with pieces_of(block):
        found = give(tmp_path, sessions_source(form=form), {"plays.csv": content})
    assert found.of(*COLUMNS) == TWO
    assert [record["_source_row"] for record in found.sessions] == [1, 2]
    assert source_record(found.sessions[0]) == dict(zip(("id", "who", "what", "at", "long"), TWO[0], strict=True))
    assert not found.reasons


@pytest.mark.parametrize("block", [16 * 1024 * 1024, 7])
def test_quotes_and_escapes(block: int, tmp_path: Path) -> None:
    content = 'id,who,what,at,long\n1,Ana,"Say \\"hi\\", you",a,b\n2,Ana,"Say ""hi""",a,b\n3,Ana,"C:\\\\x\\n\nz",a,b\n'
    with pieces_of(block):
        found = give(tmp_path, sessions_source(form='{type: csv, escape: "\\\\"}'), {"plays.csv": content})
    assert found.of("content_id") == [('Say "hi", you',), ('Say "hi"',), ("C:\\x\\n\nz",)]


def test_an_encoding_is_read_as_it_is_called(tmp_path: Path) -> None:
    content = PLAYS.replace("Ana", "Añá €").encode("windows-1252")
    found = give(tmp_path, sessions_source(form="{type: csv, encoding: windows-1252}"), {"plays.csv": content})
    assert found.of("user_id") == [("Añá €",), ("Ben",)]


def test_another_encoding_than_said_is_refused(tmp_path: Path) -> None:
    content = PLAYS.replace("Ana", "Añá").encode("latin-1")
    with pytest.raises(FileRefused, match=r"byte 0xF1 cannot stand there.*encoding: windows-1252"):
        give(tmp_path, sessions_source(), {"plays.csv": content})


def test_columns_without_a_name_of_their_own_are_called_by_their_place(tmp_path: Path) -> None:
    content = ",who,x,x,long\n7,Ana,Dune,2024-03-05,9\n"
    source = sessions_source(session_id='"#1"', content_id='"#3"', watch_date='"#4"')
    found = give(tmp_path, source, {"plays.csv": content})
    assert found.of(*COLUMNS) == [("7", "Ana", "Dune", "2024-03-05", "9")]


def test_a_record_with_too_few_columns_is_told_as_it_stands(tmp_path: Path) -> None:
    found = give(tmp_path, sessions_source(), {"plays.csv": PLAYS + "3,Ana\n4,Ana,Dune,2024-03-05,9\n"})
    assert found.reasons == [(3, "2 columns where the header has 5")]
    assert [record["_source_row"] for record in found.sessions] == [1, 2, 4]


def test_a_column_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(FileRefused) as refused:
        give(tmp_path, sessions_source(device_type="gadget"), {"plays.csv": PLAYS})
    assert "'gadget'" in refused.value.what
    assert "it.source.yml, line 15" in refused.value.where
    assert "id, who, what, at, long" in refused.value.remedy


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("plays.csv.gz", gzip.compress),
        ("plays.csv.zst", lambda data: pa.compress(data, codec="zstd", asbytes=True)),
        ("deep/down/plays.csv", lambda data: data),
    ],
)
def test_compressed_files_and_folders(name: str, pack: object, tmp_path: Path) -> None:
    found = give(tmp_path, sessions_source(), {name: pack(PLAYS.encode())})  # type: ignore[operator]
    assert found.of(*COLUMNS) == TWO


def test_files_in_an_archive_keep_their_names(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("export/plays_1.csv", PLAYS)
        archive.writestr("export/plays_2.csv.gz", gzip.compress(PLAYS.replace("Ana", "Eva").encode()))
        archive.writestr("__MACOSX/plays_3.csv", b"\x00")
    found = give(tmp_path, sessions_source(), {"mine.zip": packed.getvalue()})
    assert sorted(record["user_id"] for record in found.sessions) == ["Ana", "Ben", "Ben", "Eva"]


@pytest.mark.parametrize("name", ["plays.csv.gz", "plays.csv.zst"])
def test_a_damaged_file_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(FileRefused):
        give(tmp_path, sessions_source(), {name: gzip.compress(PLAYS.encode() * 50)[:40]})


def test_json_lines(tmp_path: Path) -> None:
    lines = [
        {"id": 1, "who": {"name": "Ana"}, "what": "Dune", "at": "2024-03-05", "long": 12345678901234567},
        {"id": 2, "who": {"name": None}, "what": ["a", "b"]},
    ]
    content = "\n".join([*map(json.dumps, lines), "", "{broken", "[1]"])
    found = give(tmp_path, sessions_source(form="{type: json_lines}", user_id="who.name"), {"plays.jsonl": content})
    assert found.of(*COLUMNS) == [
        ("1", "Ana", "Dune", "2024-03-05", "12345678901234567"),
        ("2", None, '["a","b"]', None, None),
    ]
    assert source_record(found.sessions[0]) == lines[0]
    assert found.reasons == [(3, "the record is not valid JSON"), (4, "the record is no JSON object")]


@pytest.mark.parametrize(
    ("path", "wrap"),
    [
        ("", lambda plays: plays),
        ("response.data", lambda plays: {"x": [0], "response": {"n": 2, "data": plays, "z": {}}}),
    ],
)
@pytest.mark.parametrize("block", [16 * 1024 * 1024, 7])
def test_a_list_in_a_json_document(path: str, wrap: object, block: int, tmp_path: Path) -> None:
    plays = [dict(zip(("id", "who", "what", "at", "long"), play, strict=True)) for play in TWO]
    form = f'{{type: json, path: "{path}"}}'
    with pieces_of(block):
        found = give(tmp_path, sessions_source(form=form), {"plays.json": json.dumps(wrap(plays), indent=1)})  # type: ignore[operator]
    assert found.of(*COLUMNS) == TWO


def test_a_list_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="has no 'data'"):
        give(tmp_path, sessions_source(form="{type: json, path: data}"), {"plays.json": '{"plays": []}'})


def test_parquet_keeps_every_digit(tmp_path: Path) -> None:
    table = pa.table(
        {
            "id": pa.array([2**62], pa.int64()),
            "who": pa.array(["Ana"]).dictionary_encode(),
            "what": pa.array([Decimal("1234567890.12")], pa.decimal128(18, 2)),
            "at": pa.array([datetime(2024, 3, 5, 23, 30)], pa.timestamp("us")),
            "long": pa.array([0.1], pa.float32()),
            "day": pa.array([date(2024, 3, 6)]),
            "nested": pa.array([{"a": [1, 2]}]),
        }
    )
    packed = io.BytesIO()
    pyarrow.parquet.write_table(table, packed)
    source = sessions_source(form="{type: parquet}", device_type="nested.a[1]")
    found = give(tmp_path, source, {"plays.parquet": packed.getvalue()})
    assert found.of(*COLUMNS) == [(str(2**62), "Ana", "1234567890.12", "2024-03-05 23:30:00", "0.1")]
    assert found.of("device_type") == [("2",)]


def test_sqlite_is_read_and_never_written(tmp_path: Path) -> None:
    file = tmp_path / "plays.db"
    with sqlite3.connect(file) as connection:
        connection.execute("create table played (id integer, who text, what text, at text, long integer)")
        connection.executemany("insert into played values (?, ?, ?, ?, ?)", TWO)
    connection.close()
    before = file.read_bytes()
    found = give(tmp_path, sessions_source(form="{type: sqlite, table: played}"), {})
    assert found.of(*COLUMNS) == TWO
    assert file.read_bytes() == before
    with pytest.raises(FileRefused, match=r"has no table 'Played'.*name one of played"):
        give(tmp_path, sessions_source(form="{type: sqlite, table: Played}"), {})


def test_goldreels_own_columns_in_another_dialect(tmp_path: Path) -> None:
    source = """
files:
  - match: users*.csv
    format: {type: csv, delimiter: ";", encoding: latin-1}
    records: {users: {columns: as_named}}
"""
    header = "user_id;age;country;subscription_type;registration_date;total_watch_time_hours"
    content = f"{header}\nU1;4;España;Basic;2024-01-01;200\n".encode("latin-1")
    found = give(tmp_path, source, {"users.csv": content})
    (user,) = found.records["users"]
    assert (user["user_id"], user["country"]) == ("U1", "España")


def test_a_source_that_finds_no_file_says_what_is_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"finds none of its files \(plays\*\).*it holds other.csv"):
        give(tmp_path, sessions_source(), {"other.csv": PLAYS})


def test_two_parts_do_not_read_the_same_file(tmp_path: Path) -> None:
    (tmp_path / "other.source.yml").write_text(sessions_source())
    with pytest.raises(UsageError, match="read the same file"):
        give(tmp_path, sessions_source(), {"plays.csv": PLAYS})


def test_several_files_are_several(tmp_path: Path) -> None:
    found = give(tmp_path, sessions_source(), {"plays_2.csv": PLAYS, "plays_10.csv": PLAYS + " \n"})
    assert len(found.sessions) == 4
    assert len(given(tmp_path).sessions) == 4


def _own(folder: Path, name: str, **columns: object) -> None:
    pyarrow.parquet.write_table(pa.table(columns), folder / name)


def test_goldreels_own_entities_come_as_parquet_too(tmp_path: Path) -> None:
    _own(
        tmp_path, "users_1.parquet", user_id=pa.array([7]), age=pa.array([41], pa.int8()), country=["Peru"],
        subscription_type=["Basic"], registration_date=pa.array([date(2024, 1, 2)]), total_watch_time_hours=[360.5],
    )  # fmt: skip
    _own(
        tmp_path, "content.parquet", content_id=["M1", "S1"], title=["a", "b"], genre=[["Drama", "War"], []],
        content_type=["movie", "series"], duration_minutes=[90.0, 1e-7], release_year=[2020, None], rating=[4.5, None],
        views_count=[10, 20], production_budget=pa.array([Decimal("1000000.50"), None], pa.decimal128(18, 2)),
        seasons=[None, 1], total_episodes=[None, 8], avg_episode_duration=[None, 45], episodes_per_season=[None, [8]],
    )  # fmt: skip
    found = given(tmp_path)
    (user,) = found.records["users"]
    assert [user[name] for name in ("user_id", "age", "registration_date", "total_watch_time_hours")] == [
        *("7", "41", "2024-01-02", "360.5")
    ]
    movie, series = found.records["content"]
    assert (movie["genre"], movie["production_budget"], movie["release_year"]) == ("Drama, War", "1000000.50", "2020")
    assert (series["genre"], series["rating"], series["episodes_per_season"]) == ("", None, "[8]")


def test_a_parquet_file_without_a_required_column_is_refused(tmp_path: Path) -> None:
    _own(tmp_path, "users.parquet", user_id=["U1"])
    with pytest.raises(FileRefused, match="has no column 'age'"):
        given(tmp_path)


def test_a_column_that_only_some_files_have_is_empty_in_the_others(tmp_path: Path) -> None:
    source = sessions_source(
        form="{type: csv, optional: [dev, extra]}", device_type="dev", content_id="{from: [extra, what]}"
    )
    found = give(
        tmp_path, source, {"plays1.csv": PLAYS, "plays2.csv": "id,who,what,at,long,dev\n3,Eve,Heat,2024-03-07,1,tv\n"}
    )
    assert sorted(found.of("session_id", "content_id", "device_type")) == [
        ("1", "Dune", None),
        ("2", "Alien", None),
        ("3", "Heat", "tv"),
    ]


@pytest.mark.parametrize("kind", ["csv", "parquet", "sqlite"])
def test_a_column_that_is_missing_and_not_optional_refuses_the_file_by_name(kind: str, tmp_path: Path) -> None:
    content: str | bytes = PLAYS
    more = ""
    if kind == "parquet":
        pa.parquet.write_table(
            pa.table({"id": ["1"], "who": ["Ana"], "what": ["Dune"], "at": ["x"], "long": ["1"]}), tmp_path / "it"
        )
        content = (tmp_path / "it").read_bytes()
    if kind == "sqlite":
        with sqlite3.connect(tmp_path / "it") as connection:
            connection.execute("create table plays (id, who, what, at, long)")
            connection.execute("insert into plays values (1, 'Ana', 'Dune', '2024-03-05', 30)")
        connection.close()
        content, more = (tmp_path / "it").read_bytes(), ", table: plays"
    with pytest.raises(
        FileRefused, match=r"no column 'dev'.*line \d+.*where only some files have it, say `optional: \[dev\]`"
    ):
        give(tmp_path, sessions_source(form=f"{{type: {kind}{more}}}", device_type="dev"), {"plays": content})
    assert not give(
        tmp_path, sessions_source(form=f"{{type: {kind}{more}, optional: dev}}", device_type="dev"), {"plays": content}
    ).reasons


def test_users_made_of_plays_may_lack_a_column_too(tmp_path: Path) -> None:
    source = """
files:
  - match: "plays*"
    format: {type: csv, optional: [age, land]}
    records:
      users:
        one_per: user_id
        columns:
          user_id: who
          age: age
          country: {from: land, map: {x: y}}
          subscription_type: null
          registration_date: at
          total_watch_time_hours: null
"""
    users = give(tmp_path, source, {"plays.csv": PLAYS}).records["users"]
    assert [(user["user_id"], user["age"], user["country"]) for user in users] == [
        ("Ana", None, None),
        ("Ben", None, None),
    ]
    assert source_record(users[0]) == {"who": "Ana", "at": "2024-03-05"}


def test_a_source_is_not_read_as_one_of_its_files(tmp_path: Path) -> None:
    (tmp_path / "plays.source.yml").write_text(sessions_source(), encoding="utf-8")
    (tmp_path / "plays.csv").write_text(PLAYS, encoding="utf-8")
    assert given(tmp_path).of(*COLUMNS) == TWO
