"""The gate for known vulnerabilities, against a stand-in of the database."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
FINDING = "PYSEC-2099-1"


class Database(BaseHTTPRequestHandler):
    """Knows one vulnerability, of every version of click."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["package"]
        ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99"}]}]
        known = {"id": FINDING, "modified": "2099-01-01T00:00:00Z", "summary": "a stand-in"}
        known["affected"] = [{"package": asked, "ranges": ranges}]  # type: ignore[assignment]
        answer = json.dumps({"vulns": [known]} if asked["name"] == "click" else {}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def database() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Database)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1/query"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What the gate reads: the lock, and the findings that do not concern us."""
    (tmp_path / "deploy").mkdir()
    for name in ("pyproject.toml", "uv.lock", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(REPOSITORY / name, tmp_path)
    for name in ("audit.sh", "audit-ignored.txt"):
        shutil.copy(REPOSITORY / "deploy" / name, tmp_path / "deploy")
    return tmp_path


def audit(checkout: Path, database: str, **environment: str) -> subprocess.CompletedProcess[str]:
    uv = shutil.which("uv") or str(REPOSITORY / ".uv" / "bin" / "uv")
    settings = {name: value for name, value in os.environ.items() if name != "GOLDREEL_REQUIRE_AUDIT"}
    return subprocess.run(
        ["sh", str(checkout / "deploy" / "audit.sh")],
        env=settings | {"UV": uv, "GOLDREEL_OSV_URL": database} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_known_vulnerability_in_what_is_locked_fails(checkout: Path, database: str) -> None:
    done = audit(checkout, database)
    assert done.returncode == 1, done.stderr
    assert FINDING in done.stdout
    assert "click" in done.stdout


def test_a_finding_that_does_not_concern_us_is_left_out_with_its_reason(checkout: Path, database: str) -> None:
    with (checkout / "deploy" / "audit-ignored.txt").open("a") as ignored:
        ignored.write(f"{FINDING} a stand-in, in a test\n")
    done = audit(checkout, database)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 ignored" in done.stderr


def test_without_the_database_it_says_so_and_skips_unless_it_must_not(checkout: Path) -> None:
    nowhere = "http://127.0.0.1:9/v1/query"
    done = audit(checkout, nowhere)
    assert done.returncode == 0
    assert "cannot be reached" in done.stderr
    assert "skipped" in done.stdout
    assert audit(checkout, nowhere, GOLDREEL_REQUIRE_AUDIT="1").returncode == 1
