"""The models mean the same on every engine: what they compute there is what the contract says."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from sqlglot import exp, parse_one

from gold_tables.parts import CHECKOUT
from goldreel.generator import GeneratorOptions, generate
from goldreel.loading.contract import BRONZE_TABLES
from oracle import SESSIONS, USERS, Warehouse, account_for, differences
from portability import emulation
from portability.compiled import DIALECTS, Compiled, Dialect, Traced, bronze_name
from portability.vocabulary import words

BLANKS = ("{}", " \t{}\r\n", "\u00a0{}", "{}\u2028", "{}\u0085", "{}\u3000", "{}\x00", "{} .")
NUMBERS = [
    *words(
        """
        0 -0 +0 7 -3 +5 58.0 120 120.0 121 0.5 00012 100 99.999 1440 1440.0 1440.01 -1 +-1 --1 - + . .5 5. 1e3 1,000
        1_000 1.2.3 1. nan NaN inf -inf Infinity 0x1F ١٢ ½ 1d 1f 1L 9223372036854775807 9223372036854775808
        -9223372036854775808 -9223372036854775809 1/2 $1 1% %1 [1] 1-2 1+ 1- null true
        """
    ),
    *("1 2", "1\t2", "1\n2", "9" * 300, "9" * 400, "0" * 50 + "7", "0." + "0" * 30 + "1"),
]
DAYS = words(
    """
    2024-01-05 2024-02-29 2023-02-29 2024-02-30 2024-13-01 2024-00-10 2024-01-00 0000-01-01 0001-01-01 9999-12-31
    2024-1-5 24-01-05 2024/01/05 20240105 05-01-2024 2024-01-5 -2024-01-05 +2024-01-05 2024-01-05T 2024-01-05Z
    2024-01-05+01 2024-01-051 ٢٠٢٤-٠١-٠٥ 2024-01-05BC infinity today
    """
)
TIMES = [
    *words(
        """
        10:00 23:59:59 00:00:00.123456789 24:00 10:60 10:00:60 1:00 10 10:0 10:00: 10:00:00. 10:00:00.1a 10:00:00:00
        1O:00 10:00Z 10:00:00Z 10:00z 10:00+01 10:00-23 10:00+24 10:00+1 10:00+0130 10:00+01:30 10:00+01:60 10:00+01:
        10:00+013 10:00+01:300 10:00:00.5+00:00 Z +01 :: 10:00ZZ 10:00+01Z 10:00Z+01 10:00--01 10:00x 10.00
        """
    ),
    *(
        "10:00 Z",
        "10:00 +01",
        "10:00  Z",
        "10:00 +01:30",
        "10 :00",
        "10:00 x",
        "10:00:00 -0200",
        "10:00 +",
        "10:00 +24",
    ),
]
DATES = [
    *DAYS,
    *(f"2024-01-05{mark}{time}" for mark in ("T", " ", "t", "  ", "_", "T ") for time in TIMES),
    "2023-02-29T10:00",
]
WATCHED = ["1989-12-31", "2024-02-29", "2024-02-30", "2024-06-01T10:00", "2024-06-01T", "2024-08-31 10:00 Z", ""]
GENRES = [
    "Drama",
    "Drama, Comedy",
    "Drama,Drama",
    " Drama ,\tDrama\n, ",
    ",",
    " , ",
    "",
    "drama",
    "Dråma",
    "A.B|C, [x]",
]


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Realistic dirty deliveries, then one of every text that a number or a date may be mistaken for."""
    folder = tmp_path_factory.mktemp("deliveries")
    options = GeneratorOptions(users=150, sessions=900, titles=80, deliveries=2, dirt=0.05)
    generate(folder / "generated", options)
    deliveries = sorted({file.parent for file in folder.rglob("*.csv")})
    deliver_odd_texts(folder / "odd")
    return account_for([*deliveries, folder / "odd"], emulation.TODAY.date())


def deliver_odd_texts(folder: Path) -> None:
    folder.mkdir()
    numbers = [form.format(text) for text in NUMBERS for form in BLANKS]
    dates = [
        *DATES,
        *(form.format(text) for text in ("2024-01-05", "2024-01-05T10:00", "2024-01-05 10:00 Z") for form in BLANKS),
    ]
    good = {"age": "30", "country": "Peru", "registration_date": "2024-01-01", "total_watch_time_hours": "100"}
    odd_users = [
        *({**good, "total_watch_time_hours": text} for text in numbers),
        *({**good, "age": text} for text in numbers),
        *({**good, "registration_date": text} for text in dates),
        *({**good, "country": form.format(text)} for text in ("peru", "Perú", "", "0") for form in BLANKS),
    ]
    users = [{**user, "user_id": f"odd-{at}"} for at, user in enumerate(odd_users)]
    users += [{**good, "user_id": text} for text in ("u1", "U1", " U1\t", "ü1", "", "\t", "U1\u00a0")]
    watched = {
        "user_id": "U1",
        "watch_date": "2024-06-01",
        "watch_duration_minutes": "60",
        "completion_percentage": "50",
    }
    odd_sessions = [
        *({**watched, "watch_duration_minutes": text} for text in numbers),
        *({**watched, "completion_percentage": text} for text in numbers),
        *({**watched, "watch_date": text} for text in WATCHED),
        *({**watched, "user_id": text} for text in ("u1", "u2", " U1 ", "")),
        *({**watched, "content_id": text} for text in ("genre-0", "genre-99", "")),
    ]
    sessions = [
        {"content_id": f"genre-{at % len(GENRES)}", **session, "session_id": f"odd-{at % 500}"}
        for at, session in enumerate(odd_sessions)
    ]
    for name, columns, rows in (("users", USERS, users), ("viewing_sessions", SESSIONS, sessions)):
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, columns, restval="")
            writer.writeheader()
            writer.writerows(rows)
    movie = {"duration_minutes": 90, "release_year": 2001, "rating": 4.2, "production_budget": 1_000_000}
    titles = [{**movie, "content_id": f"genre-{at}", "genre": [genre]} for at, genre in enumerate(GENRES)]
    titles += [{**movie, "content_id": f"rating-{at}", "rating": text} for at, text in enumerate(NUMBERS)]
    titles += [{**movie, "content_id": f"year-{at}", "release_year": text} for at, text in enumerate(NUMBERS)]
    titles += [{**movie, "content_id": f"budget-{at}", "production_budget": text} for at, text in enumerate(NUMBERS)]
    (folder / "content.json").write_text(json.dumps({"movies": titles, "series": []}), encoding="utf-8")


Carried = dict[Dialect, duckdb.DuckDBPyConnection]


@pytest.fixture(scope="module")
def carried_out(
    projects: dict[Dialect, Compiled], traced: dict[Dialect, Traced], expected: Warehouse
) -> Iterator[Carried]:
    """All models of each engine, carried out over the same bronze tables."""
    connections = {}
    for dialect, project in projects.items():
        connections[dialect] = con = emulation.connect(dialect)
        load_bronze(con, dialect, expected)
        assert traced[dialect].failures == {}
        emulation.build(con, project, traced[dialect].statements)
    yield connections
    for con in connections.values():
        con.close()


def load_bronze(con: duckdb.DuckDBPyConnection, dialect: Dialect, warehouse: Warehouse) -> None:
    for table in BRONZE_TABLES:
        rows = [{"_loaded_at": emulation.TODAY, **row} for row in warehouse.tables.get(str(table), [])]
        values = {name: [row.get(name) for row in rows] for name in table.arrow_schema.names}
        con.register("delivered", pa.table(values, table.arrow_schema))
        con.execute(f"insert into {bronze_name(dialect, table).sql('duckdb')} from delivered")
        con.unregister("delivered")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_number_is_the_one_that_the_contract_says(
    carried_out: Carried, expected: Warehouse, dialect: Dialect
) -> None:
    built = {name: rows for name, rows in expected.tables.items() if not name.startswith("bronze.")}
    assert set(built) == {
        *(f"silver_{entity}" for entity in ("users", "viewing_sessions", "content")),
        *("quarantine", "cost_of_bad_data", *CHECKOUT.tables()),
    }
    assert all(rows for rows in built.values())
    assert differences(carried_out[dialect], Warehouse(built, [])) == []


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_calendar_has_every_day_from_the_first_to_the_last_once(
    carried_out: Carried, expected: Warehouse, dialect: Dialect
) -> None:
    watched = [row["watch_date"] for row in expected.tables["silver_viewing_sessions"]]
    days = [min(watched) + timedelta(days=n) for n in range((max(watched) - min(watched)).days + 1)]
    assert len(days) > 10_000
    found = carried_out[dialect].execute(
        "select cast(date_day as date), date_key, month_name, quarter_number, day_of_week, day_name, "
        "cast(first_day_of_month as date), cast(first_day_of_week as date), is_weekend from dim_date order by date_key"
    )
    assert found.fetchall() == [calendar_row(day) for day in days]


def calendar_row(day: date) -> tuple[Any, ...]:
    return (
        day,
        day.year * 10_000 + day.month * 100 + day.day,
        day.strftime("%B"),
        (day.month + 2) // 3,
        day.isoweekday(),
        day.strftime("%A"),
        day.replace(day=1),
        day - timedelta(days=day.weekday()),
        int(day.isoweekday() >= 6),
    )


def test_sql_server_never_takes_a_negative_number_of_characters(
    projects: dict[Dialect, Compiled], carried_out: Carried
) -> None:
    """SQL Server may compute an expression that a CASE or an AND rules out: so here they are without either."""
    con = carried_out["tsql"]
    tried = 0
    for model in projects["tsql"].models:
        statement = parse_one(model.sql, read="tsql")
        for select in statement.find_all(exp.Select):
            cuts = {cut.sql("tsql") for cut in select.find_all(exp.Left) if cut.parent_select is select}
            if cuts:
                alone = exp.select(*sorted(cuts), dialect="tsql").from_(select.args["from_"].this.copy())
                alone.set("with_", statement.args["with_"].copy())
                assert con.execute(emulation.to_duckdb(alone, "tsql")).fetchall()
                tried += len(cuts)
    assert tried
