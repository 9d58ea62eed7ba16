"""A source and a file, and what the source makes of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from goldreel.loading.source import Rejected
from goldreel.sources import Source, find_with_sources, inputs

PLAYS = "id,who,what,at,long\n1,Ana,Dune,2024-03-05,00:30:00\n2,Ben,Alien,2024-03-06,01:00:00\n"

SESSIONS = """
files:
  - match: "{match}"
    format: {form}
    records:
      viewing_sessions:
        {more}
        columns:
          session_id: {session_id}
          user_id: {user_id}
          content_id: {content_id}
          watch_date: {watch_date}
          watch_duration_minutes: {watch_duration_minutes}
          completion_percentage: null
          device_type: {device_type}
          quality_level: null
"""
_DEFAULTS = {
    "match": "plays*",
    "form": "{type: csv}",
    "more": "",
    "session_id": "id",
    "user_id": "who",
    "content_id": "what",
    "watch_date": "at",
    "watch_duration_minutes": "long",
    "device_type": "null",
}


@dataclass
class Given:
    """What came of a delivery, by entity."""

    records: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    rejected: dict[str, list[Rejected]] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    @property
    def sessions(self) -> list[dict[str, Any]]:
        return self.records["viewing_sessions"]

    def of(self, *names: str) -> list[tuple[Any, ...]]:
        return [tuple(record[name] for name in names) for record in self.sessions]

    @property
    def reasons(self) -> list[tuple[int, str]]:
        return [(each.source_row, each.reason) for each in self.rejected["viewing_sessions"]]


@contextmanager
def pieces_of(size: int) -> Iterator[None]:
    """Let files be read in pieces of so many bytes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inputs, "PIECE_BYTES", size)
        yield


def sessions_source(**says: str) -> str:
    """A source of sessions; what is not said reads the columns of `PLAYS`."""
    return SESSIONS.format(**_DEFAULTS | says)


def give(folder: Path, source: str, files: dict[str, str | bytes]) -> Given:
    """What a source makes of files."""
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    (folder / "it.source.yml").write_text(source, encoding="utf-8")
    return given(folder)


def given(folder: Path, sources: Sequence[Source] = ()) -> Given:
    found = Given()
    for entity, file in find_with_sources(folder, sources).files:
        assert not isinstance(file, Path)
        file.fingerprint()  # type: ignore[union-attr]
        for batch in file.batches(entity, lambda count: None):  # type: ignore[union-attr]
            found.records.setdefault(entity.name, []).extend(batch.records.to_pylist())
            found.rejected.setdefault(entity.name, []).extend(batch.rejected)
        found.remarks += file.remarks()  # type: ignore[union-attr]
    for records in found.records.values():
        records.sort(key=lambda record: record["_source_row"])
    return found


def made_of(column: str, says: str, texts: Sequence[str], folder: Path) -> list[str | None]:
    """What a column of sessions becomes out of texts; "rejected" where the record is."""
    content = "id,who,what,at,long,x\n" + "".join(
        f'{at},Ana,Dune,2024-03-05,30,"{text.replace(chr(34), chr(34) * 2)}"\n' for at, text in enumerate(texts, 1)
    )
    found = give(folder, sessions_source(**{column: says}), {"plays.csv": content})
    by_row = {record["_source_row"]: record[column] for record in found.sessions}
    return [by_row.get(row, "rejected") for row in range(1, len(texts) + 1)]


def source_record(record: dict[str, Any]) -> Any:
    return json.loads(record["_source_record"])
