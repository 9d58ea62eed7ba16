"""The dashboard's process: what it says, whom it asks, and how it ends."""

from __future__ import annotations

import base64
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dashboard.conftest import free_port, wait_until_healthy
from dashboard.watching import Network

SECONDS_TO_END = 20  # five of its own, on a machine that other tests use too


@contextmanager
def started(tmp_path: Path, *options: str, **environment: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """`goldreel dashboard` with nothing published; its output comes through a pipe."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "goldreel", "dashboard", "--port", str(port), *options],
        env=os.environ | {"GOLDREEL_HOME": str(tmp_path / "home")} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=tmp_path,
    )
    try:
        wait_until_healthy(process, f"http://localhost:{port}")
        yield process, port
    finally:
        process.kill()
        process.wait()


def connect(port: int, host: str, origin: str | None) -> tuple[socket.socket, bytes]:
    """A connection as a page makes it; and the first line of what is answered."""
    connection = socket.create_connection(("localhost", port), timeout=60)
    lines = [
        "GET /_stcore/stream HTTP/1.1", f"Host: {host}", "Upgrade: websocket", "Connection: Upgrade",
        "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        "Sec-WebSocket-Protocol: streamlit",
        *([f"Origin: {origin}"] if origin else []),
    ]  # fmt: skip
    connection.sendall("\r\n".join([*lines, "", ""]).encode())
    return connection, connection.recv(1_000).split(b"\r\n")[0]


def ends(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    process.send_signal(number)
    process.wait(timeout=SECONDS_TO_END)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_it_is_told_to_though_nobody_reads_what_it_says(tmp_path: Path, number: signal.Signals) -> None:
    with started(tmp_path) as (process, port):
        assert process.stdout is not None
        assert process.stdout.readline() == f"The dashboard: http://localhost:{port}  (Ctrl-C ends it)\n".encode()
        process.stdout.close()  # as `head` does
        with pytest.raises(urllib.error.HTTPError):  # it has something to say, to nobody
            urllib.request.urlopen(urllib.request.Request(f"http://localhost:{port}", headers={"Host": "foreign.test"}))
        ends(process, number)


def test_it_ends_though_a_browser_does_not_answer(tmp_path: Path) -> None:
    with started(tmp_path) as (process, port):
        connection, status = connect(port, f"localhost:{port}", f"http://localhost:{port}")
        assert b"101" in status
        ends(process, signal.SIGTERM)
        connection.close()


@pytest.mark.parametrize("options", [(), ("--address", "0.0.0.0")], ids=["here", "for all"])
def test_it_asks_nobody_outside_whatever_name_or_origin_comes(tmp_path: Path, options: tuple[str, ...]) -> None:
    network = Network(tmp_path / "network")
    with started(tmp_path, *options, **network.environment) as (process, port):
        names = ["localhost", "numbers.house.example", "10.9.8.7", "foreign.test"]
        answers = {
            (name, origin): connect(port, f"{name}:{port}", origin)
            for name in names
            for origin in (None, "null", "http://foreign.test", f"http://{name}:{port}")
        }
        for (name, origin), (connection, status) in answers.items():
            ours = origin is None or (origin.endswith(f"{name}:{port}") and (bool(options) or name == "localhost"))
            assert (b"101" if ours else b"403") in status, (name, origin)
            connection.close()
        ends(process, signal.SIGTERM)
    assert network.foreign() == []
