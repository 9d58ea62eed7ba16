"""Generated deliveries: realistic, reproducible, and as dirty as they were asked to be."""

import csv
import gzip
import io
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from goldreel.generator import GeneratedDelivery, GeneratorOptions, generate
from goldreel.generator.people import USER_COLUMNS
from goldreel.generator.sessions import SESSION_COLUMNS

Rows = list[dict[str, str]]

CLEAN = GeneratorOptions(users=2_000, sessions=60_000, titles=150)
DIRTY = GeneratorOptions(users=200, sessions=400, titles=200, dirt=0.02, broken_files=True)
SERIAL = GeneratorOptions(users=1_500, sessions=20_000, titles=200, deliveries=4)


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> GeneratedDelivery:
    return generate(tmp_path_factory.mktemp("clean"), CLEAN)


@pytest.fixture(scope="module")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> GeneratedDelivery:
    return generate(tmp_path_factory.mktemp("dirty"), DIRTY)


@pytest.fixture(scope="module")
def serial(tmp_path_factory: pytest.TempPathFactory) -> GeneratedDelivery:
    return generate(tmp_path_factory.mktemp("serial"), SERIAL)


def table(folder: Path, kind: str) -> Rows:
    with (folder / f"{kind}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def titles(folder: Path) -> dict[str, dict[str, Any]]:
    document = json.loads((folder / "content.json").read_text(encoding="utf-8"))
    return {title["content_id"]: title for section in document.values() for title in section}


def dirty_rows(delivery: GeneratedDelivery, kind: str) -> Iterator[tuple[list[str], list[str]]]:
    """Header and fields of every record of both files of a kind."""
    for name in (f"{kind}.csv", f"{kind}_2.csv"):
        with (delivery.folders[0] / name).open(encoding="utf-8-sig", newline="") as file:
            header, *rows = csv.reader(file)
        yield from ((header, row) for row in rows if "".join(row).strip())


def dirty_values(delivery: GeneratedDelivery, kind: str, column: str) -> list[str]:
    records = dirty_rows(delivery, kind)
    return [dict(zip(header, row, strict=True))[column] for header, row in records if len(row) == len(header)]


def dirty_titles(delivery: GeneratedDelivery, section: str) -> list[Any]:
    files = [delivery.folders[0] / name for name in ("content.json", "content_2.json")]
    return [element for file in files for element in json.loads(file.read_text("utf-8-sig"))[section]]


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


# --- reproducible -----------------------------------------------------------------------------


@pytest.mark.parametrize("compress", [False, True])
def test_the_same_seed_gives_the_same_bytes_and_another_seed_other_data(tmp_path: Path, compress: bool) -> None:
    written = []
    for name, seed in (("first", 7), ("second", 7), ("third", 8)):
        options = GeneratorOptions(
            users=300,
            sessions=2_000,
            titles=60,
            seed=seed,
            dirt=0.05,
            deliveries=3,
            gzip=compress,
            broken_files=True,
        )
        generate(tmp_path / name, options)
        written.append(bytes_of(tmp_path / name))
    assert written[0] == written[1]
    assert written[0].keys() == written[2].keys()
    assert not {name for name in written[0] if written[0][name] == written[2][name]} - broken(written[0])


def broken(files: dict[str, bytes]) -> set[str]:
    sound = (
        "users.csv",
        "users_2.csv",
        "viewing_sessions.csv",
        "viewing_sessions_2.csv",
        "content.json",
        "content_2.json",
    )
    return {name for name in files if not Path(name.removesuffix(".gz")).name.startswith(sound)}


def test_a_compressed_delivery_holds_the_same_text_as_a_plain_one(tmp_path: Path) -> None:
    small: dict[str, Any] = {"users": 100, "sessions": 500, "titles": 30}
    generate(tmp_path / "plain", GeneratorOptions(**small))
    packed = generate(tmp_path / "packed", GeneratorOptions(**small, gzip=True))
    for path in packed.files:
        assert path.read_bytes()[3:8] == bytes(5), "neither a file name nor a time"
        assert gzip.decompress(path.read_bytes()) == (tmp_path / "plain" / path.stem).read_bytes()


# --- looks like a streaming service -------------------------------------------------------------


def test_a_delivery_has_the_shape_of_the_platform(clean: GeneratedDelivery) -> None:
    folder = clean.folders[0]
    users, sessions, content = table(folder, "users"), table(folder, "viewing_sessions"), titles(folder)
    assert clean.records == {"users": 2_000, "viewing_sessions": 60_000, "content": 150}
    assert [user["user_id"] for user in users] == [f"U{n:04}" for n in range(1, 2_001)]
    assert [session["session_id"] for session in sessions] == [f"S{n:06}" for n in range(1, 60_001)]
    assert list(content) == [f"M{n:03}" for n in range(1, 101)] + [f"S{n:03}" for n in range(1, 51)]
    assert list(users[0]) == [
        *("user_id", "age", "country", "subscription_type", "registration_date", "total_watch_time_hours")
    ]
    assert list(content["M001"]) == [
        *("content_id", "title", "genre", "duration_minutes", "release_year"),
        *("rating", "views_count", "production_budget"),
    ]
    assert list(content["S001"]) == [
        *("content_id", "title", "genre", "seasons", "episodes_per_season", "avg_episode_duration"),
        *("rating", "total_views", "production_budget"),
    ]


def test_without_dirt_every_record_is_valid(clean: GeneratedDelivery) -> None:
    folder = clean.folders[0]
    users, content = {user["user_id"] for user in table(folder, "users")}, titles(folder)
    for user in table(folder, "users"):
        assert 18 <= int(user["age"]) <= 65
        assert float(user["total_watch_time_hours"]) >= 0
    for session in table(folder, "viewing_sessions"):
        assert session["user_id"] in users
        assert session["content_id"] in content
        assert date(2024, 1, 1) <= date.fromisoformat(session["watch_date"]) <= date(2024, 8, 31)
        assert 0 < int(session["watch_duration_minutes"]) <= 1440
        assert 0 <= float(session["completion_percentage"]) <= 100
        assert session["device_type"] in ("Mobile", "Smart TV", "Desktop", "Tablet", "Gaming Console")
        assert session["quality_level"] in ("SD", "HD", "4K")
    for title in content.values():
        assert 1 <= len(set(title["genre"])) == len(title["genre"]) <= 3
        assert 1 <= title["rating"] <= 5
        assert len(title.get("episodes_per_season", [])) == title.get("seasons", 0)
    assert not clean.faults


def test_a_few_titles_and_a_few_users_make_up_most_of_the_viewing(clean: GeneratedDelivery) -> None:
    sessions = table(clean.folders[0], "viewing_sessions")
    for column, everything in (("content_id", 150), ("user_id", 2_000)):
        counts = Counter(session[column] for session in sessions).most_common()
        assert sum(n for _, n in counts[: everything // 10]) > 0.3 * len(sessions)


def test_users_watch_from_their_registration_on(clean: GeneratedDelivery) -> None:
    registered = {user["user_id"]: user["registration_date"] for user in table(clean.folders[0], "users")}
    assert max(registered.values()) > "2024-06-01"
    sessions = table(clean.folders[0], "viewing_sessions")
    assert all(session["watch_date"] >= registered[session["user_id"]] for session in sessions)


def test_some_users_go_quiet_and_most_stay(clean: GeneratedDelivery) -> None:
    watched: dict[str, list[str]] = defaultdict(list)
    for session in table(clean.folders[0], "viewing_sessions"):
        watched[session["user_id"]].append(session["watch_date"])
    eager = [dates for dates in watched.values() if sum(day < "2024-03-01" for day in dates) >= 10]
    assert 0.05 < mean([max(dates) < "2024-07-01" for dates in eager]) < 0.4


def test_plans_differ_in_activity_quality_and_completion(clean: GeneratedDelivery) -> None:
    plan = {user["user_id"]: user["subscription_type"] for user in table(clean.folders[0], "users")}
    people = Counter(plan.values())
    of_plan: dict[str, Rows] = defaultdict(list)
    for session in table(clean.folders[0], "viewing_sessions"):
        of_plan[plan[session["user_id"]]].append(session)
    for less, more in (("Basic", "Standard"), ("Standard", "Premium")):
        assert len(of_plan[less]) / people[less] < 0.85 * len(of_plan[more]) / people[more]
        for measure in (
            lambda session: session["quality_level"] == "4K",
            lambda session: float(session["completion_percentage"]),
        ):
            assert mean([measure(s) for s in of_plan[less]]) < mean([measure(s) for s in of_plan[more]])


def test_series_are_watched_in_runs_and_movies_once_or_twice(clean: GeneratedDelivery) -> None:
    sessions = table(clean.folders[0], "viewing_sessions")
    same: dict[str, list[float]] = defaultdict(list)
    for before, after in pairwise(sessions):
        if before["user_id"] == after["user_id"]:
            same[before["content_id"][0]].append(before["content_id"] == after["content_id"])
    assert mean(same["S"]) > 4 * mean(same["M"])
    viewings = Counter((s["user_id"], s["content_id"]) for s in sessions if s["content_id"][0] == "M")
    assert mean([n <= 2 for n in viewings.values()]) > 0.95


def test_weekends_are_busier(clean: GeneratedDelivery) -> None:
    sessions = table(clean.folders[0], "viewing_sessions")
    days = Counter(date.fromisoformat(session["watch_date"]).weekday() for session in sessions)
    assert days[5] > 1.3 * days[0]


def test_most_users_have_watched_for_100_hours_and_the_active_ones_for_more(clean: GeneratedDelivery) -> None:
    hours = {u["user_id"]: float(u["total_watch_time_hours"]) for u in table(clean.folders[0], "users")}
    assert 0.84 <= mean([lifetime >= 100 for lifetime in hours.values()]) <= 0.86
    sessions = Counter(session["user_id"] for session in table(clean.folders[0], "viewing_sessions"))
    busiest = [user for user, _ in sessions.most_common(200)]
    assert mean([hours[user] for user in busiest]) > 2 * mean(list(hours.values()))


# --- several deliveries -------------------------------------------------------------------------


def test_deliveries_cover_the_period_one_after_the_other(serial: GeneratedDelivery) -> None:
    assert [folder.name for folder in serial.folders] == [f"delivery_0{n}" for n in (1, 2, 3, 4)]
    seen: set[str] = set()
    end = ""
    for folder in serial.folders:
        new = [row for row in table(folder, "viewing_sessions") if row["session_id"] not in seen]
        assert min(row["watch_date"] for row in new) > end
        end = max(row["watch_date"] for row in new)
        seen |= {row["session_id"] for row in new}
    assert len(seen) == SERIAL.sessions


def test_later_deliveries_correct_earlier_sessions(serial: GeneratedDelivery) -> None:
    known: dict[str, dict[str, str]] = {}
    for number, folder in enumerate(serial.folders):
        rows = table(folder, "viewing_sessions")
        corrected = [row for row in rows if row["session_id"] in known]
        assert bool(corrected) == (number > 0)
        changed = ("watch_duration_minutes", "completion_percentage")
        for row in corrected:
            before = known[row["session_id"]]
            assert {key for key in row if row[key] != before[key]} <= set(changed)
        known |= {row["session_id"]: row for row in rows}


def test_later_deliveries_bring_new_and_changed_users(serial: GeneratedDelivery) -> None:
    known = {row["user_id"]: row for row in table(serial.folders[0], "users")}
    changes: Counter[str] = Counter()
    for folder in serial.folders[1:]:
        rows = table(folder, "users")
        assert any(row["user_id"] not in known for row in rows)
        for row in rows:
            before = known.get(row["user_id"], row)
            changes.update(key for key in row if row[key] != before[key])
        known |= {row["user_id"]: row for row in rows}
    assert set(changes) == {"total_watch_time_hours", "subscription_type", "country"}
    assert len(known) == SERIAL.users


def test_later_deliveries_bring_new_and_changed_titles_but_not_each(serial: GeneratedDelivery) -> None:
    assert [(folder / "content.json").exists() for folder in serial.folders] == [True, False, True, True]
    known = titles(serial.folders[0])
    for folder in serial.folders[2:]:
        brought = titles(folder)
        assert brought.keys() - known.keys()
        both = brought.keys() & known.keys()
        assert {key for title in both for key in known[title] if known[title][key] != brought[title][key]} == {
            *("rating", "views_count", "total_views")
        }
        known |= brought
    assert len(known) == SERIAL.titles


def test_some_users_and_titles_arrive_after_their_sessions(serial: GeneratedDelivery) -> None:
    first, sessions = serial.folders[0], table(serial.folders[0], "viewing_sessions")
    assert {s["user_id"] for s in sessions} - {user["user_id"] for user in table(first, "users")}
    assert {s["content_id"] for s in sessions} - titles(first).keys()


# --- dirt ---------------------------------------------------------------------------------------

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
        "duration_minutes": [0, -90, "ninety", "1e2", None, [90], True],
        "title": ["", None, ["One", "Two"]],
        "rating": [7, -1, "n/a", None, "4.5", 0, 5],
        "release_year": ["unknown", 2020.5, None],
        "production_budget": [-1, 0, "unknown", None],
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


# --- files to refuse ------------------------------------------------------------------------------


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


# --- options, progress, odd sizes -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"users": -1}, "users is -1"),
        ({"sessions": -1}, "sessions is -1"),
        ({"titles": -5}, "titles is -5"),
        ({"seed": -1}, "seed is -1"),
        ({"dirt": 1.5}, "dirt is 1.5"),
        ({"dirt": -0.1}, "dirt is -0.1"),
        ({"dirt": float("nan")}, "dirt is nan"),
        ({"days": 0}, "days is 0"),
        ({"deliveries": 0}, "deliveries is 0"),
        ({"days": 3, "deliveries": 4}, "deliveries is 4.*give 1 to 3"),
        ({"days": 4_000, "deliveries": 367}, "give 1 to 366"),
        ({"users": 0}, "users is 0"),
        ({"titles": 0}, "titles is 0"),
        ({"start": date(9999, 12, 1)}, "start is 9999-12-01"),
        ({"start": date(1, 1, 1)}, "start is 0001-01-01"),
    ],
)
def test_options_that_cannot_be_fulfilled_are_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        GeneratorOptions(**wrong)


@pytest.mark.parametrize(
    "size",
    [
        {"users": 0, "sessions": 0, "titles": 0},
        {"users": 0, "sessions": 0, "titles": 0, "dirt": 1.0, "deliveries": 3, "gzip": True},
        {"users": 1, "sessions": 1, "titles": 1, "days": 1},
        {"users": 1, "sessions": 50, "titles": 2, "days": 2, "deliveries": 2},
        {"users": 30, "sessions": 0, "titles": 5},
        {"users": 40, "sessions": 60, "titles": 10, "dirt": 1.0},
        {"users": 40, "sessions": 400, "titles": 10, "days": 40, "deliveries": 40},
    ],
)
def test_odd_sizes_work(tmp_path: Path, size: dict[str, Any]) -> None:
    written = generate(tmp_path, GeneratorOptions(**size))
    assert all(path.stat().st_size > 0 for path in written.files)
    if not size.get("dirt"):
        assert written.records["viewing_sessions"] >= size["sessions"]


def test_no_sessions_give_a_file_with_a_header_only(tmp_path: Path) -> None:
    generate(tmp_path, GeneratorOptions(users=3, sessions=0, titles=0))
    assert len((tmp_path / "viewing_sessions.csv").read_text("utf-8").splitlines()) == 1
    assert json.loads((tmp_path / "content.json").read_text("utf-8")) == {"movies": [], "series": []}


def test_ids_grow_wider_with_the_size(tmp_path: Path) -> None:
    generate(tmp_path, GeneratorOptions(users=12_000, sessions=10, titles=3))
    users = table(tmp_path, "users")
    assert (users[0]["user_id"], users[-1]["user_id"]) == ("U00001", "U12000")


def test_progress_adds_up_to_the_sessions_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("goldreel.generator.sessions.BLOCK", 1_000)
    steps: list[int] = []
    written = generate(tmp_path, GeneratorOptions(users=50, sessions=2_500, titles=20), steps.append)
    assert steps == [1_000, 1_000, 500]
    ids = [session["session_id"] for session in table(tmp_path, "viewing_sessions")]
    assert ids == [f"S{n:06}" for n in range(1, 2_501)]
    assert written.records["viewing_sessions"] == 2_500


def test_a_folder_that_holds_a_delivery_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "users_old.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(FileExistsError, match="give another directory"):
        generate(tmp_path, GeneratorOptions(users=3, sessions=0, titles=0))
    assert [path.name for path in tmp_path.iterdir()] == ["users_old.csv"]
