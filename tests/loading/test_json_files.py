"""Content catalogues as files: which are understood, which are refused, and how they are read."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from goldreel.errors import FileRefused
from loading.catalogues import movies
from loading.reading import ONE_BLOCK, TINY_BLOCKS, Files, blocks_of


@pytest.mark.parametrize(
    "text",
    [
        '{"movies": []}',
        '{"series": []}',
        '{"movies": [], "series": []}',
        '{"trailers": []}',
        '\ufeff{"movies": []}',
        ' \r\n\t{ "movies" \n:\n[\n] } \n',
        '{"movies": null}',
        '{"movies": null, "series": null, "trailers": null}',
        '{"trailers": null, "series": []}',
    ],
)
def test_a_catalogue_without_titles_is_a_file_without_records(files: Files, text: str) -> None:
    found = files.json(text)
    assert (found.records, found.rejected) == ({}, {})


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "not valid JSON: the file is empty"),
        (" \n\t ", "not valid JSON: the file"),
        ('{"movies": [{"title": "a"}', "not valid JSON: the file ends too early"),
        ('{"movies": [{"title": "a"', "not valid JSON"),
        ('{"movies": [{"title": "a', "not valid JSON"),
        ('{"movies"', "not valid JSON: the file ends too early"),
        ("{", "not valid JSON: the file ends too early"),
        ('{"movies": []} x', "not valid JSON: text follows after the end of the document"),
        ('{"movies": []}\n{"movies": []}', "not valid JSON: text follows after the end of the document: one more"),
        (
            '{"content_id": "M1"}\n{"content_id": "M2"}',
            "end of the document: it holds one object per line (JSON lines)",
        ),
        ('{"id": 1, "genre": ["A"]}\n{"id": 2}', "document: it holds one object per line (JSON lines)"),
        ('{"movies": [1,]}', "not valid JSON: a value is missing before ']'"),
        ('{"movies": [],}', "not valid JSON: a value is missing before '}'"),
        ('{"movies": [1 2]}', "not valid JSON: ',' is missing"),
        ('{"movies" []}', "not valid JSON: ':' is missing"),
        ('{"movies": [] "series": []}', "not valid JSON: ',' is missing"),
        ("{'movies': []}", "not valid JSON"),
        ("{1: []}", "not valid JSON: a section needs a name in double quotes"),
        ("{null: []}", "not valid JSON: a section needs a name in double quotes"),
        ('{"movies": [{"rating": 01}]}', "not valid JSON"),
        ('{"movies": [{"rating": +1}]}', "not valid JSON"),
        ('{"movies": [{"rating": .5}]}', "not valid JSON"),
        ("[]", "JSON of another shape: its top level is not an object"),
        ('[{"title": "a"}]', "JSON of another shape: its top level is not an object"),
        ('"x"', "JSON of another shape: its top level is not an object"),
        ("{}", "JSON of another shape: no section holds a list"),
        ('{"note": 1}', "JSON of another shape: no section holds a list"),
        ('{"movies": {}}', "JSON of another shape: the section 'movies' is not a list"),
        ('{"note": null}', "JSON of another shape: no section holds a list"),
        ('{"content_id": "M1", "genre": ["A"]}', "JSON of another shape: its top level is one title"),
    ],
)
def test_a_catalogue_that_cannot_be_understood_is_refused(files: Files, text: str, what: str) -> None:
    with pytest.raises(FileRefused) as refusal:
        files.json(text)
    assert what in refusal.value.what
    assert "content.json" in refusal.value.where
    assert refusal.value.remedy


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "with one object per title"),
        ('{"movies": [{"title": "a"}', "deliver the complete file again"),
        ('{"movies": [1 2]}', "correct it there"),
        ('{"movies": []} x', "correct it there"),
        ('{"movies": []}\n{"movies": []}', "a file of its own"),
        ('{"content_id": "M1"}\n{"content_id": "M2"}', "jq --slurp '{movies: map("),
        ("[]", "jq '{movies: map("),
        ('"x"', "with one object per title"),
    ],
)
def test_the_remedy_fits_the_fault(files: Files, text: str, says: str) -> None:
    with pytest.raises(FileRefused) as refusal:
        files.json(text)
    assert says in refusal.value.remedy


def test_what_jq_makes_of_titles_line_by_line_is_a_catalogue(files: Files) -> None:
    jq = shutil.which("jq")
    if jq is None:
        pytest.skip("jq, which the remedy names, is not here")
    lines = '{"content_id": "M1", "title": "a"}\n{"content_id": "S1", "seasons": 2}\n'
    with pytest.raises(FileRefused) as refusal:
        files.json(lines)
    program = refusal.value.remedy.split("'")[1]
    made = subprocess.run([jq, "--slurp", program], input=lines, capture_output=True, text=True, check=True).stdout
    found = files.json(made)
    kinds = {row: (record["content_id"], record["content_type"]) for row, record in found.records.items()}
    assert kinds == {1: ("M1", "movie"), 2: ("S1", "series")}


@pytest.mark.parametrize("character", [*map(chr, range(32)), "\x7f", "\u2028"])
def test_control_characters_inside_a_text_are_a_part_of_it(files: Files, character: str) -> None:
    found = files.json(movies(f'{{"title": "a{character}b", "x{character}": "{character}"}}', '{"title": "c"}'))
    assert [record["title"] for record in found.records.values()] == [f"a{character}b", "c"]
    assert json.loads(found.records[1]["_extra"] or "") == {f"x{character}": character}


@pytest.mark.parametrize("sections", ['"movies": [{}], "series": null', '"series": null, "movies": [{}], "x": null'])
def test_a_section_that_is_null_is_an_empty_one(files: Files, sections: str) -> None:
    found = files.json(f"{{{sections}}}")
    assert (list(found.records), found.rejected) == ([1], {})


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ('{"movies": [1 2]}', 1, 15),
        ('{"movies": [\n  {"title": "a"},\n  {"title": "b"} x\n]}', 3, 18),
        ('{"movies": [{"title": "a"}, {"title": b}]}', 1, 39),
        ('{"movies": [\n{"title": "a"},\n{"title": "b"},\n{"title": c}]}', 4, 11),
        ('{"movies": [{"title": "a"}, {"title": "b"}, {"title": "c"}, {"title": "d"}]} x', 1, 78),
        ('{"movies": [{"title": "a"}, {"title": "b"}, {"title": "c"}, {"title": "d"}', 1, 75),
    ],
)
def test_the_place_of_an_error_is_told(files: Files, text: str, line: int, column: int) -> None:
    with pytest.raises(FileRefused) as refusal:
        files.json(text)
    assert refusal.value.where.endswith(f"line {line}, column {column}")


def test_an_element_larger_than_can_be_held_is_refused(tmp_path: Path) -> None:
    with blocks_of(TINY_BLOCKS), pytest.raises(FileRefused, match="not complete after 74 characters"):
        Files(tmp_path).json(movies(json.dumps({"title": "x" * 200})))


def test_an_element_as_large_as_a_block_is_read_wherever_it_begins(tmp_path: Path) -> None:
    element = json.dumps({"title": "x" * (TINY_BLOCKS - 14)})
    for blanks in range(TINY_BLOCKS):
        with blocks_of(TINY_BLOCKS):
            found = Files(tmp_path).json(" " * blanks + movies(element, element, "1.50", element))
        assert list(found.records) == [1, 2, 4], f"{blanks} blanks before"
        assert found.rejected[3][0] == "1.50", f"{blanks} blanks before"


@pytest.mark.parametrize("number", ["1.50", "-2.5E-2", "1e3", "-0", "1234567", "0.1"])
def test_a_number_is_not_cut_in_two_by_the_end_of_a_block(tmp_path: Path, number: str) -> None:
    document = f'{{"movies": [{number}, {{"rating": {number}}}, [{number}]], "note": {number}}}'
    for blanks in range(TINY_BLOCKS):
        with blocks_of(TINY_BLOCKS):
            found = Files(tmp_path).json(" " * blanks + document)
        assert found.records[2]["rating"] == number
        assert [raw for raw, _ in found.rejected.values()] == [number, f"[{number}]", number]


def test_every_delivered_byte_is_reported(files: Files) -> None:
    text = movies(*['{"title": "é"}'] * 20)
    assert files.json(text).bytes_read == len(text.encode())


def test_many_titles_come_in_several_batches_and_keep_their_places(tmp_path: Path) -> None:
    elements: list[Any] = [{"title": str(row)} if row % 3 else row for row in range(1, 10_100)]
    with blocks_of(ONE_BLOCK):
        found = Files(tmp_path).json(json.dumps({"movies": elements}))
    assert all(record["title"] == str(row) for row, record in found.records.items())
    assert all(raw == str(row) for row, (raw, _) in found.rejected.items())
    assert len(found.records) + len(found.rejected) == len(elements)
