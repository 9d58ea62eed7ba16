"""The command line: parse, call, print. Each family of commands has a module of its own."""

from __future__ import annotations

import logging
import sys

import click

from goldreel.cli import adopting, amend, deliveries, look, scripts, steps, why
from goldreel.cli.options import cli
from goldreel.cli.streams import show_what_can_be_shown
from goldreel.cli.terminal import as_goldreel_error, err, show_error

__all__ = [
    "adopting",
    "amend",
    "cli",
    "deliveries",
    "look",
    "main",
    "scripts",
    "steps",
    "why",
]  # importing a family adds its commands to `cli`


def main() -> None:
    """Run the command line; errors become messages and exit codes."""
    show_what_can_be_shown()
    logging.raiseExceptions = False  # dbt's log on a full disk, say: not worth pages of traceback
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
        show_error(error)
        code = as_goldreel_error(error).exit_code
    sys.exit(code)
