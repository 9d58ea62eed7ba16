"""Users are forgotten on Spark: their rows leave tables whose format knows no deletion, and they stay out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from amend.world import quoted, session, sessions, user, users
from goldreel import amend
from goldreel.engines.base import Engine
from goldreel.loading import find_delivery, load_delivery, together
from loading.delivering import Listening

pytest.importorskip("pyspark")

GONE, STAYS = ['O\'Brien\\, "Zoë"', "prefix"], "prefix2"


def deliver(engine: Engine, folder: Path) -> None:
    folder.mkdir()
    people = [*GONE, STAYS]
    (folder / "users.csv").write_text(users(*map(user, people), f"{STAYS},torn"), encoding="utf-8")
    plays = [
        session(f"{folder.name}-{at}-{number}", f" {name} ") for at, name in enumerate(people) for number in range(3)
    ]
    torn = [f"{at}-torn,{quoted(name)}" for at, name in enumerate(people)]
    (folder / f"viewing_sessions_{folder.name}.csv").write_text(sessions(*plays, *torn), encoding="utf-8")
    load_delivery(engine, find_delivery(folder, engine.files), Listening())


MADE = {
    "build_a.silver_users": "select trim(user_id) as user_id, country from bronze.users",
    "build_a.load_checks": "select _load_id as load_id, 'look_alikes' as check_name, user_id as example "
    "from bronze.users where user_id not like 'prefix%'",
    "build_a.changed_records": "select 1L as build_id, 'viewing_sessions' as entity, session_id as record_key, "
    "'new' as cause, _load_id as load_id, 'f' as source_file, _source_row as source_row, cast(null as string) as "
    "before_user_id, trim(user_id) as after_user_id, cast(null as date) as before_watch_date, "
    "cast(watch_date as date) as after_watch_date, cast(null as string) as before_country, "
    "cast(null as string) as after_country, cast(null as string) as before_subscription_type, "
    "cast(null as string) as after_subscription_type, cast(null as string) as before_device_type, "
    "device_type as after_device_type from bronze.viewing_sessions",
}
"""A table of each kind that builds make, without one."""


def fill(engine: Engine, folder: Path, table_format: str) -> None:
    """Load a delivery, and make these tables of it."""
    deliver(engine, folder)
    engine.execute("create schema if not exists build_a")
    for name, query in MADE.items():
        engine.execute(f"drop table if exists {name}")
        engine.execute(f"create table {name} using {table_format} as {query}")


@pytest.fixture
def filled(engine: Engine, tmp_path: Path) -> Iterator[Engine]:
    fill(engine, tmp_path / "first", "parquet")
    yield engine
    for name in MADE:
        engine.execute(f"drop table {name}")


def test_nothing_of_them_is_left_in_any_table_and_they_stay_out(
    filled: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = amend.forget(filled, GONE, "because", lambda: None, lambda: None)
    assert done.search.found == {}
    assert filled.execute("select user_id from bronze.users").rows == [(STAYS,)]
    assert filled.execute("select user_id from build_a.silver_users").rows == [(STAYS,)]
    assert filled.execute("select count(*) from bronze.viewing_sessions").rows == [(3,)]
    raw = filled.execute("select raw from bronze.rejected_records order by load_id").rows
    assert raw == [(f"{STAYS},torn",), (f"2-torn,{STAYS}",)]
    assert filled.execute("select example from build_a.load_checks").rows == [("(forgotten)",)]
    changes = filled.execute(
        "select after_user_id, count(*), count(after_watch_date), count(source_row), count(distinct record_key), "
        "sum(case when record_key like 'forgotten-%' then 1 else 0 end) from build_a.changed_records "
        "group by after_user_id order by after_user_id nulls first"
    ).rows
    assert changes == [(None, 6, 0, 0, 6, 6), (STAYS, 3, 3, 3, 3, 0)]
    counted = (
        "select load_id, sum(records_loaded), sum(records_rejected) from bronze.forgotten_records group by 1 order by 1"
    )
    assert filled.execute(counted).rows == [(1, 2, 0), (2, 6, 2)]
    deliver(filled, tmp_path / "second")
    monkeypatch.setattr(together, "SMALL_FILE", -1)  # as a large file
    deliver(filled, tmp_path / "third")
    assert filled.execute("select count(*) from bronze.loads").rows == [(4,)]  # the users' file was known
    assert filled.execute(counted).rows == [(1, 2, 0), (2, 6, 2), (3, 6, 2), (4, 6, 2)]
    told = "select records_loaded, records_rejected from bronze.loads where load_id > 2"
    assert filled.execute(told).rows == [(9, 3), (9, 3)]
    stored = "select _load_id, count(*) from bronze.viewing_sessions where _load_id > 2 group by 1 order by 1"
    assert filled.execute(stored).rows == [(3, 3), (4, 3)]
    left = [file for file in filled.home.rglob("*.parquet") if b"O'Brien" in file.read_bytes()]
    assert left == []
