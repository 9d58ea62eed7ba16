"""The oracle's bronze, on cases small enough to work out by hand."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest

from oracle import account_for
from oracle.bronze import csv_records
from oracle.cases import AS_OF, USER_HEADER, content, deliver, one, pick, sessions, users


@pytest.mark.parametrize(
    ("text", "records"),
    [
        ("a,b\nc,d", [["a", "b"], ["c", "d"]]),
        ("a,b\r\nc,\r\n", [["a", "b"], ["c", ""]]),
        ("a\rb,c\r\r\n", [["a"], ["b", "c"]]),
        ("\n \t\r\na\n\r\n", [["a"]]),
        ('"a,""b""",c\n', [['a,"b"', "c"]]),
        ('"a\r\n\nb",c\n', [["a\r\n\nb", "c"]]),
        ('a"b", "c"\n', [['a"b"', ' "c"']]),
        ('"a"b"c",d\ne\n', [None, ["e"]]),
        ('"a\nb"c,d\n', [None, ['b"c', "d"]]),
        ('a,"b\nc,d\n', [None, ["c", "d"]]),
        ('x,"a\nb","c"d\ne\n', [None, ["e"]]),
        ('x,"a\rb","c"d,"e\rf\n', [None, ["f"]]),
        ('"a""\nb\n', [None, ["b"]]),
        ("a\0,b\n", [["a\0", "b"]]),
    ],
)
def test_csv_records(text: str, records: list[list[str] | None]) -> None:
    assert list(csv_records(text)) == records


def test_a_csv_is_kept_as_delivered_and_every_record_takes_a_row_number(tmp_path: Path) -> None:
    header = "\n total_watch_time_hours ,user_id,age,country,subscription_type,registration_date,plan,"
    body = "\n1, U1 ,,Peru,Basic,2024-01-01,x,y\nshort\n\n2,U2,7,Chile,Basic,2024-01-01,,"
    warehouse = account_for([deliver(tmp_path / "d", users_csv=header + body)], AS_OF)
    first, second = warehouse.tables["bronze.users"]
    assert first == {
        "user_id": " U1 ",
        "age": "",
        "country": "Peru",
        "subscription_type": "Basic",
        "registration_date": "2024-01-01",
        "total_watch_time_hours": "1",
        "_extra": '{"plan": "x", "": "y"}',
        "_load_id": 1,
        "_source_file": "users.csv",
        "_source_row": 1,
    }
    assert second["_source_row"] == 3
    rejected = {"entity": "users", "load_id": 1, "source_file": "users.csv", "source_row": 2}
    assert warehouse.tables["bronze.rejected_records"] == [rejected]
    load = one(warehouse.tables["bronze.loads"])
    assert (load["records_delivered"], load["records_loaded"], load["records_rejected"]) == (3, 2, 1)


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("users_csv", b""),
        ("users_csv", b"\n \n"),
        ("users_csv", b"user_id,age\nU1,3\n"),
        ("users_csv", f"{USER_HEADER},x, x\n".encode()),
        ("users_csv", f"{USER_HEADER},,\n".encode()),
        ("users_csv", f'{USER_HEADER},"x\n'.encode()),
        ("users_csv", f"{USER_HEADER}\nU1,1,Per\xfa,a,b,c\n".encode("latin-1")),
        ("users_csv_gz", gzip.compress(USER_HEADER.encode(), mtime=0)[:-9]),
        ("users_csv_gz", USER_HEADER.encode()),
        ("content_json", b""),
        ("content_json", b"[]"),
        ("content_json", b"{}"),
        ("content_json", b'{"other": 1}'),
        ("content_json", b'{"movies": {}, "series": []}'),
        ("content_json", b'{"movies": [], "series": {}}'),
        ("content_json", b'{"movies": [{}'),
        ("content_json", b'{"movies": []} x'),
        ("content_json", b'{"movies": ["\xfa"]}'),
    ],
)
def test_a_file_that_cannot_be_understood_is_refused_alone(tmp_path: Path, name: str, body: bytes) -> None:
    good = sessions("S1,U1,M1,2024-01-01,10,50,TV,HD")
    warehouse = account_for([deliver(tmp_path / "d", **{name: body}, viewing_sessions_csv=good)], AS_OF)
    assert warehouse.refused == [name.replace("_", ".")]
    assert pick(warehouse.tables["bronze.loads"], "load_id", "entity") == [(1, "viewing_sessions")]


def test_loads_follow_kind_then_name_and_a_known_version_is_skipped(tmp_path: Path) -> None:
    first = deliver(
        tmp_path / "1",
        content_json=content(),
        viewing_sessions_csv=sessions(),
        users_b_csv=users("U2,,,,,"),
        users_a_csv_gz=gzip.compress(users("U1,,,,,").encode()),
    )
    again = users("U2,,,,,")
    second = deliver(tmp_path / "2", users_0_csv=again, users_1_csv=b"\xef\xbb\xbf" + again.encode())
    loads = account_for([first, second, first], AS_OF).tables["bronze.loads"]
    assert pick(loads, "load_id", "source_file", "records_delivered") == [
        (1, "users_a.csv.gz", 1),
        (2, "users_b.csv", 1),
        (3, "viewing_sessions.csv", 0),
        (4, "content.json", 0),
        (5, "users_1.csv", 1),
    ]


def test_json_values_become_text_as_written(tmp_path: Path) -> None:
    text = """{"movies": [{"content_id": 1.50, "title": "a", "title": true,
        "genre": ["A", null, "", 2, [1e3, "x"]], "rating": {"k": [1, null, "é"]}, "release_year": null,
        "seasons": 3}], "other": [1, {}], "note": "x",
        "series": [[], {"content_id": "S1", "genre": [null], "release_year": 1999, "views_count": 1}]}"""
    tables = account_for([deliver(tmp_path / "d", content_json=text)], AS_OF).tables
    film, serial = tables["bronze.content"]
    assert (film["content_id"], film["title"], film["genre"]) == ("1.50", "true", 'A, , 2, [1e3, "x"]')
    assert (film["rating"], film["release_year"], film["seasons"]) == ('{"k": [1, null, "é"]}', None, None)
    assert film["_extra"] == '{"seasons": "3"}'
    assert (serial["genre"], serial["release_year"], serial["views_count"]) == (None, "1999", None)
    assert [row["_source_row"] for row in (film, serial)] == [1, 6]
    assert pick(tables["bronze.rejected_records"], "source_row") == [(2,), (3,), (4,), (5,)]


@pytest.mark.parametrize(
    ("episodes", "average", "expected"),
    [
        ([10, 12], 45, ("22", "990")),
        ([1.5, " 2.5 "], "0.1", ("4", "0.4")),
        ([1, 0.5], 10, ("1.5", "15")),
        ([10], None, ("10", None)),
        ([10, None], 45, (None, None)),
        ([10, True], 45, (None, None)),
        (10, 45, (None, None)),
        ([], 45, ("0", "0")),
    ],
)
def test_length_of_a_series(tmp_path: Path, episodes: Any, average: Any, expected: tuple[Any, Any]) -> None:
    item = {"content_id": "S", "episodes_per_season": episodes, "avg_episode_duration": average}
    tables = account_for([deliver(tmp_path / "d", content_json=content(series=[item]))], AS_OF).tables
    row = one(tables["bronze.content"])
    assert (row["total_episodes"], row["duration_minutes"]) == expected
