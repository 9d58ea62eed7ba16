"""Where builds take turns in two schemas: what the coming one can take of the tables of sessions in its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from changes.growing import Growing
from changes.test_histories import session, title, user
from goldreel.build_log import Build
from goldreel.config import Settings
from goldreel.engines import Engine, open_engine
from goldreel.pipeline.state import prepare_warehouse
from goldreel.pipeline.turns import TABLES_OF_SESSIONS, last_turn


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Growing]:
    """Three builds of which each took what the one before left; `build_a` holds what the first one made."""
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    with open_engine(settings) as engine:
        prepare_warehouse(engine)
        growing = Growing(engine, settings)
        growing.load(1, [user("U1", "120", 1)])
        growing.load(2, [title(2)])
        for number in (3, 4, 5):
            growing.load(number, [session(f"S{number}", "U1", "2024-06-05", number)])
            growing.build(100)
            if number == 3:
                engine.execute("create schema build_a")
                for name in (*TABLES_OF_SESSIONS, "compared_builds"):
                    engine.execute(f"create table build_a.{name} as from main.{name}")
        yield growing


@pytest.fixture
def engine(grown: Growing) -> Iterator[Engine]:
    """Changed by a test, it is afterwards as it was."""
    grown.engine.execute("begin")
    yield grown.engine
    grown.engine.execute("rollback")


def of_schema(engine: Engine, grown: Growing) -> int | None:
    last = grown.built[-1]
    assert (last.built_on, last.status) == (2, "passed")
    return last_turn(engine, "build_a", last)


def test_a_schema_is_taken_up_where_the_changes_of_all_builds_since_are_kept(engine: Engine, grown: Growing) -> None:
    assert of_schema(engine, grown) == 1


def test_where_builds_take_no_turns_there_is_nothing_to_take_up(engine: Engine, grown: Growing) -> None:
    assert last_turn(engine, "main", grown.built[-1]) is None


@pytest.mark.parametrize(
    "otherwise",
    [
        pytest.param("drop table build_a.compared_builds", id="a build was killed in the schema"),
        pytest.param("update build_a.compared_builds set build_id = 9", id="a build that did not pass is in it"),
        pytest.param("update build_a.compared_builds set is_running = 0", id="dbt was called by hand"),
        pytest.param("delete from build_a.silver_viewing_sessions", id="sessions are missing"),
        pytest.param("insert into build_a.fact_viewing_session from main.fact_viewing_session", id="facts came"),
        pytest.param("drop table build_a.fact_viewing_session", id="a table is missing"),
        pytest.param("delete from ops.kept_changes where build_id = 2", id="changes since are no longer kept"),
        pytest.param("update ops.kept_changes set cause = 'forgotten' where build_id = 3", id="a user was forgotten"),
        pytest.param("update ops.build_log set built_on = null where build_id = 2", id="a build since was in full"),
    ],
)
def test_in_doubt_the_tables_are_made_anew(engine: Engine, grown: Growing, otherwise: str) -> None:
    engine.execute(otherwise)
    assert of_schema(engine, grown) is None


def test_a_schema_that_readers_did_not_follow_is_taken_up_from_the_build_before(engine: Engine, grown: Growing) -> None:
    for name in (*TABLES_OF_SESSIONS, "compared_builds"):
        engine.execute(f"create or replace table build_a.{name} as from main.{name}")
    last: Build = grown.built[-1]
    assert of_schema(engine, grown) == last.build_id
