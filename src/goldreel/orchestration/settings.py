"""What can be set for the DAGs, from the environment or `.env`."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from goldreel.env_file import FileSettings
from goldreel.orchestration.deliveries import is_in_a_store

MAX_RETRY_DELAY = 900.0
"""The longest time between two tries, in seconds."""


class OrchestrationSettings(FileSettings):
    """Each name is an environment variable with the prefix `GOLDREEL_`."""

    model_config = SettingsConfigDict(env_prefix="GOLDREEL_", extra="ignore", frozen=True)

    deliveries: str = Field(
        "deliveries",
        description="folder that the DAGs take deliveries from, or the address of one in an object store: "
        "s3://bucket/deliveries, s3://CONNECTION@bucket/deliveries",
    )
    deliveries_settle: float = Field(
        10.0, gt=0, description="seconds that a delivered file must have been unchanged before it counts as complete"
    )
    reconcile_every: float = Field(
        15.0, gt=0, description="seconds between two looks for what is due and no news told of"
    )
    task_timeout: float = Field(7200.0, gt=0, description="seconds after which a task of the DAGs is given up")
    retries: int = Field(4, ge=0, description="how often a task is tried again when the warehouse cannot be reached")
    retry_delay: float = Field(10.0, gt=0, description="seconds before the first new try; they double")
    airflow_notifier: str = Field("", description="class of the Airflow notifier that is told of failures")
    airflow_notifier_arguments: dict[str, Any] = Field(
        {}, description='its arguments as JSON; "{message}" in one of them becomes the message'
    )

    @property
    def watched(self) -> str:
        """Where deliveries arrive: a whole path, or an address."""
        return self.deliveries if is_in_a_store(self.deliveries) else str(Path(self.deliveries).absolute())

    @property
    def patience(self) -> float:
        """Seconds that a task which is tried again waits between its tries, all in all."""
        return sum(min(self.retry_delay * 2.0**tried, MAX_RETRY_DELAY) for tried in range(self.retries))

    @property
    def timeout(self) -> timedelta:
        return timedelta(seconds=self.task_timeout)


def with_message(arguments: dict[str, Any], message: str) -> dict[str, Any]:
    """A notifier's arguments with the message in its place, at any depth."""
    quoted = json.dumps(message)[1:-1]
    filled: dict[str, Any] = json.loads(json.dumps(arguments).replace("{message}", quoted))
    return filled
