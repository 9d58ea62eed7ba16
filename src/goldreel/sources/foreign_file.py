"""A file of others in the hands of a source: see `goldreel.loading.contract.TranslatedFile`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from goldreel.errors import FileRefused
from goldreel.loading.contract import Declaration, Entity
from goldreel.loading.source import Batch, not_utf8
from goldreel.sources.ahead import read_ahead
from goldreel.sources.columns import Fields
from goldreel.sources.declaration import FileRule, Section, Source
from goldreel.sources.delimited import read_delimited
from goldreel.sources.inputs import Input, OnBytes, decoded
from goldreel.sources.mapping import Mapper, Piece
from goldreel.sources.structured import (
    fields_of_parquet,
    fields_of_sqlite,
    read_document,
    read_lines,
    read_parquet,
    read_sqlite,
)


@dataclass
class ForeignFile:
    """A file, the source that reads it, and which of the source's files it is; or why nobody reads it."""

    input: Input
    source: Source
    rule: FileRule
    refusal: FileRefused | None = None
    _sha256: str = ""
    _remarks: list[str] = field(default_factory=list)
    _is_first: bool = False

    @property
    def name(self) -> str:
        return self.input.name

    def __str__(self) -> str:
        return self.input.location

    @property
    def declaration(self) -> Declaration:
        return self.source.declaration

    def fingerprint(self) -> tuple[str, int]:
        if self.refusal:
            raise self.refusal
        found = self.input.fingerprint()
        self._sha256 = found[0]
        return found

    def optional_columns(self, entity: Entity) -> tuple[str, ...]:
        return self.rule.optional_columns(self._section(entity))

    def _section(self, entity: Entity) -> Section:
        (section,) = (each for each in self.rule.sections if each.entity.name == entity.name)
        return section

    def batches(self, entity: Entity, on_bytes: OnBytes) -> Iterator[Batch]:
        self._remarks = []
        section = self._section(entity)
        self._is_first = section is self.rule.sections[0]
        with opened(self.input, self.rule, self._sha256, on_bytes) as (fields, pieces):
            mapper = Mapper(self.source, self.rule, section, fields, self.name)
            try:
                yield from read_ahead(mapper.batches(read_ahead(pieces)))
            finally:
                mapper.close()
        if mapper.left_out:
            self._remarks.append(
                f"{mapper.left_out:,} of {mapper.seen:,} records of the file are left out: {section.where}"
            )
        if section.one_per:
            self._remarks.append(f"made of {mapper.seen:,} records of the file, one per {section.one_per}")

    def remarks(self) -> tuple[str, ...]:
        if not self._is_first:  # what holds for the whole file is told once
            return tuple(self._remarks)
        thresholds = json.loads(self.declaration.thresholds)
        told = ", ".join(f"{name} {value}" for name, value in thresholds.items())
        return (
            *self._remarks,
            *self.source.says,
            *([f"made for the threshold {told} (GOLDREEL_THRESHOLDS overrides it)"] if told else []),
        )


@contextmanager
def opened(
    file: Input, rule: FileRule, sha256: str, on_bytes: Callable[[int], None]
) -> Iterator[tuple[Fields, Iterator[Piece]]]:
    """What can be asked of the records of a file, and the records.

    Raises:
        FileRefused: it is not written as the source says.
    """
    kind, location = rule.says["type"], file.location
    if kind in ("parquet", "sqlite"):
        with file.as_file(on_bytes, sha256) as path:
            if kind == "parquet":
                yield fields_of_parquet(location, path), read_parquet(location, path)
            else:
                yield fields_of_sqlite(location, rule.says, path), read_sqlite(location, rule.says, path)
        return
    with file.content(on_bytes, sha256) as content:
        blocks = decoded(location, content, rule.says.get("encoding", "utf-8"), file.first_bytes())
        if kind == "csv":
            yield read_delimited(location, rule.says, blocks)
        elif kind == "json_lines":
            yield Fields(None, location), read_lines(location, rule.says, blocks)
        else:
            yield Fields(None, location), read_document(location, rule.says, _Document(location, blocks))


class _Document:
    """See `goldreel.loading.source.Source`."""

    def __init__(self, location: str, blocks: Iterator[bytes]) -> None:
        self.location = location
        self._blocks = blocks

    def blocks(self, on_bytes: OnBytes) -> Iterator[bytes]:
        yield from self._blocks

    def not_utf8(self, place: str, head: bytes) -> FileRefused:
        return not_utf8(self.location, place, head, head)
