"""Commands that bring the warehouse on: make it, load, build, publish."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

import click

from goldreel.cli.options import (
    EXIT_CODES,
    as_of_option,
    cli,
    common_options,
    debug_option,
    deliveries_argument,
    engine_option,
    full_option,
    sources_option,
)
from goldreel.cli.terminal import TerminalProgress, as_goldreel_error, err, out, show_error
from goldreel.config import Settings, load_settings
from goldreel.console import marked
from goldreel.errors import UsageError

if TYPE_CHECKING:
    from goldreel.pipeline import RunReport


@cli.command(epilog=EXIT_CODES)
@deliveries_argument
@sources_option
@as_of_option
@full_option
@common_options
def run(
    deliveries: tuple[str, ...],
    sources: tuple[str, ...],
    as_of: date,
    full: bool,
    engine: str | None,
    as_json: bool,
    debug: bool,
) -> int:
    """Load deliveries, build, test and publish.

    The deliveries are loaded in the order given; without any, what is in bronze is built again. A file that
    was loaded before is left alone. A file that cannot be understood is refused: the others still load, and are
    published if all tests pass, and the exit code is 1.

    \b
    Examples:
      goldreel run deliveries/2024-08-01
      goldreel run deliveries/2024-08-01 deliveries/2024-08-02 --as-of 2024-08-31
      goldreel run Downloads --source netflix-viewing-activity
      goldreel run --json | jq .kpis
    """
    from goldreel import pipeline

    def step(settings: Settings, listener: TerminalProgress, done: RunReport) -> RunReport:
        return pipeline.run(settings, deliveries, as_of, listener, done, sources, full=full)

    return _report(engine, as_json, step)


@cli.command(epilog=EXIT_CODES)
@engine_option
@debug_option
def init(engine: str | None, debug: bool) -> int:
    """Make the warehouse where it is missing: its database, and the schemas and tables that loads need.

    What is there stays as it is. Loading does the same; this is for who prepares a server before the first delivery.
    """
    from goldreel import pipeline

    settings = load_settings(engine)
    out.print(marked("[green]Ready[/]: {}", pipeline.prepare(settings)), soft_wrap=True)
    return 0


@cli.command(epilog=EXIT_CODES)
@click.argument("deliveries", nargs=-1, required=True, metavar="DELIVERY...")
@sources_option
@common_options
def load(deliveries: tuple[str, ...], sources: tuple[str, ...], engine: str | None, as_json: bool, debug: bool) -> int:
    """Load deliveries into bronze, and build nothing."""
    from goldreel import pipeline

    def step(settings: Settings, listener: TerminalProgress, done: RunReport) -> RunReport:
        return pipeline.load(settings, deliveries, listener, report=done, sources=sources)

    return _report(engine, as_json, step)


@cli.command(epilog=EXIT_CODES)
@as_of_option
@full_option
@common_options
def build(as_of: date, full: bool, engine: str | None, as_json: bool, debug: bool) -> int:
    """Build silver and gold from bronze and test them, and publish nothing."""
    from goldreel import pipeline

    return _report(engine, as_json, lambda settings, *rest: pipeline.build(settings, as_of, *rest, full=full))


@cli.command(epilog=EXIT_CODES)
@click.option("--version", type=int, help="Make this earlier version, if still kept, the current one again.")
@click.option("--accept", type=int, multiple=True, metavar="LOAD_ID", help="Let this load pass, which is stopped.")
@click.option("--reason", default="", metavar="TEXT", help="Why it is right as it is; that is kept.")
@common_options
def publish(
    version: int | None, accept: tuple[int, ...], reason: str, engine: str | None, as_json: bool, debug: bool
) -> int:
    """Hand the last build over to readers, if all its tests passed and none of its loads is stopped.

    A load that looks wrong as a whole is stopped. When it is right as it is, accept it, and say why.
    """
    from dataclasses import asdict

    from goldreel import pipeline, report

    if bool(accept) != bool(reason.strip()):
        raise UsageError(
            "A load is accepted for a reason.", "goldreel publish", "give --accept LOAD_ID and --reason TEXT"
        )
    done = pipeline.publish(load_settings(engine), version, accepted=accept, reason=reason)
    if as_json:
        click.echo(report.to_json(asdict(done)))
    else:
        told = "[green]Published[/] version {} of build {}, {} tests passed: {}"
        out.print(marked(told, done.version, done.build_id, done.tests_passed, done.location), soft_wrap=True)
    return 0


def _report(
    engine: str | None, as_json: bool, step: Callable[[Settings, TerminalProgress, RunReport], RunReport]
) -> int:
    """Do steps, and tell what they did; when one fails, what those before it did, and then the error."""
    from goldreel import pipeline, report

    settings = load_settings(engine)
    done = pipeline.RunReport()
    failed: Exception | None = None
    try:
        with TerminalProgress(enabled=err.is_terminal and not as_json).shown() as listener:
            step(settings, listener, done)
    except Exception as error:
        if not (done.files or done.result):
            raise
        failed, done.failure = error, as_goldreel_error(error)
    if as_json:
        click.echo(report.run_as_json(done))
    else:
        report.print_run(done, out)
    if failed is not None:
        show_error(failed)
    return done.exit_code
