"""Reaching SQL Server: the connection string, errors in plain words, and another try where that can help."""

from __future__ import annotations

import random
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TypeVar

import mssql_python

from goldreel.config import SQLServerSettings, changed_environment, load_sqlserver_settings
from goldreel.engines import tsql
from goldreel.errors import GoldreelError, UsageError, WarehouseMissing

T = TypeVar("T")

_LOGIN_SECONDS = 15
_TRIES = 5
_FIRST_PAUSE_SECONDS = 0.5

# What passes by itself, by what the server says; https://learn.microsoft.com/azure/azure-sql/database/troubleshoot-common-errors-issues
_TRANSIENT = re.compile(
    r"chosen as the deadlock victim"  # 1205
    r"|deadlock detected"
    r"|is currently busy|service is currently too busy|is not currently available|Service has encountered an error"
    r"|Not enough resources to process|too many operations in progress|(session|request) limit for the database"
    r"|Cannot process (create or update )?request",  # 40501, 40613, 40197, 49918 to 49920, 10928, 10929
    re.IGNORECASE,
)
# A connection that broke while logging in: nothing was done yet.
_LOST_AT_LOGIN = re.compile(
    r"Communication link failure|connection was (forcibly closed|reset|aborted)|pre-login handshake"
    r"|error occurred during the login process|Error code 0x(68|2746|274C|20)\b|Login timeout expired"
    r"|\b(08S01|HYT00)\b",
    re.IGNORECASE,
)
_REFUSED = re.compile(
    r"[^\[\]]*(permission (was )?denied|do(es)? not have permission|not have (the )?required permission)[^\[\]]*",
    re.IGNORECASE,
)


def is_transient(message: str) -> bool:
    """Whether the server says that the same may work a moment later: a deadlock's victim, throttling."""
    return _TRANSIENT.search(message) is not None


def refusal_of(error: Exception) -> str:
    """What the server says when a permission is missing; empty when that is not the error."""
    match = _REFUSED.search(str(error))
    return match.group().strip() if match else ""


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

    @property
    def location(self) -> str:
        return f"{self.settings.server}:{self.settings.port}, database {self.settings.database}"

    def connection_string(self, database: str) -> str:
        """An ODBC connection string; the connection is always encrypted."""
        parts = {
            "Server": f"{self.settings.server},{self.settings.port}",
            "Database": database,
            "UID": self.settings.user,
            "PWD": self.settings.password.get_secret_value(),
            "Encrypt": "yes",
            "TrustServerCertificate": "yes" if self.trust_certificate else "no",
            "Packet Size": "8000",  # the bulk copy does not work with every server's default
        }
        return ";".join(f"{name}={_braced(value)}" for name, value in parts.items())

    def connect(self, database: str = "") -> mssql_python.Connection:
        """Open a connection that commits every statement.

        Raises:
            UsageError: unknown host, closed port, wrong login, untrusted certificate.
            WarehouseMissing: the database does not exist, or the login may not open it.
        """
        mssql_python.pooling(enabled=False)  # a closed connection is to give up its lock
        self._reach_port()
        name = database or self.settings.database

        def open_connection() -> mssql_python.Connection:
            connection = mssql_python.connect(self.connection_string(name), autocommit=True, timeout=_LOGIN_SECONDS)
            cursor = connection.cursor()
            cursor.execute("set xact_abort on; set nocount on; set ansi_warnings on")
            cursor.close()
            return connection

        try:
            return retrying(open_connection, lambda text: is_transient(text) or bool(_LOST_AT_LOGIN.search(text)))
        except (mssql_python.Error, mssql_python.ConnectionStringParseError) as error:
            raise self._explained(self._redacted(str(error)), name) from None

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
                    f"The database does not exist and could not be created: {_said(self._redacted(str(error)))}",
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
                f"The database could not be dropped: {_said(self._redacted(str(error)))}",
                where=self.location,
                remedy="grant the login CREATE ANY DATABASE, and end what uses the database",
            ) from None
        finally:
            connection.close()

    def _reach_port(self) -> None:
        """A plain TCP connection first: its errors are plain, the driver's are not."""
        host, port = self.settings.server, self.settings.port
        try:
            socket.create_connection((host, port), timeout=_LOGIN_SECONDS).close()
        except socket.gaierror:
            raise UsageError(
                f"The host {host!r} is not known.", "MSSQL_SERVER", "correct MSSQL_SERVER, or the network's DNS"
            ) from None
        except OSError as error:
            reason = "nothing answered" if isinstance(error, TimeoutError) else (error.strerror or str(error)).lower()
            raise UsageError(
                f"SQL Server cannot be reached: {reason}.",
                where=f"{host}:{port}",
                remedy="check MSSQL_SERVER and MSSQL_PORT, that the server runs, and that no firewall is between",
            ) from None

    def _explained(self, message: str, database: str) -> GoldreelError:
        if re.search(r"certificate|SSL Provider|TLS", message, re.IGNORECASE):
            return UsageError(
                f"The server's certificate is not trusted: {_said(message)}",
                where=self.location,
                remedy="install a certificate that an authority signed; or, where you know the server, "
                "set GOLDREEL_MSSQL_TRUST_SERVER_CERTIFICATE=true",
            )
        if re.search(r"Cannot open database|database .* does not exist", message, re.IGNORECASE):
            return WarehouseMissing(
                f"The database {database!r} does not exist, or {self.settings.user!r} may not open it.",
                where=self.location,
                remedy="`goldreel run FOLDER` creates it where that is permitted",
            )
        if re.search(r"Login failed|password authentication failed|\b28000\b", message, re.IGNORECASE):
            return UsageError(
                f"The login of {self.settings.user!r} was refused.",
                where=self.location,
                remedy="check MSSQL_USER and MSSQL_PASSWORD",
            )
        if "load the driver" in message:
            return UsageError(
                "The ODBC driver that comes with mssql-python cannot be loaded.",
                where="this machine",
                remedy="install the libraries it needs (Debian: apt install libltdl7 libkrb5-3 libgssapi-krb5-2)",
            )
        return GoldreelError(
            f"SQL Server cannot be used: {_said(message)}", self.location, "see docs/guide/sql-server.md"
        )

    def _redacted(self, message: str) -> str:
        return message.replace(self.settings.password.get_secret_value(), "***")


def _braced(value: str) -> str:
    """A value of a connection string, whatever it contains."""
    return "{" + value.replace("}", "}}") + "}"


def _said(message: str) -> str:
    """What the server said, without the names of the drivers that passed it on."""
    return re.sub(r"^.*?DDBC Error: (\[[^\]]*\])*", "", message.splitlines()[0]).strip()


@contextmanager
def scratch_database(trust_certificate: bool) -> Iterator[None]:
    """Let the settings name a database beside theirs, which is dropped before and after.

    Raises:
        UsageError: the login may not create or drop databases.
    """
    settings = load_sqlserver_settings()
    scratch = Login(
        settings.model_copy(update={"database": f"{settings.database[:110]}_goldreel_parity"}), trust_certificate
    )
    with changed_environment({"MSSQL_DATABASE": scratch.settings.database}):
        scratch.drop_database()
        try:
            yield
        finally:
            scratch.drop_database()
