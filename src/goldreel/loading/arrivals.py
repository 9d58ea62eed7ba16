"""Which files of a watched folder were dealt with, in `ops.arrived_files`: loaded, found known, or refused.

A watched folder keeps its files. The warehouse, and nobody's memory, says which of them are new: whoever looks, and
however often, finds the same. A file that was touched since is looked at anew, and the ledger knows its content.
A file of others may give records of several kinds, which are loaded apart: it arrives once for each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from goldreel.engines.base import Column, Engine, Table
from goldreel.loading.ledger import now

ARRIVED_FILES = Table(
    "ops",
    "arrived_files",
    (
        Column("location", "document"),
        Column("stamp", "text"),
        Column("noted_at", "timestamp"),
    ),
)

Arrivals = Mapping[str, str]
"""By location: a stamp that is another one when the file was changed, or became readable."""


def as_kind(location: str, kind: str) -> str:
    """What a file of others is noted as, of which records of that kind are made."""
    return f"{location} → {kind}"


def file_of(noted: str, kind: str) -> str:
    """Where a file is that was noted so, or as one of goldreel's own."""
    return noted.removesuffix(as_kind("", kind))


def new_files(engine: Engine, found: Arrivals) -> list[str]:
    """Those of the files found, in their order, that were not dealt with as they are now."""
    if not found or not engine.has_table(ARRIVED_FILES.schema, ARRIVED_FILES.name):
        return list(found)
    noted = set(engine.execute(f"select location, stamp from {ARRIVED_FILES}").rows)
    return [location for location, stamp in found.items() if (location, stamp) not in noted]


def note_files(engine: Engine, found: Arrivals, locations: Iterable[str]) -> None:
    """Note that files were dealt with as they were found."""
    moment = now()
    rows = [{"location": each, "stamp": found[each], "noted_at": moment} for each in locations]
    if rows:
        engine.create_missing([ARRIVED_FILES])
        engine.append(ARRIVED_FILES, ARRIVED_FILES.of_rows(rows))
