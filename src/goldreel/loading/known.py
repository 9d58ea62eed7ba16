"""Files that were loaded before, of which later loads hold newer records: delivering them again changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from goldreel.engines.base import Engine
from goldreel.loading.contract import ENTITIES, LOADS
from goldreel.loading.ledger import WITHDRAWN, Load

if TYPE_CHECKING:
    from goldreel.loading import FileOutcome


def with_overtaken(engine: Engine, outcomes: Sequence[FileOutcome]) -> list[FileOutcome]:
    """The outcomes of a command, where each known file knows of the later load that stands over it.

    A later load of which the same command delivers the file too, further on, is what its user wants to stand there.
    """
    told = []
    for position, outcome in enumerate(outcomes):
        if outcome.status == "known" and outcome.load is not None:
            follow = {each.load.load_id for each in outcomes[position + 1 :] if each.load is not None}
            outcome = replace(outcome, overtaken_by=_later_load(engine, outcome.load, follow))
        told.append(outcome)
    return told


def _later_load(engine: Engine, load: Load, expected: set[int]) -> Load | None:
    """The last load with records of the same keys, of those that came after this one and are not expected."""
    columns = ", ".join(Load._fields)
    later = engine.execute(
        f"select {columns} from {LOADS} where entity = ? and load_id > ? and status <> '{WITHDRAWN}' order by load_id",
        [load.entity, load.load_id],
    )
    candidates = {row[0]: Load(*row) for row in later.rows if row[0] not in expected}
    if not candidates:
        return None
    (entity,) = (each for each in ENTITIES if each.name == load.entity)
    key = entity.columns[0]
    found = engine.execute(
        f"select max(_load_id) from {entity.table} where _load_id in ({', '.join(map(str, candidates))}) "
        f"and {key} in (select {key} from {entity.table} where _load_id = ? and {key} <> '')",
        [load.load_id],
    )
    newest = found.rows[0][0]
    return candidates[newest] if newest is not None else None
