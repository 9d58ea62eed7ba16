"""Small files that the engine reads itself: many are loaded at once, with their records passing through this process.

Each is a load of its own, as if it came alone: what costs time is what is asked of the engine, and that is asked once
for all of them. Their content is held, so they are fingerprinted, and read, as this process reads any file. The ledger
gets the rows of all in one piece: whatever is cut off, either all of them count or none does, and their order holds.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

import pyarrow as pa

from goldreel.engines.base import Engine, Table
from goldreel.engines.stored_files import ParallelFiles, StoredFile
from goldreel.errors import FileRefused, GoldreelError
from goldreel.foreign import LONGEST_MARK
from goldreel.loading import ledger
from goldreel.loading.contract import FORGOTTEN_RECORDS, REJECTED_RECORDS, DeliveredFile, Entity
from goldreel.loading.forgotten import Forgotten, who_is_forgotten
from goldreel.loading.ledger import Load
from goldreel.loading.outcomes import FileOutcome, Progress, of_declarations, of_kept_out
from goldreel.loading.source import Carried, Fingerprinted, Origin, Rejected, changed_meanwhile, not_utf8, unpacked
from goldreel.loading.streamed import READERS, with_constants
from goldreel.names import readable

SMALL_FILE = 4 * 2**20
"""Bytes of the largest file that is small, as delivered."""

_FILES, _BYTES = 500, 32 * 2**20  # that are fetched at once
_UNPACKED = 16 * 2**20  # of one file: beyond that it is not small
_UNPACKED_TOGETHER = 64 * 2**20

Contents = Mapping[StoredFile, bytes]


def in_parts(
    files: ParallelFiles | None, delivered: Sequence[tuple[Entity, DeliveredFile]]
) -> Iterator[tuple[Entity, DeliveredFile | Contents]]:
    """Files in their order: one that is loaded for itself, or the contents of several that are loaded together."""
    for (entity, is_small), same in groupby(delivered, key=lambda each: (each[0], _is_small(files, each[1]))):
        of_kind = [file for _, file in same]
        if not is_small or files is None:
            yield from ((entity, file) for file in of_kind)
            continue
        for fetched in _fetched([file for file in of_kind if isinstance(file, StoredFile)]):
            for part in _held(fetched, files.contents(fetched, SMALL_FILE)):
                yield entity, part


def _is_small(files: ParallelFiles | None, file: DeliveredFile) -> bool:
    return files is not None and isinstance(file, StoredFile) and not file.is_folder and file.size <= SMALL_FILE


def _fetched(files: Sequence[StoredFile]) -> Iterator[list[StoredFile]]:
    """Files that are fetched at once."""
    held: list[StoredFile] = []
    for file in files:
        if held and (len(held) == _FILES or sum(each.size for each in held) + file.size > _BYTES):
            yield held
            held = []
        held.append(file)
    if held:
        yield held


def _held(files: Sequence[StoredFile], contents: Contents) -> Iterator[StoredFile | Contents]:
    """Those that are loaded together; for itself whatever could not be fetched, or is large when it is unpacked."""
    together: dict[StoredFile, bytes] = {}
    room = _UNPACKED_TOGETHER
    for file in files:
        size = _unpacked_size(file, contents[file]) if file in contents else None
        alone = size is None or size > _UNPACKED
        if together and (alone or (size or 0) > room):
            yield together
            together, room = {}, _UNPACKED_TOGETHER
        if alone:
            yield file
        else:
            together[file] = contents[file]
            room -= size or 0
    if together:
        yield together


def _unpacked_size(file: StoredFile, content: bytes) -> int:
    """How many bytes it holds, as far as they can be unpacked and matter."""
    if not file.name.endswith(".gz"):
        return len(content)
    size = 0
    with suppress(EOFError, OSError, zlib.error), gzip.GzipFile(fileobj=io.BytesIO(content)) as unpacking:
        while size <= _UNPACKED and (piece := unpacking.read(2**20)):
            size += len(piece)
    return size


@dataclass(frozen=True)
class _HeldFile:
    """A file whose content is here. See `goldreel.loading.source.Source`."""

    location: str
    content: bytes

    def blocks(self, on_bytes: Callable[[int], None]) -> Iterator[bytes]:
        return unpacked(self.location, Fingerprinted(io.BytesIO(self.content)), self._first_bytes, on_bytes)

    def _first_bytes(self) -> bytes:
        return self.content[:LONGEST_MARK]

    def not_utf8(self, place: str, head: bytes) -> FileRefused:
        return not_utf8(self.location, place, head, self._first_bytes())


@dataclass
class _Read:
    """A file that was read, and is not stored yet."""

    file: StoredFile
    sha256: str
    size: int
    started_at: datetime
    carried: Carried = field(default_factory=Carried)
    records: list[pa.Table] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)

    def origin(self, load_id: int) -> Origin:
        return Origin(load_id, readable(self.file.name), self.started_at)

    def as_load(self, load_id: int, entity: Entity) -> Load:
        return ledger.load_of(self.origin(load_id), entity, self.sha256, self.size, self.carried)


def load_together(engine: Engine, entity: Entity, contents: Contents, progress: Progress) -> list[FileOutcome]:
    """Load files of a kind, one load for each, in their order; what became of them, in that order.

    Refusals are not recorded.
    """
    sha256 = {file: hashlib.sha256(content).hexdigest() for file, content in contents.items()}
    known = ledger.find_loads(engine, entity, sha256.values())
    declared = ledger.declarations_of(engine, [load.load_id for load in known.values()])
    forgotten = who_is_forgotten(engine)
    read: dict[str, _Read] = {}
    outcomes: dict[StoredFile, FileOutcome] = {}
    for file, content in contents.items():
        if sha256[file] in known or sha256[file] in read:
            continue
        progress.file_started(file, file.size)
        try:
            read[sha256[file]] = _read(entity, file, content, sha256[file], forgotten, progress)
        except FileRefused as refusal:
            outcomes[file] = FileOutcome(file, entity.name, "refused", refusal=refusal)
        finally:
            progress.file_ended()
    loads, changed = _write(engine, entity, list(read.values()))
    if changed:  # what was written belongs to no load; the others are loaded without them
        rest = {file: content for file, content in contents.items() if file not in changed}
        outcomes = {outcome.path: outcome for outcome in load_together(engine, entity, rest, progress)}  # type: ignore[misc]
        outcomes |= {file: FileOutcome(file, entity.name, "refused", refusal=why) for file, why in changed.items()}
        return [outcomes[file] for file in contents]
    for each in read.values():
        remarks, unknown = of_kept_out(each.carried), tuple(sorted(each.carried.unknown_columns))
        load = loads[each.sha256]
        outcomes[each.file] = FileOutcome(each.file, entity.name, "loaded", load, unknown, remarks=remarks)
    for file in contents:
        if file not in outcomes:
            load = known.get(sha256[file]) or loads[sha256[file]]
            remarks = of_declarations(load, declared.get(load.load_id), None)
            outcomes[file] = FileOutcome(file, entity.name, "known", load, remarks=remarks)
    return [outcomes[file] for file in contents]


def _read(
    entity: Entity, file: StoredFile, content: bytes, sha256: str, forgotten: Forgotten, progress: Progress
) -> _Read:
    read = _Read(file, sha256, len(content), ledger.now())
    source = _HeldFile(file.location, content)
    for batch in READERS[entity.file_format](source, entity, progress.bytes_read):
        batch, kept_out, kept_out_rejected = forgotten.without(batch, entity)
        read.carried += Carried.of(batch, kept_out, kept_out_rejected)
        read.records.append(batch.records)
        read.rejected += batch.rejected
    return read


def _write(
    engine: Engine, entity: Entity, files: Sequence[_Read]
) -> tuple[dict[str, Load], dict[StoredFile, FileRefused]]:
    """Store what was read, and make it visible, unless some of the files changed meanwhile.

    Returns:
        The loads, by fingerprint; or the files that changed, and why each is refused for it.
    """
    if not files:
        return {}, {}
    try:
        with engine.transaction():
            numbered = list(enumerate(files, start=ledger.next_load_id(engine)))
            _store(engine, entity, numbered)
            changed = _changed(engine, files)
            if not changed:
                loads = [each.as_load(load_id, entity) for load_id, each in numbered]
                ledger.record_loads(engine, loads)
                return {load.sha256: load for load in loads}, {}
    except Exception:
        with suppress(*engine.errors, GoldreelError):
            ledger.sweep(engine)
        raise
    ledger.sweep(engine)
    return {}, changed


def _store(engine: Engine, entity: Entity, files: Sequence[tuple[int, _Read]]) -> None:
    records, rejected, kept_out = [], [], []
    for load_id, each in files:
        origin = each.origin(load_id)
        if each.carried.loaded:
            stored = pa.concat_tables(each.records)
            records.append(with_constants(stored, origin.of_record(), entity.table.arrow_schema))
        if each.rejected:
            constants = origin.of_rejected(entity)
            rejected.append(_rows(REJECTED_RECORDS, [constants | record._asdict() for record in each.rejected]))
        if each.carried.kept_out or each.carried.kept_out_rejected:
            counts = (each.carried.kept_out, each.carried.kept_out_rejected)
            row = ledger.of_forgotten(load_id, entity.name, *counts)
            kept_out.append(_rows(FORGOTTEN_RECORDS, [row]))
    assert engine.files is not None, "it gave the contents"
    for table, rows in ((entity.table, records), (REJECTED_RECORDS, rejected), (FORGOTTEN_RECORDS, kept_out)):
        if rows:
            engine.files.append_loads(table, rows)


def _rows(table: Table, rows: list[dict[str, Any]]) -> pa.Table:
    return table.of_rows(rows).read_all()


def _changed(engine: Engine, files: Sequence[_Read]) -> dict[StoredFile, FileRefused]:
    """Files that have other bytes by now, or cannot be read any more."""
    assert engine.files is not None, "it gave the contents"
    now = engine.files.fingerprints([each.file for each in files], SMALL_FILE)
    changed = {}
    for each in files:
        if now.get(each.file) == each.sha256:
            continue
        try:
            if not engine.files.is_unchanged(each.file, each.sha256):
                changed[each.file] = changed_meanwhile(each.file.location)
        except FileRefused as refusal:
            changed[each.file] = refusal
    return changed
