"""Deliveries into bronze: which loads exist, what each of them holds, and what stays out."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from goldreel.engines import Engine
from goldreel.loading import DeliveredFile, FileOutcome, find_delivery, ledger, load_delivery, streamed
from goldreel.loading.contract import ENTITIES, LOADS, REJECTED_RECORDS, USERS, VIEWING_SESSIONS
from loading.reading import blocks_of

USER_HEADER = ",".join(USERS.columns)
SESSION_HEADER = ",".join(VIEWING_SESSIONS.columns)
USER = "U1,44,Peru,Standard,2023-01-24,360.0"
SESSION = "S1,U1,M1,2024-02-16,9,18.8,Mobile,4K"
CATALOGUE = json.dumps({"movies": [{"content_id": "M1", "duration_minutes": 90}], "series": []})


class Silent:
    """Hears how a load goes on, and says nothing."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, int]] = []

    def file_started(self, file: DeliveredFile, size: int) -> None:
        self.heard.append((file.name, size))

    def bytes_read(self, count: int) -> None:
        self.heard.append(("read", count))

    def file_ended(self) -> None:
        self.heard.append(("end", 0))


def users(*lines: str) -> str:
    return "\n".join([USER_HEADER, *lines, ""])


def sessions(*lines: str) -> str:
    return "\n".join([SESSION_HEADER, *lines, ""])


@pytest.fixture
def deliver(engine: Engine, tmp_path: Path) -> Callable[..., list[FileOutcome]]:
    """Loads a new delivery of the files given by name."""
    count = 0

    def load(files: dict[str, str | bytes]) -> list[FileOutcome]:
        nonlocal count
        count += 1
        folder = tmp_path / f"delivery_{count}"
        folder.mkdir()
        for name, content in files.items():
            (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return load_delivery(engine, find_delivery(folder), Silent())

    return load


Deliver = Callable[[dict[str, str | bytes]], list[FileOutcome]]


def rows(engine: Engine, query: str) -> list[tuple[Any, ...]]:
    return engine.execute(query).rows


def counts(engine: Engine) -> dict[str, int]:
    """Rows of every table that a load fills."""
    tables = [*(entity.table for entity in ENTITIES), LOADS, REJECTED_RECORDS]
    return {table.name: rows(engine, f"select count(*) from {table}")[0][0] for table in tables}


# --- What a load holds ------------------------------------------------------------------------


def test_every_record_is_in_bronze_as_delivered_with_where_it_came_from(engine: Engine, deliver: Deliver) -> None:
    before = ledger.now()
    deliver({"users.csv": users(" U1 ,x,,Basic,soon,-1", "short", '"U2","1","Peru\nSouth",,,')})
    after = ledger.now()
    found = rows(engine, "select * exclude (_loaded_at) from bronze.users order by _source_row")
    assert found == [
        (" U1 ", "x", "", "Basic", "soon", "-1", None, 1, "users.csv", 1),
        ("U2", "1", "Peru\nSouth", "", "", "", None, 1, "users.csv", 3),
    ]
    ((earliest, latest),) = rows(engine, "select min(_loaded_at), max(_loaded_at) from bronze.users")
    assert earliest == latest
    assert before <= earliest <= after
    assert rows(engine, "select * from bronze.rejected_records") == [
        (1, "users", "users.csv", 2, "short", "1 columns where the header has 6")
    ]


def test_a_ledger_row_tells_what_a_file_held(engine: Engine, deliver: Deliver) -> None:
    content = users(USER, "short", "", "U2,,,,,", "a,b,c,d,e,f,g")
    before = ledger.now()
    (outcome,) = deliver({"users.csv": content})
    (load,) = rows(engine, "select * from bronze.loads")
    assert load == outcome.load
    assert load[:9] == (
        1,
        "users",
        "users.csv",
        sha256(content.encode()).hexdigest(),
        len(content),
        4,
        2,
        2,
        "loaded",
    )
    started_at, finished_at = load[9:]
    assert before <= started_at <= finished_at <= ledger.now()


def test_the_compressed_bytes_are_what_the_ledger_measures(engine: Engine, deliver: Deliver) -> None:
    compressed = gzip.compress(users(USER).encode())
    deliver({"users.csv.gz": compressed})
    assert rows(engine, "select sha256, bytes, records_loaded from bronze.loads") == [
        (sha256(compressed).hexdigest(), len(compressed), 1)
    ]


def test_files_of_one_delivery_load_by_kind_and_name(engine: Engine, deliver: Deliver) -> None:
    outcomes = deliver(
        {
            "content.json": CATALOGUE,
            "users_b.csv": users("U2,,,,,"),
            "users_a.csv.gz": gzip.compress(users("U1,,,,,").encode()),
            "viewing_sessions.csv": sessions(SESSION),
        }
    )
    loads = rows(engine, "select load_id, entity, source_file from bronze.loads order by load_id")
    assert loads == [
        (1, "users", "users_a.csv.gz"),
        (2, "users", "users_b.csv"),
        (3, "viewing_sessions", "viewing_sessions.csv"),
        (4, "content", "content.json"),
    ]
    assert [(outcome.load.load_id if outcome.load else None, outcome.path.name) for outcome in outcomes] == [
        (load_id, name) for load_id, _, name in loads
    ]
    assert rows(engine, "select user_id, _load_id from bronze.users order by 2") == [("U1", 1), ("U2", 2)]


@pytest.mark.parametrize(
    "kinds", [["users"], ["viewing_sessions"], ["content"], ["users", "content"], ["users", "viewing_sessions"]]
)
def test_any_subset_of_the_kinds_is_a_delivery(engine: Engine, deliver: Deliver, kinds: list[str]) -> None:
    everything: dict[str, str | bytes] = {
        "users.csv": users(USER),
        "viewing_sessions.csv": sessions(SESSION),
        "content.json": CATALOGUE,
    }
    deliver({name: content for name, content in everything.items() if name.split(".")[0] in kinds})
    held = counts(engine)
    assert {entity.name: held[entity.name] for entity in ENTITIES} == {
        entity.name: int(entity.name in kinds) for entity in ENTITIES
    }
    assert held["loads"] == len(kinds)


def test_columns_in_another_order_and_columns_that_nobody_asked_for(engine: Engine, deliver: Deliver) -> None:
    header = "total_watch_time_hours,campaign,user_id,country,age, registration_date,plan ,subscription_type"
    (outcome,) = deliver({"users.csv": f'{header}\n360.0,"say ""hi""",U1,Peru,44,2023-01-24,x\\y,Standard\n'})
    assert outcome.unknown_columns == ("campaign", "plan")
    ((*delivered, extra),) = rows(engine, f"select {USER_HEADER}, _extra from bronze.users")
    assert ",".join(delivered) == USER
    assert json.loads(extra) == {"campaign": 'say "hi"', "plan": "x\\y"}


@pytest.mark.parametrize("content", [users(), USER_HEADER, users("", " ")])
def test_a_header_alone_is_a_load_without_records(engine: Engine, deliver: Deliver, content: str) -> None:
    (outcome,) = deliver({"users.csv": content})
    assert outcome.status == "loaded"
    assert counts(engine) == {"users": 0, "viewing_sessions": 0, "content": 0, "loads": 1, "rejected_records": 0}


def test_a_title_is_one_row_of_text(engine: Engine, deliver: Deliver) -> None:
    movie = {"content_id": "M1", "title": "Ñandú", "genre": ["A", "B"], "rating": 4.50, "studio": "x"}
    item = {"content_id": "S1", "seasons": 2, "episodes_per_season": [3, 4], "avg_episode_duration": 10}
    deliver({"content.json": json.dumps({"movies": [movie, 7], "series": [item]})})
    columns = "content_id, title, genre, content_type, duration_minutes, rating, seasons, total_episodes, _extra"
    assert rows(engine, f"select {columns}, _source_row from bronze.content order by _source_row") == [
        ("M1", "Ñandú", "A, B", "movie", None, "4.5", None, None, '{"studio": "x"}', 1),
        ("S1", None, None, "series", "70", None, "2", "7", None, 3),
    ]
    assert rows(engine, "select entity, source_row, raw from bronze.rejected_records") == [("content", 2, "7")]


def test_a_load_is_the_same_in_blocks_of_any_size(engine: Engine, deliver: Deliver) -> None:
    lines = [f'U{row},"{row}\n{row}",é{row},,,' if row % 7 else f"U{row}" for row in range(500)]
    content = users(*lines)
    results: list[tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]] = []
    for name, size in (("users_1.csv", 1 << 24), ("users_2.csv", 100)):
        with blocks_of(size):
            deliver({name: content + "\n" * len(results)})
        load_id = len(results) + 1
        results.append(
            (
                rows(
                    engine, f"select {USER_HEADER}, _source_row from bronze.users where _load_id = {load_id} order by 7"
                ),
                rows(
                    engine,
                    f"select source_row, raw, reason from bronze.rejected_records where load_id = {load_id} order by 1",
                ),
            )
        )
    assert results[0] == results[1]
    assert [len(part) for part in results[0]] == [428, 72]


@pytest.mark.parametrize("at_once", [1, 3, 1000])
def test_rejected_records_are_written_whenever_there_are_many(
    engine: Engine, deliver: Deliver, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(streamed, "_REJECTED_AT_ONCE", at_once)
    with blocks_of(100):
        (outcome,) = deliver({"users.csv": users(*(f"U{row},,,,," if row % 3 else f"x{row}" for row in range(1, 100)))})
    assert outcome.load is not None
    assert (outcome.load.records_loaded, outcome.load.records_rejected) == (66, 33)
    assert rows(engine, "select _source_row, user_id from bronze.users order by 1") == [
        (row, f"U{row}") for row in range(1, 100) if row % 3
    ]
    assert rows(engine, "select source_row, raw from bronze.rejected_records order by 1") == [
        (row, f"x{row}") for row in range(3, 100, 3)
    ]


# --- File versions ----------------------------------------------------------------------------


def test_a_known_version_is_not_loaded_again_under_any_name(engine: Engine, deliver: Deliver) -> None:
    deliver({"users.csv": users(USER)})
    before = counts(engine)
    for name in ("users.csv", "users_again.csv"):
        (outcome,) = deliver({name: users(USER)})
        assert outcome.status == "known"
        assert outcome.load is not None
        assert (outcome.load.load_id, outcome.load.source_file) == (1, "users.csv")
    assert counts(engine) == before


def test_a_known_version_stays_known_after_others(engine: Engine, deliver: Deliver) -> None:
    for content, status in ((users(USER), "loaded"), (users("U2,,,,,"), "loaded"), (users(USER), "known")):
        (outcome,) = deliver({"users.csv": content})
        assert outcome.status == status
    assert counts(engine)["users"] == 2


def test_the_same_version_twice_in_one_delivery_loads_once(engine: Engine, deliver: Deliver) -> None:
    outcomes = deliver({"users_1.csv": users(USER), "users_2.csv": users(USER)})
    assert [outcome.status for outcome in outcomes] == ["loaded", "known"]
    assert counts(engine)["users"] == 1


def test_other_bytes_are_another_version(engine: Engine, deliver: Deliver) -> None:
    variants: list[str | bytes] = [users(USER), "\ufeff" + users(USER), users(USER) + "\n"]
    variants += [gzip.compress(users(USER).encode(), mtime=1), gzip.compress(users(USER).encode(), mtime=2)]
    for variant in variants:
        name = "users.csv" if isinstance(variant, str) else "users.csv.gz"
        assert deliver({name: variant})[0].status == "loaded"
    assert rows(engine, "select load_id from bronze.loads order by 1") == [(1,), (2,), (3,), (4,), (5,)]


def test_the_same_bytes_as_another_kind_are_another_version(engine: Engine, deliver: Deliver) -> None:
    both = f"{USER_HEADER},{','.join(set(VIEWING_SESSIONS.columns) - {'user_id'})}\n"
    outcomes = deliver({"users.csv": both, "viewing_sessions.csv": both})
    assert [outcome.status for outcome in outcomes] == ["loaded", "loaded"]


def test_load_ids_increase(engine: Engine, deliver: Deliver) -> None:
    for number in range(1, 4):
        deliver({"users.csv": users(f"U{number},,,,,"), "content.json": f'{{"movies": [], "n": {number}}}'})
    ids = [load_id for (load_id,) in rows(engine, "select load_id from bronze.loads order by finished_at, load_id")]
    assert ids == [1, 2, 3, 4, 5, 6]


# --- Refused files ----------------------------------------------------------------------------

REFUSED: dict[str, dict[str, bytes]] = {
    "not UTF-8 far behind": {"users_bad.csv": (users(*[USER] * 500) + "Perú").encode("latin-1")},
    "a truncated gzip file": {"users_bad.csv.gz": gzip.compress(users(*[USER] * 500).encode())[:-10]},
    "a column missing": {"users_bad.csv": b"user_id\nU1\n"},
    "empty": {"users_bad.csv": b""},
    "lines that end with a CR alone": {"users_bad.csv": users(USER).replace("\n", "\r").encode()},
    "a line longer than can be held": {"users_bad.csv": (users(USER) + "x" * 5000).encode()},
    "not JSON far behind": {"content_bad.json": ('{"movies": [' + '{"title": "a"}, ' * 500 + "]}").encode()},
    "JSON of another shape": {"content_bad.json": b"[]"},
}


@pytest.mark.parametrize("sort", REFUSED)
def test_a_refused_file_leaves_no_rows_and_the_others_load(engine: Engine, deliver: Deliver, sort: str) -> None:
    others = {
        "users_a.csv": users(USER),
        "users_z.csv": users("U2,,,,,"),
        "viewing_sessions.csv": sessions(SESSION),
        "content_z.json": CATALOGUE,
    }
    with blocks_of(256):
        outcomes = deliver({**others, **REFUSED[sort]})
    (name,) = REFUSED[sort]
    refused = [outcome for outcome in outcomes if outcome.status == "refused"]
    assert [outcome.path.name for outcome in refused] == [name]
    assert refused[0].load is None
    assert refused[0].refusal is not None
    assert counts(engine) == {"users": 2, "viewing_sessions": 1, "content": 1, "loads": 4, "rejected_records": 0}
    assert rows(engine, "select load_id from bronze.loads order by 1") == [(1,), (2,), (3,), (4,)]
    found = rows(engine, "select entity, source_file, what, place, remedy from ops.refused_files")
    assert found == [
        (refused[0].entity, name, refused[0].refusal.what, refused[0].refusal.where, refused[0].refusal.remedy)
    ]


def test_a_refused_file_loads_when_it_was_mended(engine: Engine, deliver: Deliver) -> None:
    assert deliver({"users.csv": "user_id\n"})[0].status == "refused"
    assert deliver({"users.csv": "user_id\n"})[0].status == "refused"
    assert deliver({"users.csv": users(USER)})[0].status == "loaded"
    assert rows(engine, "select count(*), count(distinct refused_at) from ops.refused_files") == [(2, 2)]
    assert counts(engine)["loads"] == 1


def test_a_directory_with_the_name_of_a_file_is_refused(engine: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "delivery"
    (folder / "users.csv").mkdir(parents=True)
    (folder / "content.json").write_text(CATALOGUE)
    outcomes = load_delivery(engine, find_delivery(folder), Silent())
    assert [outcome.status for outcome in outcomes] == ["refused", "loaded"]


class Meddler(Silent):
    """Does something to a file just before it is read."""

    def __init__(self, meddle: Callable[[Path], object]) -> None:
        super().__init__()
        self.meddle = meddle

    def file_started(self, file: DeliveredFile, size: int) -> None:
        if file.name == "users.csv":
            assert isinstance(file, Path)
            self.meddle(file)


def appended(path: Path) -> None:
    with path.open("a") as file:
        file.write("U9,,,,,\n")


@pytest.mark.parametrize("meddle", [appended, Path.unlink, lambda path: path.write_text(users())])
def test_a_file_that_changes_under_the_reader_is_refused(
    engine: Engine, tmp_path: Path, meddle: Callable[[Path], object]
) -> None:
    folder = tmp_path / "delivery"
    folder.mkdir()
    (folder / "users.csv").write_text(users(USER))
    (folder / "content.json").write_text(CATALOGUE)
    outcomes = load_delivery(engine, find_delivery(folder), Meddler(meddle))
    assert [outcome.status for outcome in outcomes] == ["refused", "loaded"]
    assert counts(engine) == {"users": 0, "viewing_sessions": 0, "content": 1, "loads": 1, "rejected_records": 0}


# --- Loads that were cut off ------------------------------------------------------------------


def left_behind(engine: Engine, load_id: int) -> None:
    """What a load leaves that was cut off before its ledger row."""
    for entity in ENTITIES:
        schema = entity.table.arrow_schema
        row = {"_load_id": load_id, "_source_file": "cut off", "_source_row": 1, "_loaded_at": datetime(2024, 1, 1)}
        engine.append(entity.table, pa.Table.from_pylist([row, row], schema=schema).to_reader())
    rejected = {
        "load_id": load_id,
        "entity": "users",
        "source_file": "cut off",
        "source_row": 2,
        "raw": "",
        "reason": "",
    }
    engine.append(REJECTED_RECORDS, pa.Table.from_pylist([rejected], schema=REJECTED_RECORDS.arrow_schema).to_reader())


def test_rows_without_a_ledger_row_are_swept_and_their_id_is_free(engine: Engine, deliver: Deliver) -> None:
    deliver({"users.csv": users(USER, "short"), "viewing_sessions.csv": sessions(SESSION), "content.json": CATALOGUE})
    whole = counts(engine)
    left_behind(engine, 4)
    left_behind(engine, 77)
    assert counts(engine) != whole
    ledger.prepare(engine)
    assert counts(engine) == whole
    (outcome,) = deliver({"users.csv": users("U2,,,,,")})
    assert outcome.load is not None
    assert outcome.load.load_id == 4
    assert rows(engine, "select user_id, _source_file from bronze.users where _load_id = 4") == [("U2", "users.csv")]


def test_preparing_again_changes_nothing(engine: Engine, deliver: Deliver) -> None:
    deliver({"users.csv": users(USER, "short")})
    before = counts(engine)
    ledger.prepare(engine)
    assert counts(engine) == before


@pytest.mark.parametrize("failing", ["bronze.loads", "bronze.rejected_records", "bronze.users"])
def test_a_load_that_fails_halfway_leaves_nothing(
    engine: Engine, deliver: Deliver, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    append = engine.append

    def fail(table: Any, batches: pa.RecordBatchReader) -> list[Any]:
        refused = append(table, batches)
        if str(table) == failing:
            raise OSError("no space left on device")
        return refused

    monkeypatch.setattr(engine, "append", fail)
    with pytest.raises(OSError, match="no space left"):
        deliver({"users.csv": users(USER, "short")})
    assert set(counts(engine).values()) == {0}
    monkeypatch.undo()
    assert deliver({"users.csv": users(USER, "short")})[0].status == "loaded"
    assert counts(engine)["users"] == 1


# --- Progress and memory ----------------------------------------------------------------------


def test_progress_is_told_in_bytes_as_delivered(engine: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "delivery"
    folder.mkdir()
    (folder / "users.csv.gz").write_bytes(gzip.compress(users(*[USER] * 2000).encode()))
    (folder / "users_bad.csv").write_text("user_id\n")
    listener = Silent()
    load_delivery(engine, find_delivery(folder), listener)
    size = (folder / "users.csv.gz").stat().st_size
    assert listener.heard[0] == ("users.csv.gz", size)
    first_end = listener.heard.index(("end", 0))
    assert sum(count for _, count in listener.heard[1:first_end]) == size
    assert listener.heard[first_end + 1] == ("users_bad.csv", 8)
    assert listener.heard[-1] == ("end", 0)
    heard = len(listener.heard)
    load_delivery(engine, find_delivery(folder), listener)
    assert [name for name, _ in listener.heard[heard:] if name != "read"] == ["users_bad.csv", "end"]


def peak_of_loading(engine: Engine, deliver: Deliver, content: str) -> int:
    """The most memory that Python held while it loaded a file, in bytes."""
    with blocks_of(16_384):
        tracemalloc.start()
        try:
            deliver({"users.csv": content})
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()


@pytest.mark.parametrize("line", ["x" * 60, USER, '"U1",44,"Peru\nSouth",Standard,2023-01-24,360.0'])
def test_memory_does_not_grow_with_the_file(
    engine: Engine, deliver: Deliver, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.setattr(streamed, "_REJECTED_AT_ONCE", 500)
    peak_of_loading(engine, deliver, users(line))  # what is imported and cached on first use does not count
    small = peak_of_loading(engine, deliver, users(*[line] * 2_000))
    large = peak_of_loading(engine, deliver, users(*[line] * 6_000))
    size = len(users(*[line] * 6_000))
    assert large - small < size * 1.6, "the file itself, which the test holds twice, and little else"
    assert counts(engine)["loads"] == 3


LOAD_UNDER_WATCH = """
import resource, sys
from pathlib import Path
from goldreel.config import Settings
from goldreel.engines import open_engine
from goldreel.loading import find_delivery, ledger, load_delivery

class Silent:
    def file_started(self, path, size): ...
    def bytes_read(self, count): ...
    def file_ended(self): ...

with open_engine(Settings(home=Path(sys.argv[1]), memory_limit="200MB", threads=1)) as engine:
    ledger.prepare(engine)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    (outcome,) = load_delivery(engine, find_delivery(Path(sys.argv[2])), Silent())
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(outcome.load.records_rejected, (after - before) // 1024)
"""


def test_a_large_file_of_nothing_but_rejected_records_fits_into_little_memory(tmp_path: Path) -> None:
    folder = tmp_path / "delivery"
    folder.mkdir()
    lines = 200_000
    (folder / "users.csv").write_text(users(*["x" * 299] * lines))
    assert (folder / "users.csv").stat().st_size > 60_000_000
    script = tmp_path / "watch.py"
    script.write_text(LOAD_UNDER_WATCH)
    done = subprocess.run(
        [sys.executable, script, tmp_path / "home", folder], capture_output=True, text=True, check=True
    )
    rejected, megabytes = map(int, done.stdout.split())
    assert rejected == lines
    assert megabytes < 390, "about 320 when they are written as they come, 460 when all are held"
