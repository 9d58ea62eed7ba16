"""Shapley values: what each of several causes, acting together, adds to a total.

L. S. Shapley, "A value for n-person games", 1953: a player's value is the mean, over every order in which the players
may come, of what the total gains when this player comes. The values sum to what all of them gain together.
"""

from __future__ import annotations

from math import factorial

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


def coalitions(players: int) -> BoolArray:
    """Every set of the players, one a row, one column a player; the empty set first, all of them last."""
    numbers = np.arange(2**players)
    members: BoolArray = (numbers[:, None] >> np.arange(players)[None, :]) & 1 == 1
    return members


def shapley_values(totals: FloatArray) -> FloatArray:
    """The Shapley value of each player.

    Args:
        totals: what each set of players comes to, in the order of `coalitions`; 2^players of them.

    Returns:
        One value a player; they sum to the last total minus the first.
    """
    players = len(totals).bit_length() - 1
    members = coalitions(players)
    sizes = members.sum(axis=1)
    chances = np.array(
        [factorial(size) * factorial(players - size - 1) / factorial(players) for size in range(players)], dtype=float
    )
    values = np.zeros(players)
    for player in range(players):
        without = np.flatnonzero(~members[:, player])
        gained = totals[without + (1 << player)] - totals[without]
        values[player] = np.sum(chances[sizes[without]] * gained)
    return values
