"""A running Airflow, as its users see it: through its API and its logs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TypeVar

from airflow.api import AirflowApi
from goldreel.orchestration.local import password

T = TypeVar("T")

ENDED = ("success", "failed")


class Console(AirflowApi):
    """Airflow's API, its logs, and waiting.

    Args:
        settings: what Airflow runs with (see `goldreel.orchestration.local.environment`).
    """

    def __init__(self, settings: Mapping[str, str]) -> None:
        super().__init__(settings["AIRFLOW__API__BASE_URL"], password(settings))
        self._logs = Path(settings["AIRFLOW_HOME"]) / "logs"
        self._settings = dict(settings)

    def log(self, dag: str, run: str, task: str) -> str:
        """What a task said, all its tries."""
        files = sorted((self._logs / f"dag_id={dag}" / f"run_id={run}" / f"task_id={task}").glob("*.log"))
        return "\n".join(_event(line) for file in files for line in file.read_text(errors="replace").splitlines())

    def set_slots(self, pool: str, slots: int) -> None:
        subprocess.run(
            [sys.executable, "-m", "airflow", "pools", "set", pool, str(slots), "for a test"],
            env=os.environ | self._settings,
            check=True,
            capture_output=True,
        )

    def wait_for(self, what: str, found: Callable[[], T | None], seconds: float = 600.0) -> T:
        """Ask until there is an answer other than None or False.

        Raises:
            AssertionError: there is none in time; shows how all runs stand, and the logs of what failed.
        """
        give_up = time.monotonic() + seconds
        while time.monotonic() < give_up:
            answer = found()
            if answer:
                return answer
            time.sleep(2)
        raise AssertionError(f"Waited {seconds:g} s in vain for {what}.\n{self._account()}")

    def wait_for_quiet(self, dags: Collection[str], seconds: float = 600.0) -> None:
        """Until no run of the DAGs is under way, or waits to be, or will be for news that wait."""

        def quiet() -> bool:
            runs = {dag: self.runs(dag) for dag in dags}
            all_ended = all(state in ENDED for of_dag in runs.values() for state in of_dag.values())
            return (
                all_ended and not any(self.news(dag) for dag in dags) and {dag: self.runs(dag) for dag in dags} == runs
            )

        self.wait_for("all runs to end", quiet, seconds)

    def _account(self) -> str:
        lines = []
        for dag in self.dags():
            for run, state in self.runs(dag).items():
                tasks = self.tasks(dag, run)
                lines.append(f"{dag} {run}: {state}; " + ", ".join(f"{task} {tasks[task]}" for task in tasks))
                lines += [
                    f"--- {task}\n{self.log(dag, run, task)[-3000:]}"
                    for task, of_task in tasks.items()
                    if of_task in ("failed", "up_for_retry", "running")
                ]
        return "\n".join(lines)


def _event(line: str) -> str:
    try:
        said = json.loads(line)
    except ValueError:
        return line
    return str(said.get("event", line)) if isinstance(said, dict) else line
