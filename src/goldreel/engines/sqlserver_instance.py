"""Named instances: the TCP port that `HOST\\INSTANCE` listens at, asked of the service SQL Server Browser."""

from __future__ import annotations

import socket

from goldreel.engines.sqlserver_errors import unknown_host
from goldreel.errors import UsageError

BROWSER_PORT = 1434
_TRIES = 3
_SECONDS = 1.5
_ASK, _ANSWER = b"\x04", 0x05


def port_of(host: str, instance: str) -> int:
    """The TCP port of an instance.

    Raises:
        UsageError: the host is not known; the Browser does not answer (nor does it when it does not know the instance);
            the instance does not listen at a port.
    """
    try:
        addresses = socket.getaddrinfo(host, BROWSER_PORT, type=socket.SOCK_DGRAM)
    except OSError:
        raise unknown_host(host) from None
    question = _ASK + instance.encode("utf-8") + b"\0"
    for family, kind, protocol, _, address in addresses * _TRIES:
        with socket.socket(family, kind, protocol) as browser:
            browser.settimeout(_SECONDS)
            try:
                browser.connect(address)
                browser.send(question)
                answer = browser.recv(65_535)
            except OSError:
                continue
        if answer[:1] == bytes([_ANSWER]):
            return _port_in(answer[3:].decode("utf-8", "replace"), host, instance)
    raise UsageError(
        f"The port of the instance {instance!r} is not known: SQL Server Browser did not answer, or does not know it.",
        where=f"MSSQL_SERVER={host}\\{instance}, UDP {host}:{BROWSER_PORT}",
        remedy=f"set MSSQL_SERVER={host} and MSSQL_PORT to the port of the instance (SQL Server Configuration Manager, "
        "TCP/IP, IPAll: TCP Port or TCP Dynamic Ports), or start SQL Server Browser there and let UDP 1434 through",
    )


def _port_in(answer: str, host: str, instance: str) -> int:
    """The port in an answer: `ServerName;HOST;InstanceName;NAME;…;tcp;PORT;;`."""
    words = answer.split(";")
    facts = {name.lower(): value for name, value in zip(words[::2], words[1::2], strict=False)}
    if not facts.get("tcp", "").isdigit():
        raise UsageError(
            f"The instance {instance!r} does not listen at a TCP port.",
            where=f"MSSQL_SERVER={host}\\{instance}",
            remedy="enable TCP/IP for it in SQL Server Configuration Manager, and restart it",
        )
    return int(facts["tcp"])
