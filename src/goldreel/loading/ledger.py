"""The ledger: which file versions are in bronze, and which were refused.

A load exists when its row in `bronze.loads` exists. The row is written last, so a load that was cut off anywhere
leaves at most rows without a ledger row, and those are swept before the next load.
"""

from __future__ import annotations

import getpass
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from goldreel.engines.base import Column, Engine, Table
from goldreel.errors import FileRefused
from goldreel.loading.contract import (
    BRONZE_TABLES,
    FORGOTTEN_RECORDS,
    LOADS,
    OF_LOADS,
    OPTIONAL_COLUMNS,
    Declaration,
    DeliveredFile,
    Entity,
)
from goldreel.loading.source import Carried, Origin
from goldreel.names import readable

REFUSED_FILES = Table(
    "ops",
    "refused_files",
    (
        Column("refused_at", "timestamp"),
        Column("entity", "text"),
        Column("source_file", "text"),
        Column("what", "document"),
        Column("place", "document"),
        Column("remedy", "document"),
    ),
)

DECLARATIONS = Table(
    "ops",
    "load_declarations",
    (
        Column("load_id", "bigint"),
        Column("name", "text"),
        Column("sha256", "text"),
        Column("declaration", "document"),
        Column("thresholds", "document"),
    ),
    load_column="load_id",
)
"""What said how the records of a load were made, where somebody made them of another file."""


LOADED, WITHDRAWN = "loaded", "withdrawn"
"""What a load's row says of it: whether its records count."""

FORGOTTEN = "forgotten"
"""The kind of an amendment by which users were forgotten."""


AMENDMENTS = Table(
    "bronze",
    "amendments",
    (
        Column("amendment_id", "bigint"),
        Column("kind", "text"),
        Column("load_id", "bigint"),
        Column("records", "bigint"),
        Column("reason", "document"),
        Column("amended_by", "text"),
        Column("amended_at", "timestamp"),
    ),
)
"""What was changed of loads that were there: withdrawn, repaired, forgotten. It only grows."""


class Amendment(NamedTuple):
    """A row of `bronze.amendments`.

    Attributes:
        kind: `withdrawn`, `repaired` or `forgotten`.
        load_id: the load that was withdrawn, or that brought the repairs; none of what was forgotten.
        records: how many it concerns.
    """

    amendment_id: int
    kind: str
    load_id: int | None
    records: int
    reason: str | None
    amended_by: str
    amended_at: datetime


class Load(NamedTuple):
    """A row of `bronze.loads`; times are UTC."""

    load_id: int
    entity: str
    source_file: str
    sha256: str
    bytes: int
    records_delivered: int
    records_loaded: int
    records_rejected: int
    status: str
    started_at: datetime
    finished_at: datetime


def load_of(origin: Origin, entity: Entity, sha256: str, size: int, carried: Carried) -> Load:
    """The row of a load whose records are all in bronze, as of now; those of forgotten users count as delivered."""
    loaded, rejected = carried.loaded + carried.kept_out, carried.rejected + carried.kept_out_rejected
    counts = (loaded + rejected, loaded, rejected)
    return Load(origin.load_id, entity.name, origin.source_file, sha256, size, *counts, LOADED, origin.loaded_at, now())


def now() -> datetime:
    """The present moment in UTC, as the ledger keeps times: without a zone."""
    return datetime.now(UTC).replace(tzinfo=None)


def prepare(engine: Engine) -> None:
    """Create the bronze tables that are missing, and sweep what a load that was cut off left behind."""
    engine.create_missing([*BRONZE_TABLES, REFUSED_FILES, DECLARATIONS, AMENDMENTS])
    sweep(engine)


def sweep(engine: Engine) -> None:
    """Delete rows of loads that have no row in the ledger."""
    engine.keep_loads([*OF_LOADS, DECLARATIONS], f"select load_id from {LOADS}")


def find_load(engine: Engine, entity: Entity, sha256: str) -> Load | None:
    """The load of this file version, if there is one that counts: what was withdrawn may come again."""
    return find_loads(engine, entity, [sha256]).get(sha256)


def find_loads(engine: Engine, entity: Entity, sha256: Iterable[str]) -> dict[str, Load]:
    """The loads of these file versions that count, by fingerprint."""
    asked = sorted(set(sha256))
    if not asked:
        return {}
    columns, places = ", ".join(Load._fields), ", ".join("?" * len(asked))
    found = engine.execute(
        f"select {columns} from {LOADS} where entity = ? and sha256 in ({places}) and status <> '{WITHDRAWN}'",
        [entity.name, *asked],
    )
    return {load.sha256: load for load in (Load(*row) for row in reversed(found.rows))}


def declaration_of(engine: Engine, load_id: int) -> Declaration | None:
    """What said how the records of a load were made."""
    return declarations_of(engine, [load_id]).get(load_id)


def declarations_of(engine: Engine, load_ids: Sequence[int]) -> dict[int, Declaration]:
    """The same of several loads; of those that nothing said it of, nothing."""
    if not load_ids:
        return {}
    columns, listed = "load_id, name, sha256, declaration, thresholds", ", ".join(map(str, load_ids))
    found = engine.execute(f"select {columns} from {DECLARATIONS} where load_id in ({listed})")
    return {row[0]: Declaration(*row[1:]) for row in found.rows}


def keep_declaration(engine: Engine, load_id: int, declaration: Declaration) -> None:
    """Keep what says how the records of a load were made. Called before the load is visible."""
    name, sha256, text, thresholds = declaration
    row = {"load_id": load_id, "name": name, "sha256": sha256, "declaration": text, "thresholds": thresholds}
    engine.append(DECLARATIONS, DECLARATIONS.of_rows([row]))


def keep_optional_columns(engine: Engine, load_id: int, columns: Sequence[str]) -> None:
    """Keep what a load need not have values for, by its declaration. Called before the load is visible."""
    rows = [{"load_id": load_id, "column_name": name} for name in columns]
    engine.append(OPTIONAL_COLUMNS, OPTIONAL_COLUMNS.of_rows(rows))


def last_load_id(engine: Engine) -> int:
    """The highest load that exists, 0 before the first one. The ledger must be there."""
    return int(engine.execute(f"select coalesce(max(load_id), 0) from {LOADS}").rows[0][0])


def last_amendment(engine: Engine) -> int:
    """The number of the last amendment, 0 before the first one."""
    if not engine.has_table(AMENDMENTS.schema, AMENDMENTS.name):
        return 0  # of an earlier goldreel
    return int(engine.execute(f"select coalesce(max(amendment_id), 0) from {AMENDMENTS}").rows[0][0])


def amendments(engine: Engine) -> list[Amendment]:
    """All of them, newest first."""
    if not engine.has_table(AMENDMENTS.schema, AMENDMENTS.name):
        return []  # of an earlier goldreel
    columns = ", ".join(Amendment._fields)
    found = engine.execute(f"select {columns} from {AMENDMENTS} order by amendment_id desc")
    return [Amendment(*row) for row in found.rows]


def record_amendment(engine: Engine, kind: str, load_id: int | None, records: int, reason: str) -> None:
    """Note an amendment: who, when and why. The ledger must have been prepared."""
    row = {
        "amendment_id": last_amendment(engine) + 1,
        "kind": kind,
        "load_id": load_id,
        "records": records,
        "reason": reason,
        "amended_by": who(),
        "amended_at": now(),
    }
    engine.append(AMENDMENTS, AMENDMENTS.of_rows([row]))


def who() -> str:
    """The user of the system who runs this."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a user without a name, in a container
        return "unknown"


def next_load_id(engine: Engine) -> int:
    """One more than the highest load that exists: later loads have higher numbers."""
    return last_load_id(engine) + 1


def record_load(engine: Engine, load: Load) -> None:
    """Make a load visible. Called when all its rows are in bronze."""
    record_loads(engine, [load])


def record_loads(engine: Engine, loads: Sequence[Load]) -> None:
    """Make loads visible, all at once."""
    engine.append(LOADS, LOADS.of_rows([load._asdict() for load in loads]))


def record_forgotten(engine: Engine, load_id: int, entity: str, loaded: int, rejected: int) -> None:
    """Count records of a load that are not stored, or not any more, because their user was forgotten."""
    engine.append(FORGOTTEN_RECORDS, FORGOTTEN_RECORDS.of_rows([of_forgotten(load_id, entity, loaded, rejected)]))


def of_forgotten(load_id: int, entity: str, loaded: int, rejected: int) -> dict[str, Any]:
    """The same, as a row."""
    return {"load_id": load_id, "entity": entity, "records_loaded": loaded, "records_rejected": rejected}


def record_refusal(engine: Engine, entity: Entity, file: DeliveredFile, refusal: FileRefused) -> None:
    """Keep the fact that a file was refused, for `goldreel status`."""
    record_refusals(engine, entity, [(file, refusal)])


def record_refusals(engine: Engine, entity: Entity, refused: Sequence[tuple[DeliveredFile, FileRefused]]) -> None:
    """The same of several files."""
    rows = []
    for file, refusal in refused:
        row = {
            "refused_at": now(),
            "entity": entity.name,
            "source_file": file.name,
            "what": refusal.what,
            "place": refusal.where,
            "remedy": refusal.remedy,
        }
        rows.append({name: readable(value) if isinstance(value, str) else value for name, value in row.items()})
    if rows:
        engine.append(REFUSED_FILES, REFUSED_FILES.of_rows(rows))
