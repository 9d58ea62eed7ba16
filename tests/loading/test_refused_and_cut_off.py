"""What a load leaves in bronze that was refused, or cut off halfway: nothing."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from goldreel.engines import Engine
from goldreel.loading import DeliveredFile, find_delivery, ledger, load_delivery
from goldreel.loading.contract import ENTITIES, REJECTED_RECORDS
from loading.delivering import CATALOGUE, SESSION, USER, Deliver, Listening, counts, rows, sessions, users
from loading.reading import blocks_of

REFUSED: dict[str, dict[str, bytes]] = {
    "not UTF-8 far behind": {"users_bad.csv": (users(*[USER] * 500) + "Perú").encode("latin-1")},
    "a truncated gzip file": {"users_bad.csv.gz": gzip.compress(users(*[USER] * 500).encode())[:-10]},
    "a column missing": {"users_bad.csv": b"user_id\nU1\n"},
    "empty": {"users_bad.csv": b""},
    "an HTML page": {"users_bad.csv": b"<!DOCTYPE html><html><body>Sign in</body></html>"},
    "not compressed": {"users_bad.csv.gz": users("U9,,,,,").encode()},
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
    outcomes = load_delivery(engine, find_delivery(folder), Listening())
    assert [outcome.status for outcome in outcomes] == ["refused", "loaded"]


class Meddler(Listening):
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
