"""Users are forgotten on a SQL Server: who may do it, what is left of them there, and what stays as it was."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from amend.histories import differences
from amend.world import catalogue, quoted, session, sessions, user, users, worlds
from checks.stopping import NONE_STOPPED
from goldreel import pipeline
from goldreel.amend import Certificate
from goldreel.config import Settings
from goldreel.engines import open_engine, sqlserver_erasing
from goldreel.engines.base import Engine
from goldreel.engines.sqlserver_session import Session
from goldreel.errors import RightMissing, UsageError
from goldreel.sql_runner import Script, run_script

from .conftest import Query, login

AS_OF = date(2024, 9, 30)
GONE = ["O'Brien-7732", "名前七七三五", 'say "hi" 7733']
STAY = ["O'Brien-77320", "o'brien-7732", "ann"]
SCRIPTS = Path(__file__).parents[2] / "sql" / "sqlserver"
HISTORIES = int(os.environ.get("GOLDREEL_TEST_LIVE_HISTORIES", "1"))
FIRST = int(os.environ.get("GOLDREEL_TEST_FIRST_HISTORY", "0"))


def deliver(folder: Path, day: str) -> Path:
    """A delivery: of each user a record, a session that counts, one that does not, and a line that is none."""
    folder.mkdir()
    people = [*GONE, *STAY]
    (folder / f"users_{day}.csv").write_text(users(*(user(name, 200 + int(day[-2:])) for name in people)), "utf-8")
    plays = [session(f"{at}-{day}", f" {name} ", 30, day) for at, name in enumerate(people)]
    plays += [session(f"{at}-{day}-x", name, 0, day) for at, name in enumerate(people)]
    plays += [f"{at}-{day}-torn,{quoted(name)},M1" for at, name in enumerate(people)]
    (folder / f"viewing_sessions_{day}.csv").write_text(sessions(*plays), "utf-8")
    (folder / "content.json").write_text(catalogue("M1"), "utf-8")
    return folder


@pytest.fixture(scope="module")
def settings(database: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A warehouse with two builds, so that both schemas of builds hold what is to go."""
    home, days = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("days")
    settings = Settings(home=home, engine="sqlserver", thresholds=NONE_STOPPED)
    for day in ("2024-03-01", "2024-03-02"):
        report = pipeline.run(settings, [deliver(days / day, day)], AS_OF, pipeline.Silent())
        assert report.publication is not None
    return settings


@pytest.fixture(scope="module")
def forgotten(settings: Settings) -> Certificate:
    return pipeline.forget(settings, GONE, "request 7", pipeline.Silent())


def texts(engine: Engine) -> Iterator[tuple[str, str]]:
    """Every text in every table and view of the database, and where it is."""
    for schema in ("bronze", "ops", "staging", "build_a", "build_b", "dbo"):
        for name in engine.tables(schema):
            for row in engine.execute(f"select * from {schema}.[{name}]").rows:
                yield from ((f"{schema}.{name}", cell) for cell in row if isinstance(cell, str))


def naming(engine: Engine) -> dict[str, int]:
    """Where those who were forgotten are named, as often as that is."""
    found: dict[str, int] = {}
    for place, text in texts(engine):
        for other in STAY:
            text = text.replace(other, "")
        if any(name in text for name in GONE):
            found[place] = found.get(place, 0) + 1
    return found


def test_without_the_role_nobody_is_forgotten(settings: Settings, query: Query, live_server: str) -> None:
    with open_engine(settings, "script") as engine:
        roles = Script("roles.sql", (SCRIPTS / "roles.sql").read_text(encoding="utf-8"))
        list(run_script(engine, roles, transaction=False))
        before = naming(engine)
    assert {"bronze.users", "build_a.silver_users", "build_b.silver_users", "bronze.rejected_records"} <= set(before)
    made = []
    try:
        for role in ("goldreel_builder", "goldreel_eraser"):
            name, password = f"{role}_{secrets.token_hex(4)}", f"Aa1-{secrets.token_hex(8)}"
            query(f"create login [{name}] with password = '{password}'")
            query(f"create user [{name}] for login [{name}]")
            query(f"alter role {role} add member [{name}]")
            made.append({"user": name, "password": SecretStr(password)})
        builder, eraser = ({"user": who["user"], "password": who["password"]} for who in made)
        with pytest.raises(RightMissing, match="it is not in the role goldreel_eraser; nothing was changed"):
            check(builder)
        check(eraser)
        if "Babelfish" not in live_server:
            acts_as(settings, builder, eraser)
    finally:
        for who in made:
            query(f"drop user [{who['user']}]")
            query(f"drop login [{who['user']}]")
    with open_engine(settings, "script") as engine:
        assert naming(engine) == before


def check(who: dict[str, Any]) -> None:
    session = Session(login(**who))
    session.connect()
    try:
        sqlserver_erasing.check_may_forget(session)
    finally:
        session.__exit__(None, None, None)


def acts_as(settings: Settings, builder: dict[str, Any], eraser: dict[str, Any]) -> None:
    """What the roles may, through the commands: who loads may look for wrong records, and forget nobody."""
    for who in (builder, eraser):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("MSSQL_USER", who["user"])
            patch.setenv("MSSQL_PASSWORD", who["password"].get_secret_value())
            with pytest.raises(UsageError, match="There is no load 99"):
                pipeline.withdraw(settings, [99], "wrong")
            if who is eraser:
                assert pipeline.plan_forgetting(settings, GONE).found.records
                continue
            with pytest.raises(RightMissing):
                pipeline.plan_forgetting(settings, GONE)


def test_nothing_of_them_is_left_in_any_table_and_others_keep_what_is_theirs(
    settings: Settings, forgotten: Certificate
) -> None:
    assert forgotten.is_complete, forgotten.found
    assert forgotten.build == "the numbers were made anew without them, and published as version 3"
    with open_engine(settings, "script") as engine:
        assert naming(engine) == {}
        for schema in ("build_a", "build_b", "dbo"):
            assert engine.execute(f"select user_id from {schema}.silver_users order by user_id").rows == [
                ("O'Brien-77320",), ("ann",), ("o'brien-7732",),
            ]  # fmt: skip
        account = "select entity, sum(records) from dbo.gold_data_quality {} group by entity order by entity"
        delivered = "select entity, sum(records_delivered) from bronze.loads group by entity order by entity"
        assert engine.execute(account.format("")).rows == engine.execute(delivered).rows
        assert engine.execute(account.format("where outcome = 'forgotten'")).rows == [
            ("users", 6), ("viewing_sessions", 18),
        ]  # fmt: skip
        changes = engine.execute(
            "select cause, count(*), count(before_user_id), count(load_id), sum(before_duration_minutes) "
            "from dbo.changed_records where build_id = 3 group by cause"
        ).rows
    assert changes == [("forgotten", 9, 0, 0, 180.0)]


def test_delivered_again_they_stay_out_and_a_second_time_is_told(
    settings: Settings, forgotten: Certificate, tmp_path: Path
) -> None:
    files = pipeline.load(settings, [deliver(tmp_path / "again", "2024-03-03")], pipeline.Silent()).files
    loaded = {each.load.entity: each.load for each in files if each.load is not None}
    assert (loaded["users"].records_delivered, loaded["viewing_sessions"].records_rejected) == (6, 6)
    with open_engine(settings, "script") as engine:
        assert naming(engine) == {}
    with pytest.raises(UsageError, match='Forgotten already: "O\'Brien-7732"'):
        pipeline.forget(settings, GONE[:1], "", pipeline.Silent())


def test_after_any_history_gold_is_what_a_fresh_warehouse_makes_of_the_deliveries_that_remain(
    settings: Settings, forgotten: Certificate, tmp_path: Path
) -> None:
    with open_engine(settings) as engine:
        new_world = worlds(engine, tmp_path, SCRIPTS)
        for seed in range(FIRST, FIRST + HISTORIES):
            assert differences(seed, new_world) == []
