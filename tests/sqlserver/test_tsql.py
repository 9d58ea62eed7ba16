from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from goldreel.engines import tsql
from goldreel.engines.base import Statement
from goldreel.errors import GoldreelError


@pytest.mark.parametrize("go", ["GO", "go", "  Go  ", "GO;", "GO -- and on", "GO 1"])
def test_a_go_line_ends_a_batch(go: str) -> None:
    assert tsql.batches(f"select 1\n{go}\nselect 2") == [Statement("select 1", 1), Statement("select 2", 3)]


def test_a_number_behind_go_says_how_often_the_batch_runs() -> None:
    assert tsql.batches("insert t values (1)\nGO 3\n") == [Statement("insert t values (1)", 1, 3)]


def test_a_batch_that_would_run_no_time_is_an_error() -> None:
    with pytest.raises(GoldreelError, match="GO 0 would run the batch no time"):
        tsql.batches("select 1\nGO 0")


@pytest.mark.parametrize(
    "batch",
    [
        "select '\nGO\n'",
        "select 'it''s\nGO\n'",
        'select "\nGO\n"',
        "select 1 as [\nGO\n]",
        "select 1 as [a]]\nGO\n]",
        "/* \nGO\n */ select 1",
        "/* /* */ \nGO\n */ select 1",
        "select 1 -- '\n + 1",
        "select 1 -- /*\n + 1",
        "select go from t",
        "GOTO here",
    ],
)
def test_other_text_ends_no_batch(batch: str) -> None:
    assert tsql.batches(f"{batch}\nGO\nselect 2")[0].text == batch
    assert len(tsql.batches(f"{batch}\nGO\nselect 2")) == 2


def test_lines_are_counted_from_the_start_of_the_script() -> None:
    script = "\r\n-- first\r\nselect 1\r\nGO\r\n\r\nGO\r\n\r\nselect\r\n2\r\n"
    assert tsql.batches(script) == [Statement("-- first\nselect 1", 2), Statement("select\n2", 8)]


def test_a_quote_that_never_closes_hides_the_rest() -> None:
    assert tsql.batches("select 'x\nGO\nselect 2") == [Statement("select 'x\nGO\nselect 2", 1)]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "null"),
        (42, "42"),
        ("it's 🎬", "N'it''s 🎬'"),
        ("a\0b", "N'a' + nchar(0) + N'b'"),
        (datetime(2024, 2, 29, 1, 2, 3), "'2024-02-29T01:02:03.000000'"),
    ],
)
def test_a_value_is_written_as_a_literal(value: str | int | datetime | None, written: str) -> None:
    assert tsql.literal(value) == written


def test_a_name_is_quoted_whatever_it_contains() -> None:
    assert tsql.quoted("a]b") == "[a]]b]"


@pytest.mark.parametrize(
    ("table", "roles"),
    [
        ("gold_country_insights", ["goldreel_analyst", "goldreel_dashboard"]),
        ("publication", ["goldreel_analyst", "goldreel_dashboard"]),
        ("load_checks", ["goldreel_analyst", "goldreel_dashboard"]),
        ("load_columns", ["goldreel_analyst", "goldreel_dashboard"]),
        ("load_acceptances", ["goldreel_analyst", "goldreel_dashboard"]),
        ("changed_records", ["goldreel_analyst", "goldreel_dashboard"]),
        ("published_parts", ["goldreel_analyst", "goldreel_dashboard"]),
        ("silver_users", ["goldreel_analyst"]),
        ("quarantine", ["goldreel_analyst"]),
    ],
)
def test_dashboards_read_gold_and_analysts_all(table: str, roles: list[str]) -> None:
    grants = tsql.grants_to_readers(table).splitlines()
    assert [line.rpartition(" to ")[2] for line in grants] == [f"{role};" for role in roles]


@pytest.mark.parametrize(
    ("name", "values", "type_"),
    [
        ("int", [1, None], pa.int64()),
        ("bigint", [None], pa.int64()),
        ("float", [1.5, None], pa.float64()),
        ("nvarchar", [None], pa.string()),
        ("date", [date(2024, 1, 1)], pa.date32()),
        ("datetime2", [datetime(2024, 1, 1)], pa.timestamp("us")),
        ("numeric", [Decimal("1.50"), None], pa.decimal128(3, 2)),
    ],
)
def test_a_column_keeps_its_kind_even_when_it_is_empty(name: str, values: list[object], type_: pa.DataType) -> None:
    assert pa.array(values, tsql.arrow_type(name)).type == type_
