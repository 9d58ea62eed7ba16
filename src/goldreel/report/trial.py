"""What a delivery would give."""

from __future__ import annotations

from dataclasses import asdict

from rich.console import Console

from goldreel.console import marked
from goldreel.pipeline import Trial
from goldreel.report.run import file_line, print_account
from goldreel.report.writing import to_json


def print_trial(trial: Trial, console: Console) -> None:
    """For people: file by file, then what breaks a rule, with examples, and the account."""
    for outcome in trial.report.files:
        console.print(file_line(outcome))
    if trial.broken:
        console.print(marked("\n[bold]What would not count[/]"))
    for each in trial.broken:
        told = "  [yellow]{}[/] {} of {}"
        console.print(marked(told, f"{each.records:,}", each.rule, each.entity), soft_wrap=True)
        for file, row, value in each.examples:
            console.print(marked("      {} row {}: {}", file, row, value[:200]), soft_wrap=True)
    print_account(trial.report, console)
    console.print(marked("\nNothing was loaded."))


def trial_as_json(trial: Trial) -> str:
    """The same facts for scripts."""
    return to_json(
        {
            "files": [
                {
                    "file": outcome.path.name,
                    "entity": outcome.entity,
                    "status": outcome.status,
                    "records_loaded": outcome.load.records_loaded if outcome.load else 0,
                    "records_rejected": outcome.load.records_rejected if outcome.load else 0,
                    "remarks": outcome.remarks,
                    "refusal": str(outcome.refusal) if outcome.refusal else None,
                }
                for outcome in trial.report.files
            ],
            "broken": [asdict(each) for each in trial.broken],
            "account": [
                dict(zip(("entity", "outcome", "rule", "records"), row, strict=True)) for row in trial.report.account
            ],
        }
    )
