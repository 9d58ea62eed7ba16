"""What a run tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from goldreel.errors import GoldreelError
from goldreel.loading import FileOutcome
from goldreel.pipeline import RunReport
from goldreel.report.writing import plain_table, to_json

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
        table = plain_table("", "right")
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
    table = plain_table("", "", "right")
    before = ""
    for layer, name, rows in report.rows:
        table.add_row(layer if layer != before else "", name, f"{rows:,}")
        before = layer
    console.print(table)


def _account_table(report: RunReport) -> Table:
    """Entities across, outcomes and their rules down."""
    table = plain_table("", "right", "right", "right", "")
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


def _figure(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _error_fields(error: GoldreelError) -> dict[str, str]:
    return {"what": error.what, "where": error.where, "remedy": error.remedy}
