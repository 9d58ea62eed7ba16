"""The day that a build counts to is the day in UTC, wherever the machine or the session thinks it is."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from goldreel import clock
from goldreel.cli import cli

# 26 hours apart: at every moment it is another day in one of them than in UTC.
ZONES = ["Pacific/Kiritimati", "Etc/GMT+12"]


@pytest.fixture(params=ZONES)
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


def test_commands_count_to_the_day_in_utc(zone: str) -> None:
    for name in ("run", "build"):
        chosen = cli.commands[name].make_context(name, []).params["as_of"]
        assert chosen == clock.today() == datetime.now(UTC).date()


def test_the_plain_script_counts_to_the_day_in_utc(zone: str) -> None:
    script = (Path(__file__).parents[1] / "sql" / "duckdb" / "silver_to_gold.sql").read_text(encoding="utf-8")
    (today,) = re.findall(r"cast\(\((.+?) - users\.signup_date\) as bigint\) as days_since_signup", script)
    with duckdb.connect() as connection:
        connection.execute(f"set timezone = '{zone}'")
        assert connection.sql(f"select {today}").fetchall() == [(datetime.now(UTC).date(),)]
