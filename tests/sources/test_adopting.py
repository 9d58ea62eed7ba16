"""`goldreel adopt`: what the draft of a source says, and what it asks."""

from __future__ import annotations

import gzip
import json
import re
import sqlite3
from datetime import date
from pathlib import Path

import pytest

from goldreel.config import Settings
from goldreel.errors import UsageError
from goldreel.pipeline import Silent, try_delivery
from goldreel.sources import parse_source
from goldreel.sources.adopting import Draft, write_draft
from sources.giving import given


def draft_of(folder: Path, files: dict[str, str | bytes]) -> Draft:
    for name, content in files.items():
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return write_draft(folder)


def plays(dates: list[str], long: str = "00:30:00") -> str:
    return "user,title,date,duration\n" + "".join(f"u{at % 3},T{at % 5},{day},{long}\n" for at, day in enumerate(dates))


def test_a_draft_without_a_question_loads_as_it_is(tmp_path: Path) -> None:
    draft = draft_of(tmp_path, {"plays.csv": plays([f"{day:02}/03/2024" for day in range(1, 29)])})
    assert draft.open == []
    found = given(tmp_path)
    assert len(found.sessions) == 28
    assert found.sessions[12]["watch_date"] == "2024-03-13"
    assert {user["user_id"] for user in found.records["users"]} == {"u0", "u1", "u2"}
    assert len(found.records["content"]) == 5
    assert "16 of 28 dates fit only DD/MM/YYYY, 0 only MM/DD/YYYY, 12 fit both" in draft.text


def test_what_is_ambiguous_is_asked_with_figures(tmp_path: Path) -> None:
    draft = draft_of(tmp_path, {"plays.csv": plays(["05/03/2024", "06/03/2024"], "12:30")})
    asked = [what for _, what in draft.open]
    told = "0 of 2 dates fit only DD/MM/YYYY, 0 only MM/DD/YYYY, 2 fit both"
    assert f"TODO DD/MM/YYYY or MM/DD/YYYY? {told}" in asked
    assert "TODO m:s or h:m? all values fit each; e.g. 12:30" in asked
    with pytest.raises(UsageError, match=r"places are not decided yet.*line \d+ \(TODO"):
        given(tmp_path)


def test_dates_of_two_kinds_are_asked_for(tmp_path: Path) -> None:
    draft = draft_of(tmp_path, {"plays.csv": plays(["25/03/2024", "03/26/2024", "01/02/2024"])})
    assert "1 of 3 dates fit only DD/MM/YYYY, 1 only MM/DD/YYYY, 1 fit both" in str(draft.open)


def test_how_a_file_is_written_is_found(tmp_path: Path) -> None:
    lines = "Kundenliste\n\nuser_id;country;plan;signup_date;hours\n"
    lines += "".join(f"K{at};Perú;Basic;{at + 13}.02.2023;{at},5\n" for at in range(9)) + "Summe;9\n"
    draft = draft_of(tmp_path, {"kunden.csv": lines.encode("latin-1")})
    assert 'delimiter: ";", skip_lines: 2, skip_footer: 1' in draft.text
    ((_, asked),) = draft.open
    assert asked.startswith("TODO windows-1252? It is not UTF-8; so it reads: ")
    assert "Perú" in asked
    draft.path.write_text(draft.text.replace(f'"{asked}"', "windows-1252"))
    users = given(tmp_path).records["users"]
    columns = ("user_id", "country", "registration_date", "total_watch_time_hours")
    assert [users[1][name] for name in columns] == ["K1", "Perú", "2023-02-14", "1.5"]


@pytest.mark.parametrize(
    ("name", "content", "form"),
    [
        (
            "h.json",
            json.dumps({"a": [1], "x": {"plays": [{"user": "a", "title": "b", "date": "2024-01-01"}]}}),
            "path: x.plays",
        ),
        ("h.jsonl", '{"user": "a", "title": "b", "date": "2024-01-01"}\n{"user": "c"}\n', "json_lines"),
        ("h.tsv", "user\ttitle\tdate\na\tb\t2024-01-01\n", 'delimiter: "\\t"'),
        ("h.dat", "1::b::2024-01-01\n2::c::2024-01-02\n", 'delimiter: "::", quote: "", header: false'),
        ("h.csv.gz", gzip.compress(b"user,title,date\na,b,2024-01-01\n", mtime=0), "match: h.csv"),
    ],
)
def test_formats_are_told_apart(name: str, content: str | bytes, form: str, tmp_path: Path) -> None:
    assert form in draft_of(tmp_path, {name: content}).text


def test_every_filled_table_of_a_database_is_looked_at(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "media.db") as connection:
        connection.execute("create table plays (user, title, started_at, seconds)")
        connection.execute("insert into plays values ('a', 'b', 1709600000, 90)")
        connection.execute("create table unused (x)")
    connection.close()
    draft = write_draft(tmp_path)
    assert "{type: sqlite, table: plays}" in draft.text
    assert "unused" not in draft.text
    assert "duration: seconds" in draft.text
    assert [what for _, what in draft.open] == ["TODO the zone whose days count, as UTC or America/Lima"] * 2


def test_a_source_is_not_written_over(tmp_path: Path) -> None:
    draft = draft_of(tmp_path, {"plays.csv": plays(["13/03/2024"])})
    with pytest.raises(UsageError, match="There is a source already"):
        write_draft(tmp_path)
    assert parse_source("it", draft.text, "it", drafts=True).files


def test_a_folder_without_a_file_is_nothing_to_adopt(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no file that a source can be made for"):
        draft_of(tmp_path, {"empty.csv": "", "picture.png": b"\x89PNG\r\n\x1a\n\0\0"})


def test_a_check_tells_what_would_not_count_and_loads_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "exports"
    folder.mkdir()
    content = (
        plays([f"{day:02}/03/2024" for day in range(13, 29)]) + "u1,T1,03/14/2024,00:30:00\n,T1,14/03/2024,0:30:00\n"
    )
    draft = draft_of(folder, {"plays.csv": content})
    assert "17 of 18 dates fit only DD/MM/YYYY, 1 only MM/DD/YYYY" in str(draft.open)
    draft.path.write_text(re.sub(r'"TODO DD/MM/YYYY or [^"]*"', "DD/MM/YYYY", draft.text))
    trial = try_delivery(Settings(home=tmp_path / "home", threads=2), folder, date(2024, 6, 1), Silent())
    broken = {(each.entity, each.rule): (each.records, each.examples) for each in trial.broken}
    file = "plays.csv"
    assert broken["viewing_sessions", "watch_date: is no date written DD/MM/YYYY"] == (1, ((file, 17, "03/14/2024"),))
    assert broken["viewing_sessions", "user_id_missing"][0] == 1
    assert sum(row[3] for row in trial.report.account if row[0] == "viewing_sessions") == 18
    assert not (tmp_path / "home").exists()
