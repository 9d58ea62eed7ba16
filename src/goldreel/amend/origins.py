"""Which records can be repaired, and what else a repair of one mends."""

from __future__ import annotations

from collections.abc import Sequence

from goldreel.amend.quarantine import TABLE
from goldreel.build_log import Build
from goldreel.engines import Engine
from goldreel.loading.contract import LOADS, REPAIRS
from goldreel.loading.ledger import LOADED, WITHDRAWN

Place = tuple[int, int]
"""A record: its load, and its position in the file."""


class Origins:
    """What the last build says of delivered records, and what happened to them since."""

    def __init__(self, engine: Engine, build: Build) -> None:
        schema = build.schema_name
        self._loads = dict(engine.execute(f"select load_id, status from {LOADS}").rows)
        self._repairable = {
            (entity, (int(load_id), int(row)))
            for entity, load_id, row in engine.execute(f"select entity, load_id, source_row from {schema}.{TABLE}").rows
        }
        self._repaired = {
            (entity, (int(load_id), int(row))): (int(by_load), int(by_row))
            for entity, load_id, row, by_load, by_row in engine.execute(
                f"select entity, load_id, source_row, repair_load_id, repair_source_row from {schema}.repaired_records"
            ).rows
        }
        self._relatives: dict[tuple[str, Place], set[Place]] = {}
        self._unbuilt: dict[tuple[str, Place], int] = {}
        for load_id, row, entity, original_load, original_row in engine.execute(
            f"select load_id, source_row, entity, original_load_id, original_row from {REPAIRS}"
        ).rows:
            try_, original = (int(load_id), int(row)), (int(original_load), int(original_row))
            self._relatives.setdefault((entity, try_), set()).add(original)
            self._relatives.setdefault((entity, original), set()).add(try_)
            if load_id > (build.seen_load_id or 0) and self._loads.get(load_id) == LOADED:
                self._unbuilt[entity, original] = load_id

    def family(self, entity: str, place: Place) -> list[Place]:
        """The record, the one that it was a repair of, and all other repairs that were tried of it."""
        found, waiting = {place}, [place]
        while waiting:
            new = self._relatives.get((entity, waiting.pop()), set()) - found
            found |= new
            waiting += new
        return sorted(found)

    def faults_of(self, lines: Sequence[tuple[int, str, Place]]) -> list[str]:
        """Why records, named by line, cannot be repaired: a sentence for each that cannot."""
        faults: list[str] = []
        mended: dict[tuple[str, Place], int] = {}
        for row, entity, place in lines:
            family = [(entity, each) for each in self.family(entity, place)]
            before = next((mended[each] for each in family if each in mended), None)
            fault = self._fault_of(entity, place)
            if before is not None and not fault:  # one is a repair of the other that broke a rule, say
                fault = (
                    f"load {place[0]}, row {place[1]} is a try to mend what row {before} mends, or the reverse; "
                    "leave one of the two out"
                )
            faults += [f"row {row}: {fault}"] if fault else []
            mended |= dict.fromkeys(family, row)
        return faults

    def _fault_of(self, entity: str, place: Place) -> str:
        load_id, row = place
        status = self._loads.get(load_id)
        if status is None:
            return f"there is no load {load_id}"
        if status == WITHDRAWN:
            return f"load {load_id} was withdrawn"
        if (entity, place) in self._repaired:
            by_load, by_row = self._repaired[entity, place]
            return f"the record of load {load_id}, row {row} was repaired already, by load {by_load}, row {by_row}"
        unbuilt = next(
            (self._unbuilt[entity, each] for each in self.family(entity, place) if (entity, each) in self._unbuilt),
            None,
        )
        if unbuilt is not None:
            return f"load {unbuilt} repairs the record of load {load_id}, row {row}; build, to see whether it is valid"
        if (entity, place) not in self._repairable:
            return f"row {row} of load {load_id} is no quarantined or rejected record of {entity}"
        return ""
