"""What the oracle calls a difference."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from oracle import (
    KEYS,
    Warehouse,
    account_for,
    differences,
)
from oracle.cases import AS_OF, USER_HEADER, content, deliver, movie, users


def stored(expected: Warehouse) -> duckdb.DuckDBPyConnection:
    """A warehouse file that holds exactly what the oracle expects."""
    types = {int: "BIGINT", float: "DOUBLE", date: "DATE", str: "VARCHAR"}
    con = duckdb.connect()
    con.execute("CREATE SCHEMA bronze")
    for table, rows in expected.tables.items():
        declared = []
        for name in rows[0] if rows else KEYS[table]:
            kind = next((k for row in rows for k in types if isinstance(row[name], k)), str)
            declared.append(f'"{name}" {types[kind]}')
        con.execute(f"CREATE TABLE {table} ({', '.join(declared)})")
        for row in rows:
            con.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", list(row.values()))
    return con


def test_a_warehouse_as_expected_has_no_differences(small: Warehouse) -> None:
    assert differences(stored(small), small) == []


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        (
            "UPDATE silver_users SET age = 21 WHERE user_id = 'U1'",
            "silver_users ('U1',), age: expected 20, found 21",
        ),
        (
            "UPDATE silver_users SET age = 0 WHERE user_id = 'U2'",
            "silver_users ('U2',), age: expected None, found 0",
        ),
        ("DELETE FROM silver_users WHERE user_id = 'U3'", "silver_users ('U3',): missing"),
        (
            "INSERT INTO silver_users FROM silver_users WHERE user_id = 'U1'",
            "silver_users ('U1',): more than once",
        ),
        ("INSERT INTO silver_users (user_id) VALUES ('u1')", "silver_users ('u1',): not expected"),
        (
            "UPDATE gold_country_insights SET avg_user_age = 20.0000001 WHERE country = 'Peru'",
            "gold_country_insights ('Peru',), avg_user_age: expected 20.0, found 20.0000001",
        ),
    ],
)
def test_a_difference_is_told(small: Warehouse, change: str, difference: str) -> None:
    con = stored(small)
    con.execute(change)
    assert differences(con, small) == [difference]


def test_a_missing_table_or_column_is_told_and_the_list_is_limited(small: Warehouse) -> None:
    con = stored(small)
    con.execute("DROP TABLE quarantine")
    con.execute("ALTER TABLE silver_users DROP COLUMN country")
    assert [line.split(":")[0] for line in differences(con, small)] == ["quarantine", "silver_users"]
    assert len(differences(con, small, limit=1)) == 1


def test_the_order_of_summation_and_how_a_computed_number_is_written_make_no_difference(
    small: Warehouse,
) -> None:
    con = stored(small)
    con.execute("UPDATE gold_country_insights SET avg_watch_hours_per_user = avg_watch_hours_per_user * (1 + 1e-12)")
    con.execute("UPDATE bronze.content SET duration_minutes = '60.00' WHERE content_type = 'series'")
    assert differences(con, small) == []


def test_an_average_on_a_tie_may_be_rounded_to_either_side(tmp_path: Path) -> None:
    hours = users("U1,,,,2024-01-01,100.125", "U2,,,,2024-01-01,100.125")
    expected = account_for([deliver(tmp_path / "d", users_csv=hours)], AS_OF)
    con = stored(expected)
    con.execute("UPDATE gold_executive_summary SET avg_user_engagement_hours = 100.12")
    assert differences(con, expected) == []
    con.execute("UPDATE gold_executive_summary SET avg_user_engagement_hours = 100.14")
    assert len(differences(con, expected)) == 1


def test_of_the_unknown_columns_values_count_and_of_the_unknown_keys_only_the_names(tmp_path: Path) -> None:
    lines = f"{USER_HEADER},plan\nU1,,,,2024-01-01,100,x\n"
    title = movie("M1", studio={"name": "A"})
    expected = account_for([deliver(tmp_path / "d", users_csv=lines, content_json=content([title]))], AS_OF)
    con = stored(expected)
    con.execute("""UPDATE bronze.users SET _extra = '{"plan":"x"}'""")
    con.execute("""UPDATE bronze.content SET _extra = '{"studio":{"name":"A"}}'""")
    assert differences(con, expected) == []
    con.execute("""UPDATE bronze.users SET _extra = '{"plan":"y"}'""")
    con.execute("""UPDATE bronze.content SET _extra = '{"Studio":{"name":"A"}}'""")
    assert len(differences(con, expected)) == 2
