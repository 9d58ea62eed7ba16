"""Deliveries into bronze: what each load holds, and which loads exist."""

from __future__ import annotations

import gzip
import json
from hashlib import sha256
from typing import Any

import pytest

from goldreel.engines import Engine
from goldreel.loading import ledger, streamed
from goldreel.loading.contract import ENTITIES, VIEWING_SESSIONS
from loading.delivering import CATALOGUE, SESSION, USER, USER_HEADER, Deliver, counts, rows, sessions, users
from loading.reading import blocks_of


def test_every_record_is_in_bronze_as_delivered_with_where_it_came_from(engine: Engine, deliver: Deliver) -> None:
    before = ledger.now()
    deliver({"users.csv": users(" U1 ,x,,Basic,soon,-1", "short", '"U2","1","Peru\nSouth",,,')})
    after = ledger.now()
    found = rows(engine, "select * exclude (_loaded_at) from bronze.users order by _source_row")
    assert found == [
        (" U1 ", "x", "", "Basic", "soon", "-1", None, 1, "users.csv", 1, None),
        ("U2", "1", "Peru\nSouth", "", "", "", None, 1, "users.csv", 3, None),
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
