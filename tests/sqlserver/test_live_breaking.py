"""On a SQL Server, when something breaks: nothing half-done stays, the command works afterwards, and it says why."""

from __future__ import annotations

import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from checks.stopping import NONE_STOPPED
from goldreel import pipeline
from goldreel.config import Settings
from goldreel.engines import open_engine
from goldreel.engines.base import Engine
from goldreel.errors import GoldreelError, RightMissing, ServerLost, UsageError, WarehouseMissing
from goldreel.generator import GeneratorOptions, generate
from goldreel.loading.contract import VIEWING_SESSIONS
from goldreel.publish import current_publication
from goldreel.sql_runner import Script, run_script

from .conftest import Query, login, run_on_server

SESSIONS = 30_000
HEAD = ",".join(VIEWING_SESSIONS.columns)


@pytest.fixture
def settings(database: str, tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", engine="sqlserver", thresholds=NONE_STOPPED)


def sessions(folder: Path, mark: str, **at: str) -> Path:
    """A delivery of sessions, as many as make several bulk copies when halved; some ids are given, by position."""
    ids = {int(position.lstrip("n")): value for position, value in at.items()}
    lines = [f"{ids.get(number, f'{mark}{number}')},U1,C1,2024-01-01,30,50,TV,HD" for number in range(1, SESSIONS + 1)]
    folder.mkdir()
    (folder / f"viewing_sessions_{mark}.csv").write_text("\n".join([HEAD, *lines]) + "\n", encoding="utf-8")
    return folder


def load(settings: Settings, folder: Path) -> pipeline.RunReport:
    return pipeline.load(settings, [folder], pipeline.Silent())


def counts(query: Query, mark: str) -> list[tuple[Any, ...]]:
    """Of a delivery: sessions in bronze, all of them different; rejected records; what the ledger says of both."""
    return query(
        f"select (select count(*) from bronze.viewing_sessions where _source_file like '%{mark}.csv'), "
        f"(select count(distinct _source_row) from bronze.viewing_sessions where _source_file like '%{mark}.csv'), "
        f"(select count(*) from bronze.rejected_records where source_file like '%{mark}.csv'), "
        f"(select sum(records_loaded) from bronze.loads where source_file like '%{mark}.csv'), "
        f"(select sum(records_rejected) from bronze.loads where source_file like '%{mark}.csv')"
    )


# --- A bulk copy that breaks halfway ----------------------------------------------------------


def test_a_file_with_what_the_server_cannot_hold_loads_all_but_those_records(
    settings: Settings, query: Query, live_server: str, tmp_path: Path
) -> None:
    mark = f"z{secrets.token_hex(4)}"
    folder = sessions(tmp_path / "day", mark, n17000="a\0b", n17001="\0", n29999="c\0")
    (outcome,) = load(settings, folder).files
    assert outcome.status == "loaded"
    rejected = 3 if "Babelfish" in live_server else 0
    assert counts(query, mark) == [(SESSIONS - rejected, SESSIONS - rejected, rejected, SESSIONS - rejected, rejected)]
    (again,) = load(settings, folder).files
    assert again.status == "known"
    if rejected:
        reasons = query(f"select reason from bronze.rejected_records where source_file like '%{mark}.csv'")
        assert all("code point 0" in reason for (reason,) in reasons)


# --- A server that is lost --------------------------------------------------------------------


class Wire:
    """Everything between us and the server, which can be cut."""

    def __init__(self, listener: socket.socket, server: tuple[str, int]) -> None:
        self._listener, self._server = listener, server
        self._open: list[socket.socket] = []
        self._passed = 0
        self.cut_after: int | None = None
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Break every connection, and let no new one through."""
        self.cut_after = 0
        self._listener.close()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._server)
                self._open += [client, server]
                for one, other in ((client, server), (server, client)):
                    threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while received := one.recv(65_536):
                self._passed += len(received)
                if self.cut_after is not None and self._passed > self.cut_after:
                    break
                other.sendall(received)
            else:
                other.shutdown(socket.SHUT_RDWR)
                return
            self.cut()


@contextmanager
def wire(monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    """Lets the settings name a way to the server that can be cut."""
    server = login().address
    with socket.create_server(("127.0.0.1", 0)) as listener, monkeypatch.context() as patch:
        patch.setenv("MSSQL_SERVER", "127.0.0.1")
        patch.setenv("MSSQL_PORT", str(listener.getsockname()[1]))
        wire = Wire(listener, server)
        yield wire
        wire.cut()


def test_a_server_lost_during_a_load_is_told_and_the_same_load_works_afterwards(
    settings: Settings, query: Query, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = f"w{secrets.token_hex(4)}"
    folder = sessions(tmp_path / "day", mark)
    with wire(monkeypatch) as way:
        way.cut_after = 1_000_000  # of the two megabytes that the delivery is, and more on the wire
        with pytest.raises(ServerLost, match="The connection to SQL Server was lost") as lost:
            load(settings, folder)
    assert "run the command again" in lost.value.remedy
    (outcome,) = load(settings, folder).files
    assert outcome.status == "loaded"
    assert counts(query, mark) == [(SESSIONS, SESSIONS, 0, SESSIONS, 0)]


def test_a_server_lost_during_a_build_is_told_and_dbt_is_not_blamed(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery = generate(tmp_path / "day", GeneratorOptions(users=50, sessions=500, titles=20, seed=3)).folders[0]
    load(settings, delivery)
    with wire(monkeypatch) as way:

        class Cutting(pipeline.Silent):
            def node_finished(self, name: str, done: int, total: int) -> None:
                if done == 5:
                    way.cut()

        with pytest.raises(ServerLost) as lost:
            pipeline.run(settings, [], date(2024, 9, 30), Cutting())
    assert "dbt" not in str(lost.value)
    assert pipeline.run(settings, [], date(2024, 9, 30), pipeline.Silent()).publication is not None


# --- What may not be seen, or opened ----------------------------------------------------------


@pytest.fixture
def stranger(settings: Settings, query: Query) -> Iterator[dict[str, Any]]:
    """A login without a user in the database."""
    with open_engine(settings):
        pass  # the database is there
    name, password = f"goldreel_stranger_{secrets.token_hex(4)}", f"Aa1-{secrets.token_hex(8)}"
    query(f"create login [{name}] with password = '{password}'")
    yield {"user": name, "password": SecretStr(password)}
    run_on_server(f"drop login [{name}]")


def test_a_database_that_a_login_may_not_open_is_not_told_to_be_missing(
    database: str, stranger: dict[str, Any]
) -> None:
    with pytest.raises(UsageError, match="may not open it") as refused:
        login(database=database, **stranger).connect()
    assert not isinstance(refused.value, WarehouseMissing)
    assert f"create user [{stranger['user']}]" in refused.value.remedy


def test_a_user_without_rights_is_told_which_are_missing(
    settings: Settings, query: Query, stranger: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    query(f"create user [{stranger['user']}] for login [{stranger['user']}]")
    try:
        with monkeypatch.context() as patch:
            patch.setenv("MSSQL_USER", stranger["user"])
            patch.setenv("MSSQL_PASSWORD", stranger["password"].get_secret_value())
            hidden = pipeline.status(settings).hidden
            with pytest.raises(RightMissing):
                current_publication(settings)
    finally:
        query(f"drop user [{stranger['user']}]")
    schemas = [each.split("SELECT on schema ")[1].split()[0] for each in hidden]
    assert schemas == ["dbo", "bronze", "ops"]


# --- What scripts print -----------------------------------------------------------------------


def test_what_a_script_prints_is_handed_on(settings: Settings, live_server: str) -> None:
    text = "print N'first [x]';\ngo\nselect 1 as n;\nprint N'second';"
    roles = (Path(__file__).parents[2] / "sql" / "sqlserver" / "roles.sql").read_text(encoding="utf-8")
    with open_engine(settings, "script") as engine:
        results = list(run_script(engine, Script("a.sql", text)))
        told = [message for result in run_script(engine, Script("roles.sql", roles)) for message in result.messages]
    assert [message for result in results for message in result.messages] == ["first [x]", "second"]
    assert [result.rows for result in results if result.columns] == [[(1,)]]
    assert bool(told) == ("Babelfish" in live_server)


# --- A publication that fails -----------------------------------------------------------------


def _hold(engine: Engine) -> None:
    """Do, in a transaction that stays open, what keeps others from changing what readers see."""
    engine.execute("drop view dbo.publication")


def test_a_publication_that_fails_uses_up_no_version_number(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery = generate(tmp_path / "day", GeneratorOptions(users=50, sessions=500, titles=20, seed=3)).folders[0]
    first = pipeline.run(settings, [delivery], date(2024, 9, 30), pipeline.Silent()).publication
    assert first is not None
    monkeypatch.setattr("goldreel.engines.sqlserver_readers._PUBLISH_SECONDS", 1.0)
    impatient = settings.model_copy(update={"lock_timeout": 1.0})
    with open_engine(settings, "script") as reader, suppress(ZeroDivisionError), reader.transaction():
        _hold(reader)
        with pytest.raises(GoldreelError, match="readers hold its tables"):
            pipeline.publish(impatient)
        raise ZeroDivisionError  # undoes what was held
    second = pipeline.publish(settings)
    assert second.version == first.version + 1
