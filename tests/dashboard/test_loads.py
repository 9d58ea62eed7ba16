"""What needs a look comes first on the page Data quality, and what was repaired is counted."""

from __future__ import annotations

import pandas as pd

from goldreel.dashboard.views.loads import repaired_columns, worst_first


def test_what_is_stopped_comes_before_what_is_suspicious_and_of_each_the_newest_load() -> None:
    checks = pd.DataFrame(
        [(1, "volume", "ok"), (2, "volume", "suspicious"), (3, "volume", "ok"), (4, "broken_share", "stopped"),
         (5, "volume", "suspicious")],
        columns=["load_id", "check_name", "verdict"],
    )  # fmt: skip
    assert worst_first(checks)["load_id"].tolist() == [4, 5, 2, 3, 1]


def test_repaired_values_are_those_of_the_entity_with_the_largest_share_first() -> None:
    columns = pd.DataFrame(
        [(1, "content", "rating", 10, 5), (2, "content", "rating", 10, 10), (2, "content", "title", 10, 0),
         (3, "users", "age", 10, 10)],
        columns=["load_id", "entity", "column_name", "records", "repaired_values"],
    )  # fmt: skip
    found = repaired_columns(columns, "content")
    assert found[["load_id", "column_name", "repaired_share"]].values.tolist() == [
        [2, "rating", 1.0],
        [1, "rating", 0.5],
    ]
