"""The fingerprint of a large file where nothing but Spark's own readers can be asked (Spark Connect): in a stream.

A worker reads the file once, from its beginning to its end, and holds no more of it than a batch of lines. Spark's text
reader gives lines, not bytes: it leaves out the LF behind each, whether the last one had one is not told, and neither
is a UTF-8 byte order mark at the beginning. The size of the file tells both.

It unpacks what ends in .gz, and then nothing tells the bytes as delivered: of such a file the worker opens the path.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pyarrow as pa

_BOM = b"\xef\xbb\xbf"

OF_LINES = pa.schema([("bytes", pa.int64()), ("without_end", pa.string()), ("with_end", pa.string())])
"""What was hashed, and the fingerprints of it without the LF behind the last line, and with it."""

OF_PATH = pa.schema([("sha256", pa.string()), ("first", pa.binary())])
"""The fingerprint of a file that the worker opened, and what it begins with."""

_PIECE = 2**20


def of_lines(has_mark: bool, start: int, lines: Iterator[bytes]) -> Iterator[pa.RecordBatch]:
    """Hash lines, each with its LF. A `BlockReader`, but for its first argument: whether a mark stands before them."""
    digest = hashlib.sha256(_BOM if has_mark else b"")
    size, held = 0, b""
    for piece in lines:
        digest.update(held)
        digest.update(memoryview(piece)[:-1])
        size, held = size + len(piece), piece[-1:]
    without_end = digest.hexdigest()
    digest.update(held)
    yield pa.RecordBatch.from_pylist(
        [{"bytes": size, "without_end": without_end, "with_end": digest.hexdigest()}], OF_LINES
    )


def of_path(path: str, limit: int, start: int, lines: Iterator[bytes]) -> Iterator[pa.RecordBatch]:
    """Hash the file that lies at a path where this runs; nothing when there is none."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123  (it runs where there may be no goldreel, nor a recent Python)
            digest = hashlib.sha256()
            first = file.read(limit)
            piece = first
            while piece:
                digest.update(piece)
                piece = file.read(_PIECE)
    except OSError:
        return
    yield pa.RecordBatch.from_pylist([{"sha256": digest.hexdigest(), "first": first}], OF_PATH)


def missing_mark(size: int, hashed: int) -> int:
    """How many bytes a byte order mark takes that is missing in what was hashed of a file of that size."""
    return len(_BOM) if size - hashed in (len(_BOM), len(_BOM) - 1) else 0
