"""A build in parts: what stands between them, and what may follow."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from goldreel import pipeline
from goldreel.build_log import Build
from goldreel.config import Settings
from goldreel.engines import open_engine
from goldreel.errors import BuildOvertaken, GoldreelError, NothingDue, UsageError
from goldreel.generator import GeneratorOptions, generate
from goldreel.orchestration.manifests import GOLD, SILVER
from goldreel.pipeline.due import TRIES
from goldreel.transform import BuildResult, NodeResult
from layers import build_layer
from oracle import account_for, differences

AS_OF = date(2024, 9, 30)


def _result(model: str, failed_rows: int = 0) -> BuildResult:
    return BuildResult(
        (
            NodeResult(model, "model", "passed", "", 0, 0.1),
            NodeResult(f"{model}_is_right", "test", "failed" if failed_rows else "passed", "", failed_rows, 0.1),
        )
    )


def _end(settings: Settings, build: Build, result: BuildResult, *, final: bool) -> Build:
    with pipeline.open_build(settings, build.build_id, final=final) as (engine, stands):
        engine.execute("create or replace table main.gold_executive_summary as select null::date as data_through")
        return pipeline.end_part(engine, settings, stands, result, final=final)


def _differences(readers: duckdb.DuckDBPyConnection, deliveries: list[Path]) -> list[str]:
    """Between what is published, which has no bronze, and the contract."""
    found = differences(readers, account_for(deliveries, AS_OF))
    return [difference for difference in found if not difference.startswith("bronze.")]


@pytest.fixture(scope="module")
def delivery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    options = GeneratorOptions(users=20, sessions=100, titles=5)
    return generate(tmp_path_factory.mktemp("delivery") / "day", options).folders[0]


@pytest.fixture
def settings(tmp_path: Path, delivery: Path) -> Settings:
    settings = Settings(home=tmp_path / "home")
    pipeline.load(settings, [delivery], pipeline.Silent())
    return settings


def _begun(settings: Settings) -> Build:
    return pipeline.begin_build(settings, AS_OF)


def _publish(settings: Settings) -> Build:
    """A build of all that is in bronze that was published."""
    build = _begun(settings)
    for layer, final in ((SILVER, False), (GOLD, True)):
        _end(settings, build, _result(layer.name), final=final)
    pipeline.publish(settings)
    return build


def _deliver_more(settings: Settings, folder: Path) -> None:
    options = GeneratorOptions(users=20, sessions=100, titles=5, seed=2)
    pipeline.load(settings, [generate(folder / "more", options).folders[0]], pipeline.Silent())


@contextmanager
def _held_by_another_process(file: Path) -> Iterator[None]:
    program = "import duckdb, sys; held = duckdb.connect(sys.argv[1]); print(flush=True); sys.stdin.read()"
    arguments = [sys.executable, "-c", program, str(file)]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        yield
        other.communicate()


def test_only_the_wanted_files_of_a_delivery_are_loaded(tmp_path: Path, delivery: Path) -> None:
    report = pipeline.load(
        Settings(home=tmp_path), [delivery], pipeline.Silent(), lambda entity, file: entity.name == "content"
    )
    assert [outcome.entity for outcome in report.files] == ["content"]


def test_without_a_load_there_is_nothing_to_begin(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing has been loaded yet"):
        pipeline.begin_build(Settings(home=tmp_path), AS_OF)


def test_the_parts_add_up_to_a_build_that_passed(settings: Settings) -> None:
    build = _begun(settings)
    assert _end(settings, build, _result("silver"), final=False).status == "running"
    taken_up = pipeline.take_up_build(settings)
    ended = _end(settings, taken_up, _result("gold"), final=True)
    assert (ended.build_id, ended.status, ended.models_built, ended.tests_passed) == (build.build_id, "passed", 2, 2)


def test_gold_is_not_built_on_a_silver_that_is_unfinished_or_failed(settings: Settings) -> None:
    build = _begun(settings)
    with pytest.raises(GoldreelError, match="no tested silver layer"):
        pipeline.take_up_build(settings)
    failed = _end(settings, build, _result("silver", failed_rows=3), final=False)
    assert (failed.status, failed.failures) == ("failed", "silver_is_right")
    with pytest.raises(GoldreelError, match="no tested silver layer"):
        pipeline.take_up_build(settings)


def test_a_gold_that_failed_can_be_built_again_on_the_silver_that_stands(settings: Settings) -> None:
    build = _begun(settings)
    _end(settings, build, _result("silver"), final=False)
    assert _end(settings, build, _result("gold", failed_rows=1), final=True).status == "failed"
    with pytest.raises(GoldreelError, match="Only a build that passed"):
        pipeline.publish(settings)
    again = pipeline.take_up_build(settings, AS_OF + timedelta(days=1))
    assert again.as_of == "2024-10-01"
    ended = _end(settings, again, _result("gold"), final=True)
    assert (ended.status, ended.tests_passed, ended.tests_failed) == ("passed", 2, 0)


def test_a_build_that_another_one_overtook_is_given_up(settings: Settings) -> None:
    first = _begun(settings)
    _end(settings, first, _result("silver"), final=False)
    _begun(settings)
    with pytest.raises(BuildOvertaken), pipeline.open_build(settings, first.build_id, final=True):
        pass


def test_whoever_takes_up_a_build_takes_the_last_tested_silver_whatever_woke_him(settings: Settings) -> None:
    _end(settings, _begun(settings), _result("silver"), final=False)
    second = _begun(settings)
    _end(settings, second, _result("silver"), final=False)
    assert pipeline.take_up_build(settings, only_due=True).build_id == second.build_id


def test_a_tested_silver_is_not_overtaken_by_news_its_gold_comes_first(settings: Settings, tmp_path: Path) -> None:
    build = _begun(settings)
    _end(settings, build, _result("silver"), final=False)
    _deliver_more(settings, tmp_path)
    with pytest.raises(NothingDue, match=f"The silver of build {build.build_id} is tested"):
        pipeline.begin_build(settings, AS_OF, only_due=True)
    _end(settings, pipeline.take_up_build(settings, only_due=True), _result("gold"), final=True)
    with pytest.raises(NothingDue, match="not published"):
        pipeline.begin_build(settings, AS_OF, only_due=True)


def test_a_gold_that_was_not_published_because_its_process_was_killed_is_due(settings: Settings) -> None:
    build = _begun(settings)
    for layer, final in (("silver", False), ("gold", True)):
        _end(settings, build, _result(layer), final=final)
    assert pipeline.take_up_build(settings, only_due=True).build_id == build.build_id


def test_a_gold_that_waits_for_a_person_is_not_taken_up_again(settings: Settings, tmp_path: Path) -> None:
    build = _begun(settings)
    for layer, final in (("silver", False), ("gold", True)):
        _end(settings, build, _result(layer), final=final)
    with open_engine(settings, "write") as engine:
        engine.execute(
            "create table load_checks as select 1 as load_id, 'users' as entity, 'users.csv' as source_file, "
            "'volume' as check_name, '2' as observed, '9' as expected, 'stopped' as verdict, null as example, "
            "'too few' as meaning, 'look' as remedy"
        )
    with pytest.raises(NothingDue, match=r"load 1 is stopped: .* goldreel publish --accept 1"):
        pipeline.take_up_build(settings, only_due=True)
    _deliver_more(settings, tmp_path)
    assert pipeline.begin_build(settings, AS_OF, only_due=True).build_id == build.build_id + 1


def test_a_part_that_ended_before_it_was_done_is_due_again_but_not_for_ever(settings: Settings) -> None:
    nothing = BuildResult(())
    for _ in range(TRIES):
        begun = pipeline.begin_build(settings, AS_OF, only_due=True)
        assert _end(settings, begun, nothing, final=False).status == "interrupted"
    with pytest.raises(NothingDue, match="came to nothing, the last one is build 3"):
        pipeline.begin_build(settings, AS_OF, only_due=True)
    _end(settings, _begun(settings), _result("silver"), final=False)
    for _ in range(TRIES):
        _end(settings, pipeline.take_up_build(settings, only_due=True), nothing, final=True)
    with pytest.raises(NothingDue):
        pipeline.take_up_build(settings, only_due=True)
    with pytest.raises(NothingDue, match="begun 3 times"):
        pipeline.begin_build(settings, AS_OF, only_due=True)
    assert pipeline.take_up_build(settings).has_tested_silver


def test_only_the_build_that_is_meant_is_published(settings: Settings) -> None:
    first = _begun(settings)
    _end(settings, first, _result("silver"), final=False)
    _end(settings, first, _result("gold"), final=True)
    _begun(settings)
    with pytest.raises(BuildOvertaken, match=f"Build {first.build_id} was overtaken by another build"):
        pipeline.publish(settings, build_id=first.build_id)


def test_news_that_the_last_build_has_already_begin_no_other_one(settings: Settings, tmp_path: Path) -> None:
    _publish(settings)
    with pytest.raises(NothingDue, match="has all that is in bronze"):
        pipeline.begin_build(settings, AS_OF, only_due=True)
    _deliver_more(settings, tmp_path)
    assert pipeline.begin_build(settings, AS_OF, only_due=True).seen_load_id == 6


def test_what_is_published_is_not_taken_up_again(settings: Settings) -> None:
    build = _publish(settings)
    for only_due in (True, False):
        with pytest.raises(NothingDue, match=f"Build {build.build_id} is published already"):
            pipeline.take_up_build(settings, only_due=only_due)
    for final in (True, False):
        with pytest.raises(NothingDue), pipeline.open_build(settings, build.build_id, final=final):
            pass


def test_a_build_that_failed_is_not_repeated_for_the_news_that_it_had(settings: Settings) -> None:
    _end(settings, _begun(settings), _result("silver", failed_rows=1), final=False)
    with pytest.raises(NothingDue):
        pipeline.begin_build(settings, AS_OF, only_due=True)
    assert _begun(settings).status == "running"


def test_a_part_that_ran_fewer_tests_than_belong_to_it_has_failed(settings: Settings) -> None:
    silver = replace(_result("silver"), tests_of_project=3)
    ended = _end(settings, _begun(settings), silver, final=False)
    assert (ended.status, ended.failures) == ("failed", "2 of 3 tests did not run")
    with pytest.raises(GoldreelError):
        pipeline.publish(settings)


def test_a_part_that_was_cut_off_before_its_tests_ran_is_begun_again(settings: Settings) -> None:
    ended = _end(settings, _begun(settings), BuildResult((), tests_of_project=3), final=False)
    assert ended.status == "interrupted"


def test_news_begin_a_build_in_place_of_one_that_came_to_nothing(settings: Settings) -> None:
    _begun(settings)
    assert pipeline.begin_build(settings, AS_OF, only_due=True).build_id == 2


def test_a_load_between_the_parts_of_a_build_does_it_no_harm(settings: Settings, tmp_path: Path) -> None:
    build = _begun(settings)
    _end(settings, build, _result("silver"), final=False)
    _deliver_more(settings, tmp_path)
    assert pipeline.take_up_build(settings).build_id == build.build_id
    assert _end(settings, build, _result("gold"), final=True).status == "passed"
    assert pipeline.take_up_build(settings).seen_load_id == build.seen_load_id == 3


def test_the_status_tells_a_build_that_nobody_is_at_work_on_from_one_that_is(settings: Settings) -> None:
    begun = _begun(settings)
    assert pipeline.status(settings).build_stands == "left unfinished: no process is at work on it"
    _end(settings, begun, _result("silver"), final=False)
    assert pipeline.status(settings).build_stands.startswith("half done")
    with _held_by_another_process(settings.warehouse_file):
        assert "in use" in pipeline.status(settings).in_use


def test_a_build_is_made_of_the_loads_that_were_there_when_it_began(tmp_path: Path) -> None:
    options = GeneratorOptions(users=80, sessions=800, titles=20, dirt=0.1, deliveries=3, seed=4)
    days = generate(tmp_path / "days", options).folders
    settings = Settings(home=tmp_path / "home")
    pipeline.load(settings, days[:1], pipeline.Silent())
    begun = _begun(settings)
    tests = []
    for layer, day in ((SILVER, days[1]), (GOLD, days[2])):
        pipeline.load(settings, [day], pipeline.Silent())
        with pipeline.open_build(settings, begun.build_id, final=layer.final) as (engine, build):
            result = build_layer(engine, build, layer, settings)
            assert result.tests_of_project == result.count("test", "passed") > 0
            tests.append(result.tests_of_project)
            told = _result("gold", failed_rows=1) if layer.final else result
            pipeline.end_part(engine, settings, build, told, final=layer.final)
    _end_as_gold_is_built_again(settings)
    published = pipeline.publish(settings, build_id=begun.build_id)
    with duckdb.connect(published.location, read_only=True) as readers:
        assert _differences(readers, days[:1]) == []
        for table in ("loads", "rejected_records"):
            later = f"select count(*) from bronze.{table} where load_id > {begun.seen_load_id}"
            assert readers.execute(later).fetchone() == (0,)
    _judge_what_is_new(settings, built_on=begun.build_id)
    whole = pipeline.run(settings, [], AS_OF, pipeline.Silent())
    assert (whole.exit_code, whole.result and whole.result.tests_of_project) == (0, sum(tests))
    with duckdb.connect(published.location, read_only=True) as readers:
        assert _differences(readers, days) == []


def _judge_what_is_new(settings: Settings, built_on: int) -> None:
    """The next build in parts takes what the one before left, also where its gold was broken off, and is made again."""
    begun = _begun(settings)
    for layer, broken_off in ((SILVER, False), (GOLD, True), (GOLD, False)):
        with pipeline.open_build(settings, begun.build_id, final=layer.final) as (engine, build):
            assert build.built_on == built_on
            result = build_layer(engine, build, layer, settings)
            if not broken_off:
                stands = pipeline.end_part(engine, settings, build, result, final=layer.final)
    assert (stands.status, stands.built_on) == ("passed", built_on)


def _end_as_gold_is_built_again(settings: Settings) -> None:
    """What the failed one found to have changed is found again, and not twice."""
    counted = "select count(*), count(distinct record_key) from ops.kept_changes where entity = 'users'"
    with duckdb.connect(str(settings.warehouse_file)) as warehouse:
        before = warehouse.execute(counted).fetchone()
    again = pipeline.take_up_build(settings)
    with pipeline.open_build(settings, again.build_id, final=True) as (engine, build):
        result = build_layer(engine, build, GOLD, settings)
        assert pipeline.end_part(engine, settings, build, result, final=True).status == "passed", result.failed
        assert engine.execute(counted).rows == [before]
    assert before is not None
    assert before[0] == before[1] > 0


def test_a_log_of_builds_that_an_earlier_goldreel_began_is_gone_on_with(settings: Settings) -> None:
    first = _begun(settings)
    with duckdb.connect(str(settings.warehouse_file)) as warehouse:
        warehouse.execute("alter table ops.build_log drop column seen_load_id")
    found = pipeline.status(settings).last_build
    assert found is not None
    assert (found.build_id, found.seen_load_id) == (first.build_id, None)
    _end(settings, first, _result("silver"), final=False)
    assert _begun(settings).seen_load_id == 3
