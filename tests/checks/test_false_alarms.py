"""A sample of `python -m benchmarks.false_alarms`: clean histories, looked at after each of their deliveries."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from checks.history import Checker
from goldreel.generator import GeneratorOptions, generate

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def benchmark() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT)
        yield import_module("benchmarks.false_alarms")


def test_clean_histories_raise_no_alarm(benchmark: Any, checker: Checker) -> None:
    chosen = sorted(benchmark.histories(40), key=lambda options: options.sessions * options.deliveries)[:2]
    assert len({(options.deliveries, options.days) for options in chosen}) > 1
    for options in chosen:
        looked = benchmark.look_at_generated(options, checker.script)
        assert (looked.alarms, looked.checks > 0) == ((), True)


def test_an_alarm_is_noticed_and_told(benchmark: Any, checker: Checker, tmp_path: Path) -> None:
    generate(tmp_path / "delivered", GeneratorOptions(users=60, sessions=300, titles=40, days=7))
    users = tmp_path / "delivered" / "users.csv"
    header, *lines = users.read_text().splitlines()
    users.write_text("\n".join([header, *(line.replace("-", "/") for line in lines), ""]))
    looked = benchmark.look_at("spoilt", [tmp_path / "delivered"], checker.script, tmp_path / "home")
    assert {(alarm.check, alarm.verdict) for alarm in looked.alarms} >= {("broken_share", "stopped")}
    assert "stopped after delivery 1: users.csv broken_share" in benchmark.told(looked)
