"""The DAGs on a SQL Server."""

from __future__ import annotations

from pathlib import Path

import pytest

from airflow.other_engines import for_who_asks, what_airflow_publishes_differs


@for_who_asks
def test_what_arrives_is_published_as_the_command_does_it_on_duckdb(database: str, tmp_path: Path) -> None:
    pytest.importorskip("cosmos")
    assert what_airflow_publishes_differs("sqlserver", tmp_path) == []
