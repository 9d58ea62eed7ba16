"""How engines compare."""

from __future__ import annotations

from dataclasses import asdict

from rich.console import Console

from goldreel.console import marked
from goldreel.parity import ParityReport
from goldreel.report.writing import plain_table, to_json


def print_parity(found: ParityReport, console: Console) -> None:
    """How engines compare, for people."""
    first, *others = found.engines
    for other in others:
        tables = [table for table in found.tables if table.engine == other]
        shown = plain_table("", "right", "right", "right", "right")
        shown.add_row("table", f"rows in {first}", f"in {other}", "cells compared", "differences", style="dim")
        for each in tables:
            differing = marked("[red]{}[/]" if each.differing else "[green]{}[/]", f"{each.differing:,}")
            shown.add_row(each.table, *(f"{rows:,}" for rows in each.rows), f"{each.cells:,}", differing)
        console.print(shown)
        for each in tables:
            for difference in each.differences:
                console.print(marked("  [red]✗[/] {}: {}", each.table, difference), soft_wrap=True)
        cells = sum(each.cells for each in tables)
        total = sum(each.differing for each in tables)
        verdict = marked("[red]differ in {} rows[/]", f"{total:,}") if total else marked("[green]agree[/]")
        console.print(marked("\n{} and {} {}: {} tables, {} cells", first, other, verdict, len(tables), f"{cells:,}"))
    for name in found.refused:
        console.print(marked("  [dim]refused by all: {}[/]", name))
    for engine, seconds in found.seconds.items():
        steps = " · ".join(f"{step} {taken:.1f} s" for step, taken in seconds.items())
        console.print(marked("[dim]{}: {}[/]", engine, steps))


def parity_as_json(found: ParityReport) -> str:
    """The same facts for scripts."""
    return to_json({"exit_code": found.exit_code} | asdict(found))
