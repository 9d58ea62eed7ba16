"""Many small files on Spark: loaded together in few jobs, and yet what each of them gives is what it gives alone."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from goldreel.config import Settings
from goldreel.engines import open_engine
from goldreel.engines.base import Engine
from goldreel.loading import FileOutcome, find_delivery, ledger, load_delivery, together, with_overtaken
from goldreel.loading.contract import ENTITIES, LOADS, REJECTED_RECORDS
from loading.delivering import CATALOGUE, SESSION, Listening, sessions, users
from spark.delivering import deliver, load, rows

pytest.importorskip("pyspark")

from goldreel.engines.spark import SparkEngine


def user(number: int, country: str = "Peru") -> str:
    return f"U{number},{number},{country},Basic,2024-01-01,5"


def catalogue(number: int) -> bytes:
    movie = {"content_id": f"M{number}", "title": "Ä\u2028", "duration_minutes": 90, "colour": "red"}
    return json.dumps({"movies": [movie, "no title"], "series": None, "extras": [1]}, ensure_ascii=False).encode()


HALF = gzip.compress("".join(user(number) for number in range(5_000)).encode())[:-9]
FILES: dict[str, bytes] = {
    **{f"users_{number}.csv": users(user(number), user(number + 1)).encode() for number in range(8, 13)},
    "users_again.csv": users(user(8), user(9)).encode(),  # as users_8.csv
    "users_bom.csv": b"\xef\xbb\xbf" + users(user(1, '"a\r\nb"'), "torn").encode(),
    "users_cr.csv": users(user(2)).replace("\n", "\r").encode(),
    "users_cut.csv.gz": HALF,
    "users_empty.csv": b"",
    "users_empty_too.csv": b"",
    "users_header.csv": users().encode(),
    "users_latin1.csv": users(user(3, "México")).encode("latin-1"),
    "users_more.csv": b'more,odd "",' + users(user(4)).encode().replace(b"\nU4", b"\nx,y,U4"),
    "users_no_gzip.csv.gz": users(user(5)).encode(),
    "users_packed.csv.gz": gzip.compress(users(*map(user, range(100, 300)), "torn,too").encode(), mtime=0),
    "users_short.csv": b"user_id,age\nU1,1\n",
    **{f"viewing_sessions_{n}.csv": sessions(SESSION.replace("S1", f"S{n}"), f"{n}").encode() for n in range(4)},
    "viewing_sessions_4.csv": sessions(SESSION.replace("S1", "S0")).encode(),
    **{f"content_{number}.json": catalogue(number) for number in range(3)},
    "content_cut.json": CATALOGUE[:-3].encode(),
    "content_list.json": b"[]",
    "content_packed.json.gz": gzip.compress(CATALOGUE.encode(), mtime=0),
}


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Engine]:
    with open_engine(Settings(home=tmp_path / "embedded", threads=1)) as engine:
        ledger.prepare(engine)
        yield engine


def told(outcomes: list[FileOutcome]) -> list[tuple[Any, ...]]:
    """What is told of each file, but for moments."""
    return [
        (
            outcome.path.name,
            outcome.status,
            outcome.load and outcome.load[:-2],
            outcome.unknown_columns,
            str(outcome.refusal),
            outcome.overtaken_by and outcome.overtaken_by.load_id,
        )
        for outcome in outcomes
    ]


def stored(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """Every cell of bronze, but for moments."""
    found = {}
    for table in (*(entity.table for entity in ENTITIES), REJECTED_RECORDS, LOADS):
        columns = ", ".join(column.name for column in table.columns if column.type != "timestamp")
        found[str(table)] = sorted(rows(engine, f"select {columns} from {table}"), key=repr)
    return found


def jobs(engine: SparkEngine) -> int:
    """How many jobs Spark was given, from its beginning."""
    return int(engine.session.sparkContext._jsc.sc().dagScheduler().numTotalJobs())


def test_many_small_files_of_all_kinds_give_what_they_give_on_duckdb(
    engine: SparkEngine, embedded: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(together, "_UNPACKED", 5_000)  # users_packed.csv.gz is loaded for itself, between the others
    folder = tmp_path / "d"
    folder.mkdir()
    for name, content in FILES.items():
        (folder / name).write_bytes(content)

    def of(engine: Engine) -> list[tuple[Any, ...]]:
        outcomes = load_delivery(engine, find_delivery(str(folder), engine.files), Listening())
        return told(with_overtaken(engine, outcomes))

    wanted = of(embedded)
    assert of(engine) == wanted
    assert {status for _, status, *_ in wanted} == {"loaded", "known", "refused"}
    assert stored(engine) == stored(embedded)
    assert len(stored(engine)["bronze.users"]) > 200
    late = users(user(8, "Chile"), user(200, "Chile")).encode()
    deliver(tmp_path / "late", **{"users.csv": late})
    (overtaking,) = {load(each, str(tmp_path / "late"))[0].load[0] for each in (engine, embedded)}  # type: ignore[index]
    again = of(engine)
    assert again == of(embedded)
    assert {overtaken for *_, overtaken in again} == {None, overtaking}
    assert stored(engine) == stored(embedded)


def test_more_files_are_not_more_jobs(engine: SparkEngine, tmp_path: Path) -> None:
    def needed(folder: str, numbers: range) -> list[int]:
        files = {f"users_{number}.csv": users(user(number), "torn").encode() for number in numbers}
        path = deliver(tmp_path / folder, **files, **{f"users_bad_{number}.csv": b"x" for number in numbers})
        counted = [jobs(engine)]
        for _ in ("new", "known"):
            assert len(with_overtaken(engine, load(engine, path))) == 2 * len(numbers)
            counted.append(jobs(engine))
        return [after - before for before, after in pairwise(counted)]

    few = needed("few", range(2))
    many = needed("many", range(10, 30))
    # Larger tables, and longer lists, are read by a job more here and there.
    assert all(of_many <= of_few + 4 for of_few, of_many in zip(few, many, strict=True))
    assert max(many) < 25


def test_files_that_are_loaded_together_and_cut_off_leave_nothing_that_counts(
    engine: SparkEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before the ledger knows of them, nobody sweeps; the next load begins with it."""
    load(engine, deliver(tmp_path / "one", users__csv=users(user(1)).encode()))
    files = {f"users_{number}.csv": users(user(number), "torn").encode() for number in (2, 3)}
    folder = deliver(tmp_path / "two", **files)
    with monkeypatch.context() as killed:
        killed.setattr(ledger, "record_loads", lambda *_: 1 / 0)
        killed.setattr(ledger, "sweep", lambda engine: None)
        with pytest.raises(ZeroDivisionError):
            load(engine, folder)
    assert len(rows(engine, "select * from bronze.users")) == 3
    ledger.prepare(engine)
    assert rows(engine, "select _load_id, user_id from bronze.users") == [(1, "U1")]
    assert rows(engine, f"select * from {REJECTED_RECORDS}") == []
    assert [outcome.load.load_id for outcome in load(engine, folder) if outcome.load] == [2, 3]
    found = rows(engine, "select _load_id, user_id from bronze.users order by 1")
    assert found == [(1, "U1"), (2, "U2"), (3, "U3")]


def test_the_ledger_gets_loads_in_one_file(engine: SparkEngine, home: Path, tmp_path: Path) -> None:
    """In several, a kill could leave later ones that count and earlier ones that come again, in another order."""
    ledgers = home / "spark" / "tables" / "bronze.db" / "loads"
    before = set(ledgers.glob("*.parquet"))
    load(engine, deliver(tmp_path / "d", **{f"users_{n}.csv": users(user(n)).encode() for n in range(20)}))
    assert len(set(ledgers.glob("*.parquet")) - before) == 1
    assert rows(engine, f"select count(*) from {LOADS}") == [(20,)]


def test_one_that_changes_while_others_are_loaded_is_refused_alone(
    engine: SparkEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    same = users(user(1)).encode()
    files = {"users_1.csv": same, "users_2.csv": same, "users_3.csv": users(user(3)).encode(), "users_4.csv": b"x"}
    folder = deliver(tmp_path / "d", **files)
    (folder / "users_5.csv").write_text(users(user(5)))
    append, changes = engine.files.append_loads, ["users_1.csv", "users_5.csv"]

    def change_after(*arguments: Any) -> None:
        append(*arguments)
        if changes:
            (folder / changes.pop()).unlink()
            (folder / changes.pop()).write_text(users(user(1, "Chile")))

    monkeypatch.setattr(engine.files, "append_loads", change_after)
    outcomes = load(engine, folder)
    assert [(each.status, each.load and each.load.load_id) for each in outcomes] == [
        ("refused", None),
        ("loaded", 1),
        ("loaded", 2),
        ("refused", None),
        ("refused", None),
    ]
    changed, gone = outcomes[0].refusal, outcomes[4].refusal
    assert changed is not None
    assert gone is not None
    assert "changed while it was read" in changed.what
    assert "cannot be read" in gone.what
    assert rows(engine, "select _load_id, user_id from bronze.users order by 1") == [(1, "U1"), (2, "U3")]
