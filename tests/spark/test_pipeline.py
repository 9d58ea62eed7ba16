"""The whole pipeline on Spark: equal to an independent reading of the contract, and to the embedded warehouse."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from checks.stopping import NONE_STOPPED
from gold_tables.parts import CHECKOUT
from goldreel import pipeline
from goldreel.config import Settings
from goldreel.engines.base import Engine
from goldreel.generator import GeneratorOptions, generate
from goldreel.loading.contract import USERS, VIEWING_SESSIONS
from goldreel.publish import current_publication
from oracle import KEYS, account_for, differences

from .conftest import QUICK

pytest.importorskip("pyspark")

AS_OF = date(2024, 9, 30)

# What engines read differently if one lets them: each stands in every place where a number or a day may stand.
NUMBERS = (
    "5", "+5", "-5", "-0", "007", " 5 ", "5.0", "5.", ".5", "1e3", "1_000", "1,5", "0x1F", "NaN", "Infinity", "٥", "５",
    "5d", "5f", "5L",
    "9223372036854775807", "9223372036854775808", "1" + "0" * 308, "1" + "0" * 309, "5\u2028", "", "\u00a05",
)  # fmt: skip
DAYS = (
    "2024-01-31", "2024-02-29", "2023-02-29", "2024-1-5", "0001-01-01", "0000-01-01", "1582-10-10", "9999-12-31",
    "+2024-01-01",
    "2024-01-31T23:59:59Z", "2024-01-31 00:30:00+14:00", "2024-01-31 23:30:00-11:00", "2024-01-31T25:00:00",
    "2024-01-31x",
    "20240131", "epoch", "now", "2024-01-31\u0085", "",
)  # fmt: skip
TEXTS = (
    "peru",
    "Peru",
    "PERU",
    "Perú",
    "Peru\u00a0",
    "Straße",
    "STRASSE",
    "null",
    "NULL",
    "\\N",
    "a\\'b",
    "${x}",
    "{{ y }}",
)


def write_traps(folder: Path) -> Path:
    folder.mkdir()

    def write(name: str, header: str, lines: list[list[str]]) -> None:
        cells = (",".join('"' + cell.replace('"', '""') + '"' for cell in line) for line in lines)
        (folder / name).write_text("\n".join([header, *cells, ""]), encoding="utf-8", newline="")

    users = [[f"N{i}", number, "Peru", "Basic", "2024-01-01", number] for i, number in enumerate(NUMBERS)]
    users += [[f"D{i}", "30", "Peru", "Basic", day, "200"] for i, day in enumerate(DAYS)]
    users += [[f"T{i}", "30", text, text, "2024-01-01", "200"] for i, text in enumerate(TEXTS)]
    users += [["u1", "30", "Peru", "Basic", "2024-01-01", "200"], ["U1", "31", "Chile", "Basic", "2024-01-01", "300"]]
    write("users.csv", ",".join(USERS.columns), users)
    sessions = [[f"N{i}", "U1", "M1", "2024-01-01", number, number, "TV", "HD"] for i, number in enumerate(NUMBERS)]
    sessions += [[f"D{i}", "u1", "M1", day, "60", "50", "TV", "HD"] for i, day in enumerate(DAYS)]
    sessions += [[f"T{i}", f"T{i}", "m1", "2024-08-31", "60", "", text, text] for i, text in enumerate(TEXTS)]
    sessions += [
        ["d0", "U1", "M1", "2024-08-30", "1440", "100", "", ""],
        ["D0", "u1", "m1", "2024-08-29", "1440.1", "", "", ""],
    ]
    header = ",".join(VIEWING_SESSIONS.columns)
    write("viewing_sessions.csv", header, sessions)
    titles: list[dict[str, Any]] = [
        {
            "content_id": "M1",
            "title": "One",
            "genre": ["Drama", " drama ", "Drama"],
            "duration_minutes": 90,
            "rating": 4.5,
        },
        {"content_id": "m1", "title": None, "genre": [], "duration_minutes": "90.50", "rating": "9"},
    ]
    titles += [
        {"content_id": f"N{i}", "title": text, "genre": [text], "duration_minutes": number, "release_year": number,
         "rating": number, "production_budget": number, "views_count": number}
        for i, (number, text) in enumerate(zip(NUMBERS, TEXTS * 3, strict=False))
    ]  # fmt: skip
    (folder / "content.json").write_text(json.dumps({"movies": titles, "series": []}), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def deliveries(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("deliveries")
    options = GeneratorOptions(users=200, sessions=3_000, titles=40, days=90, dirt=0.05, deliveries=2, seed=11)
    return [*generate(folder, options).folders, write_traps(folder / "traps")]


@pytest.fixture(scope="module")
def settings(spark: Engine, home: Path, deliveries: list[Path]) -> Settings:
    """Those of a warehouse that one run has filled."""
    settings = Settings(home=home, engine="spark", threads=2, thresholds=NONE_STOPPED)
    report = pipeline.run(settings, deliveries, AS_OF, pipeline.Silent())
    assert report.result is not None
    assert [node.name for node in report.result.failed] == []
    assert report.publication is not None
    return settings


@pytest.fixture
def engine(spark: Engine, settings: Settings) -> Engine:
    """The warehouse that the run has filled."""
    return spark


def as_duckdb(engine: Engine, schema: str) -> duckdb.DuckDBPyConnection:
    """The tables that the oracle knows, from Spark."""
    con = duckdb.connect()
    con.execute("create schema bronze")
    for table in KEYS:
        where, _, name = table.rpartition(".")
        con.register("rows", engine.read(where or schema, name))
        con.execute(f"create table {table} as from rows")
    return con


def test_a_run_equals_the_contract_cell_by_cell(engine: Engine, deliveries: list[Path]) -> None:
    assert differences(as_duckdb(engine, "default"), account_for(deliveries, AS_OF)) == []


def test_the_account_names_every_trap(engine: Engine) -> None:
    found = dict(engine.execute("select rule, count(*) from quarantine where record_key like 'D%' group by rule").rows)
    assert found["watch_date_invalid"] > 5
    assert found["signup_date_invalid"] > 5


def test_the_next_build_goes_to_the_other_schema_and_readers_follow(engine: Engine, settings: Settings) -> None:
    days = "select count(distinct watch_date), count(*) from silver_viewing_sessions"
    before = engine.execute(days).rows
    by_day = settings.model_copy(update={"spark_partition_by_day": True})
    report = pipeline.run(by_day, [], AS_OF, pipeline.Silent())
    assert report.publication is not None
    assert report.publication.version == 2
    assert engine.execute(days).rows == before
    shown = engine.execute("show create table silver_viewing_sessions").rows[0][0]
    assert "build_b" in shown
    partitions = engine.execute("show partitions build_b.silver_viewing_sessions").rows
    assert len(partitions) == before[0][0]
    assert engine.published_versions() == [1, 2]
    pipeline.publish(settings, 1)
    publication = current_publication(settings)
    assert publication is not None
    assert publication.version == 1
    assert "build_a" in engine.execute("show create table silver_viewing_sessions").rows[0][0]


def test_engines_agree_through_spark_connect_too(java: str, tmp_path: Path) -> None:
    """As the command that a person would give, on dirty deliveries of several days: files together, and in blocks."""
    options = GeneratorOptions(users=300, sessions=6_000, titles=60, days=90, dirt=0.05, deliveries=3, seed=5)
    folders = [str(folder) for folder in generate(tmp_path / "deliveries", options).folders]
    environment = os.environ | {"GOLDREEL_SPARK_REMOTE": "local[2]", "GOLDREEL_HOME": str(tmp_path / "home")}
    environment = {name: value for name, value in environment.items() if name not in QUICK}  # Spark as it is
    started = (
        "from goldreel.loading import together; together.SMALL_FILE = 20_000; from goldreel.cli import main; main()"
    )
    command = [sys.executable, "-c", started, "parity", "--between", "duckdb,spark", *folders, "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    found = json.loads(done.stdout)
    compared = {table["table"]: table["cells"] for table in found["tables"]}
    assert set(compared) == CHECKOUT.readers_tables()
    assert sum(compared.values()) > 100_000
    assert not (tmp_path / "home").exists()
