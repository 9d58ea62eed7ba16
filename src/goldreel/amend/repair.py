"""Repaired records: loaded as records of their kind, each with the one that it mends."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from goldreel.amend.origins import Origins, Place
from goldreel.amend.quarantine import ORIGIN, built_records
from goldreel.engines import Engine
from goldreel.errors import FileRefused, GoldreelError, UsageError
from goldreel.loading import ledger
from goldreel.loading.contract import ENTITIES, REPAIRS, Entity
from goldreel.loading.csv_loader import read_csv
from goldreel.loading.fitting import within_limits
from goldreel.loading.forgotten import who_is_forgotten
from goldreel.loading.ledger import Load
from goldreel.loading.source import Batch, Carried, Origin, SourceFile
from goldreel.names import readable
from goldreel.spreadsheet import unguarded

_FILE = Entity("repair", "csv", "*.csv", ORIGIN)
_WHOLE = re.compile("[0-9]{1,18}")
_TOLD = 20  # how many lines that cannot be loaded are told of


@dataclass(frozen=True)
class Line:
    """A line of the file: its position, which record it mends, and its values by column."""

    row: int
    entity: str
    place: Place
    values: Mapping[str, str]


@dataclass(frozen=True)
class Repaired:
    """What became of the repairs of one kind of record; `was_known`: they had been loaded before."""

    load: Load
    was_known: bool = False


def repair(engine: Engine, file: Path) -> list[Repaired]:
    """Load a file of repaired records, all or none of it. The ledger must have been prepared.

    Returns:
        A load per kind of record. Whether a repair is valid, and takes the place of its original, the next build says.

    Raises:
        FileRefused: the file cannot be read.
        UsageError: a line names no record that can be repaired; says which lines, and why.
        GoldreelError: no build says what can be repaired.
    """
    source = SourceFile.open(file)
    lines, columns, faults = _read(source)
    known = {
        entity.name: load
        for entity in ENTITIES
        if any(line.entity == entity.name for line in lines)
        and (load := ledger.find_load(engine, entity, source.sha256)) is not None
    }
    fresh = [line for line in lines if line.entity not in known]
    if not (lines or faults):
        faults = ["there is no record in it"]
    faults += _missing_columns(fresh, columns)
    origins = Origins(engine, built_records(engine)) if fresh and not faults else None
    if origins is not None:
        faults += origins.faults_of([(line.row, line.entity, line.place) for line in fresh])
    if faults:
        raise _refusal(file, faults)
    done = [Repaired(load, was_known=True) for load in known.values()]
    for entity in ENTITIES:
        of_entity = [line for line in fresh if line.entity == entity.name]
        if of_entity and origins is not None:
            done.append(Repaired(_write(engine, entity, source, of_entity, origins)))
    return done


def _read(source: SourceFile) -> tuple[list[Line], set[str], list[str]]:
    """The lines, the columns beside those that name the record, and what is wrong with lines."""
    names = {entity.name for entity in ENTITIES}
    lines: list[Line] = []
    faults: list[str] = []
    columns: set[str] = set()
    seen: dict[tuple[str, Place], int] = {}
    for batch in read_csv(source, _FILE, lambda count: None):
        faults += [f"row {each.source_row}: {each.reason}" for each in batch.rejected]
        columns |= batch.unknown_columns
        for record in batch.records.to_pylist():
            row, entity = record["_source_row"], unguarded(record["entity"]).strip()
            place = _place(record)
            if entity not in names:
                faults.append(f"row {row}: the entity {entity!r} is none of {', '.join(sorted(names))}")
            elif place is None:
                faults.append(f"row {row}: load_id and source_row, which say what it mends, are no whole numbers")
            elif (entity, place) in seen:
                faults.append(
                    f"row {row}: the record of load {place[0]}, row {place[1]} was mended in row {seen[entity, place]}"
                )
            else:
                seen[entity, place] = row
                values = json.loads(record["_extra"] or "{}")
                lines.append(Line(row, entity, place, {name: unguarded(value) for name, value in values.items()}))
    return lines, columns, faults


def _place(record: Mapping[str, str]) -> Place | None:
    load_id, row = record["load_id"].strip(), record["source_row"].strip()
    is_whole = _WHOLE.fullmatch(load_id) and _WHOLE.fullmatch(row)  # Python takes 1_0 for ten
    return (int(load_id), int(row)) if is_whole else None


def _missing_columns(lines: Sequence[Line], columns: set[str]) -> list[str]:
    faults = []
    for entity in ENTITIES:
        missing = [name for name in entity.columns if name not in columns]
        if missing and any(line.entity == entity.name for line in lines):
            faults.append(f"records of {entity.name} need the columns {', '.join(missing)} too")
    return faults


def _refusal(file: Path, faults: Sequence[str]) -> UsageError:
    more = [f"and {len(faults) - _TOLD} more"] if len(faults) > _TOLD else []
    told = "\n  ".join([*faults[:_TOLD], *more])
    return UsageError(
        f"The repairs cannot be loaded, and nothing was changed:\n  {told}",
        where=str(file),
        remedy="correct these lines or leave them out; `goldreel quarantine --to FILE.csv` writes what can be repaired",
    )


def _write(engine: Engine, entity: Entity, source: SourceFile, lines: Sequence[Line], origins: Origins) -> Load:
    started_at = ledger.now()
    name = readable(source.path.name)
    try:
        with engine.transaction():
            origin = Origin(ledger.next_load_id(engine), name, started_at)
            kept = _without_forgotten(engine, entity, lines)
            _append_records(engine, entity, kept, origin)
            mended = [
                {
                    "load_id": origin.load_id,
                    "source_row": line.row,
                    "entity": entity.name,
                    "original_load_id": load_id,
                    "original_row": row,
                }
                for line in kept
                for load_id, row in origins.family(entity.name, line.place)
            ]
            engine.append(REPAIRS, REPAIRS.of_rows(mended))
            count = len(lines)
            if len(kept) < count:
                ledger.record_forgotten(engine, origin.load_id, entity.name, count - len(kept), 0)
            carried = Carried(len(kept), kept_out=count - len(kept))
            load = ledger.load_of(origin, entity, source.sha256, source.size, carried)
            ledger.record_load(engine, load)
            reason = f"{count} records of {entity.name} repaired by {name}"
            ledger.record_amendment(engine, "repaired", load.load_id, count, reason)
    except Exception:
        with suppress(*engine.errors, GoldreelError):
            ledger.sweep(engine)  # not every engine takes back what it was sent
        raise
    return load


def _without_forgotten(engine: Engine, entity: Entity, lines: Sequence[Line]) -> list[Line]:
    """Those that are not of users who were forgotten."""
    forgotten = who_is_forgotten(engine) if "user_id" in entity.columns else None
    return [line for line in lines if not (forgotten and forgotten.has(line.values.get("user_id")))]


def _append_records(engine: Engine, entity: Entity, lines: Sequence[Line], origin: Origin) -> None:
    table = entity.table
    delivered = [*entity.columns, "_extra"]
    records = pa.table(
        {name: pa.array([_value(line, name) for line in lines], pa.string()) for name in delivered}
        | {"_source_row": pa.array([line.row for line in lines], pa.int64())}
    )
    fitting = within_limits(Batch(records, []), table, engine.text_limits)
    faults = [f"row {each.source_row}: {each.reason}" for each in fitting.rejected]
    constants = origin.of_record()
    columns = [
        records.column(field.name)
        if field.name in records.column_names
        else pa.repeat(pa.scalar(constants.get(field.name), field.type), len(records))
        for field in table.arrow_schema
    ]
    if not faults:
        rows = pa.table(columns, schema=table.arrow_schema)
        refused = engine.append(table, rows.to_reader())
        faults = [f"row {row.values['_source_row']}: {row.reason}" for row in refused]
    if faults:
        raise FileRefused(
            f"A value does not fit the warehouse: {faults[0]}.", origin.source_file, "shorten it; nothing was loaded"
        )


def _value(line: Line, name: str) -> str | None:
    value = line.values.get(name, "")
    return (value or None) if name == "_extra" else value
