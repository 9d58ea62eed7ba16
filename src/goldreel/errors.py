"""Errors that a person can act on: what happened, where, and what to do about it."""

from __future__ import annotations


class GoldreelError(Exception):
    """Something failed that its user can understand and mend.

    Attributes:
        what: the fault, one sentence.
        where: the file, setting or table concerned; may be empty.
        remedy: what to do next; may be empty.
        exit_code: what the command ends with (see `goldreel --help`).
    """

    exit_code = 1

    def __init__(self, what: str, where: str = "", remedy: str = "") -> None:
        super().__init__(what, where, remedy)
        self.what = what
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        parts = [self.what]
        if self.where:
            parts.append(f"where: {self.where}")
        if self.remedy:
            parts.append(f"what to do: {self.remedy}")
        return "; ".join(parts)


class UsageError(GoldreelError):
    """An argument or a setting that cannot be used. Nothing was done."""

    exit_code = 2


class FileRefused(GoldreelError):
    """A delivered file that cannot be understood as a whole. None of its rows are loaded."""


class WarehouseInUse(GoldreelError):
    """Another process holds the warehouse, and went on holding it for as long as we wait."""


class ServerLost(GoldreelError):
    """The connection to the warehouse's server broke; the same command can be run again when it is back."""


class ServerUnreachable(UsageError):
    """The warehouse's server does not answer: its address is wrong, or it is down just now."""


class LoadsStopped(GoldreelError):
    """Loads that look wrong as a whole keep a build from being published."""


class BuildOvertaken(GoldreelError):
    """Another build began while this one was built in parts."""


class NothingDue(GoldreelError):
    """What was asked for is done, or comes later by itself."""


class WarehouseMissing(UsageError):
    """There is no warehouse yet where one was to be looked at."""


class RightMissing(UsageError):
    """What was asked for may be there, or could be done, but this login has not the right to it."""


class NothingPublished(UsageError):
    """Readers have nothing to read yet."""


class ChangesNotKept(UsageError):
    """The changes between two builds are not kept record by record, or not any more."""
