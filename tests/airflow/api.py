"""Airflow's API, as its users call it."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from datetime import datetime
from typing import Any, NamedTuple

import pytest


class Run(NamedTuple):
    """A run that has ended; times are seconds since 1970."""

    run: str
    began: float
    ended: float


class AirflowApi:
    """The API of an Airflow at an address, for the user `admin`.

    Raises:
        HTTPError: the password is wrong.
    """

    def __init__(self, address: str, password: str) -> None:
        self._address = address
        self._token = ""
        self._token = self.call("POST", "/auth/token", username="admin", password=password)["access_token"]

    def call(self, method: str, path: str, **body: Any) -> Any:
        headers = {"Content-Type": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        request = urllib.request.Request(
            self._address + path, json.dumps(body).encode() if body else None, headers, method=method
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def dags(self) -> list[str]:
        return [dag["dag_id"] for dag in self.call("GET", "/api/v2/dags")["dags"]]

    def unpause(self, dag: str) -> None:
        self._click(dag, is_paused=False)

    def pause(self, dag: str) -> None:
        self._click(dag, is_paused=True)

    def _click(self, dag: str, **body: bool) -> None:
        """Again, like a person, where Airflow says that its database is busy."""
        for _ in range(10):
            try:
                self.call("PATCH", f"/api/v2/dags/{dag}", **body)
                return
            except urllib.error.HTTPError as error:
                if error.code != 500:
                    raise
                time.sleep(1)
        pytest.fail(f"Airflow did not take a click on {dag}")

    def runs(self, dag: str = "~") -> dict[str, str]:
        """The states of the DAG's last 100 runs, oldest first; "~": of all DAGs."""
        found = self.call("GET", f"/api/v2/dags/{dag}/dagRuns?limit=100&order_by=-id")["dag_runs"]
        return {run["dag_run_id"]: run["state"] for run in reversed(found)}

    def newest(self, dag: str) -> list[Run]:
        """The DAG's last runs that have ended well, the newest first."""
        path = f"/api/v2/dags/{dag}/dagRuns?limit=20&order_by=-id&state=success"
        return [
            Run(run["dag_run_id"], _seconds(run["start_date"]), _seconds(run["end_date"]))
            for run in self.call("GET", path)["dag_runs"]
        ]

    def trigger(self, dag: str) -> str:
        """Start a run by hand; returns its id."""
        run: str = self.call("POST", f"/api/v2/dags/{dag}/dagRuns", logical_date=None)["dag_run_id"]
        return run

    def tasks(self, dag: str, run: str) -> dict[str, str | None]:
        """The states of a run's tasks."""
        path = f"/api/v2/dags/{dag}/dagRuns/{urllib.parse.quote(run)}/taskInstances?limit=100"
        return {task["task_id"]: task["state"] for task in self.call("GET", path)["task_instances"]}

    def failures(self) -> dict[str, str]:
        """The tasks that failed, of all DAGs, and the end of what each had to say."""
        found = self.call("GET", "/api/v2/dags/~/dagRuns/~/taskInstances?state=failed&limit=20")["task_instances"]
        told = {}
        for each in found:
            run = f"/api/v2/dags/{each['dag_id']}/dagRuns/{urllib.parse.quote(each['dag_run_id'])}"
            log = self.call("GET", f"{run}/taskInstances/{each['task_id']}/logs/{each['try_number']}")
            told[f"{each['dag_id']} {each['task_id']}"] = str(log)[-3000:]
        return told

    def found_by_looking(self, since: float) -> list[str]:
        """What a look found to be due, and why, since a moment in seconds since 1970."""
        path = "/api/v2/assets/events?source_dag_id=goldreel_reconciliation&limit=100&order_by=-timestamp"
        found = self.call("GET", path)["asset_events"]
        return [event["extra"]["why"] for event in reversed(found) if _seconds(event["timestamp"]) > since]

    def news(self, dag: str) -> int:
        """How many assets have news that no run of the DAG has taken up."""
        return int(self.call("GET", f"/api/v2/dags/{dag}/assets/queuedEvents")["total_entries"])


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()
