"""What forgetting costs of the versions that readers have."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from amend.home import Home
from amend.world import session, sessions
from goldreel import engines
from goldreel.engines.duckdb_rewriting import write_anew


def test_older_versions_are_made_from_the_one_that_the_build_without_them_publishes(
    small: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To write all of them anew would cost the whole history for each."""
    small.deliver(viewing_sessions__csv=sessions(session("4", "B"), session("5", "A")))
    small.build(100)
    small.publish()
    before, written = small.versions(), list[str]()

    def noting(connection: duckdb.DuckDBPyConnection, draft: Path, *given: str) -> None:
        written.append(draft.name)
        write_anew(connection, draft, *given)

    monkeypatch.setattr(engines.duckdb, "write_anew", noting)
    small.forget("A")
    assert written == [".warehouse.duckdb.anew"]
    silver = "main.silver_viewing_sessions"
    assert [[row[0] for row in rows[silver]] for rows in small.versions().values()] == [["2"], ["2", "4"], ["2", "4"]]
    assert [[row[0] for row in rows[silver]] for rows in before.values()] == [["1", "2"], ["1", "2", "4", "5"]]
