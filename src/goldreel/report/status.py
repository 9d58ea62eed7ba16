"""What the warehouse holds."""

from __future__ import annotations

from dataclasses import asdict

from rich.console import Console

from goldreel.console import marked, visible
from goldreel.freshness import Freshness
from goldreel.loading.ledger import LOADED
from goldreel.pipeline import WarehouseStatus
from goldreel.processes import named
from goldreel.report.run import how_built, print_alarms, print_repaired
from goldreel.report.writing import plain_table, to_json


def print_status(status: WarehouseStatus, console: Console, freshness: Freshness, limit: int = 10) -> None:
    """What is in the warehouse, for people."""
    console.print(marked("[bold]Warehouse[/]  {}", status.location), soft_wrap=True)
    if status.in_use:
        rest = "" if status.loads else " Only the published version can be looked at."
        console.print(marked("  {}{}", status.in_use, rest), soft_wrap=True)
    for hidden in status.hidden:
        console.print(marked("  [yellow]{}[/]", hidden), soft_wrap=True)
    if not (status.in_use or status.hidden or status.loads):
        console.print("  Nothing is loaded yet. `goldreel run FOLDER` loads a delivery, `make run` a generated one.")
    if status.loads:
        table = plain_table("right", "", "", "right", "right", "", "")
        table.add_row("load", "entity", "file", "loaded", "rejected", "finished (UTC)", "", style="dim")
        for load in status.loads[:limit]:
            finished = f"{load.finished_at:%Y-%m-%d %H:%M:%S}"
            table.add_row(
                str(load.load_id),
                load.entity,
                visible(load.source_file),
                f"{load.records_loaded:,}",
                f"{load.records_rejected:,}",
                finished,
                marked("[yellow]{}[/]", load.status) if load.status != LOADED else "",
            )
        console.print(table)
        if len(status.loads) > limit:
            earlier = len(status.loads) - limit
            console.print(marked("  [dim]and {} earlier loads (bronze.loads has them all)[/]", earlier))
    for amendment in status.amendments[:limit]:
        of = f" load {amendment.load_id}" if amendment.load_id is not None else ""
        told = "  [yellow]{}[/]{} ({} records) by {}, {} UTC: {}"
        moment = f"{amendment.amended_at:%Y-%m-%d %H:%M:%S}"
        about = (amendment.kind, of, f"{amendment.records:,}", amendment.amended_by, moment, amendment.reason or "")
        console.print(marked(told, *about), soft_wrap=True)
    if status.forgotten:
        console.print(marked("  {} users were forgotten, and are kept out", f"{status.forgotten:,}"))
    if status.unfinished:
        told = "  [red]forgetting {} of them was interrupted:[/] run the same `goldreel forget` again"
        console.print(marked(told, f"{status.unfinished:,}"), soft_wrap=True)
    for refused_at, source_file, what, _ in status.refused[:limit]:
        console.print(marked("  [red]refused[/] {} {}: {}", f"{refused_at:%Y-%m-%d %H:%M}", source_file, what))
    build = status.last_build
    if build is not None:
        colour = {"passed": "green", "failed": "red"}.get(build.status, "yellow")
        ended = f", {build.finished_at:%Y-%m-%d %H:%M:%S} UTC" if build.finished_at else ""
        told = f"\n[bold]Last build[/]  {{}} [{colour}]{{}}[/], as of {{}}{{}}"
        console.print(marked(told, build.build_id, status.build_stands, build.as_of, ended), soft_wrap=True)
        failures = f": {build.failures}" if build.failures else ""
        told = "  {} models built, {} tests passed, {} failed{}"
        console.print(marked(told, build.models_built, build.tests_passed, build.tests_failed, failures))
        if how := how_built(build):
            console.print(marked("  {}", how), soft_wrap=True)
        for entity in dict.fromkeys(row[0] for row in status.account):
            of_entity = [(outcome, records) for name, outcome, _, records in status.account if name == entity]
            delivered = sum(records for _, records in of_entity)
            aside = sum(records for outcome, records in of_entity if outcome in ("rejected", "quarantined"))
            held = sum(records for outcome, records in of_entity if outcome == "held")
            told = "  {}: {} delivered, {} quarantined or rejected ({}), {} held ({})"
            shares = [f"{100 * part / delivered:.1f}%" for part in (aside, held)]
            console.print(marked(told, entity, f"{delivered:,}", f"{aside:,}", shares[0], f"{held:,}", shares[1]))
        if build.status == "interrupted":
            told = "  The process that built it ({}) is gone. Run the command again: it goes on from what is loaded."
            console.print(marked(told, named(build.process) if build.process else "unknown"), soft_wrap=True)
    print_repaired(status.repaired, console, limit)
    if status.alarms:
        console.print()
    print_alarms(status.alarms, console)
    due = status.due.silver or status.due.gold
    if due and not status.in_use:
        console.print(marked("  [yellow]not published yet:[/] {}", due), soft_wrap=True)
    publication = status.publication
    if publication is None and not status.hidden:
        console.print(marked("\n[bold]Published[/]  nothing yet"))
    elif publication is not None:
        at, through = f"{publication.published_at:%Y-%m-%d %H:%M:%S}", publication.data_through or "no day yet"
        told = "\n[bold]Published[/]  version {} of build {}, {} UTC, data through {}"
        console.print(marked(told, publication.version, publication.build_id, at, through))
        console.print(marked("  {}", publication.location), soft_wrap=True)
        console.print(marked("  [red]{}[/]" if freshness.is_stale else "  {}", freshness.told), soft_wrap=True)


def status_as_json(status: WarehouseStatus, freshness: Freshness) -> str:
    """The same facts for scripts."""
    return to_json(
        {
            "warehouse": status.location,
            "in_use": status.in_use,
            "hidden": status.hidden,
            "loads": [load._asdict() for load in status.loads],
            "refused": [
                dict(zip(("refused_at", "source_file", "what", "where"), row, strict=True)) for row in status.refused
            ],
            "forgotten": {"users": status.forgotten, "unfinished": status.unfinished},
            "amendments": [amendment._asdict() for amendment in status.amendments],
            "last_build": status.last_build._asdict() if status.last_build else None,
            "build_stands": status.build_stands,
            "load_checks": [check._asdict() for check in status.alarms],
            "repaired": [each._asdict() for each in status.repaired],
            "account": [
                dict(zip(("entity", "outcome", "rule", "records"), row, strict=True)) for row in status.account
            ],
            "due": asdict(status.due),
            "published": asdict(status.publication) if status.publication else None,
            "age_seconds": None if freshness.age is None else round(freshness.age.total_seconds()),
            "stale": freshness.is_stale,
        }
    )
