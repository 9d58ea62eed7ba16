"""Files that were loaded before, of which later loads hold newer records: delivering them again changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from goldreel.engines.base import Engine
from goldreel.loading.contract import ENTITIES, LOADS, Entity
from goldreel.loading.ledger import WITHDRAWN, Load
from goldreel.loading.outcomes import FileOutcome

_LOADS_AT_ONCE = 500  # that one statement asks for


@dataclass(frozen=True)
class _Question:
    """About the known file at a position: which of the candidates, loads after its own, have records of its keys?"""

    position: int
    load: Load
    candidates: frozenset[int]


def with_overtaken(engine: Engine, outcomes: Sequence[FileOutcome]) -> list[FileOutcome]:
    """The outcomes of a command, where each known file knows of the later load that stands over it.

    A later load of which the same command delivers the file too, further on, is what its user wants to stand there.
    """
    told = list(outcomes)
    for entity in ENTITIES:
        known = [each.load for each in told if each.entity == entity.name and each.status == "known" and each.load]
        if not known:
            continue
        later = _later_loads(engine, entity, min(load.load_id for load in known))
        for position, load_id in _newest(engine, entity, _questions(entity, told, later)).items():
            told[position] = replace(told[position], overtaken_by=later[load_id])
    return told


def _later_loads(engine: Engine, entity: Entity, load_id: int) -> dict[int, Load]:
    """The loads of an entity that came after one, and count."""
    columns = ", ".join(Load._fields)
    found = engine.execute(
        f"select {columns} from {LOADS} where entity = ? and load_id > ? and status <> '{WITHDRAWN}'",
        [entity.name, load_id],
    )
    return {row[0]: Load(*row) for row in found.rows}


def _questions(entity: Entity, outcomes: Sequence[FileOutcome], later: Mapping[int, Load]) -> Iterator[_Question]:
    """One for each known file, where there is any load that may stand over it."""
    unexpected = set(later)
    for position, outcome in reversed(list(enumerate(outcomes))):
        if outcome.load is None or outcome.entity != entity.name:
            continue
        if outcome.status == "known":
            candidates = frozenset(each for each in unexpected if each > outcome.load.load_id)
            if candidates:
                yield _Question(position, outcome.load, candidates)
        unexpected.discard(outcome.load.load_id)


def _newest(engine: Engine, entity: Entity, questions: Iterator[_Question]) -> dict[int, int]:
    """By position of a known file: the last of its candidates with records of the same keys."""
    newest: dict[int, int] = {}
    left = sorted(questions, key=lambda each: each.load.load_id)
    while left:  # the candidates are mostly the same, but for those that came before the load in question
        candidates = left[0].candidates
        alike = [each for each in left if each.candidates == {one for one in candidates if one > each.load.load_id}]
        answered = {each.position for each in alike}
        left = [each for each in left if each.position not in answered]
        for start in range(0, len(alike), _LOADS_AT_ONCE):
            asked = alike[start : start + _LOADS_AT_ONCE]
            found = _newest_of(engine, entity, {each.load.load_id for each in asked}, candidates)
            newest |= {each.position: found[each.load.load_id] for each in asked if each.load.load_id in found}
    return newest


def _newest_of(engine: Engine, entity: Entity, load_ids: set[int], candidates: frozenset[int]) -> dict[int, int]:
    """By load: the last of those candidates that came after it, and have records of its keys."""
    key = entity.columns[0]
    found = engine.execute(
        f"select stored._load_id, max(later.newest) from {entity.table} as stored inner join "
        f"(select {key}, max(_load_id) as newest from {entity.table} where _load_id in ({_listed(candidates)}) "
        f"and {key} <> '' group by {key}) as later on stored.{key} = later.{key} "
        f"where stored._load_id in ({_listed(load_ids)}) and later.newest > stored._load_id group by stored._load_id"
    )
    return dict(found.rows)


def _listed(load_ids: set[int] | frozenset[int]) -> str:
    return ", ".join(map(str, sorted(load_ids)))
