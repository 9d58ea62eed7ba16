"""Every engine says the same of a load: verdict, words, numbers and example."""

from __future__ import annotations

from typing import Any

import pytest

from checks.history import BRONZE, Check, Checker, History, days, session, title, user
from exported import duckdb_scripts
from portability import emulation
from portability.compiled import DIALECTS, Compiled, Dialect, Traced, bronze_name


@pytest.fixture(scope="module")
def history() -> History:
    """Loads that each check has something to say of."""
    history = History().known()
    users = [user(number) for number in range(40)]
    for number in range(4):
        history.load("users", users, name=f"users_{number}.csv.gz")
    history.load("users", [user(number, registration_date=f"2023-{number % 28 + 1:02}-05") for number in range(40)])
    history.load("users", [user(n, registration_date=f"2024-05-{n % 12 + 1:02}", age="") for n in range(40)])
    history.load("users", [user(n, registration_date=f"2024-{n % 12 + 1:02}-05", age="") for n in range(40)])
    history.load("users", users[:5], rejected=16, name="users_5.csv")
    history.load(
        "users",
        [user(90, country="México".encode().decode("latin-1")), user(91, country="it’s".encode().decode("cp1252"))],
    )
    history.load("users", [user(92, country="Peru\u00a0"), user(93, country="Peru\u0301"), user(94, country="Perú")])
    history.load("users", [user(1, user_id="U1\u200b"), user(1, user_id="U\u03011")])
    history.load("viewing_sessions", [session(n, watch_date=day) for n, day in enumerate([*days(1, 4), *days(6, 9)])])
    history.load(
        "viewing_sessions", [session(100 + n, watch_duration_minutes="1440", user_id="U8\u200b") for n in range(20)]
    )
    history.load("viewing_sessions", [session(n, completion_percentage="x", device_type=" ") for n in range(20)])
    history.load("viewing_sessions", [session(n, watch_date="3/2/2024") for n in range(25)])
    history.load("content", [title(n, rating="7", release_year="0", title="ÄÖÜ ñ") for n in range(20)])
    history.load("content", [title(n, "series" if n < 4 else "movie", genre="") for n in range(20)])
    history.load("content", [])
    return history


Rows = list[tuple[Any, ...]]
CHECKS = f"select {', '.join(Check._fields)} from load_checks order by load_id, check_name"
COLUMNS = "select * from load_columns order by load_id, column_name"


@pytest.fixture(scope="module")
def by_duckdb(history: History) -> tuple[Rows, Rows]:
    checker = Checker(duckdb_scripts()["bronze_to_silver.sql"])
    with checker.warehouse(history) as connection:
        return connection.execute(CHECKS).fetchall(), connection.execute(COLUMNS).fetchall()


def test_the_history_has_something_for_each_check(by_duckdb: tuple[Rows, Rows]) -> None:
    checks = [Check(*row) for row in by_duckdb[0]]
    found = {each.check_name for each in checks if each.verdict != "ok"}
    assert found == {each.check_name for each in checks}
    assert len(found) == 10


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_engine_says_what_duckdb_says(
    projects: dict[Dialect, Compiled],
    traced: dict[Dialect, Traced],
    history: History,
    by_duckdb: tuple[Rows, Rows],
    dialect: Dialect,
) -> None:
    with emulation.connect(dialect) as connection:
        for table in BRONZE.values():
            connection.register("delivered", history.table(table))
            connection.execute(f"insert into {bronze_name(dialect, table).sql('duckdb')} from delivered")
            connection.unregister("delivered")
        emulation.build(connection, projects[dialect], traced[dialect].statements)
        assert connection.execute(CHECKS).fetchall() == by_duckdb[0]
        assert connection.execute(COLUMNS).fetchall() == by_duckdb[1]
