"""A path that no record of a file has refuses the file; nothing is silently null because it is misspelt."""

from __future__ import annotations

import json
import sqlite3
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest

from goldreel.config import Settings
from goldreel.engines import open_engine
from goldreel.errors import FileRefused
from goldreel.loading import ledger, load_delivery
from goldreel.pipeline import Silent, try_delivery
from goldreel.sources import find_source, find_with_sources
from goldreel.sources.presence import leads
from loading.delivering import Listening
from sources.giving import Given, give, given, pieces_of, sessions_source

PLAYS: list[dict[str, Any]] = [
    {"id": at, "who": {"id": f"u{at}", "name": "Ana", "tags": ["x"]}, "what": "Dune", "at": "2024-03-05", "long": "30"}
    for at in range(3)
]
WHO_AND_TITLES = """
      content:
        one_per: content_id
        columns: {content_id: what, title: {sql: 'coalesce(titel, what)'}, genre: null, content_type: {constant: movie},
          duration_minutes: null, release_year: null, rating: null, views_count: null, production_budget: null}
"""


def lines(records: list[dict[str, Any]]) -> str:
    return "\n".join(json.dumps(record) for record in records)


def of_lines(folder: Path, records: list[dict[str, Any]], form: str = "{type: json_lines}", **says: str) -> Given:
    return give(folder, sessions_source(form=form, **{"user_id": "who.id"} | says), {"plays.jsonl": lines(records)})


def test_a_misspelt_path_refuses_the_file_with_what_stands_beside_it(tmp_path: Path) -> None:
    with pytest.raises(FileRefused) as refused:
        of_lines(tmp_path, PLAYS, user_id="who.nmae")
    assert refused.value.what == "No record of the file has 'who.nmae', which the source reads."
    assert refused.value.where.endswith("it.source.yml, line 10)")
    assert "plays.jsonl (asked for in " in refused.value.where
    assert "(did you mean who.name?)" in refused.value.remedy
    assert "say `optional: [who.nmae]` in its `format`; who has: who.id, who.name, who.tags" in refused.value.remedy


@pytest.mark.parametrize(
    ("says", "path"),
    [
        ({"content_id": "wat"}, "wat"),
        ({"content_id": "{from: [what, wat]}"}, "wat"),
        ({"content_id": "{hash: [what, wat]}"}, "wat"),
        ({"content_id": "{sql: 'coalesce(who.nmae, what)'}"}, "who.nmae"),
        ({"more": "where: wat is null or wat <> 'no'"}, "wat"),
        ({"content_id": "what.title"}, "what.title"),
        ({"content_id": "who.tags.name"}, "who.tags.name"),
        ({"content_id": "who[0]"}, "who[0]"),
        ({"content_id": "'\"who.id\"'"}, '"who.id"'),
        ({"content_id": "{sql: '\"$row\"'}"}, "$row"),
    ],
)
def test_wherever_a_path_is_asked_for_it_must_be_there(says: dict[str, str], path: str, tmp_path: Path) -> None:
    with pytest.raises(FileRefused) as refused:
        of_lines(tmp_path, PLAYS, **says)
    assert refused.value.what == f"No record of the file has {path!r}, which the source reads."


def test_a_document_is_told_like_lines(tmp_path: Path) -> None:
    source = sessions_source(form="{type: json, path: all}", user_id="who.nmae")
    with pytest.raises(FileRefused, match=r"No record of the file has 'who\.nmae'"):
        give(tmp_path, source, {"plays.json": json.dumps({"all": PLAYS})})


@pytest.mark.parametrize(
    ("who", "path"),
    [(None, "who.id"), ({"id": None}, "who.id"), ({"tags": []}, "who.tags[0].name"), ({"tags": [1]}, "who.tags[3]")],
)
def test_null_and_a_short_list_say_nothing_against_a_path(who: Any, path: str, tmp_path: Path) -> None:
    found = of_lines(tmp_path, [play | {"who": who} for play in PLAYS], user_id=path)
    assert [record["user_id"] for record in found.sessions] == [None] * 3


def test_one_record_that_has_a_path_is_enough_wherever_it_stands(tmp_path: Path) -> None:
    plays = [{**PLAYS[0], "id": at} for at in range(2_000)]
    plays[1_990] |= {"dev": "TV"}
    with pieces_of(20_000):
        found = of_lines(tmp_path, plays, device_type="dev")
    assert [record["_source_row"] for record in found.sessions if record["device_type"]] == [1_991]
    with pieces_of(20_000), pytest.raises(FileRefused, match="'dve'"):
        of_lines(tmp_path, plays, device_type="dve")


def test_what_is_optional_need_not_be_there(tmp_path: Path) -> None:
    says = {"device_type": "dev.kind", "content_id": "{from: [wat, what]}"}
    found = of_lines(tmp_path, PLAYS, '{type: json_lines, optional: ["dev.kind", wat]}', **says)
    assert found.of("device_type", "content_id") == [(None, "Dune")] * 3


@pytest.mark.parametrize("content", ["", "\n\n", "no json\n[1]\n"])
def test_a_file_without_a_record_contradicts_nothing(content: str, tmp_path: Path) -> None:
    found = give(tmp_path, sessions_source(form="{type: json_lines}"), {"plays.jsonl": content})
    assert found.records.get("viewing_sessions", []) == []


def test_a_file_is_refused_for_all_that_it_gives(tmp_path: Path) -> None:
    source = sessions_source(form="{type: json_lines}", user_id="who.id") + WHO_AND_TITLES
    (tmp_path / "it.source.yml").write_text(source)
    (tmp_path / "plays.jsonl").write_text(lines(PLAYS))
    (tmp_path / "home").mkdir()
    with open_engine(Settings(home=tmp_path / "home", threads=2)) as engine:
        ledger.prepare(engine)
        with pieces_of(100):  # records are with the engine before the file ends
            outcomes = list(load_delivery(engine, find_with_sources(tmp_path), Listening()))
        assert [outcome.status for outcome in outcomes] == ["refused"] * 2
        assert all("'titel'" in str(outcome.refusal) for outcome in outcomes)
        for table in ("viewing_sessions", "content", "loads", "rejected_records"):
            assert engine.execute(f"select count(*) from bronze.{table}").rows == [(0,)]


def test_a_check_says_it_too(tmp_path: Path) -> None:
    folder = tmp_path / "exports"
    folder.mkdir()
    (folder / "it.source.yml").write_text(sessions_source(form="{type: json_lines}", user_id="who.nmae"))
    (folder / "plays.jsonl").write_text(lines(PLAYS))
    trial = try_delivery(Settings(home=tmp_path / "home", threads=2), folder, date(2024, 6, 1), Silent())
    (outcome,) = trial.report.files
    assert "did you mean who.name?" in str(outcome.refusal)
    assert trial.report.exit_code != 0


@pytest.mark.parametrize("path", ["who.nmae", "who.tags.x", "id.x", "wo.name", "m.k.x"])
def test_a_path_below_a_column_of_parquet_is_refused_before_a_record_is_read(path: str, tmp_path: Path) -> None:
    records = pa.table(
        {name: [play[name] for play in PLAYS] for name in PLAYS[0]}
        | {"m": pa.array([[("k", 1)]] * 3, pa.map_(pa.string(), pa.int64()))}
    )
    pyarrow.parquet.write_table(records, tmp_path / "plays.parquet")
    with pytest.raises(FileRefused) as refused:
        give(tmp_path, sessions_source(form="{type: parquet}", user_id=path), {})
    assert refused.value.what == f"The file has no column {path!r}, which the source reads."
    if path != "who.nmae":
        return
    assert "did you mean who.name?" in refused.value.remedy
    assert refused.value.remedy.endswith("who has: who.id, who.name, who.tags")
    found = give(tmp_path, sessions_source(form=f"{{type: parquet, optional: [{path}]}}", user_id=path), {})
    assert found.of("user_id", "content_id") == [(None, "Dune")] * 3
    found = give(tmp_path, sessions_source(form="{type: parquet}", user_id="who.tags[0]", device_type="m.k"), {})
    assert found.of("user_id", "device_type") == [("x", "1")] * 3
    with pytest.raises(FileRefused, match=r"No record of the file has 'm\.q'.*m has: m\.k"):
        give(tmp_path, sessions_source(form="{type: parquet}", user_id="m.q"), {})


def test_what_a_column_of_sqlite_holds_has_nothing_below_it(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "plays.db") as connection:
        connection.execute("create table p (id, who, what, at, long)")
        connection.execute("insert into p values (1, '{\"name\": \"Ana\"}', 'Dune', '2024-03-05', 30)")
    connection.close()
    source = sessions_source(form="{type: sqlite, table: p}", user_id="who.name")
    with pytest.raises(FileRefused, match=r"no column 'who\.name'.*who has nothing below it"):
        give(tmp_path, source, {})


@pytest.mark.parametrize(
    ("kind", "path", "there"),
    [
        (pa.struct([("a", pa.int8())]), ["a"], True),
        (pa.struct([("a", pa.int8())]), ["a", "b"], False),
        (pa.list_(pa.struct([("a", pa.int8())])), [0, "a"], True),
        (pa.list_(pa.struct([("a", pa.int8())])), ["a"], False),
        (pa.map_(pa.string(), pa.struct([("a", pa.int8())])), ["k", "a"], None),
        (pa.map_(pa.string(), pa.struct([("a", pa.int8())])), ["k", "b"], False),
        (pa.dictionary(pa.int8(), pa.string()), [], True),
        (pa.json_(), ["a"], None),
        (pa.null(), ["a"], True),
        (pa.string(), ["a"], False),
    ],
)
def test_types_tell_where_a_path_leads(kind: pa.DataType, path: list[str | int], there: bool | None) -> None:
    assert leads(kind, path) is there


def test_ready_made_sources_need_only_what_their_format_always_has(tmp_path: Path) -> None:
    play = {"_id": "a", "userId": "u", "title": "Dune", "startedAt": {"$date": "2024-01-05T20:00:00Z"}, "minutes": 30}
    (tmp_path / "plays.json").write_text(json.dumps(play))
    assert given(tmp_path, [find_source("plays-mongoexport")]).of("user_id", "watch_date") == [
        ("u", "2024-01-05 20:00:00")
    ]
    (tmp_path / "plays.json").write_text('{"user": "u", "title": "Dune", "watched_at": "2024-01-05", "minutes": 30}')
    assert given(tmp_path, [find_source("plays-json-lines")]).of("user_id", "device_type") == [("u", None)]
    (tmp_path / "plays.json").write_text('{"usr": "u", "title": "Dune", "watched_at": "2024-01-05", "minutes": 30}')
    with pytest.raises(FileRefused, match="'user'"):
        given(tmp_path, [find_source("plays-json-lines")])
