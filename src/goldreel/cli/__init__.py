"""The command line: parse, call, print. Each family of commands has a module of its own."""

from __future__ import annotations

import sys
import traceback

import click

from goldreel.cli import deliveries, look, scripts, steps
from goldreel.cli.options import cli
from goldreel.cli.terminal import err
from goldreel.console import marked
from goldreel.errors import GoldreelError

__all__ = ["cli", "deliveries", "look", "main", "scripts", "steps"]  # importing a family adds its commands to `cli`


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
    err.print(marked("[bold red]error:[/] {}", error.what), soft_wrap=True)
    if error.where:
        err.print(marked("  where: {}", error.where), soft_wrap=True)
    if error.remedy:
        err.print(marked("  what to do: {}", error.remedy), soft_wrap=True)
