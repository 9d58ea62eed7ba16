"""Which process does something, and whether it still is there to do it."""

from __future__ import annotations

import os
import socket
from pathlib import Path

_PROC = Path("/proc")


def this_process() -> str:
    """This process as others can recognize it: host, number, and when it began, as numbers are given again."""
    return f"{socket.gethostname()} {os.getpid()} {_began(os.getpid())}"


def is_gone(process: str) -> bool:
    """Whether a process has ended; False also when it runs where that cannot be seen."""
    host, number, began = process.rsplit(" ", 2)
    return host == socket.gethostname() and _began(int(number)) != began


def has_ended(number: int) -> bool:
    """Whether no process of this machine has the number."""
    return _began(number) == "-"


def named(process: str) -> str:
    """The process, for people."""
    host, number, _ = process.rsplit(" ", 2)
    return f"PID {number} on {host}"


def _began(number: int) -> str:
    """When a process began, in ticks since the machine did, and `-` where there is none; `+` where nobody tells."""
    try:
        if not _PROC.is_dir():
            os.kill(number, 0)
            return "+"
        return (_PROC / str(number) / "stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return "-"
