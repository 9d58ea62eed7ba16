"""Values that are too long for a column of the warehouse: their records are rejected, nothing is cut."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goldreel.engines.base import ColumnType, Table
from goldreel.loading.contract import PROVENANCE
from goldreel.loading.source import Batch, Rejected

_NOT_DELIVERED = {column.name for column in PROVENANCE} - {"_extra"}


def within_limits(batch: Batch, table: Table, limits: Mapping[ColumnType, int]) -> Batch:
    """Reject the records of a batch that have a value longer than its column can hold.

    Args:
        limits: the longest text per type of column, in UTF-16 code units (`Engine.text_limits`).
    """
    reasons: dict[int, str] = {}
    for column in table.columns:
        limit = limits.get(column.type)
        if limit is None or column.name not in batch.records.column_names:
            continue
        for position, length in _too_long(batch.records.column(column.name), limit):
            reasons.setdefault(position, f"{column.name} has {length:,} characters where the warehouse holds {limit:,}")
    if not reasons:
        return batch
    positions = sorted(reasons)
    kept = np.ones(len(batch.records), dtype=bool)
    kept[positions] = False
    taken = batch.records.take(pa.array(positions)).to_pylist()
    rejected = [as_rejected(row, reasons[position]) for position, row in zip(positions, taken, strict=True)]
    return replace(batch, records=batch.records.filter(pa.array(kept)), rejected=[*batch.rejected, *rejected])


def as_rejected(row: Mapping[str, Any], reason: str) -> Rejected:
    """A record of bronze as a rejected one; its text is JSON, as that of the file is not at hand any more."""
    delivered = {name: value for name, value in row.items() if name not in _NOT_DELIVERED}
    return Rejected(row["_source_row"], json.dumps(delivered, ensure_ascii=False), reason)


def _too_long(values: pa.ChunkedArray, limit: int) -> list[tuple[int, int]]:
    """(position, length) of texts of more than `limit` UTF-16 code units."""
    # No text has more code units than UTF-8 bytes: counting those, which is fast, leaves few to look at.
    may_be = pc.indices_nonzero(pc.fill_null(pc.greater(pc.binary_length(values), limit), False)).to_pylist()
    lengths = [(position, len(values[position].as_py().encode("utf-16-le")) // 2) for position in may_be]
    return [(position, length) for position, length in lengths if length > limit]
