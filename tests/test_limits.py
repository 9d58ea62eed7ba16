"""Threads and memory are those of this process, not those of the machine."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from goldreel import limits
from goldreel.config import Settings

MACHINE = limits.memory(Path("/nowhere"))
TELL = "from goldreel import limits; print(limits.processors(), limits.memory())"


def proc(folder: Path, cgroup: str, *mounts: str) -> Path:
    """What the kernel tells a process of its control groups; `{}` is where they are mounted."""
    place = folder / "sys"
    (folder / "cgroup").write_text(cgroup)
    (folder / "mountinfo").write_text(
        "22 1 0:5 / / rw - ext4 /dev/sda rw\n" + "".join(f"{mount.format(place)}\n" for mount in mounts)
    )
    return folder


def group(folder: Path, path: str, **files: str) -> None:
    place = folder / "sys" / path
    place.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (place / name.replace("__", ".")).write_text(content + "\n")


VERSION_2 = "31 23 0:27 / {} rw - cgroup2 cgroup2 rw"
VERSION_1 = (
    "35 31 0:32 / {}/memory rw - cgroup cgroup rw,memory",
    "32 31 0:29 / {}/cpu rw - cgroup cgroup rw,cpu,cpuacct",
)


def test_without_control_groups_the_machine_is_the_limit(tmp_path: Path) -> None:
    assert limits.memory(tmp_path) == MACHINE == os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert limits.processors(tmp_path) == len(os.sched_getaffinity(0))


def test_in_a_container_its_own_group_is_the_root(tmp_path: Path) -> None:
    group(tmp_path, "", memory__max="1000000", cpu__max="50000 100000")
    process = proc(tmp_path, "0::/\n", VERSION_2)
    assert (limits.memory(process), limits.processors(process)) == (1_000_000, 1)


def test_the_narrowest_group_around_counts(tmp_path: Path) -> None:
    group(tmp_path, "", memory__max="max", cpu__max="max 100000")
    group(tmp_path, "slice", memory__max="2000000", cpu__max="100000 100000")
    group(tmp_path, "slice/unit", memory__max="3000000", cpu__max="max 100000")
    process = proc(tmp_path, "0::/slice/unit\n", VERSION_2)
    assert (limits.memory(process), limits.processors(process)) == (2_000_000, 1)


def test_version_1_has_a_hierarchy_for_each(tmp_path: Path) -> None:
    group(tmp_path, "memory/docker/x", memory__limit_in_bytes="4000000")
    group(tmp_path, "memory", memory__limit_in_bytes="9223372036854771712")
    group(tmp_path, "cpu/docker/x", cpu__cfs_quota_us="150000", cpu__cfs_period_us="100000")
    group(tmp_path, "cpu", cpu__cfs_quota_us="-1", cpu__cfs_period_us="100000")
    process = proc(tmp_path, "4:memory:/docker/x\n2:cpu,cpuacct:/docker/x\n0::/\n", *VERSION_1)
    assert limits.memory(process) == 4_000_000
    assert limits.processors(process) == min(2, len(os.sched_getaffinity(0)))


def test_a_group_that_is_mounted_as_the_root_is_found(tmp_path: Path) -> None:
    group(tmp_path, "", memory__max="5000000")
    process = proc(tmp_path, "0::/kubepods/pod/x\n", "31 23 0:27 /kubepods/pod/x {} rw - cgroup2 cgroup2 rw")
    assert limits.memory(process) == 5_000_000


@pytest.mark.parametrize("path", ["/elsewhere", "/../../elsewhere"])
def test_a_group_that_cannot_be_seen_is_looked_for_where_the_mount_begins(tmp_path: Path, path: str) -> None:
    group(tmp_path, "", memory__max="6000000")
    process = proc(tmp_path, f"0::{path}\n", VERSION_2)
    assert limits.memory(process) == 6_000_000


def test_settings_follow_and_can_be_set_nonetheless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "memory", lambda: 1_000_000_000)
    assert Settings().duckdb_memory_limit == "500MB"
    assert Settings(memory_limit="3GB").duckdb_memory_limit == "3GB"
    assert Settings().with_part_of_memory(0.25).duckdb_memory_limit == "125.000MB"
    assert Settings(memory_limit="1.5 GiB").with_part_of_memory(0.75).duckdb_memory_limit == "1.125GiB"


def test_a_set_of_processors_is_a_limit() -> None:
    command = ["taskset", "--cpu-list", str(min(os.sched_getaffinity(0))), sys.executable, "-c", TELL]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[0] == "1"


@pytest.fixture
def real_groups() -> Iterator[list[Path]]:
    """Groups of the kernel, of 256 MB and half a processor, where this machine lets us make them."""
    version_1 = [Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup/cpu")]
    places = version_1 if version_1[0].is_dir() else [Path("/sys/fs/cgroup")]
    groups = [place / f"goldreel-test-{os.getpid()}" for place in places]
    try:
        for made in groups:
            made.mkdir()
        if len(groups) == 2:
            (groups[0] / "memory.limit_in_bytes").write_text(str(2**28))
            (groups[1] / "cpu.cfs_period_us").write_text("100000")
            (groups[1] / "cpu.cfs_quota_us").write_text("50000")
        else:
            (groups[0] / "memory.max").write_text(str(2**28))
            (groups[0] / "cpu.max").write_text("50000 100000")
        yield groups
    except OSError as error:
        pytest.skip(f"control groups cannot be made here: {error}")
    finally:
        for made in groups:
            if made.is_dir():
                made.rmdir()


def test_a_group_of_the_kernel_is_a_limit(real_groups: list[Path]) -> None:
    enter = "".join(f"echo $$ > {made}/cgroup.procs; " for made in real_groups)
    command = ["sh", "-euc", f'{enter} exec "$0" -c "$1"', sys.executable, TELL]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert told == ["1", str(2**28)]
