"""Files → bronze: every delivered record, as delivered, with where it came from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path

from goldreel.engines.base import Engine
from goldreel.engines.stored_files import StoredFile
from goldreel.errors import FileRefused, GoldreelError
from goldreel.foreign import refusal_of_folder
from goldreel.loading import ledger, parallel, streamed
from goldreel.loading.contract import (
    Declaration,
    DeliveredFile,
    Delivery,
    Entity,
    TranslatedFile,
    find_delivery,
)
from goldreel.loading.forgotten import who_is_forgotten
from goldreel.loading.known import with_overtaken
from goldreel.loading.ledger import Load
from goldreel.loading.outcomes import FileOutcome, Progress, of_declarations, of_kept_out
from goldreel.loading.source import Carried, Origin, SourceFile
from goldreel.loading.together import in_parts, load_together
from goldreel.names import readable

__all__ = [
    "DeliveredFile",
    "Delivery",
    "FileOutcome",
    "Progress",
    "find_delivery",
    "load_delivery",
    "load_files",
    "load_parts",
    "with_overtaken",
]


def load_delivery(engine: Engine, delivery: Delivery, progress: Progress) -> list[FileOutcome]:
    """Load every file of a delivery that is not in bronze yet. A refused file does not stop the others.

    The ledger must have been prepared (`ledger.prepare`).
    """
    return list(load_files(engine, delivery, progress))


def load_files(engine: Engine, delivery: Delivery, progress: Progress) -> Iterator[FileOutcome]:
    """The same, file by file: what becomes of each is known though a later one fails."""
    for outcomes in load_parts(engine, delivery, progress):
        yield from outcomes


def load_parts(engine: Engine, delivery: Delivery, progress: Progress) -> Iterator[list[FileOutcome]]:
    """The same, where files that are loaded together are told together."""
    for entity, part in in_parts(engine.files, delivery.files):
        if isinstance(part, Mapping):
            outcomes = load_together(engine, entity, part, progress)
        else:
            outcomes = [_load_or_refuse(engine, entity, part, progress)]
        refused = [(outcome.path, outcome.refusal) for outcome in outcomes if outcome.refusal]
        ledger.record_refusals(engine, entity, refused)
        yield outcomes


def _load_or_refuse(engine: Engine, entity: Entity, file: DeliveredFile, progress: Progress) -> FileOutcome:
    try:
        return _load_file(engine, entity, file, progress)
    except FileRefused as refusal:
        return FileOutcome(file, entity.name, "refused", refusal=refusal)


def _load_file(engine: Engine, entity: Entity, file: DeliveredFile, progress: Progress) -> FileOutcome:
    begin: Callable[[], Callable[[Origin], Carried]]
    declaration: Declaration | None = None
    optional: tuple[str, ...] = ()
    if not isinstance(file, Path | StoredFile):
        declaration, optional = file.declaration, file.optional_columns(entity)
        sha256, size = file.fingerprint()
        begin = partial(_translate, engine, entity, file, progress)
    elif isinstance(file, Path):
        source = SourceFile.open(file)
        sha256, size = source.sha256, source.size
        begin = partial(partial, streamed.carry, engine, entity, source, progress.bytes_read)
    else:
        assert engine.files is not None, "found by the engine itself"
        if file.is_folder:
            raise refusal_of_folder(file.location)
        sha256, size = engine.files.sha256(file), file.size
        begin = partial(parallel.survey, engine.files, entity, file, sha256, who_is_forgotten(engine))
    known = ledger.find_load(engine, entity, sha256)
    if known:
        other = of_declarations(known, ledger.declaration_of(engine, known.load_id), declaration)
        return FileOutcome(file, entity.name, "known", known, remarks=other)
    progress.file_started(file, size)
    started_at = ledger.now()
    try:
        carry = begin()
        load, carried = _write_load(engine, entity, file, sha256, size, started_at, carry, declaration, optional)
    finally:
        progress.file_ended()
    remarks = () if isinstance(file, Path | StoredFile) else file.remarks()
    remarks = (*remarks, *of_kept_out(carried))
    return FileOutcome(file, entity.name, "loaded", load, tuple(sorted(carried.unknown_columns)), remarks=remarks)


def _translate(engine: Engine, entity: Entity, file: TranslatedFile, progress: Progress) -> Callable[[Origin], Carried]:
    return partial(streamed.carry_batches, engine, entity, file.batches(entity, progress.bytes_read))


def _write_load(
    engine: Engine,
    entity: Entity,
    file: DeliveredFile,
    sha256: str,
    size: int,
    started_at: datetime,
    carry: Callable[[Origin], Carried],
    declaration: Declaration | None,
    optional: tuple[str, ...],
) -> tuple[Load, Carried]:
    try:
        with engine.transaction():
            load_id = ledger.next_load_id(engine)
            origin = Origin(load_id, readable(file.name), started_at)
            carried = carry(origin)
            if declaration is not None:
                ledger.keep_declaration(engine, load_id, declaration)
            if optional:
                ledger.keep_optional_columns(engine, load_id, optional)
            if carried.kept_out or carried.kept_out_rejected:
                ledger.record_forgotten(engine, load_id, entity.name, carried.kept_out, carried.kept_out_rejected)
            load = ledger.load_of(origin, entity, sha256, size, carried)
            ledger.record_load(engine, load)
    except Exception:
        with suppress(*engine.errors, GoldreelError):  # the next load begins with it again
            ledger.sweep(engine)  # not every engine takes back what it was sent
        raise
    return load, carried
