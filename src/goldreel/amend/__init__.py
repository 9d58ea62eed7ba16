"""When a delivery was wrong: loads are withdrawn, records repaired, users forgotten.

Each is an entry in the ledger, never a hidden edit of what counts. Builds follow from it: what changed is worked out by
the models, as after any other load.
"""

from goldreel.amend.certificate import Certificate, certify
from goldreel.amend.forgetting import Plan, forget, plan_forgetting, unfinished_hashes
from goldreel.amend.quarantine import Exported, Wanted, export_quarantine
from goldreel.amend.repair import Repaired, repair
from goldreel.amend.withdrawal import Withdrawn, withdraw

__all__ = [
    "Certificate",
    "Exported",
    "Plan",
    "Repaired",
    "Wanted",
    "Withdrawn",
    "certify",
    "export_quarantine",
    "forget",
    "plan_forgetting",
    "repair",
    "unfinished_hashes",
    "withdraw",
]
