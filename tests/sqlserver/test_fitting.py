from __future__ import annotations

import json

import pyarrow as pa

from goldreel.engines.base import Column, ColumnType, Table
from goldreel.loading.fitting import within_limits
from goldreel.loading.source import Batch, Rejected

TABLE = Table("bronze", "people", (Column("id", "key"), Column("name", "text"), Column("_source_row", "bigint")))
LIMITS: dict[ColumnType, int] = {"key": 3, "text": 5}


def batch(*records: tuple[str | None, str | None]) -> Batch:
    ids, names = zip(*records, strict=True)
    rows = list(range(1, len(records) + 1))
    return Batch(
        pa.table({"id": pa.array(ids, pa.string()), "name": pa.array(names, pa.string()), "_source_row": rows}), []
    )


def test_a_record_with_a_value_too_long_is_rejected_with_column_length_and_limit() -> None:
    found = within_limits(batch(("a", "short"), ("b", "longer"), ("four", "x")), TABLE, LIMITS)
    assert found.records.column("id").to_pylist() == ["a"]
    assert [(record.source_row, record.reason) for record in found.rejected] == [
        (2, "name has 6 characters where the warehouse holds 5"),
        (3, "id has 4 characters where the warehouse holds 3"),
    ]
    assert json.loads(found.rejected[0].raw) == {"id": "b", "name": "longer"}


def test_length_is_counted_in_utf16_code_units() -> None:
    found = within_limits(batch(("a", "ééééé"), ("b", "🎬🎬é"), ("c", "🎬🎬🎬")), TABLE, LIMITS)
    assert found.records.column("id").to_pylist() == ["a", "b"]


def test_missing_values_fit() -> None:
    given = batch((None, None), ("a", None))
    assert within_limits(given, TABLE, LIMITS) is given


def test_without_limits_nothing_is_rejected() -> None:
    given = batch(("x" * 10_000, "y"))
    assert within_limits(given, TABLE, {}) is given


def test_records_rejected_before_stay_rejected() -> None:
    given = batch(("a", "longer"))
    before = Batch(given.records, [Rejected(7, "raw", "unreadable")])
    assert [record.source_row for record in within_limits(before, TABLE, LIMITS).rejected] == [7, 1]
