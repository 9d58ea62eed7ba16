"""What was done when a delivery was wrong."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from goldreel.amend import Certificate, Plan, Repaired, Withdrawn
from goldreel.console import marked, visible
from goldreel.report.writing import to_json


def withdrawn_as_json(done: Sequence[Withdrawn]) -> str:
    """Loads that were taken back, for scripts."""
    return to_json(
        [
            each.load._asdict()
            | {"repaired_by": [{"load_id": load, "records": records} for load, records in each.repaired_by]}
            for each in done
        ]
    )


def repaired_as_json(done: Sequence[Repaired]) -> str:
    """Repairs that were loaded, for scripts."""
    return to_json([each.load._asdict() | {"was_known": each.was_known} for each in done])


def print_plan(plan: Plan, console: Console) -> None:
    """What would be forgotten, for people."""
    if plan.is_unfinished:
        console.print(marked("  [yellow]Begun before, and interrupted:[/] it is brought to its end."))
    for load in plan.loads():
        told = "  load {} ({}): {} records of {}{}"
        also = f", {load.not_readable:,} that could not be read" if load.not_readable else ""
        about = (load.load_id, visible(load.source_file), f"{load.records:,}", load.entity, also)
        console.print(marked(told, *about), soft_wrap=True)
    users, records = len(plan.found.user_keys), len(plan.found.records)
    told = "{} records of {} {} would go, and nothing brings them back. Nothing was changed: --yes does it."
    console.print(marked(told, f"{records:,}", f"{users:,}", "user" if users == 1 else "users"), soft_wrap=True)


def plan_as_json(plan: Plan) -> str:
    """The same for scripts."""
    told = ("load_id", "source_file", "entity", "records", "not_readable")
    return to_json(
        {
            "users": len(plan.found.user_keys),
            "records": len(plan.found.records),
            "unfinished": plan.is_unfinished,
            "loads": [{name: getattr(load, name) for name in told} for load in plan.loads()],
        }
    )


def print_certificate(certificate: Certificate, console: Console) -> None:
    """What was done when users were forgotten, for people."""
    outcome = "[green]Forgotten[/]" if certificate.is_complete else "[red]Not all is gone[/]"
    by = f"{certificate.forgotten_at:%Y-%m-%d %H:%M:%S} UTC by {certificate.forgotten_by}"
    users = len(certificate.users)
    told = f"{outcome}: {{}} {{}}, {{}}, amendment {{}}"
    console.print(marked(told, users, "user" if users == 1 else "users", by, certificate.amendment), soft_wrap=True)
    for user in certificate.users:
        console.print(marked("  hash {}", user), soft_wrap=True)
    if certificate.reason:
        console.print(marked("  reason: {}", certificate.reason), soft_wrap=True)
    console.print(
        marked("  {} ({}, goldreel {})", certificate.warehouse, certificate.engine, certificate.goldreel_version)
    )
    _print_counts("Records removed, by load", [_of_load(load) for load in certificate.loads], console)
    removed = [(f"{count:,}", place) for place, count in certificate.removed.items()]
    _print_counts("Rows removed or emptied, by place", removed, console)
    searched = certificate.searched
    told = "[bold]Searched[/]: {} rows of {} tables, and {} files ({} bytes): {}"
    found = f"found in {len(certificate.found)} places" if certificate.found else "none found"
    numbers = (f"{searched['rows']:,}", searched["tables"], searched["files"], f"{searched['bytes']:,}")
    console.print(marked(told, *numbers, found), soft_wrap=True)
    _print_counts("Still there", [(f"{count:,}", place) for place, count in certificate.found.items()], console)
    elsewhere = [(f"{count:,}", place) for place, count in certificate.elsewhere.items()]
    _print_counts("The same text, as something else", elsewhere, console)
    console.print(marked("[bold]Numbers[/]: {}", certificate.build), soft_wrap=True)
    _print_counts("What stays", [("-", line) for line in certificate.stays], console)
    _print_counts("Out of reach", [("-", line) for line in certificate.outside], console)
    console.print(marked("Kept in {}", certificate.file), soft_wrap=True)


def _of_load(load: dict[str, object]) -> tuple[str, str]:
    also = f", {load['not_readable']} of them not readable" if load["not_readable"] else ""
    records = int(str(load["records"])) + int(str(load["not_readable"]))
    return f"{records:,}", f"{load['entity']} of load {load['load_id']} ({load['source_file']}){also}"


def _print_counts(title: str, lines: Sequence[tuple[str, str]], console: Console) -> None:
    if lines:
        console.print(marked("[bold]{}[/]", title))
    for number, text in lines:
        console.print(marked("  {} {}", number, visible(text)), soft_wrap=True)


def certificate_as_json(certificate: Certificate) -> str:
    """The same for scripts."""
    return to_json(certificate.as_dict())
