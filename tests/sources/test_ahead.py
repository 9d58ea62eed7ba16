"""Reading on in a thread of its own: the same items, in order, and no more of them than one ahead."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from goldreel.sources.ahead import read_ahead


def _drawn(told: list[int], until: int, *, then_fails: bool = False) -> Iterator[int]:
    for at in range(until):
        told.append(at)
        yield at
    if then_fails:
        raise ValueError("the file is damaged")


def test_the_items_come_in_order_also_where_there_is_none() -> None:
    assert list(read_ahead(_drawn([], 5))) == [0, 1, 2, 3, 4]
    assert list(read_ahead(_drawn([], 0))) == []


def test_one_item_is_read_ahead_and_no_more() -> None:
    told: list[int] = []
    items = read_ahead(_drawn(told, 9))
    assert [next(items), next(items)] == [0, 1]
    items.close()  # type: ignore[attr-defined]
    assert told == [0, 1, 2]


def test_what_goes_wrong_is_told_behind_what_was_read_before() -> None:
    items = read_ahead(_drawn([], 2, then_fails=True))
    assert [next(items), next(items)] == [0, 1]
    with pytest.raises(ValueError, match="damaged"):
        next(items)
