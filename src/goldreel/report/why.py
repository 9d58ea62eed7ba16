"""What explains a number, for people and for scripts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console

from goldreel.console import marked
from goldreel.explanations.builds import Explanation
from goldreel.explanations.periods import PeriodChange
from goldreel.explanations.published_numbers import PublishedNumber
from goldreel.report.writing import plain_table, to_json
from goldreel.why.kpis import CAUSES, Kpi
from goldreel.why.parts import Explained
from goldreel.why.sentences import figure, sentence, with_unit

_FILES_SHOWN = 5


def print_explanation(explanation: Explanation, console: Console) -> None:
    """Sentences first, then a table for every number that moved."""
    start = f"build {explanation.from_build}" if explanation.from_build else "nothing"
    console.print(marked("[bold]From {} to build {}[/]", start, explanation.to_build))
    for number in explanation.numbers:
        console.print(marked("  {}", sentence(number)), soft_wrap=True)
    for number in explanation.numbers:
        if number.parts:
            console.print(marked("\n[bold]{}[/]", number.kpi.label))
            _print_parts(number, explanation.by.get(number.kpi.name, {}), console)


def _print_parts(number: Explained, by: dict[str, float], console: Console) -> None:
    kpi = number.kpi
    table = plain_table("", "right", "right", "")
    table.add_row("before", figure(kpi, number.before), "", "")
    for part in number.parts:
        table.add_row(part.cause, figure(kpi, part.part, signed=True), f"{part.records:,}", CAUSES[part.cause])
        for load in part.loads[:_FILES_SHOWN]:
            if load.load_id is not None:
                where = marked("[dim]{} of load {}[/]", load.source_file, load.load_id)
                table.add_row("", figure(kpi, load.part, signed=True), f"{load.records:,}", where)
        if len(part.loads) > _FILES_SHOWN:
            rest = part.loads[_FILES_SHOWN:]
            moved = figure(kpi, sum(load.part for load in rest), signed=True)
            table.add_row(
                "", moved, f"{sum(load.records for load in rest):,}", marked("[dim]{} more files[/]", len(rest))
            )
    table.add_row("after", figure(kpi, number.after), "", "")
    console.print(table)
    if by:
        values = plain_table("", "right")
        for value, moved_by in by.items():
            values.add_row(marked("{}", value), figure(kpi, moved_by, signed=True))
        console.print(values)


def explanation_as_json(explanation: Explanation) -> str:
    """The explanation as CONTRACT names its parts; strict JSON."""
    return to_json(
        {
            "from": explanation.from_build,
            "to": explanation.to_build,
            "kpis": {
                number.kpi.name: _number_as_dict(number, explanation.by.get(number.kpi.name))
                for number in explanation.numbers
            },
        }
    )


def _number_as_dict(number: Explained, by: dict[str, float] | None) -> dict[str, Any]:
    parts = []
    for part in number.parts:
        told: dict[str, Any] = {"cause": part.cause, "part": part.part, "records": part.records}
        if number.kpi.how == "sum":
            told["loads"] = [
                {"load_id": load.load_id, "source_file": load.source_file, "part": load.part, "records": load.records}
                for load in part.loads
            ]
        parts.append(told)
    told = {"before": number.before, "after": number.after, "parts": parts}
    return told if by is None else {**told, "by": by}


def print_history(kpi: Kpi, history: Sequence[PublishedNumber], console: Console) -> None:
    """The number in every published version, with what moved it."""
    console.print(marked("[bold]{}[/] in every published version", kpi.label))
    table = plain_table("right", "right", "", "right", "")
    table.add_row("version", "build", "published (UTC)", "value", "what moved it", style="dim")
    for each in history:
        parts = ", ".join(f"{part.cause} {figure(kpi, part.part, signed=True)}" for part in each.parts if part.part)
        at = f"{each.published_at:%Y-%m-%d %H:%M:%S}"
        table.add_row(str(each.version), str(each.build_id), at, figure(kpi, each.value), parts)
    console.print(table)


def history_as_json(kpi: Kpi, history: Sequence[PublishedNumber]) -> str:
    return to_json(
        {
            "kpi": kpi.name,
            "versions": [
                {
                    "version": each.version,
                    "build_id": each.build_id,
                    "published_at": each.published_at.isoformat(),
                    "value": each.value,
                    "parts": [{"cause": part.cause, "part": part.part, "records": part.records} for part in each.parts],
                }
                for each in history
            ],
        }
    )


def print_period(change: PeriodChange, console: Console) -> None:
    """A number of two periods: how it changed, what drove it, and which values of the dimension moved most."""
    kpi = change.kpi

    def shown(value: float | None, *, signed: bool = False) -> str:
        return with_unit(value, kpi.digits, kpi.unit, signed=signed)

    share = f" ({100 * change.change / change.value_before:+.1f} %)".replace("-", "−") if change.value_before else ""
    console.print(marked("[bold]{}[/] {} against {}", kpi.label, change.after, change.before))
    console.print(
        f"  {shown(change.value_before)} → {shown(change.value_after)}: {shown(change.change, signed=True)}{share}",
        soft_wrap=True,
    )
    if change.factors:
        console.print(marked("\n[bold]What drove it[/]"))
        table = plain_table("", "right", "right", "right")
        table.add_row("", "before", "after", "part", style="dim")
        for factor in change.factors:
            sides = (with_unit(side, 3, "") for side in (factor.before, factor.after))
            table.add_row(factor.name.replace("_", " "), *sides, shown(factor.part, signed=True))
        console.print(table)
    console.print(marked("\n[bold]By {}[/]", change.by))
    table = plain_table("", "right", "right", "right")
    if change.split:
        table.add_row("", "part", "mix", "rate", style="dim")
    split = {part.value: part for part in change.split}
    for moved in change.moved:
        name = f"{moved.value} ({moved.others})" if moved.others else moved.value
        both = split.get(moved.value) if not moved.others else None
        rest = (shown(both.mix, signed=True), shown(both.rate, signed=True)) if both else ("", "")
        table.add_row(marked("{}", name), shown(moved.part, signed=True), *rest)
    console.print(table)


def period_as_json(change: PeriodChange) -> str:
    """Two periods of a number; the parts of `factors`, and those of `moved`, each sum to the change."""
    return to_json(
        {
            "kpi": change.kpi.name,
            "before": {"first": change.before.first, "last": change.before.last, "value": change.value_before},
            "after": {"first": change.after.first, "last": change.after.last, "value": change.value_after},
            "factors": [factor._asdict() for factor in change.factors],
            "by": change.by,
            "moved": [asdict(moved) for moved in change.moved],
            "mix_and_rate": [part._asdict() for part in change.split],
        }
    )
