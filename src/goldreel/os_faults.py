"""What the operating system refuses: a full disk, a missing permission, a broken disk."""

from __future__ import annotations

import errno
import os

from goldreel.errors import GoldreelError, UsageError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_BROKEN = {errno.EIO, errno.ESTALE, errno.EREMOTEIO, errno.ENOTCONN}
_TOO_MANY = {errno.EMFILE, errno.ENFILE}
_OTHER_PLACE = {errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENOTEMPTY, errno.ELOOP, errno.ENAMETOOLONG}


def fault_of_os(error: OSError, place: str = "") -> GoldreelError | None:
    """What the operating system refused, where, and what to do; None when it is nothing that a person can mend.

    Args:
        place: where it happened, when the error does not say.
    """
    where = str(error.filename2 or error.filename or place)
    if error.errno in _FULL:
        return GoldreelError(
            "The disk is full.",
            where=where,
            remedy="free some room there (`df -h` shows how much there is), or set GOLDREEL_HOME to a folder on a "
            "larger disk; run the command again then: nothing half-done is visible",
        )
    if error.errno in _FORBIDDEN:
        return UsageError(
            f"The system does not permit it: {reason_of(error)}.",
            where=where,
            remedy="let the user who runs goldreel do this there, or name another place (GOLDREEL_HOME, or the "
            "option that names it)",
        )
    if error.errno in _BROKEN:
        return GoldreelError(
            f"The disk gave an error: {reason_of(error)}.",
            where=where,
            remedy="look at the disk, or at the connection to it (`dmesg`), and run the command again",
        )
    if error.errno in _OTHER_PLACE:
        return UsageError(
            f"Something else stands in that place: {reason_of(error)}.",
            where=where,
            remedy="move it away, or name another place (GOLDREEL_HOME, or the option that names it)",
        )
    if error.errno in _TOO_MANY:
        return GoldreelError(
            "Too many files are open at once.",
            where=where,
            remedy="raise the limit (`ulimit -n 4096`), and run the command again",
        )
    return None


def fault_in(said: str, place: str) -> GoldreelError | None:
    """The same, of what somebody else said that the operating system refused: a full or a broken disk, too many files.

    Permissions are left out: they mean another thing for everybody who meets them.
    """
    for code in (*_FULL, *_BROKEN, *_TOO_MANY):
        if os.strerror(code) in said:
            return fault_of_os(OSError(code, os.strerror(code)), place)
    return None


def reason_of(error: OSError) -> str:
    """What the operating system says, for the end of a sentence."""
    return (error.strerror or str(error)).lower()
