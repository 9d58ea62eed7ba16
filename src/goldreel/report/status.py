"""What the warehouse holds."""

from __future__ import annotations

from dataclasses import asdict

from rich.console import Console
from rich.markup import escape

from goldreel.pipeline import WarehouseStatus
from goldreel.report.writing import plain_table, to_json


def print_status(status: WarehouseStatus, console: Console, limit: int = 10) -> None:
    """What is in the warehouse, for people."""
    console.print(f"[bold]Warehouse[/]  {escape(status.location)}", soft_wrap=True)
    if status.in_use:
        console.print(f"  {escape(status.in_use)} Only the published version can be looked at.", soft_wrap=True)
    elif not status.loads:
        console.print("  Nothing is loaded yet. `goldreel run FOLDER` loads a delivery, `make run` a generated one.")
    if status.loads:
        table = plain_table("right", "", "", "right", "right", "")
        table.add_row("load", "entity", "file", "loaded", "rejected", "finished (UTC)", style="dim")
        for load in status.loads[:limit]:
            finished = f"{load.finished_at:%Y-%m-%d %H:%M:%S}"
            table.add_row(
                str(load.load_id),
                load.entity,
                escape(load.source_file),
                f"{load.records_loaded:,}",
                f"{load.records_rejected:,}",
                finished,
            )
        console.print(table)
        if len(status.loads) > limit:
            console.print(f"  [dim]and {len(status.loads) - limit} earlier loads (bronze.loads has them all)[/]")
    for refused_at, source_file, what, _ in status.refused[:limit]:
        console.print(f"  [red]refused[/] {refused_at:%Y-%m-%d %H:%M} {escape(source_file)}: {escape(what)}")
    build = status.last_build
    if build is not None:
        colour = {"passed": "green", "failed": "red"}.get(build.status, "yellow")
        ended = f", {build.finished_at:%Y-%m-%d %H:%M:%S} UTC" if build.finished_at else ""
        console.print(
            f"\n[bold]Last build[/]  {build.build_id} [{colour}]{build.status}[/], as of {build.as_of}{ended}"
        )
        console.print(
            f"  {build.models_built} models built, {build.tests_passed} tests passed, {build.tests_failed} failed"
            + (f": {escape(build.failures)}" if build.failures else "")
        )
    publication = status.publication
    if publication is None:
        console.print("\n[bold]Published[/]  nothing yet")
    else:
        console.print(
            f"\n[bold]Published[/]  version {publication.version} of build {publication.build_id}, "
            f"{publication.published_at:%Y-%m-%d %H:%M:%S} UTC, data through {publication.data_through or 'no day yet'}"
        )
        console.print(f"  {escape(publication.location)}", soft_wrap=True)


def status_as_json(status: WarehouseStatus) -> str:
    """The same facts for scripts."""
    return to_json(
        {
            "warehouse": status.location,
            "in_use": status.in_use,
            "loads": [load._asdict() for load in status.loads],
            "refused": [
                dict(zip(("refused_at", "source_file", "what", "where"), row, strict=True)) for row in status.refused
            ],
            "last_build": status.last_build._asdict() if status.last_build else None,
            "published": asdict(status.publication) if status.publication else None,
        }
    )
