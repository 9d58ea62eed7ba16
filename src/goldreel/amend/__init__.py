"""When a delivery was wrong: loads are withdrawn, records repaired, users forgotten.

Each is an entry in the ledger, never a hidden edit of what counts. Builds follow from it: what changed is worked out by
the models, as after any other load.
"""

from goldreel.amend.quarantine import Exported, Wanted, export_quarantine
from goldreel.amend.repair import Repaired, repair
from goldreel.amend.withdrawal import Withdrawn, withdraw

__all__ = ["Exported", "Repaired", "Wanted", "Withdrawn", "export_quarantine", "repair", "withdraw"]
