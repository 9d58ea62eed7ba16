"""The command line: parse, call, print."""

from __future__ import annotations

import functools
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

import goldreel
from goldreel.config import Settings, load_settings
from goldreel.errors import GoldreelError, UsageError
from goldreel.loading.contract import DeliveredFile

out = Console(highlight=False, width=None if sys.stdout.isatty() else 160)
err = Console(stderr=True, highlight=False)

EXIT_CODES = """\b
Exit codes:
  0  all went well
  1  something failed: a model, a test, a refused file, a warehouse in use
  2  an argument or a setting cannot be used; nothing was done
"""


class TerminalProgress:
    """A progress bar on a terminal; silence elsewhere. See `goldreel.pipeline.Listener`."""

    def __init__(self, enabled: bool) -> None:
        self._progress = Progress(
            TextColumn("  {task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f}%"),
            TimeElapsedColumn(),
            console=err,
            transient=True,
            disable=not enabled,
        )
        self._task: TaskID | None = None

    @contextmanager
    def shown(self) -> Iterator[TerminalProgress]:
        with self._progress:
            yield self

    def file_started(self, file: DeliveredFile, size: int) -> None:
        self._task = self._progress.add_task(f"loading {file.name}", total=size)

    def bytes_read(self, count: int) -> None:
        if self._task is not None:
            self._progress.advance(self._task, count)

    def file_ended(self) -> None:
        self._remove()

    def node_finished(self, name: str, done: int, total: int) -> None:
        if self._task is None:
            self._task = self._progress.add_task("building", total=total)
        self._progress.update(self._task, completed=done)
        if done == total:
            self._remove()

    def _remove(self) -> None:
        if self._task is not None:
            self._progress.remove_task(self._task)
            self._task = None


def _as_date(context: click.Context, parameter: click.Parameter, value: str | None) -> date | None:
    if value is None:
        return None
    try:
        return datetime.strptime(value, "%Y-%m-%d").date()
    except ValueError:
        raise click.BadParameter(f"{value!r} is not a day written YYYY-MM-DD") from None


def _as_date_or_today(context: click.Context, parameter: click.Parameter, value: str | None) -> date:
    return _as_date(context, parameter, value) or date.today()


def _options(*options: Callable[..., Any]) -> Callable[..., Any]:
    """Several options as one decorator."""
    return lambda command: functools.reduce(lambda wrapped, option: option(wrapped), reversed(options), command)


engine_option = click.option("--engine", metavar="ENGINE", help="Engine to use; overrides GOLDREEL_ENGINE [duckdb].")
debug_option = click.option("--debug", is_flag=True, help="Show the traceback of an error.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")
as_of_option = click.option(
    "--as-of",
    callback=_as_date_or_today,
    metavar="YYYY-MM-DD",
    help="The day that days_since_signup counts to [today].",
)
deliveries_argument = click.argument("deliveries", nargs=-1, metavar="[DELIVERY]...")
common_options = _options(engine_option, json_option, debug_option)


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=EXIT_CODES,
)
@click.version_option(goldreel.__version__, message="goldreel %(version)s")
def cli() -> None:
    """A warehouse for video-streaming analytics: files in, trusted numbers out.

    A delivery is a folder with users*.csv, viewing_sessions*.csv and content*.json (each may end in .gz).
    goldreel loads it (bronze), types and judges every record (silver), computes the numbers (gold), tests
    them, and publishes them for readers.

    \b
    Try it:
      goldreel generate demo                   make a delivery to play with
      goldreel run demo                        load, build, test, publish
      goldreel sql -q "select * from gold_executive_summary"
    """


@cli.command(epilog=EXIT_CODES)
@deliveries_argument
@as_of_option
@common_options
def run(deliveries: tuple[str, ...], as_of: date, engine: str | None, as_json: bool, debug: bool) -> int:
    """Load deliveries, build, test and publish.

    The deliveries are loaded in the order given; without any, what is in bronze is built again. A file that
    was loaded before is left alone. A file that cannot be understood is refused: the others still load, and are
    published if all tests pass, and the exit code is 1.

    \b
    Examples:
      goldreel run deliveries/2024-08-01
      goldreel run deliveries/2024-08-01 deliveries/2024-08-02 --as-of 2024-08-31
      goldreel run --json | jq .kpis
    """
    from goldreel import pipeline

    return _report(engine, as_json, lambda settings, listener: pipeline.run(settings, deliveries, as_of, listener))


@cli.command(epilog=EXIT_CODES)
@engine_option
@debug_option
def init(engine: str | None, debug: bool) -> int:
    """Make the warehouse where it is missing: its database, and the schemas and tables that loads need.

    What is there stays as it is. Loading does the same; this is for who prepares a server before the first delivery.
    """
    from goldreel import pipeline

    settings = load_settings(engine)
    out.print(f"[green]Ready[/]: {pipeline.prepare(settings)}", soft_wrap=True)
    return 0


@cli.command(epilog=EXIT_CODES)
@click.argument("deliveries", nargs=-1, required=True, metavar="DELIVERY...")
@common_options
def load(deliveries: tuple[str, ...], engine: str | None, as_json: bool, debug: bool) -> int:
    """Load deliveries into bronze, and build nothing."""
    from goldreel import pipeline

    return _report(engine, as_json, lambda settings, listener: pipeline.load(settings, deliveries, listener))


@cli.command(epilog=EXIT_CODES)
@as_of_option
@common_options
def build(as_of: date, engine: str | None, as_json: bool, debug: bool) -> int:
    """Build silver and gold from bronze and test them, and publish nothing."""
    from goldreel import pipeline

    return _report(engine, as_json, lambda settings, listener: pipeline.build(settings, as_of, listener))


@cli.command(epilog=EXIT_CODES)
@click.option("--version", type=int, help="Make this earlier version, if still kept, the current one again.")
@common_options
def publish(version: int | None, engine: str | None, as_json: bool, debug: bool) -> int:
    """Hand the last build over to readers, if all its tests passed."""
    from dataclasses import asdict

    from goldreel import pipeline, report

    done = pipeline.publish(load_settings(engine), version)
    if as_json:
        click.echo(report.to_json(asdict(done)))
    else:
        out.print(
            f"[green]Published[/] version {done.version} of build {done.build_id}: {done.location}",
            soft_wrap=True,
        )
    return 0


@cli.command()
@common_options
def status(engine: str | None, as_json: bool, debug: bool) -> int:
    """Show what is loaded, the last build, and what readers get."""
    from goldreel import pipeline, report

    found = pipeline.status(load_settings(engine))
    if as_json:
        click.echo(report.status_as_json(found))
    else:
        report.print_status(found, out)
    return 0


@cli.command(epilog=EXIT_CODES)
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("-q", "--query", help="SQL to run instead of a file.")
@click.option("--var", "variables", multiple=True, metavar="NAME=VALUE", help="Value of $(NAME) in the script.")
@click.option(
    "--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True,
    help="How result sets are printed.",
)  # fmt: skip
@click.option("--published", is_flag=True, help="Read what is published instead of the warehouse.")
@click.option("--autocommit", is_flag=True, help="Keep what each statement did, also when a later one fails.")
@engine_option
@debug_option
def sql(
    file: Path | None,
    query: str | None,
    variables: tuple[str, ...],
    form: Literal["table", "csv", "json"],
    published: bool,
    autocommit: bool,
    engine: str | None,
    debug: bool,
) -> int:
    """Run a SQL script, or a query, on the warehouse.

    All statements run in one transaction, which stops at the first error and then changes nothing (Spark has no
    transactions: there, what ran before the error stays). On SQL Server a line GO ends a batch, and GO 3 runs it
    three times.

    \b
    Examples:
      goldreel sql -q "select * from gold_country_insights order by total_users desc"
      goldreel sql report.sql --var country=Peru --format csv > peru.csv
      goldreel sql --published -q "select count(*) from silver_users"
    """
    from goldreel import report
    from goldreel.engines import open_engine, open_published
    from goldreel.sql_runner import run_script

    settings = load_settings(engine)
    script = _read_script(file, query).with_variables(_parse_variables(variables))
    with open_published(settings) if published else open_engine(settings, "script") as connected:
        for result in run_script(connected, script, transaction=not autocommit):
            report.print_result(result, form, out)
    return 0


@cli.command(epilog=EXIT_CODES)
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--users", type=int, default=5_000, show_default=True, help="Users of the platform.")
@click.option("--sessions", type=int, default=222_785, show_default=True, help="Viewing sessions.")
@click.option("--titles", type=int, default=300, show_default=True, help="Titles in the catalogue.")
@click.option("--days", type=int, default=244, show_default=True, help="Days that the sessions cover.")
@click.option("--seed", type=int, default=1, show_default=True, help="Same seed, same bytes.")
@click.option("--dirt", type=float, default=0.0, show_default=True, help="Share of records with a fault, 0 to 1.")
@click.option("--deliveries", type=int, default=1, show_default=True, help="Split into this many daily deliveries.")
@click.option("--gzip", is_flag=True, help="Compress the files.")
@click.option("--broken-files", is_flag=True, help="Add files that must be refused as a whole.")
@debug_option
def generate(directory: Path, debug: bool, **options: Any) -> int:
    """Write a synthetic delivery that looks like a streaming service's.

    \b
    Examples:
      goldreel generate demo
      goldreel generate big --users 200000 --sessions 10000000 --titles 2000
      goldreel generate dirty --dirt 0.02 --deliveries 3
    """
    from goldreel.generator import GeneratorOptions
    from goldreel.generator import generate as write_delivery

    try:
        chosen = GeneratorOptions(**options)
        with _bar("generating", chosen.sessions) as advance:
            made = write_delivery(directory, chosen, advance)
    except ValueError as error:
        raise UsageError(str(error), where="goldreel generate") from error
    except OSError as error:
        raise UsageError(
            f"The delivery cannot be written: {(error.strerror or str(error)).lower()}.",
            where=str(error.filename or directory),
            remedy="choose a folder that you may write to",
        ) from None
    for path in made.files:
        out.print(f"  [green]✓[/] {path}", soft_wrap=True)
    folders = " ".join(str(folder) for folder in made.folders)
    out.print(f"\nLoad {'it' if len(made.folders) == 1 else 'them'}: goldreel run {folders}", soft_wrap=True)
    return 0


@cli.command("export-sql", epilog=EXIT_CODES)
@click.option(
    "--output", type=click.Path(path_type=Path), default=Path("sql"), show_default=True, help="Folder to write to."
)
@click.option(
    "--as-of",
    callback=_as_date,
    metavar="YYYY-MM-DD",
    help="The day that days_since_signup counts to [the day on which a script runs].",
)
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 when the scripts there are not up to date.")
@debug_option
def export_sql(output: Path, as_of: date | None, check: bool, debug: bool) -> int:
    """Write the transformations as plain SQL scripts, for who runs them without dbt."""
    from goldreel.export_sql import stale_scripts, write_scripts

    if check:
        stale = stale_scripts(output)
        for file in stale:
            err.print(f"[red]stale[/]  {file}: run `goldreel export-sql`", soft_wrap=True)
        return 1 if stale else 0
    for file in write_scripts(output, as_of.isoformat() if as_of else ""):
        out.print(f"  [green]✓[/] {file}", soft_wrap=True)
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
            err.print(f"[dim]building on {name} …[/]")

    found = compare(settings[0], [each.engine for each in settings], deliveries, as_of, tell)
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
            mark = "[green]✓[/]" if check.ok else "[red]✗[/]"
            out.print(f"  {mark} {check.name:<14}{check.detail}", soft_wrap=True)
    return 0 if all(check.ok for check in checks) else 1


def main() -> None:
    """Run the command line; errors become messages and exit codes."""
    debug = "--debug" in sys.argv
    try:
        code = cli.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = 2
    except (click.Abort, KeyboardInterrupt):
        err.print("interrupted; nothing half-done is visible, and the next run goes on from here")
        code = 130
    except BrokenPipeError:
        sys.stderr.close()
        code = 1
    except Exception as error:
        if debug:
            traceback.print_exc()
        _show(error)
        code = error.exit_code if isinstance(error, GoldreelError) else 1
    sys.exit(code)


def _show(error: Exception) -> None:
    """What, where, what to do."""
    if not isinstance(error, GoldreelError):
        error = GoldreelError(
            f"goldreel failed unexpectedly: {type(error).__name__}: {error}",
            remedy="run the command again with --debug and report what it prints; that is a bug",
        )
    err.print(f"[bold red]error:[/] {escape(error.what)}", soft_wrap=True)
    if error.where:
        err.print(f"  where: {escape(error.where)}", soft_wrap=True)
    if error.remedy:
        err.print(f"  what to do: {escape(error.remedy)}", soft_wrap=True)


def _report(engine: str | None, as_json: bool, step: Callable[[Settings, TerminalProgress], Any]) -> int:
    from goldreel import report

    settings = load_settings(engine)
    with TerminalProgress(enabled=err.is_terminal and not as_json).shown() as listener:
        done = step(settings, listener)
    if as_json:
        click.echo(report.run_as_json(done))
    else:
        report.print_run(done, out)
    return int(done.exit_code)


@contextmanager
def _bar(description: str, total: int) -> Iterator[Callable[[int], None]]:
    with Progress(console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task(description, total=total)
        yield lambda count: progress.advance(task, count)


def _read_script(file: Path | None, query: str | None) -> Any:
    from goldreel.sql_runner import Script

    if (file is None) == (query is None):
        raise UsageError(
            "Give either a script file or a query.",
            "goldreel sql",
            'for instance: goldreel sql -q "select 1"',
        )
    if file is None:
        return Script("-q", query or "")
    try:
        return Script(str(file), file.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UsageError(f"The script cannot be read: {reason}.", str(file), "check its name and encoding") from None


def _parse_variables(variables: tuple[str, ...]) -> dict[str, str]:
    pairs = [variable.partition("=") for variable in variables]
    for name, equals, _ in pairs:
        if not name or not equals:
            raise UsageError(f"The variable {name!r} has no value.", "--var", "write it as --var NAME=VALUE")
    return {name: value for name, _, value in pairs}
