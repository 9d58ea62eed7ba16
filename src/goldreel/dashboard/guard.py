"""Who may talk to the dashboard, and what a browser may do with its pages.

It stands before Streamlit, which on its own serves pages without a policy, and asks a server outside for this machine's
address when somebody comes under a name that it does not know.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_HEALTH = "/_stcore/health"
_INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_PORTS = {"http": 80, "https": 443}

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Visitors:
    """The addresses under which the dashboard is visited.

    Attributes:
        origins: `scheme://host[:port]` of each that is known, in lower case, without a scheme's own port.
        path: below which the pages lie, with a slash before it and none behind; empty: the root.
        anywhere: any other name will do too, where a page and its connection agree about it.
    """

    origins: frozenset[str] = frozenset()
    path: str = ""
    anywhere: bool = False

    def admits(self, origin: str | None, host: str) -> bool:
        """Whether a page of this origin may have a connection that asks for this host; None: it is no page's."""
        if origin is None or _normal(origin) in self.origins:
            return True
        return urlsplit(origin).netloc.lower() == host.lower() and self.knows(host)

    def knows(self, host: str) -> bool:
        """Whether this host (and port) is one of ours."""
        name = urlsplit(f"//{host}").hostname or ""
        return self.anywhere or name in _LOOPBACK or name in {urlsplit(origin).hostname for origin in self.origins}


def visitors(urls: Iterable[str], address: str) -> Visitors:
    """Those who visit by these addresses, and whoever can reach a server that listens at `address`.

    Without URLs a server that others can reach takes any name; one for this machine alone takes this machine's, lest a
    foreign page that gives its own name this machine's address reads along.
    """
    known = list(urls)
    paths = {urlsplit(url).path.rstrip("/") for url in known}
    anywhere = not known and address not in _LOOPBACK
    return Visitors(frozenset(map(_normal, known)), paths.pop() if paths else "", anywhere)


def content_security_policy(index: Path) -> str:
    """What a page may load and run: what this server sends, and nothing of any other host.

    Args:
        index: the page that holds everything; its own scripts are allowed by what they say.
    """
    inline = _INLINE_SCRIPT.findall(index.read_text(encoding="utf-8"))
    hashes = [f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in inline]
    return "; ".join(
        (
            "default-src 'none'",
            " ".join(["script-src 'self' 'wasm-unsafe-eval'", *hashes]),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "manifest-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'self'",
        )
    )


@dataclass
class Guard:
    """The outermost layer: refuses strangers in words, and gives every answer its policy."""

    app: ASGIApp
    visitors: Visitors
    policy: str
    _told: set[str] = field(default_factory=set)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection; see ASGI."""
        if scope["type"] == "websocket":
            await self._connection(scope, receive, send)
        elif scope["type"] == "http":
            await self._request(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _connection(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        if not self.visitors.admits(origin, headers.get("host", "")):
            self._tell(str(origin))
            await send({"type": "websocket.close", "code": 1008})
            return
        # Judged already: of an origin that it does not know, Streamlit would ask a server outside whether it is ours.
        scope["headers"] = [(name, value) for name, value in scope["headers"] if name != b"origin"]
        await self.app(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["content-security-policy"] = self.policy
                headers["x-content-type-options"] = "nosniff"
                headers["referrer-policy"] = "same-origin"
            await send(message)

        path = self.visitors.path
        if scope["path"] == _HEALTH:  # also where a probe does not know of the path
            scope["path"] = path + _HEALTH
        health = scope["path"] == path + _HEALTH
        stranger = self._stranger(health, Headers(scope=scope))
        if stranger is not None:
            self._tell(stranger)
            form = (
                JSONResponse if health else PlainTextResponse
            )  # of a refused question, Streamlit's page shows only JSON
            await form("\n".join(_refusal(stranger)), 421)(scope, receive, with_policy)
        elif path and scope["path"] in ("/", path):
            await RedirectResponse(f"{path}/", 307)(scope, receive, with_policy)
        else:
            await self.app(scope, receive, with_policy)

    def _stranger(self, health: bool, headers: Headers) -> str | None:
        """The origin that will get no connection, as far as the headers tell; None: none is known to be refused.

        A page asks for our health before it connects, and shows what we answer: there it is told. (What leads to a page
        may be any other site, and is nothing against it.)
        """
        host, page = headers.get("host", ""), urlsplit(headers.get("referer", ""))
        if health:
            origin = f"{page.scheme}://{page.netloc}"
            return None if not page.netloc or self.visitors.admits(origin, host) else origin
        if self.visitors.origins or self.visitors.knows(host):
            return None
        return f"{headers.get('x-forwarded-proto', 'http')}://{host}"

    def _tell(self, origin: str) -> None:
        """Say it to whoever runs the server, once for each origin, and not for ever more of them."""
        if origin not in self._told and len(self._told) < 100:
            self._told.add(origin)
            _log.warning("%s", " ".join(_refusal(origin)))


def _refusal(origin: str) -> list[str]:
    """Why, and what to do: in lines that are short, because Streamlit's page breaks none."""
    shown = ascii(origin)[1:-1]  # it comes from outside, and goes to a terminal
    return [
        "The dashboard does not know the address",
        shown,
        "and refuses its visitors. If it is yours,",
        "start the dashboard with",
        f"GOLDREEL_DASHBOARD_URL={shown}",
        "(and the path, if there is one);",
        "see docs/guide/dashboard.md.",
    ]


def _normal(url: str) -> str:
    parts = urlsplit(url.lower())
    try:
        port = parts.port
    except ValueError:
        port = None
    name = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{name}" + (f":{port}" if port and port != _PORTS.get(parts.scheme) else "")
