"""Files → bronze: every delivered record, as delivered, with where it came from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Literal, Protocol

from goldreel.engines.base import Engine, StoredFile
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
from goldreel.loading.source import Carried, Origin, SourceFile
from goldreel.names import readable

__all__ = [
    "DeliveredFile",
    "Delivery",
    "FileOutcome",
    "Progress",
    "find_delivery",
    "load_delivery",
    "load_files",
    "with_overtaken",
]


class Progress(Protocol):
    """Is told how a load goes on."""

    def file_started(self, file: DeliveredFile, size: int) -> None: ...

    def bytes_read(self, count: int) -> None: ...

    def file_ended(self) -> None: ...


@dataclass(frozen=True)
class FileOutcome:
    """What became of one delivered file.

    Attributes:
        status: `loaded`; `known` when this file version was loaded before, so nothing was done; `refused`.
        load: the ledger row; none when the file was refused.
        unknown_columns: names that the contract does not know; their values are kept in `_extra`.
        refusal: why the file was refused.
        overtaken_by: the later load that holds newer records of this known file's keys, and counts instead.
        remarks: what else is to be known of how its records were made.
    """

    path: DeliveredFile
    entity: str
    status: Literal["loaded", "known", "refused"]
    load: Load | None = None
    unknown_columns: tuple[str, ...] = ()
    refusal: FileRefused | None = None
    overtaken_by: Load | None = None
    remarks: tuple[str, ...] = ()


def load_delivery(engine: Engine, delivery: Delivery, progress: Progress) -> list[FileOutcome]:
    """Load every file of a delivery that is not in bronze yet. A refused file does not stop the others.

    The ledger must have been prepared (`ledger.prepare`).
    """
    return list(load_files(engine, delivery, progress))


def load_files(engine: Engine, delivery: Delivery, progress: Progress) -> Iterator[FileOutcome]:
    """The same, file by file: what becomes of each is known though a later one fails."""
    for entity, file in delivery.files:
        try:
            outcome = _load_file(engine, entity, file, progress)
        except FileRefused as refusal:
            ledger.record_refusal(engine, entity, file, refusal)
            outcome = FileOutcome(file, entity.name, "refused", refusal=refusal)
        yield outcome


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
        other = _declared_otherwise(engine, known, declaration)
        return FileOutcome(file, entity.name, "known", known, remarks=other)
    progress.file_started(file, size)
    started_at = ledger.now()
    try:
        carry = begin()
        load, carried = _write_load(engine, entity, file, sha256, size, started_at, carry, declaration, optional)
    finally:
        progress.file_ended()
    remarks = () if isinstance(file, Path | StoredFile) else file.remarks()
    if kept_out := carried.kept_out + carried.kept_out_rejected:
        remarks = (*remarks, f"{kept_out:,} records are of users who were forgotten, and are not stored")
    return FileOutcome(file, entity.name, "loaded", load, tuple(sorted(carried.unknown_columns)), remarks=remarks)


def _translate(engine: Engine, entity: Entity, file: TranslatedFile, progress: Progress) -> Callable[[Origin], Carried]:
    return partial(streamed.carry_batches, engine, entity, file.batches(entity, progress.bytes_read))


def _declared_otherwise(engine: Engine, load: Load, declaration: Declaration | None) -> tuple[str, ...]:
    """That the records of a load were made in another way than they would be now: they are not made twice."""
    before = ledger.declaration_of(engine, load.load_id)
    if (before and before.sha256) == (declaration and declaration.sha256):
        return ()
    then = f"the source {before.name} as it was then" if before else "no source"
    remedy = f"take it back (`goldreel withdraw {load.load_id} --reason TEXT`) and deliver the file again"
    return (f"load {load.load_id} was made with {then}: to have its records made anew, {remedy}",)


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
            carried = carry(Origin(load_id, readable(file.name), started_at))
            if declaration is not None:
                ledger.keep_declaration(engine, load_id, declaration)
            if optional:
                ledger.keep_optional_columns(engine, load_id, optional)
            loaded = carried.loaded + carried.kept_out
            rejected = carried.rejected + carried.kept_out_rejected
            if carried.kept_out or carried.kept_out_rejected:
                ledger.record_forgotten(engine, load_id, entity.name, carried.kept_out, carried.kept_out_rejected)
            load = Load(
                load_id,
                entity.name,
                readable(file.name),
                sha256,
                size,
                loaded + rejected,
                loaded,
                rejected,
                "loaded",
                started_at,
                ledger.now(),
            )
            ledger.record_load(engine, load)
    except Exception:
        with suppress(*engine.errors, GoldreelError):  # the next load begins with it again
            ledger.sweep(engine)  # not every engine takes back what it was sent
        raise
    return load, carried
