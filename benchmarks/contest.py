"""One size of the benchmark: generate a delivery, let everyone do the work in turn, check that all did the same."""

from __future__ import annotations

import json
import os
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.measure import Measurement, TooMuchMemory, measure

HERE = Path(__file__).parent
DBT_PROJECT = str(HERE.parent / "dbt")
PYTHON = sys.executable
DBT = str(Path(sys.executable).with_name("dbt"))

AS_OF = "2024-12-31"
MEMORY_LIMIT = "4GB"
CORES = len(os.sched_getaffinity(0))

FIRST = "goldreel run, first"
WARM = "goldreel run, warm"
HAND = "hand-written script"
PANDAS = "pandas"
DBT_BUILD = "dbt build, warm"


@dataclass(frozen=True)
class Size:
    """How much is delivered, and how often everyone works on it."""

    name: str
    users: int
    sessions: int
    titles: int
    rounds: int


@dataclass
class Contest:
    """One size, in a folder of its own.

    Attributes:
        pandas_limit: bytes of memory at which pandas is stopped.
        measured: what each took, round by round.
        steps: seconds of the steps of goldreel's first and warm runs, round by round.
        checked: what the comparison of the results said.
        notes: what else a reader must know.
    """

    size: Size
    folder: Path
    pandas_limit: int
    measured: dict[str, list[Measurement]] = field(default_factory=dict)
    steps: dict[str, list[dict[str, float]]] = field(default_factory=dict)
    checked: str = ""
    notes: list[str] = field(default_factory=list)

    def hold(self) -> None:
        """Measure everyone, in turn, as many rounds as the size has.

        Raises:
            CommandFailed: one of the commands failed, or they did not come to the same result.
        """
        counts = {"users": self.size.users, "sessions": self.size.sessions, "titles": self.size.titles}
        options = [f"--{name}={count}" for name, count in counts.items()]
        self._run("generate", [PYTHON, "-m", "goldreel", "generate", "delivery", *options])
        for number in range(1, self.size.rounds + 1):
            print(f"round {number}:", end="", flush=True)
            self._round()
            print(flush=True)
            if not self.checked:
                self._check()

    def _round(self) -> None:
        for result in ("home", "by_hand", "pandas"):
            shutil.rmtree(self.folder / result, ignore_errors=True)
        self._goldreel(FIRST)
        self._measure(HAND, [PYTHON, str(HERE / "by_hand"), "delivery", "by_hand", AS_OF, MEMORY_LIMIT, str(CORES)])
        if not self.notes:
            by_pandas = [PYTHON, str(HERE / "by_pandas.py"), "delivery", "pandas", AS_OF]
            try:
                self._measure(PANDAS, by_pandas, self.pandas_limit)
            except TooMuchMemory as stopped:
                self.measured.pop(PANDAS, None)
                self.notes.append(f"pandas was {stopped} of memory (--pandas-limit)")
        self._goldreel(WARM)
        if DBT_BUILD not in self.measured:
            self._run("dbt parse", self._dbt("parse"))  # fills the parse cache
        self._measure(DBT_BUILD, self._dbt("build", "--exclude-resource-type", "unit_test"))

    def _check(self) -> None:
        """All gold tables of everyone, cell by cell."""
        places = {FIRST: "home/published/v000001.duckdb", WARM: "home/published/current.duckdb"}
        places |= {DBT_BUILD: "home/warehouse.duckdb", HAND: "by_hand/readers.duckdb", PANDAS: "pandas"}
        results = [f"{name}={places[name]}" for name in self.measured]
        self._run("same result", [PYTHON, str(HERE / "same_result.py"), *results])
        self.checked = self._log("same result").read_text(encoding="utf-8").strip()

    def _goldreel(self, name: str) -> None:
        self._measure(name, [PYTHON, "-m", "goldreel", "run", "delivery", "--as-of", AS_OF, "--json"])
        self.steps.setdefault(name, []).append(json.loads(self._log(name).read_text(encoding="utf-8"))["seconds"])

    def _dbt(self, command: str, *options: str) -> list[str]:
        """Bare dbt on goldreel's models and warehouse, with a parse cache of its own."""
        places = {"project": DBT_PROJECT, "profiles": DBT_PROJECT}
        folders = [argument for name, place in places.items() for argument in (f"--{name}-dir", place)]
        for name in ("target", "log"):
            folders += [f"--{name}-path", str(self.folder / "bare_dbt" / name)]
        return [DBT, command, *folders, "--vars", json.dumps({"as_of": AS_OF}), *options]

    def _measure(self, name: str, command: list[str], memory_limit: int | None = None) -> None:
        found = self._run(name, command, memory_limit)
        self.measured.setdefault(name, []).append(found)
        print(f"  {name} {found.seconds:.1f} s", end="", flush=True)

    def _run(self, name: str, command: list[str], memory_limit: int | None = None) -> Measurement:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("GOLDREEL_", "DBT_"))}
        environment |= {
            "GOLDREEL_HOME": "home",
            "GOLDREEL_MEMORY_LIMIT": MEMORY_LIMIT,
            "GOLDREEL_THREADS": str(CORES),
            "GOLDREEL_DUCKDB_FILE": str(self.folder / "home" / "warehouse.duckdb"),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "DBT_VERSION_CHECK": "false",
            "DO_NOT_TRACK": "1",
        }
        return measure(command, environment, self._log(name), memory_limit)

    def _log(self, name: str) -> Path:
        return self.folder / f"{name.replace(',', '').replace(' ', '_')}.log"
