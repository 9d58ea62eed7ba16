"""The dashboard behind nginx, under a name of the house, as the guide tells it: in a real browser."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from browsing import open_browser
from dashboard.conftest import free_port, serving
from dashboard.watching import Network
from needs import BROWSER

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "dashboard.md"
NAME = "numbers.example.com"

Change = Callable[[str], str]


@pytest.fixture(scope="module")
def nginx() -> str:
    """Where nginx is; skips where there is none."""
    found = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    return found or BROWSER.is_missing("there is no nginx (Debian: apt install nginx-light)")


@pytest.fixture(scope="module")
def house_browser(chromium: str) -> Iterator[Browser]:
    """A browser that finds every name of the house on this machine."""
    with open_browser(chromium, "--host-resolver-rules=MAP *.example.com 127.0.0.1") as opened:
        yield opened


def server_of_the_guide() -> str:
    (block,) = re.findall(r"```nginx\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    return str(block)


@contextmanager
def behind(nginx: str, folder: Path, server: str, port: int) -> Iterator[None]:
    """nginx with this server, from the configuration to its end."""
    folder.mkdir()
    scratch = " ".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"pid {folder}/pid; error_log {folder}/errors; daemon off; worker_processes 1; events {{}}\n"
        f"http {{ access_log off; {scratch}\n{server}}}\n"
    )
    process = subprocess.Popen([nginx, "-p", str(folder), "-e", f"{folder}/errors", "-c", f"{folder}/nginx.conf"])
    try:
        for _ in range(100):
            assert process.poll() is None, (folder / "errors").read_text()
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/")
            except urllib.error.HTTPError:
                break
            except urllib.error.URLError:
                time.sleep(0.1)
            else:
                break
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


def without_path(server: str) -> str:
    return server.replace("/streaming/", "/")


def without_name(server: str) -> str:
    """As proxies do by themselves: the dashboard is asked by its own address."""
    return server.replace("        proxy_set_header Host $host;\n", "")


@pytest.mark.parametrize(
    ("path", "change"),
    [("/streaming", str), ("", without_path), ("/streaming", without_name)],
    ids=["a path", "the root", "a proxy that keeps the name to itself"],
)
def test_every_page_works_behind_a_proxy_and_nothing_looks_outside(
    home: Path, nginx: str, house_browser: Browser, tmp_path: Path, path: str, change: Change
) -> None:
    port = free_port()
    network = Network(tmp_path / "network")
    url = f"http://{NAME}:{port}{path}"
    with serving(home, **network.environment, GOLDREEL_DASHBOARD_URL=url) as dashboard:
        server = change(server_of_the_guide()).replace("listen 80", f"listen {port}").replace("$host", "$http_host")
        server = server.replace("127.0.0.1:8501", dashboard.removeprefix("http://"))
        with behind(nginx, tmp_path / "nginx", server, port):
            context = house_browser.new_context()
            context.set_default_timeout(120_000)
            page = context.new_page()
            foreign: list[str] = []
            page.on("request", lambda request: foreign.append(request.url) if NAME not in request.url else None)
            page.goto(f"{url}/")
            for name in ("Overview", "Audience", "Content", "Retention", "Data quality"):
                page.get_by_role("link", name=name, exact=True).click()
                expect(page.get_by_role("heading", name=name, exact=True, level=1)).to_be_visible(timeout=120_000)
                expect(page.get_by_test_id("stMetric").first).to_be_visible(timeout=120_000)
            assert page.url.startswith(f"{url}/data-quality")
            with page.expect_download() as download:
                page.get_by_test_id("stDownloadButton").first.get_by_role("button").click()
            assert download.value.suggested_filename.endswith(".csv")
            context.close()
    assert [url for url in foreign if not url.startswith(("data:", "blob:"))] == []
    assert network.foreign() == []


def test_without_the_setting_the_page_says_which_one_is_missing(
    home: Path, nginx: str, house_browser: Browser, tmp_path: Path
) -> None:
    port = free_port()
    network = Network(tmp_path / "network")
    with serving(home, **network.environment) as dashboard:
        server = without_name(without_path(server_of_the_guide())).replace("listen 80", f"listen {port}")
        server = server.replace("127.0.0.1:8501", dashboard.removeprefix("http://"))
        with behind(nginx, tmp_path / "nginx", server, port):
            context = house_browser.new_context()
            page = context.new_page()
            page.goto(f"http://{NAME}:{port}/")
            said = page.get_by_text(f"GOLDREEL_DASHBOARD_URL=http://{NAME}:{port}")
            expect(said.first).to_be_visible(timeout=120_000)
            context.close()
    assert network.foreign() == []
