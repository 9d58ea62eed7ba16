"""A server that speaks as much of SQL Server's protocol (TDS 7.4) as the real driver needs, and answers as it is told.

For what no server at hand can be made to do: a database that sleeps, a named instance, a sign-in by token, a connection
that breaks. https://learn.microsoft.com/openspecs/windows_protocols/ms-tds
"""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_PRELOGIN, _BATCH, _TRANSACTION, _ANSWER = 0x12, 0x01, 0x0E, 0x04
_TRANSACTIONS = {5: "BEGIN TRANSACTION", 7: "COMMIT", 8: "ROLLBACK"}
_ENCRYPTION, _TOKEN_REQUIRED, _END = 0x01, 0x06, 0xFF
_TOKEN_FEATURE = 0x02
_COLLATION = bytes.fromhex("0904d00034")


@dataclass(frozen=True)
class LoginRequest:
    """Who wants in.

    Attributes:
        token: of Microsoft Entra ID, where one was given in place of user and password.
    """

    user: str
    database: str
    token: str | None


@dataclass(frozen=True)
class Refusal:
    """An error that the server tells."""

    number: int
    text: str


Answer = Refusal | bytes | None
"""What the server says to a statement: an error, tokens (`rows`, `printed`), or None: it breaks the connection."""


def rows(name: str, values: Sequence[str | int | None]) -> bytes:
    """A result with one column."""
    is_text = any(isinstance(value, str) for value in values)
    kind = b"\xe7" + struct.pack("<H", 8000) + _COLLATION if is_text else b"\x26\x08"
    tokens = b"\x81" + struct.pack("<HIH", 1, 0, 1) + kind + _short_text(name)
    for value in values:
        if is_text:
            text = None if value is None else str(value).encode("utf-16-le")
            cell = b"\xff\xff" if text is None else struct.pack("<H", len(text)) + text
        else:
            cell = b"\x00" if value is None else b"\x08" + struct.pack("<q", int(value))
        tokens += b"\xd1" + cell
    return tokens + struct.pack("<BHHQ", 0xFD, 0x11, 0xC1, len(values))  # a count, and more to come


def printed(text: str) -> bytes:
    """What PRINT sends."""
    return _message(0xAB, 0, 0, text)


@dataclass
class StandIn:
    """The server. Each connection is served by a thread of its own.

    Attributes:
        on_login: says to a login what is wrong with it; None: nothing.
        on_statement: answers a statement.
        logins: who tried to get in, in order.
        statements: what was sent, in order.
    """

    certificate: Path
    on_login: Callable[[LoginRequest], Refusal | None] = lambda login: None
    on_statement: Callable[[str], Answer] = lambda sql: b""
    logins: list[LoginRequest] = field(default_factory=list)
    statements: list[str] = field(default_factory=list)
    port: int = 0

    @contextmanager
    def serving(self) -> Iterator[StandIn]:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]
            threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
            yield self
            listener.shutdown(socket.SHUT_RDWR)

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError, EOFError):
            talk = _Talk(connection, self.certificate)
            login = talk.greet()
            self.logins.append(login)
            refused = self.on_login(login)
            if refused:
                talk.say(_error(refused) + _done(failed=True))
                return
            talk.say(_welcome(login) + _done())
            while True:
                kind, request = talk.hear()
                sql = _statement(kind, request)
                self.statements.append(sql)
                answer = self.on_statement(sql)
                if answer is None:
                    return
                if isinstance(answer, Refusal):
                    talk.say(_error(answer) + _done(failed=True))
                else:
                    talk.say(_transaction(sql) + answer + _done())


class _Talk:
    """A connection: packets, encrypted once the greeting is over."""

    def __init__(self, connection: socket.socket, certificate: Path) -> None:
        self._socket = connection
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(certificate)
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._plain = bytearray()

    def greet(self) -> LoginRequest:
        kind, request = self._hear_openly()
        if kind != _PRELOGIN:
            raise EOFError
        options = {_ENCRYPTION: b"\x01"}
        if _TOKEN_REQUIRED in request[: request.index(_END) : 5]:
            options[_TOKEN_REQUIRED] = b"\x01"
        self._say_openly(_ANSWER, _prelogin(options))
        while True:
            try:
                self._tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self._flush()
                self._incoming.write(self._hear_openly()[1])
        self._flush()
        return _login(self.hear()[1])

    def hear(self) -> tuple[int, bytes]:
        request = b""
        while True:
            kind, status, length = struct.unpack(">BBH", self._read(8)[:4])
            request += self._read(length - 8)
            if status & 1:
                return kind, request

    def say(self, tokens: bytes) -> None:
        for packet in _packets(_ANSWER, tokens):
            self._tls.write(packet)
        self._socket.sendall(self._outgoing.read())

    def _read(self, count: int) -> bytes:
        while len(self._plain) < count:
            try:
                self._plain += self._tls.read(65_536)
            except ssl.SSLWantReadError:
                received = self._socket.recv(65_536)
                if not received:
                    raise EOFError from None
                self._incoming.write(received)
        found = bytes(self._plain[:count])
        del self._plain[:count]
        return found

    def _flush(self) -> None:
        if self._outgoing.pending:
            self._say_openly(_PRELOGIN, self._outgoing.read())

    def _hear_openly(self) -> tuple[int, bytes]:
        head = _receive(self._socket, 8)
        kind, _, length = struct.unpack(">BBH", head[:4])
        return kind, _receive(self._socket, length - 8)

    def _say_openly(self, kind: int, content: bytes) -> None:
        for packet in _packets(kind, content):
            self._socket.sendall(packet)


def _receive(connection: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        received = connection.recv(count - len(found))
        if not received:
            raise EOFError
        found += received
    return found


def _packets(kind: int, content: bytes) -> Iterator[bytes]:
    pieces = [content[start : start + 4_000] for start in range(0, len(content), 4_000)] or [b""]
    for number, piece in enumerate(pieces, start=1):
        is_last = number == len(pieces)
        yield struct.pack(">BBHHBB", kind, is_last, len(piece) + 8, 0, number % 256, 0) + piece


def _prelogin(options: dict[int, bytes]) -> bytes:
    options = {0x00: bytes([16, 0, 0x0F, 0xA0, 0, 0]), 0x02: b"\x00", 0x04: b"\x00", **options}
    head, content = b"", b""
    for kind in sorted(options):
        head += struct.pack(">BHH", kind, len(options) * 5 + 1 + len(content), len(options[kind]))
        content += options[kind]
    return head + bytes([_END]) + content


def _login(request: bytes) -> LoginRequest:
    def text(position: int) -> str:
        offset, length = struct.unpack_from("<HH", request, position)
        return request[offset : offset + 2 * length].decode("utf-16-le")

    token = None
    if request[27] & 0x10:  # with extensions
        (where,) = struct.unpack_from("<H", request, 56)
        (position,) = struct.unpack_from("<I", request, where)
        while request[position] != _END:
            (length,) = struct.unpack_from("<I", request, position + 1)
            content = request[position + 5 : position + 5 + length]
            if request[position] == _TOKEN_FEATURE:
                (size,) = struct.unpack_from("<I", content, 1)
                token = content[5 : 5 + size].decode("utf-16-le")
            position += 5 + length
    return LoginRequest(text(40), text(68), token)


def _statement(kind: int, request: bytes) -> str:
    (headers,) = struct.unpack_from("<I", request)
    content = request[headers:]
    if kind == _TRANSACTION:
        return _TRANSACTIONS[int.from_bytes(content[:2], "little")]
    if kind == _BATCH:
        return content.decode("utf-16-le")
    return content.decode("latin-1").replace("\0", "")  # a call with parameters: enough to tell what it is


def _transaction(sql: str) -> bytes:
    """What the driver must be told of a transaction that begins or ends: its number."""
    number = b"\x08" + bytes(7) + b"\x01"
    if sql == "BEGIN TRANSACTION":
        return b"\xe3" + _counted(b"\x08" + number + b"\x00")
    if sql in _TRANSACTIONS.values():
        return b"\xe3" + _counted((b"\x09" if sql == "COMMIT" else b"\x0a") + b"\x00" + number)
    return b""


def _welcome(login: LoginRequest) -> bytes:
    name = _short_text("Stand-in")
    acknowledged = b"\x01" + struct.pack(">I", 0x74000004) + name + bytes([16, 0, 0x0F, 0xA0])
    tokens = b"\xe3" + _counted(b"\x01" + _short_text(login.database) + _short_text("master"))
    tokens += b"\xe3" + _counted(b"\x07\x05" + _COLLATION + b"\x00")
    tokens += b"\xad" + _counted(acknowledged)
    if login.token is not None:
        tokens += b"\xae" + struct.pack("<BI", _TOKEN_FEATURE, 0) + bytes([_END])
    return tokens


def _error(refusal: Refusal) -> bytes:
    return _message(0xAA, refusal.number, 16, refusal.text)


def _message(token: int, number: int, severity: int, text: str) -> bytes:
    encoded = text.encode("utf-16-le")
    content = struct.pack("<iBBH", number, 1, severity, len(encoded) // 2) + encoded
    return bytes([token]) + _counted(content + _short_text("standin") + _short_text("") + struct.pack("<I", 1))


def _done(failed: bool = False) -> bytes:
    return struct.pack("<BHHQ", 0xFD, 0x02 if failed else 0x00, 0, 0)


def _counted(content: bytes) -> bytes:
    return struct.pack("<H", len(content)) + content


def _short_text(text: str) -> bytes:
    return bytes([len(text)]) + text.encode("utf-16-le")


def write_certificate(file: Path) -> Path:
    """A certificate with its key that no authority signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "standin")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return file
