"""Whether the paths that a source asks for are in the records: by the types of a file, or as its records are read.

A path that no record has, and that contradicts a record (an object without that name, a text where an object should
be), is misspelt or belongs to another file. Where every record has null, or a list that is too short, on the way to it,
nothing is told of it either way: it would be null however it is written.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb
import pyarrow as pa

from goldreel.errors import FileRefused
from goldreel.sources.paths import as_path, json_path_of, steps
from goldreel.sources.shapes import literal

_FIRST, _EXAMPLES, _NAMES_TOLD = 500, 100, 500  # records looked at first; for their names; characters of those


def leads(kind: pa.DataType | None, path: Sequence[str | int]) -> bool | None:
    """Whether a path leads from a value of a type to another; None: only the records can tell.

    Args:
        kind: the type; None: a plain one.
    """
    if not path:
        return True
    if kind is None:
        return False
    if isinstance(kind, pa.BaseExtensionType):
        return None if kind.extension_name == "arrow.json" else leads(kind.storage_type, path)
    if pa.types.is_null(kind):
        return True
    if pa.types.is_dictionary(kind) or pa.types.is_run_end_encoded(kind):
        return leads(kind.value_type, path)
    step, rest = path[0], path[1:]
    if pa.types.is_struct(kind):
        names = [kind.field(at).name for at in range(kind.num_fields)]
        return leads(kind.field(names.index(step)).type, rest) if step in names else False
    if pa.types.is_map(kind):  # its names are those of the records
        return False if isinstance(step, int) or leads(kind.item_type, rest) is False else None
    if pa.types.is_union(kind):
        return None
    is_list = pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    return leads(kind.value_type, rest) if is_list and isinstance(step, int) else False


def names_beside(kinds: Mapping[str, pa.DataType | None], path: Sequence[str | int]) -> tuple[str, list[str]]:
    """Where a path leaves the columns of a file, and the names that are there."""
    if path[0] not in kinds:
        return "", [as_path([name]) for name in kinds]
    kind = kinds[str(path[0])]
    for at, step in enumerate(path[1:], start=1):
        while isinstance(kind, pa.BaseExtensionType):
            kind = kind.storage_type
        place = as_path(path[:at])
        if kind is None or leads(kind, [step]) is False:
            is_struct = kind is not None and pa.types.is_struct(kind)
            names = [kind.field(child).name for child in range(kind.num_fields)] if kind and is_struct else []
            return place, [as_path([*path[:at], name]) for name in names]
        kind = _below(kind, step)
    return as_path(path), []


def _below(kind: pa.DataType, step: str | int) -> pa.DataType | None:
    if pa.types.is_struct(kind):
        return kind.field(str(step)).type
    if pa.types.is_map(kind):
        return kind.item_type
    return getattr(kind, "value_type", None)


def missing(
    path: str, found: str, place: str, beside: tuple[str, Sequence[str]], *, is_column: bool = True
) -> FileRefused:
    """The refusal of a file that does not have what the source reads.

    Args:
        found: the file.
        place: where the source asks for it.
        beside: where the path leaves what is there (empty: at the top), and what is there.
        is_column: of a file with columns, not of records that are made as they like.
    """
    level, names = beside
    near = difflib.get_close_matches(path, names, n=1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    what = f"The file has no column {path!r}" if is_column else f"No record of the file has {path!r}"
    told = f"{level or 'the file'} has: {', '.join(names)[:_NAMES_TOLD]}" if names else f"{level} has nothing below it"
    return FileRefused(
        f"{what}, which the source reads.",
        where=f"{found} (asked for in {place})",
        remedy=f"correct the source{hint}, or deliver the file as it is said there; where only some files have it, say "
        f"`optional: [{_as_yaml(path)}]` in its `format`; {told}",
    )


def _as_yaml(path: str) -> str:
    """A path as an element of a list in YAML."""
    return path if re.fullmatch(r"[\w$][\w$. -]*", path) else "'" + path.replace("'", "''") + "'"


@dataclass
class _Path:
    """What is known of a path so far."""

    name: str
    place: str
    steps: list[str | int]
    contradicted: bool = False
    level: str = ""
    names: dict[str, None] = field(default_factory=dict)


class Presence:
    """Watches for paths while the records of a file are read.

    Args:
        paths: each, and where the source asks for it.
    """

    def __init__(self, found: str, paths: Mapping[str, str], connection: duckdb.DuckDBPyConnection) -> None:
        self._found, self._connection = found, connection
        self._open = [_Path(name, place, steps(name)) for name, place in paths.items()]

    def look(self, records: pa.Table) -> None:
        """Look at a piece: `record`, a JSON text, and in `broken` why it is none."""
        if self._open:
            self._look(records.slice(0, _FIRST))
        if self._open and len(records) > _FIRST:
            self._look(records.slice(_FIRST))

    def _look(self, records: pa.Table) -> None:
        prefixes = [prefix for path in self._open for prefix in _prefixes(path.steps)]
        kinds = f"json_type(record, [{', '.join(map(literal, prefixes))}])"
        measures, position = [], 1
        for path in self._open:
            has = f"kinds[{position + len(path.steps)}] is not null"
            against = _contradiction(path.steps, position)
            measures.append(f"bool_or({has}), bool_or({against}), (list(record order by row) filter ({against}))")
            position += len(path.steps) + 1
        examples = ", ".join(f"{each}[:{_EXAMPLES}]" if "list(" in each else each for each in measures)
        self._connection.register("piece", records.select(["row", "record", "broken"]))
        try:
            row = self._connection.execute(
                f"select {examples} from (select row, record, {kinds} as kinds from piece where broken is null)"
            ).fetchall()[0]
        finally:
            self._connection.unregister("piece")
        still = []
        for at, path in enumerate(self._open):
            has, against, examples_of = row[3 * at : 3 * at + 3]
            if has:
                continue
            if against and not path.contradicted:
                path.contradicted = True
                path.level, path.names = _seen_beside(path.steps, examples_of)
            still.append(path)
        self._open = still

    def refuse_missing(self) -> None:
        """At the end of the file.

        Raises:
            FileRefused: no record had a path, and some are made otherwise.
        """
        for path in self._open:
            if path.contradicted:
                raise missing(path.name, self._found, path.place, (path.level, list(path.names)), is_column=False)


def _prefixes(path: Sequence[str | int]) -> Iterable[str]:
    """The record, then what each step of a path leads to."""
    return (json_path_of(path[:length]) for length in range(len(path) + 1))


def _contradiction(path: Sequence[str | int], position: int) -> str:
    """Whether a record is made otherwise than a path says: where it leaves the record, a name is missing."""
    cases = []
    for at, step in enumerate(path):
        may_be = "'NULL', 'ARRAY'" if isinstance(step, int) else "'NULL'"
        above, here = f"kinds[{position + at}]", f"kinds[{position + at + 1}]"
        cases.append(f"({here} is null and {above} not in ({may_be}))")
    return f"({' or '.join(cases)})"


def _seen_beside(path: Sequence[str | int], records: Sequence[str]) -> tuple[str, dict[str, None]]:
    """Where records leave a path, the deepest of these places, and the names that are there."""
    deepest, names = -1, dict[str, None]()
    for record in records:
        value: Any = json.loads(record)
        for at, step in enumerate(path):
            is_there = step in value if isinstance(value, dict) else False
            if isinstance(step, int):
                is_there = isinstance(value, list) and step < len(value)
            if is_there:
                value = value[step]
                continue
            if value is not None and at >= deepest:
                names = names if at == deepest else {}
                deepest = at
                if isinstance(value, dict):
                    names |= dict.fromkeys(as_path([*path[:at], name]) for name in value)
            break
    return as_path(path[: max(deepest, 0)]), names
