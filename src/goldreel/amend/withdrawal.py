"""Loads that are taken back: their records stay in bronze, and count no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from goldreel.engines import Engine
from goldreel.errors import UsageError
from goldreel.loading.contract import LOADS, REPAIRS
from goldreel.loading.ledger import WITHDRAWN, Load, record_amendment


@dataclass(frozen=True)
class Withdrawn:
    """A load that was taken back.

    Attributes:
        repaired_by: later loads that repaired records of it, with how many; those are loads of their own, and count on.
    """

    load: Load
    repaired_by: tuple[tuple[int, int], ...] = ()


def withdraw(engine: Engine, load_ids: Sequence[int], reason: str) -> list[Withdrawn]:
    """Take loads back, all or none. Takes effect with the next build. The ledger must have been prepared.

    Raises:
        UsageError: there is no such load, it is withdrawn already, or no reason is given; nothing was changed.
    """
    if not reason.strip():
        raise UsageError("A load is withdrawn for a reason.", "--reason", "say in a few words what is wrong with it")
    columns = ", ".join(Load._fields)
    loads = {row[0]: Load(*row) for row in engine.execute(f"select {columns} from {LOADS} order by load_id").rows}
    wanted = list(dict.fromkeys(load_ids))
    for load_id in wanted:
        if load_id not in loads:
            raise UsageError(
                f"There is no load {load_id}; nothing was withdrawn.",
                where=engine.location,
                remedy="`goldreel status` lists the loads, the table bronze.loads has them all",
            )
        if loads[load_id].status == WITHDRAWN:
            raise UsageError(
                f"Load {load_id} ({loads[load_id].source_file}) is withdrawn already; nothing was changed.",
                where=engine.location,
                remedy="leave it out; to have it back, deliver the file again: that is a new load",
            )
    repaired = _repaired_by(engine, wanted, {load_id for load_id, load in loads.items() if load.status != WITHDRAWN})
    with engine.transaction():
        for load_id in wanted:  # first who and why: a load must not be withdrawn by nobody
            record_amendment(engine, WITHDRAWN, load_id, loads[load_id].records_delivered, reason.strip())
        listed = ", ".join(map(str, wanted))
        engine.change_rows(LOADS.schema, LOADS.name, f"load_id in ({listed})", {"status": f"'{WITHDRAWN}'"})
    return [
        Withdrawn(loads[load_id]._replace(status=WITHDRAWN), tuple(sorted(repaired.get(load_id, {}).items())))
        for load_id in wanted
    ]


def _repaired_by(engine: Engine, load_ids: Sequence[int], standing: set[int]) -> dict[int, dict[int, int]]:
    """Of each load: the loads that count on and repaired records of it, with how many."""
    listed = ", ".join(map(str, load_ids))
    found = engine.execute(
        f"select original_load_id, load_id, count(*) from {REPAIRS} where original_load_id in ({listed}) "
        "group by original_load_id, load_id"
    )
    repaired: dict[int, dict[int, int]] = {}
    for original, load_id, records in found.rows:
        if load_id in standing and load_id not in load_ids:
            repaired.setdefault(original, {})[load_id] = int(records)
    return repaired
