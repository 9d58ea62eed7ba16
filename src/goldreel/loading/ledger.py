"""The ledger: which file versions are in bronze, and which were refused.

A load exists when its row in `bronze.loads` exists. The row is written last, so a load that was cut off anywhere
leaves at most rows without a ledger row, and those are swept before the next load.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

import pyarrow as pa

from goldreel.engines.base import Column, Engine, Table
from goldreel.errors import FileRefused
from goldreel.loading.contract import ENTITIES, LOADS, REJECTED_RECORDS, Declaration, DeliveredFile, Entity
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


def now() -> datetime:
    """The present moment in UTC, as the ledger keeps times: without a zone."""
    return datetime.now(UTC).replace(tzinfo=None)


def prepare(engine: Engine) -> None:
    """Create the bronze tables that are missing, and sweep what a load that was cut off left behind."""
    engine.create_missing(
        [entity.table for entity in ENTITIES] + [LOADS, REJECTED_RECORDS, REFUSED_FILES, DECLARATIONS]
    )
    sweep(engine)


def sweep(engine: Engine) -> None:
    """Delete rows of loads that have no row in the ledger."""
    engine.keep_loads(
        [*(entity.table for entity in ENTITIES), REJECTED_RECORDS, DECLARATIONS], f"select load_id from {LOADS}"
    )


def find_load(engine: Engine, entity: Entity, sha256: str) -> Load | None:
    """The load of this file version, if there is one."""
    columns = ", ".join(Load._fields)
    found = engine.execute(f"select {columns} from {LOADS} where entity = ? and sha256 = ?", [entity.name, sha256])
    return Load(*found.rows[0]) if found.rows else None


def declaration_of(engine: Engine, load_id: int) -> Declaration | None:
    """What said how the records of a load were made."""
    columns = "name, sha256, declaration, thresholds"
    found = engine.execute(f"select {columns} from {DECLARATIONS} where load_id = ?", [load_id])
    return Declaration(*found.rows[0]) if found.rows else None


def keep_declaration(engine: Engine, load_id: int, declaration: Declaration) -> None:
    """Keep what says how the records of a load were made. Called before the load is visible."""
    name, sha256, text, thresholds = declaration
    row = {"load_id": load_id, "name": name, "sha256": sha256, "declaration": text, "thresholds": thresholds}
    engine.append(DECLARATIONS, pa.Table.from_pylist([row], schema=DECLARATIONS.arrow_schema).to_reader())


def last_load_id(engine: Engine) -> int:
    """The highest load that exists, 0 before the first one. The ledger must be there."""
    return int(engine.execute(f"select coalesce(max(load_id), 0) from {LOADS}").rows[0][0])


def next_load_id(engine: Engine) -> int:
    """One more than the highest load that exists: later loads have higher numbers."""
    return last_load_id(engine) + 1


def record_load(engine: Engine, load: Load) -> None:
    """Make a load visible. Called when all its rows are in bronze."""
    engine.append(LOADS, pa.Table.from_pylist([load._asdict()], schema=LOADS.arrow_schema).to_reader())


def record_refusal(engine: Engine, entity: Entity, file: DeliveredFile, refusal: FileRefused) -> None:
    """Keep the fact that a file was refused, for `goldreel status`."""
    row = {
        "refused_at": now(),
        "entity": entity.name,
        "source_file": file.name,
        "what": refusal.what,
        "place": refusal.where,
        "remedy": refusal.remedy,
    }
    row = {name: readable(value) if isinstance(value, str) else value for name, value in row.items()}
    engine.append(REFUSED_FILES, pa.Table.from_pylist([row], schema=REFUSED_FILES.arrow_schema).to_reader())
