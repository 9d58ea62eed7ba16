"""What is looked for after somebody was forgotten is found where it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from amend.home import Home
from goldreel.amend.searching import search
from goldreel.amend.wiping import wipe
from goldreel.engines.duckdb import DuckDBEngine
from goldreel.engines.published_files import PublishedFiles
from goldreel.loading.contract import BEING_FORGOTTEN, USERS, VIEWING_SESSIONS


def test_a_user_and_their_sessions_are_found_wherever_they_are(small: Home) -> None:
    small.engine.execute("create table main.others (country varchar, label varchar)")
    small.engine.execute("insert into main.others values ('A', 'AB'), ('Peru', 'A')")
    found = search(small.engine, ["A", "nobody"], ["1", "none"])
    assert found.elsewhere == {"main.others.country": 1, "main.others.label": 1}
    wanted = {
        "bronze.users.user_id": 1,
        "bronze.viewing_sessions.user_id": 1,
        "bronze.viewing_sessions.session_id": 1,
        "bronze.rejected_records.raw": 1,
        "ops.kept_changes.record_key": 2,
        "version 1, main.silver_users.user_id": 1,
        "version 1, main.silver_viewing_sessions.session_id": 1,
    }
    assert {place: found.found.get(place) for place in wanted} == wanted
    assert search(small.engine, ["nobody"], ["none"]).found == {}


def empty(folder: Path) -> DuckDBEngine:
    readers = PublishedFiles(folder / "published", keep=3)
    file = folder / "some.duckdb"
    return DuckDBEngine(file, memory_limit="1GB", threads=1, lock_timeout=0, published=readers)


def test_a_table_without_rows_is_counted_as_looked_through(tmp_path: Path) -> None:
    with empty(tmp_path) as engine:
        engine.create_missing([BEING_FORGOTTEN, USERS.table, VIEWING_SESSIONS.table])
        engine.execute("create table main.others (user_id varchar)")
        done = search(engine, ["A"], ["1"])
        assert (done.tables, done.rows, done.found) == (4, 0, {})
        engine.execute("insert into main.others values ('A')")
        done = search(engine, ["A"], ["1"])
        assert (done.tables, done.rows, done.found) == (4, 1, {"main.others.user_id": 1})


@pytest.mark.parametrize("has_transactions", [True, False])
def test_a_change_is_a_persons_by_either_side_of_it_and_loses_the_name_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_transactions: bool
) -> None:
    with empty(tmp_path) as engine:
        monkeypatch.setattr(engine, "has_transactions", has_transactions, raising=False)
        engine.create_missing([BEING_FORGOTTEN, USERS.table, VIEWING_SESSIONS.table])
        meant = [
            *(("users", "A", None, "of-A"), ("users", "A", "A", "forgotten-A")),
            *(("viewing_sessions", "A", str(number), f"forgotten-{number}") for number in (1, 2, 3)),
            ("viewing_sessions", "A", "shared", None),
        ]
        for each in meant:
            values = ", ".join("null" if value is None else f"'{value}'" for value in each)
            engine.execute(f"insert into {BEING_FORGOTTEN} (entity, user_key, record_key, pseudonym) values ({values})")
        sides = ", ".join(
            f"{side}_{name} varchar"
            for side in ("before", "after")
            for name in ("user_id", "watch_date", "country", "subscription_type", "device_type", "outcome")
        )
        engine.execute(
            "create table main.changed_records "
            f"(build_id bigint, entity varchar, record_key varchar, cause varchar, source_row bigint, {sides})"
        )
        changes = [
            *(("users", "A", None, None), ("users", "B", None, None), ("viewing_sessions", "1", None, "A")),
            *(("viewing_sessions", "2", "A", "A"), ("viewing_sessions", "3", "A", None)),
            *(("viewing_sessions", "4", "B", "B"), ("viewing_sessions", "shared", "A", "B")),
        ]
        for entity, key, before, after in changes:
            users = ", ".join("null" if user is None else f"'{user}'" for user in (before, after))
            engine.execute(
                "insert into main.changed_records (build_id, entity, record_key, cause, source_row, "
                "before_user_id, after_user_id, before_country, after_country) "
                f"values (1, '{entity}', '{key}', 'arrived', 7, {users}, 'Peru', 'Peru')"
            )
        if not has_transactions:  # an earlier try was cut off before the old rows went
            engine.execute(
                "insert into main.changed_records (build_id, entity, record_key, cause) "
                "values (1, 'viewing_sessions', 'forgotten-2', 'arrived')"
            )
        assert wipe(engine)["main.changed_records"] == 5
        columns = "entity, record_key, source_row, before_user_id, after_user_id, before_country, after_country"
        left = engine.execute(f"select {columns} from main.changed_records order by all").rows
        gone = "viewing_sessions"
        assert left == [
            ("users", "B", 7, None, None, "Peru", "Peru"),
            ("users", "forgotten-A", None, None, None, None, None),
            (gone, "4", 7, "B", "B", "Peru", "Peru"),
            (gone, "forgotten-1", None, None, None, "Peru", None),
            (gone, "forgotten-2", None, None, None, None, None),
            (gone, "forgotten-3", None, None, None, None, "Peru"),
            (gone, "shared", None, None, "B", None, "Peru"),
        ]
        assert wipe(engine) == {}
