"""`goldreel why`, as a person and as a script uses it."""

from __future__ import annotations

import csv
import io
import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from goldreel import pipeline
from goldreel.cli import cli
from goldreel.config import Settings
from goldreel.errors import GoldreelError
from goldreel.explanations.change_sets import dimensions_of
from goldreel.generator import GeneratorOptions, generate
from goldreel.why.kpis import CAUSES, KPIS

AS_OF = date(2024, 9, 30)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three deliveries of a history with late, corrected, held and broken records, a version published for each."""
    folder = tmp_path_factory.mktemp("why")
    options = GeneratorOptions(users=150, sessions=3_000, titles=40, days=60, dirt=0.03, deliveries=3, seed=5)
    for delivery in generate(folder / "deliveries", options).folders:
        pipeline.run(Settings(home=folder / "home"), [delivery], AS_OF, pipeline.Silent())
    return folder / "home"


@pytest.fixture
def why(home: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("GOLDREEL_HOME", str(home))

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(cli, ["why", *arguments], standalone_mode=False)

    return run


def explained(found: Result) -> dict[str, Any]:
    assert found.exception is None, found.exception
    return dict(json.loads(found.stdout))


def test_the_two_last_published_builds_are_compared_number_by_number(why: Any) -> None:
    found = explained(why("--json"))
    assert (found["from"], found["to"]) == (2, 3)
    assert list(found["kpis"]) == [kpi.name for kpi in KPIS]
    for kpi in KPIS:
        number = found["kpis"][kpi.name]
        change = number["after"] - number["before"]
        assert sum(part["part"] for part in number["parts"]) == pytest.approx(change, rel=1e-9, abs=1e-9)
        for part in number["parts"]:
            assert set(part) == {"cause", "part", "records"} | ({"loads"} if kpi.how == "sum" else set())
            assert part["cause"] in CAUSES
            if kpi.how == "sum":
                assert sum(load["part"] for load in part["loads"]) == pytest.approx(part["part"], rel=1e-9)


def test_the_published_numbers_stand_at_both_ends(why: Any, home: Path) -> None:
    first, both = explained(why("--from", "0", "--to", "2", "--json")), explained(why("--from", "2", "--json"))
    assert first["from"] is None
    for kpi in KPIS:
        before, after = first["kpis"][kpi.name], both["kpis"][kpi.name]
        assert before["before"] == (0 if kpi.how == "sum" or kpi.name == "content_with_views" else None)
        assert before["after"] == pytest.approx(after["before"], rel=1e-9)


def test_parts_by_a_dimension_sum_to_the_change(why: Any) -> None:
    for kpi in KPIS:
        for by in dimensions_of(kpi.name):
            number = explained(why(kpi.name, "--from", "1", "--by", by, "--json"))["kpis"][kpi.name]
            change = number["after"] - number["before"]
            assert sum(number["by"].values()) == pytest.approx(change, rel=1e-9, abs=1e-9), (kpi.name, by)


def test_the_records_behind_a_part_are_listed_with_file_and_row(why: Any) -> None:
    parts = explained(why("total_watch_hours", "--json"))["kpis"]["total_watch_hours"]["parts"]
    assert {"new", "late", "corrected"} <= {part["cause"] for part in parts}
    for part in parts:
        rows = list(csv.DictReader(io.StringIO(why("total_watch_hours", "--records", part["cause"]).stdout)))
        assert len(rows) == part["records"]
        assert {row["cause"] for row in rows} == {part["cause"]}
        hours = [
            float(row["after_duration_minutes"] or 0) * (row["after_outcome"] == "current")
            - float(row["before_duration_minutes"] or 0) * (row["before_outcome"] == "current")
            for row in rows
        ]
        assert sum(hours) / 60 == pytest.approx(part["part"], rel=1e-9)
        assert all(row["source_file"] and int(row["source_row"]) > 0 for row in rows)


def test_the_history_has_every_published_version_and_its_parts(why: Any) -> None:
    for kpi in KPIS:
        versions = explained(why(kpi.name, "--history", "--json"))["versions"]
        assert [version["version"] for version in versions] == [1, 2, 3]
        value = 0.0
        for version in versions:
            value += sum(part["part"] for part in version["parts"])
            assert version["value"] == pytest.approx(value, rel=1e-9)


def test_people_read_sentences_first(why: Any) -> None:
    lines = why().stdout.splitlines()
    assert lines[0] == "From build 2 to build 3"
    assert lines[1].startswith("  Active users rose by ")
    assert "What drove it" in why("watch_hours", "--period", "7", "--by", "title").stdout
    assert "in every published version" in why("total_users", "--history").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["hours"], "choose one of: active_users_100h_plus"),
        (["total_users", "--by", "device_type"], "choose one of: country"),
        (["content_with_views", "--by", "country"], "it is no sum over records"),
        (["total_users", "--records", "bad luck"], "choose one of: forgotten"),
        (["--records", "new"], "Say which number is meant"),
        (["--from", "7"], "There is no build 7"),
        (["--from", "3", "--to", "2"], "Build 3 is not earlier than build 2"),
        (["total_users", "--period", "7"], "total_users has no periods"),
    ],
)
def test_what_cannot_be_answered_is_said_with_what_can(why: Any, arguments: list[str], said: str) -> None:
    found = why(*arguments)
    assert isinstance(found.exception, GoldreelError)
    assert found.exception.exit_code == 2
    assert said in str(found.exception)


def test_the_summary_of_a_run_tells_what_moved(home: Path, tmp_path: Path) -> None:
    again = Settings(home=shutil.copytree(home, tmp_path / "home", symlinks=True))
    report = pipeline.run(again, [], AS_OF, pipeline.Silent())
    assert report.publication is not None
    assert report.publication.moved == ()  # built again of the same, nothing moved
