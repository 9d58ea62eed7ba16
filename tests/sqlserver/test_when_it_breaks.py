"""SQL Server when something breaks: what is undone, and what a person is told. The server is a stand-in."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import mssql_python
import pyarrow as pa
import pytest

from goldreel import pipeline
from goldreel.cli import main
from goldreel.engines import open_engine, sqlserver_records
from goldreel.engines.base import Column, Engine, Table
from goldreel.engines.sqlserver_connection import Login
from goldreel.engines.sqlserver_readers import Readers
from goldreel.engines.sqlserver_records import RecordSender
from goldreel.errors import GoldreelError, RightMissing, ServerLost, UsageError
from goldreel.publish import current_publication

from .standin import Answer, Refusal, StandIn, printed, rows

TABLE = Table("bronze", "people", (Column("id", "bigint"), Column("name", "text")), ("id",), "id")


@pytest.fixture
def engine(settings: Any) -> Iterator[Engine]:
    with open_engine(settings, "look") as engine:
        yield engine


# --- A server that is lost --------------------------------------------------------------------


def test_a_server_lost_at_a_statement_is_told_as_such_and_what_to_do(engine: Engine, standin: StandIn) -> None:
    standin.on_statement = lambda sql: None
    for _ in range(2):  # the first finds out, the second knows
        with pytest.raises(ServerLost, match="The connection to SQL Server was lost") as lost:
            engine.execute("select 1")
        assert "run the command again" in lost.value.remedy
        assert lost.value.exit_code == 1


def test_a_server_lost_in_a_transaction_hides_no_other_error_and_commits_nothing(
    engine: Engine, standin: StandIn
) -> None:
    def fail() -> None:
        standin.on_statement = lambda sql: None
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), engine.transaction():
        fail()
    assert "COMMIT" not in standin.statements
    with pytest.raises(ServerLost):
        engine.execute("select 1")  # not half-way back: the connection is closed


def test_a_server_lost_at_the_commit_is_told_too(engine: Engine, standin: StandIn) -> None:
    def lost_at_commit(sql: str) -> Answer:
        return None if sql == "COMMIT" else b""

    standin.on_statement = lost_at_commit
    with pytest.raises(ServerLost), engine.transaction():
        engine.execute("insert t values (1)")


@pytest.mark.parametrize(
    ("said", "is_lost"),
    [
        ("[Microsoft]TCP Provider: Error code 0x68", True),
        ("[Microsoft][SQL Server]Communication link failure", True),
        ("terminating connection due to administrator command", True),
        ("SHUTDOWN is in progress.", True),
        ("Connection reset by peer (os error 104)", True),
        ("Violation of PRIMARY KEY constraint 'PK'. Cannot insert duplicate key", False),
        ("Login failed for user 'sa'.", False),
        ("Invalid object name 'lost'.", False),
        ("Database error: 1,104 rows", False),
    ],
)
def test_a_lost_connection_is_known_by_what_the_driver_says(engine: Engine, said: str, is_lost: bool) -> None:
    assert (engine.loss(said) is not None) is is_lost


def test_the_command_tells_of_it_in_its_three_lines(
    settings: Any, standin: StandIn, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    standin.on_statement = lambda sql: None if "select 1" in sql else b""
    monkeypatch.setattr(sys, "argv", ["goldreel", "sql", "--engine", "sqlserver", "-q", "select 1"])
    with pytest.raises(SystemExit, match="1"):
        main()
    told = capsys.readouterr().err
    assert "error: The connection to SQL Server was lost" in told
    assert "that is a bug" not in told


def test_who_connects_while_a_warehouse_is_open_is_told_at_once_that_the_server_is_gone(
    settings: Any, standin: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """dbt connects for each model; the driver by itself would try for 15 s each time."""
    standin.on_statement = lambda sql: rows("answer", [0]) if "sp_getapplock" in sql else b""
    connect = mssql_python.connect
    with open_engine(settings) as engine:
        gone = UsageError("SQL Server cannot be reached: connection refused.")

        def refuse(self: Login) -> None:
            raise gone

        monkeypatch.setattr(Login, "reach", refuse)
        with pytest.raises(mssql_python.OperationalError) as refused:
            mssql_python.connect("Server=127.0.0.1")
        assert engine.loss(str(refused.value)) is not None
    assert mssql_python.connect is connect


# --- A bulk copy that breaks halfway ----------------------------------------------------------


class Server:
    """A connection to a server that keeps what a bulk copy sent before an error, unless it was told not to."""

    autocommit = True

    def __init__(self) -> None:
        self.rows: dict[int, str] = {}

    @contextmanager
    def cursor(self) -> Iterator[Server]:
        yield self

    def bulkcopy_arrow(
        self, table: str, batch: pa.Table, size: int, use_internal_transaction: bool = False, **options: Any
    ) -> dict[str, int]:
        before = dict(self.rows)
        for row in batch.to_pylist():
            try:
                self._add(row)
            except RuntimeError:
                if use_internal_transaction:
                    self.rows = before
                raise
        return {"rows_copied": batch.num_rows}

    def _add(self, row: dict[str, Any]) -> None:
        if row["id"] in self.rows:
            raise RuntimeError("Sql Error: 2627: duplicate key value violates unique constraint")
        if "\0" in row["name"]:
            raise RuntimeError("Sql Error: invalid UTF16 byte sequence - code point 0 not supported")
        self.rows[row["id"]] = row["name"]

    # What the sender needs of a session.
    location = "here"

    @property
    def connection(self) -> Server:
        return self

    @contextmanager
    def transaction(self) -> Iterator[None]:
        before = dict(self.rows)
        try:
            yield
        except Exception:
            self.rows = before
            raise

    def execute(self, sql: str) -> Any:
        if "nchar(0)" in sql:
            raise RuntimeError("code point 0 is not supported by this server")
        for key, name in re.findall(r"\((\d+), N'(\w+)'\)", sql):
            self._add({"id": int(key), "name": name})


def test_of_a_bulk_copy_that_breaks_halfway_nothing_stays_and_all_but_the_bad_rows_arrive() -> None:
    names = ["x"] * 30_000
    for bad in (17_000, 17_001, 29_999):
        names[bad] = "a\0b"
    server = Server()
    given = pa.table({"id": range(len(names)), "name": names})
    refused = RecordSender(server).append(TABLE, given.to_reader())  # type: ignore[arg-type]
    assert sorted(row.values["id"] for row in refused) == [17_000, 17_001, 29_999]
    assert all("code point 0" in row.reason for row in refused)
    assert sorted(server.rows) == sorted(set(range(30_000)) - {17_000, 17_001, 29_999})


def test_a_server_lost_in_a_bulk_copy_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: Any, **options: Any) -> None:
        raise RuntimeError("Connection Error: Connection reset by peer (os error 104)")

    server = Server()
    monkeypatch.setattr(server, "bulkcopy_arrow", broken)
    with pytest.raises(ServerLost):
        RecordSender(server).append(  # type: ignore[arg-type]
            TABLE, pa.table({"id": range(2_000), "name": ["x"] * 2_000}).to_reader()
        )


@pytest.mark.parametrize(
    ("rows_at_once", "bytes_at_once", "copies"), [(1_000_000, 1 << 30, 1), (4_000, 1 << 30, 3), (1_000_000, 1, 5)]
)
def test_small_batches_are_copied_together_within_bounds(
    monkeypatch: pytest.MonkeyPatch, rows_at_once: int, bytes_at_once: int, copies: int
) -> None:
    monkeypatch.setattr(sqlserver_records, "_ROWS_AT_ONCE", rows_at_once)
    monkeypatch.setattr(sqlserver_records, "_BYTES_AT_ONCE", bytes_at_once)
    server = Server()
    sent: list[int] = []
    copy = server.bulkcopy_arrow

    def counted(table: str, piece: pa.Table, size: int, **options: Any) -> dict[str, int]:
        sent.append(size)
        return copy(table, piece, size, **options)

    monkeypatch.setattr(server, "bulkcopy_arrow", counted)
    given = pa.table({"id": range(10_000), "name": ["x"] * 10_000})
    empty = given.slice(0, 0).combine_chunks().to_batches()
    batches = [*given.to_batches(max_chunksize=2_000), *empty]
    assert RecordSender(server).append(TABLE, pa.RecordBatchReader.from_batches(given.schema, batches)) == []  # type: ignore[arg-type]
    assert len(sent) == copies
    assert max(sent) <= rows_at_once
    assert sorted(server.rows) == list(range(10_000))


def test_an_error_that_undid_a_transaction_is_not_worked_around(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was inserted before in the transaction is gone with it, so the load must fail."""

    def refuse(sql: str) -> Any:
        raise mssql_python.DataError("String data, right truncation", "String or binary data would be truncated")

    server = Server()
    monkeypatch.setattr(server, "execute", refuse)
    monkeypatch.setattr(server, "autocommit", False)
    with pytest.raises(GoldreelError, match="could not be sent"):
        RecordSender(server).append(TABLE, pa.table({"id": [1, 2], "name": ["x", "y"]}).to_reader())  # type: ignore[arg-type]


# --- What scripts print -----------------------------------------------------------------------


def test_what_a_script_prints_is_shown_apart_from_its_results(
    settings: Any, standin: StandIn, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def answer(sql: str) -> Answer:
        if "report" in sql:
            return (
                printed("Caution: Changing any part of an object name could break scripts.")
                + printed("left out [roles]: no rights")
                + rows("n", [1, 2])
                + printed("between")
                + rows("t", ["a"])
            )
        return printed("only this") if "print" in sql else b""

    standin.on_statement = answer
    arguments = ["goldreel", "sql", "--engine", "sqlserver", "--format", "csv", "-q", "print 'x'\ngo\nexec report"]
    monkeypatch.setattr(sys, "argv", arguments)
    with pytest.raises(SystemExit, match="0"):
        main()
    shown = capsys.readouterr()
    assert shown.out == "n\n1\n2\nt\na\n"
    assert shown.err.splitlines() == ["only this", "left out [roles]: no rights", "between"]


# --- What may not be seen ---------------------------------------------------------------------


def visible(*, publication: bool, may_read_all: bool) -> Callable[[str], Answer]:
    """Answers as to a login that sees these tables only."""

    def answer(sql: str) -> Answer:
        if "has_perms_by_name" in sql:
            return rows("may", [int(may_read_all)])
        if "sp_getapplock" in sql:
            return rows("answer", [0])
        if "information_schema.tables" in sql:
            return rows("table_name", ["publication"] if publication and "dbo" in sql else [])
        return b""

    return answer


def test_what_may_not_be_seen_is_not_told_to_be_absent(
    settings: Any, standin: StandIn, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    standin.on_statement = visible(publication=False, may_read_all=False)
    found = pipeline.status(settings)
    assert found.hidden == (
        "What is published cannot be seen: missing is SELECT on schema dbo for ann.",
        "What is loaded cannot be seen: missing is SELECT on schema bronze for ann.",
        "What was built cannot be seen: missing is SELECT on schema ops for ann.",
    )
    monkeypatch.setattr(sys, "argv", ["goldreel", "status", "--engine", "sqlserver"])
    with pytest.raises(SystemExit, match="0"):
        main()
    told = capsys.readouterr().out
    assert all(each in told for each in found.hidden)
    assert "Nothing is loaded yet" not in told
    assert "nothing yet" not in told


def test_doctor_says_which_right_is_missing(
    settings: Any, standin: StandIn, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    standin.on_statement = visible(publication=False, may_read_all=False)
    with pytest.raises(RightMissing, match="SELECT on schema dbo"):
        current_publication(settings)
    monkeypatch.setattr(sys, "argv", ["goldreel", "doctor", "--engine", "sqlserver"])
    with pytest.raises(SystemExit, match="1"):
        main()
    told = capsys.readouterr().out
    assert re.search(r"✗ published +What is published cannot be seen: missing is SELECT", told)
    assert re.search(r"✗ warehouse +failed unexpectedly: ValueError", told)  # the stand-in does not say what it is
    assert re.search(r"✓ free disk", told)


def test_who_may_see_all_is_told_that_there_is_nothing(settings: Any, standin: StandIn) -> None:
    standin.on_statement = visible(publication=False, may_read_all=True)
    found = pipeline.status(settings)
    assert found.hidden == ()
    assert found.publication is None


# --- A publication that fails -----------------------------------------------------------------


def test_a_version_exists_when_readers_see_it(engine: Engine, standin: StandIn) -> None:
    """What tells of the version is written in the transaction that points readers to it, and undone with it."""
    given = pa.table({"version": [7], "engine": ["sqlserver"]})

    def answer(sql: str) -> Answer:
        if "information_schema.tables where table_schema = @P1" in sql:
            return rows("table_name", ["gold_executive_summary"])
        if "information_schema.columns" in sql:
            return rows("column_name", ["total_users"])
        if "create view dbo.[gold_executive_summary]" in sql:
            return Refusal(2714, "There is already an object named 'gold_executive_summary' in the database.")
        return b""

    standin.on_statement = answer
    with pytest.raises(mssql_python.Error, match="already an object"):
        Readers(engine, 0.0).publish("build_a", given)  # type: ignore[arg-type]
    written = next(
        number for number, sql in enumerate(standin.statements) if "insert into [build_a].publication" in sql
    )
    refused = next(number for number, sql in enumerate(standin.statements) if "create view dbo.[gold_" in sql)
    assert standin.statements[:written].count("BEGIN TRANSACTION") == 1
    assert "COMMIT" not in standin.statements
    assert "ROLLBACK" in standin.statements[refused:]
