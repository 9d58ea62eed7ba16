"""A warehouse against the one expected, cell by cell."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import chain, islice
from typing import Any

import duckdb

from oracle.gold import Rounded, round2
from oracle.rules import number
from oracle.tables import KEYS, Row, Warehouse


def differences(con: duckdb.DuckDBPyConnection, expected: Warehouse, limit: int = 20) -> list[str]:
    """What differs between the warehouse behind `con` and the one expected: at most `limit` lines."""
    found = (table_differences(con, table, rows) for table, rows in expected.tables.items())
    return list(islice(chain.from_iterable(found), limit))


def table_differences(con: duckdb.DuckDBPyConnection, table: str, expected: list[Row]) -> Iterator[str]:
    columns = list(expected[0] if expected else KEYS[table])
    try:
        names = ", ".join(f'"{name}"' for name in columns)
        actual = con.execute(f"SELECT {names} FROM {table}").fetchall()
    except duckdb.Error as error:
        yield f"{table}: {error}"
        return
    missing = {tuple(row[name] for name in KEYS[table]): row for row in expected}
    seen = set()
    for values in actual:
        row = dict(zip(columns, values, strict=True))
        key = tuple(row[name] for name in KEYS[table])
        wanted = missing.pop(key, None)
        if wanted is None:
            yield f"{table} {key}: {'more than once' if key in seen else 'not expected'}"
            continue
        seen.add(key)
        for name in columns:
            if not same(table, name, wanted, row[name]):
                yield f"{table} {key}, {name}: expected {wanted[name]!r}, found {row[name]!r}"
    for key in missing:
        yield f"{table} {key}: missing"


def same(table: str, name: str, expected: Row, found: Any) -> bool:
    """Whether a cell holds what is expected of it."""
    wanted = expected[name]
    if wanted is None or found is None:
        return wanted is found
    if name == "_extra":  # of a title only the keys count: how a nested value is written is open
        keep: Callable[[Any], Any] = set if table == "bronze.content" else dict
        return bool(keep(json.loads(wanted)) == keep(json.loads(found)))
    is_series = table == "bronze.content" and expected["content_type"] == "series"
    if is_series and name in ("duration_minutes", "total_episodes") and found != wanted:
        return isinstance(found, str) and close(number(wanted), number(found))  # 60 and 60.00 are one
    if isinstance(wanted, Rounded):
        return any(close(round2(wanted.exact * nudge), found) for nudge in (1 - 1e-9, 1, 1 + 1e-9))
    if isinstance(wanted, float):
        return close(wanted, found)
    return type(found) is type(wanted) and bool(found == wanted)


def close(wanted: float | None, found: Any) -> bool:
    """Equal as doubles, up to the order of summation."""
    if wanted is None or not isinstance(found, (int, float, Decimal)):
        return False
    return math.isclose(wanted, float(found), rel_tol=1e-9)
