"""What commands write to: the terminal, a progress bar on it, and how an error is told."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from goldreel.console import console, marked, visible
from goldreel.errors import GoldreelError
from goldreel.loading.contract import DeliveredFile
from goldreel.os_faults import fault_of_os

out = console(width=None if sys.stdout.isatty() else 160)
err = console(stderr=True)


def as_goldreel_error(error: Exception) -> GoldreelError:
    """The error itself, or one that tells of what nobody foresaw."""
    if isinstance(error, GoldreelError):
        return error
    if isinstance(error, OSError) and (fault := fault_of_os(error)):
        return fault
    return GoldreelError(
        f"goldreel failed unexpectedly: {type(error).__name__}: {error}",
        remedy="run the command again with --debug and report what it prints; that is a bug",
    )


def show_error(error: Exception) -> None:
    """What, where, what to do; with --debug, also where it came from."""
    if "--debug" in sys.argv:
        traceback.print_exception(error)
    error = as_goldreel_error(error)
    err.print(marked("[bold red]error:[/] {}", error.what), soft_wrap=True)
    if error.where:
        err.print(marked("  where: {}", error.where), soft_wrap=True)
    if error.remedy:
        err.print(marked("  what to do: {}", error.remedy), soft_wrap=True)


class TerminalProgress:
    """A progress bar on a terminal; silence elsewhere. See `goldreel.pipeline.Listener`."""

    def __init__(self, enabled: bool) -> None:
        self._progress = Progress(
            TextColumn("  {task.description}", markup=False),
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
        self._task = self._progress.add_task(f"loading {visible(file.name)}", total=size)

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


@contextmanager
def bar(description: str, total: int) -> Iterator[Callable[[int], None]]:
    with Progress(console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task(description, total=total)
        yield lambda count: progress.advance(task, count)
