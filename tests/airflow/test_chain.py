"""A real Airflow at work: files arrive, the four DAGs chain by themselves, and only what is right is published.

One story, told once: each fixture goes on where the one before it ended, and the tests look at what was seen then.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pytest

from airflow.console import ENDED
from airflow.world import CHAIN, DAG_1, DAG_3, DAG_4, World, differences
from goldreel import pipeline
from goldreel.build_log import Build
from goldreel.config import Settings
from goldreel.generator import GeneratorOptions, generate
from goldreel.orchestration import POOL
from goldreel.publish import Publication

PRODUCER = "silver.dbt_producer_watcher"


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    options = GeneratorOptions(users=200, sessions=2_000, titles=30, days=30, deliveries=3, dirt=0.02)
    return list(generate(tmp_path_factory.mktemp("generated"), options).folders)


@pytest.fixture(scope="module")
def two_days(world: World, days: list[Path]) -> Publication:
    """The first two deliveries arrived, the second when the first was published."""
    world.arrive(days[0], "day_1")
    world.wait_for_publication("day_1")
    world.arrive(days[1], "day_2")
    return world.wait_for_publication("day_1", "day_2")


def test_two_days_of_deliveries_are_published_as_the_command_line_does_it(
    world: World, days: list[Path], two_days: Publication, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    arguments = ["run", *(str(days[day]) for day in (0, 1)), "--as-of", two_days.as_of]
    subprocess.run(
        [sys.executable, "-m", "goldreel", *arguments],
        env=os.environ | {"GOLDREEL_HOME": str(home)},
        check=True,
        capture_output=True,
    )
    assert differences(two_days.location, Settings(home=home)) == []
    assert world.messages_told() == []
    states = {state for dag in CHAIN for state in world.console.runs(dag).values()}
    assert states == {"success"}


@dataclass(frozen=True)
class Seen:
    """How things stood when a run had ended."""

    tasks: dict[str, str | None]
    messages: list[str]
    publication: Publication | None
    runs_of_dag_4: int


def _seen(world: World, dag: str, run: str, told_before: int) -> Seen:
    world.console.wait_for_quiet(CHAIN)
    return Seen(
        world.console.tasks(dag, run),
        world.messages_told()[told_before:],
        world.published(),
        len(world.console.runs(DAG_4)),
    )


def _failed(world: World, dag: str, earlier: Collection[str], told_before: int) -> Seen:
    """What is seen when a run has failed since those earlier ones, and that was told."""

    def failed() -> str | None:
        runs = world.console.runs(dag).items()
        return next((run for run, state in runs if state == "failed" and run not in earlier), None)

    run = world.console.wait_for(f"a run of {dag} to fail", failed)
    world.console.wait_for("a message", lambda: len(world.messages_told()) > told_before)
    return _seen(world, dag, run, told_before)


@pytest.fixture(scope="module")
def refused(world: World, two_days: Publication) -> Seen:
    """A delivery arrived whose users nobody can read."""
    broken = world.watched.parent / "broken"
    broken.mkdir()
    (broken / "users.csv").write_text("name;plan\nAnn;Premium\n")
    world.arrive(broken, "day_3")
    return _failed(world, DAG_1, (), 0)


def test_a_file_that_is_refused_fails_the_load_with_its_name_and_reason(refused: Seen, two_days: Publication) -> None:
    assert refused.tasks == {
        "load_users": "skipped",
        "load_viewing_sessions": "skipped",
        "report_refused_files": "failed",
    }
    assert refused.publication == two_days
    (message,) = refused.messages
    assert "goldreel: dag_1_csv_loader failed in report_refused_files" in message
    assert "day_3/users.csv" in message
    assert "what to do:" in message


@pytest.fixture(scope="module")
def poisoned(world: World, days: list[Path], refused: Seen) -> Seen:
    """The third delivery arrived, mended, when rows of an earlier one were gone from bronze; they are put back then."""
    some = "_source_row <= 3 and _load_id in (select distinct _load_id from bronze.users order by _load_id limit 2)"
    with duckdb.connect(str(world.settings.home / "warehouse.duckdb")) as warehouse:
        lost = warehouse.sql(f"select * from bronze.users where {some}").to_arrow_table()
        warehouse.execute(f"delete from bronze.users where {some}")
    earlier = world.console.runs(DAG_3).keys()
    shutil.rmtree(world.watched / "day_3")
    world.arrive(days[2], "day_3")
    seen = _failed(world, DAG_3, earlier, len(refused.messages))
    with duckdb.connect(str(world.settings.home / "warehouse.duckdb")) as warehouse:
        warehouse.register("lost", lost)
        warehouse.execute("insert into bronze.users from lost")
    return seen


def test_a_rule_that_is_broken_fails_the_build_says_how_often_and_publishes_nothing(
    poisoned: Seen, refused: Seen, two_days: Publication
) -> None:
    assert poisoned.tasks["begin_build"] == "success"
    assert poisoned.tasks[PRODUCER] == "failed"
    assert poisoned.tasks["announce_silver"] == "upstream_failed"
    assert poisoned.runs_of_dag_4 == refused.runs_of_dag_4
    assert poisoned.publication == two_days
    (message,) = poisoned.messages
    assert f"goldreel: {DAG_3} failed in {PRODUCER}" in message
    assert "test bronze_holds_what_each_load_recorded: broken by 2 rows" in message


@pytest.fixture(scope="module")
def overtaken(world: World, poisoned: Seen) -> Seen:
    """Between the beginning of a build and its dbt another build began; and the warehouse was busy at both."""
    console, file = world.console, str(world.settings.home / "warehouse.duckdb")
    other = duckdb.connect(file)
    run = console.trigger(DAG_3)
    console.wait_for("begin_build to start", lambda: console.tasks(DAG_3, run).get("begin_build") == "running")
    console.set_slots(POOL, 0)
    other.close()
    console.wait_for("begin_build to end", lambda: console.tasks(DAG_3, run)["begin_build"] == "success")
    assert _begun_by_hand(world.settings).status == "running"
    other = duckdb.connect(file)
    console.set_slots(POOL, 1)
    console.wait_for("dbt to wait", lambda: "waiting up to" in console.log(DAG_3, run, PRODUCER))
    other.close()
    console.wait_for("the run to end", lambda: console.runs(DAG_3)[run] in ENDED)
    return _seen(world, DAG_3, run, len(world.messages_told()))


def _begun_by_hand(settings: Settings) -> Build:
    return pipeline.begin_build(settings, date.today())


def test_a_build_that_another_one_overtook_ends_as_skipped_after_it_waited_for_the_warehouse(overtaken: Seen) -> None:
    gate = f"{PRODUCER}_done"  # Cosmos's own; stands for nothing
    states = {task: state for task, state in overtaken.tasks.items() if task not in ("begin_build", gate)}
    assert len(states) > 10
    assert set(states.values()) == {"skipped"}
    assert overtaken.messages == []


def test_what_was_mended_is_published_when_the_build_is_started_again(
    world: World, overtaken: Seen, two_days: Publication
) -> None:
    run = world.console.trigger(DAG_3)
    healed = world.wait_for_publication("day_1", "day_2", "day_3")
    assert world.console.runs(DAG_3)[run] == "success"
    assert healed.version == two_days.version + 1
