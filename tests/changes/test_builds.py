"""Real builds, one after the other: what is kept of their changes, and what failed ones leave behind."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner

from changes import reference
from changes.reference import Record, State
from changes.test_histories import SHOWN
from goldreel import pipeline
from goldreel.changes import builds_told_in
from goldreel.cli import cli
from goldreel.config import Settings
from goldreel.engines import Engine, open_engine
from goldreel.engines.copied_ahead import CopiedAhead
from goldreel.engines.duckdb_copies import ReadersCopy
from goldreel.errors import GoldreelError
from goldreel.generator import GeneratorOptions, generate
from goldreel.verify import verify
from oracle import USERS
from oracle.rules import JUDGES

AS_OF = date(2024, 9, 30)
BROKEN = (
    "update bronze.loads set records_loaded = records_loaded {} where load_id = (select max(load_id) from bronze.loads)"
)


def query(settings: Settings, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(settings.published / "current.duckdb"), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def delivered(settings: Settings) -> list[Record]:
    """Every record in bronze."""
    records = []
    with open_engine(settings) as engine:
        for entity in JUDGES:
            for row in engine.read("bronze", entity).to_pylist():
                place = row["_load_id"], row["_source_file"], row["_source_row"]
                text = {name: value for name, value in row.items() if not name.startswith("_")}
                records.append(Record(entity, text, *place))
    return records


def copied(settings: Settings) -> dict[str, list[str]]:
    with duckdb.connect(str(settings.published / "current.duckdb"), read_only=True) as connection:
        found = connection.execute("select table_name from duckdb_tables() where schema_name = 'main'")
        names = {name for (name,) in found.fetchall()} - {"publication"}
        return {name: sorted(map(repr, connection.execute(f"from {name}").fetchall())) for name in names}


def built_tables(settings: Settings) -> dict[str, list[str]]:
    names = copied(settings)
    with open_engine(settings) as engine:
        return {name: sorted(map(repr, engine.execute(f"from {name}").rows)) for name in names}


def run(settings: Settings, *deliveries: Path) -> pipeline.RunReport:
    return pipeline.run(settings, deliveries, AS_OF, pipeline.Silent())


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, dict[int, list[tuple[Any, ...]]]]:
    """Four deliveries, a build for each; between the second and the third one that failed and one that was killed."""
    folder = tmp_path_factory.mktemp("changes")
    options = GeneratorOptions(users=150, sessions=2_000, titles=30, days=60, dirt=0.05, deliveries=4, seed=3)
    deliveries = generate(folder / "deliveries", options).folders
    settings = Settings(home=folder / "home")
    before, wanted = State(), {}
    for number, delivery in enumerate(deliveries):
        if number == 2:
            pipeline.load(settings, [delivery], pipeline.Silent())
            with open_engine(settings) as engine:
                engine.execute(BROKEN.format("+ 1"))
            assert run(settings).exit_code == 1
            with open_engine(settings) as engine:
                engine.execute(BROKEN.format("- 1"))
            assert pipeline.begin_build(settings, AS_OF) is not None  # and its process is killed
        report = run(settings, delivery)
        assert report.build is not None
        assert report.build.status == "passed", report.result
        after = reference.judge(delivered(settings), 100)
        wanted[report.build.build_id] = reference.changes(before, after, set())
        before = after
    return settings, wanted


def test_the_changes_of_each_build_that_passed_are_kept_and_are_those_of_two_full_states(
    history: tuple[Settings, dict[int, list[tuple[Any, ...]]]],
) -> None:
    settings, wanted = history
    assert list(wanted) == [1, 2, 5, 6]
    assert query(settings, "select distinct build_id from changed_records order by 1") == [(1,), (2,), (5,), (6,)]
    for build_id, rows in wanted.items():
        found = query(settings, f"select {SHOWN} from changed_records where build_id = {build_id}")
        assert sorted(found, key=repr) == rows
        assert len(rows) > 100
    assert query(settings, "select build_id, before_build_id from compared_builds") == [(6, 5)]


def test_a_build_judges_only_what_is_new_after_one_that_passed(
    history: tuple[Settings, dict[int, list[tuple[Any, ...]]]],
) -> None:
    settings, _ = history
    with open_engine(settings) as engine:
        built = engine.execute(
            "select build_id, max(built_on), max(why_in_full) from ops.build_log group by build_id order by build_id"
        ).rows
    assert built == [
        (1, None, "it is the first build"),
        (2, 1, None),
        (3, 2, None),  # it failed
        (4, None, "build 3 did not pass"),  # it was killed
        (5, None, "build 4 did not pass"),
        (6, 5, None),
    ]
    assert [each.differing for each in verify(settings).tables if each.differing] == []


def test_the_parts_of_all_builds_are_together_what_the_numbers_are_now(
    history: tuple[Settings, dict[int, list[tuple[Any, ...]]]],
) -> None:
    settings, _ = history
    (now,) = query(
        settings,
        "select active_users_100h_plus, total_users, total_content_catalog, total_viewing_sessions, "
        "total_watch_hours, avg_user_engagement_hours from gold_executive_summary",
    )
    parts = dict(query(settings, "select kpi, sum(part) from change_totals group by kpi"))
    average = parts.pop("hours_of_active_users") / parts["active_users_100h_plus"]
    names = ("active_users_100h_plus", "total_users", "total_content_catalog", "total_viewing_sessions")
    assert [*(parts[name] for name in names), parts["total_watch_hours"], average] == pytest.approx(now, abs=0.005)


def test_only_so_many_builds_keep_their_changes_and_their_totals_stay(
    history: tuple[Settings, dict[int, list[tuple[Any, ...]]]],
) -> None:
    settings, _ = history
    totals = query(settings, "select build_id, cause, count(*) from change_totals group by all order by all")
    run(settings.model_copy(update={"keep_changes": 2}))
    assert query(settings, "select distinct build_id from changed_records") == [(6,)]
    assert query(settings, "select build_id, cause, count(*) from change_totals group by all order by all") == totals


def test_what_is_brought_up_to_date_for_readers_is_what_was_built(
    history: tuple[Settings, dict[int, list[tuple[Any, ...]]]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, _ = history
    monkeypatch.delattr(ReadersCopy, "write")  # nothing is written anew
    take, taken = CopiedAhead.take, []

    def taking(copy: CopiedAhead, file: Path, target: Path) -> bool:
        taken.append(take(copy, file, target))
        return taken[-1]

    monkeypatch.setattr(CopiedAhead, "take", taking)
    delivery = tmp_path / "delivery"
    delivery.mkdir()
    (delivery / "users.csv").write_text(
        ",".join(USERS)
        + "\nU0002,30,Peru,Basic,2023-01-01,3\nnew,30,Peru,x,2023-01-01,300\nheld,30,Peru,x,2023-01-01,300\n"
    )
    report = run(settings, delivery)
    assert report.exit_code == 0
    assert report.build is not None
    assert report.build.built_on == report.build.build_id - 1
    assert taken == [True]
    assert copied(settings) == built_tables(settings)
    assert [each.differing for each in verify(settings).tables if each.differing] == []


def test_it_is_told_why_all_is_written_anew_for_readers(
    history: tuple[Settings, dict[int, list[tuple[Any, ...]]]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    settings, _ = history

    def runs_out_of_memory(*_: object) -> None:
        raise duckdb.OutOfMemoryException("Out of Memory Error: could not allocate block\nand so on")

    monkeypatch.setattr(ReadersCopy, "_renew_rows", runs_out_of_memory)
    report = run(settings)
    assert report.publication is not None
    told = f"Version {report.publication.version - 1} could not be brought up to date, all is written anew: "
    assert told + "Out of Memory Error: could not allocate block\n" in capsys.readouterr().err
    assert copied(settings) == built_tables(settings)


def test_the_builds_that_many_changes_tell_of_are_found_in_little_memory(tmp_path: Path) -> None:
    with duckdb.connect(tmp_path / "many.duckdb") as changes:
        changes.execute("create table changed_records as select 1 as build_id from range(8_000_000)")
    with duckdb.connect(
        tmp_path / "many.duckdb", config={"memory_limit": "60MB", "temp_directory": "", "threads": 1}
    ) as changes:
        told = builds_told_in("changed_records")
        found = changes.execute(f"select build_id from (values (1), (2)) as b(build_id) where build_id not in ({told})")
        assert found.fetchall() == [(2,)]


def test_persons_are_forgotten_by_a_build_of_what_they_touched(
    history: tuple[Settings, dict[int, list[tuple[Any, ...]]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, _ = history
    monkeypatch.setenv("GOLDREEL_HOME", str(settings.home))
    active = "select user_id from silver_users where user_id like 'U%' order by user_id desc limit 2"
    gone = [name for (name,) in query(settings, active)]
    command = ["forget", gone[0], "--from", str(settings.home / "ids.txt"), "--json"]
    (settings.home / "ids.txt").write_text(f"\n {gone[1]}\r\n{gone[0]}\n")
    told = CliRunner().invoke(cli, command, standalone_mode=False)
    assert json.loads(told.stdout)["users"] == 2
    assert query(settings, active) == [(name,) for name in gone]
    done = CliRunner().invoke(cli, [*command, "--yes"], standalone_mode=False)
    certificate = json.loads(done.stdout)
    assert certificate["found"] == {str(settings.home / "ids.txt"): 2}  # a file of somebody else's: it is told
    assert done.return_value == 1
    (settings.home / "ids.txt").unlink()
    again = CliRunner().invoke(cli, ["forget", *gone, "--yes"], standalone_mode=False)
    assert again.return_value == 0, again.output
    assert "2 users" in again.stdout
    assert "none found" in again.stdout
    with open_engine(settings) as engine:
        (last, *_) = engine.execute(
            "select built_on, status, published_version, build_id from ops.build_log order by entry desc"
        ).rows
        assert (last[0], last[1]) == (last[3] - 1, "passed")
        assert engine.execute("select count(*) from bronze.being_forgotten").rows == [(0,)]
        assert engine.execute("select count(*) from bronze.forgotten_users").rows == [(2,)]
    moved = query(settings, f"select entity, count(*) from changed_records where build_id = {last[3]} group by all")
    assert dict(moved)["users"] == 2
    assert copied(settings) == built_tables(settings)
    for version in settings.published.glob("v*.duckdb"):
        with duckdb.connect(str(version), read_only=True) as connection:
            left = connection.execute("select count(*) from silver_users where list_contains(?, user_id)", [gone])
            assert left.fetchone() == (0,)
    told = CliRunner().invoke(cli, ["status"], standalone_mode=False)
    assert "2 users were forgotten, and are kept out" in told.stdout


def test_verify_finds_the_one_cell_that_bronze_does_not_account_for(
    history: tuple[Settings, dict[int, list[tuple[Any, ...]]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, _ = history
    given: list[str] = []

    def opening(settings: Settings) -> Engine:
        given.append(settings.duckdb_memory_limit)
        return open_engine(settings)

    with monkeypatch.context() as patch:
        patch.setattr("goldreel.verify.open_engine", opening)
        found = verify(settings.model_copy(update={"memory_limit": "2GB"}))
    assert given == ["0.500GB", "1.500GB"]  # both are open at once
    assert [each.table for each in found.tables if each.differing] == []
    assert {"silver_viewing_sessions", "gold_user_analytics", "dim_user", "quarantine"} <= {
        each.table for each in found.tables
    }
    with open_engine(settings) as engine:
        engine.execute("update gold_user_analytics set total_sessions = total_sessions + 1 where user_id = 'U0001'")
    found = verify(settings)
    assert found.exit_code == 1
    ((table, differing, told),) = [
        (each.table, each.differing, each.differences) for each in found.tables if each.differing
    ]
    assert (table, differing) == ("gold_user_analytics", 1)
    assert told[0].startswith("user_id 'U0001', total_sessions: built anew ")
    assert not list(settings.home.glob(".verify-*"))


def test_verify_asks_for_a_build_that_passed(tmp_path: Path) -> None:
    with pytest.raises(GoldreelError, match="there is none"):
        verify(Settings(home=tmp_path))
