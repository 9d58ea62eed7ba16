"""What drove a number from one period to the next, on cases worked out by hand."""

from __future__ import annotations

import random

import pytest

from goldreel.why.drivers import Group, Watched, mix_and_rate, most_moved, watch_hours_factors


def test_a_factor_that_alone_moved_has_the_whole_change() -> None:
    parts = watch_hours_factors(Watched(10, 20, 40.0), Watched(15, 30, 60.0))
    assert [factor.name for factor in parts] == ["viewers", "sessions_per_viewer", "hours_per_session"]
    assert [factor.part for factor in parts] == pytest.approx([20.0, 0.0, 0.0])


def test_factors_that_moved_together_share_what_they_made_together() -> None:
    # 2 x 3 x 5 = 30 hours became 4 x 6 x 5 = 120. Viewers first: 30, second: 60, so 45; sessions per viewer the same.
    parts = watch_hours_factors(Watched(2, 6, 30.0), Watched(4, 24, 120.0))
    assert [factor.part for factor in parts] == pytest.approx([45.0, 45.0, 0.0])
    assert (parts[1].before, parts[1].after) == (3.0, 6.0)


def test_against_an_empty_period_every_factor_has_a_third() -> None:
    parts = watch_hours_factors(Watched(0, 0, 0.0), Watched(3, 6, 9.0))
    assert [factor.part for factor in parts] == pytest.approx([3.0] * 3)
    assert parts[1].before is None


def test_two_empty_periods_moved_nothing() -> None:
    assert [factor.part for factor in watch_hours_factors(Watched(0, 0, 0.0), Watched(0, 0, 0.0))] == [0.0, 0.0, 0.0]


def test_simpsons_reversal_every_group_rises_and_the_average_falls() -> None:
    # Phones 20 -> 22 minutes, televisions 60 -> 64; but phones grow from half of the sessions to nine in ten.
    # 0.5 x 20 + 0.5 x 60 = 40; 0.9 x 22 + 0.1 x 64 = 26.2
    phones, televisions = mix_and_rate([Group("Phone", 1000, 1980, 50, 90), Group("TV", 3000, 640, 50, 10)])
    assert phones.mix == pytest.approx(0.4 * 21)
    assert phones.rate == pytest.approx(0.7 * 2)
    assert televisions.mix == pytest.approx(-0.4 * 62)
    assert televisions.rate == pytest.approx(0.3 * 4)
    assert phones.part + televisions.part == pytest.approx(26.2 - 40)


def test_a_value_that_is_new_is_all_mix() -> None:
    old, new = mix_and_rate([Group("Old", 100, 100, 10, 10), Group("New", 0, 300, 0, 10)])
    assert new[1:] == pytest.approx((15.0, 0.0))
    assert old[1:] == pytest.approx((-5.0, 0.0))


def test_a_value_that_is_gone_is_all_mix() -> None:
    kept, gone = mix_and_rate([Group("Kept", 100, 100, 10, 10), Group("Gone", 300, 0, 10, 0)])
    assert gone[1:] == pytest.approx((-15.0, 0.0))
    assert kept.part + gone.part == pytest.approx(10 - 20)


@pytest.mark.parametrize(("before", "after"), [(0, 10), (10, 0), (0, 0)])
def test_an_empty_period_divides_nothing_by_nothing(before: int, after: int) -> None:
    (only,) = mix_and_rate([Group("Only", before * 5, after * 7, before, after)])
    assert only[1:] == pytest.approx(((7 if after else 0) - (5 if before else 0), 0.0))


@pytest.mark.parametrize("seed", range(30))
def test_mix_and_rate_sum_to_the_change_of_the_average(seed: int) -> None:
    rng = random.Random(seed)
    groups = []
    for number in range(rng.randint(1, 12)):
        weights = [rng.choice([0, rng.randint(1, 50)]) for _ in range(2)]
        totals = [weight * rng.uniform(0, 100) for weight in weights]
        groups.append(Group(str(number), totals[0], totals[1], weights[0], weights[1]))
    before = sum(group.total_before for group in groups) / (sum(group.weight_before for group in groups) or 1)
    after = sum(group.total_after for group in groups) / (sum(group.weight_after for group in groups) or 1)
    assert sum(part.part for part in mix_and_rate(groups)) == pytest.approx(after - before, abs=1e-9)


def test_the_ten_that_moved_most_and_all_others_as_one() -> None:
    moved = most_moved([(f"T{number}", float(number) * (-1) ** number) for number in range(1, 14)])
    assert [each.value for each in moved[:2]] == ["T13", "T12"]
    assert moved[-1].others == 3
    assert moved[-1].part == -1 + 2 - 3
    assert sum(each.part for each in moved) == sum(number * (-1) ** number for number in range(1, 14))
