"""Starting the dashboard."""

from __future__ import annotations

import importlib.util
import os
import socket
import sys
from pathlib import Path

from goldreel.config import NO_USAGE_STATISTICS, Settings
from goldreel.errors import UsageError
from goldreel.os_faults import reason_of

APP = Path(__file__).with_name("app.py")


def serve(settings: Settings, port: int, address: str) -> None:
    """Serve the dashboard until it is interrupted; this process becomes Streamlit's.

    Args:
        port: TCP port.
        address: the address to listen at; `0.0.0.0` for all of this machine's.

    Raises:
        UsageError: Streamlit is not installed, or the port cannot be used.
    """
    if importlib.util.find_spec("streamlit") is None:
        raise UsageError(
            "What the dashboard needs is not installed: Streamlit.",
            where=sys.executable,
            remedy="install goldreel with its extra: pip install 'goldreel[dashboard]'",
        )
    _require_free(port, address)
    os.execve(
        sys.executable,
        [sys.executable, "-m", "goldreel.dashboard", address, str(port)],
        os.environ | NO_USAGE_STATISTICS | {"GOLDREEL_ENGINE": settings.engine},
    )


def _require_free(port: int, address: str) -> None:
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
    except OSError as error:
        raise UsageError(
            f"The dashboard cannot listen there: {reason_of(error)}.",
            where=f"{address}:{port}",
            remedy="choose another port or address: goldreel dashboard --port 8502",
        ) from None
