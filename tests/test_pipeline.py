"""The whole pipeline: what a run leaves behind equals an independent reading of the contract."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from exported import duckdb_scripts
from goldreel import pipeline
from goldreel.cli import main
from goldreel.config import Settings
from goldreel.engines import open_engine
from goldreel.engines.base import RefusedRow, Table
from goldreel.engines.duckdb import DuckDBEngine
from goldreel.engines.published_files import PublishedFiles
from goldreel.errors import GoldreelError, ServerLost, UsageError
from goldreel.generator import GeneratorOptions, generate
from goldreel.loading import find_delivery, ledger, load_delivery
from goldreel.loading.contract import USERS, VIEWING_SESSIONS
from goldreel.publish import current_publication
from goldreel.sql_runner import Script, run_script
from goldreel.transform import BuildResult, NodeResult
from oracle import account_for, differences

AS_OF = date(2024, 9, 30)
REFERENCE = Path(__file__).parents[2] / "shared" / "data" / "reference"


def run(settings: Settings, *deliveries: Path, as_of: date = AS_OF) -> pipeline.RunReport:
    return pipeline.run(settings, deliveries, as_of, pipeline.Silent())


def query(file: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def assert_equals_the_contract(settings: Settings, deliveries: list[Path], as_of: date = AS_OF) -> None:
    expected = account_for(deliveries, as_of)
    with duckdb.connect(str(settings.warehouse_file), read_only=True) as connection:
        assert differences(connection, expected) == []


@pytest.fixture(scope="module")
def deliveries(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three days, dirty, with corrections, late users and titles, and files that must be refused."""
    options = GeneratorOptions(
        users=300, sessions=5_000, titles=60, days=90, dirt=0.05, deliveries=3, broken_files=True, seed=7
    )
    return list(generate(tmp_path_factory.mktemp("deliveries"), options).folders)


@pytest.fixture(scope="module")
def first_run(deliveries: list[Path], tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, pipeline.RunReport]:
    settings = Settings(home=tmp_path_factory.mktemp("home"), threads=2)  # whatever the others have
    return settings, run(settings, *deliveries)


@pytest.fixture
def settings(first_run: tuple[Settings, pipeline.RunReport], tmp_path: Path) -> Settings:
    """A warehouse of its own, in the state that the first run left."""
    shutil.copytree(first_run[0].home, tmp_path / "home", symlinks=True)
    return Settings(home=tmp_path / "home")


def test_a_run_equals_the_contract_cell_by_cell(
    first_run: tuple[Settings, pipeline.RunReport], deliveries: list[Path]
) -> None:
    assert_equals_the_contract(first_run[0], deliveries)


def test_refused_files_are_told_and_the_rest_is_published(first_run: tuple[Settings, pipeline.RunReport]) -> None:
    settings, report = first_run
    assert len(report.refused) == 22
    assert report.exit_code == 1
    assert report.publication is not None
    assert query(settings.published / "current.duckdb", "select version from publication") == [(1,)]
    assert query(settings.warehouse_file, "select count(*) from ops.refused_files") == [(22,)]


def test_the_account_in_the_summary_covers_every_delivered_record(
    first_run: tuple[Settings, pipeline.RunReport],
) -> None:
    settings, report = first_run
    delivered = dict(
        query(settings.warehouse_file, "select entity, sum(records_delivered)::int from bronze.loads group by entity")
    )
    counted: dict[str, int] = {}
    for entity, _, _, records in report.account:
        counted[entity] = counted.get(entity, 0) + records
    assert counted == delivered


@pytest.mark.skipif(not REFERENCE.is_dir(), reason="the reference delivery is not beside the repository")
def test_the_reference_delivery_gives_the_published_figures(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    report = run(settings, REFERENCE)
    assert report.exit_code == 0
    assert report.kpis["active_users_100h_plus"] == 4_271
    assert report.kpis["total_content_catalog"] == 300
    assert report.kpis["total_viewing_sessions"] == 191_807
    assert query(settings.warehouse_file, "select count(*) from gold_genre_analytics") == [(11,)]
    assert_equals_the_contract(settings, [REFERENCE])


def test_the_same_deliveries_again_change_nothing(settings: Settings, deliveries: list[Path]) -> None:
    tables = ["bronze.loads", "silver_viewing_sessions", "quarantine", "gold_user_analytics", "gold_data_quality"]
    before = [sorted(query(settings.warehouse_file, f"select hash(t) from {name} t")) for name in tables[:3]]
    report = run(settings, *deliveries)
    after = [sorted(query(settings.warehouse_file, f"select hash(t) from {name} t")) for name in tables[:3]]
    assert {outcome.status for outcome in report.files} == {"known", "refused"}
    assert after == before
    assert_equals_the_contract(settings, deliveries)


def test_the_order_of_deliveries_decides_which_record_is_the_latest(deliveries: list[Path], tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    run(settings, *reversed(deliveries))
    assert_equals_the_contract(settings, deliveries[::-1])


def test_the_plain_scripts_give_what_the_contract_says(settings: Settings, deliveries: list[Path]) -> None:
    with open_engine(settings, "script") as engine:
        kinds = "select table_name, table_type from information_schema.tables where table_schema = 'main'"
        for name, kind in engine.execute(kinds).rows:
            engine.execute(f"drop {'view' if kind == 'VIEW' else 'table'} {name}")
        for _ in range(2):
            for name, text in duckdb_scripts().items():
                assert list(run_script(engine, Script(name, text))) == []
    assert_equals_the_contract(settings, deliveries)


def test_a_session_counts_when_its_user_and_title_arrive_and_days_to_the_as_of_day(tmp_path: Path) -> None:
    header = ",".join(VIEWING_SESSIONS.columns)
    early, late = tmp_path / "early", tmp_path / "late"
    for folder in (early, late):
        folder.mkdir()
    (early / "viewing_sessions.csv").write_text(f"{header}\nS1,U1,M1,2024-05-01,30,50,TV,HD\n")
    (late / "users.csv").write_text(f"{','.join(USERS.columns)}\nU1,30,Peru,Basic,2024-01-01,100\n")
    (late / "content.json").write_text('{"movies": [{"content_id": "M1", "duration_minutes": 90}], "series": []}')
    settings = Settings(home=tmp_path / "home")
    report = run(settings, early)
    assert report.account == [("viewing_sessions", "held", "user_unknown", 1)]
    assert report.kpis["total_viewing_sessions"] == 0
    assert report.kpis["data_through"] is None
    assert query(settings.warehouse_file, "select session_id, offending_value from held_viewing_sessions") == [
        ("S1", "U1")
    ]
    report = run(settings, late, as_of=date(2025, 1, 1))
    assert report.kpis["total_viewing_sessions"] == 1
    assert query(settings.warehouse_file, "select days_since_signup from gold_user_analytics") == [(366,)]
    assert_equals_the_contract(settings, [early, late], date(2025, 1, 1))


def test_nothing_to_build_from_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing has been loaded yet"):
        run(Settings(home=tmp_path / "home"))


def test_a_failed_test_leaves_what_was_published_as_it_was(settings: Settings) -> None:
    published = settings.published / "v000001.duckdb"
    before = published.read_bytes()
    with open_engine(settings) as engine:  # a record that no ledger row knows of
        engine.execute(
            "insert into bronze.users by name select * replace ('U-smuggled' as user_id) from bronze.users limit 1"
        )
    report = run(settings)
    assert report.exit_code == 1
    assert report.publication is None
    assert report.result is not None
    failed = {node.name: node.failures for node in report.result.failed}
    assert failed.get("bronze_holds_what_each_load_recorded", 0) > 0
    publication = current_publication(settings)
    assert publication is not None
    assert publication.version == 1
    assert published.read_bytes() == before
    with pytest.raises(GoldreelError, match="Only a build that passed"):
        pipeline.publish(settings)


@pytest.mark.parametrize(("message", "builds"), [("chosen as the deadlock victim", 2), ("Divide by zero", 1)])
def test_a_build_is_tried_again_only_after_what_passes_by_itself(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, message: str, builds: int
) -> None:
    failed = NodeResult("gold_user_analytics", "model", "failed", message, 0, 1.0)
    built: list[str] = []

    def build(engine: Any, workspace: Path, variables: dict[str, Any], about_build: Any, on_node: Any) -> BuildResult:
        built.append(variables["as_of"])
        return BuildResult((failed,))

    monkeypatch.setattr("goldreel.pipeline.steps.build_models", build)
    monkeypatch.setattr(DuckDBEngine, "is_transient", lambda self, text: "deadlock" in text)
    assert run(settings).exit_code == 1
    assert built == [AS_OF.isoformat()] * builds


def test_a_server_lost_while_models_are_built_is_told_as_such_and_not_blamed_on_dbt(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        def __init__(self, callbacks: Any = (), manifest: Any = None) -> None: ...

        def invoke(self, arguments: list[str]) -> Any:
            return SimpleNamespace(success=False, exception=RuntimeError("TCP Provider: Error code 0x68"), result=None)

    monkeypatch.setattr("dbt.cli.main.dbtRunner", Broken)
    lost = ServerLost("The connection was lost.", "there", "run it again")
    monkeypatch.setattr(DuckDBEngine, "loss", lambda self, text: lost if "TCP Provider" in text else None)
    with pytest.raises(ServerLost):
        run(settings)
    monkeypatch.setattr(DuckDBEngine, "loss", lambda self, text: None)
    with pytest.raises(GoldreelError, match="dbt could not build the models"):
        run(settings)


def test_what_was_done_is_told_though_the_publication_failed_and_no_version_number_is_used_up(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    passed = NodeResult("gold_user_analytics", "model", "passed", "", 0, 1.0)
    monkeypatch.setattr("goldreel.pipeline.steps.build_models", lambda *rest: BuildResult((passed,)))
    monkeypatch.setattr("goldreel.pipeline.state.prepare_comparison", lambda *rest: None)  # what was built stays
    monkeypatch.setenv("GOLDREEL_HOME", str(settings.home))

    def unwritable(path: Path, target: Any) -> None:
        raise OSError(28, "No space left on device")

    def goldreel(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["goldreel", *arguments])
        with pytest.raises(SystemExit, match="1"):
            main()
        return capsys.readouterr().out

    with monkeypatch.context() as patch:
        patch.setattr(Path, "symlink_to", unwritable)
        told = goldreel("run", "--as-of", AS_OF.isoformat())
        assert "Every record accounted for" in told
        assert "Published" not in told
        assert json.loads(goldreel("run", "--json"))["failure"]["what"] == "The disk is full."
    assert PublishedFiles(settings.published, 3).versions() == [1]
    assert pipeline.publish(settings).version == 2


def test_what_was_loaded_is_told_though_a_later_file_failed(
    deliveries: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    append = DuckDBEngine.append

    def lost_at_sessions(self: DuckDBEngine, table: Table, rows: Any) -> list[RefusedRow]:
        if table == VIEWING_SESSIONS.table:
            raise ServerLost("The connection was lost.", "there", "run it again")
        return append(self, table, rows)

    monkeypatch.setattr(DuckDBEngine, "append", lost_at_sessions)
    monkeypatch.setenv("GOLDREEL_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(sys, "argv", ["goldreel", "load", str(deliveries[0])])
    with pytest.raises(SystemExit, match="1"):
        main()
    shown = capsys.readouterr()
    assert "users.csv" in shown.out
    assert "The connection was lost." in shown.err
    assert "that is a bug" not in shown.err


def test_a_sweep_that_fails_hides_no_other_error(
    deliveries: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*arguments: Any) -> Any:
        raise ServerLost("The connection was lost.")

    def broken(*arguments: Any) -> Any:
        raise GoldreelError("The records could not be sent.")

    with open_engine(Settings(home=tmp_path / "home")) as engine:
        ledger.prepare(engine)
        monkeypatch.setattr(DuckDBEngine, "append", broken)
        monkeypatch.setattr(DuckDBEngine, "keep_loads", lost)
        with pytest.raises(GoldreelError, match="could not be sent"):
            load_delivery(engine, find_delivery(deliveries[0]), pipeline.Silent())


def test_a_build_that_was_killed_is_not_published(settings: Settings) -> None:
    with open_engine(settings) as engine:
        engine.execute("delete from ops.build_log where status <> 'running'")
    with pytest.raises(GoldreelError, match="running"):
        pipeline.publish(settings)


def test_the_last_versions_are_kept_and_an_earlier_one_can_come_back(settings: Settings) -> None:
    (settings.published / ".v000009.duckdb").write_bytes(b"left by a publication that was killed")
    for _ in range(4):
        pipeline.publish(settings)
    names = sorted(path.name for path in settings.published.iterdir())
    assert names == ["current.duckdb", "v000003.duckdb", "v000004.duckdb", "v000005.duckdb"]
    assert [path.stat().st_mode & 0o777 for path in settings.published.glob("v*")] == [0o444] * 3
    assert pipeline.publish(settings, version=4).version == 4
    assert (settings.published / "current.duckdb").resolve().name == "v000004.duckdb"
    with pytest.raises(UsageError, match="Version 2 is not kept"):
        pipeline.publish(settings, version=2)


def test_what_is_published_is_whole(settings: Settings) -> None:
    tables = "select table_name from information_schema.tables where table_schema = 'main' order by 1"
    names = {name for (name,) in query(settings.published / "current.duckdb", tables)}
    assert {name for (name,) in query(settings.warehouse_file, tables)} | {"publication"} == names
    for name in ("silver_viewing_sessions", "fact_viewing_session", "quarantine", "gold_user_analytics"):
        count = f"select count(*) from {name}"
        assert query(settings.published / "current.duckdb", count) == query(settings.warehouse_file, count)


def test_a_reader_goes_on_reading_its_version_while_others_are_published(settings: Settings) -> None:
    reader = duckdb.connect(str(settings.published / "current.duckdb"), read_only=True)
    count = "select count(*), (select version from publication) from silver_viewing_sessions"
    before = reader.execute(count).fetchone()
    stop = threading.Event()
    broken: list[Exception] = []

    def poll() -> None:
        while not stop.is_set():
            try:
                query(settings.published / "current.duckdb", "select data_through from gold_executive_summary")
            except Exception as error:
                broken.append(error)

    poller = threading.Thread(target=poll)
    poller.start()
    for _ in range(5):
        pipeline.publish(settings)
        assert reader.execute(count).fetchone() == before
    stop.set()
    poller.join()
    assert broken == []
    reader.close()


def test_killed_at_any_moment_and_run_again_it_is_as_if_nothing_had_happened(
    tmp_path: Path, deliveries: list[Path]
) -> None:
    big = tmp_path / "big"
    generate(big, GeneratorOptions(users=1_000, sessions=100_000, titles=100, dirt=0.01))
    folders = [*deliveries, big]
    thresholds = {"identity_changed_stopped": 1.0}  # the big one is of other people
    settings = Settings(home=tmp_path / "home", threads=2, thresholds=thresholds)
    at_work = multiprocessing.get_context("forkserver")  # nobody is killed while importing dbt
    at_work.set_forkserver_preload(["goldreel.pipeline", "dbt.cli.main"])
    moments = random.Random(4)
    for seconds in (0.1, 0.6, *(moments.uniform(0.6, 5) for _ in range(4))):
        process = at_work.Process(target=pipeline.run, args=(settings, folders, AS_OF, pipeline.Silent()))
        process.start()
        time.sleep(seconds)
        process.kill()
        process.join()
        assert process.exitcode == -signal.SIGKILL
    command = [sys.executable, "-m", "goldreel", "run", *map(str, folders), "--as-of", AS_OF.isoformat()]
    environment = os.environ | {"GOLDREEL_HOME": str(settings.home), "GOLDREEL_THREADS": "2"}
    environment["GOLDREEL_THRESHOLDS"] = json.dumps(thresholds)
    finished = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert finished.returncode == 1, finished.stderr  # of the refused files
    assert "Published" in finished.stdout
    assert_equals_the_contract(settings, folders)
