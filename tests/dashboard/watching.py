"""Which addresses a Python process asks for: written down from within, whatever library asks."""

from __future__ import annotations

import os
from pathlib import Path

_HOOK = """
import os, sys

def note(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.bind"):
        address = arguments[1] if event == "socket.bind" else arguments[0]
    else:
        return
    name = address[0] if isinstance(address, tuple) else address
    with open(os.environ["NETWORK_LOG"], "a") as log:
        log.write(f"{event} {name}\\n")

sys.addaudithook(note)
"""
_OWN = ("localhost", "127.0.0.1", "::1", "0.0.0.0", "::", "", "None")


class Network:
    """The addresses that processes with this environment asked for.

    Attributes:
        environment: makes Python processes write them down.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        (folder / "sitecustomize.py").write_text(_HOOK)
        self._log = folder / "log"
        self.environment = {
            "PYTHONPATH": os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH", "")])),
            "NETWORK_LOG": str(self._log),
        }

    def foreign(self) -> list[str]:
        """What was asked for beyond this machine."""
        noted = [line.partition(" ") for line in self._log.read_text().splitlines()]
        assert any(event == "socket.bind" for event, _, _ in noted), "the hook noted nothing, not even our own server"
        return [f"{event} {name}" for event, _, name in noted if name not in _OWN and not name.startswith("/")]
