"""A piece of a file before it is mapped: what is asked of its records, as columns of text, and what is known of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from goldreel.sources.columns import Asked, Made
from goldreel.sources.paths import as_json_path
from goldreel.sources.shapes import literal

_LOOKED_AT, _FEW = 20_000, 0.2
"""Values of a column are made once each where there are at most so many different ones, as a share of the records."""

_REMEMBERED = 100_000  # different values of a column, at most about so many

_QUOTE, _BACKSLASH, _FIRST_PRINTABLE = b'"\\ '


def extraction(asked: Asked) -> str:
    """The query that asks JSON records: `row`, a column per path, and in `broken` why one is no record."""
    at_hand = asked.fields.texts
    paths = {name: column for name, column in asked.asked.items() if name not in at_hand}
    given = "".join(f", {at_hand[name]} as {column}" for name, column in asked.asked.items() if name in at_hand)
    given += "".join(f", cast(null as varchar) as {column}" for column in asked.absent.values())
    if asked.fields.kinds is not None:
        found, broken = "json_extract_string(record, [{}])", "cast(null as varchar)"
    else:
        found = "try(json_extract_string(record, [{}]))"
        broken = (
            "case when found is null then 'the record is not valid JSON' "
            "when not starts_with(record, '{') and json_type(record) <> 'OBJECT' "
            "then 'the record is no JSON object' end"
        )
    # All paths at once: each by itself would parse the record again.
    every = ", ".join(literal(as_json_path(name)) for name in paths) or literal("$")
    asked_for = f"{found.format(every)} as found" if paths or "found" in broken else "null as found"
    values = "".join(f", found[{at}] as {column}" for at, column in enumerate(paths.values(), start=1))
    return f"select row, {broken} as broken{values}{given} from (select *, {asked_for} from piece) as asked"


def with_absent(asked: Asked, records: pa.Table) -> pa.Table:
    """The records, with columns that they might have had, and have not."""
    for name in asked.absent.values():
        records = records.append_column(name, pa.nulls(len(records), pa.string()))
    return records


def completed(made: pa.Table, records: pa.Table, given: Mapping[str, str]) -> pa.Table:
    """What was made of records, with columns of theirs that are as they were, by their new names."""
    if not given:
        return made
    places = _places(np.asarray(made.column("row")), np.asarray(records.column("row")))
    for name, column in given.items():
        values = records.column(column)
        made = made.append_column(name, values if places is None else values.take(whole_numbers(places)))
    return made


def _places(rows: npt.NDArray[np.int64], of: npt.NDArray[np.int64]) -> npt.NDArray[np.int64] | None:
    """Where rows are among others; None: they are the same, in the same order."""
    if np.array_equal(rows, of):
        return None
    order = np.argsort(of)
    return order[np.searchsorted(of, rows, sorter=order)]


def whole_numbers(values: npt.NDArray[np.int64]) -> pa.Array:
    """Numbers as Arrow has them; its own way imports pandas first, which takes longer than a small file."""
    return pa.Array.from_buffers(pa.int64(), len(values), [None, pa.py_buffer(np.ascontiguousarray(values, np.int64))])


def plain_columns(records: pa.Table, columns: Collection[str]) -> frozenset[str]:
    """Of columns of text those whose values stand in JSON as they are."""
    return frozenset(name for name in columns if all(_is_plain(chunk) for chunk in records.column(name).chunks))


def _is_plain(texts: pa.Array) -> bool:
    if texts.null_count or texts.type != pa.string():
        return False
    letters, ends = _letters(texts)
    letters = letters[ends[0] : ends[-1]]
    return not bool(((letters < _FIRST_PRINTABLE) | (letters == _QUOTE) | (letters == _BACKSLASH)).any())


def tight_columns(records: pa.Table, columns: Collection[str]) -> frozenset[str]:
    """Of columns of text those of whose values none begins or ends with white space."""
    return frozenset(name for name in columns if all(_is_tight(chunk) for chunk in records.column(name).chunks))


def _is_tight(texts: pa.Array) -> bool:
    if texts.type != pa.string():
        return False
    letters, ends = _letters(texts)
    has_any = ends[1:] > ends[:-1]
    first, last = letters[ends[:-1][has_any]], letters[ends[1:][has_any] - 1]
    return not bool((first <= _FIRST_PRINTABLE).any() or (last <= _FIRST_PRINTABLE).any())


def _letters(texts: pa.Array) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int32]]:
    """The bytes of texts, and where each ends among them, after where the first begins."""
    _, ends, data = texts.buffers()
    if data is None or not len(texts):
        return np.zeros(0, np.uint8), np.zeros(len(texts) + 1, np.int32)
    return np.frombuffer(data, np.uint8), np.frombuffer(ends, np.int32)[texts.offset : texts.offset + len(texts) + 1]


class Remembered:
    """Makes columns of ours that come from few different values: of each value once, in all pieces of a file."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, made: Sequence[Made]) -> None:
        self._connection = connection
        self._made: dict[str, dict[int, Made]] = {}
        self._known: dict[str, tuple[pa.Array, pa.Table]] = {}
        self._has_few: dict[str, bool] = {}
        for at, each in enumerate(made):
            if each.column and not each.is_as_given:
                self._made.setdefault(each.column, {})[at] = each

    def add_to(self, records: pa.Table) -> tuple[pa.Table, frozenset[int]]:
        """The records, with such columns as `m0`, `m1` …; and which those are."""
        done: set[int] = set()
        for column, made in self._made.items():
            given = records.column(column)
            if not self._may_have_few(column, given):
                continue
            encoded = pc.dictionary_encode(given).combine_chunks()
            if len(encoded.dictionary) > _FEW * len(records):
                self._has_few[column] = False
                continue
            values = self._of(column, encoded.dictionary)
            for at in made:
                of_each = values.column(f"m{at}").combine_chunks().take(encoded.indices)
                records = records.append_column(f"m{at}", of_each)
            done |= made.keys()
        return records, frozenset(done)

    def _may_have_few(self, column: str, given: pa.ChunkedArray) -> bool:
        """Whether it is worth while to count the different values: as in the pieces before, else by the first ones."""
        first = given.slice(0, _LOOKED_AT)
        if column not in self._has_few and len(first) == _LOOKED_AT:
            self._has_few[column] = pc.count_distinct(first).as_py() <= _LOOKED_AT / 2
        return self._has_few.get(column, False)

    def _of(self, column: str, texts: pa.Array) -> pa.Table:
        """What is made of different texts."""
        known, values = self._known.get(column) or (texts.slice(0, 0), self._make(column, texts.slice(0, 0)))
        new = texts.filter(pc.invert(pc.is_in(texts, value_set=known)))
        if len(new) and len(known) > _REMEMBERED:
            return self._make(column, texts)
        if len(new):
            known, values = pa.concat_arrays([known, new]), pa.concat_tables([values, self._make(column, new)])
            self._known[column] = known, values.combine_chunks()
        return values.take(pc.index_in(texts, value_set=known))

    def _make(self, column: str, texts: pa.Array) -> pa.Table:
        self._connection.register(
            "different", pa.table({"place": whole_numbers(np.arange(len(texts))), "given": texts})
        )
        try:
            values = ", ".join(f"{each.of('given')} as m{at}" for at, each in self._made[column].items())
            found: pa.Table = self._connection.sql(f"select {values} from different order by place").to_arrow_table()
            return found
        finally:
            self._connection.unregister("different")
