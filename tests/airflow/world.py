"""A whole Airflow with the DAGs, the folder that it watches, and the warehouse: what the tests of the chain look at."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from airflow.console import Console
from goldreel import pipeline
from goldreel.config import EngineName, Settings
from goldreel.orchestration.local import environment, free_port, prepare, running
from goldreel.parity import compare_tables
from goldreel.publish import Publication, current_publication

DAG_1, DAG_2 = "dag_1_csv_loader", "dag_2_json_content_loader"
DAG_3, DAG_4 = "dag_3_data_transformer_bronze", "dag_4_silver_to_gold"
CHAIN = (DAG_1, DAG_2, DAG_3, DAG_4)
LOOK = "goldreel_reconciliation"
PATIENCE = 60.0  # seconds that a task waits for a busy warehouse


@dataclass(frozen=True)
class World:
    """An Airflow, and where deliveries come from and go."""

    console: Console
    settings: Settings
    watched: Path
    messages: Path

    def arrive(self, day: Path, name: str) -> None:
        """Deliver the files of a day, all at once."""
        draft = self.watched / f"{name}.partial"
        shutil.copytree(day, draft)
        draft.rename(self.watched / name)

    def lay(self, file: Path, name: str) -> None:
        """Deliver one file, in the watched folder itself."""
        draft = self.watched / f".{name}"
        shutil.copyfile(file, draft)
        draft.rename(self.watched / name)

    def delivered(self) -> list[Path]:
        """All files that have arrived."""
        return [file for file in self.watched.rglob("*") if file.is_file() and not file.name.startswith(".")]

    def published(self) -> Publication | None:
        return current_publication(self.settings)

    def published_loads(self) -> list[str]:
        """The fingerprints of the files in what is published, in the order of their loads."""
        found = self.published()
        if found is None:
            return []
        with duckdb.connect(found.location, read_only=True) as readers:
            return [sha for (sha,) in readers.execute("select sha256 from bronze.loads order by load_id").fetchall()]

    def wait_for_publication(self, *names: str) -> Publication:
        """Until all files in these folders have gone into what is published, and nothing is under way any more."""
        expected = sum(1 for name in names for _ in (self.watched / name).iterdir())
        self.console.wait_for(f"a publication of {expected} files", lambda: len(self.published_loads()) == expected)
        self.console.wait_for_quiet(CHAIN)
        return self.published() or pytest.fail("nothing is published")

    def messages_told(self) -> list[str]:
        """By the notifier, so far."""
        if not self.messages.exists():
            return []
        return [json.loads(line) for line in self.messages.read_text().splitlines()]


@contextmanager
def airflow_at_work(
    root: Path, store: str = "", engine: EngineName = "duckdb", more: Mapping[str, str] | None = None
) -> Iterator[World]:
    """All of it, in a folder; the look from time to time is paused.

    Args:
        store: the address in an object store that is watched, in the place of a folder.
        engine: that the DAGs use.
        more: to its environment.
    """
    home, watched, messages = root / "home", root / "deliveries", root / "messages"
    for folder in (root / "airflow", watched):
        folder.mkdir(parents=True)
    about = environment(root / "airflow", store or str(watched), free_port(18_080)) | {
        "GOLDREEL_HOME": str(home),
        "GOLDREEL_ENGINE": engine,
        "GOLDREEL_DELIVERIES_SETTLE": "1",
        "GOLDREEL_LOCK_TIMEOUT": str(PATIENCE),
        "GOLDREEL_AIRFLOW_NOTIFIER": "told.Written",
        "GOLDREEL_AIRFLOW_NOTIFIER_ARGUMENTS": json.dumps({"file": str(messages), "text": "{message}"}),
        "AIRFLOW__CORE__UNIT_TEST_MODE": "false",
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *filter(None, [os.environ.get("PYTHONPATH")])]),
    }
    about |= more or {}
    prepare(about)
    with running(about):
        console = Console(about)
        console.wait_for("the DAGs", lambda: len(console.dags()) == len(CHAIN) + 1)
        console.pause(LOOK)
        yield World(console, Settings(home=home, engine=engine), watched, messages)


def differences(published: str, settings: Settings) -> list[str]:
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


def holder_of(settings: Settings) -> int | None:
    """The process that works on the warehouse just now."""
    _, _, told = pipeline.status(settings).in_use.partition("(PID ")
    return int(told.partition(")")[0]) if told else None
