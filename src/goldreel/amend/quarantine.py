"""Records that do not count, written to a file: mended by hand or by program, `repair` takes them."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path

from goldreel.build_log import Build, last_build
from goldreel.engines import Engine
from goldreel.errors import GoldreelError, UsageError
from goldreel.loading.contract import ENTITIES, LOADS
from goldreel.loading.ledger import WITHDRAWN
from goldreel.os_faults import reason_of
from goldreel.spreadsheet import guarded

TABLE = "records_to_repair"
ORIGIN = ("entity", "load_id", "source_row")
"""The columns that say which record a line is to mend."""

_ABOUT = ("entity", "rule", "value", "load_id", "source_file", "source_row", "raw")


@dataclass(frozen=True)
class Wanted:
    """Which records; None: of all kinds, rules or loads."""

    entity: str | None = None
    rule: str | None = None
    load_id: int | None = None


@dataclass(frozen=True)
class Exported:
    """What was written: how many records of each kind."""

    file: Path
    records: dict[str, int] = field(default_factory=dict)


def built_records(engine: Engine) -> Build:
    """The last build, whose verdicts say what is to be repaired.

    Raises:
        GoldreelError: none stands, or an earlier goldreel made it.
    """
    last = last_build(engine)
    if last is not None and last.status == "passed" and engine.has_table(last.schema_name, TABLE):
        return last
    found = "there is none" if last is None else f"build {last.build_id} is {last.status}"
    if last is not None and last.status == "passed":
        found = f"an earlier goldreel made build {last.build_id}"
    raise GoldreelError(
        f"What is to be repaired is known after a build that passed, but {found}.",
        where=engine.location,
        remedy="run `goldreel build`, and mend what it reports",
    )


def export_quarantine(engine: Engine, file: Path, wanted: Wanted) -> Exported:
    """Write the records that are wanted as CSV, load by load.

    Raises:
        GoldreelError: no build says what is quarantined, or no record is such.
        UsageError: there is no such kind of record, or the file cannot be written.
    """
    names = [entity.name for entity in ENTITIES]
    if wanted.entity is not None and wanted.entity not in names:
        raise UsageError(f"There is no entity {wanted.entity!r}.", "--entity", f"choose one of: {', '.join(names)}")
    schema = built_records(engine).schema_name
    loads = _loads(engine, schema, wanted)
    if not loads:
        raise GoldreelError(
            "No quarantined or rejected record is such; nothing was written.",
            where=engine.location,
            remedy="leave out --entity, --rule or --load; `goldreel status` tells how many there are",
        )
    columns = [*columns_of({entity for entity, _ in loads}), "_extra"]
    records: dict[str, int] = {}
    try:
        with file.open("w", encoding="utf-8-sig", newline="") as opened:
            writer = csv.writer(opened)
            writer.writerow([*_ABOUT, *columns])
            for entity, load_id in loads:
                for row in _records(engine, schema, entity, load_id):
                    if wanted.rule is None or row["rule"] == wanted.rule:
                        row["value"] = row["offending_value"]
                        writer.writerow(_cell(row[name]) for name in (*_ABOUT, *columns))
                        records[entity] = records.get(entity, 0) + 1
    except OSError as error:
        raise UsageError(
            f"The file cannot be written: {reason_of(error)}.",
            where=str(file),
            remedy="choose a place that you may write to",
        ) from None
    return Exported(file, records)


def columns_of(entities: set[str]) -> list[str]:
    """The delivered columns of kinds of record, each once."""
    return list(dict.fromkeys(name for entity in ENTITIES if entity.name in entities for name in entity.columns))


def _loads(engine: Engine, schema: str, wanted: Wanted) -> list[tuple[str, int]]:
    """The kinds and loads of the records that are wanted; loads that were withdrawn since the build are none."""
    rows = engine.execute(
        f"select entity, load_id, count(*) from {schema}.{TABLE} where load_id not in "
        f"(select load_id from {LOADS} where status = '{WITHDRAWN}') group by entity, load_id"
    ).rows
    order = [entity.name for entity in ENTITIES]
    chosen = [
        (entity, int(load_id))
        for entity, load_id, _ in rows
        if wanted.entity in (None, entity) and wanted.load_id in (None, load_id)
    ]
    if wanted.rule is not None:
        chosen = [
            (entity, load_id)
            for entity, load_id in chosen
            if any(row["rule"] == wanted.rule for row in _records(engine, schema, entity, load_id))
        ]
    return sorted(chosen, key=lambda each: (order.index(each[0]), each[1]))


def _records(engine: Engine, schema: str, entity: str, load_id: int) -> list[dict[str, object]]:
    found = engine.execute(
        f"select * from {schema}.{TABLE} where entity = ? and load_id = ? order by source_row", [entity, load_id]
    )
    return [dict(zip(found.columns, row, strict=True)) for row in found.rows]


def _cell(value: object) -> object:
    if value is None:
        return ""
    return guarded(value) if isinstance(value, str) else value
