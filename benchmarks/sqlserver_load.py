"""Loading bronze on SQL Server: `goldreel load` against one INSERT per row, on the server that MSSQL_… name.

Both write the same sessions into the same kind of table, in a database of their own that is dropped afterwards. The
row-by-row insert commits every row, as a loop over a file does, and is measured on a part of the rows, because all
of them would take minutes; rates are compared.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
import time
from contextlib import closing
from datetime import datetime
from itertools import islice
from pathlib import Path

from benchmarks import kept
from benchmarks.own_database import own_database
from goldreel import pipeline
from goldreel.config import Settings, load_settings, load_sqlserver_settings
from goldreel.engines import open_engine
from goldreel.engines.base import Table
from goldreel.engines.sqlserver_connection import Login
from goldreel.generator import GeneratorOptions, generate
from goldreel.loading.contract import VIEWING_SESSIONS


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sqlserver_load", description=__doc__)
    parser.add_argument("--sessions", type=int, default=222_785, help="sessions to load [%(default)s]")
    parser.add_argument("--row-by-row", type=int, default=5_000, help="how many of them row by row [%(default)s]")
    kept.add_option(parser)
    options = parser.parse_args()
    settings = load_settings("sqlserver")
    with tempfile.TemporaryDirectory() as folder, own_database():
        generate(Path(folder), GeneratorOptions(sessions=options.sessions))
        for other in ("users.csv", "content.json"):
            (Path(folder) / other).unlink()
        loaded = by_goldreel(settings, Path(folder))
        single = row_by_row(settings, Path(folder) / "viewing_sessions.csv", options.row_by_row)
    print(f"goldreel load     {loaded:>10,.0f} rows/s  ({options.sessions:,} rows, file read and ledger included)")
    print(f"INSERT per row    {single:>10,.0f} rows/s  ({options.row_by_row:,} rows)")
    ratio = loaded / single
    if options.record:
        figures = {"sessions": options.sessions, "rows_per_second": loaded, "row_by_row": single, "ratio": ratio}
        kept.record("sqlserver_load", figures, ("goldreel", "mssql-python"))
    print(f"{'met' if ratio >= 40 else 'MISSED'}: {ratio:.0f} × as fast, target 40 ×")


def by_goldreel(settings: Settings, delivery: Path) -> float:
    """Rows per second of `goldreel load`, from the open connection to the ledger's row."""
    with open_engine(settings):
        pass  # the database is created
    start = time.perf_counter()
    report = pipeline.load(settings, [delivery], pipeline.Silent())
    (outcome,) = report.files
    assert outcome.load is not None
    return outcome.load.records_loaded / (time.perf_counter() - start)


def row_by_row(settings: Settings, file: Path, count: int) -> float:
    """Rows per second of one INSERT statement per row, with parameters."""
    delivered = VIEWING_SESSIONS.table
    table = Table("bronze", "row_by_row", delivered.columns, delivered.ordered_by)
    names = [*VIEWING_SESSIONS.columns, "_load_id", "_source_file", "_source_row", "_loaded_at"]
    insert = f"insert into {table} ({', '.join(names)}) values ({', '.join('?' * len(names))})"
    with open_engine(settings) as engine:
        engine.create_missing([table])
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(islice(csv.reader(lines), 1, count + 1))
    login = Login(load_sqlserver_settings(), settings.mssql_trust_server_certificate)
    with closing(login.connect()) as connection, connection.cursor() as cursor:
        start = time.perf_counter()
        for number, row in enumerate(rows, start=1):
            cursor.execute(insert, *row, 1, file.name, number, datetime(2024, 1, 1))
        return len(rows) / (time.perf_counter() - start)


if __name__ == "__main__":
    main()
