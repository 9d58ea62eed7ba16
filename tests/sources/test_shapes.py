"""What is written in many ways is read as the source says, and what is written otherwise is no record."""

from __future__ import annotations

from pathlib import Path

import pytest

from sources.giving import give, made_of, sessions_source

_ID = "7fc56270e7a70fa81a5935b72eacbe29"  # MD5 of A


@pytest.mark.parametrize(
    ("says", "texts", "become"),
    [
        (
            '{from: x, date: "DD/MM/YYYY"}',
            ["31/12/2024", "1/2/2024", " 03/04/2024 ", "31/02/2024", "2024-12-31", "12/31/2024", "1/2/24", ""],
            ["2024-12-31", "2024-02-01", "2024-04-03", "rejected", "rejected", "rejected", "rejected", None],
        ),
        ('{from: x, date: "M/D/YY"}', ["4/7/21", "13/7/21"], ["2021-04-07", "rejected"]),
        ('{from: x, date: "MON D, YYYY"}', ["Mar 5, 2024", "Foo 5, 2024"], ["2024-03-05", "rejected"]),
        ('{from: x, date: "YYYY-MM-DD hh:mm AM"}', ["2024-03-05 01:07 PM"], ["2024-03-05 13:07:00"]),
        ('{from: x, date: ["DD.MM.YYYY", "YYYYMMDD"]}', ["05.03.2024", "20240305"], ["2024-03-05", "2024-03-05"]),
        (
            '{from: x, date: "YYYY-MM-DD HH:mm:ss", zone: UTC, days_in: America/Lima}',
            ["2024-03-05 03:00:00"],
            ["2024-03-04 22:00:00"],
        ),
        (
            "{from: x, date: iso, days_in: Europe/Berlin}",
            ["2024-07-01T23:30:00Z", "2024-07-01T23:30:00+02:00", "2024-07-01T23:30:00-0500", "2024-07-01T23:30:00"],
            ["2024-07-02 01:30:00", "2024-07-01 23:30:00", "2024-07-02 06:30:00", "rejected"],
        ),
        (
            "{from: x, date: iso}",
            [
                "2024-07-01T23:30:00-05:00",
                "2020-05-02 13:08:33.1234567",
                "2024-07-01",
                "2024-7-1",
                "2024-02-30T10:00:00",
            ],
            ["2024-07-01 23:30:00", "2020-05-02 13:08:33.1234567", "2024-07-01", "rejected", "rejected"],
        ),
        ("{from: x, date: epoch_s, days_in: UTC}", ["1709600000", "soon"], ["2024-03-05 00:53:20", "rejected"]),
        ("{from: x, date: epoch_ms, days_in: Asia/Tokyo}", ["1709600000123"], ["2024-03-05 09:53:20"]),
        ("{from: x, date: epoch_s, days_in: UTC}", ["99999999999999999"], ["rejected"]),
    ],
)
def test_dates(says: str, texts: list[str], become: list[str | None], tmp_path: Path) -> None:
    assert made_of("watch_date", says, texts, tmp_path) == become


@pytest.mark.parametrize(
    ("way", "texts", "become"),
    [
        (
            "h:m:s",
            ["00:24:30", "25:00:00", "100:00:30", "0:0:45", " 00:24:30", "24:30", "00:61:00", "x", ""],
            ["24.5", "1500.0", "6000.5", "0.75", "24.5", "rejected", "rejected", "rejected", None],
        ),
        ("m:s", ["24:30", "90:00"], ["24.5", "90.0"]),
        ("h:m", ["1:30"], ["90.0"]),
        (
            "text",
            ["90 min", "1h 30m", "1 hr 24 mins", "45 s", "1 hour, 5 minutes", "2H", "min", "90", "5 parsecs"],
            ["90.0", "90.0", "84.0", "0.75", "65.0", "120.0", "rejected", "rejected", "rejected"],
        ),
        ("iso", ["PT1H30M", "PT45S", "P1D", "PT"], ["90.0", "0.75", "rejected", "rejected"]),
        ("minutes", ["90", "1.5", "-3", "1e3"], ["90.0", "1.5", "-3.000000000000", "rejected"]),
        ("seconds", ["90", "0", "0.0001"], ["1.5", "0", "0.000001666667"]),
        ("milliseconds", ["90000"], ["1.5"]),
        ("ticks", ["900000000"], ["1.5"]),
        ("hours", ["1.5"], ["90.0"]),
    ],
)
def test_lengths_of_time_become_minutes(way: str, texts: list[str], become: list[str | None], tmp_path: Path) -> None:
    found = made_of("watch_duration_minutes", f'{{from: x, duration: "{way}"}}', texts, tmp_path)
    assert [_number(each) for each in found] == [_number(each) for each in become]


def _number(text: str | None) -> object:
    if text is None or text == "rejected":
        return text
    assert "e" not in text
    return pytest.approx(float(text), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(
    ("says", "texts", "become"),
    [
        (
            '{from: x, number: {decimal: ",", thousands: "."}}',
            ["1.234.567,5", "12,5", "12", "1.23,4", "1,234.5", "12.5"],
            ["1234567.5", "12.5", "12", "rejected", "rejected", "rejected"],
        ),
        ('{from: x, number: {thousands: " "}}', ["1 234", "1\u00a0234", "12 34"], ["1234", "1234", "rejected"]),
        ("{from: x, times: 100}", ["0.5", "1", "-0.25", "half", ""], ["50", "100", "-25", "rejected", None]),
        ('{from: x, times: "0.5"}', ["7", "9.1"], ["3.5", "4.55"]),
        ('{from: x, list: "|"}', ["A|B", "A", " A | |B "], ["A, B", "A", "A, B"]),
        ("{from: x, list: json}", ['["A","B"]', "[]", "A"], ["A, B", None, "rejected"]),
        (
            '{from: x, before: [": Season", ": Part"]}',
            ["Dark: Season 1: Low", "Dark: Part 2", "M: I"],
            ["Dark", "Dark", "M: I"],
        ),
        ("{from: x, map: {A: Phone, B: null}}", ["A", " A ", "B", "C", ""], ["Phone", "Phone", None, "rejected", None]),
        ('{from: x, map: {A: Phone}, otherwise: "="}', ["A", "C"], ["Phone", "C"]),
        ("{from: x, map: {A: Phone}, otherwise: Other}", ["A", "C", ""], ["Phone", "Other", None]),
        ("{from: x, default: TV}", ["A", "", " "], ["A", "TV", "TV"]),
        ("{constant: 2024-01-01}", ["A"], ["2024-01-01"]),
        ("{constant: no}", ["A"], ["no"]),
        ("{from: [x, who]}", ["A", ""], ["A", "Ana"]),
        ("{from: x, as_id: true}", ["A", " A", ""], [_ID, _ID, None]),
    ],
)
def test_numbers_lists_and_maps(says: str, texts: list[str], become: list[str | None], tmp_path: Path) -> None:
    found = made_of("device_type", says, texts, tmp_path)
    assert [each or None for each in found] == [each or None for each in become]


def test_a_value_that_does_not_fit_is_told_with_its_record(tmp_path: Path) -> None:
    source = sessions_source(watch_date='{from: at, date: "DD/MM/YYYY"}')
    found = give(tmp_path, source, {"plays.csv": "id,who,what,at,long\n1,Ana,Dune,04/13/2024,9\n"})
    ((rejected,),) = [found.rejected["viewing_sessions"]]
    assert rejected.reason == "watch_date: '04/13/2024' is no date written DD/MM/YYYY"
    assert '"at":"04/13/2024"' in rejected.raw
    assert found.sessions == []


def test_a_value_that_does_not_fit_is_none_where_the_source_says_so(tmp_path: Path) -> None:
    says = '{from: x, date: "DD/MM/YYYY", unfit: empty}'
    assert made_of("watch_date", says, ["04/13/2024", "13/04/2024"], tmp_path) == [None, "2024-04-13"]


def test_texts_that_mean_nothing_are_nothing(tmp_path: Path) -> None:
    source = sessions_source(form='{type: csv, empty: [NULL, "\\\\N"]}', device_type="{from: long, default: TV}")
    content = "id,who,what,at,long\n1,Ana,Dune,NULL, NULL \n2,Ana,Dune,\\N,5\n"
    found = give(tmp_path, source, {"plays.csv": content})
    assert found.of("watch_date", "watch_duration_minutes", "device_type") == [(None, None, "TV"), (None, "5", "5")]
    assert '"at":"NULL"' in found.sessions[0]["_source_record"]


def test_the_same_values_have_the_same_id_and_others_another(tmp_path: Path) -> None:
    content = "id,who,what,at,long\na,b,,1,1\nab,,,1,1\na,b,,1,1\n,,,1,1\n"
    found = give(tmp_path, sessions_source(session_id="{hash: [id, who]}"), {"plays.csv": content})
    first, second, third, none = (record["session_id"] for record in found.sessions)
    assert first == third != second
    assert none is None


def test_a_record_can_be_called_by_its_place(tmp_path: Path) -> None:
    content = "id,who,what,at,long\na,b,,1,1\na,b,,1,1\n"
    source = sessions_source(session_id="{hash: [$file, $row]}", device_type="$row")
    found = give(tmp_path, source, {"plays.csv": content})
    assert found.of("device_type") == [("1",), ("2",)]
    assert len({record["session_id"] for record in found.sessions}) == 2
