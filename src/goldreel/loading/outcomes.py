"""What is told of a load: how it goes on, and what became of each file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from goldreel.errors import FileRefused
from goldreel.loading.contract import Declaration, DeliveredFile
from goldreel.loading.ledger import Load
from goldreel.loading.source import Carried


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


def of_kept_out(carried: Carried) -> tuple[str, ...]:
    """The remark that records of forgotten users were not stored, where there were any."""
    kept_out = carried.kept_out + carried.kept_out_rejected
    return (f"{kept_out:,} records are of users who were forgotten, and are not stored",) if kept_out else ()


def of_declarations(load: Load, before: Declaration | None, declaration: Declaration | None) -> tuple[str, ...]:
    """The remark that the records of a load were made in another way than they would be now: they are not made twice.

    Args:
        before: what said how they were made.
        declaration: what says so now.
    """
    if (before and before.sha256) == (declaration and declaration.sha256):
        return ()
    then = f"the source {before.name} as it was then" if before else "no source"
    remedy = f"take it back (`goldreel withdraw {load.load_id} --reason TEXT`) and deliver the file again"
    return (f"load {load.load_id} was made with {then}: to have its records made anew, {remedy}",)
