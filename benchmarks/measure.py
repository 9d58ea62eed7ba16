"""Runs one command and tells what it took: wall time, CPU time, peak memory, and how busy others kept the machine."""

from __future__ import annotations

import os
import resource
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields
from multiprocessing import get_context
from pathlib import Path
from statistics import median

_POLL_SECONDS = 0.2


@dataclass(frozen=True)
class Measurement:
    """What a command took.

    Attributes:
        seconds: wall time.
        cpu_seconds: user and system time over all its threads.
        peak_bytes: the most memory that it had resident at once.
        others: cores that other processes kept busy meanwhile; near 0 on a quiet machine.
        busy_seconds: what all cores did meanwhile, in seconds of one: with what a server on this machine did for it.
        written_bytes: what it wrote to disks.
    """

    seconds: float
    cpu_seconds: float
    peak_bytes: int
    others: float
    busy_seconds: float
    written_bytes: int = 0


def medians(rounds: Sequence[Measurement]) -> dict[str, float]:
    """The median of each quantity over the rounds."""
    return {name.name: median(getattr(each, name.name) for each in rounds) for name in fields(Measurement)}


def apart(do: Callable[..., None], *given: object) -> None:
    """Do something in a process of its own: a command that is measured counts what this one ever took of memory."""
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        process.submit(do, *given).result()


class CommandFailed(Exception):
    """A command ended with another exit code than 0."""


class TooMuchMemory(Exception):
    """A command was stopped because it had more memory resident than it may."""


def measure(
    command: Sequence[str], environment: Mapping[str, str], log: Path, memory_limit: int | None = None
) -> Measurement:
    """Run a command; its standard output goes to `log`, its errors to the same name with `.err`.

    Call this from a small process: see `apart`.

    Raises:
        CommandFailed: with the end of what the command wrote.
        RuntimeError: this process has had more memory than the command, whose own cannot be told then.
        TooMuchMemory: it passed `memory_limit` bytes.
    """
    errors = log.with_suffix(".err")
    os.sync()  # what others wrote before is not this command's to wait for
    with log.open("wb") as out, errors.open("wb") as err:
        busy = _busy_seconds()
        start = time.perf_counter()
        child = subprocess.Popen(command, stdout=out, stderr=err, env=environment, cwd=log.parent)
        ended = threading.Event()
        watched: list[int] = []
        if memory_limit is not None:
            threading.Thread(target=_watch, args=(child, memory_limit, ended, watched), daemon=True).start()
        try:
            _, status, usage = os.wait4(child.pid, 0)
        except BaseException:
            child.kill()
            raise
        finally:
            ended.set()
        seconds = time.perf_counter() - start
        busy = _busy_seconds() - busy
    child.returncode = os.waitstatus_to_exitcode(status)
    if watched:
        raise TooMuchMemory(f"stopped at {watched[0] / 1e9:.1f} GB")
    if child.returncode:
        written = errors.read_text(errors="replace") + log.read_text(errors="replace")
        raise CommandFailed(f"{' '.join(command)}\nended with {child.returncode}:\n{written[-3000:]}")
    if usage.ru_maxrss <= resource.getrusage(resource.RUSAGE_SELF).ru_maxrss:
        raise RuntimeError(f"{usage.ru_maxrss * 1024 / 1e6:,.0f} MB are those of the process that began {command[0]}")
    cpu_seconds = usage.ru_utime + usage.ru_stime
    others = max(0.0, (busy - cpu_seconds) / seconds)
    return Measurement(seconds, cpu_seconds, usage.ru_maxrss * 1024, others, busy, usage.ru_oublock * 512)


def _watch(child: subprocess.Popen[bytes], limit: int, ended: threading.Event, watched: list[int]) -> None:
    """Kill the child once it has more than `limit` bytes resident, and note how many it had."""
    page = os.sysconf("SC_PAGE_SIZE")
    while not ended.wait(_POLL_SECONDS):
        try:
            resident = int(Path(f"/proc/{child.pid}/statm").read_text().split()[1]) * page
        except OSError:
            return
        if resident > limit:
            watched.append(resident)
            child.kill()
            return


def _busy_seconds() -> float:
    """Seconds that all cores together have been busy, since the machine started."""
    user, nice, system, _idle, _iowait, *rest = (int(ticks) for ticks in _first_line("/proc/stat").split()[1:9])
    return (user + nice + system + sum(rest)) / os.sysconf("SC_CLK_TCK")


def _first_line(path: str) -> str:
    with Path(path).open() as file:
        return file.readline()
