"""Values that a file repeats are made once; what becomes of the records is the same as if each were made by itself."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from goldreel.sources import preparing
from sources.giving import Given, give, sessions_source, source_record

SHAPES = {
    "session_id": "{hash: [id, who]}",
    "content_id": "{from: what, as_id: true}",
    "watch_date": '{from: at, date: "DD/MM/YYYY"}',
    "watch_duration_minutes": '{from: long, duration: ["h:m:s", minutes], unfit: empty}',
    "device_type": "{from: dev, map: {tv: TV, pc: null}}",
}
TEXTS = (
    ("Dune", "05/03/2024", "00:30:00", "tv"),
    (' "Dune" \\', "31/02/2024", "1:2", "pc"),
    ("", " 06/03/2024\t", "90", " tv"),
    ("Ärger\x07\u00a0", "", "", "toaster"),
    ("\r", "6/3/2024", " 12.5 ", ""),
)
NAMES = ("id", "who", "what", "at", "long", "dev")
ROWS = [(f"{at}", "Ana" if at % 3 else "", *TEXTS[at * at % 5]) for at in range(60)]


def as_csv() -> str:
    return "".join(
        ",".join(f'"{value.replace(chr(34), chr(34) * 2)}"' for value in row) + "\n" for row in (NAMES, *ROWS)
    )


def made(monkeypatch: pytest.MonkeyPatch, folder: Path, form: str, content: bytes, looked_at: int) -> Given:
    monkeypatch.setattr(preparing, "_LOOKED_AT", looked_at)
    folder.mkdir()
    return give(folder, sessions_source(form=form, **SHAPES), {"plays": content})


@pytest.mark.parametrize("kind", ["csv", "json_lines", "parquet"])
def test_values_made_once_are_the_same_as_made_for_each_record(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = as_csv().encode()
    if kind != "csv":
        records = pa.table({name: [row[at] for row in ROWS] for at, name in enumerate(NAMES)})
        if kind == "parquet":
            pa.parquet.write_table(records, tmp_path / "it")
            content = (tmp_path / "it").read_bytes()
        else:
            content = "\n".join(json.dumps(record) for record in records.to_pylist()).encode()
    once = made(monkeypatch, tmp_path / "once", f"{{type: {kind}}}", content, 10)
    each = made(monkeypatch, tmp_path / "each", f"{{type: {kind}}}", content, 1_000)
    assert once.sessions == each.sessions
    assert sorted(once.reasons) == sorted(each.reasons)
    assert {source_record(record)["id"] for record in once.sessions} < {row[0] for row in ROWS}
    for record in once.sessions:
        assert tuple(source_record(record).values()) == ROWS[int(source_record(record)["id"])]


def test_repeated_values_are_in_fact_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    make = preparing.Remembered._make

    def counted(self: preparing.Remembered, column: str, texts: pa.Array) -> pa.Table:
        asked.append(len(texts))
        return make(self, column, texts)

    monkeypatch.setattr(preparing.Remembered, "_make", counted)
    found = made(monkeypatch, tmp_path / "once", "{type: csv}", as_csv().encode(), 10)
    assert found.sessions
    assert 0 < sum(asked) <= 4 * len(TEXTS)
