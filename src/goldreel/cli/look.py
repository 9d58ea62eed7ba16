"""Commands that look and change nothing: what is there, whether engines agree, whether this machine can run it."""

from __future__ import annotations

from datetime import date, timedelta

import click

from goldreel.cli.options import EXIT_CODES, as_of_option, cli, common_options, debug_option, engine_option, json_option
from goldreel.cli.terminal import err, out
from goldreel.config import duration, load_settings
from goldreel.console import marked
from goldreel.errors import GoldreelError, UsageError

_BY_SETTING = "the setting"


def _as_duration(context: click.Context, parameter: click.Parameter, value: str | None) -> timedelta | None:
    if value is None:
        return None
    try:
        allowed = load_settings().max_age if value == _BY_SETTING else duration(value)
    except ValueError as error:
        raise click.BadParameter(f"{value!r}: {error}") from None
    if allowed is None:
        raise click.BadParameter("give an age, as in 26h, or set GOLDREEL_MAX_AGE")
    return allowed


@cli.command(epilog=EXIT_CODES)
@click.option(
    "--fail-if-older-than",
    "allowed",
    callback=_as_duration,
    is_flag=False,
    flag_value=_BY_SETTING,
    metavar="[AGE]",
    help="Exit code 1 when the published data were loaded longer ago: 26h, 90m or 2d [GOLDREEL_MAX_AGE].",
)
@click.option("--alert", is_flag=True, help="With --fail-if-older-than: tell GOLDREEL_ALERT_WEBHOOK, too.")
@common_options
def status(allowed: timedelta | None, alert: bool, engine: str | None, as_json: bool, debug: bool) -> int:
    """Show what is loaded, the last build, what readers get, and how old it is.

    \b
    Example, for cron or a monitor:
      goldreel status --fail-if-older-than 26h --alert
    """
    from goldreel import pipeline, report
    from goldreel.alerts import send_alert
    from goldreel.freshness import freshness, freshness_of

    settings = load_settings(engine)
    if alert and (allowed is None or not settings.alert_webhook.get_secret_value()):
        raise UsageError(
            "It is not said when whom to alert.", "--alert", "give --fail-if-older-than, and set GOLDREEL_ALERT_WEBHOOK"
        )
    found = pipeline.status(settings)
    # what may not be looked at is told with the rest, unless its age is asked for
    age = freshness_of(found.publication, settings) if allowed is None else freshness(settings, allowed)
    if as_json:
        click.echo(report.status_as_json(found, age))
    else:
        report.print_status(found, out, age)
    if allowed is None:
        return 0
    try:
        age.refuse_stale()
    except GoldreelError as error:
        if alert:
            send_alert(settings, f"goldreel: {error}")
        raise
    return 0


@cli.command(epilog=EXIT_CODES)
@click.option(
    "--between", required=True, metavar="ENGINE,ENGINE", help="The engines to compare; the first is the standard."
)
@click.argument("deliveries", nargs=-1, required=True, metavar="DELIVERY...")
@as_of_option
@json_option
@debug_option
def parity(between: str, deliveries: tuple[str, ...], as_of: date, as_json: bool, debug: bool) -> int:
    """Prove that engines agree: build deliveries on each, and compare every table cell by cell.

    Each engine gets a warehouse of its own for it, which is gone afterwards (on SQL Server a database beside
    MSSQL_DATABASE). Numbers may differ by one part in 10^9. The exit code is 1 when anything differs.

    \b
    Example:
      goldreel parity --between duckdb,spark deliveries/2024-08-01 deliveries/2024-08-02
    """
    from goldreel import report
    from goldreel.parity import compare

    settings = [load_settings(name.strip()) for name in between.split(",")]

    def tell(name: str) -> None:
        if err.is_terminal:
            err.print(marked("[dim]building on {} …[/]", name))

    found = compare(settings[0], [each.engine for each in settings], deliveries, as_of, tell)
    if as_json:
        click.echo(report.parity_as_json(found))
    else:
        report.print_parity(found, out)
    return found.exit_code


@cli.command(epilog=EXIT_CODES)
@common_options
def verify(engine: str | None, as_json: bool, debug: bool) -> int:
    """Prove that the warehouse is what its bronze says: build everything anew, and compare every cell.

    The build is made of the loads of the last build, as of its day, by the rules and settings of now, in a DuckDB file
    apart from the warehouse, which is gone afterwards. Every silver, gold and star table is compared; numbers may
    differ by one part in 10^9. The exit code is 1 when anything differs. It takes as long as a first run without its
    loading; nobody else can load or build meanwhile.
    """
    from goldreel import report
    from goldreel.verify import verify as compare_with_bronze

    def tell(what: str) -> None:
        if err.is_terminal:
            err.print(marked("[dim]{} …[/]", what))

    found = compare_with_bronze(load_settings(engine), tell)
    if as_json:
        click.echo(report.parity_as_json(found))
    else:
        report.print_parity(found, out)
    return found.exit_code


@cli.command(epilog=EXIT_CODES)
@click.option("--port", type=click.IntRange(1, 65535), default=8501, show_default=True, help="TCP port to listen at.")
@click.option("--address", default="localhost", show_default=True, help="Address to listen at; 0.0.0.0 for all.")
@engine_option
@debug_option
def dashboard(port: int, address: str, engine: str | None, debug: bool) -> int:
    """Serve the dashboard: a web page over what is published.

    It shows a new publication by itself, and says what to run when nothing is published yet. Whoever reaches the
    address sees all of it: it asks for no password.
    """
    from goldreel.dashboard.server import serve

    serve(load_settings(engine), port, address)
    return 0


@cli.command()
@common_options
def doctor(engine: str | None, as_json: bool, debug: bool) -> int:
    """Check whether this machine can run goldreel."""
    from goldreel import report
    from goldreel.doctor import examine

    checks = examine(load_settings(engine))
    if as_json:
        click.echo(report.to_json([check._asdict() for check in checks]))
    else:
        for check in checks:
            told = "  [green]✓[/] {}{}" if check.ok else "  [red]✗[/] {}{}"
            out.print(marked(told, f"{check.name:<14}", check.detail), soft_wrap=True)
    return 0 if all(check.ok for check in checks) else 1
