"""Files that are something else than their name says, told by their first bytes."""

from __future__ import annotations

import shlex

from goldreel.errors import FileRefused

LONGEST_MARK = 512
"""How many bytes of a file are looked at."""

GZIP = b"\x1f\x8b"

_UNPACK = "unpack it, and deliver what is in it"
_AS_TEXT = "export it as CSV (users, viewing_sessions) or JSON (content) in UTF-8, and deliver that"
_KINDS: dict[bytes, tuple[str, str]] = {
    b"PK\x03\x04": ("a ZIP archive or an Excel workbook", f"{_UNPACK}, or save the workbook as CSV in UTF-8"),
    b"\xd0\xcf\x11\xe0": ("an Excel workbook", "save it as CSV in UTF-8, and deliver that"),
    b"BZh": ("compressed with bzip2", "unpack it (`bunzip2 FILE`), or compress it with gzip, and deliver that"),
    b"\xfd7zXZ\x00": ("compressed with xz", "unpack it (`unxz FILE`), or compress it with gzip, and deliver that"),
    b"\x28\xb5\x2f\xfd": ("compressed with Zstandard", "unpack it (`unzstd FILE`), or use gzip, and deliver that"),
    b"PAR1": ("a Parquet file", _AS_TEXT),
    b"SQLite format 3\x00": ("a SQLite database", _AS_TEXT),
    b"%PDF": ("a PDF document", _AS_TEXT),
}
_PAGE = (b"<!doctype html", b"<html", b"<head", b"<body")
_DOWNLOAD = "the download failed, or it asks to sign in: download it again, look at it, and deliver the file itself"


def refusal_of_foreign(location: str, first: bytes) -> FileRefused | None:
    """The refusal of a file whose first bytes are those of another kind of file; none when they tell nothing."""
    if first.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_PAGE):
        return FileRefused("The file is an HTML page.", location, _DOWNLOAD)
    if first.startswith(GZIP) and not location.endswith(".gz"):
        return FileRefused(
            "The file is compressed but its name does not end in .gz.",
            where=location,
            remedy="add .gz to its name and deliver it again",
        )
    for mark, (what, remedy) in _KINDS.items():
        if first.startswith(mark):
            return FileRefused(f"The file is {what}.", location, remedy)
    return None


def refusal_of_folder(location: str) -> FileRefused:
    """The refusal of a folder that has the name of a delivered file, as Spark writes one for every table."""
    folder, _, name = location.rpartition("/")
    target = shlex.quote(f"{folder}/{name.partition('.')[0]}_")
    move = f'for part in {shlex.quote(location)}/part-*; do mv "$part" {target}"${{part##*/}}"; done'
    return FileRefused(
        "It is a folder, not a file.",
        where=location,
        remedy=f"deliver the files in it under names that goldreel loads; of what Spark wrote: `{move}`",
    )


def refusal_of_gzip(location: str, first: bytes, place: str = "", said: str = "") -> FileRefused:
    """The refusal of a file that its name calls compressed, and that could not be decompressed.

    Args:
        first: its first bytes as delivered.
        place: how far it was read.
        said: what the decompressor said.
    """
    if not first.startswith(GZIP[: len(first)]):
        foreign = refusal_of_foreign(location, first)
        if foreign:
            return foreign
        if _is_text(first):
            return FileRefused(
                "The file is not compressed, though its name ends in .gz.",
                where=location,
                remedy="take .gz off its name, and deliver it again",
            )
    return FileRefused(
        f"The gzip file is truncated or damaged{said and f': {said}'}.",
        where=f"{location}{place}",
        remedy="deliver the file again; `gzip --test FILE` tells whether it is whole",
    )


def _is_text(first: bytes) -> bool:
    """Whether the bytes, which may end in the middle of a character, are UTF-8 without control characters."""
    for cut in range(4):
        try:
            text = first[: len(first) - cut].decode()
        except UnicodeDecodeError:
            continue
        return all(character >= " " or character in "\t\r\n" for character in text)
    return False
