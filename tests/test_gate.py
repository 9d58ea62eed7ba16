"""A load that looks wrong as a whole keeps a build from being published until someone accepts it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from goldreel import pipeline, report
from goldreel.config import Settings
from goldreel.engines import open_engine
from goldreel.errors import LoadsStopped, UsageError
from goldreel.load_checks import formats_that_fit
from goldreel.loading.contract import USERS
from goldreel.transform import BuildResult, NodeResult

AS_OF = date(2024, 9, 30)


def deliver(folder: Path, dates: list[str]) -> Path:
    folder.mkdir()
    users = [f"U{number},30,Peru,Basic,{day},200" for number, day in enumerate(dates)]
    (folder / "users.csv").write_text("\n".join([",".join(USERS.columns), *users, ""]))
    return folder


def run(settings: Settings, *deliveries: Path) -> pipeline.RunReport:
    return pipeline.run(settings, deliveries, AS_OF, pipeline.Silent())


def test_a_stopped_load_is_not_published_until_accepted_and_no_dbt_variable_changes_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(home=tmp_path / "home")
    first = run(settings, deliver(tmp_path / "first", [f"2023-03-{day:02}" for day in range(1, 29)]))
    assert (first.exit_code, first.alarms) == (0, [])
    assert first.result is not None
    assert first.publication is not None
    tests = first.publication.tests_passed
    assert first.result.tests_of_project == tests == first.result.count("test", "passed")

    for name, value in {"DBT_RESOURCE_TYPES": "model", "DBT_EMPTY": "1", "DBT_PROFILE": "x", "DBT_DEFER": "1"}.items():
        monkeypatch.setenv(name, value)
    wrong = run(settings, deliver(tmp_path / "wrong", [f"{day}/3/2023" for day in range(1, 29)]))
    assert (wrong.exit_code, wrong.publication) == (1, None)
    assert wrong.result is not None
    assert wrong.result.count("test", "passed") == tests
    (stopped,) = wrong.stopped
    assert (stopped.load_id, stopped.check_name, stopped.formats) == (2, "broken_share", ("D/M/YYYY",))
    told = json.loads(report.run_as_json(wrong))
    assert [(each["load_id"], each["verdict"]) for each in told["load_checks"]] == [(2, "stopped")]

    assert run(settings).publication is None, "a later build is stopped too"
    with pytest.raises(LoadsStopped, match=r"load 2 .*registration_date = 1/3/2023.*D/M/YYYY"):
        pipeline.publish(settings)
    with pytest.raises(UsageError, match="Load 1 is not stopped"):
        pipeline.publish(settings, accepted=[1], reason="why not")
    assert pipeline.publish(settings, accepted=[2], reason="as agreed").version == 2
    with open_engine(settings, "look") as engine:
        assert engine.execute("select load_id, reason from ops.load_acceptances").rows == [(2, "as agreed")]
    found = pipeline.status(settings)
    assert [(check.verdict, check.stops, check.accepted_because) for check in found.alarms] == [
        ("stopped", False, "as agreed")
    ]
    assert sum(records for _, outcome, _, records in found.account if outcome == "quarantined") == 28


def test_a_build_that_ran_fewer_tests_than_the_project_has_did_not_pass() -> None:
    ran = NodeResult("a test", "test", "passed", "", 0, 0.1)
    assert BuildResult((ran,), tests_of_project=1).passed
    assert not BuildResult((ran,), tests_of_project=2).passed
    assert BuildResult((ran,), tests_of_project=2).tests_missing == 1


def test_formats_are_those_that_all_values_have() -> None:
    assert formats_that_fit(["3/2/2024", "4/5/2024"]) == ("D/M/YYYY", "M/D/YYYY")
    assert formats_that_fit(["3/2/2024", "14/5/2024"]) == ("D/M/YYYY",)
    assert formats_that_fit(["00:24:25"]) == ("H:MM:SS",)
    assert formats_that_fit(["58,5"]) == ("a decimal comma",)
    assert formats_that_fit(["3/2/2024", "yesterday"]) == formats_that_fit([" "]) == ()
