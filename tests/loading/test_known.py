"""A file that was loaded before is a no-op, and says so where a later load stands over it."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console

from goldreel import pipeline
from goldreel.config import Settings
from goldreel.engines import Engine
from goldreel.loading import with_overtaken
from goldreel.pipeline import RunReport
from goldreel.report import print_run, run_as_json
from loading.delivering import CATALOGUE, Deliver, sessions, users

A, B = users("U1,30,Peru,Basic,2023-01-01,200"), users("U1,30,Peru,Premium,2023-01-01,200")


def overtaken_by(engine: Engine, deliver: Deliver, *deliveries: dict[str, str | bytes]) -> list[int | None]:
    """Of each file of one command, the load that stands over it."""
    outcomes = [outcome for files in deliveries for outcome in deliver(files)]
    told = with_overtaken(engine, outcomes)
    return [outcome.overtaken_by.load_id if outcome.overtaken_by else None for outcome in told]


def test_a_version_that_comes_back_after_another_one_says_which_load_stands_over_it(
    engine: Engine, deliver: Deliver
) -> None:
    assert overtaken_by(engine, deliver, {"users.csv": A}) == [None]
    assert overtaken_by(engine, deliver, {"users.csv": B}) == [None]
    assert overtaken_by(engine, deliver, {"users.csv": A}) == [2]
    assert overtaken_by(engine, deliver, {"users.csv": B}) == [None]
    assert overtaken_by(engine, deliver, {"users_again.csv": A}) == [2]


@pytest.mark.parametrize(
    ("name", "one", "two"),
    [
        (
            "viewing_sessions.csv",
            sessions("S1,U1,M1,2024-02-16,9,,,"),
            sessions("S2,U1,M1,2024-02-16,9,,,", "S1,,,,,,,"),
        ),
        ("content.json", CATALOGUE, CATALOGUE.replace("90", "80")),
    ],
)
def test_so_it_does_of_every_kind_of_file(engine: Engine, deliver: Deliver, name: str, one: str, two: str) -> None:
    deliver({name: one})
    deliver({name: two})
    assert overtaken_by(engine, deliver, {name: one}) == [2]


def test_a_later_load_of_others_stands_over_nothing(engine: Engine, deliver: Deliver) -> None:
    first = users("U1,30,Peru,Basic,2023-01-01,200", ",30,Peru,Basic,2023-01-01,200")
    deliver({"users.csv": first})
    deliver({"users.csv": users("U2,30,Peru,Basic,2023-01-01,200", ",31,Peru,Basic,2023-01-01,200")})
    deliver({"viewing_sessions.csv": sessions("U1,U1,M1,2024-02-16,9,,,")})
    assert overtaken_by(engine, deliver, {"users.csv": first}) == [None]


def test_all_deliveries_again_in_their_order_say_nothing(engine: Engine, deliver: Deliver) -> None:
    deliver({"users.csv": A})
    deliver({"users.csv": B})
    assert overtaken_by(engine, deliver, {"users.csv": A}, {"users.csv": B}) == [None, None]
    assert overtaken_by(engine, deliver, {"users.csv": B}, {"users.csv": A}) == [None, 2]


def test_the_summary_says_it_and_what_it_says_to_do_helps(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", threads=2)
    folder = tmp_path / "delivery"
    folder.mkdir()

    def deliver(content: str) -> RunReport:
        (folder / "users.csv").write_text(content)
        return pipeline.load(settings, [folder], pipeline.Silent())

    deliver(A)
    deliver(B)
    again = deliver(A)
    console = Console(record=True, width=160)
    print_run(again, console)
    told = console.export_text()
    assert "a later load stands over it: records of load 2 (users.csv) count instead" in told
    assert "a blank line at its end" in told
    assert '"overtaken_by": 2' in run_as_json(again)
    assert [outcome.status for outcome in deliver(A + "\n").files] == ["loaded"]
