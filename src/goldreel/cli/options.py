"""The group that all commands belong to, and the options that many of them share."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import click

import goldreel
from goldreel import clock

EXIT_CODES = """\b
Exit codes:
  0  all went well
  1  something failed: a model, a test, a refused file, a warehouse in use
  2  an argument or a setting cannot be used; nothing was done
"""


def as_date(context: click.Context, parameter: click.Parameter, value: str | None) -> date | None:
    if value is None:
        return None
    try:
        return datetime.strptime(value, "%Y-%m-%d").date()
    except ValueError:
        raise click.BadParameter(f"{value!r} is not a day written YYYY-MM-DD") from None


def _as_date_or_today(context: click.Context, parameter: click.Parameter, value: str | None) -> date:
    return as_date(context, parameter, value) or clock.today()


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
    help="The day that days_since_signup counts to [today in UTC].",
)
full_option = click.option(
    "--full", is_flag=True, help="Make everything anew, also what the build before left as it should be."
)
deliveries_argument = click.argument("deliveries", nargs=-1, metavar="[DELIVERY]...")
sources_option = click.option(
    "--source",
    "sources",
    multiple=True,
    metavar="FILE",
    help="What reads files of others: a NAME.source.yml, or the name of one that comes with goldreel. May be given "
    "several times [those in the delivery, else GOLDREEL_SOURCE].",
)
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
