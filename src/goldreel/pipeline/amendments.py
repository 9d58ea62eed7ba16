"""What is done when a delivery was wrong; it counts from the next build on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from goldreel import amend
from goldreel.config import Settings
from goldreel.engines import open_engine
from goldreel.pipeline.state import prepare_warehouse


def withdraw(settings: Settings, load_ids: Sequence[int], reason: str) -> list[amend.Withdrawn]:
    """Take loads back; see `goldreel.amend.withdraw`.

    Raises:
        WarehouseMissing: there is no warehouse yet.
    """
    with open_engine(settings) as engine:
        prepare_warehouse(engine)
        return amend.withdraw(engine, load_ids, reason)


def export_quarantine(settings: Settings, file: Path, wanted: amend.Wanted) -> amend.Exported:
    """Write records that do not count to a file; see `goldreel.amend.export_quarantine`."""
    with open_engine(settings, "look") as engine:
        return amend.export_quarantine(engine, file, wanted)


def repair(settings: Settings, file: Path) -> list[amend.Repaired]:
    """Load repaired records; see `goldreel.amend.repair`."""
    with open_engine(settings) as engine:
        prepare_warehouse(engine)
        return amend.repair(engine, file)
