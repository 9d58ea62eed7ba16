"""Random histories: deliver, withdraw, repair, forget; gold is what a fresh warehouse makes of what remains."""

from __future__ import annotations

import os

import pytest

from amend.conftest import NewWorld
from amend.histories import differences

HISTORIES = int(os.environ.get("GOLDREEL_TEST_HISTORIES", "4"))
FIRST = int(os.environ.get("GOLDREEL_TEST_FIRST_HISTORY", "0"))  # to run many of them in pieces
SLOW = ("load_checks", "load_columns")  # to plan, and no number rests on them


@pytest.fixture(scope="module")
def statements(statements: list[str]) -> list[str]:
    return [each for each in statements if not any(f" main.{name} as" in each[:80] for name in SLOW)]


def test_after_any_history_gold_is_what_a_fresh_warehouse_makes_of_the_deliveries_that_remain(
    new_world: NewWorld,
) -> None:
    for seed in range(FIRST, FIRST + HISTORIES):
        assert differences(seed, new_world) == []
