"""Commands for when a delivery was wrong."""

from __future__ import annotations

from pathlib import Path

import click

from goldreel.cli.options import EXIT_CODES, cli, common_options
from goldreel.cli.terminal import TerminalProgress, err, out
from goldreel.config import load_settings
from goldreel.console import marked


@cli.command(epilog=EXIT_CODES)
@click.argument("load_ids", nargs=-1, required=True, type=int, metavar="LOAD_ID...")
@click.option("--reason", required=True, metavar="TEXT", help="What is wrong with it; that is kept.")
@common_options
def withdraw(load_ids: tuple[int, ...], reason: str, engine: str | None, as_json: bool, debug: bool) -> int:
    """Take loads back: none of their records count any more, from the next build on.

    What they had replaced counts again. The records stay in bronze, their outcome is `withdrawn`, and who, when and why
    is kept in bronze.amendments. The same file may be delivered again: it is a new load then.

    \b
    Example:
      goldreel withdraw 17 --reason "prices of another country"
      goldreel run
    """
    from goldreel import pipeline, report

    done = pipeline.withdraw(load_settings(engine), load_ids, reason)
    if as_json:
        click.echo(report.withdrawn_as_json(done))
    else:
        for each in done:
            load = each.load
            told = "[green]Withdrawn[/] load {} ({}): {} records count no more from the next build on"
            out.print(marked(told, load.load_id, load.source_file, f"{load.records_delivered:,}"), soft_wrap=True)
            for load_id, records in each.repaired_by:
                told = "      load {} repaired {} records of it, which count on (goldreel withdraw {} takes them back)"
                out.print(marked(told, load_id, f"{records:,}", load_id), soft_wrap=True)
        out.print("Build and publish: goldreel run")
    return 0


@cli.command(epilog=EXIT_CODES)
@click.option("--to", "file", required=True, type=click.Path(path_type=Path), help="File to write, as CSV.")
@click.option("--entity", help="Only records of this kind: users, viewing_sessions or content.")
@click.option("--rule", help="Only those that break this rule; rejected: what could not be read as a record.")
@click.option("--load", "load_id", type=int, metavar="LOAD_ID", help="Only those of this load.")
@common_options
def quarantine(
    file: Path,
    entity: str | None,
    rule: str | None,
    load_id: int | None,
    engine: str | None,
    as_json: bool,
    debug: bool,
) -> int:
    """Write the records that do not count to a file, to be mended and given to `goldreel repair`.

    A line has the record as delivered, the rule that it breaks, the value that does, and where it came from. Mend the
    values, by hand or by a program; leave entity, load_id and source_row as they are, and lines that stay wrong out.
    What could not be read as a record has its text in `raw`: fill the columns.

    \b
    Example:
      goldreel quarantine --to wrong.csv --entity users
      goldreel repair wrong.csv
      goldreel run
    """
    from goldreel import pipeline, report
    from goldreel.amend import Wanted

    done = pipeline.export_quarantine(load_settings(engine), file, Wanted(entity, rule, load_id))
    if as_json:
        click.echo(report.to_json({"file": done.file, "records": done.records}))
    else:
        for name, records in done.records.items():
            out.print(marked("  [green]✓[/] {} records of {}", f"{records:,}", name))
        told = "Mend them in {}, and load them: goldreel repair {}"
        out.print(marked(told, done.file, done.file), soft_wrap=True)
    return 0


@cli.command(epilog=EXIT_CODES)
@click.argument("file", type=click.Path(path_type=Path))
@common_options
def repair(file: Path, engine: str | None, as_json: bool, debug: bool) -> int:
    """Load records that were mended, in a file that `goldreel quarantine` wrote.

    From the next build on, a valid one takes the place of its original, whose outcome is `repaired`; one that breaks a
    rule is quarantined, and its original stays as it was. All lines are loaded, or none.
    """
    from goldreel import pipeline, report

    done = pipeline.repair(load_settings(engine), file)
    if as_json:
        click.echo(report.repaired_as_json(done))
    else:
        for each in done:
            told = "  [green]✓[/] {} repairs of {} loaded (load {})"
            if each.was_known:
                told = "  [dim]=[/] {} repairs of {}: [dim]already in bronze (load {}); nothing done[/]"
            out.print(marked(told, f"{each.load.records_loaded:,}", each.load.entity, each.load.load_id))
        out.print("Build and publish: goldreel run")
    return 0


@cli.command(epilog=EXIT_CODES)
@click.argument("user_ids", nargs=-1, metavar="[USER_ID]...")
@click.option("--from", "file", type=click.Path(path_type=Path), help="File with more of them, one id a line.")
@click.option("--yes", "confirmed", is_flag=True, help="Do it; otherwise it is only told what would be done.")
@click.option("--dry-run", is_flag=True, help="Only tell what would be done, whatever else is given.")
@click.option("--reason", default="", metavar="TEXT", help="Why, without a name; that is kept [asked to be forgotten].")
@common_options
def forget(
    user_ids: tuple[str, ...],
    file: Path | None,
    confirmed: bool,
    dry_run: bool,
    reason: str,
    engine: str | None,
    as_json: bool,
    debug: bool,
) -> int:
    """Forget users: nothing of them stays in anything that goldreel keeps, but how many records they had.

    Without --yes it tells what would go. With it their records are taken out of bronze, of what builds made and of
    every published version that is kept; the numbers are made anew without them; the files are written anew; and in
    the end everything is searched. The certificate is printed, and kept as JSON under GOLDREEL_HOME. Users who are
    delivered again stay out. What was interrupted is brought to its end by the same command.

    \b
    Examples:
      goldreel forget U0001
      goldreel forget --from ids.txt --yes --reason "request 2024-17"
    """
    from goldreel import pipeline, report

    ids = [*user_ids, *(pipeline.read_ids(file) if file else [])]
    settings = load_settings(engine)
    if dry_run or not confirmed:
        plan = pipeline.plan_forgetting(settings, ids)
        if as_json:
            click.echo(report.plan_as_json(plan))
        else:
            report.print_plan(plan, out)
        return 0
    with TerminalProgress(enabled=err.is_terminal and not as_json).shown() as listener:
        certificate = pipeline.forget(settings, ids, reason, listener)
    if as_json:
        click.echo(report.certificate_as_json(certificate))
    else:
        report.print_certificate(certificate, out)
    return 0 if certificate.is_complete else 1
