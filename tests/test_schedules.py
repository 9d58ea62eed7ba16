"""Whatever the order of arrivals, pauses, kills and lost news: after quiet, all that was delivered is published."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from chain_model import Chain, ledger_size

DAGS = ("load", "silver", "gold")


def _settle(chain: Chain, looks: int) -> None:
    """Nothing more happens from outside: all runs to their end, and so many looks from time to time."""
    chain.kills = chain.losses = 0.0
    chain.paused.clear()
    for _ in range(looks):
        chain.look()
        for _ in range(4):
            for dag in DAGS:
                chain.step(dag)


@pytest.mark.parametrize("seed", range(int(os.environ.get("GOLDREEL_SCHEDULES", "8"))))
def test_nothing_is_lost_in_any_order_of_arrivals_pauses_and_kills(seed: int, tmp_path: Path) -> None:
    fate = random.Random(seed)
    chain = Chain(tmp_path, fate, kills=fate.choice([0.0, 0.1, 0.25]), losses=fate.choice([0.0, 0.3, 1.0]))
    for _ in range(60):
        happening = fate.choice(["deliver", "pause", "unpause", "look", *DAGS, *DAGS, *DAGS])
        if happening == "deliver":
            chain.deliver()
        elif happening == "pause":
            chain.paused.add(fate.choice(DAGS))
        elif happening == "unpause":
            chain.paused.clear()
        elif happening == "look":
            chain.look()
        else:
            chain.step(happening)
    chain.deliver()
    _settle(chain, looks=4)
    assert chain.published_sum() == chain.expected_sum()
    assert ledger_size(chain.settings) == chain.delivered


def test_without_kills_and_losses_nobody_need_look(tmp_path: Path) -> None:
    chain = Chain(tmp_path, random.Random(0), kills=0, losses=0)
    for _ in range(40):
        if chain.fate.random() < 0.4:
            chain.deliver()
        chain.step(chain.fate.choice(DAGS))
    chain.deliver()
    for _ in range(12):
        for dag in DAGS:
            chain.step(dag)
    assert chain.published_sum() == chain.expected_sum()


def test_deliveries_without_pause_are_published_all_the_while(tmp_path: Path) -> None:
    chain = Chain(tmp_path, random.Random(0), kills=0, losses=0)
    builds = 3
    while len(chain.versions) < builds:
        assert chain.delivered < 12 * builds, f"{len(chain.versions)} versions of {chain.delivered} deliveries"
        for dag in DAGS:
            chain.deliver()
            chain.step("load")
            chain.step(dag)
