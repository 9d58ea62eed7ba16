"""What a run tells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import zip_longest

from rich.console import Console
from rich.table import Table
from rich.text import Text

from goldreel.build_log import Build
from goldreel.console import marked
from goldreel.errors import GoldreelError
from goldreel.load_checks import LoadCheck, Repaired, described, ways_out
from goldreel.loading import FileOutcome
from goldreel.loading.contract import is_ours
from goldreel.pipeline import RunReport
from goldreel.report.writing import plain_table, to_json

# The order in which the account is told: from what never arrived to what counts.
_OUTCOMES = {
    "forgotten": "of users who asked to be forgotten; only this number is left",
    "withdrawn": "of loads that were taken back",
    "rejected": "could not be read as a record",
    "repaired": "a repair took its place",
    "quarantined": "breaks a rule",
    "superseded": "replaced by a later record",
    "held": "waits for a record that it refers to",
    "inactive_user": "inactive users, and their sessions",
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


_FILES_SHOWN = 6


def print_run(report: RunReport, console: Console) -> None:
    """The summary of a run, for people: first what needs one, and of a good day no more than a screen shows at once."""
    print_alarms(report.alarms, console)
    for told_of_file in _file_lines(report.files):
        console.print(told_of_file)
    for path in report.ignored:
        name = path.rpartition("/")[2]
        console.print(marked("  [dim]·[/] {}  [dim]not a file that goldreel loads; left alone[/]", name))
    if report.publication is not None and report.publication.moved:
        console.print(marked("\n[bold]What moved, and why[/]  [dim](more: goldreel why)[/]"))
        for line in report.publication.moved:
            console.print(marked(" {}", line))
    print_repaired([each for each in report.repaired if each.load_id in report.load_ids], console, limit=3)
    print_account(report, console)
    if report.kpis:
        console.print(marked("\n[bold]{}[/]", report.kpis["metric_category"]))
        console.print(_kpi_table(report))
    if report.result is not None and not report.result.passed:
        _print_failures(report, console)
    console.print()
    if report.rows:
        console.print(_rows_line(report))
    if report.publication is not None:
        published = report.publication
        told = "[green]Published[/] version {}, as of {}, {} tests passed: {}"
        about = (published.version, published.as_of, published.tests_passed, published.location)
        console.print(marked(told, *about), soft_wrap=True)
    times = " · ".join(f"{step} {seconds:.1f} s" for step, seconds in report.seconds.items())
    console.print(marked("[dim]{}[/]  {}", times, how_built(report.build) if report.build else ""), soft_wrap=True)


def how_built(build: Build) -> str:
    """Whether a build made everything anew, and why, in one sentence; empty where an earlier goldreel made it."""
    if build.built_on is not None:
        return f"Built what is new since build {build.built_on}."
    return f"Built in full: {build.why_in_full}." if build.why_in_full else ""


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
                    "remarks": outcome.remarks,
                    "load": outcome.load._asdict() if outcome.load else None,
                    "overtaken_by": outcome.overtaken_by.load_id if outcome.overtaken_by else None,
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
            "load_checks": [check._asdict() for check in report.alarms],
            "repaired": [each._asdict() for each in report.repaired],
            "failed": [asdict(node) for node in report.result.failed] if report.result else [],
            "published": asdict(report.publication) if report.publication else None,
            "failure": _error_fields(report.failure) if report.failure else None,
            "seconds": {step: round(seconds, 3) for step, seconds in report.seconds.items()},
        }
    )


def print_alarms(alarms: Sequence[LoadCheck], console: Console, limit: int = 10) -> None:
    """Loads that look wrong as a whole, for people: what, an example, what to do."""
    for check in alarms[:limit]:
        verdict = "[bold red]stopped[/]" if check.stops else "[yellow]suspicious[/]"
        if check.accepted_by:
            verdict = "[yellow]accepted[/]"
        console.print(
            marked(f"{verdict} load {{}} ({{}}): {{}}", check.load_id, check.source_file, described(check)),
            soft_wrap=True,
        )
        console.print(marked("      {}", check.meaning), soft_wrap=True)
        if check.accepted_by:
            console.print(marked("      accepted by {}: {}", check.accepted_by, check.accepted_because), soft_wrap=True)
        else:
            then = f" Or {ways_out(check.load_id)}" if check.stops else ""
            console.print(marked("      what to do: {}{}", check.remedy, then), soft_wrap=True)
    if len(alarms) > limit:
        console.print(marked("  [dim]and {} more (table load_checks has them all)[/]", len(alarms) - limit))
    if any(check.stops for check in alarms):
        console.print(marked("[bold red]Not published[/]: what was published before stays as it was"))
    if alarms:
        console.print()


def print_repaired(found: Sequence[Repaired], console: Console, limit: int) -> None:
    """Values that were not taken as they came, by load and column, the largest share first."""
    if found:
        console.print(marked("\n[bold]Repaired values[/]  [dim]null, a default or the nearest bound in their place[/]"))
    for each in sorted(found, key=lambda each: -each.share)[:limit]:
        told = "  {} of load {} ({}): {} of {} ({}), first in row {}"
        counts = (f"{each.repaired_values:,}", f"{each.records:,}", f"{100 * each.share:.1f}%", each.first_row)
        console.print(marked(told, each.column_name, each.load_id, each.source_file, *counts), soft_wrap=True)
    if len(found) > limit:
        more = f"{len(found) - limit} more column{'s' if len(found) - limit > 1 else ''}"
        console.print(marked("  [dim]and {} (table load_columns has them all)[/]", more))


def _file_lines(files: Sequence[FileOutcome]) -> Iterator[Text]:
    """What became of each file. Of many that say nothing but that all is well, the number."""
    for status, told in (
        ("loaded", "  [green]✓[/] {} files  {} records loaded"),
        ("known", "  [dim]= {} files  in bronze already ({} records); nothing done[/]"),
    ):
        plain = [outcome for outcome in files if outcome.status == status and _is_plain(outcome)]
        if len(plain) > _FILES_SHOWN:
            records = sum(outcome.load.records_loaded for outcome in plain if outcome.load)
            files = [outcome for outcome in files if outcome not in plain]
            yield marked(told, f"{len(plain):,}", f"{records:,}")
    yield from map(file_line, files)


def _is_plain(outcome: FileOutcome) -> bool:
    """Whether there is nothing to say of a file but what it is."""
    rejected = outcome.status == "loaded" and outcome.load is not None and outcome.load.records_rejected
    return not (rejected or outcome.unknown_columns or outcome.overtaken_by)


def print_account(report: RunReport, console: Console) -> None:
    """What became of every record."""
    if report.account:
        console.print()
        console.print(_account_table(report))


def file_line(outcome: FileOutcome) -> Text:
    """What became of a file."""
    name = outcome.path.name
    if not is_ours(name):
        name += f" → {outcome.entity}"
    if outcome.status == "refused" and outcome.refusal is not None:
        refusal = outcome.refusal
        told = "  [red]✗[/] {}  [red]refused:[/] {}\n      where: {}\n      what to do: {}"
        return marked(told, name, refusal.what, refusal.where, refusal.remedy)
    assert outcome.load is not None
    load = outcome.load
    if outcome.status == "known":
        told = "  [dim]=[/] {}  [dim]this version is already in bronze (load {}); nothing done[/]"
        return marked(told, name, load.load_id) + _overtaken(outcome) + _remarks(outcome)
    line = marked("  [green]✓[/] {}  {} records loaded", name, f"{load.records_loaded:,}")
    if load.records_rejected:
        line += marked(", [yellow]{} rejected[/]", f"{load.records_rejected:,}")
    if outcome.unknown_columns:
        line += marked(" [dim](unknown columns kept in _extra: {})[/]", ", ".join(outcome.unknown_columns))
    return line + _remarks(outcome)


def _remarks(outcome: FileOutcome) -> Text:
    return Text().join(marked("\n      [dim]{}[/]", remark) for remark in outcome.remarks)


def _overtaken(outcome: FileOutcome) -> Text:
    later = outcome.overtaken_by
    if later is None:
        return Text()
    return marked(
        "\n      [yellow]a later load stands over it:[/] records of load {} ({}) count instead of its own"
        "\n      what to do: if that load is wrong, `goldreel withdraw {} --reason TEXT` takes it back; to make this"
        "\n      file count again all the same, change it, if only by a blank line at its end, and deliver it",
        later.load_id,
        later.source_file,
        later.load_id,
    )


def _rows_line(report: RunReport) -> Text:
    """How many rows each layer has; --json has them by table."""
    line = marked("[bold]Rows[/] ")
    for layer in dict.fromkeys(layer for layer, _, _ in report.rows):
        rows = [count for of_layer, _, count in report.rows if of_layer == layer]
        line += marked(" {} {} [dim]in {} tables[/] ", layer, f"{sum(rows):,}", len(rows))
    return line


def _kpi_table(report: RunReport) -> Table:
    """The numbers, in two columns."""
    table = plain_table("", "right", "", "right")
    named = [(label, _figure(report.kpis[name])) for name, label in _KPIS.items()]
    half = (len(named) + 1) // 2
    for left, right in zip_longest(named[:half], named[half:], fillvalue=("", "")):
        table.add_row(*left, *right)
    return table


def _account_table(report: RunReport) -> Table:
    """Entities across, outcomes and their rules down."""
    table = plain_table("", "right", "right", "right", "")
    table.add_row(
        marked("[bold]Every record accounted for[/]"), *(marked("[dim]{}[/]", each) for each in _ENTITIES), ""
    )
    totals = {entity: _records(report, entity) for entity in _ENTITIES}
    figures = [marked("[bold]{}[/]", f"{totals[entity]:,}") for entity in _ENTITIES]
    table.add_row("delivered", *figures, "")
    for outcome, meaning in _OUTCOMES.items():
        of_outcome = [_records(report, entity, outcome) for entity in _ENTITIES]
        if not any(of_outcome):
            continue
        table.add_row(outcome, *_figures(of_outcome), marked("[dim]{}[/]", meaning))
        for rule in dict.fromkeys(row[2] for row in report.account if row[1] == outcome and row[2]):
            entities = [entity for entity, each in report.meanings if each == rule]
            told = " ".join(dict.fromkeys(report.meanings[entity, rule] for entity in entities))
            of_rule = [_records(report, entity, outcome, rule) for entity in _ENTITIES]
            table.add_row(marked("  [yellow]{}[/]", rule), *_figures(of_rule), marked("[dim]{}[/]", told))
        if outcome == "rejected":
            for reason in list(dict.fromkeys(row[1] for row in report.rejections))[:8]:
                by_entity = {row[0]: row[2] for row in report.rejections if row[1] == reason}
                of_reason = [by_entity.get(entity, 0) for entity in _ENTITIES]
                table.add_row("", *_figures(of_reason), marked("[dim]{}[/]", reason))
    return table


def _records(report: RunReport, entity: str, outcome: str | None = None, rule: str | None = None) -> int:
    return sum(
        records
        for of_entity, of_outcome, of_rule, records in report.account
        if of_entity == entity and outcome in (None, of_outcome) and rule in (None, of_rule)
    )


def _figures(values: Sequence[int]) -> list[Text]:
    return [Text(f"{value:,}") if value else marked("[dim]·[/]") for value in values]


def _print_failures(report: RunReport, console: Console) -> None:
    assert report.result is not None
    console.print(marked("\n[bold red]The build did not pass; what was published before stays as it was[/]"))
    for node in report.result.failed:
        found = f"{node.failures:,} rows break it" if node.failures else node.message
        console.print(marked("  [red]✗[/] {} {}: {}", node.kind, node.name, found), soft_wrap=True)
    if report.result.tests_missing:
        told = "  [red]✗[/] {} of the project's {} tests did not run"
        console.print(marked(told, report.result.tests_missing, report.result.tests_of_project))
    skipped = report.result.count("model", "skipped") + report.result.count("test", "skipped")
    if skipped:
        console.print(marked("  [dim]{} models and tests behind them were skipped[/]", skipped))


def _figure(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _error_fields(error: GoldreelError) -> dict[str, str]:
    return {"what": error.what, "where": error.where, "remedy": error.remedy}
