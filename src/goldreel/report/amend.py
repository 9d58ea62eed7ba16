"""What was done when a delivery was wrong."""

from __future__ import annotations

from collections.abc import Sequence

from goldreel.amend import Repaired, Withdrawn
from goldreel.report.writing import to_json


def withdrawn_as_json(done: Sequence[Withdrawn]) -> str:
    """Loads that were taken back, for scripts."""
    return to_json(
        [
            each.load._asdict()
            | {"repaired_by": [{"load_id": load, "records": records} for load, records in each.repaired_by]}
            for each in done
        ]
    )


def repaired_as_json(done: Sequence[Repaired]) -> str:
    """Repairs that were loaded, for scripts."""
    return to_json([each.load._asdict() | {"was_known": each.was_known} for each in done])
