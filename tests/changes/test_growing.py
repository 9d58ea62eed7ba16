"""Builds that take what the one before left: after every step of a history they are what a build in full makes."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml

from changes.growing import COUNTED_BY, Growing
from changes.test_histories import History, session, title, user
from goldreel.basis import KEPT, PARTIALS
from goldreel.config import Settings, dbt_project
from goldreel.engines import open_engine
from goldreel.loading.forgotten import SALT_FILE
from goldreel.pipeline.state import prepare_warehouse
from goldreel.pipeline.turns import TABLES_OF_SESSIONS

HISTORIES = int(os.environ.get("GOLDREEL_TEST_HISTORIES", "2"))
BEGIN = Callable[..., Growing]


@pytest.fixture
def growing() -> Iterator[BEGIN]:
    """Begins a warehouse; in memory where there is a disk of it: thousands of small tables are written."""
    memory = Path("/dev/shm")
    with ExitStack() as opened, TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:

        def begin(name: str, always_in_full: bool = False, in_parts: random.Random | None = None) -> Growing:
            settings = Settings(home=Path(folder) / name)
            settings.home.mkdir()
            (settings.home / SALT_FILE).write_text("5a17" * 16)  # all of them have the same pseudonyms
            engine = opened.enter_context(open_engine(settings))
            prepare_warehouse(engine)
            return Growing(engine, settings, always_in_full, in_parts)

        yield begin


def live(history: History, grown: Growing, in_full: Growing, seen: Counter[str]) -> Iterator[str]:
    """Deliver, withdraw, change the setting, build, fail, be killed and forget; yields where the two differ."""
    chance, hours = history.chance, 100.0
    for _ in range(chance.randint(4, 9)):
        for _ in range(chance.choice([0, 1, 1, 2, 3])):
            delivered = history.delivery()
            grown.load(*delivered)
            in_full.load(*delivered)
        if history.loads == 0:
            continue
        if chance.random() < 0.1 and (load_id := history.withdraw()) is not None:
            grown.withdraw(load_id)
            in_full.withdraw(load_id)
        if chance.random() < 0.1:
            hours = chance.choice([100.0, 120.0, 60.0])
        ended = chance.choice(["passed", "passed", "passed", "passed", "failed", "running"])
        cut_off = chance.randint(0, 40) if ended == "running" else None
        build = grown.build(hours, ended, cut_off)
        in_full.build(hours, ended, cut_off)
        seen["new" if build.built_on else f"in full: {build.why_in_full}".rstrip("0123456789")] += 1
        seen[ended] += 1
        if chance.random() < 0.25 and (user_id := known_user(history, grown)):
            grown.forget_and_build(user_id, hours)
            in_full.forget_and_build(user_id, hours)
            seen["forgot by " + ("what is new" if grown.built[-1].built_on else "a build in full")] += 1
            build, ended = grown.built[-1], "passed"
        if ended != "passed":
            continue
        wanted = in_full.tables()
        for name, rows in grown.tables().items():
            if rows != wanted[name]:
                yield f"build {build.build_id}, {name}: {set(rows) ^ set(wanted[name])}"


def known_user(history: History, grown: Growing) -> str:
    found = grown.rows("select user_id from bronze.users union select user_id from bronze.viewing_sessions")
    known = sorted({user_id.strip() for (user_id,) in found} - {""})
    return history.chance.choice(known) if known else ""


def test_after_every_step_of_a_history_each_cell_is_that_of_a_build_in_full(growing: BEGIN) -> None:
    seen: Counter[str] = Counter()
    for seed in range(HISTORIES):
        in_parts = random.Random(seed) if seed % 2 else None
        grown, in_full = growing(f"grown {seed}", False, in_parts), growing(f"in full {seed}", True)
        assert list(live(History(random.Random(seed)), grown, in_full, seen)) == [], f"history {seed}"
    assert seen["new"] > HISTORIES
    assert seen["forgot by what is new"] > 0
    if HISTORIES >= 100:
        assert min(seen["passed"], seen["failed"], seen["running"]) > HISTORIES / 2


def test_what_makes_a_build_begin_from_nothing_is_told(growing: BEGIN) -> None:
    grown = growing("grown", False)

    def loaded_and_built(load_id: int, hours: float = 100.0, ended: str = "passed") -> str:
        grown.load(load_id, [user(f"U{load_id}", "120", load_id)])
        build = grown.build(hours, ended)
        assert (build.built_on is None) == bool(build.why_in_full)
        return build.why_in_full or f"on {build.built_on}"

    assert loaded_and_built(1) == "it is the first build"
    assert loaded_and_built(2) == "on 1"
    assert loaded_and_built(3, ended="failed") == "on 2"
    assert loaded_and_built(4) == "build 3 did not pass"
    assert loaded_and_built(5, ended="running") == "on 4"
    assert loaded_and_built(6) == "build 5 did not pass"
    assert loaded_and_built(7, 110.0) == "settings changed (active_user_hours) since build 6"
    grown.withdraw(3)
    assert loaded_and_built(8, 110.0) == "loads that were built before changed (one was taken back, say) since build 7"
    grown.engine.execute("update bronze.loads set records_loaded = 7 where load_id = 2")
    assert loaded_and_built(9, 110.0) == "loads that were built before changed (one was taken back, say) since build 8"
    grown.engine.execute("delete from staging.judged_users where user_id = 'U4'")
    assert loaded_and_built(10, 110.0) == "tables in the warehouse changed since build 9"
    grown.engine.execute("drop table staging.judged_content")
    assert loaded_and_built(11, 110.0) == "tables in the warehouse changed since build 10"
    assert loaded_and_built(12, 110.0) == "on 11"
    grown.engine.execute("update staging.judged_users set judged_with_load_id = null")  # a script made it anew
    assert loaded_and_built(13, 110.0) == "tables in the warehouse changed since build 12"
    assert loaded_and_built(14, 110.0) == "on 13"
    grown.engine.execute('update ops.build_log set made_of = replace(made_of, \'"rules": "\', \'"rules": "0\')')
    assert loaded_and_built(15, 110.0) == "the rules changed since build 14"


def test_only_what_is_touched_is_judged_anew(growing: BEGIN) -> None:
    grown = growing("grown", False)
    grown.load(1, [user("stays", "120", 1)])
    grown.load(2, [user("lapses", "120", 2)])
    grown.load(3, [title(3)])
    sessions = [("kept", "stays"), ("lapsed", "lapses"), ("held", "comes"), ("wrong", "stays")]
    grown.load(4, [session(key, of, "2024-06-05", 4, row=row) for row, (key, of) in enumerate(sessions, 1)])
    grown.build(100)
    assert grown.rows("select * from staging.touched_viewing_sessions") == []
    grown.load(5, [user("lapses", "90", 5)])
    grown.load(6, [user("comes", "200", 6)])
    grown.load(7, [user("stays", "130", 7)])  # no other outcome: its sessions are left alone
    grown.load(8, [session("wrong", "stays", "2024-06-05", 8, "30"), session("new", "stays", "2024-06-06", 8, row=2)])
    assert grown.build(100).built_on == 1
    touched = grown.rows("select session_id from staging.touched_viewing_sessions order by 1")
    assert touched == [("held",), ("lapsed",), ("new",), ("wrong",)]
    before = grown.rows("select session_id, outcome from staging.before_viewing_sessions order by 1")
    assert before == [("held", "held"), ("lapsed", "current"), ("wrong", "current")]


def test_the_tables_that_builds_add_to_are_those_that_are_looked_at_first() -> None:
    project = yaml.safe_load((dbt_project() / "dbt_project.yml").read_text())["models"]["goldreel"]
    added_to: set[str] = set()
    in_turn: set[str] = set()
    for folder, models in project.items():
        if folder == "changes" or not isinstance(models, dict):
            continue
        if "incremental" in models.get("+materialized", ""):
            added_to |= {model.stem for model in (dbt_project() / "models" / folder).glob("*.sql")}
        for name, settings in models.items():
            if isinstance(settings, dict) and "incremental" in settings.get("+materialized", ""):
                (added_to if folder in ("staging", "partials") else in_turn).add(name)
            elif isinstance(settings, dict) and "+materialized" in settings:
                added_to.discard(name)
    assert added_to == set(KEPT)
    assert in_turn == set(TABLES_OF_SESSIONS)


def test_what_gold_is_added_up_from_is_counted_anew_by_the_keys_that_dbt_takes_out() -> None:
    for name, (touched, keys) in COUNTED_BY.items():
        model = (dbt_project() / "models" / "partials" / f"{name}.sql").read_text()
        named = "" if touched == "touched_counts" else f", '{touched}'"
        assert f" only_counted_anew({list(keys)}, " in model
        assert f"config(pre_hook=counted_anew({list(keys)}{named}))" in model
    assert set(COUNTED_BY) == set(PARTIALS)
