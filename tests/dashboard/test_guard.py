"""Who may talk to the dashboard, without a server."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import streamlit
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from goldreel.dashboard.guard import Guard, Visitors, content_security_policy, visitors

HERE = visitors([], "localhost")
ANYWHERE = visitors([], "0.0.0.0")
HOUSE = visitors(["https://numbers.house.example/streaming/"], "localhost")


@pytest.mark.parametrize(
    ("known", "origin", "host", "admitted"),
    [
        (HERE, None, "localhost:8501", True),  # no page: a program
        (HERE, "http://localhost:8501", "localhost:8501", True),
        (HERE, "http://127.0.0.1:8501", "127.0.0.1:8501", True),
        (HERE, "http://[::1]:8501", "[::1]:8501", True),
        (HERE, "http://localhost:9000", "localhost:8501", False),  # another page of this machine
        (HERE, "http://foreign.example", "localhost:8501", False),
        (HERE, "http://foreign.example:8501", "foreign.example:8501", False),  # a foreign name that points here
        (HERE, "null", "localhost:8501", False),
        (ANYWHERE, "http://server.house.example:8501", "server.house.example:8501", True),
        (ANYWHERE, "http://foreign.example", "server.house.example:8501", False),
        (HOUSE, "https://numbers.house.example", "numbers.house.example", True),
        (HOUSE, "https://numbers.house.example", "127.0.0.1:8501", True),  # a proxy that does not pass the name on
        (HOUSE, "https://Numbers.House.example:443", "goldreel", True),
        (HOUSE, "http://numbers.house.example", "goldreel", False),  # not the scheme that was given
        (HOUSE, "https://numbers.house.example:8443", "goldreel", False),
        (HOUSE, "https://numbers.house.example.foreign.example", "numbers.house.example.foreign.example", False),
        (HOUSE, "http://localhost:8501", "localhost:8501", True),
    ],
)
def test_a_page_gets_a_connection_when_its_origin_is_ours(
    known: Visitors, origin: str | None, host: str, admitted: bool
) -> None:
    assert known.admits(origin, host) is admitted


def test_the_path_is_that_of_the_addresses() -> None:
    assert (HERE.path, HOUSE.path) == ("", "/streaming")
    several = visitors(["https://a.example/x", "http://b.example:8080/x/"], "0.0.0.0")
    assert several == Visitors(frozenset({"https://a.example", "http://b.example:8080"}), "/x")


def answer(known: Visitors, path: str, kind: str = "http", **headers: str) -> tuple[list[dict[str, Any]], list[Scope]]:
    """What the guard sends for a request, and what it lets through to the dashboard."""
    passed: list[Scope] = []
    sent: list[dict[str, Any]] = []

    async def dashboard(scope: Scope, receive: Receive, send: Send) -> None:
        passed.append(scope)
        if scope["type"] == "http":
            await PlainTextResponse("a page")(scope, receive, send)

    async def receive() -> dict[str, Any]:
        return {}

    async def send(message: Any) -> None:
        sent.append(message)

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": kind, "path": path, "headers": raw, "method": "GET", "query_string": b"", "scheme": "http"}
    asyncio.run(Guard(dashboard, known, "default-src 'none'")(scope | {"server": ("localhost", 8501)}, receive, send))
    return sent, passed


def headers_of(sent: list[dict[str, Any]]) -> dict[bytes, bytes]:
    return dict(sent[0]["headers"])


def test_every_answer_has_the_policy() -> None:
    for path, host in (("/", "localhost"), ("/static/js/x.js", "localhost"), ("/", "foreign.example")):
        headers = headers_of(answer(HERE, path, host=host)[0])
        assert headers[b"content-security-policy"] == b"default-src 'none'"
        assert headers[b"x-content-type-options"] == b"nosniff"


def test_streamlit_never_judges_an_origin_and_so_never_asks_outside_whose_it_is() -> None:
    sent, passed = answer(
        HOUSE, "/_stcore/stream", "websocket", host="goldreel", origin="https://numbers.house.example"
    )
    assert sent == []
    assert b"origin" not in dict(passed[0]["headers"])
    sent, passed = answer(HERE, "/_stcore/stream", "websocket", host="localhost", origin="http://foreign.example")
    assert (sent, passed) == ([{"type": "websocket.close", "code": 1008}], [])


def test_a_name_that_is_not_ours_is_refused_in_words(caplog: pytest.LogCaptureFixture) -> None:
    sent, passed = answer(HERE, "/", host="numbers.house.example", x_forwarded_proto="https")
    assert (sent[0]["status"], passed) == (421, [])
    assert b"GOLDREEL_DASHBOARD_URL=https://numbers.house.example" in sent[1]["body"]
    assert "https://numbers.house.example" in caplog.text


def test_a_page_whose_connection_will_be_refused_learns_it_where_it_asks_for_our_health() -> None:
    sent, _ = answer(HERE, "/_stcore/health", host="127.0.0.1:8501", referer="http://numbers.house.example/audience")
    assert sent[0]["status"] == 421
    assert b"GOLDREEL_DASHBOARD_URL=http://numbers.house.example" in sent[1]["body"]
    sent, _ = answer(HERE, "/", host="localhost:8501", referer="http://wiki.house.example/links")
    assert sent[0]["status"] == 200, "a link from elsewhere is nothing against a visitor"


def test_a_probe_is_answered_whatever_it_calls_us_and_whether_or_not_it_knows_the_path() -> None:
    for path in ("/_stcore/health", "/streaming/_stcore/health"):
        sent, passed = answer(HOUSE, path, host="10.1.2.3:8501")
        assert sent[0]["status"] == 200
        assert passed[0]["path"] == "/streaming/_stcore/health"


def test_the_root_leads_to_the_path() -> None:
    for path in ("/", "/streaming"):
        sent, _ = answer(HOUSE, path, host="numbers.house.example")
        assert (sent[0]["status"], headers_of(sent)[b"location"]) == (307, b"/streaming/")


def test_what_comes_from_outside_reaches_a_terminal_as_letters_only(caplog: pytest.LogCaptureFixture) -> None:
    answer(HERE, "/", host="a\x9b31m\x07")
    assert "\x9b" not in caplog.text
    assert "\x07" not in caplog.text


def test_the_policy_names_no_other_host_and_lets_no_text_become_a_script() -> None:
    policy = content_security_policy(Path(streamlit.__file__).parent / "static" / "index.html")
    sources = {source for directive in policy.split("; ") for source in directive.split(" ")[1:]}
    assert {source for source in sources if not source.startswith("'")} == {"data:", "blob:"}
    scripts = next(directive for directive in policy.split("; ") if directive.startswith("script-src"))
    assert "'unsafe-inline'" not in scripts
    assert "'unsafe-eval'" not in scripts
