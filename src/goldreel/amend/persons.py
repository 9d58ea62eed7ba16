"""Whose records are to be forgotten, and which those are."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from goldreel.engines import Engine
from goldreel.errors import UsageError
from goldreel.loading.contract import BEING_FORGOTTEN, ENTITIES, LOADS, REJECTED_RECORDS, REPAIRS, USERS
from goldreel.loading.contract import VIEWING_SESSIONS as SESSIONS
from goldreel.loading.forgotten import key_of, parts_of

Place = tuple[int, int]
"""A record: its load, and its position in the file."""

AT_ONCE = 500  # values in a condition

USER_KEYS = f"select user_key from {BEING_FORGOTTEN} where user_key is not null"
"""Whose records are being taken away."""

SESSION_KEYS = (
    f"select record_key from {BEING_FORGOTTEN} where entity = '{SESSIONS.name}' "
    "and record_key is not null and pseudonym is not null"
)
"""The keys of their sessions, but for those that others' sessions have too."""


@dataclass(frozen=True)
class Record:
    """A record that is to go.

    Attributes:
        user_key: the user whose it is.
        key: what the rules know it by; none where it has none, or could not be read.
        shared: whether records of others have the same key, and stay.
    """

    place: Place
    entity: str
    user_key: str
    key: str | None = None
    is_rejected: bool = False
    shared: bool = False


@dataclass(frozen=True)
class Found:
    """The records of persons.

    Attributes:
        user_keys: who they are, as the rules compare ids.
    """

    user_keys: tuple[str, ...]
    records: list[Record] = field(default_factory=list)

    def counts(self) -> dict[int, tuple[str, int, int]]:
        """By load: its entity, how many records it loaded of them, and how many could not be read."""
        counted: dict[int, tuple[str, int, int]] = {}
        for record in self.records:
            load_id = record.place[0]
            entity, loaded, rejected = counted.get(load_id, (record.entity, 0, 0))
            counted[load_id] = (entity, loaded + (not record.is_rejected), rejected + record.is_rejected)
        return counted


def keys_of(user_ids: Sequence[str]) -> tuple[str, ...]:
    """The users that are meant, each once.

    Raises:
        UsageError: none is named.
    """
    keys = tuple(dict.fromkeys(filter(None, map(key_of, user_ids))))
    if not keys:
        raise UsageError(
            "No user is named; nothing was changed.",
            where="goldreel forget",
            remedy="give ids of users, or --from FILE with one a line",
        )
    return keys


def find_records(engine: Engine, keys: Sequence[str]) -> Found:
    """Every record in bronze that is of these users.

    Theirs are the records with their id, what could not be read as a record and holds it, and, as a repair says whose
    record it mends, the originals of their repairs.
    """
    wanted = set(keys)
    records = {
        record.place: record
        for record in [
            *_of_entity(engine, USERS.name, wanted),
            *_of_entity(engine, SESSIONS.name, wanted),
            *_rejected(engine, wanted),
        ]
    }
    for record in _originals(engine, records):
        records.setdefault(record.place, record)
    shared = _shared_keys(engine, records)
    found = [
        Record(**{**vars(record), "shared": record.entity == SESSIONS.name and record.key in shared})
        for record in records.values()
    ]
    return Found(tuple(keys), sorted(found, key=lambda record: record.place))


def spelled(engine: Engine, table: str, column: str, wanted: set[str]) -> dict[str, str]:
    """How ids stand in a column of bronze, blanks included, and the keys that they are."""
    found = engine.execute(f"select distinct {column} from {table}").rows
    return {value: key for (value,) in found if (key := key_of(value)) in wanted}


def chosen(engine: Engine, query: Callable[[str], str], values: Sequence[str | int]) -> Iterator[tuple[Any, ...]]:
    """The rows of a query whose condition lists values, which are given a part at a time."""
    for start in range(0, len(values), AT_ONCE):
        some = values[start : start + AT_ONCE]
        yield from engine.execute(query(", ".join("?" * len(some))), list(some)).rows


def _of_entity(engine: Engine, entity: str, wanted: set[str]) -> Iterator[Record]:
    table, key = f"bronze.{entity}", "user_id" if entity == USERS.name else "session_id"
    spellings = spelled(engine, table, "user_id", wanted)
    columns = f"_load_id, _source_row, user_id, {key}"
    rows = chosen(engine, lambda marks: f"select {columns} from {table} where user_id in ({marks})", list(spellings))
    for load_id, row, user_id, record_key in rows:
        user_key = key_of(user_id)
        if user_key in wanted:  # a database may take more for the same than the rules do
            yield Record((int(load_id), int(row)), entity, user_key, key_of(record_key) or None)


def _rejected(engine: Engine, wanted: set[str]) -> Iterator[Record]:
    names = Names(engine, tuple(wanted))
    for load_id, row, entity, raw in engine.execute(
        f"select load_id, source_row, entity, raw from {REJECTED_RECORDS}"
    ).rows:
        if key := names.who(raw):
            yield Record((int(load_id), int(row)), entity, key, is_rejected=True)


@dataclass(frozen=True)
class Names:
    """Tells whether texts name users, and not only others whose ids hold the same words (`Ann` in `Ann Lee`).

    Attributes:
        engine: the warehouse, which knows the others.
    """

    engine: Engine
    keys: Sequence[str]

    def __call__(self, text: object) -> bool:
        return self.who(text) is not None

    def who(self, text: object) -> str | None:
        """The user that a text names, or one of them."""
        if not isinstance(text, str) or not self._may_be_in(text):
            return None
        parts = set(parts_of(text))
        if parts.isdisjoint(self.keys):
            return None
        others = _known(self.engine, parts - set(self.keys))
        return next((key for key in self.keys if key in _parts_without(text, key, others)), None)

    def _may_be_in(self, text: str) -> bool:
        """Hardly any text names one of them: that is to be seen at once."""
        return any(key in text or ('"' in key and '""' in text) or "\\" in text for key in self.keys)


def _parts_without(text: str, key: str, others: set[str]) -> set[str]:
    for other in sorted((other for other in others if key in other), key=len, reverse=True):
        text = text.replace(other, "\n")
    return set(parts_of(text))


def _known(engine: Engine, ids: set[str]) -> set[str]:
    """Those of the texts that are ids of users."""
    found: set[str] = set()
    for table in (USERS.table, SESSIONS.table):
        query = f"select distinct user_id from {table} where user_id in ({{}})"
        found |= {key_of(row[0]) for row in chosen(engine, query.format, sorted(ids))}
    return found


def _originals(engine: Engine, records: Mapping[Place, Record]) -> Iterator[Record]:
    names = {entity.name: entity.columns[0] for entity in ENTITIES}
    for load_id, row, entity, original_load, original_row in engine.execute(
        f"select load_id, source_row, entity, original_load_id, original_row from {REPAIRS}"
    ).rows:
        repair = records.get((int(load_id), int(row)))
        if repair is None:
            continue
        place = int(original_load), int(original_row)
        at = f"_load_id = {place[0]} and _source_row = {place[1]}"
        read = engine.execute(f"select {names[entity]} from bronze.{entity} where {at}").rows
        yield Record(place, entity, repair.user_key, key_of(read[0][0]) or None if read else None, is_rejected=not read)


def _shared_keys(engine: Engine, records: Mapping[Place, Record]) -> set[str]:
    """Keys of sessions of which others have records too."""
    keys = sorted({record.key for record in records.values() if record.entity == SESSIONS.name and record.key})
    query = f"select session_id, _load_id, _source_row from {SESSIONS.table} where session_id in ({{}})"
    return {
        key_of(key)
        for key, load_id, row in chosen(engine, query.format, keys)
        if (int(load_id), int(row)) not in records
    }


def files_of(engine: Engine, found: Found) -> list[tuple[int, str, str]]:
    """The files that brought the records: load, name and fingerprint."""
    loads = {record.place[0] for record in found.records}
    rows = engine.execute(f"select load_id, source_file, sha256 from {LOADS} order by load_id").rows
    return [(int(load_id), name, sha256) for load_id, name, sha256 in rows if load_id in loads]


def keys_at_work(engine: Engine) -> tuple[str, ...]:
    """Whose records are being taken away."""
    return tuple(sorted({row[0] for row in engine.execute(USER_KEYS).rows}))


def session_keys_at_work(engine: Engine) -> tuple[str, ...]:
    """The keys of their sessions, but for those that others' sessions have too."""
    return tuple(sorted({row[0] for row in engine.execute(SESSION_KEYS).rows}))


def is_theirs(table: str, load: str, row: str) -> str:
    """A condition that holds for rows of a table that name one of their records, by its load and its position."""
    return (
        f"exists (select 1 from {BEING_FORGOTTEN} as gone "
        f"where gone.load_id = {table}.{load} and gone.source_row = {table}.{row})"
    )


def may_mention(column: str, keys: Sequence[str]) -> str:
    """A condition that holds for every text that names one of the users, and for few others."""
    parts = {max(re.findall("[A-Za-z0-9]+", key) or [""], key=len) for key in keys}
    if "" in parts:
        return f"{column} is not null"
    likes = (f"{column} like '%{part}%'" for part in sorted(parts))
    return f"({' or '.join(likes)})"
