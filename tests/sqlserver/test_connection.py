from __future__ import annotations

import random
import socket
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import mssql_python
import pytest
from mssql_python.connection_string_parser import _ConnectionStringParser
from pydantic import SecretStr

from goldreel.config import SQLServerSettings, load_sqlserver_settings
from goldreel.engines.sqlserver_connection import Login, retrying
from goldreel.engines.sqlserver_errors import is_transient, refusal_of
from goldreel.errors import GoldreelError, UsageError

PASSWORD = "pa;ss}w{o=rd"  # what could break a connection string


def login(server: str = "127.0.0.1", port: int = 1433, trust: bool = False) -> Login:
    settings = SQLServerSettings(server=server, database="films", user="sa", password=SecretStr(PASSWORD), port=port)
    return Login(settings, trust)


def driver_error(text: str) -> mssql_python.OperationalError:
    return mssql_python.OperationalError("Server rejected the connection", f"[Microsoft][SQL Server]{text}")


@pytest.fixture
def failing_driver(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Lets the driver fail with a message, as if the port were open."""

    def fail_with(text: str) -> None:
        def connect(*arguments: object, **options: object) -> None:
            raise driver_error(f"{text} (PWD={PASSWORD})")

        monkeypatch.setattr(mssql_python, "connect", connect)
        monkeypatch.setattr(Login, "reach", lambda self: None)
        monkeypatch.setattr(time, "sleep", lambda seconds: None)

    return fail_with


def test_a_connection_string_means_what_the_settings_say_whatever_the_password_contains() -> None:
    parsed = _ConnectionStringParser(validate_keywords=False)._parse(login(port=1444).connection_string("films"))
    assert parsed["server"] == "127.0.0.1,1444"
    assert parsed["pwd"] == PASSWORD
    assert (parsed["encrypt"], parsed["trustservercertificate"]) == ("yes", "no")


def test_a_certificate_is_trusted_blindly_only_on_request() -> None:
    assert "TrustServerCertificate={yes}" in login(trust=True).connection_string("films")


@pytest.mark.parametrize(
    ("said", "kind", "told"),
    [
        ("Login failed for user 'sa'.", UsageError, "The login of 'sa' was refused"),
        ('Cannot open database "films" requested by the login.', UsageError, "'films' does not exist, or 'sa' may not"),
        ("SSL Provider: certificate verify failed:self-signed certificate", UsageError, "not trusted: SSL Provider"),
        ("Failed to load the driver.", UsageError, "ODBC driver that comes with mssql-python cannot be loaded"),
        ("The moon is in the wrong house.", GoldreelError, "SQL Server cannot be used: The moon"),
    ],
)
def test_what_goes_wrong_at_login_is_told_in_plain_words_without_the_password(
    failing_driver: Callable[[str], None], said: str, kind: type[GoldreelError], told: str
) -> None:
    failing_driver(said)
    with pytest.raises(kind) as failure:
        login().connect()
    assert told in failure.value.what
    assert PASSWORD not in "".join(traceback.format_exception(failure.value))


def test_an_unknown_host_and_a_closed_port_are_told_before_the_driver_is_asked() -> None:
    with pytest.raises(UsageError, match=r"The host 'no-such-host\.invalid' is not known"):
        login("no-such-host.invalid").connect()
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with pytest.raises(UsageError, match="SQL Server cannot be reached: connection refused"):
            login(port=port).connect()


@pytest.mark.parametrize(
    "text",
    [
        "Transaction (Process ID 52) was deadlocked on lock resources and has been chosen as the deadlock victim.",
        "The service is currently busy. Retry the request after 10 seconds.",
        "Database 'films' on server 's' is not currently available. Please retry the connection later.",
    ],
)
def test_what_passes_by_itself_is_tried_again_ever_later(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    monkeypatch.setattr(random, "uniform", lambda low, high: high)
    answers = [driver_error(text), driver_error(text)]

    def action() -> str:
        if answers:
            raise answers.pop()
        return "done"

    assert retrying(action) == "done"
    assert pauses == [0.5, 1.0]


def test_after_some_tries_the_error_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    tries = []

    def action() -> None:
        tries.append(1)
        raise driver_error("chosen as the deadlock victim")

    with pytest.raises(mssql_python.OperationalError):
        retrying(action)
    assert len(tries) == 5


@pytest.mark.parametrize("text", ["Invalid object name 'x'.", "Login failed for user 'sa'.", "Divide by zero error."])
def test_nothing_else_is_tried_again(text: str) -> None:
    tries = []

    def action() -> None:
        tries.append(1)
        raise driver_error(text)

    with pytest.raises(mssql_python.OperationalError):
        retrying(action)
    assert len(tries) == 1
    assert not is_transient(text)


def test_a_missing_permission_is_told_in_the_words_of_the_server() -> None:
    said = "CREATE TABLE permission denied in database 'films'."
    assert refusal_of(driver_error(said)) == said
    assert refusal_of(driver_error("Invalid object name 'x'.")) == ""


# --- Settings ---------------------------------------------------------------------------------


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    monkeypatch.chdir(tmp_path)
    for name, value in {"SERVER": "db", "DATABASE": "films", "USER": "sa", "PASSWORD": PASSWORD}.items():
        monkeypatch.setenv(f"MSSQL_{name}", value)
    monkeypatch.delenv("MSSQL_PORT", raising=False)
    return monkeypatch


def test_settings_come_from_the_environment(environment: pytest.MonkeyPatch) -> None:
    settings = load_sqlserver_settings()
    assert (settings.server, settings.port, settings.database) == ("db", 1433, "films")
    assert PASSWORD not in repr(settings)


def test_settings_come_from_a_file_too(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.delenv("MSSQL_USER")
    (tmp_path / ".env").write_text("MSSQL_USER=loader\n")
    assert load_sqlserver_settings().user == "loader"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("MSSQL_SERVER", None, "The setting MSSQL_SERVER is missing"),
        ("MSSQL_PASSWORD", None, "The setting MSSQL_PASSWORD is missing"),
        ("MSSQL_PORT", "70000", "The setting MSSQL_PORT cannot be used"),
        ("MSSQL_SERVER", "db\\A\\B", "The setting MSSQL_SERVER cannot be used"),
        ("MSSQL_SERVER", "db\\", "The setting MSSQL_SERVER cannot be used"),
        ("MSSQL_SERVER", "db,1444", "The setting MSSQL_SERVER cannot be used"),
        ("MSSQL_PASSWORD", "", "The setting MSSQL_PASSWORD cannot be used"),
    ],
)
def test_a_setting_that_is_missing_or_wrong_is_named(
    environment: pytest.MonkeyPatch, name: str, value: str | None, told: str
) -> None:
    if value is None:
        environment.delenv(name)
    else:
        environment.setenv(name, value)
    with pytest.raises(UsageError, match=told) as failure:
        load_sqlserver_settings()
    assert PASSWORD not in str(failure.value)
