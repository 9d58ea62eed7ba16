"""Files of others: the draft of a source for them, and what it would give."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from goldreel.cli.options import EXIT_CODES, as_of_option, cli, debug_option, json_option, sources_option
from goldreel.cli.terminal import TerminalProgress, err, out
from goldreel.config import load_settings
from goldreel.console import marked
from goldreel.errors import UsageError


@cli.command(epilog=EXIT_CODES)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Tell what the source gives, rule by rule; nothing is loaded.")
@click.option(
    "--output", type=click.Path(path_type=Path), metavar="FILE", help="Where the draft goes [into the folder]."
)
@sources_option
@as_of_option
@json_option
@debug_option
def adopt(
    folder: Path,
    check: bool,
    output: Path | None,
    sources: tuple[str, ...],
    as_of: date,
    as_json: bool,
    debug: bool,
) -> int:
    """Look at a folder of other people's files, and write the draft of a source for them.

    The draft says what was found: how the files are written, which column may be which of goldreel's, which ways of
    writing dates fit all values. What only a person can know is a TODO, and a draft is not loaded before each has its
    answer. With --check, the source in the folder (or --source) is tried, and what it gives is told with examples.

    \b
    Examples:
      goldreel adopt exports                   write exports/exports.source.yml
      goldreel adopt exports --check           edit it, and see what it gives, as often as you like
      goldreel run exports                     load it, build, test and publish
    """
    if check:
        return _check(folder, sources, as_of, as_json)
    if sources:
        raise UsageError("A draft is made of the files alone.", "--source", "give --check too, or leave it out")
    from goldreel.sources.adopting import write_draft

    draft = write_draft(folder, output)
    for name, what in draft.looked_at:
        out.print(marked("  [dim]·[/] {}  [dim]{}[/]", name, what), soft_wrap=True)
    out.print(marked("\n[green]Written[/]: {}", draft.path), soft_wrap=True)
    for line, what in draft.open:
        out.print(marked("  [yellow]line {}[/] {}", line, what), soft_wrap=True)
    then = f"goldreel adopt {folder} --check"
    asked = f"Answer what is TODO in it ({len(draft.open)}), then: " if draft.open else "Look at it, then: "
    out.print(marked("{}{}", asked, then), soft_wrap=True)
    return 0


def _check(folder: Path, sources: tuple[str, ...], as_of: date, as_json: bool) -> int:
    from goldreel import pipeline, report
    from goldreel.sources import find_sources

    if not sources and not find_sources(folder):
        raise UsageError(
            "There is no source to check.", str(folder), f"`goldreel adopt {folder}` writes a draft, or give --source"
        )
    with TerminalProgress(enabled=err.is_terminal and not as_json).shown() as listener:
        trial = pipeline.try_delivery(load_settings("duckdb"), folder, as_of, listener, sources)
    if as_json:
        click.echo(report.trial_as_json(trial))
    else:
        report.print_trial(trial, out)
    return trial.report.exit_code
