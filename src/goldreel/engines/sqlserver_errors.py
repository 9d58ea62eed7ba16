"""What SQL Server and its driver say when something fails, and what that means."""

from __future__ import annotations

import re

from goldreel.errors import GoldreelError, ServerLost, UsageError

# What passes by itself, by what the server says; https://learn.microsoft.com/azure/azure-sql/database/troubleshoot-common-errors-issues
_TRANSIENT = re.compile(
    r"chosen as the deadlock victim"  # 1205
    r"|deadlock detected"
    r"|is currently busy|service is currently too busy|is not currently available|Service has encountered an error"
    r"|Not enough resources to process|too many operations in progress|(session|request) limit for the database"
    r"|Cannot process (create or update )?request",  # 40501, 40613, 40197, 49918 to 49920, 10928, 10929
    re.IGNORECASE,
)
# A serverless database that went to sleep is woken by whoever logs in, and is there a minute later. 40613
_ASLEEP = re.compile(r"is not currently available", re.IGNORECASE)
# The connection is gone, whether the server is, or something between; what it did not confirm may not have been done.
_LOST = re.compile(
    r"Communication link failure|connection (was|is) (forcibly closed|reset|aborted|closed|broken)|connection reset"
    r"|connection (was )?refused|broken pipe|os error (32|103|104|110|111)\b|unexpected end of (file|stream)"
    r"|Error code 0x(20|68|6E|6F|2745|2746|274C|274D)\b|TCP Provider|Session Provider|\b08S01\b|Connection is broken"
    r"|SHUTDOWN is in progress|terminating connection|server is shutting down|Connection failure|Connection not open"
    r"|Unable to complete login process|server closed the connection|early eof",
    re.IGNORECASE,
)
# A connection that broke while logging in: nothing was done yet.
_LOST_AT_LOGIN = re.compile(
    r"Communication link failure|connection was (forcibly closed|reset|aborted)|pre-login handshake"
    r"|error occurred during the login process|Error code 0x(68|2746|274C|20)\b|Login timeout expired"
    r"|\b(08S01|HYT00)\b",
    re.IGNORECASE,
)
# 1101, 1105, 9002; Babelfish
_FULL = re.compile(
    r"filegroup is full|disk space in filegroup|transaction log for database .* is full|No space left on device",
    re.IGNORECASE,
)
_REFUSED = re.compile(
    r"[^\[\]]*(permission (was )?denied|do(es)? not have permission|not have (the )?required permission)[^\[\]]*",
    re.IGNORECASE,
)


def is_transient(message: str) -> bool:
    """Whether the server says that the same may work a moment later: a deadlock's victim, throttling."""
    return _TRANSIENT.search(message) is not None


def is_asleep(message: str) -> bool:
    """Whether the server says that the database is there, but cannot be used yet."""
    return _ASLEEP.search(message) is not None


def is_worth_another_login(message: str) -> bool:
    """Whether a login that failed with this message, before anything was done, may work a moment later."""
    return not is_asleep(message) and (is_transient(message) or _LOST_AT_LOGIN.search(message) is not None)


def is_lost(message: str) -> bool:
    """Whether the connection to the server is gone."""
    return _LOST.search(message) is not None


def refusal_of(error: Exception) -> str:
    """What the server says when a permission is missing; empty when that is not the error."""
    match = _REFUSED.search(str(error))
    return match.group().strip() if match else ""


def said(message: str) -> str:
    """What the server said, without the names of the drivers that passed it on."""
    return without_drivers(message.strip()).partition("\n")[0].strip()


def without_drivers(message: str) -> str:
    """A message without the names of the drivers that passed it on."""
    return re.sub(r"^(.*?DDBC Error: )?(\[(Microsoft|ODBC [^\]]*|SQL Server)\])*", "", message)


def no_room(message: str, location: str) -> GoldreelError | None:
    """The error that tells that the server's disk, or a file of the database, is full."""
    if not _FULL.search(message):
        return None
    return GoldreelError(
        f"SQL Server has no room left: {said(message)}",
        where=location,
        remedy="let its administrator free some room or enlarge the database's files, and run the command again: "
        "nothing half-done is visible",
    )


def lost(message: str, location: str) -> ServerLost:
    """The error that tells of a lost connection."""
    return ServerLost(
        f"The connection to SQL Server was lost: {said(' '.join(message.split())).rstrip('.')}.",
        where=location,
        remedy="run the command again when the server answers (`goldreel doctor` tells): whole files that were loaded "
        "stay loaded, of the rest nothing is visible",
    )


def unknown_host(host: str) -> UsageError:
    """The error that tells of a host that no name server knows."""
    return UsageError(
        f"The host {host!r} is not known.",
        where="MSSQL_SERVER",
        remedy="correct MSSQL_SERVER, or the network's DNS; mssql_db is the name of Docker Compose's server "
        "among its containers only: from outside it is localhost, and `--engine duckdb` needs no server",
    )


def explained(message: str, location: str, user: str) -> GoldreelError:
    """Why a connection could not be opened, in plain words."""
    if re.search(r"certificate|SSL Provider|TLS", message, re.IGNORECASE):
        return UsageError(
            f"The server's certificate is not trusted: {said(message)}",
            where=location,
            remedy="install a certificate that an authority signed; or, where you know the server, "
            "set GOLDREEL_MSSQL_TRUST_SERVER_CERTIFICATE=true",
        )
    if re.search(r"Entra|Azure AD|AADSTS|access token", message, re.IGNORECASE):
        return UsageError(
            f"Microsoft Entra ID gave no token: {said(message)}",
            where=f"{location}, GOLDREEL_MSSQL_AUTHENTICATION",
            remedy="sign in first (az login, or the variables AZURE_…), or give this machine an identity "
            "(docs/guide/sql-server.md)",
        )
    if re.search(r"Login failed|password authentication failed|\b28000\b", message, re.IGNORECASE):
        return UsageError(
            f"The login of {user!r} was refused.",
            where=location,
            remedy="check MSSQL_USER and MSSQL_PASSWORD (in .env a value is read literally)",
        )
    if "load the driver" in message:
        return UsageError(
            "The ODBC driver that comes with mssql-python cannot be loaded.",
            where="this machine",
            remedy="install the libraries it needs (Debian: apt install libltdl7 libkrb5-3 libgssapi-krb5-2)",
        )
    if is_lost(message):
        return lost(message, location)
    return GoldreelError(f"SQL Server cannot be used: {said(message)}", location, "see docs/guide/sql-server.md")
