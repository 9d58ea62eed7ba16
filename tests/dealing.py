"""Which tests one process runs one after the other, and which of these groups are begun first.

A file's tests share what its fixtures make, so they stay together; files that share what takes seconds to make are one
group. The long groups are begun first: one that was begun last would keep one process at work while the others rest.
"""

from __future__ import annotations

from pathlib import Path

from xdist.scheduler import LoadFileScheduling

TESTS = Path(__file__).parent

TOGETHER = {
    "portability": "compiled for other engines",
    "changes/test_histories.py": "compiled for other engines",
    "checks": "the models as a script",
}
"""Folders and files with session-wide fixtures, and what their tests share."""

LONG = (
    *("documents/test_commands.py", "test_pipeline.py", "compiled for other engines", "changes/test_builds.py"),
    *("why/test_command.py", "test_parts.py", "dashboard/test_empty.py", "test_command.py", "test_gate.py"),
    *("test_notebook.py", "gold_tables/test_gold_tables.py", "the models as a script", "test_models.py"),
    *("dashboard/test_pages.py", "test_names_and_streams.py", "deploy/test_terraform.py", "upgrade/test_upgrade.py"),
)
"""Groups of more than about ten seconds, the longest first (pytest --durations 80 says which)."""


def group_of(file: Path) -> str:
    """The group of a test file."""
    if not file.is_relative_to(TESTS):
        return file.name
    name = file.relative_to(TESTS).as_posix()
    return next((group for shared, group in TOGETHER.items() if name == shared or name.startswith(f"{shared}/")), name)


def place_of(file: Path) -> int:
    """When the group of a test file is begun: the long ones first, in their order, then all others."""
    group = group_of(file)
    return LONG.index(group) if group in LONG else len(LONG)


class Dealer(LoadFileScheduling):  # type: ignore[misc]
    """Gives a process one group after the other. (xdist's own groups stand in test names, which pytest 9.2 ignores.)"""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(TESTS.parent / nodeid.partition("::")[0])
