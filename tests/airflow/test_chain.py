"""A real Airflow at work: files arrive, the four DAGs chain by themselves, and only what is right is published.

One story, told once: each fixture goes on where the one before it ended, and the tests look at what was seen then.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pytest

from airflow.console import ENDED, Console
from goldreel import pipeline
from goldreel.build_log import Build
from goldreel.config import Settings
from goldreel.generator import GeneratorOptions, generate
from goldreel.orchestration import POOL
from goldreel.orchestration.local import environment, free_port, prepare, running
from goldreel.parity import compare_tables
from goldreel.publish import Publication, current_publication

DAG_1, DAG_3, DAG_4 = "dag_1_csv_loader", "dag_3_data_transformer_bronze", "dag_4_silver_to_gold"
PRODUCER = "silver.dbt_producer_watcher"
PATIENCE = 60.0  # seconds that a task waits for a busy warehouse


@dataclass(frozen=True)
class World:
    """An Airflow, the deliveries to come, and where they go."""

    console: Console
    settings: Settings
    watched: Path
    days: list[Path]
    messages: Path

    def arrive(self, day: Path, name: str) -> None:
        """Deliver the files of a day, all at once."""
        draft = self.watched / f"{name}.partial"
        shutil.copytree(day, draft)
        draft.rename(self.watched / name)

    def published(self) -> Publication | None:
        return current_publication(self.settings)

    def wait_for_publication(self, *names: str) -> Publication:
        """Until all files in these folders have gone into what is published, and nothing is under way any more."""
        expected = sum(1 for name in names for _ in (self.watched / name).iterdir())

        def has_all() -> Publication | None:
            found = self.published()
            if found is None:
                return None
            with duckdb.connect(found.location, read_only=True) as readers:
                (loads,) = readers.execute("select count(*) from bronze.loads").fetchone() or (0,)
            return found if loads == expected else None

        self.console.wait_for(f"a publication of {expected} files", has_all)
        self.console.wait_for_quiet()
        published = self.published()  # what has_all found may be of the version before the one that it then counted
        assert published is not None
        return published

    def messages_told(self) -> list[str]:
        """By the notifier, so far."""
        if not self.messages.exists():
            return []
        return [json.loads(line) for line in self.messages.read_text().splitlines()]


@pytest.fixture(scope="module")
def world(scheduler: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    root = tmp_path_factory.mktemp("chain")
    options = GeneratorOptions(users=200, sessions=2_000, titles=30, days=30, deliveries=3, dirt=0.02)
    days = generate(root / "generated", options).folders
    home, watched, messages = root / "home", root / "deliveries", root / "messages"
    for folder in (root / "airflow", watched):
        folder.mkdir()
    about = environment(root / "airflow", watched, free_port(18_080)) | {
        "GOLDREEL_HOME": str(home),
        "GOLDREEL_DELIVERIES_SETTLE": "1",
        "GOLDREEL_LOCK_TIMEOUT": str(PATIENCE),
        "GOLDREEL_AIRFLOW_NOTIFIER": "told.Written",
        "GOLDREEL_AIRFLOW_NOTIFIER_ARGUMENTS": json.dumps({"file": str(messages), "text": "{message}"}),
        "AIRFLOW__CORE__UNIT_TEST_MODE": "false",
        "PYTHONPATH": str(Path(__file__).parent),
    }
    prepare(about)
    with running(about):
        console = Console(about)
        console.wait_for("the DAGs", lambda: len(console.dags()) == 4)
        yield World(console, Settings(home=home), watched, days, messages)


@pytest.fixture(scope="module")
def two_days(world: World) -> Publication:
    """The first two deliveries arrived, the second when the first was published."""
    world.arrive(world.days[0], "day_1")
    world.wait_for_publication("day_1")
    world.arrive(world.days[1], "day_2")
    return world.wait_for_publication("day_1", "day_2")


def _differences(published: str, settings: Settings) -> list[str]:
    """Between two published versions of gold and the star schema: the first few of each table, in words."""
    files = {"airflow": published, "command": (current_publication(settings) or pytest.fail("nothing")).location}
    with duckdb.connect() as cells:
        for name, file in files.items():
            cells.execute(f"attach '{file}' as {name}_file (read_only); create schema {name}")
            tables = cells.execute(
                "select table_schema, table_name from information_schema.tables "
                "where table_catalog = ? and regexp_matches(table_name, '^(gold|dim|fact|bridge)_')",
                [f"{name}_file"],
            ).fetchall()
            for schema, table in tables:
                cells.execute(f'create view {name}."{table}" as from {name}_file."{schema}"."{table}"')
        compared = list(compare_tables(cells, "airflow", "command"))
    assert len(compared) > 15
    return [f"{table.table}: {difference}" for table in compared for difference in table.differences]


def test_two_days_of_deliveries_are_published_as_the_command_line_does_it(
    world: World, two_days: Publication, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    arguments = ["run", *(str(world.days[day]) for day in (0, 1)), "--as-of", two_days.as_of]
    subprocess.run(
        [sys.executable, "-m", "goldreel", *arguments],
        env=os.environ | {"GOLDREEL_HOME": str(home)},
        check=True,
        capture_output=True,
    )
    assert _differences(two_days.location, Settings(home=home)) == []
    assert world.messages_told() == []
    states = {state for dag in world.console.dags() for state in world.console.runs(dag).values()}
    assert states == {"success"}


@dataclass(frozen=True)
class Seen:
    """How things stood when a run had ended."""

    tasks: dict[str, str | None]
    messages: list[str]
    publication: Publication | None
    runs_of_dag_4: int


def _seen(world: World, dag: str, run: str, told_before: int) -> Seen:
    world.console.wait_for_quiet()
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
def poisoned(world: World, refused: Seen) -> Seen:
    """The third delivery arrived, mended, when rows of an earlier one were gone from bronze; they are put back then."""
    some = "_source_row <= 3 and _load_id in (select distinct _load_id from bronze.users order by _load_id limit 2)"
    with duckdb.connect(str(world.settings.home / "warehouse.duckdb")) as warehouse:
        lost = warehouse.sql(f"select * from bronze.users where {some}").to_arrow_table()
        warehouse.execute(f"delete from bronze.users where {some}")
    earlier = world.console.runs(DAG_3).keys()
    shutil.rmtree(world.watched / "day_3")
    world.arrive(world.days[2], "day_3")
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
    return pipeline.begin_build(settings, date.today()) or pytest.fail("no build began")


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
