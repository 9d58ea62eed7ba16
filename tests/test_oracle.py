"""The oracle itself, on cases small enough to work out by hand."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from oracle import (
    KEYS,
    SESSIONS,
    USERS,
    Row,
    Warehouse,
    account_for,
    csv_records,
    day,
    differences,
    number,
    round2,
    whole,
)

AS_OF = date(2024, 9, 1)
REFERENCE = Path(__file__).resolve().parents[2] / "shared" / "data" / "reference"
USER_HEADER = ",".join(USERS)
SESSION_HEADER = ",".join(SESSIONS)


def users(*lines: str) -> str:
    return "\n".join([USER_HEADER, *lines])


def sessions(*lines: str) -> str:
    return "\n".join([SESSION_HEADER, *lines])


def content(movies: list[Any] | None = None, series: list[Any] | None = None) -> str:
    return json.dumps({"movies": movies or [], "series": series or []})


def movie(content_id: str, **values: Any) -> Row:
    return {
        "content_id": content_id,
        "title": content_id,
        "genre": ["Drama"],
        "duration_minutes": 90,
        **values,
    }


def deliver(folder: Path, /, **files: str | bytes) -> Path:
    """A delivery folder; `users_csv="..."` becomes users.csv."""
    folder.mkdir(parents=True)
    for name, body in files.items():
        path = folder / name.replace("_csv", ".csv").replace("_json", ".json").replace("_gz", ".gz")
        path.write_bytes(body.encode() if isinstance(body, str) else body)
    return folder


def one(rows: list[Row]) -> Row:
    (row,) = rows
    return row


def pick(rows: list[Row], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in rows]


# --- Reading ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "records"),
    [
        ("a,b\nc,d", [["a", "b"], ["c", "d"]]),
        ("a,b\r\nc,\r\n", [["a", "b"], ["c", ""]]),
        ("a\rb,c\r\r\n", [["a\rb", "c\r"]]),
        ("\n \t\r\na\n\r\n", [["a"]]),
        ('"a,""b""",c\n', [['a,"b"', "c"]]),
        ('"a\r\n\nb",c\n', [["a\r\n\nb", "c"]]),
        ('a"b", "c"\n', [['a"b"', ' "c"']]),
        ('"a"b"c",d\n', [['ab"c"', "d"]]),
        ('"a\nb"c,d\n', [None, ['b"c', "d"]]),
        ('a,"b\nc,d\n', [None, ["c", "d"]]),
        ('x,"a\nb","c"d\n', [["x", "a\nb", "cd"]]),
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
        ("content_json", b'{"movies": [], "series": null}'),
        ("content_json", b'{"movies": [{"rating": NaN}]}'),
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


# --- Rules ------------------------------------------------------------------------------------


def test_numbers() -> None:
    accepted = {"12": 12.0, "-3": -3.0, "+58.0": 58.0, "007": 7.0}
    assert {text: number(text) for text in accepted} == accepted
    refused = [
        None,
        "",
        ".5",
        "5.",
        "1e3",
        "1,000",
        "1_000",
        "NaN",
        "inf",
        "0x1F",
        "\u0663",
        "1 2",
        "--1",
        "9" * 400,
    ]
    assert [text for text in refused if number(text) is not None] == []


def test_whole_numbers() -> None:
    accepted = {
        "12": 12,
        "-3": -3,
        "+5": 5,
        "0" * 5000 + "7": 7,
        str(2**63 - 1): 2**63 - 1,
        str(-(2**63)): -(2**63),
    }
    assert {text: whole(text) for text in accepted} == accepted
    refused = [None, "58.0", "1e3", "²", str(2**63), "9" * 5000]
    assert [text for text in refused if whole(text) is not None] == []


def test_dates() -> None:
    tails = [
        "",
        "T23:59",
        " 00:00:00",
        "T01:02:03.5",
        "T01:02Z",
        "T01:02+05:30",
        " 01:02:03 -0530",
        "T01:02 +05",
    ]
    assert {day("2024-02-29" + tail) for tail in tails} == {date(2024, 2, 29)}
    refused = [
        None,
        "2023-02-29",
        "0000-01-01",
        "2024-1-5",
        "20240105",
        "2024-01-05T",
        "2024-01-05  01:02",
        "\u0662\u066024-01-05",
    ]
    tails = [
        "T24:00",
        "T1:02",
        "T01:60",
        "T01:02:60",
        "T01:02.5",
        "t01:02",
        "T01:02z",
        "Z",
        "T01:02+5",
        "T01:02  Z",
        " x",
    ]
    assert [text for text in refused + ["2024-01-05" + tail for tail in tails] if day(text)] == []


def test_rounding_is_half_away_from_zero() -> None:
    assert [round2(value) for value in (0.125, -0.125, 2.004, -100.0)] == [0.13, -0.13, 2.0, -100.0]


def test_a_record_is_quarantined_with_the_first_rule_it_breaks(tmp_path: Path) -> None:
    delivery = deliver(
        tmp_path / "d",
        users_csv=users(
            " ,,,,bad,bad",
            " U1 ,,,,bad, -1 ",
            "U2,,,,2024-02-30,5",
            "U3,,,,2024-01-01,0",
        ),
        viewing_sessions_csv=sessions(
            ",,,,,,,",
            "S1,,,,,,,",
            "S2,U,,,,,,",
            "S3,U,M,,,,,",
            "S4,U,M,2024-01-01,0,,,",
            "S5,U,M,2024-01-01,1440.01,,,",
            "S6,U,M,2024-01-01,1440,,,",
        ),
        content_json=content([{"title": "x"}, movie("M1", duration_minutes=0), movie("M2", duration_minutes=None)]),
    )
    tables = account_for([delivery], AS_OF).tables
    assert pick(tables["quarantine"], "rule", "record_key", "offending_value", "source_row") == [
        ("user_id_missing", None, " ", 1),
        ("hours_invalid", "U1", " -1 ", 2),
        ("signup_date_invalid", "U2", "2024-02-30", 3),
        ("session_id_missing", None, "", 1),
        ("user_id_missing", "S1", "", 2),
        ("content_id_missing", "S2", "", 3),
        ("watch_date_invalid", "S3", "", 4),
        ("duration_invalid", "S4", "0", 5),
        ("duration_invalid", "S5", "1440.01", 6),
        ("content_id_missing", None, None, 1),
        ("content_duration_invalid", "M1", "0", 2),
        ("content_duration_invalid", "M2", None, 3),
    ]


def test_what_can_be_repaired_is_kept(tmp_path: Path) -> None:
    blank = {"content_id": "M1", "duration_minutes": "90", "genre": [], "views_count": 1.5}
    wrong = movie("M2", rating=7, release_year="x", production_budget=-1, genre=" A ,A,, ")
    lost = movie("M3", genre=" , ", rating=-1)
    delivery = deliver(
        tmp_path / "d",
        users_csv=users(
            "U1,121, ,,2024-01-01,100",
            '"\r\nU2 ",120,Peru,Basic,2024-01-01T10:00,+100.0',
            "U3,-0,Peru,Basic,2024-01-01,99.9",
        ),
        viewing_sessions_csv=sessions("S1,U1,M1,2024-01-01,10,100.1,,", "S2,U1,M2,2024-01-01,10,100,TV,HD"),
        content_json=content([blank, wrong, lost]),
    )
    tables = account_for([delivery], AS_OF).tables
    assert pick(tables["silver_users"], "user_id", "age", "country", "subscription_type") == [
        ("U1", None, "Unknown", "Unknown"),
        ("U2", 120, "Peru", "Basic"),
    ]
    assert pick(tables["silver_viewing_sessions"], "completion_percentage", "device_type", "quality_level") == [
        (None, "Unknown", "Unknown"),
        (100.0, "TV", "HD"),
    ]
    assert pick(tables["silver_content"], "title", "genre", "rating", "release_year", "views_count") == [
        ("Untitled", "Unknown", None, 2020, None),
        ("M2", "A ,A,,", 5.0, 2020, None),
        ("M3", ",", 0.0, 2020, None),
    ]
    assert pick(tables["silver_content"], "production_budget") == [(None,)] * 3
    assert pick(tables["gold_genre_analytics"], "genre", "total_content_items", "total_views") == [
        ("Unknown", 2, 1),
        ("A", 1, 1),
    ]


def test_every_record_is_accounted_for_and_held_sessions_come_back(tmp_path: Path) -> None:
    first = deliver(
        tmp_path / "1",
        users_csv=users("U1,30,Peru,,2024-01-01,50", "U1,31,Peru,,2024-01-01,200", "U2,,,,2024-01-01,5", "bad"),
        viewing_sessions_csv=sessions(
            "S1,U1,M1,2024-01-01,10,,,",
            "S1,U1,M1,2024-01-02,20,,,",
            "S1,U1,M1,2024-01-02,0,,,",
            "S2,U2,M1,2024-01-01,10,,,",
            "S3,u1,M9,2024-01-01,10,,,",
            "S4,U1,M9,2024-01-01,10,,,",
        ),
        content_json=content([movie("M1"), 7]),
    )
    tables = account_for([first], AS_OF).tables
    assert sorted(pick(tables["gold_data_quality"], "entity", "outcome", "rule", "records"), key=str) == [
        ("content", "current", None, 1),
        ("content", "rejected", None, 1),
        ("users", "current", None, 1),
        ("users", "inactive_user", None, 1),
        ("users", "rejected", None, 1),
        ("users", "superseded", None, 1),
        ("viewing_sessions", "current", None, 1),
        ("viewing_sessions", "held", "content_unknown", 1),
        ("viewing_sessions", "held", "user_unknown", 1),
        ("viewing_sessions", "inactive_user", None, 1),
        ("viewing_sessions", "quarantined", "duration_invalid", 1),
        ("viewing_sessions", "superseded", None, 1),
    ]
    assert one(tables["silver_viewing_sessions"])["duration_minutes"] == 20

    second = deliver(tmp_path / "2", content_json=content([movie("M9")]))
    tables = account_for([first, second], AS_OF).tables
    assert pick(tables["silver_viewing_sessions"], "session_id") == [("S1",), ("S4",)]
    delivered: Counter[str] = Counter()
    for load in tables["bronze.loads"]:
        delivered[load["entity"]] += load["records_delivered"]
    accounted: Counter[str] = Counter()
    for row in tables["gold_data_quality"]:
        accounted[row["entity"]] += row["records"]
    assert accounted == delivered


# --- Gold -------------------------------------------------------------------------------------


@pytest.fixture
def small(tmp_path: Path) -> Warehouse:
    """Two users of Peru, one without sessions in Chile; a film of two genres and one unwatched."""
    last = date(2024, 8, 31)
    days = [last, last - timedelta(29), last - timedelta(30), last - timedelta(59), last - timedelta(60)]
    watched = [f"S{n},U1,M1,{on},{10 * (n + 1)},{'' if n else 40},TV,HD" for n, on in enumerate(days)]
    delivery = deliver(
        tmp_path / "small",
        users_csv=users(
            "U1,20,Peru,Basic,2024-08-01,500",
            "U2,,Peru,Basic,2024-09-02,300",
            "U3,40,Chile,Basic,2024-09-01,100",
        ),
        viewing_sessions_csv=sessions(*watched, f"S9,U2,S1,{last},60,80,TV,HD"),
        content_json=content(
            [
                movie("M1", genre=["Drama", "Action"], production_budget=3_000_000, rating=4.5),
                movie("M2", production_budget=0),
            ],
            [
                {
                    "content_id": "S1",
                    "genre": "Drama",
                    "episodes_per_season": [2],
                    "avg_episode_duration": 30,
                    "rating": -2,
                }
            ],
        ),
    )
    return account_for([delivery], AS_OF)


def test_gold_by_user(small: Warehouse) -> None:
    first, _, third = small.tables["gold_user_analytics"]
    assert (first["total_sessions"], first["total_minutes_watched"], first["avg_session_duration"]) == (
        5,
        150,
        30,
    )
    assert (first["unique_content_watched"], first["avg_completion_rate"], first["days_since_signup"]) == (
        1,
        40,
        31,
    )
    assert first["last_watch_date"] == date(2024, 8, 31)
    assert (third["total_sessions"], third["total_minutes_watched"], third["unique_content_watched"]) == (
        0,
        0,
        0,
    )
    assert (third["avg_session_duration"], third["last_watch_date"], third["days_since_signup"]) == (
        None,
        None,
        0,
    )
    segments = pick(
        small.tables["gold_user_segmentation"], "user_segment", "avg_sessions_per_user", "segment_percentage"
    )
    assert segments == [("Power User", 5, 33.33), ("Heavy User", 1, 33.33), ("Light User", 0, 33.33)]


def test_gold_by_title_country_and_genre(small: Warehouse) -> None:
    of_title = ("content_id", "total_views", "views_per_million_budget", "rating_category", "avg_watch_time")
    assert pick(small.tables["gold_content_performance"], *of_title) == [
        ("M1", 5, 1.67, "Excellent", 30),
        ("M2", 0, None, None, None),
        ("S1", 1, None, "Below Average", 60),
    ]
    of_country = (
        "country",
        "total_users",
        "avg_watch_hours_per_user",
        "avg_user_age",
        "total_sessions",
        "avg_session_duration",
    )
    assert pick(small.tables["gold_country_insights"], *of_country) == [
        ("Peru", 2, 400, 20, 6, 35),
        ("Chile", 1, 100, 40, 0, None),
    ]
    drama, action = small.tables["gold_genre_analytics"]
    assert drama == {
        "genre": "Drama",
        "total_content_items": 3,
        "total_views": 6,
        "unique_viewers": 2,
        "avg_production_budget": 1_500_000,
        "total_investment": 3_000_000,
        "avg_genre_rating": 2.25,
        "avg_content_duration": 80,
        "avg_watch_time": 35,
        "views_last_30_days": 3,
        "views_previous_30_days": 2,
        "view_trend_pct": 50,
    }
    assert (action["genre"], action["view_trend_pct"]) == ("Action", 0)


def test_summary(small: Warehouse) -> None:
    assert one(small.tables["gold_executive_summary"]) == {
        "metric_category": "Platform Overview",
        "active_users_100h_plus": 3,
        "total_content_catalog": 3,
        "total_viewing_sessions": 6,
        "avg_user_engagement_hours": 300,
        "content_with_views": 2,
        "total_watch_hours": 3.5,
        "data_through": date(2024, 8, 31),
        "effective_catalog_size": pytest.approx(1 / ((150 / 210) ** 2 + (60 / 210) ** 2)),
        "total_users": 3,
    }


def test_the_questions_of_every_streaming_service(tmp_path: Path) -> None:
    """Users below 100 hours count too; a session of a user or title that is not known does not."""
    delivery = deliver(
        tmp_path / "d",
        users_csv=users("U1,20,Peru,Basic,2024-01-01,500", "U2,20,Peru,Basic,2024-01-01,5"),
        viewing_sessions_csv=sessions(
            "S1,U1,M1,2024-01-31,60,95,TV,HD",
            "S2,U2,M1,2024-01-31,30,50,TV,HD",
            "S3,U2,M1,2024-02-06,30,75,TV,4K",
            "S4,U2,M2,2024-02-07,60,,Phone,HD",
            "S5,U9,M1,2023-12-01,60,95,TV,HD",
            "S6,U1,M9,2024-04-01,60,95,TV,HD",
        ),
        content_json=content([movie("M1"), movie("M2"), movie("M3")]),
    )
    tables = account_for([delivery], AS_OF).tables
    activity = pick(tables["gold_daily_activity"], "sessions", "watch_hours", "dau", "wau", "mau", "new_users")
    assert activity == [(2, 1.5, 2, 2, 2, 2), *[(0, 0, 0, 2, 2, 0)] * 5, (1, 0.5, 1, 2, 2, 0), (1, 1, 1, 1, 2, 0)]
    assert [len(row) for row in tables["gold_retention_cohorts"]] == [5, 5]
    assert pick(tables["gold_retention_cohorts"], "cohort_month", "months_since", "retained_users") == [
        (date(2024, 1, 1), 0, 2),
        (date(2024, 1, 1), 1, 1),
    ]
    plan = ("total_users", "active_users", "active_share", "avg_watch_hours_per_user", "total_sessions")
    assert pick(tables["gold_subscription_insights"], *plan) == [(2, 1, 0.5, 252.5, 4)]
    assert pick(tables["gold_device_quality"], "device_type", "quality_level", "sessions", "unique_users") == [
        ("TV", "HD", 2, 2),
        ("TV", "4K", 1, 1),
        ("Phone", "HD", 1, 1),
    ]
    life = ("starters", "watchers", "completers", "views_first_7_days", "half_life_days", "exclusive_viewers")
    assert pick(tables["gold_content_lifecycle"], *life, "watch_share") == [
        (2, 2, 1, 3, 0, 2, pytest.approx(2 / 3)),
        (1, 0, 0, 1, 0, 0, pytest.approx(1 / 3)),
        (0, 0, 0, 0, None, 0, 0),
    ]
    assert one(tables["gold_executive_summary"])["total_users"] == 2


def test_nothing_delivered(tmp_path: Path) -> None:
    tables = account_for([deliver(tmp_path / "d")], AS_OF).tables
    assert {name for name, rows in tables.items() if rows} == {"gold_executive_summary"}
    summary = one(tables["gold_executive_summary"])
    assert (summary["total_watch_hours"], summary["avg_user_engagement_hours"], summary["data_through"]) == (
        0,
        None,
        None,
    )


# --- Comparison -------------------------------------------------------------------------------


def stored(expected: Warehouse) -> duckdb.DuckDBPyConnection:
    """A warehouse file that holds exactly what the oracle expects."""
    types = {int: "BIGINT", float: "DOUBLE", date: "DATE", str: "VARCHAR"}
    con = duckdb.connect()
    con.execute("CREATE SCHEMA bronze")
    for table, rows in expected.tables.items():
        declared = []
        for name in rows[0] if rows else KEYS[table]:
            kind = next((k for row in rows for k in types if isinstance(row[name], k)), str)
            declared.append(f'"{name}" {types[kind]}')
        con.execute(f"CREATE TABLE {table} ({', '.join(declared)})")
        for row in rows:
            con.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", list(row.values()))
    return con


def test_a_warehouse_as_expected_has_no_differences(small: Warehouse) -> None:
    assert differences(stored(small), small) == []


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        (
            "UPDATE silver_users SET age = 21 WHERE user_id = 'U1'",
            "silver_users ('U1',), age: expected 20, found 21",
        ),
        (
            "UPDATE silver_users SET age = 0 WHERE user_id = 'U2'",
            "silver_users ('U2',), age: expected None, found 0",
        ),
        ("DELETE FROM silver_users WHERE user_id = 'U3'", "silver_users ('U3',): missing"),
        (
            "INSERT INTO silver_users FROM silver_users WHERE user_id = 'U1'",
            "silver_users ('U1',): more than once",
        ),
        ("INSERT INTO silver_users (user_id) VALUES ('u1')", "silver_users ('u1',): not expected"),
        (
            "UPDATE gold_country_insights SET avg_user_age = 20.0000001 WHERE country = 'Peru'",
            "gold_country_insights ('Peru',), avg_user_age: expected 20.0, found 20.0000001",
        ),
    ],
)
def test_a_difference_is_told(small: Warehouse, change: str, difference: str) -> None:
    con = stored(small)
    con.execute(change)
    assert differences(con, small) == [difference]


def test_a_missing_table_or_column_is_told_and_the_list_is_limited(small: Warehouse) -> None:
    con = stored(small)
    con.execute("DROP TABLE quarantine")
    con.execute("ALTER TABLE silver_users DROP COLUMN country")
    assert [line.split(":")[0] for line in differences(con, small)] == ["quarantine", "silver_users"]
    assert len(differences(con, small, limit=1)) == 1


def test_the_order_of_summation_and_how_a_computed_number_is_written_make_no_difference(
    small: Warehouse,
) -> None:
    con = stored(small)
    con.execute("UPDATE gold_country_insights SET avg_watch_hours_per_user = avg_watch_hours_per_user * (1 + 1e-12)")
    con.execute("UPDATE bronze.content SET duration_minutes = '60.00' WHERE content_type = 'series'")
    assert differences(con, small) == []


def test_an_average_on_a_tie_may_be_rounded_to_either_side(tmp_path: Path) -> None:
    hours = users("U1,,,,2024-01-01,100.125", "U2,,,,2024-01-01,100.125")
    expected = account_for([deliver(tmp_path / "d", users_csv=hours)], AS_OF)
    con = stored(expected)
    con.execute("UPDATE gold_executive_summary SET avg_user_engagement_hours = 100.12")
    assert differences(con, expected) == []
    con.execute("UPDATE gold_executive_summary SET avg_user_engagement_hours = 100.14")
    assert len(differences(con, expected)) == 1


def test_of_the_unknown_columns_values_count_and_of_the_unknown_keys_only_the_names(tmp_path: Path) -> None:
    lines = f"{USER_HEADER},plan\nU1,,,,2024-01-01,100,x\n"
    title = movie("M1", studio={"name": "A"})
    expected = account_for([deliver(tmp_path / "d", users_csv=lines, content_json=content([title]))], AS_OF)
    con = stored(expected)
    con.execute("""UPDATE bronze.users SET _extra = '{"plan":"x"}'""")
    con.execute("""UPDATE bronze.content SET _extra = '{"studio":{"name":"A"}}'""")
    assert differences(con, expected) == []
    con.execute("""UPDATE bronze.users SET _extra = '{"plan":"y"}'""")
    con.execute("""UPDATE bronze.content SET _extra = '{"Studio":{"name":"A"}}'""")
    assert len(differences(con, expected)) == 2


# --- The reference delivery -------------------------------------------------------------------


@pytest.mark.skipif(not REFERENCE.is_dir(), reason=f"the reference delivery is not at {REFERENCE}")
def test_the_published_results_of_the_reference_delivery() -> None:
    warehouse = account_for([REFERENCE], AS_OF)
    rows = {name: len(table) for name, table in warehouse.tables.items()}
    assert rows["silver_users"] == 4_271
    assert rows["silver_content"] == 300
    assert rows["silver_viewing_sessions"] == 191_807
    assert rows["gold_genre_analytics"] == 11
    assert warehouse.refused == []
