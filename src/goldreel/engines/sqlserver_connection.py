"""Reaching SQL Server: the connection string, errors in plain words, and another try where that can help."""

from __future__ import annotations

import random
import re
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar

import mssql_python

from goldreel.config import (
    DEFAULT_PORT,
    Authentication,
    Settings,
    SQLServerSettings,
    changed_environment,
    load_sqlserver_settings,
)
from goldreel.engines import sqlserver_instance, tsql
from goldreel.engines.sqlserver_errors import (
    explained,
    is_asleep,
    is_transient,
    is_worth_another_login,
    said,
    unknown_host,
)
from goldreel.errors import GoldreelError, ServerUnreachable, UsageError, WarehouseMissing
from goldreel.os_faults import reason_of

T = TypeVar("T")

_LOGIN_SECONDS = 15
_TRIES = 5
_FIRST_PAUSE_SECONDS = 0.5
_WAKE_SECONDS, _WAKE_PAUSE_SECONDS = 180.0, 5.0


def retrying(action: Callable[[], T], transient: Callable[[str], bool] = is_transient) -> T:
    """Run something that is undone whole when it fails; try again, ever later, while its error is transient."""
    for attempt in range(1, _TRIES):
        try:
            return action()
        except mssql_python.Error as error:
            if not transient(str(error)):
                raise
        time.sleep(_FIRST_PAUSE_SECONDS * 2 ** (attempt - 1) * random.uniform(0.5, 1))
    return action()


@dataclass(frozen=True)
class Login:
    """Who connects where; knows the password and never tells it."""

    settings: SQLServerSettings
    trust_certificate: bool
    authentication: Authentication = "sql"

    @classmethod
    def of(cls, settings: Settings) -> Login:
        """Who and where the settings say.

        Raises:
            UsageError: a setting is missing or cannot be used.
        """
        server = load_sqlserver_settings(settings.mssql_authentication)
        return cls(server, settings.mssql_trust_server_certificate, settings.mssql_authentication)

    @property
    def location(self) -> str:
        named = "\\" in self.settings.server and self.settings.port == DEFAULT_PORT
        server = self.settings.server if named else f"{self.settings.server}:{self.settings.port}"
        return f"{server}, database {self.settings.database}"

    @property
    def who(self) -> str:
        """Who signs in, for messages."""
        return self.settings.user or f"this machine's {self.authentication}"

    @cached_property
    def address(self) -> tuple[str, int]:
        """Host and TCP port; a named instance is asked for its port where the settings do not say it.

        Raises:
            UsageError: the port of the instance cannot be found out.
        """
        host, _, instance = self.settings.server.partition("\\")
        if instance and self.settings.port == DEFAULT_PORT:
            return host, sqlserver_instance.port_of(host, instance)
        return host, self.settings.port

    def connection_string(self, database: str) -> str:
        """An ODBC connection string; the connection is always encrypted."""
        host, port = self.address
        parts = {
            "Server": f"{host},{port}",
            "Database": database,
            **self._credentials(),
            "Encrypt": "yes",
            "TrustServerCertificate": "yes" if self.trust_certificate else "no",
            "Packet Size": "8000",  # the bulk copy does not work with every server's default
        }
        return ";".join(f"{name}={_braced(value)}" for name, value in parts.items())

    def _credentials(self) -> dict[str, str]:
        user, password = self.settings.user, self.settings.password.get_secret_value()
        if self.authentication == "sql":
            return {"UID": user, "PWD": password}
        by: dict[str, str] = {"Authentication": self.authentication}
        if self.authentication == "ActiveDirectoryServicePrincipal":
            return by | {"UID": user, "PWD": password}
        if self.authentication == "ActiveDirectoryMSI" and user:
            return by | {"UID": user}
        return by

    def connect(self, database: str = "") -> mssql_python.Connection:
        """Open a connection that commits every statement; a database that sleeps is waited for.

        Raises:
            UsageError: unknown host, closed port, wrong login, untrusted certificate; a database that the login may not
                open.
            WarehouseMissing: the database does not exist.
        """
        mssql_python.pooling(enabled=False)  # a closed connection is to give up its lock
        self.reach()
        name = database or self.settings.database

        try:
            return self._awake(lambda: retrying(lambda: self._open(name), is_worth_another_login))
        except (mssql_python.Error, mssql_python.ConnectionStringParseError, RuntimeError) as error:
            message = self._redacted(str(error))
        if re.search(r"Cannot open database|database .* does not exist", message, re.IGNORECASE):
            raise self._unopened(name, message)
        raise explained(message, self.location, self.who)

    def _open(self, database: str) -> mssql_python.Connection:
        connection = mssql_python.connect(self.connection_string(database), autocommit=True, timeout=_LOGIN_SECONDS)
        with closing(connection.cursor()) as cursor:
            cursor.execute("set xact_abort on; set nocount on; set ansi_warnings on")
        return connection

    def _awake(self, login: Callable[[], T]) -> T:
        """Log in; wait for a database that sleeps, and say so."""
        deadline = None
        while True:
            try:
                return login()
            except mssql_python.Error as error:
                if not is_asleep(str(error)):
                    raise
                if deadline is None:
                    deadline = time.monotonic() + _WAKE_SECONDS
                    told = "The database cannot be used yet, as when a serverless one wakes up"
                    print(f"{told}; waiting up to {_WAKE_SECONDS:g} s …", file=sys.stderr)
                if time.monotonic() > deadline:
                    raise GoldreelError(
                        f"The database could not be used for {_WAKE_SECONDS:g} s: {said(str(error))}",
                        where=self.location,
                        remedy="look at its state in the portal; run the command again when it is online",
                    ) from None
            time.sleep(_WAKE_PAUSE_SECONDS)

    def _unopened(self, database: str, message: str) -> UsageError:
        """Why a database cannot be opened: of one that is missing the server says what it says of one closed to us."""
        is_missing = re.search(r"database .* does not exist", message, re.IGNORECASE)  # Babelfish tells them apart
        there, state = (False, "") if is_missing else self._known_to_master(database)
        if there is False:
            return WarehouseMissing(
                f"The database {database!r} does not exist.",
                where=self.location,
                remedy="`goldreel run FOLDER` creates it where that is permitted",
            )
        if there and state != "ONLINE":
            return UsageError(
                f"The database {database!r} is {state.lower()}.",
                where=self.location,
                remedy="let an administrator bring it online",
            )
        user = tsql.quoted(self.who)
        found = "exists, but" if there else "does not exist, or"
        return UsageError(
            f"The database {database!r} {found} {self.who!r} may not open it: {said(message)}",
            where=self.location,
            remedy=f"let an administrator run in it: create user {user} for login {user}; alter role goldreel_builder "
            f"add member {user} (or another role: docs/guide/sql-server.md, Permissions)",
        )

    def _known_to_master(self, database: str) -> tuple[bool | None, str]:
        """Whether a database exists, and its state; None where this login cannot ask."""
        try:
            with closing(self._open("master")) as connection, closing(connection.cursor()) as cursor:
                cursor.execute(f"select state_desc from sys.databases where name = {tsql.literal(database)}")
                found = cursor.fetchall()
                cursor.execute("select has_perms_by_name(null, null, 'VIEW ANY DATABASE')")
                sees_all = bool(cursor.fetchall()[0][0])
        except mssql_python.Error:
            return None, ""
        if found:
            return True, str(found[0][0])
        return (False if sees_all else None), ""

    def create_database(self) -> None:
        """Create the database; its readers will not wait for writers.

        Raises:
            UsageError: the login may not create databases.
        """
        name = tsql.quoted(self.settings.database)
        connection = self.connect("master")
        try:
            cursor = connection.cursor()
            try:
                cursor.execute(f"create database {name}")
            except mssql_python.Error as error:
                raise UsageError(
                    f"The database does not exist and could not be created: {said(self._redacted(str(error)))}",
                    where=self.location,
                    remedy="grant the login CREATE ANY DATABASE, or let an administrator create the database "
                    "and the login's user in it (docs/guide/sql-server.md)",
                ) from None
            with suppress(mssql_python.Error):  # who may not set it can still run; `goldreel doctor` tells of it
                cursor.execute(f"alter database {name} set read_committed_snapshot on")
        finally:
            connection.close()

    def drop_database(self) -> None:
        """Drop the database, if it is there.

        Raises:
            UsageError: the login may not drop it, or someone uses it.
        """
        name = tsql.quoted(self.settings.database)
        connection = self.connect("master")
        try:
            cursor = connection.cursor()
            with suppress(mssql_python.Error):  # it may not be there; connections that a pool keeps are in the way
                cursor.execute(f"alter database {name} set single_user with rollback immediate")
            cursor.execute(f"drop database if exists {name}")
        except mssql_python.Error as error:
            raise UsageError(
                f"The database could not be dropped: {said(self._redacted(str(error)))}",
                where=self.location,
                remedy="grant the login CREATE ANY DATABASE, and end what uses the database",
            ) from None
        finally:
            connection.close()

    def reach(self) -> None:
        """A plain TCP connection first: its errors are plain, the driver's are not."""
        host, port = self.address
        try:
            socket.create_connection((host, port), timeout=_LOGIN_SECONDS).close()
        except socket.gaierror:
            raise unknown_host(host) from None
        except OSError as error:
            reason = "nothing answered" if isinstance(error, TimeoutError) else reason_of(error)
            raise ServerUnreachable(
                f"SQL Server cannot be reached: {reason}.",
                where=f"{host}:{port}",
                remedy="check MSSQL_SERVER and MSSQL_PORT, that the server runs, and that no firewall is between",
            ) from None

    def _redacted(self, message: str) -> str:
        password = self.settings.password.get_secret_value()
        return message.replace(password, "***") if password else message


def _braced(value: str) -> str:
    """A value of a connection string, whatever it contains."""
    return "{" + value.replace("}", "}}") + "}"


@contextmanager
def told_at_once(login: Login) -> Iterator[None]:
    """Let whoever connects in this process (dbt does, a model at a time) be told at once when the server is gone.

    The driver by itself tries for as long as a login may take, and dbt several times for each model: minutes in all.
    """
    connect = mssql_python.connect

    def reaching(*arguments: Any, **options: Any) -> mssql_python.Connection:
        try:
            login.reach()
        except UsageError as error:
            raise mssql_python.OperationalError("Communication link failure", error.what) from None
        return connect(*arguments, **options)

    mssql_python.connect = reaching
    try:
        yield
    finally:
        mssql_python.connect = connect


@contextmanager
def scratch_database(settings: Settings) -> Iterator[None]:
    """Let the settings name a database beside theirs, which is dropped before and after.

    Raises:
        UsageError: the login may not create or drop databases.
    """
    login = Login.of(settings)
    name = f"{login.settings.database[:110]}_goldreel_parity"
    scratch = replace(login, settings=login.settings.model_copy(update={"database": name}))
    with changed_environment({"MSSQL_DATABASE": name}):
        scratch.drop_database()
        try:
            yield
        finally:
            scratch.drop_database()
