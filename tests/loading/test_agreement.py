"""The readers agree with the oracle's reading of the contract, on files that nobody would write by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from goldreel.errors import FileRefused
from goldreel.loading.contract import CONTENT, Entity
from loading.reading import BLOCK_SIZES, PAIRS, TINY_BLOCKS, Reading, blocks_of, read
from oracle import bronze, rules

# The same files every time; a failure here fails everywhere.
thoroughly = settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)

Read = Callable[[Path, Entity], Reading]


def read_or_none(path: Path, entity: Entity) -> Reading | None:
    try:
        return read(path, entity)
    except FileRefused:
        return None


# --- CSV --------------------------------------------------------------------------------------

LONGEST = 2 * TINY_BLOCKS  # then no record is longer than the reader can hold in tiny blocks


def bodies(*pieces: str) -> st.SearchStrategy[str]:
    """Texts of these pieces, no longer than can be held."""
    texts = st.lists(st.sampled_from(pieces), max_size=40).map("".join)
    return texts.filter(lambda text: len(text.encode()) <= LONGEST)


def assert_read_as_the_oracle_does(path: Path, text: str) -> None:
    path.write_bytes(text.encode())
    rows = bronze.read_csv(text, PAIRS.columns)
    records = {row: record for row, record in enumerate(rows, start=1) if record is not None}
    rejected = [row for row, record in enumerate(rows, start=1) if record is None]
    for size in BLOCK_SIZES:
        with blocks_of(size):
            found = read(path)
        assert found.records.keys() == records.keys(), f"records, in blocks of {size}"
        assert sorted(found.rejected) == rejected, f"rejected, in blocks of {size}"
        for row, record in records.items():
            assert with_extra(found.records[row]) == with_extra(record), f"record {row}, in blocks of {size}"


def with_extra(record: dict[str, Any]) -> dict[str, Any]:
    """The record with `_extra` as what its JSON means."""
    return record | {"_extra": json.loads(record["_extra"]) if record["_extra"] else None}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "pairs.csv"


@thoroughly
@given(body=bodies("x", "é", " ", ",", '"', '"', '""', "\n", ",x\r\n", '"\n', "\ufeff"))
@example(body='"x\n",""x\n')
@example(body='"x\n","y"z,"\nx,x\n')
def test_csv_of_quotes_commas_and_line_ends(path: Path, body: str) -> None:
    assert_read_as_the_oracle_does(path, f"a,b\n{body}")


@thoroughly
@given(body=bodies("x", ",", '"', "\r", "\r\n", "\n", ",x\n"))
def test_csv_of_crs_that_stand_alone(path: Path, body: str) -> None:
    assert_read_as_the_oracle_does(path, f"a,b\n{body}")


@thoroughly
@given(
    body=bodies("x", ",", ",", '"', "\n", ",,\n", '"\n', "\\", "\t", "\0"),
    shift=st.integers(0, TINY_BLOCKS),
    columns=st.sampled_from(["a,b,c", "c,b,a", "b,c,a,d", "b,a"]),
)
def test_csv_of_other_columns(path: Path, body: str, shift: int, columns: str) -> None:
    assert_read_as_the_oracle_does(path, f"{columns}{' ' * shift}\n{body}")


@thoroughly
@given(header=st.lists(st.sampled_from(["a", "b", "c", ",", '"', " ", ""]), max_size=8).map("".join))
@example(header='a,"b')
def test_a_csv_header_is_taken_or_refused(path: Path, header: str) -> None:
    text = f"{header}\n1,2\n3,4,5\n"
    path.write_bytes(text.encode())
    try:
        rows = bronze.read_csv(text, PAIRS.columns)
    except bronze.Refused:
        assert read_or_none(path, PAIRS) is None
    else:
        assert sum(row is not None for row in rows) == len(read(path).records)


# --- JSON -------------------------------------------------------------------------------------

blanks = st.sampled_from(["", "", "", " ", "\n", "\r\n\t"])
numbers = st.sampled_from(["0", "-0", "1", "12", "1.50", "1e3", "-2.5E-2", "0.0", "9" * 30])
characters = st.text(st.sampled_from('aé ",\\/\n{]😀\0\u2028'), max_size=4)
raw_breaks = st.sampled_from(['"\n"', '"a\tb\r\n"', '"\x1f"'])  # control characters as strict JSON forbids them
strings = st.builds(json.dumps, characters, ensure_ascii=st.booleans()) | raw_breaks
scalars = numbers | strings | st.sampled_from(["null", "true", "false"])


def listed(parts: st.SearchStrategy[str], size: int = 2) -> st.SearchStrategy[str]:
    return st.builds(lambda items, blank: f"[{blank}{f'{blank},'.join(items)}]", st.lists(parts, max_size=size), blanks)


def object_of(keys: st.SearchStrategy[str], values: st.SearchStrategy[str], size: int = 2) -> st.SearchStrategy[str]:
    pairs = st.builds(lambda key, blank, value: f"{key}{blank}:{blank}{value}", keys, blanks, values)
    return st.builds(
        lambda items, blank: "{" + f"{blank},".join(items) + blank + "}", st.lists(pairs, max_size=size), blanks
    )


values = st.recursive(scalars, lambda inner: listed(inner) | object_of(strings, inner), max_leaves=3)
keys = st.sampled_from([*CONTENT.columns, "total_views", "studio", ""]).map(json.dumps)
episodes = listed(numbers | strings, size=3)
titles = object_of(keys, values, size=4) | st.builds(
    lambda episodes, minutes: f'{{"episodes_per_season": {episodes}, "avg_episode_duration": {minutes}}}',
    episodes,
    values,
)
elements = st.one_of(titles, titles, titles, values)
names = st.sampled_from(["movies", "movies", "series", "series", "trailers", ""]).map(json.dumps)
sections = st.one_of(*[listed(elements, size=3)] * 9, values, st.just("null"))
catalogues = object_of(names, sections, size=3)


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A catalogue with one character missing, too many, or with its end cut off."""
    text = draw(catalogues)
    at = draw(st.integers(0, len(text) - 1))
    tail = draw(st.sampled_from([text[at + 1 :], "", *(mark + text[at:] for mark in '{}[],:"0 x')]))
    return text[:at] + tail


def assert_read_as_the_oracle_reads_json(path: Path, text: str) -> None:
    path.write_bytes(text.encode())
    longest = max(len(text.encode()) // 2, TINY_BLOCKS) if len(text) > TINY_BLOCKS else TINY_BLOCKS
    try:
        rows = bronze.read_json(text)
    except bronze.Refused:
        for size in (BLOCK_SIZES[0], longest):
            with blocks_of(size):
                assert read_or_none(path, CONTENT) is None, f"in blocks of {size}"
        return
    rejected = [row for row, record in enumerate(rows, start=1) if record is None]
    for size in (BLOCK_SIZES[0], longest):
        with blocks_of(size):
            found = read(path, CONTENT)
        assert sorted(found.rejected) == rejected, f"rejected, in blocks of {size}"
        assert sorted([*found.records, *found.rejected]) == list(range(1, len(rows) + 1))
        for row, record in enumerate(rows, start=1):
            if record is not None:
                assert_same_title(found.records[row], record, f"record {row}, in blocks of {size}")


def assert_same_title(found: dict[str, Any], wanted: dict[str, Any], where: str) -> None:
    for name, value in wanted.items():
        if name == "_extra":
            extra = set(json.loads(found[name])) if found[name] else set()
            assert extra - {"genre"} == set(json.loads(value) if value else {}), f"{where}, {name}"
        elif wanted["content_type"] == "series" and name in ("duration_minutes", "total_episodes") and value:
            assert rules.number(found[name]) == pytest.approx(rules.number(value), rel=1e-12), f"{where}, {name}"
        else:
            assert found[name] == value, f"{where}, {name}"


@thoroughly
@given(text=catalogues)
def test_catalogues(tmp_path: Path, text: str) -> None:
    assert_read_as_the_oracle_reads_json(tmp_path / "content.json", text)


@thoroughly
@given(text=damaged())
def test_damaged_catalogues(tmp_path: Path, text: str) -> None:
    assert_read_as_the_oracle_reads_json(tmp_path / "content.json", text)
