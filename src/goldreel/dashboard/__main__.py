"""The dashboard's own process, `python -m goldreel.dashboard ADDRESS PORT`: Streamlit behind the guard.

The pages are imported and the dictionary read before the first visitor comes.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import signal
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import FrameType

import click
import streamlit
from starlette.middleware import Middleware
from streamlit.starlette import App

from goldreel.config import load_settings
from goldreel.dashboard import data, views
from goldreel.dashboard.guard import Guard, content_security_policy, visitors
from goldreel.dashboard.server import APP

_SECONDS_TO_END = 5.0

# Beside .streamlit/config.toml, what must hold whatever other settings of Streamlit this machine has: nothing looks
# outside, and nothing but the pages is served.
_STREAMLIT = {
    "browser.gatherUsageStats": False,
    "logger.hideWelcomeMessage": True,  # to show its address, Streamlit would ask a server outside for it
    "logger.level": "warning",
    "server.enableAgentApi": False,
    "server.enableCORS": True,
    "server.enableStaticServing": False,
    "server.enableXsrfProtection": True,
    "server.headless": True,
}


def main(address: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT."""
    urls = load_settings().dashboard_urls
    known = visitors(urls, address)
    for page in pkgutil.iter_modules(views.__path__, f"{views.__name__}."):
        importlib.import_module(page.name)
    data.dictionary()

    @asynccontextmanager
    async def lifespan(app: App) -> AsyncIterator[None]:
        _end_in_time()
        _say(f"The dashboard: {urls[0] if urls else f'http://{_in_url(address)}:{port}'}  (Ctrl-C ends it)")
        yield

    policy = content_security_policy(Path(streamlit.__file__).parent / "static" / "index.html")
    guard = Middleware(Guard, visitors=known, policy=policy)
    own = {"server.address": address, "server.port": port, "server.baseUrlPath": known.path.strip("/")}
    App(APP, middleware=[guard], lifespan=lifespan).run(config=_STREAMLIT | own)


def _in_url(address: str) -> str:
    name = "localhost" if address in ("0.0.0.0", "::", "") else address
    return f"[{name}]" if ":" in name else name


def _say(text: str) -> None:
    try:
        click.echo(text)
    except OSError:  # nobody reads it any more: no reason not to serve
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _end_in_time() -> None:
    """Whoever asks this process to end does not wait for a browser that sleeps, or for a page that is being made."""

    def end(number: int, frame: FrameType | None) -> None:
        watchdog = threading.Timer(_SECONDS_TO_END, os._exit, [128 + number])
        watchdog.daemon = True
        watchdog.start()
        handler = before[number]
        if callable(handler):
            handler(number, frame)

    before = {int(number): signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    for number in before:
        signal.signal(number, end)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
