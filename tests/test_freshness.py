"""How old what readers get may be, and who is told when it is older."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import click
import duckdb
import pytest
from click.testing import CliRunner
from pydantic import SecretStr

from goldreel.alerts import send_alert
from goldreel.cli import cli
from goldreel.config import Settings, duration
from goldreel.errors import GoldreelError
from goldreel.freshness import freshness, words
from goldreel.loading.ledger import now


@dataclass
class Receiver:
    """A webhook that takes what Slack's takes, and remembers it."""

    address: str
    told: list[str] = field(default_factory=list)
    status: int = 200


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    class Takes(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            assert self.headers["Content-Type"] == "application/json"
            assert set(body) == {"text"}
            found.told.append(body["text"])
            self.send_response(found.status)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Takes)
    found = Receiver(f"http://127.0.0.1:{server.server_port}/services/T0/secret")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield found
    server.shutdown()
    server.server_close()


def _publish(home: Path, **ages: timedelta) -> Settings:
    """A publication whose data were loaded, and which was published, so long ago."""
    (home / "published").mkdir(parents=True)
    moments = ", ".join(f"timestamp '{now() - age}' as {name}" for name, age in ages.items())
    with duckdb.connect(str(home / "published" / "current.duckdb")) as readers:
        readers.execute(
            "create table publication as select 1 as version, 1 as build_id, '2024-09-30' as as_of, "
            f"'2024-09-29' as data_through, {moments}"
        )
    return Settings(home=home)


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it printed."""

    exit_code: int
    output: str


def _status(home: Path, *arguments: str, **settings: str) -> Done:
    """`goldreel status`, in this process."""
    variables = {"GOLDREEL_HOME": str(home)} | {f"GOLDREEL_{name.upper()}": value for name, value in settings.items()}
    done = CliRunner().invoke(cli, ["status", *arguments], env=variables, standalone_mode=False)
    if isinstance(done.exception, click.UsageError):
        return Done(2, str(done.exception))
    if isinstance(done.exception, GoldreelError):
        return Done(done.exception.exit_code, done.output + str(done.exception))
    assert done.exception is None
    return Done(done.return_value, done.output)


DAY_OLD = {"loaded_at": timedelta(hours=25), "published_at": timedelta(minutes=1)}


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("26h", timedelta(hours=26)),
        ("90m", timedelta(minutes=90)),
        ("2d", timedelta(days=2)),
        ("1.5 h", timedelta(hours=1.5)),
    ],
)
def test_a_length_of_time_is_a_number_and_a_unit(text: str, length: timedelta) -> None:
    assert duration(text) == length


@pytest.mark.parametrize("text", ["26", "h", "-1h", "1e3h", "1:30", "99999999d", "1h30m"])
def test_what_is_no_length_of_time_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no length of time"):
        duration(text)
    assert _status(tmp_path, max_age=text).exit_code == 2
    assert _status(tmp_path, "--fail-if-older-than", text).exit_code == 2


def test_the_age_counts_from_the_newest_load_and_not_from_the_publication(tmp_path: Path) -> None:
    age = freshness(_publish(tmp_path, **DAY_OLD)).age
    assert age is not None
    assert timedelta(hours=25) <= age < timedelta(hours=25, minutes=5)


def test_of_a_publication_of_an_earlier_goldreel_it_counts_from_the_publication(tmp_path: Path) -> None:
    age = freshness(_publish(tmp_path, published_at=timedelta(hours=3))).age
    assert age is not None
    assert words(age) == "3 h"


def test_old_data_are_told_and_fail_only_who_asks(tmp_path: Path) -> None:
    _publish(tmp_path, **DAY_OLD)
    plain = _status(tmp_path, max_age="24h")
    assert plain.exit_code == 0
    assert "The newest published data were loaded 25 h ago; 24 h are allowed." in plain.output
    for asked in (
        _status(tmp_path, "--fail-if-older-than", "24h"),
        _status(tmp_path, "--fail-if-older-than", max_age="24h"),
    ):
        assert asked.exit_code == 1
        assert "When nothing new appears" in asked.output
    assert _status(tmp_path, "--fail-if-older-than", "26h", max_age="24h").exit_code == 0
    told = json.loads(_status(tmp_path, "--json", max_age="24h").output)
    assert told["stale"] is True
    assert told["age_seconds"] >= 25 * 3600


def test_nothing_published_is_older_than_any_age(tmp_path: Path) -> None:
    assert _status(tmp_path).exit_code == 0
    asked = _status(tmp_path, "--fail-if-older-than", "9000d")
    assert asked.exit_code == 1
    assert "Nothing is published." in asked.output


def test_an_age_that_is_neither_given_nor_set_is_asked_for(tmp_path: Path) -> None:
    asked = _status(tmp_path, "--fail-if-older-than")
    assert asked.exit_code == 2
    assert "GOLDREEL_MAX_AGE" in asked.output


def test_the_webhook_is_told_what_where_and_what_to_do(tmp_path: Path, receiver: Receiver) -> None:
    _publish(tmp_path, **DAY_OLD)
    arguments = ["--fail-if-older-than", "24h", "--alert"]
    assert _status(tmp_path, *arguments, alert_webhook=receiver.address).exit_code == 1
    (told,) = receiver.told
    assert "loaded 25 h ago" in told
    assert str(tmp_path / "published") in told
    assert "what to do:" in told
    assert _status(tmp_path, "--fail-if-older-than", "26h", "--alert", alert_webhook=receiver.address).exit_code == 0
    assert len(receiver.told) == 1


def test_whom_to_alert_must_be_known(tmp_path: Path) -> None:
    assert _status(tmp_path, "--fail-if-older-than", "24h", "--alert").exit_code == 2


def test_what_slack_would_read_as_markup_is_sent_as_text(receiver: Receiver) -> None:
    assert send_alert(Settings(alert_webhook=SecretStr(receiver.address)), "a < b & <!channel>")
    assert receiver.told == ["a &lt; b &amp; &lt;!channel&gt;"]


def test_without_a_webhook_nobody_is_told(receiver: Receiver) -> None:
    assert not send_alert(Settings(), "anything")


def test_a_webhook_that_does_not_take_it_is_said_without_its_address(receiver: Receiver) -> None:
    receiver.status = 403
    for address in (receiver.address, "http://127.0.0.1:1/services/T0/secret", "services/T0/secret"):
        with pytest.raises(GoldreelError, match="could not be sent") as caught:
            send_alert(Settings(alert_webhook=SecretStr(address)), "anything")
        assert "secret" not in str(caught.value)
