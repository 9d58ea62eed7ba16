"""A SQL Server to test against: the one that the settings MSSQL_… name, in databases of its own."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import mssql_python
import pytest

from goldreel.config import Settings, load_settings, load_sqlserver_settings
from goldreel.engines.sqlserver_connection import Login
from goldreel.errors import GoldreelError
from needs import SQLSERVER, missing

from .standin import StandIn, write_certificate

Query = Callable[..., list[tuple[Any, ...]]]


def login(**changes: Any) -> Login:
    """Who the settings name, with some of them changed."""
    settings = load_sqlserver_settings().model_copy(update=changes)
    return Login(settings, os.environ.get("GOLDREEL_MSSQL_TRUST_SERVER_CERTIFICATE", "").lower() == "true")


def run_on_server(sql: str, database: str = "master", **who: Any) -> list[tuple[Any, ...]]:
    """Run one statement on a connection of its own."""
    with closing(login(**who).connect(database)) as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        return [tuple(row) for row in cursor.fetchall()] if cursor.description else []


@pytest.fixture(scope="session")
def live_server() -> str:
    """What the server says it is; skips where the settings name none that can be reached."""
    try:
        if "MSSQL_SERVER" not in os.environ:
            raise GoldreelError("MSSQL_SERVER is not set")
        return str(run_on_server("select @@version")[0][0])
    except GoldreelError as error:
        SQLSERVER.is_missing(f"there is no SQL Server to test against: {error.what}")


@pytest.fixture(scope="module")
def database(live_server: str) -> Iterator[str]:
    """A database of this module's own, named by the settings while its tests run; it does not exist yet.

    With GOLDREEL_TEST_DATABASE it has that name and is kept: what earlier tests built, published and made by scripts
    is there when the next ones begin, and only what they loaded is not.
    """
    kept = os.environ.get("GOLDREEL_TEST_DATABASE")
    name = kept or f"goldreel_test_{secrets.token_hex(4)}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MSSQL_DATABASE", name)
        if kept:
            _forget_loads(name)
        yield name
    if not kept:
        run_on_server(f"drop database if exists [{name}]")


def _forget_loads(database: str) -> None:
    if run_on_server(f"select name from sys.databases where name = '{database}'"):
        tables = "select table_schema + '.' + table_name from information_schema.tables where table_schema = 'bronze'"
        for (table,) in run_on_server(tables, database):
            run_on_server(f"delete from {table}", database)


@pytest.fixture
def query(database: str) -> Query:
    """Runs one statement in the database, on a connection of its own."""
    return lambda sql, **who: run_on_server(sql, database, **who)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_certificate(tmp_path_factory.mktemp("certificate") / "standin.pem")


@pytest.fixture(scope="session")
def odbc_driver() -> None:
    """Skips where the driver that mssql-python brings cannot be loaded; it is told so by an attempt to connect."""
    try:
        mssql_python.connect("Server=127.0.0.1,1;UID=nobody;PWD=none").close()
    except mssql_python.Error as error:
        if "load the driver" in str(error):
            what = "the ODBC driver lacks libraries (Debian: apt install libltdl7 libgssapi-krb5-2)"
            missing(what, "GOLDREEL_REQUIRE_ODBC")


@pytest.fixture
def standin(odbc_driver: None, certificate: Path) -> Iterator[StandIn]:
    """A server of this test's own that answers as it is told."""
    with StandIn(certificate).serving() as standin:
        yield standin


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, standin: StandIn, tmp_path: Path) -> Settings:
    """Settings that name the stand-in."""
    monkeypatch.chdir(tmp_path)
    named = {"SERVER": "127.0.0.1", "PORT": str(standin.port), "DATABASE": "films", "USER": "ann", "PASSWORD": "x"}
    for name, value in named.items():
        monkeypatch.setenv(f"MSSQL_{name}", value)
    monkeypatch.setenv("GOLDREEL_MSSQL_TRUST_SERVER_CERTIFICATE", "true")
    monkeypatch.setenv("GOLDREEL_HOME", str(tmp_path / "home"))
    return load_settings("sqlserver")
