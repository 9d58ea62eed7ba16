"""A running Airflow, as its users see it: through its API and its logs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from goldreel.orchestration.local import password

T = TypeVar("T")

ENDED = ("success", "failed")


class Console:
    """Airflow's API, and waiting.

    Args:
        settings: what Airflow runs with (see `goldreel.orchestration.local.environment`).
    """

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._url = settings["AIRFLOW__API__BASE_URL"]
        self._logs = Path(settings["AIRFLOW_HOME"]) / "logs"
        self._settings = dict(settings)
        self._token = ""
        self._token = self._call("POST", "/auth/token", username="admin", password=password(settings))["access_token"]

    def _call(self, method: str, path: str, **body: Any) -> Any:
        request = urllib.request.Request(
            self._url + path, json.dumps(body).encode() if body else None, {"Content-Type": "application/json"}
        )
        request.method = method
        if self._token:
            request.add_header("Authorization", f"Bearer {self._token}")
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def dags(self) -> list[str]:
        return [dag["dag_id"] for dag in self._call("GET", "/api/v2/dags")["dags"]]

    def runs(self, dag: str = "~") -> dict[str, str]:
        """The states of the DAG's runs, oldest first; "~": of all DAGs."""
        found = self._call("GET", f"/api/v2/dags/{dag}/dagRuns?limit=100&order_by=id")["dag_runs"]
        return {run["dag_run_id"]: run["state"] for run in found}

    def trigger(self, dag: str) -> str:
        """Start a run by hand; returns its id."""
        run: str = self._call("POST", f"/api/v2/dags/{dag}/dagRuns", logical_date=None)["dag_run_id"]
        return run

    def tasks(self, dag: str, run: str) -> dict[str, str | None]:
        """The states of a run's tasks."""
        path = f"/api/v2/dags/{dag}/dagRuns/{urllib.parse.quote(run)}/taskInstances?limit=100"
        return {task["task_id"]: task["state"] for task in self._call("GET", path)["task_instances"]}

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
            time.sleep(0.5)
        raise AssertionError(f"Waited {seconds:g} s in vain for {what}.\n{self._account()}")

    def wait_for_quiet(self, seconds: float = 600.0) -> None:
        """Until no run is under way, or waits to be, or will be for news that wait."""

        def quiet() -> bool:
            runs = self.runs()
            all_ended = all(state in ENDED for state in runs.values())
            return all_ended and not any(self._news(dag) for dag in self.dags()) and self.runs() == runs

        self.wait_for("all runs to end", quiet, seconds)

    def _news(self, dag: str) -> int:
        """How many assets have news that no run of the DAG has taken up."""
        return int(self._call("GET", f"/api/v2/dags/{dag}/assets/queuedEvents")["total_entries"])

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
