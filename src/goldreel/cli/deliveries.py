"""Commands about files before they are loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from goldreel.cli.options import EXIT_CODES, cli, debug_option
from goldreel.cli.terminal import bar, out
from goldreel.console import marked
from goldreel.errors import UsageError
from goldreel.os_faults import reason_of


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
        with bar("generating", chosen.sessions) as advance:
            made = write_delivery(directory, chosen, advance)
    except ValueError as error:
        raise UsageError(str(error), where="goldreel generate") from error
    except OSError as error:
        raise UsageError(
            f"The delivery cannot be written: {reason_of(error)}.",
            where=str(error.filename or directory),
            remedy="choose a folder that you may write to",
        ) from None
    for path in made.files:
        out.print(marked("  [green]✓[/] {}", path), soft_wrap=True)
    folders = " ".join(str(folder) for folder in made.folders)
    them = "it" if len(made.folders) == 1 else "them"
    out.print(marked("\nLoad {}: goldreel run {}", them, folders), soft_wrap=True)
    return 0
