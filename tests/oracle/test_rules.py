"""The oracle's rules and account, on cases small enough to work out by hand."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

from oracle import account_for
from oracle.cases import AS_OF, content, deliver, movie, one, pick, sessions, users
from oracle.gold import round2
from oracle.rules import day, number, whole


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


def test_what_cannot_be_true_is_quarantined_or_repaired(tmp_path: Path) -> None:
    absurd = "1" + "0" * 300
    delivery = deliver(
        tmp_path / "d",
        users_csv=users(
            f"U1,30,Peru,Basic,2024-01-01,{absurd}",
            "U2,30,Peru,Basic,2024-01-01,1000000.5",
            "U3,30,Peru,Basic,2024-01-01,1000000",
            "U4,30,Peru,Basic,0001-01-01,200",
            "U5,30,Peru,Basic,1900-01-01,200",
        ),
        viewing_sessions_csv=sessions(
            "S1,U3,M1,9999-12-31,30,50,TV,HD", "S2,U3,M1,1899-12-31,30,50,TV,HD", "S3,U3,M1,2024-01-01,30,50,TV,HD"
        ),
        content_json=content(
            [
                movie("M1", duration_minutes=10**6, release_year=9999, views_count=10**15, production_budget=10**13),
                movie("M2", release_year=0, views_count=-1, production_budget=10**13 + 1),
                movie("M3", duration_minutes=1_000_001),
            ]
        ),
    )
    tables = account_for([delivery], AS_OF).tables
    assert pick(tables["quarantine"], "rule", "record_key") == [
        ("hours_invalid", "U1"),
        ("hours_invalid", "U2"),
        ("signup_date_implausible", "U4"),
        ("watch_date_implausible", "S1"),
        ("watch_date_implausible", "S2"),
        ("content_duration_invalid", "M3"),
    ]
    assert pick(tables["silver_content"], "release_year", "views_count", "production_budget") == [
        (9999, 1e15, 1e13),
        (2020, None, None),
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
        ("Untitled", "Unknown", None, 2020, 1.5),
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
