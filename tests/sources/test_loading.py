"""Files of others in bronze: the record as delivered, where it came from, and what said how it was read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from goldreel.amend.withdrawal import withdraw
from goldreel.config import Settings
from goldreel.engines import Engine, open_engine
from goldreel.errors import FileRefused
from goldreel.loading import FileOutcome, ledger, load_delivery
from goldreel.sources import find_source, find_with_sources
from loading.delivering import Listening
from sources.exports import EXPORTS
from sources.giving import PLAYS, sessions_source


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with open_engine(Settings(home=tmp_path / "home", threads=2)) as engine:
        ledger.prepare(engine)
        yield engine


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    folder = tmp_path / "exports"
    folder.mkdir()
    (folder / "plays.csv").write_text(PLAYS + "short\n")
    (folder / "it.source.yml").write_text(sessions_source())
    return folder


def load(engine: Engine, folder: Path) -> FileOutcome:
    (outcome,) = load_delivery(engine, find_with_sources(folder), Listening())
    return outcome


def test_the_record_as_delivered_stands_beside_what_was_made_of_it(engine: Engine, exports: Path) -> None:
    outcome = load(engine, exports)
    assert outcome.load is not None
    assert (outcome.load.records_delivered, outcome.load.records_loaded, outcome.load.records_rejected) == (3, 2, 1)
    columns = "session_id, watch_date, _source_file, _source_row, _extra, _source_record"
    first, _ = engine.execute(f"select {columns} from bronze.viewing_sessions order by _source_row").rows
    assert first[:5] == ("1", "2024-03-05", "plays.csv", 1, None)
    assert json.loads(first[5]) == {"id": "1", "who": "Ana", "what": "Dune", "at": "2024-03-05", "long": "00:30:00"}
    rejected = engine.execute("select source_row, raw, reason from bronze.rejected_records").rows
    assert rejected == [(3, "short", "1 columns where the header has 5")]


@pytest.mark.parametrize("export", EXPORTS)
def test_exports_of_every_kind_reach_bronze(export: str, engine: Engine, tmp_path: Path) -> None:
    name, write = EXPORTS[export]
    folder = tmp_path / "export"
    folder.mkdir()
    write(folder)
    outcomes = load_delivery(engine, find_with_sources(folder, [find_source(name)]), Listening())
    assert [outcome.status for outcome in outcomes] == ["loaded"] * 3
    assert engine.execute("select count(*), count(_source_record) from bronze.viewing_sessions").rows == [(60, 60)]


def test_a_file_loads_once_whatever_its_source_says_later(engine: Engine, exports: Path) -> None:
    first = load(engine, exports)
    again = load(engine, exports)
    assert (again.status, again.load, again.remarks) == ("known", first.load, ())
    (exports / "it.source.yml").write_text(sessions_source(device_type="what"))
    (remark,) = load(engine, exports).remarks
    assert "load 1 was made with the source it as it was then" in remark
    assert "goldreel withdraw 1" in remark
    withdraw(engine, [1], "another source")
    anew = load(engine, exports)
    assert (anew.status, anew.load and anew.load.load_id) == ("loaded", 2)
    found = engine.execute("select device_type from bronze.viewing_sessions where _load_id = 2 order by 1").rows
    assert found == [("Alien",), ("Dune",)]


def test_what_said_how_records_were_made_is_kept_with_their_load(engine: Engine, exports: Path) -> None:
    load(engine, exports)
    said = ledger.declaration_of(engine, 1)
    assert said is not None
    assert (said.name, said.text) == ("it", sessions_source())
    optional = engine.execute("select column_name from bronze.optional_columns where load_id = 1 order by 1").rows
    assert optional == [("completion_percentage",), ("device_type",), ("quality_level",)]


def test_a_file_that_is_not_as_the_source_says_leaves_nothing(engine: Engine, exports: Path) -> None:
    (exports / "plays.csv").write_text(PLAYS.replace("who", "whom"))
    outcome = load(engine, exports)
    assert outcome.status == "refused"
    assert isinstance(outcome.refusal, FileRefused)
    for table in ("bronze.viewing_sessions", "bronze.loads", "bronze.optional_columns", "ops.load_declarations"):
        assert engine.execute(f"select count(*) from {table}").rows == [(0,)]
