"""Users are forgotten: nothing of them is left in anything that goldreel keeps, but how many records they had.

The order of steps is such that whoever is interrupted can begin again, with the same ids: what was done is done, and
`bronze.being_forgotten` says what is not. First the ledger says who is forgotten, by a hash; from then on nothing of
them is stored any more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from goldreel.amend.persons import (
    Found,
    Names,
    chosen,
    files_of,
    find_records,
    is_theirs,
    keys_at_work,
    keys_of,
    session_keys_at_work,
)
from goldreel.amend.searching import Search, clean_files, search
from goldreel.amend.wiping import delete_counted, wipe
from goldreel.engines import Engine
from goldreel.engines.base import Since
from goldreel.errors import UsageError
from goldreel.loading.contract import (
    BEING_FORGOTTEN,
    FORGOTTEN_RECORDS,
    FORGOTTEN_USERS,
    LOADS,
    REJECTED_RECORDS,
    USERS,
    VIEWING_SESSIONS,
)
from goldreel.loading.forgotten import Forgotten, make_salt, who_is_forgotten
from goldreel.loading.ledger import FORGOTTEN, now, record_amendment, record_forgotten

_TOLD = 5  # unknown users that are named
_KEPT_IN = (USERS.table, VIEWING_SESSIONS.table)
REASON = "asked to be forgotten"


class OfLoad(NamedTuple):
    """How many records of a load are to be forgotten, and how many texts that could not be read as one."""

    load_id: int
    entity: str
    source_file: str
    sha256: str
    records: int
    not_readable: int


@dataclass(frozen=True)
class Plan:
    """What is to be forgotten.

    Attributes:
        files: load, name and fingerprint of the files that brought the records.
        is_unfinished: whether it was begun before, and interrupted.
    """

    found: Found
    files: list[tuple[int, str, str]]
    is_unfinished: bool

    def loads(self) -> list[OfLoad]:
        """What of each file is concerned."""
        counts = self.found.counts()
        return [
            OfLoad(load_id, entity, name, sha256, loaded, rejected)
            for load_id, name, sha256 in self.files
            for entity, loaded, rejected in [counts[load_id]]
        ]


@dataclass
class Erased:
    """What was done.

    Attributes:
        hashes: of the users.
        rows: that went, or lost a text, by where they were.
        built: whether the build without them passed; None: nothing was built before, or one that passed stands.
        not_done: what the engine could not do, in one sentence.
    """

    hashes: tuple[str, ...]
    plan: Plan
    rows: dict[str, int] = field(default_factory=dict)
    built: bool | None = None
    version: int | None = None
    not_done: str = ""
    search: Search = field(default_factory=Search)


def plan_forgetting(engine: Engine, user_ids: Sequence[str]) -> Plan:
    """Find what is to be forgotten; changes nothing.

    Raises:
        UsageError: no user is named; one is unknown, or was forgotten already.
        RightMissing: forgetting people takes a right that is not there.
    """
    engine.check_may_forget()
    keys = keys_of(user_ids)
    forgotten, unfinished = who_is_forgotten(engine), unfinished_hashes(engine)
    found = find_records(engine, keys)
    there = {record.user_key for record in found.records}
    begun = {key for key in keys if forgotten and forgotten.hash_of(key) in unfinished}
    missing = [key for key in keys if key not in there and key not in begun]
    if missing:
        told = ", ".join(map(repr, missing[:_TOLD]))
        more = f" and {len(missing) - _TOLD} more" if len(missing) > _TOLD else ""
        before = all(forgotten.has(key) for key in missing) if forgotten else False
        raise UsageError(
            f"{'Forgotten already' if before else 'There is no record of'}: {told}{more}; nothing was changed.",
            where=engine.location,
            remedy="leave them out"
            if before
            else "write ids as they were delivered, capitals included, or leave them out",
        )
    return Plan(found, files_of(engine, found), bool(begun))


def unfinished_hashes(engine: Engine) -> set[str]:
    """Of users whose forgetting was begun, and is not done."""
    if not engine.has_table(BEING_FORGOTTEN.schema, BEING_FORGOTTEN.name):
        return set()  # of an earlier goldreel
    found = engine.execute(f"select pseudonym from {BEING_FORGOTTEN} where load_id is null and user_key is null").rows
    return {row[0] for row in found}


def forget(
    engine: Engine,
    user_ids: Sequence[str],
    reason: str,
    build: Callable[[], bool | None],
    publish: Callable[[], int | None],
    since: Callable[[int, int], Since | None] = lambda build_id, version: None,
) -> Erased:
    """Forget users. The ledger must have been prepared; nobody else works on the warehouse meanwhile.

    Args:
        build: makes a build without their records, if one is due, and says whether it passed.
        publish: publishes that one if it may be, and says as which version.
        since: how the build of this number differs from what was published as that version.

    Raises:
        UsageError: see `plan_forgetting`; nothing was changed.
    """
    plan = plan_forgetting(engine, user_ids)
    if Names(engine, plan.found.user_keys)(reason):
        raise UsageError(
            "The reason names a user who is to be forgotten, and it is kept; nothing was changed.",
            where="--reason",
            remedy="say why without a name",
        )
    forgotten = Forgotten(make_salt(engine.home), frozenset())
    _begin(engine, plan.found, forgotten, reason)
    keys, sessions = keys_at_work(engine), session_keys_at_work(engine)
    erased = Erased(tuple(map(forgotten.hash_of, keys)), plan)
    erased.rows |= _take_out(engine)
    erased.built = build()
    erased.rows |= wipe(engine)
    erased.version = publish() if erased.built else None
    _clean_copies(engine, erased, since)
    engine.delete_rows(BEING_FORGOTTEN.schema, BEING_FORGOTTEN.name, "load_id is not null or user_key is not null")
    erased.not_done = engine.leave_no_traces()
    erased.rows |= clean_files(engine.home, keys)
    erased.search = search(engine, keys, sessions)
    if not erased.search.found:
        done = ", ".join(f"'{each}'" for each in erased.hashes)
        engine.delete_rows(BEING_FORGOTTEN.schema, BEING_FORGOTTEN.name, f"pseudonym in ({done})")
    return erased


def _begin(engine: Engine, found: Found, forgotten: Forgotten, reason: str) -> None:
    """Note who is forgotten, by hash, and what is to go."""
    there = set(engine.execute(f"select load_id, source_row, user_key, pseudonym from {BEING_FORGOTTEN}").rows)
    places = {(load_id, row) for load_id, row, _, _ in there if load_id is not None}
    rows: list[dict[str, object]] = [
        {
            "load_id": record.place[0],
            "source_row": record.place[1],
            "entity": record.entity,
            "user_key": record.user_key,
            "record_key": record.key,
            "pseudonym": None if record.shared or not record.key else _pseudonym(forgotten, record.entity, record.key),
        }
        for record in found.records
        if record.place not in places
    ]
    hashes = {key: forgotten.hash_of(key) for key in found.user_keys}
    at_work: list[dict[str, object]] = [
        {"entity": USERS.name, "user_key": user_key, "pseudonym": user_hash}
        for key, user_hash in hashes.items()
        for user_key in (None, key)
        if (None, None, user_key, user_hash) not in there
    ]
    known = {row[0] for row in engine.execute(f"select user_hash from {FORGOTTEN_USERS}").rows}
    new = [{"user_hash": each, "forgotten_at": now()} for each in hashes.values() if each not in known]
    with engine.transaction():
        _append(engine, [*at_work, *rows])
        if new or rows:
            record_amendment(engine, FORGOTTEN, None, len(rows), reason.strip() or REASON)
        if new:
            engine.append(FORGOTTEN_USERS, FORGOTTEN_USERS.of_rows(new))


def _pseudonym(forgotten: Forgotten, entity: str, key: str) -> str:
    return f"forgotten-{forgotten.hash_of(key, entity)[:24]}"


def _append(engine: Engine, rows: Sequence[dict[str, object]]) -> None:
    if rows:
        engine.append(BEING_FORGOTTEN, BEING_FORGOTTEN.of_rows(rows))


def _take_out(engine: Engine) -> dict[str, int]:
    """Delete the records from bronze, and count by load what is not there any more."""
    gone: dict[str, int] = {}
    with engine.transaction():
        for table in (*_KEPT_IN, REJECTED_RECORDS):
            load, row = ("load_id", "source_row") if table is REJECTED_RECORDS else ("_load_id", "_source_row")
            if count := delete_counted(engine, table, is_theirs(table.name, load, row)):
                gone[str(table)] = count
        _count(engine)
    return gone


def _count(engine: Engine) -> None:
    """Note how many records of each load concerned are gone: as many as it recorded, and are not counted or there."""
    found = engine.execute(f"select distinct load_id from {BEING_FORGOTTEN} where load_id is not null").rows
    loads = sorted(int(row[0]) for row in found)
    there = {
        "loaded": {
            load: count
            for table in _KEPT_IN
            for load, count in chosen(
                engine,
                f"select _load_id, count(*) from {table} where _load_id in ({{}}) group by _load_id".format,
                loads,
            )
        },
        "rejected": dict(
            chosen(
                engine,
                f"select load_id, count(*) from {REJECTED_RECORDS} where load_id in ({{}}) group by load_id".format,
                loads,
            )
        ),
    }
    counted = {
        row[0]: row[1:]
        for row in chosen(
            engine,
            f"select load_id, sum(records_loaded), sum(records_rejected) from {FORGOTTEN_RECORDS} "
            f"where load_id in ({{}}) group by load_id".format,
            loads,
        )
    }
    recorded = "load_id, entity, records_loaded, records_rejected"
    for load_id, entity, loaded, rejected in chosen(
        engine, f"select {recorded} from {LOADS} where load_id in ({{}})".format, loads
    ):
        before = counted.get(load_id, (0, 0))
        missing = [
            int(recorded) - int(there[what].get(load_id, 0)) - int(already)
            for what, recorded, already in zip(("loaded", "rejected"), (loaded, rejected), before, strict=True)
        ]
        if any(missing):
            record_forgotten(engine, int(load_id), entity, *missing)


def _clean_copies(engine: Engine, erased: Erased, since: Callable[[int, int], Since | None]) -> None:
    """Take the records out of all versions but the one that was just published, which the others are made from."""
    for version, opened in list(engine.copies()):
        if version == erased.version:
            continue
        how = None
        if erased.version is not None:
            with opened as copy:
                build_id = copy.execute("select build_id from publication").rows[0][0]
            how = since(int(build_id), erased.version)
        engine.clean_copy(version, partial(_wipe_copy, engine, version, erased.rows), how)


def _wipe_copy(engine: Engine, version: int, rows: dict[str, int], copy: Engine) -> None:
    """Take the records out of a version that readers have apart from the warehouse."""
    copy.create_missing([BEING_FORGOTTEN])
    _append(copy, engine.read(BEING_FORGOTTEN.schema, BEING_FORGOTTEN.name).to_pylist())
    rows |= {f"version {version}, {name}": count for name, count in wipe(copy, engine).items()}
    copy.execute(f"drop table {BEING_FORGOTTEN}")
