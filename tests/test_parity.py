"""Parity finds what differs, and nothing else. (That engines agree is tested where those engines are.)"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from goldreel.cli import cli
from goldreel.config import Settings
from goldreel.errors import UsageError
from goldreel.parity import TableParity, compare, compare_tables
from test_pipeline import AS_OF

USERS = "user_id varchar, total_sessions bigint, avg_session_duration double, last_watch_date date"


def compared(first: Sequence[str], other: Sequence[str], table: str = "gold_user_analytics", columns: str = USERS,
             other_columns: str = "") -> TableParity:  # fmt: skip
    with duckdb.connect() as cells:
        for engine, rows, names in (("a", first, columns), ("b", other, other_columns or columns)):
            cells.execute(f"create schema {engine}")
            cells.execute(f'create table {engine}."{table}" ({names})')
            for row in rows:
                cells.execute(f'insert into {engine}."{table}" values ({row})')
        (found,) = compare_tables(cells, "a", "b")
    return found


ROW = "'U1', 5, 0.1, '2024-01-01'"


def test_equal_tables_have_no_difference_in_whatever_order() -> None:
    other = "'U2', null, null, null"
    assert compared([ROW, other], [other, ROW]) == TableParity("gold_user_analytics", "b", (2, 2), 8, 0, ())


def test_a_sum_in_another_order_is_no_difference() -> None:
    assert compared([ROW], ["'U1', 5, 0.1::double + 1e-17, '2024-01-01'"]).differing == 0
    assert compared([ROW], ["'U1', 5, 0.10000000005, '2024-01-01'"]).differing == 0
    assert compared(["'U1', 5, 0.0, null"], ["'U1', 5, -0.0, null"]).differing == 0


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ("'U1', 6, 0.1, '2024-01-01'", "user_id 'U1', total_sessions: a 5, b 6"),
        ("'U1', null, 0.1, '2024-01-01'", "user_id 'U1', total_sessions: a 5, b null"),
        ("'U1', 5, 0.1000000005, '2024-01-01'", "user_id 'U1', avg_session_duration: a 0.1, b 0.1000000005"),
        ("'U1', 5, null, '2024-01-01'", "user_id 'U1', avg_session_duration: a 0.1, b null"),
        ("'U1', 5, 'nan', '2024-01-01'", "user_id 'U1', avg_session_duration: a 0.1, b nan"),
        ("'U1', 5, 'inf', '2024-01-01'", "user_id 'U1', avg_session_duration: a 0.1, b inf"),
        ("'U1', 5, 0.1, '2024-01-02'", "user_id 'U1', last_watch_date: a 2024-01-01, b 2024-01-02"),
    ],
)
def test_a_cell_that_differs_is_named_with_both_values(other: str, told: str) -> None:
    found = compared([ROW], [other])
    assert (found.differing, found.differences) == (1, (told,))


def test_a_key_is_compared_exactly() -> None:
    found = compared([ROW], [ROW.replace("U1", "u1")])
    assert found.differing == 2
    assert sorted(found.differences) == ["user_id 'U1': only in a", "user_id 'u1': only in b"]


def test_a_row_that_stands_twice_on_one_side_is_found() -> None:
    found = compared([ROW], [ROW, ROW])
    assert (found.rows, found.differing, found.differences) == ((1, 2), 1, ("user_id 'U1': only in b",))


def test_a_column_of_another_kind_and_a_column_too_many_are_found() -> None:
    found = compared(
        [ROW], [ROW + ", 1"], other_columns=USERS.replace("total_sessions bigint", "total_sessions double") + ", x int"
    )
    assert found.differing == 2
    assert found.differences == (
        "column total_sessions: a bigint, b double",
        "column x: a does not have it, b integer",
    )


def test_a_table_without_a_declared_key_is_known_by_where_its_records_came_from() -> None:
    columns = "entity varchar, record_key varchar, rule varchar, load_id bigint, source_row bigint"
    found = compared(["'users', null, 'x', 1, 7"], ["'users', null, 'y', 1, 7"], "quarantine", columns)
    assert found.differences == ("entity 'users', load_id 1, source_row 7, rule: a 'x', b 'y'",)


def test_only_the_first_differences_are_shown_and_all_are_counted() -> None:
    rows = [f"'U{i}', {i}, 0, null" for i in range(100)]
    others = [f"'U{i}', {i + 1}, 0, null" for i in range(100)]
    found = compared(rows, others)
    assert (found.differing, len(found.differences)) == (100, 5)


def test_a_table_that_one_engine_lacks_is_a_difference() -> None:
    with duckdb.connect() as cells:
        cells.execute("create schema a; create schema b; create table a.gold_x (i int)")
        (found,) = compare_tables(cells, "a", "b")
    assert (found.differing, found.differences) == (1, ("b has no such table",))


@pytest.mark.parametrize("engines", [["duckdb"], ["duckdb", "duckdb"], []])
def test_two_engines_are_needed(engines: list[str], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="two or more engines"):
        compare(Settings(home=tmp_path), engines, [tmp_path], AS_OF)  # type: ignore[arg-type]


def test_an_engine_that_is_none_is_said(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["parity", "--between", "duckdb,oracle", str(tmp_path)])
    assert isinstance(done.exception, UsageError)
    assert "GOLDREEL_ENGINE" in str(done.exception)
