"""Commands about SQL: run a script, write the transformations as scripts."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, Literal

import click

from goldreel.cli.options import EXIT_CODES, as_date, cli, debug_option, engine_option
from goldreel.cli.terminal import err, out
from goldreel.config import load_settings
from goldreel.console import marked
from goldreel.errors import UsageError


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
            for message in result.messages:
                err.print(marked("[dim]{}[/]", message), soft_wrap=True)
            report.print_result(result, form, out)
    return 0


@cli.command("export-sql", epilog=EXIT_CODES)
@click.option(
    "--output", type=click.Path(path_type=Path), default=Path("sql"), show_default=True, help="Folder to write to."
)
@click.option(
    "--as-of",
    callback=as_date,
    metavar="YYYY-MM-DD",
    help="The day that days_since_signup counts to [the day on which a script runs].",
)
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 when the scripts there are not up to date.")
@debug_option
def export_sql(output: Path, as_of: date | None, check: bool, debug: bool) -> int:
    """Write the transformations as plain SQL scripts, for who runs them without dbt.

    One folder per engine, of those whose extras are installed. The ones for DuckDB and SQL Server run as they stand;
    those for Spark are for reading.
    """
    from goldreel.engines.scripts import WRITERS
    from goldreel.export_sql import available_engines, stale_scripts, write_scripts

    for engine in WRITERS.keys() - set(available_engines()):
        err.print(marked("[yellow]left out[/]  {}: pip install 'goldreel[{}]'", engine, engine), soft_wrap=True)
    if check:
        stale = stale_scripts(output)
        for file in stale:
            err.print(marked("[red]stale[/]  {}: run `goldreel export-sql`", file), soft_wrap=True)
        return 1 if stale else 0
    for file in write_scripts(output, as_of.isoformat() if as_of else ""):
        out.print(marked("  [green]✓[/] {}", file), soft_wrap=True)
    return 0


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
        remedy = "a query is given behind -q" if " " in str(file) else "check its name and encoding"
        raise UsageError(f"The script cannot be read: {reason}.", str(file), remedy) from None


def _parse_variables(variables: tuple[str, ...]) -> dict[str, str]:
    pairs = [variable.partition("=") for variable in variables]
    for name, equals, _ in pairs:
        if not name or not equals:
            raise UsageError(f"The variable {name!r} has no value.", "--var", "write it as --var NAME=VALUE")
    return {name: value for name, _, value in pairs}
