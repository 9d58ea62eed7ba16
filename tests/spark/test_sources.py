"""Files of others on Spark: their records pass through this process, and stand beside those that Spark reads itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from goldreel.engines import Engine
from goldreel.loading import ledger, load_delivery
from goldreel.sources import find_with_sources
from loading.delivering import Listening
from sources.giving import PLAYS, sessions_source


def test_records_of_a_source_come_in_pieces(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("goldreel.engines.spark._ROWS_AT_ONCE", 1)
    ledger.prepare(engine)
    (tmp_path / "plays.csv").write_text(PLAYS + "short\n")
    (tmp_path / "it.source.yml").write_text(sessions_source())
    (outcome,) = load_delivery(engine, find_with_sources(tmp_path, (), engine.files), Listening())
    assert outcome.load is not None
    assert (outcome.load.records_loaded, outcome.load.records_rejected) == (2, 1)
    columns = "session_id, user_id, _source_row, _source_record"
    found = engine.execute(
        f"select {columns} from bronze.viewing_sessions where _load_id = {outcome.load.load_id}"
    ).rows
    first = '{"id":"1","who":"Ana","what":"Dune","at":"2024-03-05","long":"00:30:00"}'
    assert min(found) == ("1", "Ana", 1, first)
    assert len(found) == 2
    assert ledger.declaration_of(engine, outcome.load.load_id) is not None
