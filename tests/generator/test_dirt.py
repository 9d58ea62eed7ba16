"""Deliveries are as dirty as they were asked to be."""

import csv
import gzip
import io
import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from generator.reading import dirty_rows, dirty_titles, dirty_values
from goldreel.generator import GeneratedDelivery, GeneratorOptions, generate
from goldreel.generator.people import USER_COLUMNS
from goldreel.generator.sessions import SESSION_COLUMNS

ODD_VALUES = [
    ("users", "user_id", ["", "   ", "\t"]),
    (
        "users",
        "total_watch_time_hours",
        ["1e3", "1,000", "1_000", "nan", "inf", "0x1F", ".5", "5.", "--5", "\uff11\uff12"],
    ),
    ("users", "total_watch_time_hours", ["", "-1", "0", "-0", "+5", "100", "150", "300", "500"]),
    (
        "users",
        "registration_date",
        ["2024-02-30", "2023-02-29", "2024-1-5", "05/03/2024", "20240305", "2024-13-01"],
    ),
    ("users", "total_watch_time_hours", ["1000000", "1000000.01", "1" + "0" * 300]),
    ("users", "registration_date", ["0001-01-01", "1899-12-31", "1900-01-01", "9999-12-31"]),
    ("users", "age", ["abc", "121", "-1", "25.5", ""]),
    ("users", "country", ["", "  ", "Perú", "Peru\u0301"]),
    ("users", "subscription_type", [""]),
    ("viewing_sessions", "session_id", ["", "   "]),
    ("viewing_sessions", "user_id", ["", "   ", "U0201"]),
    ("viewing_sessions", "content_id", ["", "   ", "M135"]),
    ("viewing_sessions", "watch_date", ["2024-02-30", "2024-1-5", "05/03/2024", "20240305", ""]),
    (
        "viewing_sessions",
        "watch_duration_minutes",
        ["1e3", "nan", "0x1F", "\uff11\uff12", "many", "0", "-5", "1440.01", "1441"],
    ),
    ("viewing_sessions", "watch_duration_minutes", ["1440", "0.01", "+5"]),
    ("viewing_sessions", "watch_date", ["0001-01-01", "1899-12-31", "1900-01-01", "9999-12-31"]),
    ("viewing_sessions", "watch_duration_minutes", ["1" + "0" * 400]),
    ("viewing_sessions", "completion_percentage", ["101", "-1", "half", "0", "100"]),
    ("viewing_sessions", "device_type", ["", "  "]),
    ("viewing_sessions", "quality_level", [""]),
]


@pytest.mark.parametrize(("kind", "column", "values"), ODD_VALUES)
def test_dirty_records_have_every_odd_value(
    dirty: GeneratedDelivery, kind: str, column: str, values: list[str]
) -> None:
    assert set(values) <= set(dirty_values(dirty, kind, column))


@pytest.mark.parametrize(("kind", "column"), [("users", "registration_date"), ("viewing_sessions", "watch_date")])
def test_dirty_dates_come_with_times_of_day(dirty: GeneratedDelivery, kind: str, column: str) -> None:
    tails = {value[10:] for value in dirty_values(dirty, kind, column)}
    assert {"T10:20:30", " 10:20:30.123+02:00", "T10:20:30Z"} <= tails


@pytest.mark.parametrize(
    ("kind", "key", "text"),
    [("users", "user_id", "country"), ("viewing_sessions", "session_id", "device_type")],
)
def test_dirty_csv_has_broken_repeated_and_oddly_written_lines(
    dirty: GeneratedDelivery, kind: str, key: str, text: str
) -> None:
    rows = list(dirty_rows(dirty, kind))
    assert {len(row) - len(header) for header, row in rows} >= {-1, 0, 1}
    assert max(Counter(tuple(row) for _, row in rows).values()) > 1
    ids = dirty_values(dirty, kind, key)
    assert {f"{name[0].upper()}{name[1:]}" for name in ids if name[:1].islower()} & set(ids)
    assert any("\u0301" in name for name in ids)
    assert any('"' in name and ";" in name for name in ids)
    assert any(name.startswith("  ") and name.strip() for name in ids)
    assert any(name.startswith("\t") and name.strip() for name in ids)
    texts = dirty_values(dirty, kind, text)
    for mark in (",", '"', "\n", "\r\n", "🎬"):
        assert any(mark in value for value in texts)
    lines = [
        line
        for name in ("", "_2")
        for line in (dirty.folders[0] / f"{kind}{name}.csv").read_text("utf-8-sig").split("\n")
    ]
    assert any(line.startswith('"') and line.count('"') >= 2 * len(rows[0][1]) for line in lines)
    assert {"", " \t "} <= {line.removesuffix("\r") for line in lines[:-1]}


def test_a_dirty_session_is_corrected_under_the_same_key(dirty: GeneratedDelivery) -> None:
    versions: dict[str, set[str]] = defaultdict(set)
    ids = dirty_values(dirty, "viewing_sessions", "session_id")
    durations = dirty_values(dirty, "viewing_sessions", "watch_duration_minutes")
    for name, minutes in zip(ids, durations, strict=True):
        versions[name.strip()].add(minutes)
    assert any(name and len(minutes) > 1 for name, minutes in versions.items())


def test_the_faults_that_hurt_most_occur_once(dirty: GeneratedDelivery) -> None:
    text = "".join((dirty.folders[0] / name).read_text("utf-8") for name in ("users.csv", "users_2.csv"))
    assert text.count("\0") == 1
    assert [len(name) for name in dirty_values(dirty, "users", "user_id") if len(name) > 1_000] == [10_000]
    last = (dirty.folders[0] / "viewing_sessions.csv").read_text("utf-8").splitlines()[-1]
    assert last.count('"') == 1


def test_the_second_file_of_a_dirty_kind_is_written_in_another_way(dirty: GeneratedDelivery) -> None:
    for name in ("users_2.csv", "viewing_sessions_2.csv", "content_2.json"):
        content = (dirty.folders[0] / name).read_bytes()
        assert content.startswith(b"\xef\xbb\xbf")
        assert content.endswith(b"\r\n")
    header = (dirty.folders[0] / "users_2.csv").read_text("utf-8-sig").splitlines()[0].split(",")
    assert header == [
        *("app_version", "total_watch_time_hours", "registration_date", "subscription_type"),
        *("country", "age", "user_id", "campaign name"),
    ]
    document = json.loads((dirty.folders[0] / "content_2.json").read_text("utf-8-sig"))
    assert list(document) == ["trailers", "movies", "series"]
    assert document["trailers"]
    assert "studio" in document["series"][-1]


def test_dirty_titles_have_every_fault(dirty: GeneratedDelivery) -> None:
    movies, series = (dirty_titles(dirty, section) for section in ("movies", "series"))
    assert {type(element) for element in movies} == {dict, str, int, type(None), list}
    films = [element for element in movies if isinstance(element, dict)]
    shows = [element for element in series if isinstance(element, dict)]
    odd: dict[str, list[Any]] = {
        "content_id": ["  ", None],
        "genre": [[], None, "Drama", "Drama, Crime"],
        "duration_minutes": [0, -90, "ninety", "1e2", None, [90], True, 1_000_001],
        "title": ["", None, ["One", "Two"]],
        "rating": [7, -1, "n/a", None, "4.5", 0, 5],
        "release_year": ["unknown", 2020.5, None, 0, 10_000],
        "production_budget": [-1, 0, "unknown", None, 10**13 + 1],
        "views_count": [-1, 10**15, 10**15 + 1],
    }
    for key, values in odd.items():
        found = [film[key] for film in films if key in film]
        assert [value for value in values if value not in found] == []
    for key in ("content_id", "duration_minutes", "title", "genre", "rating", "release_year"):
        assert any(key not in film for film in films)
    unusable = [show.get("episodes_per_season", "missing") for show in shows]
    for value in ([], None, "ten", ["ten"], [0], "missing"):
        assert value in unusable
    assert any(len(film["genre"]) > len(set(film["genre"])) for film in films if isinstance(film.get("genre"), list))
    assert any(isinstance(film.get("views_count"), str) for film in films)
    assert max(Counter(json.dumps(film) for film in films).values()) > 1
    ids = [film.get("content_id") for film in films]
    assert {name.upper() for name in ids if name and name[0].islower()} & set(ids)


def test_the_number_of_records_counts_what_is_in_the_files(dirty: GeneratedDelivery) -> None:
    for kind in ("users", "viewing_sessions"):
        assert dirty.records[kind] == len(list(dirty_rows(dirty, kind)))
    sections = [dirty_titles(dirty, section) for section in ("movies", "series")]
    assert dirty.records["content"] == sum(map(len, sections)) + 2


def test_dirt_touches_about_its_share_of_many_records(tmp_path: Path) -> None:
    dirty = generate(tmp_path, GeneratorOptions(users=500, sessions=30_000, titles=60, dirt=0.03))
    touched = sum(n for fault, n in dirty.faults.items() if fault.startswith("viewing_sessions."))
    assert 700 < touched < 1_100


def test_with_dirt_some_titles_never_arrive(tmp_path: Path) -> None:
    options = GeneratorOptions(users=200, sessions=1_000, titles=60, dirt=0.02, deliveries=2)
    dirty = generate(tmp_path, options)
    delivered = "".join(path.read_text("utf-8-sig") for path in dirty.files if "content" in path.name)
    sessions = "".join(path.read_text("utf-8-sig") for path in dirty.files if "viewing" in path.name)
    assert "M041," in sessions or ",M041" in sessions
    assert "M041" not in delivered


def test_broken_files_are_broken_as_their_names_say(dirty: GeneratedDelivery) -> None:
    content = {path.name: path.read_bytes() for path in dirty.broken_files}
    assert len(content) == 22
    for name, data in content.items():
        if "latin1" in name or "utf16" in name:
            with pytest.raises(UnicodeDecodeError):
                data.decode("utf-8")
        elif "truncated" in name:
            with pytest.raises(EOFError):
                gzip.decompress(data)
        elif "empty" in name:
            assert data == b""
        elif name == "content_invalid.json":
            with pytest.raises(json.JSONDecodeError):
                json.loads(data)
        elif name == "content_list.json":
            assert isinstance(json.loads(data), list)
        else:
            wanted = USER_COLUMNS if name.startswith("users") else SESSION_COLUMNS
            header = next(csv.reader(io.StringIO(data.decode("utf-8"))))
            assert not set(wanted) <= set(header) or len(set(header)) < len(header)


def test_broken_files_stand_beside_the_sound_ones_of_the_last_delivery(tmp_path: Path) -> None:
    options = GeneratorOptions(users=50, sessions=100, titles=20, deliveries=2, broken_files=True)
    written = generate(tmp_path, options)
    assert {path.parent for path in written.broken_files} == {tmp_path / "delivery_02"}
    assert not set(written.files) & set(written.broken_files)
    everything = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert everything == {*written.files, *written.broken_files}
