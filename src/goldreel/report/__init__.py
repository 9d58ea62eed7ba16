"""What people read on the terminal, and what scripts read as JSON: one module per thing that is told."""

from goldreel.report.amend import (
    certificate_as_json,
    plan_as_json,
    print_certificate,
    print_plan,
    repaired_as_json,
    withdrawn_as_json,
)
from goldreel.report.parity import parity_as_json, print_parity
from goldreel.report.results import print_result
from goldreel.report.run import print_run, run_as_json
from goldreel.report.status import print_status, status_as_json
from goldreel.report.trial import print_trial, trial_as_json
from goldreel.report.why import (
    explanation_as_json,
    history_as_json,
    period_as_json,
    print_explanation,
    print_history,
    print_period,
)
from goldreel.report.writing import to_json

__all__ = [
    "certificate_as_json",
    "explanation_as_json",
    "history_as_json",
    "parity_as_json",
    "period_as_json",
    "plan_as_json",
    "print_certificate",
    "print_explanation",
    "print_history",
    "print_parity",
    "print_period",
    "print_plan",
    "print_result",
    "print_run",
    "print_status",
    "print_trial",
    "repaired_as_json",
    "run_as_json",
    "status_as_json",
    "to_json",
    "trial_as_json",
    "withdrawn_as_json",
]
