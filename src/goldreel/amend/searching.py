"""Looks for persons in everything that goldreel keeps, after they were forgotten."""

from __future__ import annotations

import json
import mmap
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from goldreel.amend.persons import Names, may_mention, spelled
from goldreel.engines import Engine
from goldreel.engines.erasing import StoredTable
from goldreel.loading.contract import BEING_FORGOTTEN, USERS, VIEWING_SESSIONS
from goldreel.scratch import remove_left, remove_left_in

_OF_USERS = ("user_id", "before_user_id", "after_user_id")
_DOCUMENTS = {
    *("raw", "reason", "_extra", "_source_record", "example", "observed", "expected"),
    *("what", "place", "remedy", "declaration", "failures", "why_in_full", "made_of", "text"),
}
_DATABASES = (".duckdb",)
_CACHES = ("dbt/**/*", "spark/scratch/**/*")  # files that can go
_LOGS = "spark/*.log"  # which Java has open, and who works on the warehouse has locked
_PARAMETERS = 2_000  # of a statement: SQL Server takes 2,100
_SHORT = 3  # characters of an id that any file may hold by chance


@dataclass
class Search:
    """What was looked through, and what was found.

    Attributes:
        tables: with where they are.
        found: where a person's id, or the id of a session of theirs, still is.
        elsewhere: where the same text stands, and is something else.
        unread: databases that are none of goldreel's, or of another engine, and were not looked into.
    """

    tables: int = 0
    rows: int = 0
    files: int = 0
    bytes: int = 0
    found: dict[str, int] = field(default_factory=dict)
    elsewhere: dict[str, int] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)


def search(engine: Engine, users: Sequence[str], sessions: Sequence[str]) -> Search:
    """Look for users and their sessions in every table, every version for readers, and every other file."""
    done = Search()
    names = Names(engine, users)
    _search_tables(done, engine, names, sessions, "")
    for table in (USERS.table, VIEWING_SESSIONS.table):
        if theirs := spelled(engine, str(table), "user_id", set(users)):
            done.found[f"{table}.user_id"] = len(theirs)
    for version, opened in engine.copies():
        with opened as copy:
            _search_tables(done, copy, names, sessions, f"version {version}, ")
    ours = {file.absolute() for file in engine.database_files()}
    for file in sorted(engine.home.rglob("*")):
        if file.is_symlink() or not file.is_file():
            continue
        done.files += 1
        done.bytes += file.stat().st_size
        if file.suffix in _DATABASES:
            done.unread += [str(file)] if file.absolute() not in ours else []
        elif count := _times_in(file, users):
            place = done.elsewhere if all(map(_is_common, users)) else done.found
            place[str(file)] = count
    return done


def clean_files(home: Path, users: Sequence[str]) -> dict[str, int]:
    """Delete or empty caches and logs that name a person, and delete whatever killed processes left.

    The tables of a Spark within this machine lie in the same folder, and are no such files.
    """
    telling = [key for key in users if not _is_common(key)]
    gone = {str(path): 1 for path in (*remove_left(), *remove_left_in(home))}
    caches = {file for pattern in _CACHES for file in home.glob(pattern)}
    for file in sorted(caches.union(home.glob(_LOGS))):
        if file.is_file() and not file.is_symlink() and _times_in(file, telling):
            if file in caches:
                file.unlink()
            else:
                os.truncate(file, 0)
            gone[str(file)] = 1
    return gone


def _is_common(key: str) -> bool:
    return key.isdigit() or len(key) < _SHORT


def _search_tables(done: Search, engine: Engine, names: Names, sessions: Sequence[str], prefix: str) -> None:
    for table in engine.stored_tables():
        done.tables += 1
        rows = int(engine.execute(f"select count(*) from {table}").rows[0][0])
        done.rows += rows
        if not rows or str(table) == str(BEING_FORGOTTEN):
            continue
        for column, count in _in_columns(engine, table, names, sessions):
            is_id = column in (*_OF_USERS, "session_id", "record_key") or column in _DOCUMENTS
            place = done.found if is_id else done.elsewhere
            place[f"{prefix}{table}.{column}"] = place.get(f"{prefix}{table}.{column}", 0) + count


def _in_columns(engine: Engine, table: StoredTable, names: Names, sessions: Sequence[str]) -> Iterator[tuple[str, int]]:
    for column in table.texts:
        if column in _DOCUMENTS:
            name = engine.quoted(column)
            found = engine.execute(f"select {name} from {table} where {may_mention(name, names.keys)}").rows
            if count := sum(names(row[0]) for row in found):
                yield column, count
    for wanted, condition in _conditions(table, names.keys, sessions):
        columns = [column for column, _ in condition]
        at_once = max(1, _PARAMETERS // len(columns))
        for start in range(0, len(wanted), at_once):
            some = list(wanted[start : start + at_once])
            marks = ", ".join("?" * len(some))
            counts = engine.counts(
                table, [f"{engine.quoted(column)} in ({marks}){also}" for column, also in condition], some
            )
            yield from ((name, count) for name, count in zip(columns, counts, strict=True) if count)


def _conditions(
    table: StoredTable, users: Sequence[str], sessions: Sequence[str]
) -> list[tuple[Sequence[str], list[tuple[str, str]]]]:
    """Which columns are compared with which ids, and what else must hold."""
    of_users, of_sessions = [], []
    for column in table.texts:
        if column == "session_id":
            of_sessions.append((column, ""))
        elif column == "record_key" and "entity" in table.columns:
            of_users.append((column, f" and entity = '{USERS.name}'"))
            of_sessions.append((column, f" and entity = '{VIEWING_SESSIONS.name}'"))
        elif column not in _DOCUMENTS:
            of_users.append((column, ""))
    return [(wanted, condition) for wanted, condition in ((users, of_users), (sessions, of_sessions)) if condition]


def _times_in(file: Path, users: Sequence[str]) -> int:
    """How often users are named in a file, in the encodings that programs write, as whole words."""
    if not file.stat().st_size or not users:
        return 0
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return sum(_times_among(data, spelling) for key in users for spelling in spellings(key))


def spellings(key: str) -> set[bytes]:
    """A text as bytes: plain, in UTF-16, and as JSON writes it."""
    in_json = {json.dumps(key)[1:-1].encode(), json.dumps(key, ensure_ascii=False)[1:-1].encode()}
    return {key.encode(), key.encode("utf-16-le"), key.encode("utf-16-be")} | in_json


def _times_among(data: mmap.mmap, wanted: bytes) -> int:
    times, at = 0, data.find(wanted)
    while at >= 0:
        end = at + len(wanted)
        before, behind = data[max(0, at - 2) : at].rstrip(b"\0"), data[end : end + 2].lstrip(b"\0")  # also of UTF-16
        if not (_goes_on(before[-1:]) or _goes_on(behind[:1])):
            times += 1
        at = data.find(wanted, at + 1)
    return times


def _goes_on(byte: bytes) -> bool:
    return byte.isalnum() or byte in (b"_", b"-") or byte >= b"\x80"
