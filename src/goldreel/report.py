"""What people read on the terminal, and what scripts read as JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Literal

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from goldreel.engines.base import Result
from goldreel.errors import GoldreelError
from goldreel.loading import FileOutcome
from goldreel.parity import ParityReport
from goldreel.pipeline import RunReport, WarehouseStatus

# The order in which the account is told: from what never arrived to what counts.
_OUTCOMES = {
    "rejected": "could not be read as a record",
    "quarantined": "breaks a rule",
    "superseded": "replaced by a later delivery of the same record",
    "held": "waits for a record that it refers to",
    "inactive_user": "below the activity threshold, or a session of such a user",
    "current": "in silver",
}
_ENTITIES = ("users", "viewing_sessions", "content")

_KPIS = {
    "active_users_100h_plus": "Active users",
    "total_content_catalog": "Titles in the catalogue",
    "content_with_views": "Titles with views",
    "total_viewing_sessions": "Viewing sessions",
    "total_watch_hours": "Hours watched in them",
    "avg_user_engagement_hours": "Lifetime hours per active user",
    "data_through": "Data through",
}


def print_run(report: RunReport, console: Console) -> None:
    """The summary of a run, for people."""
    for outcome in report.files:
        console.print(_file_line(outcome))
    for path in report.ignored:
        console.print(
            f"  [dim]·[/] {escape(path.rpartition('/')[2])}  [dim]not a file that goldreel loads; left alone[/]"
        )
    if report.rows:
        console.print("\n[bold]Rows[/]")
        _print_rows(report, console)
    if report.account:
        console.print("\n[bold]Every record accounted for[/]")
        console.print(_account_table(report))
    if report.kpis:
        console.print(f"\n[bold]{escape(str(report.kpis['metric_category']))}[/]")
        table = _plain_table("", "right")
        for name, label in _KPIS.items():
            table.add_row(label, _figure(report.kpis[name]))
        console.print(table)
    if report.result is not None and not report.result.passed:
        _print_failures(report, console)
    console.print()
    if report.publication is not None:
        console.print(
            f"[green]Published[/] version {report.publication.version}, as of {report.publication.as_of}: "
            f"{escape(report.publication.location)}",
            soft_wrap=True,
        )
    times = " · ".join(f"{step} {seconds:.1f} s" for step, seconds in report.seconds.items())
    console.print(f"[dim]{times}[/]")


def print_status(status: WarehouseStatus, console: Console, limit: int = 10) -> None:
    """What is in the warehouse, for people."""
    console.print(f"[bold]Warehouse[/]  {escape(status.location)}", soft_wrap=True)
    if status.in_use:
        console.print(f"  {escape(status.in_use)} Only the published version can be looked at.", soft_wrap=True)
    elif not status.loads:
        console.print("  Nothing is loaded yet. `goldreel run FOLDER` loads a delivery, `make run` a generated one.")
    if status.loads:
        table = _plain_table("right", "", "", "right", "right", "")
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


def run_as_json(report: RunReport) -> str:
    """The same facts for scripts."""
    return to_json(
        {
            "exit_code": report.exit_code,
            "files": [
                {
                    "file": outcome.path,
                    "entity": outcome.entity,
                    "status": outcome.status,
                    "unknown_columns": outcome.unknown_columns,
                    "load": outcome.load._asdict() if outcome.load else None,
                    "refusal": _error_fields(outcome.refusal) if outcome.refusal else None,
                }
                for outcome in report.files
            ],
            "ignored": report.ignored,
            "rows": [{"layer": layer, "table": table, "rows": rows} for layer, table, rows in report.rows],
            "account": [
                dict(zip(("entity", "outcome", "rule", "records"), row, strict=True)) for row in report.account
            ],
            "rejections": [dict(zip(("entity", "reason", "records"), row, strict=True)) for row in report.rejections],
            "kpis": report.kpis,
            "build": report.build._asdict() if report.build else None,
            "failed": [asdict(node) for node in report.result.failed] if report.result else [],
            "published": asdict(report.publication) if report.publication else None,
            "seconds": {step: round(seconds, 3) for step, seconds in report.seconds.items()},
        }
    )


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


def print_parity(found: ParityReport, console: Console) -> None:
    """How engines compare, for people."""
    first, *others = found.engines
    for other in others:
        tables = [table for table in found.tables if table.engine == other]
        shown = _plain_table("", "right", "right", "right", "right")
        shown.add_row("table", f"rows in {first}", f"in {other}", "cells compared", "differences", style="dim")
        for each in tables:
            differing = f"[red]{each.differing:,}[/]" if each.differing else "[green]0[/]"
            shown.add_row(escape(each.table), *(f"{rows:,}" for rows in each.rows), f"{each.cells:,}", differing)
        console.print(shown)
        for each in tables:
            for difference in each.differences:
                console.print(f"  [red]✗[/] {escape(each.table)}: {escape(difference)}", soft_wrap=True)
        cells = sum(each.cells for each in tables)
        total = sum(each.differing for each in tables)
        verdict = f"[red]differ in {total:,} rows[/]" if total else "[green]agree[/]"
        console.print(f"\n{first} and {other} {verdict}: {len(tables)} tables, {cells:,} cells")
    for name in found.refused:
        console.print(f"  [dim]refused by all: {escape(name)}[/]")
    for engine, seconds in found.seconds.items():
        steps = " · ".join(f"{step} {taken:.1f} s" for step, taken in seconds.items())
        console.print(f"[dim]{engine}: {steps}[/]")


def parity_as_json(found: ParityReport) -> str:
    """The same facts for scripts."""
    return to_json({"exit_code": found.exit_code} | asdict(found))


def to_json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


def print_result(result: Result, form: Literal["table", "csv", "json"], console: Console) -> None:
    """A result set, for people or for scripts."""
    if form == "json":
        console.file.write(to_json([dict(zip(result.columns, row, strict=True)) for row in result.rows]) + "\n")
    elif form == "csv":
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(result.columns)
        writer.writerows(result.rows)
        console.file.write(text.getvalue())
    else:
        numeric = [
            bool(result.rows) and all(isinstance(row[position], int | float | None) for row in result.rows)
            for position in range(len(result.columns))
        ]
        table = Table(box=None, pad_edge=False, header_style="bold")
        for name, is_number in zip(result.columns, numeric, strict=True):
            table.add_column(escape(name), justify="right" if is_number else "left", overflow="fold")
        for row in result.rows:
            table.add_row(*("[dim]null[/]" if value is None else escape(str(value)) for value in row))
        console.print(table)
        console.print(f"[dim]{len(result.rows):,} {'row' if len(result.rows) == 1 else 'rows'}[/]")


def _file_line(outcome: FileOutcome) -> str:
    name = escape(outcome.path.name)
    if outcome.status == "refused" and outcome.refusal is not None:
        lines = [f"  [red]✗[/] {name}  [red]refused:[/] {escape(outcome.refusal.what)}"]
        lines.append(f"      where: {escape(outcome.refusal.where)}")
        lines.append(f"      what to do: {escape(outcome.refusal.remedy)}")
        return "\n".join(lines)
    assert outcome.load is not None
    if outcome.status == "known":
        return (
            f"  [dim]=[/] {name}  [dim]this version is already in bronze (load {outcome.load.load_id}); nothing done[/]"
        )
    line = f"  [green]✓[/] {name}  {outcome.load.records_loaded:,} records loaded"
    if outcome.load.records_rejected:
        line += f", [yellow]{outcome.load.records_rejected:,} rejected[/]"
    if outcome.unknown_columns:
        line += f" [dim](unknown columns kept in _extra: {escape(', '.join(outcome.unknown_columns))})[/]"
    return line


def _print_rows(report: RunReport, console: Console) -> None:
    table = _plain_table("", "", "right")
    before = ""
    for layer, name, rows in report.rows:
        table.add_row(layer if layer != before else "", name, f"{rows:,}")
        before = layer
    console.print(table)


def _account_table(report: RunReport) -> Table:
    """Entities across, outcomes and their rules down."""
    table = _plain_table("", "right", "right", "right", "")
    table.add_row("", *_ENTITIES, "", style="dim")
    totals = {entity: _records(report, entity) for entity in _ENTITIES}
    table.add_row("[bold]delivered[/]", *(f"[bold]{totals[entity]:,}[/]" for entity in _ENTITIES), "")
    for outcome, meaning in _OUTCOMES.items():
        figures = [_records(report, entity, outcome) for entity in _ENTITIES]
        if not any(figures):
            continue
        table.add_row(outcome, *_figures(figures), f"[dim]{meaning}[/]")
        for rule in dict.fromkeys(row[2] for row in report.account if row[1] == outcome and row[2]):
            entities = [entity for entity, each in report.meanings if each == rule]
            told = " ".join(dict.fromkeys(report.meanings[entity, rule] for entity in entities))
            of_rule = [_records(report, entity, outcome, rule) for entity in _ENTITIES]
            table.add_row(f"  [yellow]{rule}[/]", *_figures(of_rule), f"[dim]{escape(told)}[/]")
        if outcome == "rejected":
            for reason in list(dict.fromkeys(row[1] for row in report.rejections))[:8]:
                by_entity = {row[0]: row[2] for row in report.rejections if row[1] == reason}
                of_reason = [by_entity.get(entity, 0) for entity in _ENTITIES]
                table.add_row("", *_figures(of_reason), f"[dim]{escape(reason)}[/]")
    return table


def _records(report: RunReport, entity: str, outcome: str | None = None, rule: str | None = None) -> int:
    return sum(
        records
        for of_entity, of_outcome, of_rule, records in report.account
        if of_entity == entity and outcome in (None, of_outcome) and rule in (None, of_rule)
    )


def _figures(values: Sequence[int]) -> list[str]:
    return [f"{value:,}" if value else "[dim]·[/]" for value in values]


def _print_failures(report: RunReport, console: Console) -> None:
    assert report.result is not None
    console.print("\n[bold red]The build did not pass; what was published before stays as it was[/]")
    for node in report.result.failed:
        found = f"{node.failures:,} rows break it" if node.failures else escape(node.message)
        console.print(f"  [red]✗[/] {node.kind} {escape(node.name)}: {found}", soft_wrap=True)
    skipped = report.result.count("model", "skipped") + report.result.count("test", "skipped")
    if skipped:
        console.print(f"  [dim]{skipped} models and tests behind them were skipped[/]")


def _plain_table(*justify: Any) -> Table:
    table = Table(box=None, show_header=False, pad_edge=True)
    for side in justify:
        table.add_column(justify=side or "left", overflow="fold")
    return table


def _figure(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _error_fields(error: GoldreelError) -> dict[str, str]:
    return {"what": error.what, "where": error.where, "remedy": error.remedy}
