"""Where the commands of the documents run: a checkout, with the folders beside it that the texts speak of."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from goldreel.generator import GeneratorOptions, generate

from .markdown import REPOSITORY, Block

_MADE_HERE = {"demo", "warehouse", "deliveries", "site", "dist", ".env", ".git"}  # never those of the checkout
_PATIENCE = 600  # seconds: what serves until it is stopped must say so, lest it be waited for
_DELIVERIES = ("path/to/delivery", "monday", "tuesday", "deliveries/2024-08-01", "deliveries/2024-08-02")


@dataclass
class Sandbox:
    """A checkout to run commands in, and what they printed.

    Attributes:
        printed: of each block that ran, by its commands.
    """

    folder: Path
    printed: dict[str, str] = field(default_factory=dict)

    @classmethod
    def made(cls, folder: Path) -> Sandbox:
        """With the files of this checkout, its `.venv`, and a small delivery wherever the texts have one."""
        folder.mkdir()
        for entry in REPOSITORY.iterdir():
            if entry.name not in {*_MADE_HERE, ".venv"}:
                (folder / entry.name).symlink_to(entry)
        (folder / ".venv").mkdir()
        for entry in (REPOSITORY / ".venv").iterdir():
            if entry.name != ".ready":
                (folder / ".venv" / entry.name).symlink_to(entry)
        (folder / ".venv" / ".ready").touch()  # newer than all: no `make` sets the checkout's own environment up anew
        for number, name in enumerate(_DELIVERIES):
            # of the demo's people and titles, lest they look as if they had changed who they are
            generate(folder / name, GeneratorOptions(sessions=3_000 + number))
        (folder / "tmp").mkdir()
        return cls(folder)

    def run(self, block: Block) -> None:
        """Run a block as a shell, or Python, would; it must succeed."""
        programs = {"bash": ["bash", "-euo", "pipefail", "-c"], "python": [f"{self._bin}/python", "-c"]}
        # Nothing is written outside the sandbox, whatever folder a text chooses.
        text = re.sub(r"(?<![\w.])/tmp\b", str(self.folder / "tmp"), block.text)
        done = subprocess.run(
            [*programs[block.language], text],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE,
        )
        assert done.returncode == 0, f"{block.place} ends with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr}"
        self.printed[block.text.strip()] = done.stdout

    @contextmanager
    def serving(self, block: Block) -> Iterator[subprocess.Popen[bytes]]:
        """A block that goes on until it is stopped."""
        process = subprocess.Popen(
            ["bash", "-c", block.text],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            process.wait()

    @property
    def environment(self) -> dict[str, str]:
        """This process's, without settings of goldreel's."""
        ours = ("GOLDREEL_", "MSSQL_", "DBT_", "MAKE", "MFLAGS")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        return kept | {"PATH": f"{self._bin}:{os.environ['PATH']}"}

    @property
    def _bin(self) -> Path:
        return REPOSITORY / ".venv" / "bin"


def shape(text: str) -> list[str]:
    """The lines of what was printed, without what differs from run to run: times, the day, columns' widths."""
    text = re.sub(r"\b\d+\.\d+ s\b", "# s", text)
    text = re.sub(r"as of \d{4}-\d\d-\d\d", "as of DAY", text)
    lines = (re.sub(r"\s+", " ", line).strip() for line in text.splitlines())
    return [line for line in lines if line]


def differences(shown: str, printed: str) -> list[str]:
    """The lines that a document shows and the command does not print there, or the other way round.

    A document may leave out how the output begins.
    """
    wanted, found = shape(shown), shape(printed)
    if wanted and wanted[0] in found:
        found = found[found.index(wanted[0]) :]
    return (
        [f"shown, not printed: {line}" for line in wanted if line not in found]
        + [f"printed, not shown: {line}" for line in found if line not in wanted]
        + (["the order differs"] if sorted(wanted) == sorted(found) and wanted != found else [])
    )
