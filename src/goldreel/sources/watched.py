"""Files of others in a watched folder: whoever looks knows their names alone, and loads them one by one.

An archive is known by its name only, too: with sources, it may hold whatever these read.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Sequence
from pathlib import Path

from goldreel.errors import FileRefused
from goldreel.loading.contract import Entity
from goldreel.sources.declaration import SUFFIX, Source
from goldreel.sources.delivering import Reader, readers_of, two_readers
from goldreel.sources.foreign_file import ForeignFile
from goldreel.sources.inputs import Input, is_archive, with_members


def read_by_sources(location: str, sources: Sequence[Source]) -> dict[str, str]:
    """The kinds of record that sources make of a file, each with a mark that is another one when they say otherwise.

    Args:
        location: its path or address.
    """
    if location.endswith(SUFFIX):
        return {}
    if is_archive(location):
        readers = [(source, rule) for source in sources for rule in source.files]
    else:
        readers = readers_of(location, sources)
    kinds: dict[str, str] = {}
    for source, rule in readers:
        for section in rule.sections:
            kinds[section.entity.name] = kinds.get(section.entity.name, "") + source.declaration.sha256
    return {kind: hashlib.sha256(says.encode()).hexdigest()[:12] for kind, says in kinds.items()}


def of_file(path: Path, location: str, kind: str, sources: Sequence[Source]) -> list[tuple[Entity, ForeignFile]]:
    """What is to be loaded of a file as records of a kind: itself, or members of an archive.

    What cannot be told, and an archive that is none, is there as a file that is refused when it is loaded.

    Args:
        path: where it is read.
        location: where it was found; its path or address.
    """
    damaged = is_archive(location) and not zipfile.is_zipfile(path)
    found: list[tuple[Entity, ForeignFile]] = []
    for each in with_members(path, location):
        readers = readers_of(each.relative, sources)
        if damaged:
            readers = [(source, rule) for source in sources for rule in source.files]
        refusal = _refusal(each, readers, damaged=damaged)
        for source, rule in readers:
            of_kind = [section.entity for section in rule.sections if section.entity.name == kind]
            found += [(entity, ForeignFile(each, source, rule, refusal)) for entity in of_kind]
            if refusal and of_kind:
                break  # it is told once
    return found


def _refusal(file: Input, readers: Sequence[Reader], *, damaged: bool) -> FileRefused | None:
    if damaged:
        return FileRefused("The file is no ZIP archive, or is cut off.", file.location, "deliver it again")
    return FileRefused(*two_readers(file, readers)) if len(readers) > 1 else None
