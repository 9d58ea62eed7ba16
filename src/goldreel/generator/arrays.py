"""Small array helpers: drawing categories, and turning numbers into Arrow text."""

from typing import cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


def pick(tables: FloatArray, row: IntArray, rng: np.random.Generator) -> IntArray:
    """Draw a category for each element, from the weights in its row of `tables`."""
    upper = np.cumsum(tables, axis=1) / tables.sum(axis=1, keepdims=True)
    category: IntArray = np.sum(rng.random(len(row))[:, None] >= upper[row, :-1], axis=1)
    return category


def late_ones(candidates: BoolArray, rng: np.random.Generator) -> IntArray:
    """Choose 1% (one at least) from the candidates: their record comes later than its first use."""
    eligible = np.flatnonzero(candidates)
    return rng.choice(eligible, min(len(eligible), max(1, len(candidates) // 100)), replace=False)


def numbered(prefix: str, numbers: IntArray, width: int) -> pa.StringArray:
    """Ids such as U0001."""
    digits = pc.utf8_lpad(pa.array(numbers, pa.int64()).cast(pa.string()), width=width, padding="0")
    return cast(pa.StringArray, pc.binary_replace_slice(digits, start=0, stop=0, replacement=prefix))


def take(texts: pa.StringArray | tuple[str, ...], index: IntArray) -> pa.StringArray:
    """The text at each index."""
    return pa.array(texts, pa.string()).take(pa.array(index, pa.int64()))
