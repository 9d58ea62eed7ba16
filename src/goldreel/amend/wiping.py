"""Takes a person's records out of all tables but bronze: what builds made of them, and what is kept of their changes.

The persons and their records are those of `bronze.being_forgotten`. Done again, it changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from goldreel.amend.persons import AT_ONCE, SESSION_KEYS, USER_KEYS, Names, is_theirs, keys_at_work, may_mention
from goldreel.engines import Engine
from goldreel.engines.base import Column, Table
from goldreel.engines.erasing import StoredTable
from goldreel.loading.contract import BEING_FORGOTTEN, ENTITIES, FORGOTTEN_RECORDS, FORGOTTEN_USERS, LOADS, USERS

FORGOTTEN_TEXT = "(forgotten)"
"""What stands in the place of a text that named somebody who was forgotten."""

_NOT_OURS = {str(table) for table in (BEING_FORGOTTEN, FORGOTTEN_RECORDS, FORGOTTEN_USERS, LOADS)}
# Pairs of columns that name a record: by its load and its position in the file.
_PLACES = (("_load_id", "_source_row"), ("load_id", "source_row"), ("repair_load_id", "repair_source_row"))
# Texts about loads and files, by table: what tells a row from the others (whole numbers and plain names).
_TEXTS = {
    "amendments": ("amendment_id",),
    "load_acceptances": ("load_id", "accepted_by"),
    "load_checks": ("load_id", "check_name"),
    "load_declarations": ("load_id",),
}
# What no number needs of a person in changes: `personal_weights` of dbt/macros/rules/changes.sql leaves it out too.
PERSONAL = ("user_id", "watch_date", "country", "subscription_type", "device_type")


def wipe(engine: Engine, warehouse: Engine | None = None) -> dict[str, int]:
    """Take the records out of every table of a database.

    Args:
        warehouse: which knows other users, where the database is a version for readers.

    Returns:
        How many rows went, or lost a text, by table.
    """
    keys = keys_at_work(engine)
    names = Names(warehouse or engine, keys)
    gone: dict[str, int] = {}
    for table in engine.stored_tables():
        if str(table) in _NOT_OURS:
            continue
        count = 0
        if {"build_id", "entity", "record_key", "cause"} <= set(table.columns):
            count += _without_names(engine, table)
        else:
            count += sum(delete_counted(engine, table, condition) for condition in _conditions(table))
        if table.name in _TEXTS or table.name == "refused_files":
            count += _without_mention(engine, table, names)
        elif table.schema == "bronze" and table.name in {entity.name for entity in ENTITIES}:
            count += _without_mention_in_records(engine, table, names)
        if count:
            gone[str(table)] = count
    return gone


def _conditions(table: StoredTable) -> list[str]:
    """Which rows of a table are of the persons."""
    columns = set(table.columns)
    conditions = [is_theirs(table.name, load, row) for load, row in _PLACES if {load, row} <= columns]
    if "user_id" in columns:
        conditions.append(f"user_id in ({USER_KEYS})")
    elif "session_id" in columns:
        conditions.append(f"session_id in ({SESSION_KEYS})")
    return conditions


def delete_counted(engine: Engine, table: StoredTable | Table, condition: str) -> int:
    """Delete rows, and say how many those were."""
    count = int(engine.execute(f"select count(*) from {table} where {condition}").rows[0][0])
    if count:
        engine.delete_rows(table.schema, table.name, condition)
    return count


# --- changes ------------------------------------------------------------------------------------


def _without_names(engine: Engine, table: StoredTable) -> int:
    """Let changes of persons bear a pseudonym, and no more than the numbers that they weighed.

    The new rows are written before the old ones go: who is interrupted finds either, or both.
    """
    theirs = [  # one after the other: each is told by its column alone, all at once only by reading whole rows
        condition
        for condition in (
            f"entity = '{USERS.name}' and record_key in ({USER_KEYS})",
            f"before_user_id in ({USER_KEYS})",
            f"after_user_id in ({USER_KEYS})",
        )
        if engine.execute(f"select count(*) from {table} where {condition}").rows[0][0]
    ]
    if not theirs:
        return 0
    columns = ", ".join(table.columns)
    found = [engine.execute(f"select {columns} from {table} where {condition}").rows for condition in theirs]
    rows = list(dict.fromkeys(row for some in found for row in map(tuple, some)))  # an update is of both sides
    names = {
        (entity, key): pseudonym
        for entity, key, pseudonym in engine.execute(
            f"select entity, record_key, pseudonym from {BEING_FORGOTTEN} where record_key is not null"
        ).rows
    }
    keys = set(keys_at_work(engine))
    new = [_nameless(dict(zip(table.columns, row, strict=True)), names, keys) for row in rows]
    there = set()
    if not engine.has_transactions:  # then what an earlier try wrote may be there
        there = _written_before(engine, table, keys)
    new = [row for row in new if (row["build_id"], row["entity"], row["record_key"]) not in there]
    with engine.transaction():
        _append(engine, table, new)
        for condition in theirs:
            engine.delete_rows(table.schema, table.name, condition)
    return len(rows)


def _written_before(engine: Engine, table: StoredTable, keys: set[str]) -> set[tuple[Any, ...]]:
    """Changes that are nobody's any more, of the records that are meant: build, entity and key."""
    meant = f"select {{}} from {BEING_FORGOTTEN} where record_key is not null"
    found = engine.execute(
        f"select build_id, entity, record_key, before_user_id, after_user_id from {table} "
        f"where record_key in ({meant.format('record_key')}) or record_key in ({meant.format('pseudonym')})"
    ).rows
    return {
        (build_id, entity, key)
        for build_id, entity, key, *users in found
        if keys.isdisjoint(users) and not (entity == USERS.name and key in keys)
    }


def _nameless(row: dict[str, Any], names: dict[tuple[str, str], str | None], keys: set[str]) -> dict[str, Any]:
    for side in ("before", "after"):
        if row["entity"] == "users" or row[f"{side}_user_id"] in keys:
            row |= {f"{side}_{name}": None for name in PERSONAL}
    return row | {
        "record_key": names.get((row["entity"], row["record_key"])) or row["record_key"],
        "source_row": None,
    }


def _append(engine: Engine, table: StoredTable, rows: Sequence[dict[str, Any]]) -> None:
    kept = Table(table.schema, table.name, tuple(Column(name, "text") for name in table.columns))
    for start in range(0, len(rows), AT_ONCE):  # few at once: what is null in all of them has no type to send it as
        some = pa.Table.from_pylist(list(rows[start : start + AT_ONCE]))
        engine.append(kept, some.select(list(table.columns)).to_reader())


# --- texts --------------------------------------------------------------------------------------


def _without_mention(engine: Engine, table: StoredTable, names: Names) -> int:
    """Empty texts about loads and files that name a person."""
    found = engine.execute(f"select * from {table}")
    rows = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
    named = [row for row in rows if any(names(row[name]) for name in table.texts)]
    if not named:
        return 0
    if table.name not in _TEXTS:  # nothing tells its rows apart
        with engine.transaction():
            engine.delete_rows(table.schema, table.name, "1 = 1")
            _append(engine, table, [row for row in rows if row not in named])
        return len(named)
    for row in named:
        where = " and ".join(
            f"{name} = {row[name] if isinstance(row[name], int) else engine.literal(row[name])}"
            for name in _TEXTS[table.name]
        )
        emptied = {name: f"'{FORGOTTEN_TEXT}'" for name in table.texts if names(row[name])}
        engine.change_rows(table.schema, table.name, where, emptied)
    return len(named)


def _without_mention_in_records(engine: Engine, table: StoredTable, names: Names) -> int:
    """Empty values of extra columns, and of what other people's files delivered, that name a person in others' records.

    An id that is nothing but digits is left: it could be any number.
    """
    telling = Names(names.engine, [key for key in names.keys if not key.isdigit()])
    columns = [name for name in ("_extra", "_source_record") if name in table.columns]
    if not (telling.keys and columns):
        return 0
    conditions = " or ".join(may_mention(name, telling.keys) for name in columns)
    found = engine.execute(f"select _load_id, _source_row, {', '.join(columns)} from {table} where {conditions}")
    changed = 0
    for load_id, row, *documents in found.rows:
        new: dict[str, str] = {
            name: engine.literal(emptied)
            for name, document in zip(columns, documents, strict=True)
            if document and (emptied := _emptied(document, telling)) != document
        }
        if new:
            engine.change_rows(table.schema, table.name, f"_load_id = {load_id} and _source_row = {row}", new)
            changed += 1
    return changed


def _emptied(document: str, names: Names) -> str:
    """A JSON document in which values that name a person are null."""

    def without(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: without(each) for name, each in value.items()}
        if isinstance(value, list):
            return [without(each) for each in value]
        return None if names(value) else value

    try:
        read = json.loads(document)
    except ValueError:
        return json.dumps(FORGOTTEN_TEXT) if names(document) else document
    emptied = without(read)
    return document if emptied == read else json.dumps(emptied, ensure_ascii=False)
