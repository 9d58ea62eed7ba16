"""What this process may use of the machine: its processors and its memory, as containers and CPU sets limit them."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator
from pathlib import Path

_PROC = Path("/proc/self")


def processors(proc: Path = _PROC) -> int:
    """How many processors this process can keep busy."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min([allowed, *map(math.ceil, _processor_quotas(proc))]))


def memory(proc: Path = _PROC) -> int:
    """How many bytes of memory this process may have."""
    return min([os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"), *_memory_limits(proc)])


def part_of_memory(limit: str, part: float) -> str:
    """A part of an amount of memory, for one of several that share it; both as DuckDB spells them: `3GB`."""
    number, unit = re.fullmatch(r"([\d.]+)\s*(\w+)", limit).groups()  # type: ignore[union-attr]
    return f"{float(number) * part:.3f}{unit}"


def _processor_quotas(proc: Path) -> Iterator[float]:
    for group in _groups(proc, "cpu"):
        quota = _read(group / "cpu.max").split() or [
            _read(group / "cpu.cfs_quota_us").strip(),
            _read(group / "cpu.cfs_period_us").strip(),
        ]
        if len(quota) == 2 and all(part.isdigit() for part in quota):  # "max", and -1, are no limit
            yield int(quota[0]) / int(quota[1])


def _memory_limits(proc: Path) -> Iterator[int]:
    for group in _groups(proc, "memory"):
        limit = (_read(group / "memory.max") or _read(group / "memory.limit_in_bytes")).strip()
        if limit.isdigit():
            yield int(limit)


def _groups(proc: Path, controller: str) -> Iterator[Path]:
    """The control groups that this process is in, and those around them: each of them limits it."""
    mounts = list(_mounts(proc))
    for line in _read(proc / "cgroup").splitlines():
        _, controllers, path = line.split(":", 2)  # of version 2, one hierarchy without a list of controllers
        for root, place, mounted in mounts:
            if controllers == mounted or controller in set(controllers.split(",")) & set(mounted.split(",")):
                seen = Path(path).is_relative_to(root) and ".." not in Path(path).parts
                group = place / Path(path).relative_to(root) if seen else place
                yield from (each for each in (group, *group.parents) if each.is_relative_to(place))


def _mounts(proc: Path) -> Iterator[tuple[Path, Path, str]]:
    """Where control groups are: the group that is mounted, the place, and its controllers (version 2: "")."""
    for line in _read(proc / "mountinfo").splitlines():
        mount, _, system = line.partition(" - ")
        _, _, _, root, place, *_ = mount.split(" ")
        kind, _, options = system.split(" ", 2)
        if kind in ("cgroup", "cgroup2"):
            yield Path(root), Path(place), options if kind == "cgroup" else ""


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""
