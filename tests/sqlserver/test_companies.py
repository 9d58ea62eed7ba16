"""SQL Server as companies have it: databases that sleep, named instances, sign-in without a password, closed databases.

The driver is the real one; the server is a stand-in that answers as such servers do.
"""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any

import azure.identity
import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError
from mssql_python import auth
from mssql_python.connection_string_parser import _ConnectionStringParser
from pydantic import SecretStr

from goldreel.config import Authentication, SQLServerSettings, load_settings
from goldreel.engines import open_engine, sqlserver_connection, sqlserver_instance
from goldreel.engines.sqlserver_connection import Login
from goldreel.errors import GoldreelError, UsageError, WarehouseMissing

from .standin import Answer, LoginRequest, Refusal, StandIn, rows

ASLEEP = Refusal(
    40613,
    "Database 'films' on server 'company' is not currently available.  Please retry the connection later.  If the "
    "problem persists, contact customer support, and provide them the session tracing ID of '{00000000-0000}'.",
)
CLOSED = Refusal(4060, 'Cannot open database "films" requested by the login. The login failed.')
ENTRA: dict[Authentication, dict[str, str]] = {
    "ActiveDirectoryDefault": {"authentication": "ActiveDirectoryDefault"},
    "ActiveDirectoryMSI": {"authentication": "ActiveDirectoryMSI", "uid": "loader"},
    "ActiveDirectoryServicePrincipal": {
        "authentication": "ActiveDirectoryServicePrincipal",
        "uid": "loader",
        "pwd": "its;secret}",
    },
}


def login(port: int, server: str = "127.0.0.1", authentication: Authentication = "sql") -> Login:
    password = SecretStr("its;secret}")
    settings = SQLServerSettings(server=server, database="films", user="loader", password=password, port=port)
    return Login(settings, True, authentication)


# --- A database that sleeps -------------------------------------------------------------------


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlserver_connection, "_WAKE_PAUSE_SECONDS", 0.01)


def test_a_database_that_wakes_up_is_waited_for_and_that_is_said_once(
    standin: StandIn, quick: None, capsys: pytest.CaptureFixture[str]
) -> None:
    standin.on_login = lambda login: ASLEEP if len(standin.logins) < 5 else None
    with closing(login(standin.port).connect()):
        pass
    assert len(standin.logins) == 5
    told = capsys.readouterr().err
    assert told.count("waiting up to 180 s") == 1
    assert "serverless" in told


def test_one_that_does_not_wake_up_is_told_with_what_the_server_says(
    standin: StandIn, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlserver_connection, "_WAKE_SECONDS", 0.05)
    standin.on_login = lambda login: ASLEEP
    with pytest.raises(GoldreelError, match=r"could not be used for 0\.05 s: Database 'films' on server 'company'"):
        login(standin.port).connect()


# --- Named instances --------------------------------------------------------------------------


@contextmanager
def browser(answer: Callable[[bytes], bytes | None]) -> Iterator[int]:
    """A SQL Server Browser; yields its port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as served:
        served.bind(("127.0.0.1", 0))
        closed = threading.Event()

        def serve() -> None:
            with suppress(OSError):
                while not closed.is_set():
                    question, who = served.recvfrom(1_024)
                    said = answer(question)
                    if said is not None:
                        served.sendto(said, who)

        thread = threading.Thread(target=serve)
        thread.start()
        yield served.getsockname()[1]
        closed.set()
        served.sendto(b"", served.getsockname())
        thread.join()


def instance(name: str, *protocols: str) -> Callable[[bytes], bytes | None]:
    """Answers as the Browser of a machine with one instance does: not at all when asked for another."""
    facts = ["ServerName", "BOX", "InstanceName", name, "IsClustered", "No", "Version", "16.0.1000.6", *protocols]
    text = (";".join(facts) + ";;").encode()

    def answer(question: bytes) -> bytes | None:
        is_ours = question.lower() == b"\x04" + name.lower().encode() + b"\0"
        return b"\x05" + len(text).to_bytes(2, "little") + text if is_ours else None

    return answer


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setattr(sqlserver_instance, "_SECONDS", 0.05)
    return monkeypatch


def test_the_port_of_a_named_instance_is_asked_of_its_machine(standin: StandIn, impatient: pytest.MonkeyPatch) -> None:
    with browser(instance("SQLEXPRESS", "np", r"\\BOX\pipe\sql\query", "tcp", str(standin.port))) as port:
        impatient.setattr(sqlserver_instance, "BROWSER_PORT", port)
        asked = login(1433, r"127.0.0.1\SqlExpress")
        with closing(asked.connect()):
            pass
    assert len(standin.logins) == 1
    assert asked.location == r"127.0.0.1\SqlExpress, database films"


def test_a_port_that_is_given_is_taken_and_nobody_is_asked(standin: StandIn, impatient: pytest.MonkeyPatch) -> None:
    impatient.setattr(sqlserver_instance, "port_of", lambda host, instance: pytest.fail("asked"))
    with closing(login(standin.port, r"127.0.0.1\SQLEXPRESS").connect()):
        pass
    assert len(standin.logins) == 1


@pytest.mark.parametrize(
    ("answers", "told", "remedy"),
    [
        (lambda question: None, "SQL Server Browser did not answer, or", "MSSQL_SERVER=127.0.0.1 and MSSQL_PORT"),
        (lambda question: b"\x07nonsense", "SQL Server Browser did not answer", "TCP Dynamic Ports"),
        (instance("OTHER", "tcp", "50000"), "SQL Server Browser did not answer, or does not know it", "MSSQL_PORT"),
        (instance("SQLEXPRESS", "np", r"\\BOX\pipe"), "does not listen at a TCP port", "enable TCP/IP"),
    ],
)  # fmt: skip
def test_where_the_port_cannot_be_found_out_it_says_which_one_to_give(
    impatient: pytest.MonkeyPatch, answers: Callable[[bytes], bytes | None], told: str, remedy: str
) -> None:
    with browser(answers) as port:
        impatient.setattr(sqlserver_instance, "BROWSER_PORT", port)
        with pytest.raises(UsageError, match=re.escape(told)) as refused:
            login(1433, r"127.0.0.1\SQLEXPRESS").connect()
    assert remedy in refused.value.remedy


def test_a_machine_that_is_not_known_is_told_as_such() -> None:
    with pytest.raises(UsageError, match=r"The host 'no-such-host\.invalid' is not known"):
        login(1433, r"no-such-host.invalid\SQLEXPRESS").connect()


# --- Sign-in without a password ---------------------------------------------------------------


@pytest.mark.parametrize("authentication", sorted(ENTRA))
def test_a_connection_string_says_how_to_sign_in(authentication: Authentication) -> None:
    text = login(1433, authentication=authentication).connection_string("films")
    parsed = _ConnectionStringParser(validate_keywords=True)._parse(text)
    said = {name: parsed[name] for name in ("authentication", "uid", "pwd") if name in parsed}
    assert {name.lower(): value for name, value in said.items()} == ENTRA[authentication]
    assert parsed["encrypt"] == "yes"


def test_the_machines_own_identity_has_no_name() -> None:
    text = login(1433, authentication="ActiveDirectoryMSI").connection_string("films")
    assert "UID" in text
    settings = SQLServerSettings.model_construct(server="db", database="films", user="", password=SecretStr(""), port=1)
    assert "UID" not in Login(settings, True, "ActiveDirectoryMSI").connection_string("films")


class Identity:
    """What azure-identity gives: here a token, or the reason why there is none."""

    def __init__(self, given: str | Exception) -> None:
        self.given = given
        self.__name__ = "Identity"
        self.arguments: list[dict[str, Any]] = []

    def __call__(self, **arguments: Any) -> Identity:
        self.arguments.append(arguments)
        return self

    def get_token(self, scope: str, **options: Any) -> AccessToken:
        assert scope == "https://database.windows.net/.default"
        if isinstance(self.given, Exception):
            raise self.given
        return AccessToken(self.given, 2**31)


@pytest.fixture
def without_password(monkeypatch: pytest.MonkeyPatch, standin: StandIn, tmp_path: Any) -> pytest.MonkeyPatch:
    """Settings that name the stand-in, and neither user nor password."""
    monkeypatch.chdir(tmp_path)
    for name in ("USER", "PASSWORD"):
        monkeypatch.delenv(f"MSSQL_{name}", raising=False)
    monkeypatch.setenv("MSSQL_SERVER", "127.0.0.1")
    monkeypatch.setenv("MSSQL_PORT", str(standin.port))
    monkeypatch.setenv("MSSQL_DATABASE", "films")
    monkeypatch.setenv("GOLDREEL_MSSQL_TRUST_SERVER_CERTIFICATE", "true")
    monkeypatch.setattr(auth, "_credential_cache", {})
    return monkeypatch


@pytest.mark.parametrize(
    ("authentication", "kind", "user", "arguments"),
    [
        ("ActiveDirectoryDefault", "DefaultAzureCredential", "", {}),
        ("ActiveDirectoryMSI", "ManagedIdentityCredential", "", {}),
        ("ActiveDirectoryMSI", "ManagedIdentityCredential", "1234-client", {"client_id": "1234-client"}),
    ],
)
def test_a_token_takes_the_place_of_user_and_password(
    without_password: pytest.MonkeyPatch,
    standin: StandIn,
    authentication: str,
    kind: str,
    user: str,
    arguments: dict[str, str],
) -> None:
    identity = Identity("a.token.from-entra")
    without_password.setattr(azure.identity, kind, identity)
    without_password.setenv("GOLDREEL_MSSQL_AUTHENTICATION", authentication)
    if user:
        without_password.setenv("MSSQL_USER", user)
    with open_engine(load_settings("sqlserver"), "look"):
        pass
    assert standin.logins == [LoginRequest("", "films", "a.token.from-entra")]
    assert identity.arguments == [arguments]


def test_when_there_is_no_token_it_is_said_who_gave_none(
    without_password: pytest.MonkeyPatch, standin: StandIn
) -> None:
    refusal = ClientAuthenticationError("Please run 'az login' to set up an account")
    without_password.setattr(azure.identity, "DefaultAzureCredential", Identity(refusal))
    without_password.setenv("GOLDREEL_MSSQL_AUTHENTICATION", "ActiveDirectoryDefault")
    with (
        pytest.raises(UsageError, match=r"Entra ID gave no token.*az login") as refused,
        open_engine(load_settings("sqlserver")),
    ):
        pass
    assert "GOLDREEL_MSSQL_AUTHENTICATION" in refused.value.where
    assert standin.logins == []


def test_dbt_signs_in_the_same_way(without_password: pytest.MonkeyPatch, standin: StandIn) -> None:
    without_password.setenv("GOLDREEL_MSSQL_AUTHENTICATION", "ActiveDirectoryDefault")
    environment = open_engine(load_settings("sqlserver"), "look").dbt_environment()
    assert environment["GOLDREEL_MSSQL_AUTHENTICATION"] == "ActiveDirectoryDefault"
    assert environment["MSSQL_USER"] == environment["DBT_ENV_SECRET_MSSQL_PASSWORD"] == ""


@pytest.mark.parametrize("authentication", ["sql", "ActiveDirectoryServicePrincipal"])
def test_who_signs_in_with_a_secret_must_give_it(without_password: pytest.MonkeyPatch, authentication: str) -> None:
    without_password.setenv("GOLDREEL_MSSQL_AUTHENTICATION", authentication)
    with pytest.raises(UsageError, match="The setting MSSQL_USER is missing"):
        open_engine(load_settings("sqlserver"))


def test_a_way_to_sign_in_that_does_not_exist_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOLDREEL_MSSQL_AUTHENTICATION", "Kerberos")
    with pytest.raises(UsageError, match=r"GOLDREEL_MSSQL_AUTHENTICATION cannot be used.*ActiveDirectoryDefault"):
        load_settings()


# --- A database that is closed to us ----------------------------------------------------------


def master(standin: StandIn, states: list[str | int | None], sees_all: int | None) -> None:
    """Lets the server refuse the database, and know of it in `master` what is given."""

    def answer(sql: str) -> Answer:
        if "sys.databases" in sql:
            return rows("state_desc", states)
        return rows("sees_all", [sees_all]) if "VIEW ANY DATABASE" in sql else b""

    standin.on_login = lambda login: CLOSED if login.database == "films" else None
    standin.on_statement = answer


@pytest.mark.parametrize(
    ("states", "sees_all", "kind", "told"),
    [
        ([], 1, WarehouseMissing, "The database 'films' does not exist."),
        ([], 0, UsageError, "The database 'films' does not exist, or 'loader' may not open it"),
        ([], None, UsageError, "The database 'films' does not exist, or 'loader' may not open it"),
        (["ONLINE"], 1, UsageError, "The database 'films' exists, but 'loader' may not open it: Cannot open database"),
        (["OFFLINE"], 1, UsageError, "The database 'films' is offline"),
    ],
)
def test_a_database_that_is_closed_is_not_one_that_is_missing(
    standin: StandIn, states: list[str | int | None], sees_all: int | None, kind: type[GoldreelError], told: str
) -> None:
    master(standin, states, sees_all)
    with pytest.raises(UsageError) as refused:
        login(standin.port).connect()
    assert type(refused.value) is kind
    assert told in refused.value.what
    if kind is UsageError and states != ["OFFLINE"]:
        assert "create user [loader] for login [loader]" in refused.value.remedy


def test_where_master_is_closed_too_nothing_is_claimed(standin: StandIn) -> None:
    standin.on_login = lambda login: CLOSED
    with pytest.raises(UsageError, match="does not exist, or 'loader' may not open it") as refused:
        login(standin.port).connect()
    assert not isinstance(refused.value, WarehouseMissing)
