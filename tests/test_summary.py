"""The summary of a run: of a good day one screen, of another one what needs a person first."""

from __future__ import annotations

import io
from datetime import date, datetime
from pathlib import Path
from typing import Literal

import pytest

from goldreel.console import console
from goldreel.load_checks import LoadCheck, Repaired
from goldreel.loading import FileOutcome
from goldreel.loading.ledger import Load
from goldreel.pipeline import RunReport
from goldreel.publish import Publication
from goldreel.report import print_run

KPIS = {
    "metric_category": "Platform Overview",
    "active_users_100h_plus": 4_252,
    "total_content_catalog": 300,
    "total_viewing_sessions": 218_492,
    "avg_user_engagement_hours": 473.98,
    "content_with_views": 298,
    "total_watch_hours": 208_768.58,
    "data_through": date(2024, 8, 31),
}
MOVED = (
    "Viewing sessions rose by 1,002 (+0.5 %). 990 came from new sessions (load 11), 12 from late ones.",
    "Hours watched rose by 950.2 h (+0.5 %). 940.0 h from new sessions, 10.2 h from late ones.",
    "Active users rose by 3 (+0.1 %), from new users (users.csv of load 10).",
)


def outcome(name: str, load_id: int, status: Literal["loaded", "known"] = "loaded", rejected: int = 0) -> FileOutcome:
    at = datetime(2024, 9, 1)
    load = Load(load_id, "users", name, "abc", 1, 1_000 + rejected, 1_000, rejected, "loaded", at, at)
    return FileOutcome(Path(name), "users", status, load)


def good_day(*files: FileOutcome) -> RunReport:
    """With all that a good day may have to tell: records replaced, sessions of inactive users, numbers that moved."""
    account: list[tuple[str, str, str | None, int]] = [
        (entity, outcome, None, 1_234)
        for entity in ("users", "viewing_sessions", "content")
        for outcome in ("superseded", "inactive_user", "current")
    ]
    report = RunReport(list(files), account=account, kpis=dict(KPIS), seconds={"load": 0.4, "build": 4.2})
    report.rows = [("bronze", "users", 5_000), ("silver", "silver_users", 4_000)]
    report.rows += [("gold", f"gold_{number}", 12) for number in range(12)]
    report.publication = Publication(
        "published/current.duckdb", 7, 9, datetime(2024, 9, 1), "2024-09-01", "2024-08-31", None, 113, MOVED
    )
    return report


def printed(report: RunReport, width: int = 100) -> list[str]:
    text = io.StringIO()
    print_run(report, console(file=text, width=width))
    return text.getvalue().splitlines()


@pytest.mark.parametrize("width", [100, 160])
def test_a_good_day_fits_on_one_screen(width: int) -> None:
    names = ["users.csv", "viewing_sessions.csv", "content.json"]
    lines = printed(good_day(*(outcome(name, number) for number, name in enumerate(names, start=10))), width)
    assert len(lines) <= 24, "\n".join(lines)
    assert "12 tables" in "\n".join(lines)


def test_of_many_files_only_those_are_named_that_there_is_something_to_say_of() -> None:
    known = [outcome(f"users_{number}.csv", number, "known") for number in range(200)]
    new = [outcome(f"users_{number}.csv", number, rejected=number == 205) for number in range(200, 220)]
    lines = printed(good_day(*known, *new))
    assert lines[0] == "  ✓ 19 files  19,000 records loaded"
    assert lines[1] == "  = 200 files  in bronze already (200,000 records); nothing done"
    assert lines[2] == "  ✓ users_205.csv  1,000 records loaded, 1 rejected"
    assert len(lines) <= 24


def test_what_needs_a_person_comes_first_and_what_was_repaired_is_counted() -> None:
    report = good_day(outcome("users.csv", 10), outcome("content.json", 11))
    report.alarms = [
        LoadCheck(10, "users", "users.csv", "broken_share", "40 of 40 records (100.0%)", "at most 10%", "stopped",
                  "registration_date = 3/2/2024 (row 1)", "Many records were quarantined.", "Have it exported again.",
                  formats=("D/M/YYYY",))
    ]  # fmt: skip
    report.repaired = [
        Repaired(11, "content", "content.json", "rating", 40, 10, 3),
        Repaired(11, "content", "content.json", "release_year", 40, 40, 1),
        Repaired(4, "content", "content.json", "title", 40, 40, 1),  # of an earlier load: told when it came
    ]
    lines = printed(report)
    assert lines[0].startswith("stopped load 10 (users.csv): broken_share: 40 of 40 records (100.0%), for instance "
                               "registration_date = 3/2/2024 (row 1); all values look like D/M/YYYY")  # fmt: skip
    assert lines[3] == "Not published: what was published before stays as it was"
    at = lines.index("Repaired values  null, a default or the nearest bound in their place")
    assert lines[at + 1 : at + 4] == [
        "  release_year of load 11 (content.json): 40 of 40 (100.0%), first in row 1",
        "  rating of load 11 (content.json): 10 of 40 (25.0%), first in row 3",
        "",
    ]
