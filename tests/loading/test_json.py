"""Content catalogues: what is a title, what its values become, and what is set aside."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from goldreel.errors import FileRefused
from loading.catalogues import movies, series
from loading.reading import ONE_BLOCK, Files, blocks_of, filled

LONG_BLOCKS = pytest.mark.parametrize("block", [ONE_BLOCK, 150], ids=["one block", "small blocks"])


@LONG_BLOCKS
def test_a_movie_is_one_flat_record(tmp_path: Path, block: int) -> None:
    movie = {
        "content_id": "M001",
        "title": "Mañana 🎬",
        "genre": ["Drama", "Crime"],
        "duration_minutes": 90,
        "release_year": 2020,
        "rating": 4.5,
        "views_count": 12,
        "production_budget": 1500000,
    }
    with blocks_of(block):
        found = Files(tmp_path).json(json.dumps({"movies": [movie]}))
    assert filled(found.records[1]) == {
        "content_id": "M001",
        "title": "Mañana 🎬",
        "genre": "Drama, Crime",
        "content_type": "movie",
        "duration_minutes": "90",
        "release_year": "2020",
        "rating": "4.5",
        "views_count": "12",
        "production_budget": "1500000",
    }
    assert found.unknown == set()


@LONG_BLOCKS
def test_a_series_is_one_flat_record_with_its_length_worked_out(tmp_path: Path, block: int) -> None:
    item = {
        "content_id": "S001",
        "title": "Night",
        "genre": ["Drama"],
        "seasons": 2,
        "episodes_per_season": [10, 12],
        "avg_episode_duration": 45,
        "rating": 4,
        "total_views": 7,
        "production_budget": None,
    }
    with blocks_of(block):
        found = Files(tmp_path).json(json.dumps({"series": [item]}))
    assert filled(found.records[1]) == {
        "content_id": "S001",
        "title": "Night",
        "genre": "Drama",
        "content_type": "series",
        "duration_minutes": "990",
        "rating": "4",
        "views_count": "7",
        "seasons": "2",
        "total_episodes": "22",
        "avg_episode_duration": "45",
        "episodes_per_season": "[10, 12]",
    }
    assert found.unknown == set()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ('"text"', "text"),
        ('""', ""),
        ('" blanks "', " blanks "),
        ('"4.5"', "4.5"),
        ("null", None),
        ("true", "true"),
        ("false", "false"),
        ("1.50", "1.50"),
        ("1e3", "1e3"),
        ("-2.5E-2", "-2.5E-2"),
        ("-0", "-0"),
        ("0.0", "0.0"),
        ("1" + "0" * 30, "1" + "0" * 30),
        ("0.1234567890123456789", "0.1234567890123456789"),
        ("NaN", "NaN"),
        ("-Infinity", "-Infinity"),
        ('["One", "Two"]', '["One", "Two"]'),
        ("[]", "[]"),
        ('[1.50,[1e3],{"a":-0}]', '[1.50, [1e3], {"a": -0}]'),
        ('{"k":[1,null,"é"],"\\"":true}', '{"k": [1, null, "é"], "\\"": true}'),
        (r'"\u00e9\ud83c\udfac\n\"\\\/"', 'é🎬\n"\\/'),
        (r'"\u0000"', "\0"),
    ],
)
def test_a_value_becomes_text_as_it_was_written(files: Files, value: str, text: str | None) -> None:
    found = files.json(movies(f'{{"title": {value}, "rating": {value}}}'))
    assert found.rejected == {}
    assert (found.records[1]["title"], found.records[1]["rating"]) == (text, text)


@pytest.mark.parametrize(
    ("genre", "text"),
    [
        ('["Drama"]', "Drama"),
        ('["Drama", "Crime", "Drama"]', "Drama, Crime, Drama"),
        ('[" Drama", ""]', " Drama, "),
        ('["Drama", null, 7, true, 1.50]', "Drama, 7, true, 1.50"),
        ('[["A", 1e3], {"b": null}]', '["A", 1e3], {"b": null}'),
        ("[]", None),
        ("[null]", None),
        ("null", None),
        ('"Drama, Crime"', "Drama, Crime"),
        ('""', ""),
        ("7", "7"),
        ('{"main": "Drama"}', '{"main": "Drama"}'),
    ],
)
def test_genres_are_joined(files: Files, genre: str, text: str | None) -> None:
    found = files.json(movies(f'{{"genre": {genre}}}'))
    assert found.records[1]["genre"] == text


def test_genres_that_hold_a_comma_are_kept_as_delivered_too(files: Files) -> None:
    found = files.json(movies('{"genre": ["Drama, Crime", "War"]}', '{"genre": ["Drama", "War"]}'))
    assert json.loads(found.records[1]["_extra"] or "") == {"genre": ["Drama, Crime", "War"]}
    assert found.records[2]["_extra"] is None


@pytest.mark.parametrize(
    ("episodes", "minutes", "total", "duration"),
    [
        ("[10, 12]", "45", "22", "990"),
        ("[10]", "0", "10", "0"),
        ("[]", "45", "0", "0"),
        ('["10", " 12 "]', '"45"', "22", "990"),
        ("[1.5, 2.5]", "0.5", "4", "2.0"),
        ("[1, 0.5]", "10", "1.5", "15.0"),
        ("[-3, 5]", "-2", "2", "-4"),
        ("[10]", "null", "10", None),
        ("[10]", '"long"', "10", None),
        ("[10]", "1e1", "10", None),
        ("[10]", "[45]", "10", None),
        ("[10, null]", "45", None, None),
        ("[10, true]", "45", None, None),
        ("[1e1]", "45", None, None),
        ('["ten"]', "45", None, None),
        ("[[10]]", "45", None, None),
        ("10", "45", None, None),
        ('"10"', "45", None, None),
        ("null", "45", None, None),
        ("NaN", "NaN", None, None),
        ("[NaN]", "45", None, None),
        ("[999999999999]", "999999999", "999999999999", "999999998999000000001"),
    ],
)
def test_the_length_of_a_series(
    files: Files, episodes: str, minutes: str, total: str | None, duration: str | None
) -> None:
    found = files.json(series(f'{{"episodes_per_season": {episodes}, "avg_episode_duration": {minutes}}}'))
    assert (found.records[1]["total_episodes"], found.records[1]["duration_minutes"]) == (total, duration)


def test_a_series_without_its_parts_has_no_length(files: Files) -> None:
    found = files.json(series("{}", '{"episodes_per_season": [2]}', '{"avg_episode_duration": 3}'))
    lengths = [(record["total_episodes"], record["duration_minutes"]) for record in found.records.values()]
    assert lengths == [(None, None), ("2", None), (None, None)]


def test_keys_that_the_section_does_not_know_are_kept(files: Files) -> None:
    found = files.json(
        '{"movies": [{"title": "a", "seasons": 3, "studio": {"name": "N", "since": 1.50}, "_load_id": null}],'
        ' "series": [{"duration_minutes": 7, "views_count": 8, "_extra": "x"}, {"title": "plain"}]}'
    )
    extras = {row: json.loads(record["_extra"] or "null") for row, record in found.records.items()}
    assert extras == {
        1: {"seasons": 3, "studio": {"name": "N", "since": 1.5}, "_load_id": None},
        2: {"duration_minutes": 7, "views_count": 8, "_extra": "x"},
        3: None,
    }
    assert '"since": 1.50' in (found.records[1]["_extra"] or "")
    assert found.unknown == {"seasons", "studio", "_load_id", "duration_minutes", "views_count", "_extra"}
    assert [found.records[row]["duration_minutes"] for row in (1, 2)] == [None, None]


@pytest.mark.parametrize("value", ["NaN", "Infinity", "[1, NaN]", '{"a": -Infinity}'])
def test_what_is_kept_of_unknown_keys_is_json_even_when_the_file_is_not_quite(files: Files, value: str) -> None:
    def strict(token: str) -> None:
        raise AssertionError(f"{token} is not JSON")

    found = files.json(movies(f'{{"title": "a", "x": {value}}}'))
    assert json.loads(found.records[1]["_extra"] or "", parse_constant=strict).keys() == {"x"}


def test_of_a_key_that_stands_twice_the_last_value_counts(files: Files) -> None:
    found = files.json(movies('{"title": "a", "title": "b", "x": 1, "x": 2}'))
    assert (found.records[1]["title"], found.records[1]["_extra"]) == ("b", '{"x": 2}')


@pytest.mark.parametrize(
    ("element", "raw"),
    [
        ('"a text"', '"a text"'),
        ("42", "42"),
        ("1.50", "1.50"),
        ("-2.5E-2", "-2.5E-2"),
        ("1e3", "1e3"),
        ("null", "null"),
        ("true", "true"),
        ('["a",  1]', '["a",  1]'),
        ("NaN", "NaN"),
    ],
)
def test_an_element_that_is_no_object_is_rejected_with_its_text(files: Files, element: str, raw: str) -> None:
    found = files.json(movies('{"title": "a"}', element, '{"title": "b"}'))
    assert found.rejected == {2: (raw, "the element is not an object")}
    assert {row: record["title"] for row, record in found.records.items()} == {1: "a", 3: "b"}


def test_each_element_of_an_unknown_section_is_rejected(files: Files) -> None:
    found = files.json(
        '{"trailers": [{"title":"t"}, 7], "note": "x", "movies": [{"title": "a"}], "": [], "more": {"k": [1]},'
        ' "series": [{"title": "b"}]}'
    )
    assert {row: raw for row, (raw, _) in found.rejected.items()} == {
        1: '{"title":"t"}',
        2: "7",
        3: '"x"',
        5: '{"k": [1]}',
    }
    assert {reason for _, reason in found.rejected.values()} == {
        f"the section {name!r} is not known (expected: movies, series)" for name in ("trailers", "note", "more")
    }
    assert {row: record["title"] for row, record in found.records.items()} == {4: "a", 6: "b"}


def test_a_section_may_come_twice(files: Files) -> None:
    found = files.json('{"movies": [{"title": "a"}], "series": [{"title": "b"}], "movies": [{"title": "c"}]}')
    assert [(record["content_type"], record["title"]) for record in found.records.values()] == [
        ("movie", "a"),
        ("series", "b"),
        ("movie", "c"),
    ]


@pytest.mark.parametrize("element", [r'{"title": "\ud800"}', r'{"\udfff": 1}', r'{"x": [{"y": "a\ud83cb"}]}'])
def test_half_of_a_surrogate_pair_is_rejected_alone(files: Files, element: str) -> None:
    found = files.json(movies('{"title": "a"}', element, '{"title": "b"}'))
    assert found.rejected == {2: (element, "a text holds half of a surrogate pair, which is no character")}
    assert list(found.records) == [1, 3]


def test_half_of_a_surrogate_pair_in_the_name_of_a_section_does_no_harm(files: Files) -> None:
    found = files.json(r'{"\ud800": [1], "movies": [{"title": "a"}]}')
    assert list(found.rejected) == [1]
    found.rejected[1][1].encode()
    assert list(found.records) == [2]


def test_values_nested_too_deeply_are_rejected_or_refused(tmp_path: Path) -> None:
    with blocks_of(ONE_BLOCK):
        deep = '{"x": ' + "[" * 900 + "]" * 900 + "}"
        found = Files(tmp_path).json(movies('{"title": "a"}', deep))
        assert found.rejected == {2: (deep, "values are nested too deeply")}
        abyss = "[" * 100_000 + "]" * 100_000
        with pytest.raises(FileRefused, match="nested too deeply"):
            Files(tmp_path).json(movies(abyss))
